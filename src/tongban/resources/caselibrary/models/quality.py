"""
What came from where, and what was wrong with it.
"""

from django.db import models
from django.db.models import Q

from tongban.resources.caselibrary.values import Kind


class Arrival(models.Model):
    """
    来源台账: how many rows of a kind one system of one node has told, and when the last.
    """

    node = models.CharField("来源节点", max_length=12)
    system = models.CharField("来源系统", max_length=16)
    kind = models.CharField("类别", max_length=8, choices=Kind)
    rows = models.BigIntegerField("行数", default=0)
    last_at = models.DateTimeField("最近到达时间")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["node", "system", "kind"], name="caselibrary_arrival_once")
        ]

    def __str__(self) -> str:
        return f"{self.node} {self.system} {self.kind} {self.rows}"


class QualityFault(models.Model):
    """
    质量差错 (dn_audit_abnormal): a row that was not taken, or that is missing. Nothing personal.
    """

    node = models.CharField("来源节点", max_length=12)
    system = models.CharField("来源系统", max_length=16)
    kind = models.CharField("类别", max_length=8, choices=Kind)
    case_number = models.CharField("办件编号", max_length=50)
    part = models.CharField("分项", max_length=18)
    taken = models.BigIntegerField("序号")
    code = models.CharField("差错类型", max_length=32)
    """A `Fault`."""
    found_at = models.DateTimeField("发现时间")
    mended_at = models.DateTimeField("更正时间", null=True)
    found_by = models.CharField("发现节点", max_length=12, db_default="", default="")
    """Node whose library found it; empty: this one's."""
    is_told = models.BooleanField("已告知来源节点", db_default=False, default=False)
    """The node whose row it is was told by a message of its own, and will be told that it is mended."""

    class Meta:
        db_table = "caselibrary_fault"
        constraints = [
            models.UniqueConstraint(
                fields=["node", "system", "case_number", "kind", "part", "found_by"],
                condition=Q(mended_at=None),
                name="caselibrary_fault_open_once",
            )
        ]
        indexes = [
            models.Index(fields=["node", "system", "-id"], name="caselibrary_fault_source"),
            models.Index(fields=["-id"], condition=Q(mended_at=None), name="caselibrary_fault_open"),
        ]

    def __str__(self) -> str:
        return f"{self.node} {self.system} {self.case_number} {self.kind} {self.code}"
