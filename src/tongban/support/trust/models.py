"""
Keys, authorities, certificates, revocation lists and trusted issuers. Nothing of it is ever deleted but secrets.
"""

import uuid
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q

from tongban.foundation.fields import SealedTextField
from tongban.support.trust.values import AuthorityRole, CertificateProfile, KeyAlgorithm, Reason


class SealedKey(models.Model):
    """
    密封私钥: the secret half of a key that this node keeps itself; sealed under the node's own keys.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    algorithm = models.CharField("算法", max_length=8, choices=KeyAlgorithm)
    secret = SealedTextField("私钥", context="trust.key.secret")

    def __str__(self) -> str:
        return str(self.id)


class SigningKey(models.Model):
    """
    签名密钥: a key of this node, wherever its secret half lies.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    algorithm = models.CharField("算法", max_length=8, choices=KeyAlgorithm)
    store = models.CharField("存放位置", max_length=16)
    """Name of the key store."""
    handle = models.CharField("密钥句柄", max_length=128)
    """What the store calls it."""
    point = models.BinaryField("公钥")
    label = models.CharField("说明", max_length=200)
    made_at = models.DateTimeField("生成时间")
    destroyed_at = models.DateTimeField("销毁时间", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="signing_key_of_store", fields=["store", "handle"]),
            models.CheckConstraint(
                name="signing_key_algorithm_exists", condition=Q(algorithm__in=KeyAlgorithm.values)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.algorithm} {self.id}"


class Authority(models.Model):
    """
    认证机构: a root of this node, or an authority below it that issues.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    role = models.CharField("层级", max_length=8, choices=AuthorityRole)
    algorithm = models.CharField("算法", max_length=8, choices=KeyAlgorithm)
    name = models.CharField("名称", max_length=200)
    parent = models.ForeignKey(
        "self", verbose_name="上级", on_delete=models.PROTECT, null=True, related_name="+"
    )
    key = models.OneToOneField(SigningKey, verbose_name="密钥", on_delete=models.PROTECT, related_name="+")
    serial = models.CharField("序列号", max_length=40)
    fingerprint = models.CharField("指纹(SM3)", max_length=64, unique=True)
    der = models.BinaryField("证书")
    not_before = models.DateTimeField("有效期起始")
    not_after = models.DateTimeField("有效期截止")
    is_demonstration = models.BooleanField("演示机构")
    made_at = models.DateTimeField("设立时间")
    revoked_at = models.DateTimeField("吊销时间", null=True)
    reason = models.CharField("吊销原因", max_length=24, choices=Reason, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(name="authority_role_exists", condition=Q(role__in=AuthorityRole.values)),
            models.CheckConstraint(
                name="authority_has_the_parent_of_its_role",
                condition=Q(role="ROOT", parent__isnull=True) | Q(role="ISSUING", parent__isnull=False),
            ),
            models.CheckConstraint(
                name="authority_is_revoked_for_a_reason",
                condition=Q(revoked_at__isnull=True, reason="")
                | (Q(revoked_at__isnull=False) & ~Q(reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.name}"


class IssuedCertificateQuerySet(models.QuerySet["IssuedCertificate"]):
    """
    Filters over certificates.
    """

    def locked(self) -> Self:
        """
        Hold the rows until the transaction ends.
        """
        return self.select_for_update(no_key=True, of=("self",))

    def valid(self, *, at: datetime) -> Self:
        """
        Keep what is valid and not revoked at a moment.
        """
        return self.filter(
            Q(revoked_at__isnull=True) | Q(revoked_at__gt=at), not_before__lte=at, not_after__gte=at
        )


class IssuedCertificate(models.Model):
    """
    证书: issued by an authority of this node, or by an outside one for a key of this node.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey(
        Authority, verbose_name="签发机构", on_delete=models.PROTECT, null=True, related_name="+"
    )
    """None: an outside authority issued it."""
    key = models.ForeignKey(
        SigningKey, verbose_name="密钥", on_delete=models.PROTECT, null=True, related_name="+"
    )
    """None: whoever asked for it keeps the key."""
    profile = models.CharField("用途", max_length=16, choices=CertificateProfile)
    algorithm = models.CharField("算法", max_length=8, choices=KeyAlgorithm)
    name = models.CharField("名称", max_length=200)
    organisation = models.CharField("单位", max_length=200)
    organisation_code = models.CharField("统一社会信用代码", max_length=18, blank=True)
    bearer = models.CharField("使用者", max_length=80)
    """What uses it here, e.g. "seal:<id>" or "node:timestamp"."""
    serial = models.CharField("序列号", max_length=136)
    fingerprint = models.CharField("指纹(SM3)", max_length=64, unique=True)
    der = models.BinaryField("证书")
    chain = models.BinaryField("上级证书", null=True)
    """Authorities above it, DER one behind the other; None: those of this node."""
    not_before = models.DateTimeField("有效期起始")
    not_after = models.DateTimeField("有效期截止")
    issued_at = models.DateTimeField("签发时间")
    issued_by = models.CharField("签发人", max_length=64)
    renews = models.ForeignKey(
        "self", verbose_name="续期自", on_delete=models.PROTECT, null=True, related_name="+"
    )
    revoked_at = models.DateTimeField("吊销时间", null=True)
    revoked_by = models.CharField("吊销人", max_length=64, blank=True, default="")
    reason = models.CharField("吊销原因", max_length=24, choices=Reason, blank=True, default="")

    objects = IssuedCertificateQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="certificate_serial_of_authority", fields=["authority", "serial"]),
            models.CheckConstraint(
                name="certificate_profile_exists", condition=Q(profile__in=CertificateProfile.values)
            ),
            models.CheckConstraint(
                name="certificate_from_outside_has_a_chain",
                condition=Q(authority__isnull=False, chain__isnull=True)
                | Q(authority__isnull=True, chain__isnull=False, key__isnull=False),
            ),
            models.CheckConstraint(
                name="certificate_is_revoked_by_somebody",
                condition=Q(revoked_at__isnull=True, revoked_by="", reason="")
                | (Q(revoked_at__isnull=False) & ~Q(revoked_by="") & ~Q(reason="")),
            ),
        ]
        indexes = [
            # Whoever asks for a status has a serial number in hand.
            models.Index(fields=["serial"], name="certificate_serial"),
            # With which certificate does this key sign.
            models.Index(fields=["key", "-not_before"], name="certificate_of_key"),
            models.Index(fields=["bearer", "-issued_at"], name="certificate_of_bearer"),
            # What stands in the next revocation list.
            models.Index(
                fields=["authority", "revoked_at"],
                name="certificate_revoked",
                condition=Q(revoked_at__isnull=False),
            ),
            # The console, newest first.
            models.Index(fields=["-issued_at", "-id"], name="certificate_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.serial} {self.name}"


class PublishedList(models.Model):
    """
    证书吊销列表: one that an authority of this node published. Never changed.
    """

    id = models.BigAutoField(primary_key=True)
    authority = models.ForeignKey(
        Authority, verbose_name="签发机构", on_delete=models.PROTECT, related_name="+"
    )
    number = models.BigIntegerField("编号")
    der = models.BinaryField("列表")
    entries = models.PositiveIntegerField("吊销数")
    made_at = models.DateTimeField("签发时间")
    next_update_at = models.DateTimeField("下次更新时间")

    class Meta:
        constraints = [
            models.UniqueConstraint(name="published_list_number", fields=["authority", "number"]),
        ]

    def __str__(self) -> str:
        return f"{self.authority_id} {self.number}"


class TrustAnchor(models.Model):
    """
    信任的签发机构: an outside authority that a security administrator decided to trust, and for how long.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField("名称", max_length=200)
    fingerprint = models.CharField("指纹(SM3)", max_length=64)
    der = models.BinaryField("证书")
    grounds = models.CharField("依据", max_length=500)
    list_url = models.CharField("吊销列表地址", max_length=500, blank=True, default="")
    """Where its revocation list is fetched every hour; empty: lists are taken over by hand."""
    trusted_at = models.DateTimeField("信任时间")
    trusted_by = models.CharField("信任人", max_length=64)
    withdrawn_at = models.DateTimeField("撤回时间", null=True)
    withdrawn_by = models.CharField("撤回人", max_length=64, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="anchor_is_trusted_once", fields=["fingerprint"], condition=Q(withdrawn_at__isnull=True)
            ),
            models.CheckConstraint(
                name="anchor_is_withdrawn_by_somebody",
                condition=Q(withdrawn_at__isnull=True, withdrawn_by="")
                | (Q(withdrawn_at__isnull=False) & ~Q(withdrawn_by="")),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ForeignList(models.Model):
    """
    外部吊销列表: one that an outside authority published and that was taken over. Never changed.
    """

    id = models.BigAutoField(primary_key=True)
    issuer = models.CharField("签发机构", max_length=500)
    number = models.CharField("编号", max_length=136, blank=True)
    digest = models.CharField("摘要(SM3)", max_length=64, unique=True)
    der = models.BinaryField("列表")
    made_at = models.DateTimeField("签发时间")
    taken_at = models.DateTimeField("接收时间")
    taken_by = models.CharField("接收人", max_length=64)

    class Meta:
        indexes = [
            models.Index(fields=["issuer", "-made_at"], name="foreign_list_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.issuer} {self.made_at:%Y-%m-%d}"


class ToldExpiry(models.Model):
    """
    到期提醒: somebody was told that a certificate ends in so many days. Never changed; each is told once.
    """

    id = models.BigAutoField(primary_key=True)
    fingerprint = models.CharField("指纹(SM3)", max_length=64)
    days = models.PositiveSmallIntegerField("提前天数")
    told_at = models.DateTimeField("提醒时间")

    class Meta:
        constraints = [
            models.UniqueConstraint(name="expiry_is_told_once", fields=["fingerprint", "days"]),
        ]

    def __str__(self) -> str:
        return f"{self.fingerprint[:16]} {self.days}"


class TrustState(models.Model):
    """
    信任版本: one row that counts the changes of whom this node trusts, so that processes notice them at once.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    generation = models.BigIntegerField("版本", default=0)

    class Meta:
        constraints = [models.CheckConstraint(name="trust_state_is_one_row", condition=Q(id=1))]

    def __str__(self) -> str:
        return str(self.generation)
