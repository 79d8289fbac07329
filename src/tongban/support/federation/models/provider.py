"""
Tables of the OpenID provider: who may ask, what was consented to, codes and tokens. All tokens are kept as digests.

The abstract tables and what is done with them come from django-oauth-toolkit; what is added here binds each
token to the login it came from (`authentication`), so that it ends with it.
"""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from oauth2_provider.models import (
    AbstractAccessToken,
    AbstractApplication,
    AbstractGrant,
    AbstractIDToken,
    AbstractRefreshToken,
)

from tongban.support.identity.values import AccountKind

LONGEST_ADDRESS = 1000


class RelyingParty(AbstractApplication):
    """
    依赖方: a system whose people log in with their accounts here.
    """

    backchannel_logout_uri = models.CharField("后台退出通知地址", max_length=LONGEST_ADDRESS, blank=True)
    scopes = ArrayField(models.CharField(max_length=32), verbose_name="可申请的授权内容", default=list)
    account_kinds = ArrayField(
        models.CharField(max_length=8, choices=AccountKind), verbose_name="可登录的账号类别", default=list
    )
    sector = models.CharField("身份标识分区", max_length=255)
    created_at = models.DateTimeField("建立时间")
    disabled_at = models.DateTimeField("停用时间", null=True)
    old_client_secret = models.CharField("旧密钥摘要", max_length=255, blank=True, default="")
    """Kept as `client_secret` is; empty: none holds beside it."""
    old_secret_until = models.DateTimeField("旧密钥用至", null=True)

    class Meta(AbstractApplication.Meta):
        constraints = [
            models.CheckConstraint(
                name="federation_old_secret_has_an_end",
                condition=Q(old_client_secret="", old_secret_until__isnull=True)
                | (~Q(old_client_secret="") & Q(old_secret_until__isnull=False)),
            )
        ]

    def is_usable(self, request: object) -> bool:
        """
        Whether it is still let in.
        """
        return self.disabled_at is None


class AuthorizationGrant(AbstractGrant):
    """
    授权码: kept by its digest, claimed once. Used ones are kept so that a second use is seen.
    """

    family = models.UUIDField("令牌族", default=uuid.uuid4)
    authentication = models.JSONField("登录情况", default=dict)
    used_at = models.DateTimeField("使用时间", null=True)
    reused_at = models.DateTimeField("重复使用时间", null=True)

    class Meta(AbstractGrant.Meta):
        indexes = [models.Index(fields=["expires"], name="federation_grant_expiry")]


class IdentityToken(AbstractIDToken):
    """
    身份令牌: that one was issued; the token itself is not kept.
    """

    class Meta(AbstractIDToken.Meta):
        indexes = [models.Index(fields=["expires"], name="federation_id_token_expiry")]


class BearerToken(AbstractAccessToken):
    """
    访问令牌 of the provider, good for the user-info endpoint only; kept as a digest.
    """

    authentication = models.JSONField("登录情况", default=dict)

    class Meta(AbstractAccessToken.Meta):
        indexes = [models.Index(fields=["expires"], name="federation_bearer_expiry")]


class RenewalToken(AbstractRefreshToken):
    """
    刷新令牌: used once, replaced by the next of its family; kept as a digest.
    """

    authentication = models.JSONField("登录情况", default=dict)

    class Meta(AbstractRefreshToken.Meta):
        # Those of the toolkit, under a name of their own.
        indexes = [models.Index(fields=["token_family"], name="federation_renewal_family")]


class Consent(models.Model):
    """
    授权同意: what somebody lets a relying party know.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey("identity.Account", on_delete=models.PROTECT, related_name="+")
    party = models.ForeignKey(RelyingParty, on_delete=models.PROTECT, null=True, related_name="+")
    application = models.ForeignKey(
        "federation.TicketApplication", on_delete=models.PROTECT, null=True, related_name="+"
    )
    scopes = ArrayField(models.CharField(max_length=32), verbose_name="授权内容", default=list)
    given_at = models.DateTimeField("同意时间")
    withdrawn_at = models.DateTimeField("撤回时间", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "party"],
                condition=Q(withdrawn_at__isnull=True),
                name="federation_one_consent",
            ),
            models.UniqueConstraint(
                fields=["account", "application"],
                condition=Q(withdrawn_at__isnull=True),
                name="federation_one_ticket_consent",
            ),
            models.CheckConstraint(
                name="federation_consent_names_one",
                condition=Q(party__isnull=False, application__isnull=True)
                | Q(party__isnull=True, application__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.party_id}"


class Subject(models.Model):
    """
    身份标识: by which a sector knows an account or a principal. Drawn by lot, so that two sectors cannot compare.
    """

    sector = models.CharField("分区", max_length=255)
    owner_id = models.UUIDField("账号或被代理人")
    sub = models.CharField("标识", max_length=64, unique=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sector", "owner_id"], name="federation_one_subject_each")
        ]

    def __str__(self) -> str:
        return self.sub


class RelyingSession(models.Model):
    """
    应用会话: a login here that a relying party has heard of, and must hear the end of.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    """Sent as `sid`."""
    party = models.ForeignKey(RelyingParty, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey("identity.Account", on_delete=models.PROTECT, related_name="+")
    sign_in_id = models.UUIDField("登录会话")
    started_at = models.DateTimeField("开始时间")
    ended_at = models.DateTimeField("结束时间", null=True)
    told_at = models.DateTimeField("通知送达时间", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["party", "sign_in_id"], name="federation_one_session_each")
        ]
        indexes = [
            # The sweep for logins that have ended.
            models.Index(fields=["sign_in_id"], condition=Q(ended_at__isnull=True), name="federation_open_rp")
        ]

    def __str__(self) -> str:
        return str(self.id)
