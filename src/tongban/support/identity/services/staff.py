"""
Accounts of staff.
"""

import re
import uuid
from collections.abc import Collection
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit
from tongban.foundation.actors import Actor
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import Conflict, InvalidInput, Text
from tongban.support.identity import permissions, rules
from tongban.support.identity.models import StaffMember
from tongban.support.identity.rules import LoginForm
from tongban.support.identity.services.passwords import require_good_password
from tongban.support.identity.services.registration import make_account
from tongban.support.identity.values import AccountKind, Post, Role, StaffReceipt

DIVISION = re.compile(r"\d{12}", re.ASCII)
"""GB/T 2260, with 乡 and 村."""


class LoginNameTaken(Conflict):
    """
    Another account has this login name or staff code.
    """

    code = "login_name_taken"
    message = _("登录名或人员编码已被使用")


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
) -> StaffReceipt:
    """
    Open an account for somebody who works for an agency.

    :param division_code: twelve digits; the subtree the member may look into
    :param staff_code: empty: the login name serves
    :raises NotPermitted: the actor is not an operator
    :raises InvalidInput: login name, division or password are not acceptable
    :raises LoginNameTaken: the login name or the code is used
    """
    permissions.operate.require(actor)
    login = rules.normal_login(login_name)
    _check(login=login, name=name, division_code=division_code)
    require_good_password(password, about_owner=(login,))
    return open_staff_account(
        login=login,
        name=name.strip(),
        staff_code=staff_code or login,
        agency_code=agency_code,
        division_code=division_code,
        posts=posts,
        roles=roles,
        encoded=make_password(password),
        actor=actor,
        at=at,
    )


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
) -> StaffReceipt:
    """
    Write a checked member of staff down; for the services of this app only.

    :param encoded: password, already hashed
    """
    try:
        with transaction.atomic():
            account = make_account(kind=AccountKind.STAFF, login_name=login, encoded=encoded, at=at)
            StaffMember.objects.create(
                id=uuid.uuid4(),
                account=account,
                staff_code=staff_code,
                name=name,
                agency_code=agency_code,
                division_code=division_code,
                posts=sorted(posts),
                roles=sorted(roles),
            )
    except IntegrityError as error:
        raise LoginNameTaken(login_name=login) from error
    audit.record(
        action="identity.staff.create",
        actor=actor,
        subject=str(account.id),
        at=at,
        login_name=login,
        agency=agency_code,
    )
    return StaffReceipt(account_id=account.id, login_name=login, name=name)


def _check(*, login: str, name: str, division_code: str) -> None:
    wrong: dict[str, Text] = {}
    if rules.login_form(login) is not LoginForm.LOGIN_NAME:
        wrong["login_name"] = _("登录名须以字母开头，由小写字母、数字、点、横线组成")
    if not name.strip():
        wrong["name"] = _("请填写姓名")
    if not DIVISION.fullmatch(division_code):
        wrong["division_code"] = _("行政区划代码须为 12 位数字")
    if wrong:
        raise InvalidInput(fields=wrong)
