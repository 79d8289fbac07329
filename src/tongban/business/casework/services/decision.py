"""
Decision and what follows: licence, delivery, closing. 行政许可法 arts. 37-39, 44.

A grant issues the licence in the same transaction. An electronic result is delivered with the decision; a result
that somebody fetches or that is posted is delivered when that happened.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from tongban.business.casework.events import EventKind
from tongban.business.casework.services.licensing import issue_for
from tongban.business.casework.services.notices import draw_up
from tongban.business.casework.services.recording import HeldCase, append, check, hold, permit, receipt_of
from tongban.business.casework.values import Action, CaseReceipt, NoticeKind
from tongban.foundation.actors import Actor, system_actor
from tongban.foundation.codes import mask_name
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import InvalidInput
from tongban.foundation.rules import implements
from tongban.foundation.worktime import WorkCalendar

ELECTRONIC = "electronic"
DELIVERY_WAYS = frozenset({ELECTRONIC, "counter", "post"})


@implements("许可法-38", "许可法-39")
@business_transaction
def grant(
    *,
    number: str,
    opinion: str,
    actor: Actor,
    at: datetime,
    calendar: WorkCalendar,
    conditions: str = "",
    licence_number: str = "",
    version: int | None = None,
) -> CaseReceipt:
    """
    Grant the application. Where the offering ends in a licence, it is issued in this transaction.

    :param opinion: grounds of the decision
    :param conditions: what the decision is tied to, printed on it
    :param licence_number: number that the agency's own system gave the licence; empty: the node gives one
    :raises RuleViolation: the case is not under examination, or its clock stands still
    """
    case = hold(number, expected_version=version)
    permit(case, Action.GRANT, actor)
    check(case, Action.GRANT, at=at, calendar=calendar)
    data = {"opinion": opinion, "conditions": conditions}
    after = append(
        case,
        EventKind.GRANTED,
        action=Action.GRANT,
        data=data,
        actor=actor,
        at=at,
        calendar=calendar,
        told={},
    )
    notice = draw_up(after, NoticeKind.GRANT, at=at, content=data)
    if case.terms.licence_type_code:
        licence = issue_for(after, actor=actor, at=at, number=licence_number)
        after = _follow_up(after, Action.ISSUE, EventKind.ISSUED, licence, at=at, calendar=calendar)
    after = _deliver_electronically(after, at=at, calendar=calendar)
    return receipt_of(after, notice_id=notice)


@implements("许可法-38")
@business_transaction
def refuse(
    *,
    number: str,
    reason: str,
    legal_basis: Sequence[str],
    actor: Actor,
    at: datetime,
    calendar: WorkCalendar,
    version: int | None = None,
) -> CaseReceipt:
    """
    Refuse the application, with reasons; the decision names the remedies. Art. 38(2).

    :param legal_basis: provisions that the refusal rests on, at least one
    """
    case = hold(number, expected_version=version)
    permit(case, Action.REFUSE, actor)
    check(case, Action.REFUSE, at=at, calendar=calendar, reason=reason)
    if not any(text.strip() for text in legal_basis):
        raise InvalidInput(fields={"legal_basis": _("请写明不予许可的法律依据")})
    data = {"reason": reason, "legal_basis": [text for text in legal_basis if text.strip()]}
    after = append(
        case,
        EventKind.REFUSED,
        action=Action.REFUSE,
        data=data,
        actor=actor,
        at=at,
        calendar=calendar,
        told={},
    )
    notice = draw_up(after, NoticeKind.REFUSAL, at=at, content=data)
    after = _deliver_electronically(after, at=at, calendar=calendar)
    return receipt_of(after, notice_id=notice)


@implements("许可法-44")
@business_transaction
def deliver(
    *,
    number: str,
    way: str,
    recipient: str,
    actor: Actor,
    at: datetime,
    calendar: WorkCalendar,
    version: int | None = None,
) -> CaseReceipt:
    """
    Note that the result reached the applicant (领取登记, message 9 of the exchange), and close the case.

    :param way: 领取方式: counter or post
    :param recipient: who took it; the log keeps the name masked, the sealed certificate of service in full
    """
    case = hold(number, expected_version=version)
    permit(case, Action.DELIVER, actor)
    check(case, Action.DELIVER, at=at, calendar=calendar)
    if way not in DELIVERY_WAYS:
        raise InvalidInput(fields={"way": _("请选择领取方式")})
    after = append(
        case,
        EventKind.DELIVERED,
        action=Action.DELIVER,
        data={"way": way, "recipient": mask_name(recipient)},
        actor=actor,
        at=at,
        calendar=calendar,
        told={"way": way},
    )
    notice = draw_up(after, NoticeKind.DELIVERY, at=at, content={"way": way, "recipient": recipient})
    after = _follow_up(after, Action.CLOSE, EventKind.CLOSED, {}, at=at, calendar=calendar)
    return receipt_of(after, notice_id=notice)


def _deliver_electronically(case: HeldCase, *, at: datetime, calendar: WorkCalendar) -> HeldCase:
    if case.state.delivery.get("way", ELECTRONIC) != ELECTRONIC:
        return case
    after = _follow_up(
        case, Action.DELIVER, EventKind.DELIVERED, {"way": ELECTRONIC}, at=at, calendar=calendar
    )
    return _follow_up(after, Action.CLOSE, EventKind.CLOSED, {}, at=at, calendar=calendar)


def _follow_up(
    case: HeldCase,
    action: Action,
    kind: EventKind,
    data: dict[str, Any],
    *,
    at: datetime,
    calendar: WorkCalendar,
) -> HeldCase:
    check(case, action, at=at, calendar=calendar)
    actor = system_actor(f"casework.{action.value.lower()}")
    return append(case, kind, action=action, data=data, actor=actor, at=at, calendar=calendar)
