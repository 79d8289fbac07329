"""
Documents signed many at once, and by several agencies in turn.
"""

import uuid
from typing import Final

from django.db import models
from django.db.models import Q

from tongban.support.seals.models.authorisations import SealAuthorisation
from tongban.support.seals.values import (
    BatchItemState,
    SealBatchState,
    SealPurpose,
    SigningState,
    SigningStepState,
)

CUT: Final = ("IN_USE", "SUSPENDED", "EXPIRED", "REPLACED")


class SealBatch(models.Model):
    """
    批量签章: many files to be sealed with one seal, as one person has asked for it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    seal_code = models.CharField("印章编码", max_length=13)
    agency_code = models.CharField("用印机构编码", max_length=18)
    purpose = models.CharField("用印事由", max_length=16, choices=SealPurpose)
    authorisation = models.ForeignKey(
        SealAuthorisation, verbose_name="所依授权", on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField("状态", max_length=16, choices=SealBatchState, default=SealBatchState.RUNNING)
    requested_by = models.UUIDField("发起账号")
    requested_name = models.CharField("发起人", max_length=100)
    requested_at = models.DateTimeField("发起时间")
    lapses_at = models.DateTimeField("失效时间")
    """What is not sealed by then is not sealed: the person is not asked anew for every file."""
    ended_at = models.DateTimeField("结束时间", null=True)

    class Meta:
        indexes = [
            models.Index(fields=["requested_at"], name="seal_batch_running", condition=Q(state="RUNNING")),
        ]

    def __str__(self) -> str:
        return str(self.id)


class SealBatchItem(models.Model):
    """
    批量签章条目: one file of a batch.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    batch = models.ForeignKey(SealBatch, verbose_name="批次", on_delete=models.PROTECT, related_name="+")
    position = models.PositiveIntegerField("序号")
    file_id = models.UUIDField("原文件")
    case_number = models.CharField("办件编号", max_length=50)
    offering_code = models.CharField("事项编码", max_length=100, blank=True, default="")
    state = models.CharField("状态", max_length=16, choices=BatchItemState, default=BatchItemState.WAITING)
    sealed_file_id = models.UUIDField("签章后文件", null=True)
    refusal = models.CharField("未能签章的原因", max_length=64, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(name="seal_batch_position_once", fields=["batch", "position"]),
            models.CheckConstraint(
                name="seal_batch_item_sealed_has_its_file",
                condition=Q(state="SEALED", sealed_file_id__isnull=False)
                | (~Q(state="SEALED") & Q(sealed_file_id__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id} {self.position}"


class SigningRequest(models.Model):
    """
    多方签章: one document that several agencies seal, one after the other.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    purpose = models.CharField("用印事由", max_length=16, choices=SealPurpose)
    case_number = models.CharField("办件编号", max_length=50)
    offering_code = models.CharField("事项编码", max_length=100, blank=True, default="")
    file_id = models.UUIDField("文件")
    """As it is now, with the seals it has."""
    state = models.CharField("状态", max_length=16, choices=SigningState, default=SigningState.OPEN)
    requested_by = models.UUIDField("发起账号")
    requested_name = models.CharField("发起人", max_length=100)
    requested_agency = models.CharField("发起机构编码", max_length=18)
    requested_at = models.DateTimeField("发起时间")
    lapses_at = models.DateTimeField("失效时间")
    ended_at = models.DateTimeField("结束时间", null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="signing_request_ends_or_is_open",
                condition=Q(state="OPEN", ended_at__isnull=True)
                | (~Q(state="OPEN") & Q(ended_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class SigningStep(models.Model):
    """
    签章方: one agency that seals the document, in its turn.
    """

    id = models.BigAutoField(primary_key=True)
    request = models.ForeignKey(
        SigningRequest, verbose_name="多方签章", on_delete=models.PROTECT, related_name="+"
    )
    position = models.PositiveSmallIntegerField("次序")
    agency_code = models.CharField("签章机构编码", max_length=18)
    seal_code = models.CharField("印章编码", max_length=13, blank=True, default="")
    place = models.JSONField("签章位置", null=True)
    state = models.CharField(
        "状态", max_length=16, choices=SigningStepState, default=SigningStepState.WAITING
    )
    account_id = models.UUIDField("办理账号", null=True)
    account_name = models.CharField("办理人", max_length=100, blank=True, default="")
    done_at = models.DateTimeField("办理时间", null=True)
    note = models.CharField("说明", max_length=500, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(name="signing_step_once", fields=["request", "position"]),
            models.CheckConstraint(
                name="signing_step_is_done_by_somebody",
                condition=Q(state="WAITING", account_id__isnull=True, done_at__isnull=True)
                | (~Q(state="WAITING") & Q(account_id__isnull=False, done_at__isnull=False)),
            ),
        ]
        indexes = [
            # What an agency has before it.
            models.Index(
                fields=["agency_code", "request"], name="signing_step_waiting", condition=Q(state="WAITING")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} {self.position}"
