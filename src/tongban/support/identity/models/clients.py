"""
Other systems, and the tokens that systems and people hold.
"""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from tongban.support.identity.models.accounts import Account

TOKEN_DIGEST_BYTES = 32


class Client(models.Model):
    """
    系统账号: another system that calls the interface (OAuth 2.0 client credentials, RFC 6749 section 4.4).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    client_id = models.CharField("客户端标识", max_length=64, unique=True)
    name = models.CharField("名称", max_length=128)
    secret_digest = models.BinaryField("密钥摘要", max_length=TOKEN_DIGEST_BYTES)
    secret_since = models.DateTimeField("密钥启用时间", null=True)
    """None: since the client was made."""
    old_secret_digest = models.BinaryField("原密钥摘要", max_length=TOKEN_DIGEST_BYTES, null=True)
    old_secret_until = models.DateTimeField("原密钥失效时间", null=True)
    """While both hold, the system changes over without a break."""
    scopes = ArrayField(models.CharField(max_length=64), verbose_name="授权范围", default=list)
    agency_code = models.CharField("机构编码", max_length=32, blank=True)
    division_code = models.CharField("行政区划代码", max_length=12, blank=True)
    created_at = models.DateTimeField("建立时间")
    expires_at = models.DateTimeField("失效时间", null=True)
    revoked_at = models.DateTimeField("停用时间", null=True)
    networks = ArrayField(models.CharField(max_length=43), verbose_name="允许的网络地址", default=list)
    """CIDR; empty: any address."""
    last_used_at = models.DateTimeField("最近使用时间", null=True)
    """When it was last given a token."""
    responsible = models.ForeignKey(
        "identity.StaffMember", on_delete=models.PROTECT, null=True, related_name="+", verbose_name="责任人"
    )
    """Who answers for it and is asked when something is wrong; None: nobody yet. Works for its agency."""
    responsible_since = models.DateTimeField("责任人确定时间", null=True)

    def __str__(self) -> str:
        return self.client_id


class AccessToken(models.Model):
    """
    访问令牌: an opaque bearer token (RFC 6750) of a client or of an account; kept as an SM3 digest only.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    digest = models.BinaryField("令牌摘要", max_length=TOKEN_DIGEST_BYTES, unique=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")
    client = models.ForeignKey(Client, on_delete=models.PROTECT, null=True, related_name="+")
    epoch = models.PositiveIntegerField("会话纪元", default=0)
    scopes = ArrayField(models.CharField(max_length=64), verbose_name="授权范围", default=list)
    created_at = models.DateTimeField("签发时间")
    expires_at = models.DateTimeField("失效时间")
    revoked_at = models.DateTimeField("撤销时间", null=True)
    mandate_id = models.UUIDField("授权", null=True)
    """By which mandate the token acts for somebody else; None: in the person's own name."""
    checked_level = models.PositiveSmallIntegerField("二次认证等级", default=0)
    checked_at = models.DateTimeField("二次认证时间", null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="token_has_one_owner",
                condition=Q(account__isnull=False, client__isnull=True)
                | Q(account__isnull=True, client__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["expires_at"], name="token_expiry")]

    def __str__(self) -> str:
        return f"{self.id} until {self.expires_at:%F %T}"
