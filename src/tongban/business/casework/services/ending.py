"""
Other ends of a case, and what comes after the end: withdrawal, passing on, lapse, voiding, rating, archive.
"""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from tongban.business.casework.events import EventKind
from tongban.business.casework.services.notices import draw_up
from tongban.business.casework.services.recording import append, check, hold, permit, receipt_of
from tongban.business.casework.values import Action, CaseReceipt, NoticeKind
from tongban.foundation.actors import Actor, system_actor
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import InvalidInput
from tongban.foundation.worktime import WorkCalendar

NOTICES = {
    EventKind.WITHDRAWN: NoticeKind.WITHDRAWAL,
    EventKind.PASSED_ON: NoticeKind.TRANSFER,
    EventKind.VOIDED: NoticeKind.VOIDING,
}
"""What the applicant is given in writing at each of these ends; one that lapsed was told so beforehand."""
TOLD = {EventKind.VOIDED: ("reason",)}
"""What subscribers hear of it."""

STARS = range(1, 6)
LONGEST_COMMENT = 500
TAG_DIGITS = 3


@business_transaction
def withdraw(
    *,
    number: str,
    reason: str,
    actor: Actor,
    at: datetime,
    calendar: WorkCalendar,
    version: int | None = None,
) -> CaseReceipt:
    """
    Take the application back; the applicant may do so until there is a decision.
    """
    return _end(
        number,
        Action.WITHDRAW,
        EventKind.WITHDRAWN,
        {"reason": reason},
        actor=actor,
        at=at,
        calendar=calendar,
        version=version,
    )


@business_transaction
def pass_on(
    *,
    number: str,
    to_agency: str,
    reason: str,
    actor: Actor,
    at: datetime,
    calendar: WorkCalendar,
    version: int | None = None,
) -> CaseReceipt:
    """
    Pass the case on to the agency that is competent (转办). It ends here.

    :param to_agency: name of the other agency
    """
    if not to_agency.strip():
        raise InvalidInput(fields={"to_agency": _("请填写接收机构")})
    return _end(
        number,
        Action.PASS_ON,
        EventKind.PASSED_ON,
        {"to_agency": to_agency, "reason": reason},
        actor=actor,
        at=at,
        calendar=calendar,
        version=version,
    )


@business_transaction
def void(
    *,
    number: str,
    reason: str,
    actor: Actor,
    at: datetime,
    calendar: WorkCalendar,
    version: int | None = None,
) -> CaseReceipt:
    """
    Declare void a case that should not exist, with a reason; its log stays.
    """
    return _end(
        number,
        Action.VOID,
        EventKind.VOIDED,
        {"reason": reason},
        actor=actor,
        at=at,
        calendar=calendar,
        version=version,
    )


@business_transaction
def lapse(*, number: str, at: datetime, calendar: WorkCalendar) -> CaseReceipt:
    """
    End a case whose applicant did not correct in the time the notice gave.
    """
    return _end(
        number,
        Action.LAPSE,
        EventKind.LAPSED,
        {},
        actor=system_actor("casework.lapse"),
        at=at,
        calendar=calendar,
    )


@business_transaction
def archive(*, number: str, at: datetime, calendar: WorkCalendar) -> CaseReceipt:
    """
    Put a finished case into the archive. 国务院令第716号 art. 12.
    """
    return _end(
        number,
        Action.ARCHIVE,
        EventKind.ARCHIVED,
        {},
        actor=system_actor("casework.archive"),
        at=at,
        calendar=calendar,
    )


@business_transaction
def rate(
    *,
    number: str,
    stars: int,
    tags: Sequence[str],
    comment: str,
    actor: Actor,
    at: datetime,
    calendar: WorkCalendar,
) -> CaseReceipt:
    """
    Rate a finished case once (好差评, 国办发〔2019〕51号: 一事一评).

    :param stars: 5 非常满意 ... 1 非常不满意, the national direction
    :param tags: national tag codes; their first digit is the number of stars
    """
    wrong = {}
    if stars not in STARS:
        wrong["stars"] = _("请选择满意度")
    if any(len(tag) != TAG_DIGITS or not tag.isdigit() or tag[0] != str(stars) for tag in tags):
        wrong["tags"] = _("评价标签与满意度不符")
    if len(comment) > LONGEST_COMMENT:
        wrong["comment"] = _("评价内容不能超过 500 字")
    if wrong:
        raise InvalidInput(fields=wrong)
    data = {"stars": stars, "tags": sorted(set(tags)), "comment": comment}
    case = hold(number)
    permit(case, Action.RATE, actor)
    check(case, Action.RATE, at=at, calendar=calendar)
    after = append(
        case,
        EventKind.RATED,
        action=Action.RATE,
        data=data,
        actor=actor,
        at=at,
        calendar=calendar,
        told={"stars": stars, "tags": data["tags"]},
    )
    return receipt_of(after)


def _end(
    number: str,
    action: Action,
    kind: EventKind,
    data: dict[str, str],
    *,
    actor: Actor,
    at: datetime,
    calendar: WorkCalendar,
    version: int | None = None,
) -> CaseReceipt:
    case = hold(number, expected_version=version)
    permit(case, action, actor)
    check(case, action, at=at, calendar=calendar, reason=data.get("reason", ""))
    told = {name: data[name] for name in TOLD.get(kind, ())}
    after = append(case, kind, action=action, data=data, actor=actor, at=at, calendar=calendar, told=told)
    notice = draw_up(after, NOTICES[kind], at=at, content=data) if kind in NOTICES else None
    return receipt_of(after, notice_id=notice)
