"""
The node itself and the others: its keys, where it asked to join, whom it knows, the trust lists it made and took.
"""

from django.db import models
from django.db.models import Q

from tongban.foundation.fields import SealedTextField
from tongban.resources.exchange.values.nodes import KeyState, ListTrouble, NodeLevel, NodeState


class NodeKey(models.Model):
    """
    节点密钥: with which this node signs what it sends, and opens what is sealed for it.
    """

    secret = SealedTextField("私钥", context="exchange.node_key")
    """SM2, the number d in hexadecimal."""
    point = models.BinaryField("公钥", max_length=65, unique=True)
    state = models.CharField("状态", max_length=8, choices=KeyState)
    home_certificate = models.BinaryField("本节点签发的证书")
    """By this node's own authority: under it the nodes below believe its lists."""
    home_chain = models.JSONField("本节点证书链", default=list)
    """DER in hexadecimal, from the issuer to the root."""
    certificate = models.BinaryField("上级签发的证书", null=True)
    made_at = models.DateTimeField("生成时间")
    overlap_seconds = models.PositiveIntegerField("并用时长(秒)", default=0)
    """So long it is announced before it is used, and believed after another took its place."""
    announced_at = models.DateTimeField("公布时间", null=True)
    used_from = models.DateTimeField("启用时间", null=True)
    is_told = models.BooleanField("已告知上级", default=True)
    """The node above knows that it is in use."""
    former_until = models.DateTimeField("停用时间", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=~Q(state=KeyState.FORMER), name="exchange_key_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.made_at:%Y-%m-%d}"


class Joining(models.Model):
    """
    加入申请: where this node asked to join, and what became of it. At most one is open.
    """

    parent_code = models.CharField("上级节点", max_length=12)
    parent_name = models.CharField("上级节点名称", max_length=100)
    parent_url = models.CharField("上级节点地址", max_length=500)
    parent_fingerprint = models.CharField("上级节点密钥指纹", max_length=64)
    anchor = models.BinaryField("上级节点的根证书")
    """Under it the lists of the node above are believed."""
    request = models.CharField("申请编号", max_length=64)
    state = models.CharField("状态", max_length=12, choices=NodeState, default=NodeState.REQUESTED)
    is_direct = models.BooleanField("允许直达", default=False)
    reason = models.CharField("原因", max_length=200, blank=True, default="")
    requested_at = models.DateTimeField("申请时间")
    expires_at = models.DateTimeField("申请有效期")
    answered_at = models.DateTimeField("答复时间", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                models.Value(1),
                condition=Q(state__in=[NodeState.REQUESTED, NodeState.ACTIVE, NodeState.SUSPENDED]),
                name="exchange_joining_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.parent_code} {self.state}"


class Node(models.Model):
    """
    节点: another node that this one knows; it joined here, or a trust list tells of it.
    """

    code = models.CharField("节点代码", max_length=12, unique=True)
    told_by = models.CharField("告知节点", max_length=12)
    """Whose list tells of it; this node's code: it joined here."""
    name = models.CharField("名称", max_length=100)
    name_en = models.CharField("英文名称", max_length=100, blank=True)
    level = models.CharField("层级", max_length=8, choices=NodeLevel)
    url = models.CharField("地址", max_length=500)
    state = models.CharField("状态", max_length=12, choices=NodeState)
    parent = models.CharField("上级节点", max_length=12, blank=True)
    is_direct = models.BooleanField("允许直达", default=False)
    certificate = models.BinaryField("证书", default=bytes)
    point = models.BinaryField("公钥", default=bytes)
    """What was asked for, then what its certificate says."""
    other_certificate = models.BinaryField("另一证书", default=bytes)
    other_point = models.BinaryField("另一公钥", default=bytes)
    other_until = models.DateTimeField("另一证书停用时间", null=True)
    """Of a former key; of one that is announced nothing."""
    certificate_until = models.DateTimeField("证书有效期", null=True)
    chain = models.JSONField("证书链", default=list)
    """Of one that joined here: DER in hexadecimal, from the issuer to the root."""
    request_id = models.UUIDField("申请编号", null=True, unique=True)
    request = models.BinaryField("证书请求", default=bytes)
    requested_at = models.DateTimeField("申请时间", null=True)
    expires_at = models.DateTimeField("申请有效期", null=True)
    ordered_at = models.DateTimeField("最近指令时间", null=True)
    decided_at = models.DateTimeField("决定时间", null=True)
    decided_by = models.CharField("决定人", max_length=64, blank=True, default="")
    reason = models.CharField("原因", max_length=200, blank=True, default="")
    changed_at = models.DateTimeField("变更时间")

    class Meta:
        indexes = [models.Index(fields=["told_by", "code"], name="exchange_node_told")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class KnownList(models.Model):
    """
    信任列表: the newest of each issuer, this node's own among them, as it goes over the line.
    """

    issuer = models.CharField("签发节点", max_length=12, unique=True)
    number = models.BigIntegerField("序号")
    content = models.BinaryField("内容")
    made_at = models.DateTimeField("签发时间")
    valid_until = models.DateTimeField("有效期")
    checked_at = models.DateTimeField("最近核对时间")
    trouble = models.CharField("未更新原因", max_length=8, choices=ListTrouble, blank=True, default="")

    def __str__(self) -> str:
        return f"{self.issuer} {self.number}"


class NodesMark(models.Model):
    """
    节点表标记: one row whose value changes with every change of the tables above, so that processes notice.
    """

    id = models.PositiveSmallIntegerField(primary_key=True)
    value = models.UUIDField("标记")

    def __str__(self) -> str:
        return str(self.value)
