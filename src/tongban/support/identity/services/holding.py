"""
What identity holds of a person, how he takes it away, and what closing his account leaves of it.
"""

import secrets
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.utils.translation import gettext_lazy as _

from tongban.foundation import crypto, holdings
from tongban.foundation.holdings import Holding
from tongban.support.identity.models import (
    AccessToken,
    Account,
    Person,
    SignIn,
    UsedPassword,
    VerificationCode,
)
from tongban.support.identity.services import held_proofs
from tongban.support.identity.values import IdType

CLOSED_NAME = "已注销"


def declare() -> None:
    """
    Declare it.
    """
    holdings.people_are("identity.Person", "identity.Account", "identity.StaffMember")
    _declare_account()
    held_proofs.declare()
    _exempt_offices()


def _declare_account() -> None:
    holdings.hold(
        Holding(
            code="identity.person",
            title=_("身份信息和账号"),
            purpose=_("确认您是谁，让您登录和办事。"),
            ground="个人信息保护法-13",
            models=(
                "identity.Person",
                "identity.Account",
                "identity.UsedPassword",
                "identity.VerificationCode",
                "identity.AccessToken",
            ),
            term=_("账号注销前；验证码和令牌过期即删除"),
            exporter=_person,
            counter=lambda person_id: (
                Person.objects.filter(id=person_id).exclude(name_masked=CLOSED_NAME).count()
            ),
            eraser=_erase_person,
            order=10,
        )
    )
    holdings.hold(
        Holding(
            code="identity.sign_ins",
            title=_("登录记录"),
            purpose=_("保护账号安全，发现他人冒用。"),
            ground="网络安全法-21",
            models=("identity.SignIn", "identity.PendingLogin"),
            term=_("六个月"),
            keeps_why=_("网络日志依法至少保存六个月，到期自动删除"),
            keeps_clause="网络安全法-21",
            exporter=_sign_ins,
            counter=lambda person_id: SignIn.objects.filter(account__person__id=person_id).count(),
            order=20,
        )
    )


def _exempt_offices() -> None:
    for label in ("identity.StaffMember", "identity.StaffAssignment", "identity.Absence"):
        holdings.exempt(
            label,
            why="Offices of staff: kept by the agency for as long as its files of personnel, not for a person.",
        )
    holdings.exempt("identity.Client", why="Other systems, and which member of staff answers for each.")


def _person(person_id: UUID) -> list[dict[str, Any]]:
    return [
        {
            "姓名": person.name,
            "证件类型": str(person.get_id_type_display()),
            "证件号码": person.id_number,
            "出生日期": person.born_on or "",
            "手机号码": person.mobile or "",
            "登记时间": person.created_at,
            "登录名": person.account.login_name if person.account else "",
            "最近登录": person.account.last_login_at if person.account else "",
        }
        for person in Person.objects.select_related("account").filter(id=person_id)
    ]


def _sign_ins(person_id: UUID) -> list[dict[str, Any]]:
    rows = SignIn.objects.filter(account__person__id=person_id).order_by("-started_at")
    return [
        {
            "登录时间": row.started_at,
            "最近活动": row.seen_at,
            "地址": row.address or "",
            "浏览器": row.user_agent,
            "退出时间": row.ended_at or "",
        }
        for row in rows
    ]


def _erase_person(person_id: UUID, at: datetime) -> int:
    """
    End every session and token, close the account for good, and leave of the person a row without a name.

    Cases and licences that stay point to the row; what they hold of the person they hold themselves.
    """
    person = Person.objects.locked().filter(id=person_id).first()
    if person is None:
        return 0
    if person.mobile_index is not None:
        VerificationCode.objects.filter(mobile_index=bytes(person.mobile_index)).delete()
    if person.account_id is not None:
        account = Account.objects.locked(person.account_id)
        account.is_active = False
        account.session_epoch += 1
        account.login_name = f"closed-{account.id.hex}"
        account.password = make_password(None)
        account.password_changed_at = at
        account.save(
            update_fields=["is_active", "session_epoch", "login_name", "password", "password_changed_at"]
        )
        UsedPassword.objects.filter(account=account).delete()
        SignIn.objects.filter(account=account, ended_at__isnull=True).update(ended_at=at)
        AccessToken.objects.filter(account=account, revoked_at__isnull=True).update(revoked_at=at)
    person.name = CLOSED_NAME
    person.name_masked = CLOSED_NAME
    person.id_number = ""
    # There is no number left whose birth date would have to be said.
    person.id_type, person.born_on = IdType.RESIDENT_ID, None
    # A random index: whoever registers with the number again is somebody new to this node.
    person.id_number_index = secrets.token_bytes(crypto.BLIND_INDEX_BYTES)
    person.mobile = None
    person.mobile_index = None
    person.save(
        update_fields=[
            "name",
            "name_masked",
            "id_type",
            "id_number",
            "id_number_index",
            "born_on",
            "mobile",
            "mobile_index",
        ]
    )
    return 1
