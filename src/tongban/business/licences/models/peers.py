"""
Licences between nodes: what this one knows of other nodes' licences, types and keys.
"""

from django.db import models

from tongban.business.licences.values import LicenceStatus
from tongban.foundation.fields import BlindIndexField, SealedJSONField


class PeerSource(models.Model):
    """
    来源节点: a node below, and when something of its came last.
    """

    code = models.CharField("节点", max_length=12, primary_key=True)
    name = models.CharField("名称", max_length=200)
    received_at = models.DateTimeField("最近接收时间", null=True)

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


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
    taken_from = models.CharField("告知节点", max_length=12, default="")
    """Who told it: its home, or a node between; empty: known from before there was an exchange."""
    entry_number = models.BigIntegerField("序号")
    """In the stream of who told it."""
    told_at = models.DateTimeField("来源节点写入时间")

    class Meta:
        indexes = [
            models.Index(fields=["number", "-version"], name="licence_peer_number"),
            models.Index(fields=["holder_index", "type_code"], name="licence_peer_holder"),
            models.Index(fields=["source"], name="licence_peer_source"),
            models.Index(fields=["taken_from", "entry_number"], name="licence_peer_told"),
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
    taken_from = models.CharField("告知节点", max_length=12, default="")
    """Who told it: its home, or a node between; empty: known from before there was an exchange."""
    entry_number = models.BigIntegerField("序号")
    """In the stream of who told it."""
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
