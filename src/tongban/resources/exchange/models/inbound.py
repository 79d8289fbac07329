"""
What this node receives: how far it is with each stream of other nodes, and a receipt of each entry.
"""

from django.db import models
from django.db.models import Q


class Inbound(models.Model):
    """
    接收流: a stream of another node and how far this one has it.
    """

    source = models.CharField("来源节点", max_length=12)
    dataset = models.CharField("数据集", max_length=64)
    audience = models.CharField("接收方", max_length=12)
    position = models.BigIntegerField("已接收序号", default=0)
    chain = models.BinaryField("链摘要", max_length=32)
    after = models.BigIntegerField("快照序号", default=0)
    """Everything up to here came as a snapshot; receipts begin behind it."""
    rewind_to = models.BigIntegerField("重放起点", null=True)
    """What comes behind this number is wanted once more."""
    snapshot_number = models.BigIntegerField("接收中的快照序号", default=0)
    snapshot_part = models.PositiveIntegerField("快照进度", default=0)
    """Parts that are here of the snapshot that speaks up to `snapshot_number`."""
    received_at = models.DateTimeField("最近接收时间", null=True)
    heard_at = models.DateTimeField("最近来讯时间", null=True)
    skew_seconds = models.IntegerField("时钟偏差(秒)", default=0)
    forked_at = models.DateTimeField("发现分叉时间", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "dataset", "audience"], name="exchange_inbound_once")
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.dataset} {self.position}"


class Receipt(models.Model):
    """
    接收回执: an entry that came. Partitioned by the month in which its sender numbered it.
    """

    pk = models.CompositePrimaryKey("inbound_id", "number", "at")
    inbound_id = models.BigIntegerField("接收流")
    number = models.BigIntegerField("序号")
    at = models.DateTimeField("编号日")
    """Midnight of the China day on which the sender numbered it."""
    digest = models.BinaryField("条目摘要(SM3)", max_length=32)

    class Meta:
        managed = False
        db_table = "exchange_receipt"

    def __str__(self) -> str:
        return f"{self.inbound_id}:{self.number}"


class ReceivedError(models.Model):
    """
    接收差错: an entry that was not taken (dn_*_abnormal); its content is kept for whoever looks into it.
    """

    inbound = models.ForeignKey(Inbound, on_delete=models.PROTECT, related_name="+")
    number = models.BigIntegerField("序号")
    key = models.CharField("记录唯一标识", max_length=100)
    code = models.CharField("差错代码", max_length=64)
    text = models.CharField("差错说明", max_length=500)
    content = models.BinaryField("内容")
    """Sealed."""
    at = models.DateTimeField("接收时间")
    mended_by = models.BigIntegerField("更正序号", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["inbound", "number", "key"], name="exchange_received_error_once")
        ]
        indexes = [
            models.Index(fields=["-at", "-id"], name="exchange_recv_error_open", condition=Q(mended_by=None)),
            models.Index(
                fields=["inbound", "key"], name="exchange_recv_error_key", condition=Q(mended_by=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.inbound_id}:{self.number} {self.code}"


class AnsweredQuestion(models.Model):
    """
    已答提问: a question of another node, kept while it would still be fresh.
    """

    sender = models.CharField("提问节点", max_length=12)
    asked_as = models.CharField("提问标识", max_length=32)
    at = models.DateTimeField("答复时间", db_index=True)

    class Meta:
        db_table = "exchange_question"
        constraints = [models.UniqueConstraint(fields=["sender", "asked_as"], name="exchange_question_once")]

    def __str__(self) -> str:
        return f"{self.sender} {self.asked_as}"
