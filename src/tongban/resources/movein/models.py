"""
Tables of moving in. They hold how things stand, and no datum of any person.
"""

import msgspec
from django.db import models
from django.db.models import Q

from tongban.foundation.fields import SealedJSONField
from tongban.resources.movein.values import (
    LossReport,
    Matter,
    PlatformState,
    Rule,
    RunKind,
    RunLine,
    RunState,
)


class OldPlatform(models.Model):
    """
    原平台: a platform that was here before, whose cases move in.
    """

    code = models.CharField("来源系统", max_length=16, primary_key=True)
    name = models.CharField("名称", max_length=100)
    address = models.CharField("原平台网址", max_length=200, blank=True)
    settings = SealedJSONField("连接参数（加密）", context="movein.platform.settings")
    """dsn; schema, empty: that of the account."""
    mapping = models.TextField("映射文件")
    state = models.CharField("状态", max_length=12, choices=PlatformState, default=PlatformState.REGISTERED)
    writes_back = models.BooleanField("回写", default=False)
    """Whether the mapping says where the old platform is told of our cases."""
    after_key = models.JSONField("装入位置", null=True)
    """Key of the last case of a load that is not finished."""
    followed_until = models.JSONField("跟随位置", default=dict)
    """Kind -> moment of the last change that was seen, as the old platform writes it."""
    followed_at = models.DateTimeField("最近跟随时间", null=True)
    failures = models.PositiveIntegerField("连续失败次数", default=0)
    next_attempt_at = models.DateTimeField("下次尝试时间", null=True)
    last_error = models.CharField("最近错误", max_length=300, blank=True, default="")
    created_at = models.DateTimeField("登记时间")
    changed_at = models.DateTimeField("状态时间")

    def __str__(self) -> str:
        return self.code


class MovedItem(models.Model):
    """
    迁入事项: an item that was applied for at the old platform, and from when on it is applied for here.
    """

    platform = models.ForeignKey(
        OldPlatform, on_delete=models.PROTECT, related_name="items", verbose_name="原平台"
    )
    old_code = models.CharField("原事项编码", max_length=100)
    offering_code = models.CharField("事项编码", max_length=64, unique=True)
    cut_over_on = models.DateField("切换日期", null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["platform", "old_code"], name="movein_item_once")]

    def __str__(self) -> str:
        return f"{self.platform_id} {self.old_code}"


class MoveRun(models.Model):
    """
    迁入运行: a try, a load, or a day of following, with what came along and what did not.
    """

    platform = models.ForeignKey(
        OldPlatform, on_delete=models.PROTECT, related_name="runs", verbose_name="原平台"
    )
    kind = models.CharField("种类", max_length=8, choices=RunKind)
    state = models.CharField("状态", max_length=8, choices=RunState, default=RunState.RUNNING)
    started_at = models.DateTimeField("开始时间")
    ended_at = models.DateTimeField("结束时间", null=True)
    cases = models.BigIntegerField("办件数", default=0)
    report = models.JSONField("损失报告", default=dict)

    class Meta:
        indexes = [models.Index(fields=["platform", "-id"], name="movein_run_newest")]

    def __str__(self) -> str:
        return f"{self.platform_id} {self.kind} {self.pk}"

    @property
    def line(self) -> RunLine:
        """
        The run as it is shown.
        """
        return RunLine(
            id=self.pk,
            platform=self.platform_id,
            kind=RunKind(self.kind),
            state=RunState(self.state),
            started_at=self.started_at,
            ended_at=self.ended_at,
            cases=self.cases,
            report=msgspec.convert(self.report, LossReport),
        )


class MoveConflict(models.Model):
    """
    迁入冲突: both platforms say something of the same case or item.
    """

    platform = models.ForeignKey(
        OldPlatform, on_delete=models.PROTECT, related_name="conflicts", verbose_name="原平台"
    )
    matter = models.CharField("种类", max_length=12, choices=Matter)
    case_number = models.CharField("办件编号", max_length=50)
    case_key = models.TextField("原平台主键")
    old_item = models.CharField("原事项编码", max_length=100, blank=True)
    old_state = models.CharField("原平台状态", max_length=2)
    our_state = models.CharField("新平台状态", max_length=2, blank=True)
    found_at = models.DateTimeField("发现时间")
    rule = models.CharField("规则", max_length=8, choices=Rule)
    decision = models.CharField("决定", max_length=8, choices=Rule, blank=True, default="")
    decided_at = models.DateTimeField("决定时间", null=True)
    decided_by = models.CharField("决定人", max_length=100, blank=True, default="")

    class Meta:
        constraints = [
            # The same thing is told once; another state of the case is another thing.
            models.UniqueConstraint(
                fields=["platform", "matter", "case_number", "old_state"], name="movein_conflict_once"
            )
        ]
        indexes = [
            models.Index(fields=["platform", "-id"], condition=Q(decision=""), name="movein_conflict_open")
        ]

    def __str__(self) -> str:
        return f"{self.platform_id} {self.matter} {self.case_number}"


class WrittenCase(models.Model):
    """
    回写办件: a case of ours that the old platform is told of.
    """

    platform = models.ForeignKey(
        OldPlatform, on_delete=models.PROTECT, related_name="written", verbose_name="原平台"
    )
    system = models.CharField("来源系统", max_length=16)
    case_number = models.CharField("办件编号", max_length=50)
    changed_at = models.DateTimeField("变动时间")
    written_at = models.DateTimeField("回写时间", null=True)
    """None: it waits."""
    state = models.CharField("回写状态", max_length=2, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["platform", "case_number"], name="movein_written_once")
        ]
        indexes = [
            models.Index(
                fields=["platform", "id"], condition=Q(written_at=None), name="movein_written_waiting"
            )
        ]

    def __str__(self) -> str:
        return f"{self.platform_id} {self.case_number}"
