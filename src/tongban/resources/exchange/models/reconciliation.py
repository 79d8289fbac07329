"""
Both ends compared.
"""

from django.db import models

from tongban.resources.exchange.models.outbound import Stream


class DayCompared(models.Model):
    """
    对账结果: one day of a stream at both ends, when they were last compared.
    """

    stream = models.ForeignKey(Stream, on_delete=models.PROTECT, related_name="+")
    receiver = models.CharField("接收节点", max_length=12)
    day = models.DateField("日期")
    ours = models.PositiveIntegerField("本节点条数")
    theirs = models.PositiveIntegerField("对方节点条数")
    is_equal = models.BooleanField("一致")
    compared_at = models.DateTimeField("对账时间")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["stream", "receiver", "day"], name="exchange_day_once")
        ]

    def __str__(self) -> str:
        return f"{self.stream_id} {self.receiver} {self.day}"
