"""
Accounts of staff, as administrators see them.
"""

import uuid
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.db.models import Exists, OuterRef, Q, QuerySet

from tongban.foundation.actors import Actor
from tongban.foundation.errors import NotFound
from tongban.foundation.paging import Page, decode_cursor, encode_cursor
from tongban.support.identity import permissions
from tongban.support.identity.models import Absence, FactorReset, SignIn, StaffMember
from tongban.support.identity.selectors.actors import longest_idle
from tongban.support.identity.values import (
    THREE_ADMINISTRATORS,
    AbsenceLine,
    AccountAct,
    AccountKind,
    AssignmentKind,
    AssignmentLine,
    Factor,
    ResetLine,
    Role,
    StaffDetail,
    StaffFilter,
    StaffLine,
)

LONGEST_TEXT = 64
MOST_EXPORTED = 20_000
FACTORS = {Authenticator.Type.TOTP: Factor.TOTP, Authenticator.Type.WEBAUTHN: Factor.WEBAUTHN}


def staff_page(
    *, actor: Actor, wanted: StaffFilter, at: datetime, cursor: str | None = None, limit: int = 30
) -> Page[StaffLine]:
    """
    Return accounts of staff by login name. One query.

    :raises NotPermitted: the actor neither keeps accounts nor gives them their tasks
    :raises InvalidInput: the cursor belongs to another list
    """
    members = _wanted(actor, wanted)
    if cursor:
        (after,) = decode_cursor("staff", cursor)
        members = members.filter(account__login_name__gt=after)
    rows = list(members[: limit + 1])
    lines = [_line(member, at=at) for member in rows[:limit]]
    if len(rows) <= limit:
        return Page(items=lines, next_cursor=None)
    return Page(items=lines, next_cursor=encode_cursor("staff", [lines[-1].login_name]))


def all_staff(*, actor: Actor, wanted: StaffFilter, at: datetime) -> list[StaffLine]:
    """
    Return every account that is wanted, by login name, for a table to be taken away; at most 20 000. One query.

    :raises NotPermitted: the actor neither keeps accounts nor gives them their tasks
    """
    return [_line(member, at=at) for member in _wanted(actor, wanted)[:MOST_EXPORTED]]


def staff_detail(*, account_id: uuid.UUID, actor: Actor, at: datetime) -> StaffDetail:
    """
    Return one member of staff with history and absences. Five queries.

    :raises NotPermitted: the actor neither keeps accounts nor gives them their tasks
    :raises NotFound: no member of staff has this account
    """
    member = _wanted(actor, StaffFilter(is_active=None)).filter(account_id=account_id).first()
    if member is None:
        raise NotFound
    kinds = (
        Authenticator.objects.filter(user_id=account_id).order_by("created_at").values_list("type", flat=True)
    )
    absences = Absence.objects.select_related("member", "substitute").filter(member=member)
    return StaffDetail(
        line=_line(member, at=at),
        factors=tuple(FACTORS[kind] for kind in kinds if kind in FACTORS),
        open_sessions=SignIn.objects.filter(
            account_id=account_id,
            ended_at__isnull=True,
            expires_at__gt=at,
            seen_at__gt=at - longest_idle(AccountKind.STAFF),
        ).count(),
        must_change_password=member.account.must_change_password,
        is_identified=member.id_number is not None,
        password_changed_at=member.account.password_changed_at,
        history=tuple(
            AssignmentLine(
                kind=AssignmentKind(row.kind),
                agency_code=row.agency_code,
                posts=tuple(row.posts),
                roles=tuple(row.roles),
                valid_from=row.valid_from,
                valid_until=row.valid_until,
                arranged_by_name=row.arranged_by_name,
                reason=row.reason,
            )
            for row in member.assignments.order_by("-valid_from", "-valid_until")
        ),
        absences=tuple(_absence(row, at=at) for row in absences.order_by("-valid_from")),
    )


def may_list_staff(*, actor: Actor) -> bool:
    """
    Return whether the actor sees accounts of staff at all. No query.
    """
    return permissions.list_staff.allows(actor)


def may_open_accounts(*, actor: Actor) -> bool:
    """
    Return whether the actor may open accounts of staff. No query.
    """
    return permissions.keep_staff.allows(actor)


def may_keep_clients(*, actor: Actor) -> bool:
    """
    Return whether the actor lets other systems in. No query.
    """
    return permissions.operate.allows(actor)


def may_name_substitutes(*, actor: Actor) -> bool:
    """
    Return whether the actor may say who stands in for an absent member of staff. No query.
    """
    return permissions.note_absence.allows(actor, has_substitute=True)


def account_acts(*, actor: Actor, account_id: uuid.UUID) -> tuple[AccountAct, ...]:
    """
    Return what the actor may do to this account, in the order of the list. No query.
    """
    keeps = permissions.keep_staff.allows(actor, account_id=account_id)
    secures = permissions.secure_account.allows(actor, account_id=account_id)
    allowed = {
        AccountAct.TASKS: permissions.empower_staff.allows(actor, account_id=account_id),
        AccountAct.TRANSFER: keeps,
        AccountAct.LEAVE: keeps,
        AccountAct.ABSENCE: permissions.note_absence.allows(actor, has_substitute=False),
        AccountAct.LOG_OUT: secures,
        AccountAct.UNLOCK: secures,
        AccountAct.PASSWORD: secures,
        AccountAct.FACTOR: permissions.reset_factors.allows(actor, account_id=account_id),
    }
    return tuple(act for act in AccountAct if allowed[act])


def waiting_resets(*, actor: Actor, at: datetime) -> list[ResetLine]:
    """
    Return resets of factors that wait for their second person, oldest first. Two queries.

    :raises NotPermitted: the actor neither keeps accounts nor gives them their tasks
    """
    permissions.list_staff.require(actor)
    rows = list(
        FactorReset.objects.filter(approved_at__isnull=True, expires_at__gt=at)
        .select_related("account")
        .order_by("asked_at")
    )
    names = dict(
        StaffMember.objects.filter(account_id__in=[row.account_id for row in rows]).values_list(
            "account_id", "name"
        )
    )
    return [
        ResetLine(
            reset_id=row.id,
            account_id=row.account_id,
            login_name=row.account.login_name,
            name=names.get(row.account_id, ""),
            reason=row.reason,
            asked_by_name=row.asked_by_name,
            asked_at=row.asked_at,
            expires_at=row.expires_at,
            may_approve=str(row.asked_by) != actor.id
            and permissions.reset_factors.allows(actor, account_id=row.account_id),
        )
        for row in rows
    ]


def missing_administrators(*, actor: Actor) -> list[Role]:
    """
    Return which of the three administrators nobody is yet, in the order of the list. One query.

    :raises NotPermitted: the actor neither keeps accounts nor gives them their tasks
    """
    permissions.list_staff.require(actor)
    members = StaffMember.objects.filter(
        is_active=True, roles__overlap=[role.value for role in THREE_ADMINISTRATORS]
    )
    held = {role for roles in members.values_list("roles", flat=True) for role in roles}
    return [role for role in THREE_ADMINISTRATORS if role not in held]


def _wanted(actor: Actor, wanted: StaffFilter) -> "QuerySet[StaffMember, Any]":
    permissions.list_staff.require(actor)
    members = StaffMember.objects.select_related("account").order_by("account__login_name")
    members = members.annotate(
        has_factor=Exists(
            Authenticator.objects.filter(user_id=OuterRef("account_id")).exclude(
                type=Authenticator.Type.RECOVERY_CODES
            )
        )
    )
    text = wanted.text.replace("\x00", "").strip()[:LONGEST_TEXT]
    if text:
        members = members.filter(
            Q(account__login_name__startswith=text.lower())
            | Q(staff_code__startswith=text)
            | Q(name__contains=text)
        )
    if wanted.agency_code:
        members = members.filter(agency_code=wanted.agency_code.replace("\x00", ""))
    if wanted.post:
        members = members.filter(posts__contains=[wanted.post])
    if wanted.role:
        members = members.filter(roles__contains=[wanted.role])
    if wanted.is_active is not None:
        members = members.filter(is_active=wanted.is_active)
    return members


def _line(member: Any, *, at: datetime) -> StaffLine:
    account = member.account
    return StaffLine(
        account_id=member.account_id,
        login_name=account.login_name,
        staff_code=member.staff_code,
        name=member.name,
        duty=member.duty,
        agency_code=member.agency_code,
        division_code=member.division_code,
        posts=tuple(member.posts),
        roles=tuple(member.roles),
        is_active=member.is_active,
        is_locked=account.is_locked(at=at),
        has_factor=member.has_factor,
        last_login_at=account.last_login_at,
    )


def _absence(row: Absence, *, at: datetime) -> AbsenceLine:
    return AbsenceLine(
        absence_id=row.id,
        account_id=row.member.account_id,
        name=row.member.name,
        substitute_name=row.substitute.name if row.substitute else "",
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        reason=row.reason,
        is_over=row.closed_at is not None or row.valid_until <= at,
    )
