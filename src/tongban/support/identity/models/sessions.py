"""
Codes of a moment, and browsers that are logged in.
"""

import uuid

from django.db import models
from django.db.models import Q

from tongban.foundation.fields import BlindIndexField
from tongban.support.identity.models.accounts import Account
from tongban.support.identity.values import CodePurpose, Factor


class VerificationCode(models.Model):
    """
    手机验证码: six digits sent to a mobile. Kept as a keyed digest, proved once, used once.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    mobile_index = BlindIndexField("手机号码索引")
    purpose = models.CharField("用途", max_length=16, choices=CodePurpose)
    account_id = models.UUIDField("申请人账号", null=True)
    """Whoever proved himself anew to ask for the code; only he can use it. None: anybody who reads it."""
    code_index = BlindIndexField("验证码摘要")
    tries = models.PositiveSmallIntegerField("已尝试次数", default=0)
    created_at = models.DateTimeField("发送时间")
    expires_at = models.DateTimeField("失效时间")
    proved_at = models.DateTimeField("验证时间", null=True)
    used_at = models.DateTimeField("使用时间", null=True)

    class Meta:
        indexes = [
            # The newest code of a mobile is the only one that counts.
            models.Index(fields=["mobile_index", "purpose", "-created_at"], name="code_newest_of_mobile"),
            models.Index(fields=["expires_at"], name="code_expiry"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.created_at:%F %T}"


class SignIn(models.Model):
    """
    登录会话: an account logged in with a browser. The browser's cookie leads to it through Django's session.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    epoch = models.PositiveIntegerField("会话纪元")
    address = models.GenericIPAddressField("登录地址", null=True)
    user_agent = models.CharField("浏览器", max_length=256, blank=True)
    started_at = models.DateTimeField("登录时间")
    seen_at = models.DateTimeField("最近活动时间")
    expires_at = models.DateTimeField("失效时间")
    ended_at = models.DateTimeField("退出时间", null=True)
    mandate_id = models.UUIDField("授权", null=True)
    """By which mandate the browser acts for somebody else now; None: in the person's own name."""
    checked_level = models.PositiveSmallIntegerField("二次认证等级", default=0)
    checked_at = models.DateTimeField("二次认证时间", null=True)
    factor = models.CharField("第二重认证", max_length=12, choices=Factor, blank=True, default="")
    """With what the log-in was completed; empty: by password alone."""

    class Meta:
        indexes = [
            # The owner's list of devices.
            models.Index(
                fields=["account", "-seen_at"], condition=Q(ended_at__isnull=True), name="sign_in_open"
            ),
            models.Index(fields=["expires_at"], name="sign_in_expiry"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.started_at:%F %T}"
