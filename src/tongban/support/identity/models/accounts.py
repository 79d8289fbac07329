"""
Accounts: ways to log in.
"""

import uuid
from typing import TYPE_CHECKING, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models
from django.db.models import Q

from tongban.support.identity.values import AccountKind

if TYPE_CHECKING:
    from datetime import datetime


class AccountQuerySet(models.QuerySet["Account"]):
    """
    Accounts, found the way people log in.
    """

    def locked(self, account_id: uuid.UUID) -> "Account":
        """
        Return one account, its row held until the transaction ends.
        """
        return self.select_for_update(no_key=True).get(id=account_id)

    def find_by_login(
        self, *, login_name: str, id_number_index: bytes, mobile_index: bytes
    ) -> "Account | None":
        """
        Return the account that goes by this login name, ID number or mobile, or None. One query.
        """
        return self.filter(
            Q(login_name=login_name)
            | Q(person__id_number_index=id_number_index)
            | Q(person__mobile_index=mobile_index)
        ).first()


class Account(AbstractBaseUser):
    """
    账号: a way to log in. Who it belongs to is a `Person` or a `StaffMember`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField("账号类别", max_length=8, choices=AccountKind)
    login_name = models.CharField("登录名", max_length=64, unique=True)
    is_active = models.BooleanField("是否启用", default=True)
    failed_count = models.PositiveSmallIntegerField("连续失败次数", default=0)
    locked_until = models.DateTimeField("锁定至", null=True)
    session_epoch = models.PositiveIntegerField("会话纪元", default=0)
    """Raised to end every session and token of the account at once."""
    last_login = None
    last_login_at = models.DateTimeField("最近登录时间", null=True)
    password_changed_at = models.DateTimeField("密码修改时间")
    must_change_password = models.BooleanField("须修改密码", default=False)
    """Somebody else has set it: it opens nothing but the page where it is changed."""
    created_at = models.DateTimeField("建立时间")

    USERNAME_FIELD = "login_name"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = models.Manager.from_queryset(AccountQuerySet)()

    def __str__(self) -> str:
        return self.login_name

    def is_locked(self, *, at: "datetime") -> bool:
        """
        Whether too many wrong passwords keep the account closed at `at`.
        """
        return self.locked_until is not None and at < self.locked_until
