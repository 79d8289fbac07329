"""
How many cases there are, without counting them.
"""

from django.db import models


class Tally(models.Model):
    """
    办件计数: what batches added and took away; rows of equal meaning are folded into one now and then.

    Batches only insert, so two that come at once never wait for one another.
    """

    id = models.BigAutoField(primary_key=True)
    month = models.DateField("申请月份")
    division_code = models.CharField("行政区划代码", max_length=12, db_collation="C")
    agency_code = models.CharField("办理机构编码", max_length=50)
    state = models.CharField("办件状态", max_length=2)
    count = models.BigIntegerField("件数")

    class Meta:
        indexes = [
            models.Index(fields=["division_code", "month"], name="caselibrary_tally_division"),
            models.Index(fields=["agency_code", "month"], name="caselibrary_tally_agency"),
        ]

    def __str__(self) -> str:
        return f"{self.month} {self.agency_code} {self.state} {self.count}"
