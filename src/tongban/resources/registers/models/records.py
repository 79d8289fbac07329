"""
The registers' records, their earlier versions, and who used them.
"""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models

from tongban.foundation.fields import BlindIndexField, SealedJSONField, SealedTextField
from tongban.resources.registers.models.loads import Batch
from tongban.resources.registers.values import AliasKind, RecordState, RegisterCode, UseAct


class Record(models.Model):
    """
    基础信息记录: what a register says of one person, entity, address or licence now.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    register = models.CharField("基础库", max_length=12, choices=RegisterCode)
    key_index = BlindIndexField("主键索引")
    fields = SealedJSONField("信息项", context="registers.record")
    lineage = models.JSONField("数据血缘")
    """Field -> {"b": batch, "s": agency, "a": whether it is the authoritative one, "t": moment}."""
    feeds = models.JSONField("已收节点", default=dict)
    """Node -> number of the last entry that was taken from it: what comes again changes nothing."""
    version = models.PositiveIntegerField("版本", default=1)
    state = models.CharField("记录状态", max_length=12, choices=RecordState)
    changed_at = models.DateTimeField("变更时间")

    objects = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["register", "key_index"], name="register_record_once"),
        ]
        indexes = [models.Index(fields=["register", "id"], name="register_record_order")]

    def __str__(self) -> str:
        return f"{self.register} {self.id}"


class RecordAlias(models.Model):
    """
    别名索引: by what else a record is found.
    """

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField("别名类别", max_length=20, choices=AliasKind)
    alias_index = BlindIndexField("别名索引")

    objects = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["record", "kind"], name="register_alias_once"),
        ]
        indexes = [models.Index(fields=["alias_index", "kind"], name="register_alias_found")]

    def __str__(self) -> str:
        return f"{self.record_id} {self.kind}"


class RecordVersion(models.Model):
    """
    历史版本: what a record said before.
    """

    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField("版本")
    fields = SealedJSONField("信息项", context="registers.version")
    lineage = models.JSONField("数据血缘")
    state = models.CharField("记录状态", max_length=12, choices=RecordState)
    changed = ArrayField(models.CharField(max_length=40), verbose_name="其后变更的信息项")
    """Fields in which the next version differs."""
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="+")
    """Which made the next version."""
    ended_at = models.DateTimeField("失效时间")

    objects = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["record", "number"], name="register_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.record_id} v{self.number}"


class Difference(models.Model):
    """
    数据差异: another agency says otherwise than the source of a field; noted, never taken.
    """

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="+")
    field = models.CharField("信息项", max_length=40)
    agency_code = models.CharField("来源机构代码", max_length=32)
    offered = SealedTextField("不同的值", context="registers.difference")
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField("时间")

    objects = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["record", "field", "agency_code"], name="register_difference_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.record_id} {self.field}"


class RecordUse(models.Model):
    """
    使用记录: who asked for which fields of which record, on which ground. Append-only, partitioned by month.

    Never what was answered: the digest proves it to who has the answer.
    """

    pk = models.CompositePrimaryKey("id", "at")
    id = models.UUIDField("编号")
    at = models.DateTimeField("时间")
    register = models.CharField("基础库", max_length=12, choices=RegisterCode)
    record_id = models.UUIDField("记录", null=True)
    """None: the register holds no such record."""
    act = models.CharField("使用方式", max_length=8, choices=UseAct)
    fields = ArrayField(models.CharField(max_length=40), verbose_name="信息项")
    actor_kind = models.CharField("行为主体类别", max_length=16)
    used_by = models.CharField("行为主体", max_length=64)
    agency_code = models.CharField("机构编码", max_length=32, blank=True)
    node_code = models.CharField("使用节点", max_length=12, blank=True)
    authority = models.CharField("授权编号", max_length=64, blank=True)
    purpose = models.CharField("用途", max_length=16)
    words = models.CharField("用途说明", max_length=200, blank=True)
    legal_basis = models.CharField("依据", max_length=200, blank=True)
    case_number = models.CharField("办件编号", max_length=64, blank=True)
    digest = models.BinaryField("问答摘要(SM3)")

    objects = models.Manager()

    class Meta:
        managed = False
        db_table = "registers_use"

    def __str__(self) -> str:
        return f"{self.at:%F %T} {self.register} {self.act}"
