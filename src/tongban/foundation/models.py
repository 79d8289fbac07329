"""
Tables every app stands on: audit trail, announcements and their deliveries, idempotency keys, the calendar.

`AuditEntry` and `Announcement` grow without end: they are partitioned by month from the first migration
(migration 0001, SQL), so Django does not manage them.
"""

from django.db import models

from tongban.foundation.fields import BlindIndexField


class AuditEntry(models.Model):
    """
    审计记录: who did what to which object, when, through which door. Append-only by trigger.
    """

    pk = models.CompositePrimaryKey("id", "at")
    id = models.BigIntegerField("编号")
    at = models.DateTimeField("发生时间")
    action = models.CharField("动作", max_length=64)
    subject = models.CharField("对象", max_length=128)
    actor_kind = models.CharField("行为主体类别", max_length=16)
    actor_id = models.CharField("行为主体", max_length=64)
    agency_code = models.CharField("机构编码", max_length=32, blank=True)
    channel = models.CharField("渠道", max_length=4)
    request_id = models.CharField("请求编号", max_length=64, blank=True)
    facts = models.JSONField("事实")
    session_id = models.CharField("会话", max_length=64, blank=True)
    address = models.CharField("来源地址", max_length=45, blank=True)
    outcome = models.CharField("结果", max_length=8)
    tx = models.BigIntegerField("事务")

    class Meta:
        managed = False
        db_table = "foundation_audit"

    def __str__(self) -> str:
        return f"{self.at:%F %T} {self.action} {self.subject}"


class Announcement(models.Model):
    """
    公告事件: a fact announced in the transaction that made it true. Never changed, never deleted.
    """

    pk = models.CompositePrimaryKey("id", "at")
    id = models.BigIntegerField("编号")
    at = models.DateTimeField("发生时间")
    topic = models.CharField("主题", max_length=64)
    key = models.CharField("排序键", max_length=64)
    payload = models.JSONField("内容")

    class Meta:
        managed = False
        db_table = "foundation_announcement"

    def __str__(self) -> str:
        return f"{self.topic} {self.key} #{self.id}"


class Delivery(models.Model):
    """
    投递: an announcement still owed to one subscriber. Deleted in the transaction of the reaction.
    """

    id = models.BigAutoField(primary_key=True)
    announcement_id = models.BigIntegerField("公告编号")
    at = models.DateTimeField("发生时间")
    topic = models.CharField("主题", max_length=64)
    key = models.CharField("排序键", max_length=64)
    payload = models.JSONField("内容")
    subscriber = models.CharField("订阅者", max_length=64)
    attempts = models.PositiveIntegerField("已尝试次数", default=0, db_default=0)
    next_attempt_at = models.DateTimeField("下次尝试时间")
    last_error = models.TextField("最近错误", blank=True, default="", db_default="")

    class Meta:
        indexes = [
            # The relay asks for the oldest delivery of each subscriber and key.
            models.Index(fields=["subscriber", "key", "id"], name="delivery_order"),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.key} -> {self.subscriber}"


class IdempotencyKey(models.Model):
    """
    幂等键: the answer once given to a request, given again when the request is repeated.
    """

    actor_id = models.CharField("行为主体", max_length=64)
    key = models.CharField("幂等键", max_length=128)
    operation = models.CharField("操作", max_length=64)
    request_digest = models.CharField("请求摘要", max_length=64)
    status = models.PositiveSmallIntegerField("响应状态", null=True)
    response = models.JSONField("响应", null=True)
    created_at = models.DateTimeField("时间")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["actor_id", "key"], name="idempotency_key_per_actor"),
        ]
        indexes = [models.Index(fields=["created_at"], name="idempotency_key_age")]

    def __str__(self) -> str:
        return f"{self.operation} {self.key}"


class CalendarDay(models.Model):
    """
    工作日历: a day that is not simply what its weekday says, or that has been confirmed to be so.
    """

    date = models.DateField("日期", primary_key=True)
    is_working = models.BooleanField("是否工作日")
    kind = models.CharField("种类", max_length=16)
    name = models.CharField("节日名称", max_length=32, blank=True)
    source = models.CharField("来源", max_length=128)
    is_provisional = models.BooleanField("是否暂定")
    loaded_at = models.DateTimeField("载入时间")

    def __str__(self) -> str:
        return f"{self.date} {self.kind}"


class Heartbeat(models.Model):
    """
    心跳: the last sign of life of a process of this node.
    """

    process = models.CharField("进程", max_length=64, primary_key=True)
    at = models.DateTimeField("时间")
    facts = models.JSONField("状态", default=dict)

    def __str__(self) -> str:
        return self.process


class RateWindow(models.Model):
    """
    限流窗口: how often something was tried in the window that began at `started_at`.
    """

    key_index = BlindIndexField("限流键", primary_key=True)
    started_at = models.DateTimeField("窗口开始")
    hits = models.PositiveIntegerField("次数")

    def __str__(self) -> str:
        return f"{self.started_at:%F %T} {self.hits}"
