"""
Tables of security: events, rules as they were changed, and how far the trail was watched and verified.
"""

from django.db import models
from django.db.models import Q

from tongban.foundation.fields import SealedTextField
from tongban.support.security.values import AlarmState, EventKind, EventState, Severity


class SecurityEvent(models.Model):
    """
    安全事件: something in the audit trail that somebody has to look at.
    """

    kind = models.CharField("事件类别", max_length=32, choices=EventKind)
    key = models.CharField("涉及账号或地址", max_length=128)
    severity = models.CharField("严重程度", max_length=8, choices=Severity)
    state = models.CharField("处置状态", max_length=16, choices=EventState, default=EventState.OPEN)
    alarm = models.CharField("告警状态", max_length=8, choices=AlarmState, default=AlarmState.NONE)
    count = models.PositiveIntegerField("次数")
    first_at = models.DateTimeField("最早发生时间")
    last_at = models.DateTimeField("最近发生时间")
    actor_kind = models.CharField("行为主体类别", max_length=16, blank=True)
    address = models.CharField("来源地址", max_length=45, blank=True)
    facts = models.JSONField("依据", default=dict)
    acknowledged_at = models.DateTimeField("接手时间", null=True)
    acknowledged_by = models.CharField("接手人", max_length=64, blank=True)
    closed_at = models.DateTimeField("关闭时间", null=True)
    closed_by = models.CharField("关闭人", max_length=64, blank=True)
    words = models.CharField("处置说明", max_length=500, blank=True)

    class Meta:
        constraints = [
            # What goes on is one event and not a hundred.
            models.UniqueConstraint(
                fields=["kind", "key"], condition=~Q(state="CLOSED"), name="security_event_open_once"
            ),
        ]
        indexes = [
            models.Index(fields=["state", "-id"], name="security_event_by_state"),
            models.Index(fields=["first_at"], name="security_event_by_time"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.kind} {self.key}"


class SecurityRule(models.Model):
    """
    告警规则: how a shipped rule was changed here.
    """

    kind = models.CharField("事件类别", max_length=32, choices=EventKind, primary_key=True)
    is_on = models.BooleanField("是否启用")
    threshold = models.PositiveIntegerField("次数")
    window_minutes = models.PositiveIntegerField("时段(分钟)")
    severity = models.CharField("严重程度", max_length=8, choices=Severity)
    is_alarm = models.BooleanField("是否告警")
    changed_at = models.DateTimeField("修改时间")
    changed_by = models.CharField("修改人", max_length=64)

    def __str__(self) -> str:
        return self.kind


class AlarmContact(models.Model):
    """
    告警接收手机: where a security administrator wants to be told of alarms besides the desk.
    """

    account_id = models.UUIDField("账号", primary_key=True)
    mobile = SealedTextField("手机号码", context="security.alarm_contact.mobile")
    changed_at = models.DateTimeField("修改时间")

    def __str__(self) -> str:
        return str(self.account_id)


class TrailPosition(models.Model):
    """
    检测进度: how far the trail was watched, and what its last verification found. One row.
    """

    ONE = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONE)
    watched_tx = models.BigIntegerField("已检测至", default=0)
    verified_at = models.DateTimeField("最近核验时间", null=True)
    faults = models.PositiveIntegerField("最近核验问题数", default=0)

    def __str__(self) -> str:
        return str(self.watched_tx)
