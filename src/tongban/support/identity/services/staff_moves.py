"""
How members of staff move: to another agency, away for a term, away for good. Their work never goes with them.

Each move is announced in its own transaction; whoever hands out work (`business.handling`) takes back what the mover
can no longer do. Taking work up holds the row that moving changes (`require_at_work`), so that nothing is taken up
unseen beside a move.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, Literal

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit
from tongban.foundation.actors import Actor, system_actor
from tongban.foundation.db import business_transaction, require_transaction
from tongban.foundation.errors import Conflict, InvalidInput, NotFound, NotPermitted, Text
from tongban.foundation.events import announce
from tongban.support.identity import permissions
from tongban.support.identity.events import (
    ABSENCE_BEGAN,
    ABSENCE_ENDED,
    SESSION_ENDED,
    STAFF_LEFT,
    STAFF_TRANSFERRED,
)
from tongban.support.identity.models import Absence, AccessToken, Account, SignIn, StaffMember
from tongban.support.identity.selectors import staff_at_work
from tongban.support.identity.services.clients import settle_clients
from tongban.support.identity.services.fresh_factor import require_second_factor
from tongban.support.identity.services.places import require_known_place
from tongban.support.identity.services.staff import (
    DIVISION,
    announce_change,
    note_assignment,
    require_reason,
    working_member,
)
from tongban.support.identity.values import AssignmentKind, AtWork, StaffReceipt

WORKS: Final = system_actor("identity.work")
LONGEST_ABSENCE: Final = timedelta(days=366)


class StaffIsAbsent(Conflict):
    """
    Another absence of the same member of staff overlaps with this term.
    """

    code = "staff_is_absent"
    message = _("该工作人员在此期间已有离岗登记")


class NotAtWork(NotPermitted):
    """
    The member of staff has left, was transferred or lost the post, a moment ago.
    """

    code = "not_at_work"
    message = _("您的岗位刚刚发生变动，不能办理此项工作，请刷新页面")


@business_transaction
def transfer_staff(
    *,
    account_id: uuid.UUID,
    agency_code: str,
    division_code: str,
    reason: str,
    actor: Actor,
    at: datetime,
    duty: str = "",
    clients: Mapping[str, str] | None = None,
) -> StaffReceipt:
    """
    Let somebody work for another agency. Posts and roles stay behind: a security administrator gives new ones.

    :param clients: what becomes of each of the agency's systems that he answers for: by client id, the staff code of
        a colleague, or END_CLIENT
    :raises NotPermitted: the actor is no system administrator, or it is his own account
    :raises SecondFactorNotFresh: he has not shown his second factor of late
    :raises NotFound: nobody works here by this account
    :raises InvalidInput: an agency or a division that the registers do not hold, no reason, or a system left behind
    """
    permissions.keep_staff.require(actor, account_id=account_id)
    require_second_factor(actor, at=at)
    require_reason(reason)
    wrong: dict[str, Text] = {}
    if not agency_code:
        wrong["agency"] = _("请填写机构编码")
    if not DIVISION.fullmatch(division_code):
        wrong["division"] = _("行政区划代码须为 12 位数字")
    if wrong:
        raise InvalidInput(fields=wrong)
    require_known_place(agency_code=agency_code, division_code=division_code, actor=actor)
    member = working_member(account_id)
    before = member.agency_code
    if before == agency_code:
        raise InvalidInput(fields={"agency": _("该工作人员已在此机构")})
    settle_clients(member, decided=clients or {}, is_leaving=False, actor=actor, at=at)
    member.agency_code, member.division_code, member.duty = agency_code, division_code, duty.strip()
    member.posts, member.roles = [], []
    member.save(update_fields=["agency_code", "division_code", "duty", "posts", "roles"])
    note_assignment(member, AssignmentKind.TRANSFER, actor=actor, at=at, reason=reason)
    _end_absences(Q(member=member) | Q(substitute=member), at=at)
    audit.record(
        action="identity.staff.transfer",
        actor=actor,
        subject=str(account_id),
        at=at,
        agency=agency_code,
        before=before,
        reason=reason,
    )
    announce_change(STAFF_TRANSFERRED, account_id=account_id, at=at)
    return StaffReceipt(account_id=account_id, login_name=member.account.login_name, name=member.name)


@business_transaction
def let_staff_leave(
    *,
    account_id: uuid.UUID,
    reason: str,
    actor: Actor,
    at: datetime,
    clients: Mapping[str, str] | None = None,
) -> StaffReceipt:
    """
    Close the account of somebody who works here no more; sessions and tokens end with this.

    :param clients: what becomes of each system that he answers for: by client id, the staff code of a colleague, or
        END_CLIENT
    :raises NotPermitted: the actor is no system administrator, or it is his own account
    :raises SecondFactorNotFresh: he has not shown his second factor of late
    :raises NotFound: nobody works here by this account
    :raises InvalidInput: no reason, or a system is left behind
    """
    permissions.keep_staff.require(actor, account_id=account_id)
    require_second_factor(actor, at=at)
    require_reason(reason)
    member = working_member(account_id)
    settle_clients(member, decided=clients or {}, is_leaving=True, actor=actor, at=at)
    member.is_active = False
    member.save(update_fields=["is_active"])
    note_assignment(member, AssignmentKind.LEAVE, actor=actor, at=at, reason=reason)
    _end_absences(Q(member=member) | Q(substitute=member), at=at)
    account = Account.objects.locked(account_id)
    account.is_active = False
    account.save(update_fields=["is_active"])
    end_all_sessions(account, at=at)
    audit.record(action="identity.staff.leave", actor=actor, subject=str(account_id), at=at, reason=reason)
    announce_change(STAFF_LEFT, account_id=account_id, at=at)
    return StaffReceipt(account_id=account_id, login_name=account.login_name, name=member.name)


def end_all_sessions(account: Account, *, at: datetime) -> None:
    """
    End every session and token of a locked account, in the caller's transaction; effective with the next request.
    """
    require_transaction()
    account.session_epoch += 1
    account.save(update_fields=["session_epoch"])
    SignIn.objects.filter(account=account, ended_at__isnull=True).update(ended_at=at)
    AccessToken.objects.filter(account=account, revoked_at__isnull=True).update(revoked_at=at)
    announce(topic=SESSION_ENDED, key=str(account.id), at=at, payload={})


@business_transaction
def note_absence(
    *,
    account_id: uuid.UUID,
    substitute_id: uuid.UUID | None,
    valid_from: datetime,
    valid_until: datetime,
    reason: str,
    actor: Actor,
    at: datetime,
) -> uuid.UUID:
    """
    Write down that somebody is away for a term, and who stands in; return the absence.

    The substitute holds the absent one's posts while the term runs, and no longer; his log names both.

    :param substitute_id: account of a colleague of the same agency who holds a post himself; None: nobody stands in
    :param valid_until: the first moment after it
    :raises NotPermitted: the actor may not; naming a substitute is for security administrators
    :raises SecondFactorNotFresh: he has not shown his second factor of late
    :raises NotFound: nobody works here by this account
    :raises InvalidInput: a term that is none, or a substitute who cannot stand in
    :raises StaffIsAbsent: the terms of two absences overlap
    """
    permissions.note_absence.require(actor, has_substitute=substitute_id is not None)
    require_second_factor(actor, at=at)
    require_reason(reason)
    if not valid_from < valid_until or valid_until <= at or valid_until - valid_from > LONGEST_ABSENCE:
        raise InvalidInput(fields={"valid_until": _("结束时间须晚于开始时间和现在，且不超过一年")})
    member = working_member(account_id)
    substitute = _substitute(substitute_id, member=member, actor=actor)
    overlapping = Absence.objects.filter(
        member=member, closed_at__isnull=True, valid_from__lt=valid_until, valid_until__gt=valid_from
    )
    if overlapping.exists():
        raise StaffIsAbsent
    absence = Absence.objects.create(
        member=member,
        substitute=substitute,
        reason=reason.strip(),
        valid_from=valid_from,
        valid_until=valid_until,
        arranged_by=actor.id,
        created_at=at,
    )
    audit.record(
        action="identity.staff.note_absence",
        actor=actor,
        subject=str(account_id),
        at=at,
        substitute=str(substitute_id or ""),
        valid_from=valid_from,
        valid_until=valid_until,
        reason=reason,
    )
    if valid_from <= at:
        _begin(absence, at=at)
    return absence.id


@business_transaction
def end_absence(*, absence_id: uuid.UUID, actor: Actor, at: datetime) -> None:
    """
    End an absence now: the absent one is back, or never leaves.

    :raises NotPermitted: the actor may not
    :raises NotFound: no such absence, or it is over
    """
    # Who may end none is not told which there are.
    permissions.note_absence.require(actor, has_substitute=False)
    absence = _held_absence(absence_id)
    permissions.note_absence.require(actor, has_substitute=absence.substitute_id is not None)
    _close(absence, at=at)
    audit.record(
        action="identity.staff.end_absence",
        actor=actor,
        subject=str(absence.member.account_id),
        at=at,
        absence=str(absence_id),
    )


def turn_absences(*, at: datetime) -> int:
    """
    Begin and end the absences whose time has come; return how many. Repeating it changes nothing.
    """
    due = Absence.objects.filter(closed_at__isnull=True)
    ended = list(due.filter(valid_until__lte=at).values_list("id", flat=True))
    begun = list(
        due.filter(valid_from__lte=at, valid_until__gt=at, begun_at__isnull=True).values_list("id", flat=True)
    )
    for absence_id in (*ended, *begun):
        _turn(absence_id, at=at)
    return len(ended) + len(begun)


def require_at_work(*, account_id: uuid.UUID, agency_code: str, post: str, at: datetime) -> AtWork | None:
    """
    Refuse to give work to a member of staff who cannot do it now; holds his row, so that he does not move meanwhile.

    Called in the transaction that gives the work, after the work itself is held. Two queries. None for an account
    behind which no member of staff of this node stands: nothing here says what it may do.

    :raises NotAtWork: he has left or moved, or does not hold the post, himself or for an absent colleague
    """
    require_transaction()
    # The share lock waits for a move in progress and keeps the next one waiting until the work is given.
    if not _hold(account_id, strength="SHARE"):
        return None
    found = staff_at_work(account_ids=[account_id], actor=WORKS, at=at).get(account_id)
    if found is None or not found.can_take(agency_code=agency_code, post=post):
        raise NotAtWork
    return found


@business_transaction
def _turn(absence_id: uuid.UUID, *, at: datetime) -> None:
    try:
        absence = _held_absence(absence_id)
    except NotFound:
        return
    if absence.valid_until <= at:
        _close(absence, at=at)
    elif absence.begun_at is None and absence.valid_from <= at:
        _begin(absence, at=at)


def _begin(absence: Absence, *, at: datetime) -> None:
    absence.begun_at = at
    absence.save(update_fields=["begun_at"])
    announce_change(
        ABSENCE_BEGAN,
        account_id=absence.member.account_id,
        substitute_id=absence.substitute.account_id if absence.substitute else None,
        at=at,
    )


def _close(absence: Absence, *, at: datetime) -> None:
    absence.closed_at = at
    absence.save(update_fields=["closed_at"])
    # Work that the substitute is just taking up for the absent one waits for this, or this for it.
    if absence.substitute is not None:
        _hold(absence.substitute.account_id, strength="NO KEY UPDATE")
    announce_change(
        ABSENCE_ENDED,
        account_id=absence.member.account_id,
        substitute_id=absence.substitute.account_id if absence.substitute else None,
        at=at,
    )


def _end_absences(which: Q, *, at: datetime) -> None:
    held = Absence.objects.select_for_update(of=("self",)).select_related("member", "substitute")
    for absence in held.filter(which, closed_at__isnull=True):
        _close(absence, at=at)


def _hold(account_id: uuid.UUID, *, strength: Literal["SHARE", "NO KEY UPDATE"]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT 1 FROM identity_staffmember WHERE account_id = %s FOR {strength}",  # noqa: S608 -- two words
            [account_id],
        )
        return cursor.fetchone() is not None


def _held_absence(absence_id: uuid.UUID) -> Absence:
    held = Absence.objects.select_for_update(of=("self",)).select_related("member", "substitute")
    absence = held.filter(id=absence_id, closed_at__isnull=True).first()
    if absence is None:
        raise NotFound
    return absence


def _substitute(substitute_id: uuid.UUID | None, *, member: StaffMember, actor: Actor) -> StaffMember | None:
    if substitute_id is None:
        return None
    substitute = StaffMember.objects.filter(account_id=substitute_id, is_active=True).first()
    is_fit = (
        substitute is not None
        and substitute.id != member.id
        and substitute.agency_code == member.agency_code
        and bool(substitute.posts)
        and actor.id != str(substitute_id)
    )
    if not is_fit:
        raise InvalidInput(fields={"substitute": _("代理人须是同一机构、在岗、已有岗位的另一位工作人员")})
    return substitute
