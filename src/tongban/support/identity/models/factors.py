"""
Log-ins on their way from the password to the session. The factors themselves are rows of `allauth.mfa`.
"""

import uuid

from django.db import models
from django.db.models import Q

from tongban.foundation.fields import SealedJSONField
from tongban.support.identity.models.accounts import Account
from tongban.support.identity.values import Factor


class PendingLogin(models.Model):
    """
    待完成的登录: who it is was said, and something is still asked for. Worth nothing by itself, and used once.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    epoch = models.PositiveIntegerField("会话纪元")
    is_vouched = models.BooleanField("由对方平台登录", default=False)
    """Another party said who it is, and no password was typed: none has to be changed either."""
    started_at = models.DateTimeField("开始时间")
    expires_at = models.DateTimeField("失效时间")
    ceremony = SealedJSONField("安全密钥质询", context="identity.pending_login.ceremony", null=True)
    """What a security key was asked to sign; taken away by the first answer, right or wrong."""
    factor = models.CharField("已通过的第二重认证", max_length=12, choices=Factor, blank=True, default="")
    ended_at = models.DateTimeField("结束时间", null=True)
    """Moment it became a session, or was given up."""

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="pending_login_expiry")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.started_at:%F %T}"


class FactorReset(models.Model):
    """
    第二重认证重置: one security administrator asks, another approves; then the factors of the account are gone.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField("原因", max_length=200)
    asked_by = models.UUIDField("申请人")
    asked_by_name = models.CharField("申请人姓名", max_length=64)
    asked_at = models.DateTimeField("申请时间")
    expires_at = models.DateTimeField("失效时间")
    approved_by = models.UUIDField("批准人", null=True)
    approved_at = models.DateTimeField("批准时间", null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="factor_reset_takes_two_people",
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=models.F("asked_by")),
            ),
        ]
        indexes = [models.Index(fields=["account", "-asked_at"], name="factor_reset_of_account")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.asked_at:%F %T}"


class UsedPassword(models.Model):
    """
    用过的密码: hashes of passwords an account had, so that none of the last few comes back.
    """

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    encoded = models.CharField("密码散列", max_length=256)
    set_at = models.DateTimeField("设置时间")

    class Meta:
        indexes = [models.Index(fields=["account", "-set_at"], name="used_password_newest")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.set_at:%F %T}"
