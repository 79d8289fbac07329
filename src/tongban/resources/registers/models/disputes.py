"""
疑义校核.
"""

import uuid

from django.db import models

from tongban.foundation.fields import SealedTextField
from tongban.resources.registers.models.records import Record
from tongban.resources.registers.values import DisputeState, Filer, RegisterCode


class DisputeCase(models.Model):
    """
    疑义校核申请: somebody says that a datum is wrong; its source has to answer by a day.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.CharField("校核编号", max_length=32, unique=True)
    register = models.CharField("基础库", max_length=12, choices=RegisterCode)
    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="+", null=True)
    """None where this node does not hold it: the datum came as an answer of another node."""
    field = models.CharField("信息项", max_length=40)
    filer = models.CharField("提出人类别", max_length=6, choices=Filer)
    filer_person_id = models.UUIDField("提出人", null=True)
    filed_by = models.CharField("提出账号", max_length=64)
    filer_agency = models.CharField("提出机构代码", max_length=32, blank=True)
    owner_agency = models.CharField("数源单位代码", max_length=32, blank=True)
    owner_node = models.CharField("答复节点", max_length=12, blank=True, default="", db_default="")
    """Node that answers, or asks on; empty: this one does."""
    asker_node = models.CharField("提出节点", max_length=12, blank=True, default="", db_default="")
    """Node that is told the answer; empty: it was filed here."""
    words = SealedTextField("疑义说明", context="registers.dispute.words")
    proposed = SealedTextField("建议值", context="registers.dispute.proposed")
    state = models.CharField("校核状态", max_length=8, choices=DisputeState, default=DisputeState.OPEN)
    filed_at = models.DateTimeField("提出时间")
    due = models.DateField("答复期限")
    reminded_at = models.DateTimeField("提醒时间", null=True)
    escalated_at = models.DateTimeField("督办时间", null=True)
    answered_at = models.DateTimeField("答复时间", null=True)
    answered_by = models.CharField("答复人", max_length=64, blank=True)
    answer = models.CharField("答复", max_length=1000, blank=True)
    version = models.PositiveIntegerField("更正后版本", null=True)

    objects = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["record", "field", "filed_by"],
                condition=models.Q(state=DisputeState.OPEN),
                name="register_dispute_open_once",
            ),
        ]
        indexes = [
            models.Index(fields=["owner_agency", "state", "due", "id"], name="register_dispute_owner"),
            models.Index(fields=["filed_by", "-filed_at"], name="register_dispute_filer"),
            models.Index(fields=["state", "due"], name="register_dispute_due"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.field} {self.state}"
