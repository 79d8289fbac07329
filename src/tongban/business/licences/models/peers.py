"""
Licences between nodes: the stream this node writes for its parent, and what it knows of other nodes' licences.
"""

from django.db import models
from django.db.models import Q

from tongban.business.licences.values import LicenceStatus
from tongban.business.licences.values.peers import EntryKind, EntryProblem, FeedTrouble
from tongban.foundation.fields import BlindIndexField, SealedJSONField


class PeerEntry(models.Model):
    """
    报送条目: one licence or type as it stood when it changed. Written with the change, numbered when it is sent.
    """

    id = models.BigAutoField(primary_key=True)
    number = models.BigIntegerField("序号", null=True, unique=True)
    """Without gaps, in the order of writing; None: not numbered yet."""
    kind = models.CharField("报送内容", max_length=8, choices=EntryKind)
    subject = models.CharField("证照标识或类型代码", max_length=100)
    content = SealedJSONField("内容", context="licences.peer_entry.content")
    digest = models.CharField("摘要(SM3)", max_length=64)
    written_at = models.DateTimeField("写入时间")
    day = models.DateField("写入日期")
    problem = models.CharField("未采纳原因", max_length=16, choices=EntryProblem, blank=True, default="")

    class Meta:
        indexes = [
            models.Index(fields=["id"], name="licence_entry_new", condition=Q(number__isnull=True)),
            models.Index(fields=["day", "number"], name="licence_entry_day"),
            models.Index(fields=["-number"], name="licence_entry_problem", condition=~Q(problem="")),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.subject}"


class PeerFeed(models.Model):
    """
    报送进度: how far the parent has this node's stream.
    """

    receiver = models.CharField("上级节点", max_length=12, primary_key=True)
    position = models.BigIntegerField("已确认序号", default=0)
    filled_after = models.UUIDField("已补报至", null=True)
    """Licences of before there was a parent are written in the order of their ids; the last one done."""
    is_filled = models.BooleanField("已补报完", default=False)
    failures = models.PositiveIntegerField("连续失败次数", default=0)
    trouble = models.CharField("受阻原因", max_length=16, choices=FeedTrouble, blank=True, default="")
    failing_since = models.DateTimeField("受阻开始时间", null=True)
    next_try_at = models.DateTimeField("下次尝试时间", null=True)
    sent_at = models.DateTimeField("最近确认时间", null=True)

    def __str__(self) -> str:
        return f"{self.receiver} {self.position}"


class PeerDay(models.Model):
    """
    对账结果: one day of the stream at both ends, when they were last compared.
    """

    receiver = models.CharField("上级节点", max_length=12)
    day = models.DateField("日期")
    ours = models.PositiveIntegerField("本节点条数")
    theirs = models.PositiveIntegerField("上级节点条数")
    is_equal = models.BooleanField("一致")
    compared_at = models.DateTimeField("对账时间")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["receiver", "day"], name="licence_peer_day_once")]

    def __str__(self) -> str:
        return f"{self.receiver} {self.day}"


class PeerSource(models.Model):
    """
    来源节点: a node below, and how far this one has its stream.
    """

    code = models.CharField("节点", max_length=12, primary_key=True)
    name = models.CharField("名称", max_length=200)
    position = models.BigIntegerField("已接收序号", default=0)
    received_at = models.DateTimeField("最近接收时间", null=True)

    def __str__(self) -> str:
        return f"{self.code} {self.position}"


class PeerReceipt(models.Model):
    """
    接收回执: an entry that came, and why it was not taken, if it was not.
    """

    source = models.CharField("来源节点", max_length=12)
    number = models.BigIntegerField("序号")
    day = models.DateField("写入日期")
    digest = models.CharField("摘要(SM3)", max_length=64)
    problem = models.CharField("未采纳原因", max_length=16, choices=EntryProblem, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "number"], name="licence_receipt_once")]
        indexes = [models.Index(fields=["source", "day", "number"], name="licence_receipt_day")]

    def __str__(self) -> str:
        return f"{self.source} {self.number}"


class PeerLicence(models.Model):
    """
    下级证照索引: a licence of a node below, as that node last told.
    """

    identifier = models.CharField("证照标识", max_length=100, primary_key=True)
    source = models.CharField("来源节点", max_length=12)
    number = models.CharField("证照编号", max_length=60)
    version = models.PositiveIntegerField("版本号")
    type_code = models.CharField("证照类型代码", max_length=21)
    status = models.CharField("证照状态", max_length=10, choices=LicenceStatus)
    valid_until = models.DateField("有效期截止(不含)", null=True)
    holder_index = BlindIndexField("持证主体散列索引")
    content = SealedJSONField("内容", context="licences.peer_licence.content")
    entry_number = models.BigIntegerField("序号")
    told_at = models.DateTimeField("来源节点写入时间")

    class Meta:
        indexes = [
            models.Index(fields=["number", "-version"], name="licence_peer_number"),
            models.Index(fields=["holder_index", "type_code"], name="licence_peer_holder"),
            models.Index(fields=["source"], name="licence_peer_source"),
        ]

    def __str__(self) -> str:
        return self.identifier


class PeerType(models.Model):
    """
    下级证照目录: a type of licences of a node below, as that node last told.
    """

    source = models.CharField("来源节点", max_length=12)
    code = models.CharField("证照类型代码", max_length=21)
    name = models.CharField("证照类型名称", max_length=300)
    version = models.PositiveIntegerField("现行版本")
    state = models.CharField("证照类型状态", max_length=10)
    content = models.JSONField("内容")
    entry_number = models.BigIntegerField("序号")
    told_at = models.DateTimeField("来源节点写入时间")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "code"], name="licence_peer_type_once")]

    def __str__(self) -> str:
        return f"{self.source} {self.code}"


class PeerKey(models.Model):
    """
    其他节点的亮证密钥: with which codes of their holders are checked, also offline.
    """

    teller = models.CharField("告知节点", max_length=12)
    """Who told it: the node itself, or one above it."""
    source = models.CharField("节点", max_length=12)
    source_name = models.CharField("名称", max_length=300)
    key_id = models.CharField("密钥标识", max_length=16)
    point = models.BinaryField("公钥")
    not_before = models.DateTimeField("启用时间")
    not_after = models.DateTimeField("停用时间")
    fetched_at = models.DateTimeField("取得时间")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["teller", "key_id"], name="licence_peer_key_once")]
        indexes = [models.Index(fields=["key_id"], name="licence_peer_key")]

    def __str__(self) -> str:
        return f"{self.source} {self.key_id}"
