"""
How data came in: sources, batches, rows that were refused or wait for a person.
"""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from tongban.foundation.fields import SealedJSONField
from tongban.resources.registers.values import (
    BatchState,
    BatchWay,
    MatchReason,
    MatchState,
    RegisterCode,
    RowProblem,
    SourceRole,
)


class Source(models.Model):
    """
    数源单位: an agency that is responsible for the fields of a kind, in one register.
    """

    register = models.CharField("基础库", max_length=12, choices=RegisterCode)
    role = models.CharField("数源类别", max_length=20, choices=SourceRole)
    agency_code = models.CharField("机构代码", max_length=32)
    appointed_at = models.DateTimeField("确定时间")

    objects = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["register", "role", "agency_code"], name="register_source_once"),
        ]

    def __str__(self) -> str:
        return f"{self.register} {self.role} {self.agency_code}"


class Batch(models.Model):
    """
    数据批次: what one source brought at one time.
    """

    register = models.CharField("基础库", max_length=12, choices=RegisterCode)
    way = models.CharField("来源方式", max_length=10, choices=BatchWay)
    agency_code = models.CharField("来源机构代码", max_length=32)
    agency_name = models.CharField("来源机构", max_length=200, blank=True)
    node_code = models.CharField("来源节点", max_length=12)
    system = models.CharField("来源系统", max_length=100, blank=True)
    file_name = models.CharField("文件名", max_length=200, blank=True)
    file_digest = models.CharField("文件摘要(SM3)", max_length=64, blank=True)
    state = models.CharField("批次状态", max_length=8, choices=BatchState, default=BatchState.RUNNING)
    lines = models.PositiveIntegerField("已读行数", default=0)
    """All rows up to this one are in: a load that was broken off goes on behind it."""
    created = models.PositiveIntegerField("新建", default=0)
    changed = models.PositiveIntegerField("变更", default=0)
    unchanged = models.PositiveIntegerField("未变", default=0)
    refused = models.PositiveIntegerField("拒绝", default=0)
    disputed = models.PositiveIntegerField("待匹配", default=0)
    differences = models.PositiveIntegerField("差异", default=0)
    brought_by_kind = models.CharField("提供人类别", max_length=16)
    brought_by = models.CharField("提供人", max_length=64)
    started_at = models.DateTimeField("开始时间")
    ended_at = models.DateTimeField("完成时间", null=True)

    objects = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["register", "agency_code", "file_digest"],
                condition=Q(way=BatchWay.FILE),
                name="register_batch_file_once",
            ),
        ]
        indexes = [models.Index(fields=["register", "-id"], name="register_batch_newest")]

    def __str__(self) -> str:
        return f"{self.register} {self.way} {self.id}"


class RefusedRow(models.Model):
    """
    拒绝行: a row that was not taken, and why; nothing of what it said.
    """

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="+")
    line = models.PositiveIntegerField("行号")
    problem = models.CharField("原因", max_length=16, choices=RowProblem)
    field = models.CharField("信息项", max_length=40, blank=True)

    objects = models.Manager()

    class Meta:
        indexes = [models.Index(fields=["batch", "line"], name="register_refused_row")]

    def __str__(self) -> str:
        return f"{self.batch_id}:{self.line} {self.problem}"


class WaitingRow(models.Model):
    """
    待匹配行: a row of which a person decides whose it is.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="+")
    register = models.CharField("基础库", max_length=12, choices=RegisterCode)
    agency_code = models.CharField("来源机构代码", max_length=32)
    line = models.PositiveIntegerField("行号")
    reason = models.CharField("原因", max_length=16, choices=MatchReason)
    offered = SealedJSONField("内容", context="registers.waiting", null=True)
    """None once it was decided about."""
    candidates = ArrayField(models.UUIDField(), verbose_name="可能的记录", default=list)
    state = models.CharField("处理状态", max_length=10, choices=MatchState, default=MatchState.OPEN)
    at = models.DateTimeField("时间")
    decided_by = models.CharField("处理人", max_length=64, blank=True)
    decided_at = models.DateTimeField("处理时间", null=True)
    words = models.CharField("处理说明", max_length=500, blank=True)

    objects = models.Manager()

    class Meta:
        indexes = [models.Index(fields=["state", "register", "at", "id"], name="register_waiting_rows")]

    def __str__(self) -> str:
        return f"{self.register} {self.reason} {self.state}"
