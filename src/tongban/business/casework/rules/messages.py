"""
The ten messages of the case exchange (审批/电子监察 model, standards.md 3.7), read off a case's log.

Legal order: 0 申办 → (1 预受理) → 2 受理 → {3 审批}* with {5 → 6}* 特别程序 and {7 → 8}* 补交 in between → 4 办结 →
9 领取登记; 7 and 8 may also come before 2. Field names are those of the wire. Where our log knows more moments than
the exchange, this holds:

* A case that ends before acceptance gets its 2 with 未受理 and the reason, so that no 4 stands without a 2.
* A special procedure still open at the end is ended with the case: each 5 has its 6, matched by XH.
* An extension is a special procedure of kind A that is granted at once: 5 and 6 together.
* A second pre-check, after a correction, sends message 1 again under the next SJBBH.
* A correction that never comes has a 7 and no 8: nothing was received.
* Rating and archiving are no messages; issue is part of 4.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta, timezone
from enum import IntEnum
from typing import Any

import msgspec

from tongban.business.casework.events import EventKind
from tongban.business.casework.values import Applicant, ResultCode, Terms

BEIJING = timezone(timedelta(hours=8))

NOT_ACCEPTED, ACCEPTED = "0", "1"
"""SLZTDM and YSLZTDM."""
DONE = "2"
"""SPHJZTDM 环节办理状态, code list T24: 已办; a step is on the log when it is done."""
EXTENSION, OTHER_PROCEDURE = "A", "B"
"""TBCXZL, code list T7."""
UNIT_CODES = {"WORKING_DAY": "1", "CALENDAR_DAY": "2", "MONTH": "3", "YEAR": "4", "HOUR": "5"}
"""Code list T17."""
DELIVERY_CODES = {"counter": "1", "post": "2", "electronic": "3"}
"""LQFS 领取方式: numbering ours, the exchange publishes none."""


class MessageKind(IntEnum):
    """
    消息种类; the number is the one of the exchange.
    """

    APPLICATION = 0
    PRE_ACCEPT = 1
    ACCEPT = 2
    SUBMIT = 3
    COMPLETE = 4
    BLOCK = 5
    RESUME = 6
    SUPPLY = 7
    SUPPLY_ACCEPT = 8
    RECEIVE_REG = 9


NAMES: dict[MessageKind, str] = {
    MessageKind.APPLICATION: "Application",
    MessageKind.PRE_ACCEPT: "PreAccept",
    MessageKind.ACCEPT: "Accept",
    MessageKind.SUBMIT: "Submit",
    MessageKind.COMPLETE: "Complete",
    MessageKind.BLOCK: "Block",
    MessageKind.RESUME: "Resume",
    MessageKind.SUPPLY: "Supply",
    MessageKind.SUPPLY_ACCEPT: "SupplyAccept",
    MessageKind.RECEIVE_REG: "ReceiveReg",
}


class LoggedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """
    An event as the log has it, with who acted.
    """

    seq: int
    at: datetime
    kind: EventKind
    data: dict[str, Any]
    actor_id: str = ""
    actor_name: str = ""


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """
    What all messages of a case say of it.
    """

    case_number: str
    query_code: str
    channel: str
    terms: Terms
    applicant: Applicant | None = None
    """None: the receiver gets no personal data, the fields stay empty."""


class _Course:
    """
    What earlier events mean for the messages of later ones.
    """

    def __init__(self, subject: Subject, log: Sequence[LoggedEvent]) -> None:
        self.subject = subject
        self.log = log
        self.is_answered = False
        self.pre_checks = 0
        self.procedures = 0
        self.open_procedure: int | None = None

    def later(self, kind: EventKind) -> LoggedEvent | None:
        """
        Return the first event of `kind` on the log.
        """
        return next((event for event in self.log if event.kind is kind), None)


Fields = dict[str, Any]
Message = dict[str, Any]
"""{"message": number, "name": English name, "fields": {wire name: text}}."""


def national_messages(events: Iterable[LoggedEvent], *, subject: Subject) -> list[Message]:
    """
    Return the messages that tell a case's log to the exchange, in their legal order.

    :param events: the whole log, or its beginning; in order
    """
    log = sorted(events, key=lambda event: event.seq)
    course = _Course(subject, log)
    return [message for event in log for message in _TELLERS.get(event.kind, _nothing)(event, course)]


def _message(kind: MessageKind, course: _Course, fields: Fields, *, version: int = 1) -> Message:
    subject = course.subject
    common = {
        "SBLSH": subject.case_number,
        "SXBM": subject.terms.case_prefix,
        "YWLSH": subject.case_number,
        "XZQHDM": subject.terms.division_code[:6],
        "SJBBH": version,
        "PDH": "",
        "BZ": "",
    }
    return {"message": kind.value, "name": NAMES[kind], "fields": {**common, **fields}}


def _nothing(event: LoggedEvent, course: _Course) -> Iterator[Message]:
    yield from ()


def _application(event: LoggedEvent, course: _Course) -> Iterator[Message]:
    terms, who = course.subject.terms, course.subject.applicant
    agent = bool(who and who.agent_name)
    yield _message(
        MessageKind.APPLICATION,
        course,
        {
            "SXMC": terms.service_name,
            "FSXBM": "",
            "FSXMC": "",
            "SQRLX": who.kind if who else "",
            "SQRMC": who.name if who else "",
            "SQRZJLX": who.id_type if who else "",
            "SQRZJHM": who.id_number if who else "",
            "LXRXM": (who.agent_name if agent else who.name) if who else "",
            "LXRZJLX": ((who.agent_id_type or "111") if agent else who.id_type) if who else "",
            "LXRSFZJHM": (who.agent_id_number if agent else who.id_number) if who else "",
            "LXRSJ": (who.agent_mobile or who.mobile) if who else "",
            "LXRYX": "",
            "SBXMMC": event.data.get("summary", "") or terms.service_name,
            "SBCLQD": _material_list(event.data["materials"]),
            "TJFS": course.subject.channel,
            "SBHZH": course.subject.query_code,
            "SBSJ": _moment(event.at),
            "SBJTWD": "",
            "YSBLSH": "",
            "SQRDH": who.mobile if who else "",
            "XMHGCBH": "",
            "LXWH": "",
        },
    )


def _pre_accept(event: LoggedEvent, course: _Course) -> Iterator[Message]:
    course.pre_checks += 1
    yield _message(
        MessageKind.PRE_ACCEPT,
        course,
        {
            "YSLBMMC": course.subject.terms.agency_name,
            "YSLBMZZJGDM": course.subject.terms.agency_code,
            **_clerk(event),
            "YSLZTDM": ACCEPTED,
            "BSLYY": "",
            "BJBZSM": "",
            "YSLSJ": _moment(event.at),
            "YSLJTDD": "",
        },
        version=course.pre_checks,
    )


def _accept(event: LoggedEvent, course: _Course) -> Iterator[Message]:
    effective = event.data.get("effective_at")
    yield _answer(event, course, at=datetime.fromisoformat(effective) if effective else event.at)


def _answer(
    event: LoggedEvent, course: _Course, *, at: datetime | None = None, refused_because: str = ""
) -> Message:
    terms = course.subject.terms
    limit = terms.statutory or terms.promised
    submitted = course.log[0]
    course.is_answered = True
    return _message(
        MessageKind.ACCEPT,
        course,
        {
            "SLBMMC": terms.agency_name,
            "SLBMZZJDDM": terms.agency_code,
            **_clerk(event),
            "SLZTDM": NOT_ACCEPTED if refused_because else ACCEPTED,
            "BSLYY": refused_because,
            "SLHZH": course.subject.case_number,
            "SLSJ": _moment(at or event.at),
            "GXDXZQHDM": terms.division_code[:6],
            "CXMM": course.subject.query_code,
            "GDBLSX": str(limit.amount) if limit else "",
            "GDBLSXDW": UNIT_CODES[limit.unit] if limit else "",
            "GDSF": "1" if terms.is_fee else "0",
            "XMMC": terms.service_name,
            "SQDWJBRXM": course.subject.applicant.agent_name if course.subject.applicant else "",
            "SQDWJBRSJ": course.subject.applicant.mobile if course.subject.applicant else "",
            "SQDWJBRYJ": "",
            "SLZLQD": _material_list(submitted.data["materials"]),
            "TJFS": course.subject.channel,
        },
    )


def _step(event: LoggedEvent, course: _Course) -> Iterator[Message]:
    data = event.data
    yield _submit(
        event,
        course,
        {
            "SPHJDM": data["stage"],
            "SPHJMC": data["stage_name"],
            "SPYJ": data["opinion"],
            "SPBZH": str(data["step"]),
        },
    )


def _submit(event: LoggedEvent, course: _Course, step: Fields) -> Message:
    return _message(
        MessageKind.SUBMIT,
        course,
        {
            **step,
            "SPBMMC": course.subject.terms.agency_name,
            "SPBMZZJDMD": course.subject.terms.agency_code,
            "SPRXM": event.actor_name,
            "SPRZWDM": "",
            "SPRZWMC": "",
            "SPSJ": _moment(event.at),
            "SPHJZTDM": DONE,
        },
    )


def _decision(event: LoggedEvent, course: _Course) -> Iterator[Message]:
    granted = event.kind is EventKind.GRANTED
    reviews = [before for before in course.log if before.kind is EventKind.REVIEWED]
    words = event.data.get("opinion" if granted else "reason", "")
    last = max((int(review.data["step"]) for review in reviews), default=0)
    yield _submit(
        event,
        course,
        {"SPHJDM": "DECISION", "SPHJMC": "决定", "SPYJ": words, "SPBZH": str(last + 1)},
    )
    result = ResultCode.GRANTED if granted else ResultCode.REFUSED
    yield _complete(event, course, result, why="" if granted else words)


def _complete(event: LoggedEvent, course: _Course, result: ResultCode, *, why: str = "") -> Message:
    terms = course.subject.terms
    issued = course.later(EventKind.ISSUED) if result is ResultCode.GRANTED else None
    return _message(
        MessageKind.COMPLETE,
        course,
        {
            "BJBMMC": terms.agency_name,
            "BJBMZZJDDM": terms.agency_code,
            "BJJGDM": result.value,
            "BJJGMS": terms.result_name if result is ResultCode.GRANTED else why,
            "ZFHTHYY": "" if result is ResultCode.GRANTED else why,
            "ZJGZMC": issued.data["name"] if issued else "",
            "ZJBH": issued.data["number"] if issued else "",
            "ZJYXQX": issued.data.get("valid_until", "") if issued else "",
            "FZGZDW": terms.agency_name if issued else "",
            "SFJE": "0",
            "JEDWDM": "CNY",
            "BJSJ": _moment(event.at),
        },
    )


def _refused_to_accept(event: LoggedEvent, course: _Course) -> Iterator[Message]:
    reason = event.data["reason"]
    yield _answer(event, course, refused_because=reason)
    yield _complete(event, course, ResultCode.NOT_ACCEPTED, why=reason)


def _ending(result: ResultCode, words: str) -> Callable[[LoggedEvent, _Course], Iterator[Message]]:
    def tell(event: LoggedEvent, course: _Course) -> Iterator[Message]:
        why = event.data.get("reason", "") or words
        if course.open_procedure is not None:
            yield _procedure_ends(event, course, result="办件终止")
        if not course.is_answered:
            yield _answer(event, course, refused_because=why)
        yield _complete(event, course, result, why=why)

    return tell


def _procedure_begins(event: LoggedEvent, course: _Course) -> Iterator[Message]:
    data = event.data
    course.procedures += 1
    course.open_procedure = course.procedures
    limit = data["limit"]
    yield _block(
        event,
        course,
        kind=OTHER_PROCEDURE,
        name=data["name"],
        reason=f"{data['reason']}（{data['basis']}）",
        amount=limit["amount"],
        unit=limit["unit"],
    )


def _procedure_over(event: LoggedEvent, course: _Course) -> Iterator[Message]:
    if course.open_procedure is not None:
        yield _procedure_ends(event, course, result=event.data.get("result", ""))


def _procedure_ends(event: LoggedEvent, course: _Course, *, result: str) -> Message:
    number, course.open_procedure = course.open_procedure, None
    return _resume(event, course, number=number or course.procedures, result=result)


def _extension(event: LoggedEvent, course: _Course) -> Iterator[Message]:
    course.procedures += 1
    yield _block(
        event,
        course,
        kind=EXTENSION,
        name="延长审批",
        reason=event.data["reason"],
        amount=event.data["days"],
        unit="WORKING_DAY",
    )
    yield _resume(event, course, number=course.procedures, result="同意延长")


def _block(
    event: LoggedEvent, course: _Course, *, kind: str, name: str, reason: str, amount: int, unit: str
) -> Message:
    return _message(
        MessageKind.BLOCK,
        course,
        {
            "XH": str(course.procedures),
            "TBCXZL": kind,
            "TBCXZLMC": name,
            "TBCXKSRQ": _moment(event.at),
            "TBCXPZR": event.data.get("approver", ""),
            "TBCXQDLY": reason,
            "SQNR": "",
            "TBCXSX": str(amount),
            "TBCXSXDW": UNIT_CODES[unit],
        },
    )


def _resume(event: LoggedEvent, course: _Course, *, number: int, result: str) -> Message:
    return _message(
        MessageKind.RESUME,
        course,
        {
            "XH": str(number),
            "TBCXJG": result,
            "JGCSRQ": _moment(event.at),
            "TBCXJSRQ": _moment(event.at),
            "TBCXSFJE": "0",
        },
    )


def _supply(event: LoggedEvent, course: _Course) -> Iterator[Message]:
    items = event.data["items"]
    yield _message(
        MessageKind.SUPPLY,
        course,
        {
            "BZGZFCRXM": event.actor_name,
            "BZGZYY": "；".join(f"{item['name']}：{item['reason']}" for item in items),
            "BZCLQD": "、".join(item["name"] for item in items),
            "BZGZSJ": _moment(event.at),
        },
    )


def _supply_accept(event: LoggedEvent, course: _Course) -> Iterator[Message]:
    yield _message(
        MessageKind.SUPPLY_ACCEPT,
        course,
        {
            "BZSLBLRXM": event.actor_name,
            "BZCLQD": _material_list(event.data["materials"]),
            "BZSJ": _moment(event.at),
            "BZSLJTDD": "",
        },
    )


def _receive(event: LoggedEvent, course: _Course) -> Iterator[Message]:
    who = course.subject.applicant
    yield _message(
        MessageKind.RECEIVE_REG,
        course,
        {
            "LQRXM": event.data.get("recipient", "") or (who.name if who else ""),
            "LQRZJLX": who.id_type if who else "",
            "LQRSFZJHM": who.id_number if who else "",
            "LQFS": DELIVERY_CODES.get(event.data["way"], "9"),
            "LQSJ": _moment(event.at),
        },
    )


def _clerk(event: LoggedEvent) -> Fields:
    return {"BLRXM": event.actor_name, "BLRGH": event.actor_id}


def _material_list(materials: Sequence[dict[str, Any]]) -> str:
    return "、".join(dict.fromkeys(material["name"] for material in materials))


def _moment(at: datetime) -> str:
    """
    Return the form of GB/T 39046: YYYYMMDDThhmmss, Beijing time.
    """
    return at.astimezone(BEIJING).strftime("%Y%m%dT%H%M%S")


_TELLERS: dict[EventKind, Callable[[LoggedEvent, _Course], Iterator[Message]]] = {
    EventKind.SUBMITTED: _application,
    EventKind.PRE_CHECKED: _pre_accept,
    EventKind.CORRECTION_REQUESTED: _supply,
    EventKind.CORRECTED: _supply_accept,
    EventKind.ACCEPTED: _accept,
    EventKind.DEEMED_ACCEPTED: _accept,
    EventKind.ACCEPTANCE_REFUSED: _refused_to_accept,
    EventKind.REVIEWED: _step,
    EventKind.CLOCK_STOPPED: _procedure_begins,
    EventKind.CLOCK_RESUMED: _procedure_over,
    EventKind.EXTENDED: _extension,
    EventKind.GRANTED: _decision,
    EventKind.REFUSED: _decision,
    EventKind.DELIVERED: _receive,
    EventKind.WITHDRAWN: _ending(ResultCode.LAPSED, "申请人撤回"),
    EventKind.LAPSED: _ending(ResultCode.LAPSED, "补交逾期"),
    EventKind.PASSED_ON: _ending(ResultCode.PASSED_ON, "转办"),
    EventKind.VOIDED: _ending(ResultCode.VOIDED, "作废"),
}
