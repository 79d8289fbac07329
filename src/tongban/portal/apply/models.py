"""
Tables of the guided application.
"""

import uuid
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q

from tongban.foundation.fields import SealedJSONField


class DraftQuerySet(models.QuerySet["Draft"]):
    """
    Filters over drafts.
    """

    def open(self) -> Self:
        """
        Keep what has not been submitted.
        """
        return self.filter(case_number="")

    def abandoned(self, *, before: datetime) -> Self:
        """
        Keep what clerks have begun, not submitted, and not touched since.
        """
        return self.open().filter(owner__startswith="STAFF:", updated_at__lt=before)

    def owned_by(self, owner: str) -> Self:
        """
        Keep one owner's drafts.
        """
        return self.filter(owner=owner)


class Draft(models.Model):
    """
    申请草稿: what somebody has typed so far; every step is saved by itself.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    owner = models.CharField("所有人", max_length=80)
    """"PERSON:<person id>", "STAFF:<account id>" or "CLIENT:<client id>"."""
    resume_code = models.CharField("续办码", max_length=9, unique=True)
    offering_code = models.CharField("清单编号", max_length=100)
    service_name = models.CharField("事项名称", max_length=1000)
    service_name_en = models.CharField("事项英文名称", max_length=1000, blank=True, default="")
    situations = models.JSONField("情形", default=list)
    answers = SealedJSONField("表单（加密）", context="apply.draft.answers")
    known = SealedJSONField("已知信息（加密）", context="apply.draft.known", default=dict)
    """Field -> value that was filled in when the draft began; an answer that differs is disputed."""
    dispute = SealedJSONField("预填信息异议（加密）", context="apply.draft.dispute", default=dict)
    """fields: keys of what was filled in wrongly, as the person says without changing it; remark: his words."""
    materials = models.JSONField("材料", default=dict)
    """Material code -> ids of its files."""
    licences = models.JSONField("免提交证照", default=dict)
    """Material code -> identifier of the licence that takes its place."""
    delivery = SealedJSONField("领取方式（加密）", context="apply.draft.delivery")
    case_number = models.CharField("办件编号", max_length=50, blank=True, default="")
    emptied_at = models.DateTimeField("清空时间", null=True)
    """Since when a submitted draft repeats nothing of its case any more."""
    created_at = models.DateTimeField("创建时间")
    updated_at = models.DateTimeField("更新时间")

    objects = DraftQuerySet.as_manager()

    class Meta:
        constraints = [
            # Starting again goes on where one stopped.
            models.UniqueConstraint(
                fields=["owner", "offering_code"],
                condition=Q(case_number="", owner__startswith="PERSON:"),
                name="draft_one_open_per_offering",
            ),
        ]
        indexes = [
            models.Index(fields=["owner", "-updated_at"], name="draft_of_owner"),
            # Every night: what clerks have left behind.
            models.Index(
                fields=["updated_at"],
                condition=Q(case_number="", owner__startswith="STAFF:"),
                name="draft_of_counter",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.offering_code} {self.id}"
