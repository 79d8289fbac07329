"""
Licences of other nodes that agencies of this one use for their cases.
"""

from django.db import models

from tongban.business.licences.values import LicenceStatus


class ForeignUse(models.Model):
    """
    使用其他地区的证照: asked for at the licence's home, which tells what becomes of it.
    """

    share_id = models.UUIDField("签发地区的共享编号", primary_key=True)
    source = models.CharField("签发节点", max_length=12)
    source_name = models.CharField("签发地区", max_length=300)
    identifier = models.CharField("证照标识", max_length=100)
    number = models.CharField("证照编号", max_length=100)
    type_code = models.CharField("证照类型代码", max_length=21)
    type_name = models.CharField("证照类型名称", max_length=300)
    case_number = models.CharField("办件编号", max_length=50)
    agency_code = models.CharField("用证机构代码", max_length=32)
    division_code = models.CharField("用证机构管辖属地", max_length=12)
    asked_by = models.CharField("请求人", max_length=64)
    asked_at = models.DateTimeField("请求时间")
    status = models.CharField("证照状态", max_length=10, choices=LicenceStatus, default=LicenceStatus.VALID)
    changed_at = models.DateTimeField("证照变化时间", null=True)
    """None: its home has told of no change."""
    seen_at = models.DateTimeField("知悉时间", null=True)
    seen_by = models.CharField("知悉人", max_length=64, blank=True, default="")

    class Meta:
        indexes = [
            models.Index(fields=["case_number"], name="licence_foreign_case"),
            models.Index(
                fields=["agency_code"],
                name="licence_foreign_changed",
                condition=models.Q(changed_at__isnull=False, seen_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_number} {self.identifier}"
