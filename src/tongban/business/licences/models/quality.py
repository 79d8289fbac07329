"""
What the quality rules have found.
"""

import uuid

from django.db import models

from tongban.business.licences.models.licences import Licence
from tongban.business.licences.values.quality import FindingState, QualityRule
from tongban.foundation.fields import SealedTextField


class QualityFinding(models.Model):
    """
    质量问题: one rule that one licence, or one type, breaks; found again it is the same row. No personal data in clear.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    rule = models.CharField("质量规则", max_length=24, choices=QualityRule)
    subject = models.CharField("证照标识或证照类型代码", max_length=100)
    licence = models.ForeignKey(Licence, on_delete=models.PROTECT, null=True, related_name="+")
    """None: it is about a type."""
    name = models.CharField("证照类型名称", max_length=200)
    number = models.CharField("证照编号", max_length=60, blank=True, default="")
    agency_code = models.CharField("责任机构代码", max_length=32)
    division_code = models.CharField("管辖属地", max_length=12, blank=True, default="")
    detail = models.CharField("问题说明", max_length=200, blank=True, default="")
    state = models.CharField("质量问题状态", max_length=10, choices=FindingState, default=FindingState.OPEN)
    found_at = models.DateTimeField("发现时间")
    seen_at = models.DateTimeField("最近发现时间")
    times_found = models.PositiveIntegerField("发现次数", default=1)
    resolved_at = models.DateTimeField("消除时间", null=True)
    # People write into words what they should not.
    note = SealedTextField("整改情况或说明", context="licences.quality.note", default=str)
    acted_by = models.CharField("处理人", max_length=64, blank=True, default="")
    acted_at = models.DateTimeField("处理时间", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rule", "subject"], name="licence_finding_once"),
        ]
        indexes = [
            models.Index(fields=["state", "-found_at", "-id"], name="licence_finding_newest"),
            models.Index(fields=["agency_code", "-found_at", "-id"], name="licence_finding_agency"),
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.subject}"
