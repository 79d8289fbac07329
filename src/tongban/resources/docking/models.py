"""
Tables of docking.
"""

from typing import Self

from django.db import models
from django.db.models import Q

from tongban.foundation.fields import SealedJSONField
from tongban.resources.docking.values import (
    LONGEST_CODE,
    Direction,
    MessageState,
    SystemState,
    TakesFrom,
    Way,
)


class DockedSystem(models.Model):
    """
    对接系统: an agency's own system that takes handling's place for some of the agency's items.
    """

    code = models.CharField("系统代码", max_length=LONGEST_CODE, unique=True)
    name = models.CharField("系统名称", max_length=100)
    agency_code = models.CharField("所属机构", max_length=50)
    division_code = models.CharField("行政区划代码", max_length=12)
    way = models.CharField("对接方式", max_length=12, choices=Way)
    takes_from = models.CharField("接件环节", max_length=12, choices=TakesFrom)
    items = models.JSONField("办理事项", default=list)
    """Codes of offerings, or their beginnings; none: every item of the agency."""
    settings = SealedJSONField("连接参数（加密）", context="docking.system.settings")
    state = models.CharField("状态", max_length=12, choices=SystemState, default=SystemState.DRAFT)
    client_id = models.CharField("接口客户端", max_length=100, blank=True, default="")
    report = models.JSONField("检测报告", null=True)
    certificate = models.JSONField("检测证书", null=True)
    is_demo = models.BooleanField("示例", default=False)
    created_at = models.DateTimeField("登记时间")
    changed_at = models.DateTimeField("状态时间")
    last_number = models.BigIntegerField("末号", default=0)
    seen_at = models.DateTimeField("最近连通时间", null=True)
    failures = models.PositiveIntegerField("连续失败次数", default=0)
    next_attempt_at = models.DateTimeField("下次尝试时间", null=True)
    alarmed_at = models.DateTimeField("告警时间", null=True)
    last_error = models.CharField("最近错误", max_length=300, blank=True, default="")

    objects = models.Manager()

    class Meta:
        indexes = [
            # Which systems take an agency's cases.
            models.Index(fields=["agency_code", "state"], name="docked_system_agency"),
        ]

    def __str__(self) -> str:
        return self.code


class DockedCase(models.Model):
    """
    交办办件: a case that is in the hands of a system. Its row is held while a report about it is taken.
    """

    case_number = models.CharField("办件编号", max_length=50, primary_key=True)
    system = models.ForeignKey(
        DockedSystem, on_delete=models.PROTECT, related_name="cases", verbose_name="系统"
    )
    given_at = models.DateTimeField("交办时间")
    accepted_at = models.DateTimeField("受理时间", null=True)
    returned_at = models.DateTimeField("收回时间", null=True)
    ended_at = models.DateTimeField("办结时间", null=True)

    objects = models.Manager()

    def __str__(self) -> str:
        return self.case_number


class BegunCase(models.Model):
    """
    自办件: a case that began in an agency's own system, which the case library has.

    The row says that the system may go on with it, and is held while a report about it is taken.
    """

    system = models.ForeignKey(
        DockedSystem, on_delete=models.PROTECT, related_name="begun_cases", verbose_name="系统"
    )
    case_number = models.CharField("办件编号", max_length=50)
    begun_at = models.DateTimeField("报来时间")

    objects = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["system", "case_number"], name="docking_begun_once"),
        ]

    def __str__(self) -> str:
        return f"{self.system_id}/{self.case_number}"


class DockMessageQuerySet(models.QuerySet["DockMessage"]):
    """
    Filters over messages.
    """

    def to_send(self) -> Self:
        """
        Keep what waits to be given to a system.
        """
        return self.filter(direction=Direction.OUT, state=MessageState.QUEUED)


class DockMessage(models.Model):
    """
    对接消息: one report of a system, or one thing given to it, with all that became of it. Never lost, never twice.
    """

    system = models.ForeignKey(
        DockedSystem, on_delete=models.PROTECT, related_name="messages", verbose_name="系统"
    )
    direction = models.CharField("方向", max_length=3, choices=Direction)
    message_id = models.CharField("消息标识", max_length=100)
    version = models.PositiveSmallIntegerField("版本", default=1)
    number = models.BigIntegerField("序号", default=0)
    kind = models.CharField("种类", max_length=20)
    event = models.CharField("办件事件", max_length=24, blank=True, default="")
    case_number = models.CharField("办件编号", max_length=50)
    content = SealedJSONField("内容（加密）", context="docking.message.content", null=True)
    """None once it is too old to be kept."""
    digest = models.CharField("内容摘要", max_length=64)
    state = models.CharField("状态", max_length=10, choices=MessageState)
    code = models.CharField("错误代码", max_length=64, blank=True, default="")
    text = models.CharField("错误说明", max_length=500, blank=True, default="")
    batch = models.CharField("批次号", max_length=64, blank=True, default="")
    story = models.JSONField("经过", default=list)
    """[[moment, what, words]], oldest first, the newest fifty."""
    attempts = models.PositiveIntegerField("尝试次数", default=0)
    next_attempt_at = models.DateTimeField("下次尝试时间", null=True)
    created_at = models.DateTimeField("时间")
    settled_at = models.DateTimeField("了结时间", null=True)

    objects = DockMessageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["system", "direction", "message_id", "version"], name="dock_message_once"
            ),
        ]
        indexes = [
            # What waits to be given, in order.
            models.Index(
                fields=["system", "number"],
                condition=Q(direction="OUT", state__in=["QUEUED", "SENT"]),
                name="dock_message_waiting",
            ),
            # A system's page, newest first; its errors.
            models.Index(fields=["system", "-id"], name="dock_message_newest"),
            models.Index(
                fields=["system", "-id"],
                condition=Q(state__in=["REFUSED", "FAILED", "DECLINED", "DEAD"]),
                name="dock_message_errors",
            ),
            models.Index(fields=["case_number", "id"], name="dock_message_case"),
            # What is too old to be kept.
            models.Index(fields=["created_at"], condition=Q(content__isnull=False), name="dock_message_age"),
        ]

    def __str__(self) -> str:
        return f"{self.system_id} {self.direction} {self.message_id}"
