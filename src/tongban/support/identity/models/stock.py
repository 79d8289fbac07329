"""
Accounts of other systems.
"""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from tongban.foundation.fields import BlindIndexField, SealedTextField
from tongban.support.identity.models.persons import Person
from tongban.support.identity.values import StockState


class StockAccount(models.Model):
    """
    存量账号: one account of another system, as it came, and what became of it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    source = models.CharField("来源系统", max_length=32)
    key = SealedTextField("原账号编号", context="identity.stock.key")
    key_index = BlindIndexField("原账号编号索引")
    digest = models.CharField("内容摘要", max_length=64)
    """Keyed, of the row as it came: the same row again changes nothing."""
    id_number = SealedTextField("证件号码", context="identity.stock.id_number", null=True)
    name = SealedTextField("姓名", context="identity.stock.name", null=True)
    mobile = SealedTextField("手机号码", context="identity.stock.mobile", null=True)
    level = models.PositiveSmallIntegerField("实名等级", default=0)
    repairs = ArrayField(models.CharField(max_length=24), verbose_name="清洗", default=list)
    state = models.CharField("状态", max_length=8, choices=StockState)
    problem = models.CharField("问题", max_length=24, blank=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    """Whose it is, or with whom it collides."""
    imported_at = models.DateTimeField("导入时间")
    decided_at = models.DateTimeField("确认时间", null=True)
    decided_by = models.CharField("确认人", max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "key_index"], name="stock_once_of_a_source"),
        ]
        indexes = [
            # What an operator has to look at, oldest first.
            models.Index(fields=["imported_at", "id"], condition=Q(state="DISPUTED"), name="stock_disputed"),
            # What a person is asked at the next log-in.
            models.Index(fields=["person"], condition=Q(state="PENDING"), name="stock_pending_of_person"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.id}"
