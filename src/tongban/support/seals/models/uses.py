"""
用印记录: each use of a seal.
"""

from typing import Final

from django.db import models
from django.db.models import Q

from tongban.support.seals.values import (
    SealPurpose,
)

CUT: Final = ("IN_USE", "SUSPENDED", "EXPIRED", "REPLACED")


class SealUse(models.Model):
    """
    用印记录: one document sealed; who, when, which document, for which case. Never changed.
    """

    seal_id = models.CharField("印章标识", max_length=64)
    agency_code = models.CharField("用印机构编码", max_length=18)
    agency_name = models.CharField("用印机构名称", max_length=200)
    purpose = models.CharField("用印事由", max_length=16, choices=SealPurpose)
    case_number = models.CharField("办件编号", max_length=50)
    method = models.CharField("签章方式", max_length=40)
    digest = models.CharField("文件摘要(SM3)", max_length=64)
    proof = models.BinaryField("签章值")
    is_demonstration = models.BooleanField("演示印章")
    actor_kind = models.CharField("用印主体类别", max_length=16)
    actor_id = models.CharField("用印主体标识", max_length=64)
    sealed_at = models.DateTimeField("用印时间")
    seal_version = models.PositiveSmallIntegerField("印章版本号", null=True)
    """Empty: sealed before seals were cryptographic, as everything below."""
    authorisation_id = models.UUIDField("所依授权", null=True)
    offering_code = models.CharField("事项编码", max_length=100, blank=True, default="")
    value_digest = models.CharField("签章值摘要(SM3)", max_length=64, blank=True, default="")
    """Of the signature: tells a verifier that a signature in a file was made here and written down."""
    certificate_serial = models.CharField("证书序列号", max_length=64, blank=True, default="")
    batch_item_id = models.UUIDField("批量签章条目", null=True)
    for_node = models.CharField("用印平台编码", max_length=12, blank=True, default="")
    """The other node that has used a seal of this one; `digest` is then what it had signed, not that of a file."""
    home_node = models.CharField("印章所属平台编码", max_length=12, blank=True, default="")
    """The node whose seal this one has used; empty: one of its own."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="seal_use_of_a_batch_once",
                fields=["batch_item_id"],
                condition=Q(batch_item_id__isnull=False),
            ),
        ]
        indexes = [
            # A verifier has a file in hand, that is its digest.
            models.Index(fields=["digest"], name="seal_use_digest"),
            models.Index(fields=["case_number"], name="seal_use_case"),
            # … or a signature out of a file.
            models.Index(fields=["value_digest"], name="seal_use_value", condition=~Q(value_digest="")),
            # Whether the certificate of a signature that is not written down is one of ours.
            models.Index(
                fields=["certificate_serial"],
                name="seal_use_certificate",
                condition=~Q(certificate_serial=""),
            ),
            # How often an authorisation was used, in all and on a day.
            models.Index(
                fields=["authorisation_id", "sealed_at"],
                name="seal_use_of_authorisation",
                condition=Q(authorisation_id__isnull=False),
            ),
            # The log of a seal, newest first.
            models.Index(fields=["seal_id", "-id"], name="seal_use_of_seal"),
        ]

    def __str__(self) -> str:
        return f"{self.seal_id} {self.digest[:16]}"
