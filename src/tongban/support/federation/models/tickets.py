"""
Tables of the ticket protocol: applications, tickets, tokens.
"""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from tongban.foundation.fields import SealedTextField

DIGEST_BYTES = 32


class TicketApplication(models.Model):
    """
    票据应用: a system that logs people in by ticket. Its key signs and seals, so it is kept, sealed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    appmark = models.CharField("应用标识", max_length=64, unique=True)
    name = models.CharField("名称", max_length=128)
    appword = SealedTextField("应用密钥", context="federation.ticket_application.appword")
    appword_since = models.DateTimeField("密钥启用时间")
    old_appword = SealedTextField("旧密钥", context="federation.ticket_application.old_appword", null=True)
    old_appword_until = models.DateTimeField("旧密钥用至", null=True)
    goto_urls = ArrayField(models.CharField(max_length=1000), verbose_name="回跳地址")
    logout_url = models.CharField("退出通知地址", max_length=1000, blank=True)
    user_types = ArrayField(models.CharField(max_length=1), verbose_name="用户类别")
    created_at = models.DateTimeField("建立时间")
    disabled_at = models.DateTimeField("停用时间", null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="federation_old_appword_has_an_end",
                condition=Q(old_appword__isnull=True, old_appword_until__isnull=True)
                | Q(old_appword__isnull=False, old_appword_until__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.appmark


class LoginTicket(models.Model):
    """
    票据: good for one exchange within a minute; kept by its digest.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    digest = models.BinaryField("票据摘要", max_length=DIGEST_BYTES, unique=True)
    application = models.ForeignKey(TicketApplication, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey("identity.Account", on_delete=models.PROTECT, related_name="+")
    sign_in_id = models.UUIDField("登录会话")
    user_type = models.CharField("用户类别", max_length=1)
    level = models.PositiveSmallIntegerField("实名等级", default=0)
    acting_for = models.JSONField("被代理人", null=True)
    created_at = models.DateTimeField("签发时间")
    expires_at = models.DateTimeField("失效时间")
    used_at = models.DateTimeField("使用时间", null=True)

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="federation_ticket_expiry")]

    def __str__(self) -> str:
        return str(self.id)


class TicketToken(models.Model):
    """
    票据令牌: good while it is used within half an hour and the login goes on; kept by its digest.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    digest = models.BinaryField("令牌摘要", max_length=DIGEST_BYTES, unique=True)
    ticket = models.OneToOneField(LoginTicket, on_delete=models.PROTECT, related_name="+")
    application = models.ForeignKey(TicketApplication, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey("identity.Account", on_delete=models.PROTECT, related_name="+")
    sign_in_id = models.UUIDField("登录会话")
    seen_at = models.DateTimeField("最近使用时间")
    ended_at = models.DateTimeField("结束时间", null=True)
    told_at = models.DateTimeField("通知送达时间", null=True)

    class Meta:
        indexes = [
            models.Index(fields=["id"], condition=Q(ended_at__isnull=True), name="federation_ticket_open"),
        ]

    def __str__(self) -> str:
        return str(self.id)
