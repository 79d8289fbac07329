"""
The cases themselves: where each lies, its own row, and the rows that belong to it.

A record and its parts lie in the partition of the month in which the case was applied for (column `at`); `LibraryPlace`
says which month that is, and holds what a case is known by once for all months.
"""

from django.db import models

from tongban.foundation.fields import BlindIndexField, SealedTextField
from tongban.resources.caselibrary.values import CaseState, Kind

CASE_CONTEXT = "caselibrary.case"
PART_CONTEXT = "caselibrary.part"
WAITING_CONTEXT = "caselibrary.waiting"


class LibraryPlace(models.Model):
    """
    办件索引: a case of some system of some node, and in which month it lies.
    """

    id = models.BigAutoField(primary_key=True)
    node = models.CharField("来源节点", max_length=12, db_collation="C")
    system = models.CharField("来源系统", max_length=16, db_collation="C")
    number = models.CharField("办件编号", max_length=50, db_collation="C")
    at = models.DateTimeField("申请时间")
    source = models.CharField("上报节点", max_length=12)
    """Node that told it: the one where it is handled, one above it, or this one."""
    taken = models.BigIntegerField("序号")
    """Number in that node's stream; a lower one changes nothing."""
    accepted_at = models.DateTimeField("受理时间", null=True)
    division_code = models.CharField("行政区划代码", max_length=12)

    class Meta:
        db_table = "caselibrary_place"
        constraints = [
            models.UniqueConstraint(fields=["node", "system", "number"], name="caselibrary_place_once")
        ]
        indexes = [
            models.Index(fields=["number"], name="caselibrary_place_number"),
            models.Index(fields=["source", "taken"], name="caselibrary_place_sweep"),
        ]

    def __str__(self) -> str:
        return f"{self.node} {self.system} {self.number}"


class LibraryRecord(models.Model):
    """
    办件基本信息 as it stands. `id` is that of its place.
    """

    id = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField("申请时间")
    node = models.CharField("来源节点", max_length=12)
    system = models.CharField("来源系统", max_length=16)
    number = models.CharField("办件编号", max_length=50)
    arrived_at = models.DateTimeField("到达时间")
    digest = models.BinaryField("内容摘要(SM3)", max_length=32)
    item_code = models.CharField("事项编码", max_length=50)
    item_name = models.CharField("事项名称", max_length=1000)
    agency_code = models.CharField("办理机构编码", max_length=50)
    agency_name = models.CharField("办理机构", max_length=200)
    division_code = models.CharField("行政区划代码", max_length=12)
    applicant_index = BlindIndexField("申请人证件索引", null=True)
    applicant_masked = models.CharField("申请人（脱敏）", max_length=200)
    state = models.CharField("办件状态", max_length=2, choices=CaseState)
    accepted_at = models.DateTimeField("受理时间", null=True)
    promised_on = models.DateField("承诺办结日", null=True)
    ended_at = models.DateTimeField("办结时间", null=True)
    result_type = models.CharField("办结结果", max_length=6)
    satisfaction = models.PositiveSmallIntegerField("满意度", null=True)
    content = SealedTextField("内容（加密）", context=CASE_CONTEXT)

    class Meta:
        managed = False
        db_table = "caselibrary_record"

    def __str__(self) -> str:
        return f"{self.node} {self.system} {self.number}"


class LibraryPart(models.Model):
    """
    A row that belongs to a case: a step, a special procedure, a material, the result, a licence, a rating.
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField("办件申请时间")
    case_id = models.BigIntegerField("办件")
    kind = models.CharField("类别", max_length=8, choices=Kind)
    part = models.CharField("分项", max_length=18)
    source = models.CharField("上报节点", max_length=12)
    taken = models.BigIntegerField("序号")
    digest = models.BinaryField("内容摘要(SM3)", max_length=32)
    content = SealedTextField("内容（加密）", context=PART_CONTEXT)

    class Meta:
        managed = False
        db_table = "caselibrary_part"

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind} {self.part}"


class WaitingPart(models.Model):
    """
    A row that came before its case, or before the case was accepted: streams of two kinds are not in step.
    """

    id = models.BigAutoField(primary_key=True)
    node = models.CharField("来源节点", max_length=12, db_collation="C")
    system = models.CharField("来源系统", max_length=16, db_collation="C")
    number = models.CharField("办件编号", max_length=50, db_collation="C")
    kind = models.CharField("类别", max_length=8, choices=Kind)
    part = models.CharField("分项", max_length=18)
    source = models.CharField("上报节点", max_length=12)
    taken = models.BigIntegerField("序号")
    content = SealedTextField("内容（加密）", context=WAITING_CONTEXT)
    since = models.DateTimeField("到达时间")
    code = models.CharField("等待原因", max_length=32)

    class Meta:
        db_table = "caselibrary_waiting"
        constraints = [
            models.UniqueConstraint(
                fields=["node", "system", "number", "kind", "part"], name="caselibrary_waiting_once"
            )
        ]
        indexes = [models.Index(fields=["since", "id"], name="caselibrary_waiting_since")]

    def __str__(self) -> str:
        return f"{self.node} {self.system} {self.number} {self.kind} {self.part}"
