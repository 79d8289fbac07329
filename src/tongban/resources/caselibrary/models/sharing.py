"""
To whom rows are given back.
"""

from django.db import models
from django.db.models import Q


class PushBack(models.Model):
    """
    回流: cases of an area that others handled go to the node of that area.
    """

    division_code = models.CharField("行政区划代码", max_length=12)
    node = models.CharField("接收节点", max_length=12)
    begun_at = models.DateTimeField("开始时间")
    begun_by = models.CharField("开通人", max_length=100)
    ended_at = models.DateTimeField("停止时间", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["division_code", "node"],
                condition=Q(ended_at=None),
                name="caselibrary_pushback_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.division_code} → {self.node}"
