"""
Accounts of staff: opened by one administrator, given their tasks by another.
"""

import re
import secrets
import string
import uuid
from collections.abc import Collection
from datetime import datetime
from typing import Final

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit, crypto, events
from tongban.foundation.actors import Actor
from tongban.foundation.clock import civil_date
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import Conflict, InvalidInput, NotFound, Text
from tongban.support.identity import permissions, rules
from tongban.support.identity.events import STAFF_POSTS_CHANGED, StaffChanged
from tongban.support.identity.models import StaffAssignment, StaffMember
from tongban.support.identity.rules import LoginForm
from tongban.support.identity.services.fresh_factor import require_second_factor
from tongban.support.identity.services.numbers import index_of_id_number, read_id_number
from tongban.support.identity.services.passwords import require_good_password
from tongban.support.identity.services.registration import make_account
from tongban.support.identity.values import (
    THREE_ADMINISTRATORS,
    AccountKind,
    AssignmentKind,
    InitialPassword,
    Post,
    Role,
    StaffReceipt,
)

DIVISION = re.compile(r"\d{12}", re.ASCII)
"""GB/T 2260, with 乡 and 村."""
LONGEST_NAME: Final = 64
LONGEST_REASON: Final = 200
PASSWORD_CHARACTERS: Final = 16
THREE: Final = frozenset(THREE_ADMINISTRATORS)
THREE_CONSTRAINTS: Final = ("staff_is_one_administrator_at_most", "person_is_administrator_once")


class LoginNameTaken(Conflict):
    """
    Another account has this login name or staff code.
    """

    code = "login_name_taken"
    message = _("登录名或人员编码已被使用")


class AdministratorsAreThree(Conflict):
    """
    System, security and audit administrators are three people.

    No account, and no person with several accounts, is two of them. Source: GB/T 22239-2019 8.1.4.2.
    """

    code = "administrators_are_three"
    message = _("系统管理员、安全管理员、审计管理员必须是三个人，不能由同一账号或同一人兼任")


def create_staff(
    *,
    login_name: str,
    name: str,
    agency_code: str,
    division_code: str,
    posts: Collection[Post],
    roles: Collection[Role],
    password: str,
    actor: Actor,
    at: datetime,
    staff_code: str = "",
    duty: str = "",
    id_number: str = "",
) -> StaffReceipt:
    """
    Open an account for somebody who works for an agency. He changes the password before anything opens with it.

    :param division_code: twelve digits; the subtree the member may look into
    :param staff_code: empty: the login name serves
    :param posts: given only by those who may give them; the node itself may, for the first accounts
    :param id_number: kept sealed and shown nowhere; several accounts of one person are known by its index, and without
        it nobody becomes one of the three administrators
    :raises NotPermitted: the actor is no system administrator, or gives tasks and is no security administrator
    :raises InvalidInput: login name, division, ID number or password are not acceptable
    :raises LoginNameTaken: the login name or the code is used
    :raises AdministratorsAreThree: two of the three roles would be one person's
    """
    permissions.keep_staff.require(actor)
    if posts or roles:
        permissions.empower_staff.require(actor)
    login = rules.normal_login(login_name)
    _check(login=login, name=name, division_code=division_code)
    require_good_password(password, about_owner=(login,))
    number = _checked_number(id_number, at=at)
    _require_identified(roles, is_identified=number is not None)
    return open_staff_account(
        login=login,
        name=name.strip(),
        staff_code=staff_code or login,
        duty=duty.strip(),
        id_number=number,
        agency_code=agency_code,
        division_code=division_code,
        posts=posts,
        roles=roles,
        encoded=make_password(password),
        is_initial=True,
        actor=actor,
        at=at,
    )


def create_staff_with_password(
    *,
    login_name: str,
    name: str,
    agency_code: str,
    division_code: str,
    actor: Actor,
    at: datetime,
    duty: str = "",
    id_number: str = "",
) -> InitialPassword:
    """
    Open an account without any task, with a password made here; what it may do, a security administrator says.

    :raises NotPermitted: the actor is no system administrator
    :raises SecondFactorNotFresh: he has not shown his second factor of late
    :raises InvalidInput: login name, division or ID number are not acceptable
    :raises LoginNameTaken: the login name is used
    """
    permissions.keep_staff.require(actor)
    require_second_factor(actor, at=at)
    password = fresh_password()
    receipt = create_staff(
        login_name=login_name,
        name=name,
        agency_code=agency_code,
        division_code=division_code,
        posts=(),
        roles=(),
        duty=duty,
        id_number=id_number,
        password=password,
        actor=actor,
        at=at,
    )
    return InitialPassword(account_id=receipt.account_id, login_name=receipt.login_name, password=password)


def fresh_password() -> str:
    """
    Return a random password that keeps the rules: letters that cannot be mistaken, digits, a sign.
    """
    letters = [letter for letter in string.ascii_letters + string.digits if letter not in "lIO01"]
    while True:
        body = "".join(secrets.choice(letters) for _place in range(PASSWORD_CHARACTERS - 1))
        password = body[:8] + "-" + body[8:]
        if any(map(str.islower, body)) and any(map(str.isupper, body)) and any(map(str.isdigit, body)):
            return password


@business_transaction
def open_staff_account(
    *,
    login: str,
    name: str,
    staff_code: str,
    agency_code: str,
    division_code: str,
    posts: Collection[Post],
    roles: Collection[Role],
    encoded: str,
    actor: Actor,
    at: datetime,
    duty: str = "",
    id_number: str | None = None,
    is_initial: bool = False,
) -> StaffReceipt:
    """
    Write a checked member of staff down; for the services of this app only.

    :param encoded: password, already hashed
    :param id_number: checked already
    :param is_initial: it must be changed before anything is opened with it
    """
    try:
        with transaction.atomic():
            account = make_account(
                kind=AccountKind.STAFF,
                login_name=login,
                encoded=encoded,
                at=at,
                is_initial=is_initial,
            )
            member = StaffMember.objects.create(
                id=uuid.uuid4(),
                account=account,
                staff_code=staff_code,
                name=name,
                duty=duty,
                id_number=id_number,
                id_number_index=index_of_id_number(id_number) if id_number else None,
                agency_code=agency_code,
                division_code=division_code,
                posts=sorted(posts),
                roles=sorted(roles),
            )
    except IntegrityError as error:
        raise _refusal(error, login_name=login) from error
    note_assignment(member, AssignmentKind.CREATE, actor=actor, at=at)
    audit.record(
        action="identity.staff.create",
        actor=actor,
        subject=str(account.id),
        at=at,
        login_name=login,
        agency=agency_code,
        posts=sorted(posts),
        roles=sorted(roles),
    )
    return StaffReceipt(account_id=account.id, login_name=login, name=name)


@business_transaction
def grant_tasks(
    *,
    account_id: uuid.UUID,
    posts: Collection[str],
    roles: Collection[str],
    reason: str,
    actor: Actor,
    at: datetime,
    id_number: str = "",
) -> StaffReceipt:
    """
    Say what a member of staff may do: these posts and roles, and no others. Effective with his next request.

    :param id_number: of whom nobody has noted it yet; one that was noted stays
    :raises NotPermitted: the actor is no security administrator, or it is his own account
    :raises SecondFactorNotFresh: he has not shown his second factor of late
    :raises NotFound: nobody works here by this account
    :raises InvalidInput: no such post or role, no reason, or an administrator of whom no ID number is known
    :raises AdministratorsAreThree: two of the three roles would be one person's
    """
    permissions.empower_staff.require(actor, account_id=account_id)
    require_second_factor(actor, at=at)
    _check_tasks(posts=posts, roles=roles, reason=reason)
    member = working_member(account_id)
    before = {"posts": member.posts, "roles": member.roles}
    member.posts, member.roles = sorted(set(posts)), sorted(set(roles))
    _note_number(member, id_number, at=at)
    _require_identified(member.roles, is_identified=member.id_number_index is not None)
    try:
        with transaction.atomic():
            member.save(update_fields=["posts", "roles", "id_number", "id_number_index"])
    except IntegrityError as error:
        raise _refusal(error) from error
    note_assignment(member, AssignmentKind.GRANT, actor=actor, at=at, reason=reason)
    audit.record(
        action="identity.staff.empower",
        actor=actor,
        subject=str(account_id),
        at=at,
        posts=member.posts,
        roles=member.roles,
        before=before,
        reason=reason,
    )
    announce_change(STAFF_POSTS_CHANGED, account_id=account_id, at=at)
    return StaffReceipt(account_id=account_id, login_name=member.account.login_name, name=member.name)


def working_member(account_id: uuid.UUID) -> StaffMember:
    """
    Return who works here by this account, the row held until the transaction ends.

    Whoever takes work up holds the same row (`require_at_work`), so that the two cannot pass each other.

    :raises NotFound: nobody does
    """
    held = StaffMember.objects.select_for_update(no_key=True, of=("self",)).select_related("account")
    member = held.filter(account_id=account_id, is_active=True).first()
    if member is None:
        raise NotFound
    return member


def note_assignment(
    member: StaffMember, kind: AssignmentKind, *, actor: Actor, at: datetime, reason: str = ""
) -> None:
    """
    Close the last line of somebody's history and open the next; for a leave, only close.
    """
    StaffAssignment.objects.filter(member=member, valid_until__isnull=True).update(valid_until=at)
    StaffAssignment.objects.create(
        member=member,
        kind=kind,
        agency_code=member.agency_code,
        division_code=member.division_code,
        posts=member.posts,
        roles=member.roles,
        valid_from=at,
        valid_until=at if kind is AssignmentKind.LEAVE else None,
        arranged_by=actor.id,
        arranged_by_name=actor.name,
        reason=reason,
    )


def announce_change(
    topic: str, *, account_id: uuid.UUID, at: datetime, substitute_id: uuid.UUID | None = None
) -> None:
    """
    Tell those who hand out work that it may have to move.
    """
    changed = StaffChanged(account_id=str(account_id), substitute_id=str(substitute_id or ""))
    events.announce(topic=topic, key=str(account_id), at=at, payload=changed)


def require_reason(reason: str) -> None:
    """
    Refuse an act of administration that says nothing about why.

    :raises InvalidInput: no reason, or too long a one
    """
    if not reason.strip():
        raise InvalidInput(fields={"reason": _("请填写原因")})
    if len(reason) > LONGEST_REASON:
        raise InvalidInput(fields={"reason": _("原因不能超过 200 字")})


def _check(*, login: str, name: str, division_code: str) -> None:
    wrong: dict[str, Text] = {}
    if rules.login_form(login) is not LoginForm.LOGIN_NAME:
        wrong["login_name"] = _("登录名须以字母开头，由小写字母、数字、点、横线组成")
    if not name.strip():
        wrong["name"] = _("请填写姓名")
    if len(name) > LONGEST_NAME:
        wrong["name"] = _("姓名不能超过 64 字")
    if not DIVISION.fullmatch(division_code):
        wrong["division_code"] = _("行政区划代码须为 12 位数字")
    if wrong:
        raise InvalidInput(fields=wrong)


def _check_tasks(*, posts: Collection[str], roles: Collection[str], reason: str) -> None:
    require_reason(reason)
    if set(posts) - set(Post.values):
        raise InvalidInput(fields={"posts": _("没有这个岗位")})
    if set(roles) - set(Role.values):
        raise InvalidInput(fields={"roles": _("没有这个角色")})


def _require_identified(roles: Collection[str], *, is_identified: bool) -> None:
    """
    Refuse an administrator of whom nobody knows which person he is: three accounts might be one.

    :raises InvalidInput: there is no ID number
    """
    if THREE.intersection(roles) and not is_identified:
        raise InvalidInput(
            fields={"id_number": _("系统、安全、审计管理员须登记本人证件号码，用来确认是三个人")}
        )


def _checked_number(id_number: str, *, at: datetime) -> str | None:
    if not id_number.strip():
        return None
    return read_id_number(id_number, on=civil_date(at)).number


def _note_number(member: StaffMember, id_number: str, *, at: datetime) -> None:
    """
    Note who somebody is where nobody has; of whom only the index was noted, the number it was made of.
    """
    number = _checked_number(id_number, at=at) if member.id_number is None else None
    if number is None:
        return
    index = index_of_id_number(number)
    if member.id_number_index is None or crypto.is_same_index(member.id_number_index, index):
        member.id_number, member.id_number_index = number, index


def _refusal(error: IntegrityError, **facts: object) -> Conflict:
    """
    Return which rule of the database was broken.
    """
    if any(name in str(error) for name in THREE_CONSTRAINTS):
        return AdministratorsAreThree()
    return LoginNameTaken(**facts)
