"""
After acceptance: steps of the review, special procedures, extension. 行政许可法 arts. 34, 42, 45.
"""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from tongban.business.casework.events import EventKind
from tongban.business.casework.rules.clock import StopKind
from tongban.business.casework.services.notices import draw_up
from tongban.business.casework.services.recording import append, check, hold, permit, receipt_of
from tongban.business.casework.values import Action, CaseReceipt, Limit, NoticeKind
from tongban.business.catalogue.values import LimitUnit
from tongban.foundation.actors import Actor
from tongban.foundation.clock import civil_date
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import InvalidInput
from tongban.foundation.rules import implements
from tongban.foundation.worktime import WorkCalendar

LONGEST_STOP = 400
"""Units of the announced time; the longest special procedure known takes 95 working days."""


@business_transaction
def record_review(
    *,
    number: str,
    stage: str,
    stage_name: str,
    outcome: str,
    opinion: str,
    step: int,
    actor: Actor,
    at: datetime,
    calendar: WorkCalendar,
) -> CaseReceipt:
    """
    Put a step of the agency's inner procedure on the case's log (审批, message 3 of the exchange).

    :param stage: code of the step, e.g. "REVIEW"
    :param outcome: 业务动作: PASS, RETURN or OTHER (code list T23)
    :param step: serial of the step within the procedure, 1 first
    :raises RuleViolation: the case is not under examination
    """
    case = hold(number)
    permit(case, Action.REVIEW, actor)
    check(case, Action.REVIEW, at=at, calendar=calendar)
    data = {"stage": stage, "stage_name": stage_name, "outcome": outcome, "opinion": opinion, "step": step}
    after = append(
        case,
        EventKind.REVIEWED,
        action=Action.REVIEW,
        data=data,
        actor=actor,
        at=at,
        calendar=calendar,
        told={"stage": stage, "stage_name": stage_name, "outcome": outcome, "step": step},
    )
    return receipt_of(after)


@implements("许可法-45")
@business_transaction
def start_special_procedure(
    *,
    number: str,
    kind: str,
    name: str,
    reason: str,
    basis: str,
    limit: Limit,
    actor: Actor,
    at: datetime,
    calendar: WorkCalendar,
    version: int | None = None,
) -> CaseReceipt:
    """
    Stop the clock for a procedure that law does not count, and tell the applicant in writing how long. Art. 45.

    :param kind: word of `rules.clock.StopKind`
    :param name: what is done, e.g. 专家评审
    :param basis: the provision that allows it
    :param limit: the time announced
    :raises RuleViolation: no reason, no basis, or the case is not running
    """
    case = hold(number, expected_version=version)
    permit(case, Action.STOP_CLOCK, actor)
    check(case, Action.STOP_CLOCK, at=at, calendar=calendar, reason=reason, basis=basis)
    _require_sound(kind=kind, name=name, limit=limit)
    data = {
        "type": kind,
        "name": name,
        "reason": reason,
        "basis": basis,
        "limit": {"amount": limit.amount, "unit": limit.unit},
        "approver": actor.name,
    }
    after = append(
        case,
        EventKind.CLOCK_STOPPED,
        action=Action.STOP_CLOCK,
        data=data,
        actor=actor,
        at=at,
        calendar=calendar,
    )
    notice = draw_up(after, NoticeKind.CLOCK_STOP, at=at, content=data)
    return receipt_of(after, notice_id=notice)


@implements("许可法-45")
@business_transaction
def end_special_procedure(
    *,
    number: str,
    result: str,
    actor: Actor,
    at: datetime,
    calendar: WorkCalendar,
    version: int | None = None,
) -> CaseReceipt:
    """
    Let the clock run again.

    :param result: what the procedure brought
    :raises RuleViolation: no special procedure is open
    """
    case = hold(number, expected_version=version)
    permit(case, Action.RESUME_CLOCK, actor)
    check(case, Action.RESUME_CLOCK, at=at, calendar=calendar)
    after = append(
        case,
        EventKind.CLOCK_RESUMED,
        action=Action.RESUME_CLOCK,
        data={"result": result},
        actor=actor,
        at=at,
        calendar=calendar,
        told={},
    )
    return receipt_of(after)


@implements("许可法-42")
@business_transaction
def extend(
    *,
    number: str,
    days: int,
    reason: str,
    actor: Actor,
    at: datetime,
    calendar: WorkCalendar,
    version: int | None = None,
) -> CaseReceipt:
    """
    Extend the time limit once, by at most ten working days, and tell the applicant why. Art. 42(1).

    :param days: working days
    """
    case = hold(number, expected_version=version)
    permit(case, Action.EXTEND, actor)
    before = check(case, Action.EXTEND, at=at, calendar=calendar, reason=reason, extension_wanted=days)
    data = {"days": days, "reason": reason, "approver": actor.name}
    after = append(
        case, EventKind.EXTENDED, action=Action.EXTEND, data=data, actor=actor, at=at, calendar=calendar
    )
    previous_due = before.statutory_due or before.promised_due or civil_date(at)
    content = {**data, "previous_due": previous_due.isoformat()}
    notice = draw_up(after, NoticeKind.EXTENSION, at=at, content=content)
    return receipt_of(after, notice_id=notice)


def _require_sound(*, kind: str, name: str, limit: Limit) -> None:
    wrong = {}
    if kind not in StopKind.__members__:
        wrong["kind"] = _("请选择特别程序的种类")
    if not name.strip():
        wrong["name"] = _("请填写特别程序的名称")
    if not 1 <= limit.amount <= LONGEST_STOP or limit.unit not in LimitUnit.values:
        wrong["limit"] = _("请告知所需时间，1 至 400")
    if wrong:
        raise InvalidInput(fields=wrong)
