"""
Tables of cross-region service: what was taken here for others, and what others took for this node.
"""

import uuid
from typing import Final

import msgspec
from django.db import models
from django.db.models import Q

from tongban.business.catalogue.values import FormField
from tongban.business.crossregion.values import HandInKind, HandInState, IntakeState, Told
from tongban.foundation.fields import BlindIndexField, SealedJSONField, SealedTextField

INDEX: Final = "crossregion_applicant"


class Intake(models.Model):
    """
    异地收件: an application that a counter of this node took for another node; a mirror of the case there.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    receipt_number = models.CharField("收件编号", max_length=40, unique=True)
    node = models.CharField("办理节点", max_length=12)
    node_name = models.CharField("办理地", max_length=100)
    offering_code = models.CharField("事项编码", max_length=100)
    service_name = models.CharField("事项名称", max_length=1000)
    service_name_en = models.CharField("事项名称（英文）", max_length=1000, blank=True, default="")
    handling_agency = models.CharField("实施机构", max_length=200)
    agency_code = models.CharField("收件机构编码", max_length=50)
    division_code = models.CharField("收件地", max_length=12)
    clerk_name = models.CharField("收件人", max_length=100)
    applicant_masked = models.CharField("申请人（脱敏）", max_length=200)
    applicant_index = BlindIndexField("申请人证件索引")
    handed_in = SealedJSONField("提交内容（加密）", context="crossregion.intake.handed_in")
    terms = models.JSONField("承诺内容")
    form = models.JSONField("申请表栏目", default=list)
    handed_in_at = models.DateTimeField("收件时间")
    state = models.CharField("状态", max_length=10, choices=IntakeState, default=IntakeState.WAITING)
    version = models.PositiveIntegerField("办件版本", default=0)
    case_number = models.CharField("办件编号", max_length=100, blank=True, default="")
    status = models.CharField("办件状态", max_length=100, blank=True, default="")
    due = models.DateField("期限", null=True)
    told = SealedJSONField("办理进度（加密）", context="crossregion.intake.told", null=True)
    told_at = models.DateTimeField("进度时间", null=True)
    supplemented_at = models.DateTimeField("补正转交时间", null=True)
    delivered_at = models.DateTimeField("送达时间", null=True)

    class Meta:
        indexes = [
            models.Index(fields=["agency_code", "-handed_in_at"], name="crossregion_of_agency"),
            models.Index(fields=["division_code", "-handed_in_at"], name="crossregion_of_division"),
            models.Index(fields=["applicant_index"], name="crossregion_applicant"),
        ]

    def __str__(self) -> str:
        return self.receipt_number

    @property
    def fields(self) -> list[FormField]:
        """
        The fields of the form that applied in the applicant's situation.
        """
        return msgspec.convert(self.form, list[FormField])

    @property
    def progress(self) -> Told | None:
        """
        What the deciding node said last.
        """
        return msgspec.convert(self.told, Told) if self.told else None


class Received(models.Model):
    """
    异地来件: an application that a counter of another node took for this one. Made by whatever arrives first.
    """

    id = models.BigAutoField(primary_key=True)
    node = models.CharField("收件节点", max_length=12)
    intake = models.UUIDField("收件标识")
    counter = models.CharField("收件窗口", max_length=300, blank=True, default="")
    receipt_number = models.CharField("收件编号", max_length=100, blank=True, default="")
    handed_in_at = models.DateTimeField("收件时间", null=True)
    case_number = models.CharField("办件编号", max_length=50, blank=True, default="")
    sent_files = models.JSONField("已转交文件", default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["node", "intake"], name="crossregion_received_once"),
            models.UniqueConstraint(
                fields=["case_number"], name="crossregion_received_case", condition=~Q(case_number="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.node} {self.intake}"


class ReceivedHandIn(models.Model):
    """
    What a counter of another node handed in: waits until its files are there, and is then acted on once.
    """

    id = models.UUIDField(primary_key=True)
    received = models.ForeignKey(Received, on_delete=models.CASCADE, related_name="handins")
    kind = models.CharField("类别", max_length=10, choices=HandInKind)
    state = models.CharField("状态", max_length=8, choices=HandInState, default=HandInState.WAITING)
    content = SealedJSONField("内容（加密）", context="crossregion.handin.content", null=True)
    """None once it was acted on: the case has it."""
    number = models.BigIntegerField("序号")
    reason = models.CharField("未接收原因", max_length=500, blank=True, default="")

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class ArrivedFile(models.Model):
    """
    到达文件: a file of another node, once all its pieces are here.
    """

    id = models.BigAutoField(primary_key=True)
    node = models.CharField("来源节点", max_length=12)
    intake = models.UUIDField("收件标识")
    file = models.UUIDField("来源文件")
    local_id = models.UUIDField("文件", null=True)
    """None while pieces are missing, or where it cannot be taken."""
    refusal = models.CharField("未接收原因", max_length=500, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["node", "intake", "file"], name="crossregion_file_once")
        ]

    def __str__(self) -> str:
        return f"{self.node} {self.file}"


class ArrivedPiece(models.Model):
    """
    A piece of a file that is not whole yet.
    """

    id = models.BigAutoField(primary_key=True)
    file = models.ForeignKey(ArrivedFile, on_delete=models.CASCADE, related_name="pieces")
    number = models.PositiveIntegerField("序号")
    content = SealedTextField("内容（加密）", context="crossregion.piece.content")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "number"], name="crossregion_piece_once")]

    def __str__(self) -> str:
        return f"{self.file_id} {self.number}"
