"""
What somebody agreed to at a counter.
"""

import uuid

from django.db import models

from tongban.foundation.fields import BlindIndexField
from tongban.support.identity.values import ConsentWay


class CounterConsent(models.Model):
    """
    窗口同意: whoever stands at a counter lets its clerk find his licences for one application.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    application_id = models.UUIDField("申请草稿")
    """Of the clerk's draft; it is for this one application and for nothing else."""
    holder_index = BlindIndexField("持证主体代码索引")
    person_id = models.CharField("持证用户", max_length=64, blank=True, default="")
    """Account of the holder; empty: none of the licences found has one."""
    offering_code = models.CharField("清单编号", max_length=100)
    service_name = models.CharField("事项名称", max_length=1000)
    agency_code = models.CharField("用证机构代码", max_length=32)
    agency_name = models.CharField("用证机构", max_length=200)
    way = models.CharField("签署方式", max_length=8, choices=ConsentWay)
    agreed_at = models.DateTimeField("签署时间")
    witnessed_by = models.CharField("见证人", max_length=64)
    """Account of the clerk before whom it was signed."""
    case_number = models.CharField("办件编号", max_length=50, blank=True, default="")
    """Empty: nothing was submitted with it yet."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["application_id", "holder_index"], name="licence_counter_consent_once"
            ),
        ]
        indexes = [models.Index(fields=["person_id", "-agreed_at"], name="licence_counter_consents")]

    def __str__(self) -> str:
        return str(self.id)
