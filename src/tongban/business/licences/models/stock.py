"""
Licences of before, taken into the library.
"""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from tongban.business.licences.models.licences import Licence
from tongban.business.licences.values import (
    BatchState,
    StockState,
    Supply,
    TrustGrade,
)
from tongban.foundation.fields import BlindIndexField, SealedJSONField


class StockBatch(models.Model):
    """
    存量归集批次: one file of licences issued before, whose rows wait for the sampling check and are taken in after it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    source = models.CharField("来源", max_length=32)
    file_name = models.CharField("文件名", max_length=200)
    file_digest = models.CharField("文件摘要(SM3)", max_length=64)
    supply = models.CharField("来源方式", max_length=8, choices=Supply)
    agency_code = models.CharField("提供机构代码", max_length=32)
    agency_name = models.CharField("提供机构", max_length=200)
    division_code = models.CharField("管辖属地", max_length=12)
    state = models.CharField("批次状态", max_length=10, choices=BatchState, default=BatchState.RECEIVING)
    lines = models.PositiveIntegerField("已读行数", default=0)
    """All rows up to this one are in: a run that was broken off goes on behind it."""
    sample_percent = models.PositiveSmallIntegerField("抽样比例(%)")
    wanted_percent = models.PositiveSmallIntegerField("合格标准(%)")
    sampled = models.PositiveIntegerField("抽样数", default=0)
    checked = models.PositiveIntegerField("已核对数", default=0)
    right = models.PositiveIntegerField("相符数", default=0)
    brought_by_kind = models.CharField("提供人类别", max_length=16)
    brought_by = models.CharField("提供人", max_length=64)
    brought_at = models.DateTimeField("提供时间")
    ended_at = models.DateTimeField("完成时间", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "file_digest"], name="stock_batch_file_once"),
            models.CheckConstraint(
                name="stock_batch_is_sampled",
                condition=Q(sample_percent__gte=1, sample_percent__lte=100)
                & Q(wanted_percent__gte=1, wanted_percent__lte=100),
            ),
        ]
        indexes = [models.Index(fields=["-brought_at", "-id"], name="stock_batch_newest")]

    def __str__(self) -> str:
        return f"{self.source} {self.file_name}"


class StockLicence(models.Model):
    """
    存量证照: one row of a batch, as it was cleaned, and what became of it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    batch = models.ForeignKey(StockBatch, on_delete=models.PROTECT, related_name="+")
    line = models.PositiveIntegerField("行号")
    type_code = models.CharField("证照类型代码", max_length=21, blank=True, default="")
    issuer_code = models.CharField("证照颁发机构代码", max_length=32, blank=True, default="")
    number = models.CharField("证照编号", max_length=60, blank=True, default="")
    issued_date = models.DateField("颁发日期", null=True)
    digest = models.CharField("内容摘要", max_length=32, blank=True, default="")
    """Keyed, of the row once cleaned: the same licence saying the same is a duplicate."""
    content = SealedJSONField("内容", context="licences.stock.content", null=True)
    """None: nothing of it is needed any more."""
    holder_index = BlindIndexField("持证主体代码索引", null=True)
    grade = models.CharField("可信等级", max_length=1, choices=TrustGrade, blank=True, default="")
    state = models.CharField("存量证照状态", max_length=10, choices=StockState)
    problem = models.CharField("问题", max_length=24, blank=True, default="")
    repairs = ArrayField(models.CharField(max_length=24), verbose_name="清洗", default=list)
    is_settled = models.BooleanField("争议已核实采用", default=False)
    is_sampled = models.BooleanField("抽中", default=False)
    is_right = models.BooleanField("抽样相符", null=True)
    checked_by = models.CharField("核对人", max_length=64, blank=True, default="")
    checked_at = models.DateTimeField("核对时间", null=True)
    note = models.CharField("核对说明", max_length=500, blank=True, default="")
    decided_by = models.CharField("核实人", max_length=64, blank=True, default="")
    decided_at = models.DateTimeField("核实时间", null=True)
    scan_file_id = models.UUIDField("扫描件", null=True)
    licence = models.ForeignKey(Licence, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "line"], name="stock_line_once")]
        indexes = [
            # Does the same licence wait, or is it in?
            models.Index(
                fields=["number", "type_code", "issuer_code"],
                condition=Q(state__in=["READY", "TAKEN", "DISPUTED"]),
                name="stock_same_licence",
            ),
            # What is to be taken in, what somebody has to look at.
            models.Index(fields=["batch", "line"], condition=Q(state="READY"), name="stock_ready"),
            models.Index(
                fields=["batch", "line"], condition=Q(state="DISPUTED"), name="stock_licence_disputed"
            ),
            models.Index(fields=["batch", "line"], condition=Q(is_sampled=True), name="stock_sample"),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id} {self.line}"
