"""
Before acceptance: pre-check, correction, acceptance, refusal to accept. 行政许可法 art. 32.
"""

from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from django.db import connection
from django.utils.translation import gettext_lazy as _

from tongban.business.casework.events import EventKind
from tongban.business.casework.rules.sealing import open_key, seal_form
from tongban.business.casework.services.notices import draw_up
from tongban.business.casework.services.promise import promised
from tongban.business.casework.services.recording import HeldCase, append, check, hold, permit, receipt_of
from tongban.business.casework.services.submission import CASE_FILES
from tongban.business.casework.values import (
    Action,
    CaseReceipt,
    CorrectionItem,
    Evidence,
    NoticeKind,
)
from tongban.foundation.actors import Actor, system_actor
from tongban.foundation.clock import CHINA, civil_date
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import InvalidInput, NotFound
from tongban.foundation.rules import implements
from tongban.foundation.worktime import WorkCalendar
from tongban.support.documents import services as documents
from tongban.support.documents.selectors import files_of
from tongban.support.documents.values import Owner

WAITING_FILES = "casework.correction"
"""Kind of owner of files that wait for a correction to be handed in; key: number, colon, material code."""
CORRECTION_WORKING_DAYS = 15
"""Time an applicant has to correct where the notice sets no other; a local rule, not law."""
LONGEST_CORRECTION_WORKING_DAYS = 120


class CorrectionIncomplete(InvalidInput):
    """
    Something the notice asked for is still missing. `fields` names it.
    """

    code = "correction_incomplete"
    message = _("还有要求补正的内容未提交")


@business_transaction
def pass_pre_check(
    *,
    number: str,
    actor: Actor,
    at: datetime,
    calendar: WorkCalendar,
    opinion: str = "",
    version: int | None = None,
) -> CaseReceipt:
    """
    Note that the pre-check found everything in place; acceptance may follow.

    :param version: the version of the case that the actor looked at
    :raises NotFound: the actor may not know of such a case
    :raises NotPermitted: the actor holds no post for it
    :raises RuleViolation: the statutory life does not allow it now
    :raises StaleVersion: the case has moved on
    """
    case = hold(number, expected_version=version)
    permit(case, Action.PASS_PRE_CHECK, actor)
    check(case, Action.PASS_PRE_CHECK, at=at, calendar=calendar)
    after = append(
        case,
        EventKind.PRE_CHECKED,
        action=Action.PASS_PRE_CHECK,
        data={"opinion": opinion},
        actor=actor,
        at=at,
        calendar=calendar,
        told={},
    )
    return receipt_of(after)


@implements("许可法-32")
@business_transaction
def request_correction(
    *,
    number: str,
    items: Sequence[CorrectionItem],
    actor: Actor,
    at: datetime,
    calendar: WorkCalendar,
    working_days: int = CORRECTION_WORKING_DAYS,
    version: int | None = None,
) -> CaseReceipt:
    """
    Tell the applicant, once and completely, what has to be corrected. 行政许可法 art. 32(1)(4).

    :param items: everything that is missing or wrong
    :param working_days: how long the applicant has
    :raises RuleViolation: a second notice, one after five working days, or one that names nothing
    """
    case = hold(number, expected_version=version)
    permit(case, Action.REQUEST_CORRECTION, actor)
    check(case, Action.REQUEST_CORRECTION, at=at, calendar=calendar, items=len(items))
    _require_reasons(items)
    if not 1 <= working_days <= LONGEST_CORRECTION_WORKING_DAYS:
        raise InvalidInput(fields={"working_days": _("补正期限应为 1 至 120 个工作日")})
    due = calendar.add_working_days(at.astimezone(CHINA).date(), working_days)
    data = {
        "items": [msgspec.to_builtins(item) for item in items],
        "due": due.isoformat(),
        "limit": {"amount": working_days, "unit": "WORKING_DAY"},
    }
    after = append(
        case,
        EventKind.CORRECTION_REQUESTED,
        action=Action.REQUEST_CORRECTION,
        data=data,
        actor=actor,
        at=at,
        calendar=calendar,
        told={"due": due.isoformat(), "count": len(items)},
    )
    notice = draw_up(after, NoticeKind.CORRECTION_NOTICE, at=at, content=data)
    return receipt_of(after, notice_id=notice)


@business_transaction
def correct(
    *,
    number: str,
    evidence: Sequence[Evidence],
    actor: Actor,
    at: datetime,
    calendar: WorkCalendar,
    form: dict[str, str] | None = None,
    note: str = "",
    version: int | None = None,
) -> CaseReceipt:
    """
    Hand in what the correction notice asked for. The five working days for an answer begin anew.

    :param evidence: the corrected materials; they replace those of the same code
    :param form: the corrected form, where the form itself was to be corrected
    :raises CorrectionIncomplete: something asked for is still missing
    """
    case = hold(number, expected_version=version)
    permit(case, Action.CORRECT, actor)
    check(case, Action.CORRECT, at=at, calendar=calendar)
    _require_everything(case, evidence, has_form=form is not None)
    if form is not None:
        promised(case.terms.offering_code, situations=case.state.situations, on=civil_date(at)).require_form(
            form, situations=case.state.situations, on=civil_date(at)
        )
    after = append(
        case,
        EventKind.CORRECTED,
        action=Action.CORRECT,
        data={"materials": [msgspec.to_builtins(item) for item in evidence], "note": note},
        actor=actor,
        at=at,
        calendar=calendar,
        told={"count": len(evidence)},
        form_sealed=_sealed_form(form, number) if form is not None else None,
    )
    _adopt_waiting(number, evidence, actor=actor, at=at)
    return receipt_of(after)


def _sealed_form(form: dict[str, str], number: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT key FROM casework_casekey WHERE case_number = %s", [number])
        row = cursor.fetchone()
    return b64encode(seal_form(form, number, open_key(row[0] if row else None))).decode()


@implements("许可法-32")
@business_transaction
def accept(
    *,
    number: str,
    actor: Actor,
    at: datetime,
    calendar: WorkCalendar,
    opinion: str = "",
    version: int | None = None,
) -> CaseReceipt:
    """
    Accept a case and start its clock. 行政许可法 arts. 32, 42, 82.

    :raises RuleViolation: the case is not waiting for acceptance
    """
    case = hold(number, expected_version=version)
    permit(case, Action.ACCEPT, actor)
    reading = check(case, Action.ACCEPT, at=at, calendar=calendar)
    if reading.is_deemed_accepted:
        # Silence had already accepted the case; the clerk's acceptance only writes it down.
        return _deem(case, actor=actor, at=at, calendar=calendar)
    return _accept(
        case, EventKind.ACCEPTED, effective_at=at, opinion=opinion, actor=actor, at=at, calendar=calendar
    )


@implements("许可法-32")
@business_transaction
def deem_accepted(*, number: str, at: datetime, calendar: WorkCalendar) -> CaseReceipt:
    """
    Write down that silence has become acceptance, with effect from the day the materials arrived. Art. 32(1)(4).

    :raises RuleViolation: the days for an answer are not over
    """
    case = hold(number)
    check(case, Action.DEEM_ACCEPTED, at=at, calendar=calendar)
    return _deem(case, actor=system_actor("casework.deem_accepted"), at=at, calendar=calendar)


@implements("许可法-32")
@business_transaction
def refuse_acceptance(
    *,
    number: str,
    reason: str,
    actor: Actor,
    at: datetime,
    calendar: WorkCalendar,
    competent_agency: str = "",
    version: int | None = None,
) -> CaseReceipt:
    """
    Refuse to accept, with reasons; names the competent agency where there is another one. Art. 32(1)(1), (2).
    """
    case = hold(number, expected_version=version)
    permit(case, Action.REFUSE_ACCEPTANCE, actor)
    check(case, Action.REFUSE_ACCEPTANCE, at=at, calendar=calendar, reason=reason)
    data = {"reason": reason, "competent_agency": competent_agency}
    after = append(
        case,
        EventKind.ACCEPTANCE_REFUSED,
        action=Action.REFUSE_ACCEPTANCE,
        data=data,
        actor=actor,
        at=at,
        calendar=calendar,
        told={},
    )
    notice = draw_up(after, NoticeKind.REFUSAL_TO_ACCEPT, at=at, content=data)
    return receipt_of(after, notice_id=notice)


def waiting_files(*, number: str, material_code: str) -> Owner:
    """
    Return the owner under which files of a correction wait until it is handed in as a whole.
    """
    return Owner(kind=WAITING_FILES, key=f"{number}:{material_code}")


@business_transaction
def discard_waiting_file(
    *, number: str, material_code: str, file_id: UUID, actor: Actor, at: datetime
) -> None:
    """
    Take back a file that waits for a correction to be handed in.

    :raises NotFound: no such file waits for this material of the actor's case
    """
    owner = waiting_files(number=number, material_code=material_code)
    if file_id not in {file.id for file in files_of(owner=owner, actor=actor)}:
        raise NotFound(file_id=str(file_id))
    documents.discard_file(file_id=file_id, actor=actor, at=at)


def _adopt_waiting(number: str, evidence: Sequence[Evidence], *, actor: Actor, at: datetime) -> None:
    for code in {item.material_code for item in evidence}:
        owner = waiting_files(number=number, material_code=code)
        waiting = {file.id for file in files_of(owner=owner, actor=actor)}
        given = {UUID(item.file_id) for item in evidence if item.material_code == code and item.file_id}
        if waiting & given:
            documents.adopt_files(
                file_ids=waiting & given,
                from_owner=owner,
                to_owner=Owner(kind=CASE_FILES, key=number),
                actor=actor,
                at=at,
            )


def _deem(case: HeldCase, *, actor: Actor, at: datetime, calendar: WorkCalendar) -> CaseReceipt:
    received = datetime.combine(case.state.received_on, datetime.min.time(), tzinfo=CHINA)
    effective = max(received, case.state.submitted_at)
    return _accept(
        case,
        EventKind.DEEMED_ACCEPTED,
        effective_at=effective,
        opinion="",
        actor=actor,
        at=at,
        calendar=calendar,
    )


def _accept(
    case: HeldCase,
    kind: EventKind,
    *,
    effective_at: datetime,
    opinion: str,
    actor: Actor,
    at: datetime,
    calendar: WorkCalendar,
) -> CaseReceipt:
    data = {"effective_at": effective_at.isoformat(), "opinion": opinion}
    after = append(
        case,
        kind,
        action=Action.ACCEPT if kind is EventKind.ACCEPTED else Action.DEEM_ACCEPTED,
        data=data,
        actor=actor,
        at=at,
        calendar=calendar,
        told={
            "effective_at": data["effective_at"],
            "steps": case.terms.steps,
            "result_kind": case.terms.result_kind,
            "special_procedures": case.terms.special_procedures,
        },
    )
    notice = draw_up(
        after, NoticeKind.ACCEPTANCE, at=at, content={"deemed": kind is EventKind.DEEMED_ACCEPTED}
    )
    return receipt_of(after, notice_id=notice)


def _require_reasons(items: Sequence[CorrectionItem]) -> None:
    blank = {
        f"items.{position}.reason": _("请写明需要补正的原因和要求")
        for position, item in enumerate(items)
        if not item.reason.strip()
    }
    if blank:
        raise InvalidInput(fields=blank)


def _require_everything(case: HeldCase, evidence: Sequence[Evidence], *, has_form: bool) -> None:
    given = {item.material_code for item in evidence}
    known = {material.code for material in case.terms.materials}
    asked = (case.state.correction or {}).get("items", [])
    missing = {
        item["material_code"] or "form": str(_("请补正：%(name)s")) % {"name": item["name"]}
        for item in asked
        if not (has_form if not item["material_code"] else item["material_code"] in given)
    }
    strange = {code: str(_("本事项不需要此材料")) for code in given - known}
    if missing or strange:
        raise CorrectionIncomplete(fields={**missing, **strange})
