"""
The log of seal use.
"""

from django.db import models

from tongban.support.seals.values import SealPurpose


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

    class Meta:
        indexes = [
            # A verifier has a file in hand, that is its digest.
            models.Index(fields=["digest"], name="seal_use_digest"),
            models.Index(fields=["case_number"], name="seal_use_case"),
        ]

    def __str__(self) -> str:
        return f"{self.seal_id} {self.digest[:16]}"
