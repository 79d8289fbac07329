"""
亮证: codes that were shown and who checked them.
"""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models

from tongban.business.licences.models.licences import Licence
from tongban.foundation.fields import SealedTextField


class Presentation(models.Model):
    """
    亮证: a holder shows a licence for some minutes, line by line as he chose. Forgotten a day later.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    licence = models.ForeignKey(Licence, on_delete=models.PROTECT, related_name="+")
    keys = ArrayField(models.CharField(max_length=64), verbose_name="出示的照面要素")
    is_by_agent = models.BooleanField("由代理人出示")
    opened_at = models.DateTimeField("开始时间")
    ends_at = models.DateTimeField("结束时间")
    actor_id = models.CharField("出示人账号", max_length=64)

    class Meta:
        indexes = [
            models.Index(fields=["ends_at"], name="licence_presentation_over"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class PresentationCheck(models.Model):
    """
    验码记录: a code that was checked online, so that nobody uses it twice. Forgotten a day later.

    What the holder reads for good stands in the ledger of looks.
    """

    nonce = models.CharField("一次性随机数", max_length=32, unique=True)
    check_id = models.CharField("核验标识", max_length=64)
    """Made by the checker for each scan: asking again after a lost answer is no second use."""
    licence = models.ForeignKey(Licence, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField("核验时间")
    agency_code = models.CharField("核验机构", max_length=18, blank=True, default="")
    checker = SealedTextField("核验人自称", context="licences.presentation_check.checker")

    class Meta:
        indexes = [
            models.Index(fields=["licence", "-at"], name="licence_check_of"),
            models.Index(fields=["at"], name="licence_check_over"),
        ]

    def __str__(self) -> str:
        return self.nonce
