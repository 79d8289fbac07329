"""
Taking reports: each once, in the order in which they come for a case, none lost.

A report that comes again with the same words gets the same answer and has no second effect; one that was refused may
come again corrected under the same id. What is refused says why, with the code and the sentence that the API says.
"""

from datetime import datetime
from typing import Any, Final

import msgspec
import structlog
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from tongban.foundation.db import business_transaction
from tongban.foundation.errors import InvalidInput, ServiceError
from tongban.resources.docking import ports
from tongban.resources.docking.models import BegunCase, DockedCase, DockedSystem, DockMessage
from tongban.resources.docking.services.giving import digest_of, note, system_actor_of
from tongban.resources.docking.values import (
    REACHED,
    SETTLED,
    TRIAL_PREFIX,
    Direction,
    MessageState,
    Receipt,
    Report,
    ReportKind,
    SystemState,
)

logger = structlog.get_logger(__name__)

CHINESE: Final = "zh-hans"
LONGEST_TEXT: Final = 500
NEEDS: Final[dict[ReportKind, tuple[str, ...]]] = {
    ReportKind.NOT_ACCEPTED: ("reason",),
    ReportKind.CORRECTION: ("items",),
    ReportKind.STEP: ("step_name", "outcome"),
    ReportKind.PROCEDURE_BEGINS: ("procedure", "reason", "legal_basis", "days"),
    ReportKind.EXTENDED: ("days", "reason"),
    ReportKind.GRANTED: ("opinion",),
    ReportKind.REFUSED: ("reason", "legal_basis"),
    ReportKind.PASSED_ON: ("to_agency",),
    ReportKind.VOIDED: ("reason",),
    ReportKind.DELIVERED: ("way", "recipient"),
    ReportKind.MATERIAL: ("material_name",),
}
"""Words without which a report of a kind says nothing."""
STEP_OUTCOMES: Final = frozenset({"PASS", "RETURN", "OTHER"})
ONLY_NOTED: Final = frozenset({ReportKind.MATERIAL})
"""What is kept and changes no case."""


class _Refusal(Exception):
    """
    Why docking itself refuses a report.
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(code)
        self.code, self.text = code, text


def receive(
    *, system: DockedSystem, report: Report, at: datetime, batch: str = "", is_replay: bool = False
) -> Receipt:
    """
    Take a report and return what became of it; refusals are receipts, never exceptions.

    :param batch: batch number, name of the file or request it came by
    :param is_replay: judge it anew although it says what was refused before
    """
    try:
        with translation.override(CHINESE):
            return _receive(system=system, report=report, at=at, batch=batch, is_replay=is_replay)
    except Exception:
        # A defect must not stop what comes behind; the report stays where it is and is tried again.
        logger.exception("docked_report_failed", system=system.code, message_id=report.id)
        with translation.override(CHINESE):
            return Receipt(
                id=report.id,
                case_number=report.case_number,
                state=MessageState.FAILED,
                code="failed",
                text=_("平台处理中断，将自动重试"),
            )


@business_transaction
def refuse_unread(
    *,
    system: DockedSystem,
    message_id: str,
    kind: str,
    case_number: str,
    content: object,
    code: str,
    text: str,
    at: datetime,
    batch: str = "",
) -> Receipt:
    """
    Keep a row that could not be read as a report, or was not taken otherwise, with why.
    """
    digest = digest_of(content)
    last = _last(system, message_id[:100])
    if last is not None and last.digest == digest and last.state == MessageState.REFUSED:
        return _again(last, at=at)
    message = _new(
        system, message_id[:100], last, content=content, digest=digest, kind=kind[:20], at=at, batch=batch
    )
    message.case_number = case_number[:50]
    _settle(message, MessageState.REFUSED, code=code, text=text, at=at)
    return _receipt(message)


@business_transaction
def note_taken(
    *,
    system: DockedSystem,
    message_id: str,
    kind: str,
    case_number: str,
    content: object,
    at: datetime,
    batch: str = "",
) -> Receipt:
    """
    Keep what was taken and is no report about a case.

    :param case_number: number or code of what it is about
    """
    last, digest = _last(system, message_id[:100]), digest_of(content)
    message = _new(
        system, message_id[:100], last, content=content, digest=digest, kind=kind[:20], at=at, batch=batch
    )
    message.case_number = case_number[:50]
    _settle(message, MessageState.APPLIED, at=at)
    return _receipt(message)


@business_transaction
def _receive(*, system: DockedSystem, report: Report, at: datetime, batch: str, is_replay: bool) -> Receipt:
    case = DockedCase.objects.select_for_update(no_key=True).filter(pk=report.case_number).first()
    if case is not None:
        # Of a case that was given the node knows who applied, and for what.
        report = msgspec.structs.replace(report, case=None)
    content = content_of(report)
    digest = digest_of(content)
    last = _last(system, report.id)
    is_settled = last is not None and last.state in SETTLED
    if last is not None and last.digest == digest and (is_settled or not is_replay):
        return _again(last, at=at)
    message = _new(
        system, report.id, last, content=content, digest=digest, kind=report.kind, at=at, batch=batch
    )
    message.case_number = report.case_number
    try:
        _require_new(last)
        _require_words(report)
        _require_order(system, report)
        state = _apply(system, case, report, at=at)
    except _Refusal as refusal:
        _settle(message, MessageState.REFUSED, code=refusal.code, text=refusal.text, at=at)
    except ServiceError as error:
        _settle(message, MessageState.REFUSED, code=error.code, text=sentence_of(error), at=at)
    else:
        _settle(message, state, at=at)
    return _receipt(message)


def content_of(report: Report) -> dict[str, Any]:
    """
    Return what is kept of a report.
    """
    content: dict[str, Any] = msgspec.to_builtins(report)
    if report.case is None:
        del content["case"]
    return content


def sentence_of(error: ServiceError) -> str:
    """
    Return what an error says, with what it says of each field.
    """
    fields = error.fields if isinstance(error, InvalidInput) else {}
    return "；".join([str(error), *(f"{name}：{text}" for name, text in fields.items())])


def _apply(system: DockedSystem, case: DockedCase | None, report: Report, *, at: datetime) -> MessageState:
    """
    Do what a report says, in a savepoint: a refusal leaves nothing behind but the message.
    """
    if report.case_number.startswith(TRIAL_PREFIX):
        return MessageState.NOTED
    if system.state != SystemState.LIVE:
        raise _Refusal("system_not_live", _("系统尚未正式运行，只接收联调办件"))
    if case is None:
        return _apply_to_begun(system, report, at=at)
    if case.system_id != system.pk:
        raise _Refusal("unknown_case", _("没有交给本系统的这一办件"))
    if case.returned_at is not None:
        raise _Refusal("case_returned", _("办件已收回，由办理台办理"))
    is_accepted_again = report.kind is ReportKind.ACCEPTED and case.accepted_at is not None
    if report.kind in ONLY_NOTED or is_accepted_again:
        return MessageState.NOTED
    with transaction.atomic():
        ports.desk().take(report=report, actor=system_actor_of(system, handler=report.handler), at=at)
    return MessageState.APPLIED


def _apply_to_begun(system: DockedSystem, report: Report, *, at: datetime) -> MessageState:
    """
    Do what a report says of a case that began in the system, or begin it: the area's library has it.
    """
    known = BegunCase.objects.select_for_update(no_key=True).filter(
        system=system, case_number=report.case_number
    )
    is_new = not known.exists()
    if is_new and (report.kind is not ReportKind.ACCEPTED or report.case is None):
        raise _Refusal("unknown_case", _("没有交给本系统的这一办件；系统自办的办件请先报送受理信息"))
    if is_new and ports.desk().has(number=report.case_number):
        raise _Refusal("case_of_the_hall", _("该办件编号属于本平台的办件，没有交给本系统"))
    if report.case is not None and report.case.org_code != system.agency_code:
        raise _Refusal("foreign_agency", _("受理机构不是本系统所属的机构"))
    with transaction.atomic():
        if is_new:
            BegunCase.objects.create(system=system, case_number=report.case_number, begun_at=at)
        ports.begun_cases()(system=system.code, division_code=system.division_code, report=report, at=at)
    return MessageState.APPLIED


def _require_new(last: DockMessage | None) -> None:
    if last is not None and last.state in SETTLED:
        raise _Refusal("message_id_reused", _("该消息标识已用于另一条已生效的消息，更正请使用新的标识"))


def _require_words(report: Report) -> None:
    missing = [name for name in NEEDS.get(report.kind, ()) if not _is_said(getattr(report, name))]
    if missing:
        raise _Refusal("missing", _("缺少必填内容：%(names)s") % {"names": "、".join(missing)})
    if report.kind is ReportKind.STEP and report.outcome not in STEP_OUTCOMES:
        raise _Refusal("unknown_code", _("业务动作应为 PASS、RETURN 或 OTHER"))


def _require_order(system: DockedSystem, report: Report) -> None:
    """
    Refuse times that run backwards: accept ≤ process ≤ result (quality rule of the national exchange).
    """
    earlier = (
        DockMessage.objects.filter(
            system=system, direction=Direction.IN, case_number=report.case_number, state__in=SETTLED
        )
        .exclude(kind=ReportKind.MATERIAL)
        .order_by("-id")
        .first()
    )
    if earlier is None or earlier.content is None or report.kind in ONLY_NOTED:
        return
    if report.at < datetime.fromisoformat(earlier.content["at"]):
        raise _Refusal("time_order", _("发生时间早于本办件上一条消息，时间应依次不早于前一环节"))


def _is_said(value: object) -> bool:
    return bool(value.strip()) if isinstance(value, str) else bool(value)


def _last(system: DockedSystem, message_id: str) -> DockMessage | None:
    return (
        DockMessage.objects.filter(system=system, direction=Direction.IN, message_id=message_id)
        .order_by("-version")
        .first()
    )


def _new(
    system: DockedSystem,
    message_id: str,
    last: DockMessage | None,
    *,
    content: object,
    digest: str,
    kind: str,
    at: datetime,
    batch: str,
) -> DockMessage:
    return DockMessage(
        system=system,
        direction=Direction.IN,
        message_id=message_id,
        version=(last.version if last else 0) + 1,
        kind=kind,
        content=content,
        digest=digest,
        batch=batch[:64],
        story=[[at.isoformat(), "received", batch]],
        created_at=at,
        attempts=1,
    )


def _settle(
    message: DockMessage, state: MessageState, *, at: datetime, code: str = "", text: str = ""
) -> None:
    message.state, message.code, message.text = state, code, text[:LONGEST_TEXT]
    message.settled_at = at
    note(message, state.value.lower(), at=at, words=code)
    message.save()


def _again(message: DockMessage, *, at: datetime) -> Receipt:
    message.attempts += 1
    note(message, "repeated", at=at)
    message.save(update_fields=["attempts", "story"])
    return msgspec.structs.replace(_receipt(message), is_repeated=True)


def _receipt(message: DockMessage) -> Receipt:
    return Receipt(
        id=message.message_id,
        case_number=message.case_number,
        state=MessageState(message.state),
        code=message.code,
        text=message.text,
    )


def is_reached(system: DockedSystem) -> bool:
    """
    Return whether the node looks for what the system wrote.
    """
    return system.state in REACHED
