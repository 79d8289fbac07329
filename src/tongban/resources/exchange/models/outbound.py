"""
What this node sends: entries as they are written, numbered streams, how far each receiver is.
"""

from django.db import models
from django.db.models import Q

from tongban.resources.exchange.values import BatchOutcome, FeedTrouble, Operation


class Outbox(models.Model):
    """
    待编号条目: written in the business transaction, numbered a moment later. Nobody waits for a number.
    """

    id = models.BigAutoField(primary_key=True)
    dataset = models.CharField("数据集", max_length=64)
    audience = models.CharField("接收方", max_length=12)
    key = models.CharField("记录唯一标识", max_length=100)
    operation = models.CharField(
        "同步类型", max_length=1, choices=[(each.value, each.name) for each in Operation]
    )
    origin = models.CharField("产生节点", max_length=12)
    made_at = models.DateTimeField("产生时间")
    content = models.BinaryField("内容")
    """JSON as it goes over the line, sealed."""
    content_digest = models.BinaryField("内容摘要(SM3)", max_length=32)

    class Meta:
        indexes = [models.Index(fields=["dataset", "audience", "id"], name="exchange_outbox_stream")]

    def __str__(self) -> str:
        return f"{self.dataset} {self.key}"


class Stream(models.Model):
    """
    数据流: the entries of one dataset for one audience, numbered without gaps.
    """

    dataset = models.CharField("数据集", max_length=64)
    audience = models.CharField("接收方", max_length=12)
    last = models.BigIntegerField("最后序号", default=0)
    chain = models.BinaryField("链摘要", max_length=32)
    numbered_at = models.DateTimeField("最近编号时间", null=True)
    first_kept = models.BigIntegerField("保留起始序号", default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dataset", "audience"], name="exchange_stream_once")]

    def __str__(self) -> str:
        return f"{self.dataset} → {self.audience}"


class Entry(models.Model):
    """
    交换条目: one numbered entry. Partitioned by the month in which it was numbered.
    """

    pk = models.CompositePrimaryKey("stream_id", "number", "at")
    stream_id = models.BigIntegerField("数据流")
    number = models.BigIntegerField("序号")
    at = models.DateTimeField("编号时间")
    key = models.CharField("记录唯一标识", max_length=100)
    operation = models.CharField("同步类型", max_length=1)
    origin = models.CharField("产生节点", max_length=12)
    made_at = models.DateTimeField("产生时间")
    content = models.BinaryField("内容")
    digest = models.BinaryField("条目摘要(SM3)", max_length=32)
    chain = models.BinaryField("链摘要", max_length=32)

    class Meta:
        managed = False
        db_table = "exchange_entry"

    def __str__(self) -> str:
        return f"{self.stream_id}:{self.number} {self.key}"


class Position(models.Model):
    """
    发送进度: how far one receiver has a stream, by its own word.
    """

    stream = models.ForeignKey(Stream, on_delete=models.PROTECT, related_name="positions")
    receiver = models.CharField("接收节点", max_length=12)
    number = models.BigIntegerField("已确认序号", default=0)
    chain = models.BinaryField("链摘要", max_length=32)
    confirmed_at = models.DateTimeField("最近确认时间", null=True)
    confirmed_numbering = models.DateTimeField("已确认条目编号时间", null=True)
    """When the entry was numbered up to which the receiver is: older months need not be looked through."""
    heard_at = models.DateTimeField("最近应答时间", null=True)
    failures = models.PositiveIntegerField("连续失败次数", default=0)
    failing_since = models.DateTimeField("受阻开始时间", null=True)
    trouble = models.CharField("受阻原因", max_length=12, choices=FeedTrouble, blank=True, default="")
    next_try_at = models.DateTimeField("下次尝试时间", null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["stream", "receiver"], name="exchange_position_once")]

    def __str__(self) -> str:
        return f"{self.stream_id} {self.receiver} {self.number}"


class Batch(models.Model):
    """
    交换批次: a stretch of a stream on its way to one receiver, and what was answered.
    """

    id = models.BigAutoField(primary_key=True)
    stream = models.ForeignKey(Stream, on_delete=models.PROTECT, related_name="+")
    receiver = models.CharField("接收节点", max_length=12)
    first = models.BigIntegerField("起始序号")
    last = models.BigIntegerField("截止序号")
    bytes = models.PositiveIntegerField("字节数")
    attempts = models.PositiveIntegerField("发送次数", default=1)
    sent_at = models.DateTimeField("首次发送时间")
    last_sent_at = models.DateTimeField("最近发送时间")
    answered_at = models.DateTimeField("应答时间", null=True)
    outcome = models.CharField("结果", max_length=8, choices=BatchOutcome, default=BatchOutcome.SENT)

    class Meta:
        indexes = [models.Index(fields=["stream", "receiver", "-last"], name="exchange_batch_stretch")]

    def __str__(self) -> str:
        return f"{self.stream_id}:{self.first}-{self.last} → {self.receiver}"


class Snapshot(models.Model):
    """
    快照: how everything of a stream stood at one moment, for one receiver, sent part by part.
    """

    stream = models.ForeignKey(Stream, on_delete=models.PROTECT, related_name="+")
    receiver = models.CharField("接收节点", max_length=12)
    asked_at = models.DateTimeField("提出时间")
    number = models.BigIntegerField("快照序号", default=0)
    """Up to which it speaks for the entries."""
    chain = models.BinaryField("链摘要", max_length=32, default=bytes)
    parts = models.PositiveIntegerField("分片数", default=0)
    sent_part = models.PositiveIntegerField("已确认分片", default=0)
    taken_at = models.DateTimeField("生成时间", null=True)
    finished_at = models.DateTimeField("完成时间", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["stream", "receiver"],
                name="exchange_snapshot_once",
                condition=Q(finished_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.stream_id} → {self.receiver} {self.sent_part}/{self.parts}"


class SnapshotPart(models.Model):
    """
    快照分片: kept until the receiver has the whole.
    """

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="+")
    part = models.PositiveIntegerField("分片")
    count = models.PositiveIntegerField("条数")
    body = models.BinaryField("内容")
    """As it goes over the line, sealed."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["snapshot", "part"], name="exchange_snapshot_part_once")
        ]

    def __str__(self) -> str:
        return f"{self.snapshot_id}:{self.part}"


class SentError(models.Model):
    """
    上报差错: an entry of ours that a receiver did not take.
    """

    stream = models.ForeignKey(Stream, on_delete=models.PROTECT, related_name="+")
    receiver = models.CharField("接收节点", max_length=12)
    number = models.BigIntegerField("序号")
    key = models.CharField("记录唯一标识", max_length=100)
    code = models.CharField("差错代码", max_length=64)
    text = models.CharField("差错说明", max_length=500)
    at = models.DateTimeField("反馈时间")
    mended_by = models.BigIntegerField("更正序号", null=True)
    """Number of the later entry with the same key that was taken."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["stream", "receiver", "number", "key"], name="exchange_sent_error_once"
            )
        ]
        indexes = [
            models.Index(fields=["-at", "-id"], name="exchange_sent_error_open", condition=Q(mended_by=None)),
            models.Index(
                fields=["stream", "receiver", "key"],
                name="exchange_sent_error_key",
                condition=Q(mended_by=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stream_id}:{self.number} {self.code}"
