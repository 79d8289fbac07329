"""
Of what operators were told.
"""

from django.db import models


class StreamAlarm(models.Model):
    """
    已告警的数据流: operators were told that it is stuck, or differs; forgotten once all is well.
    """

    is_inbound = models.BooleanField("接收")
    line = models.BigIntegerField("数据流")
    """Of `Position`, or of `Inbound`."""
    told_at = models.DateTimeField("告警时间")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["is_inbound", "line"], name="exchange_alarm_once")]

    def __str__(self) -> str:
        return f"{'in' if self.is_inbound else 'out'} {self.line}"
