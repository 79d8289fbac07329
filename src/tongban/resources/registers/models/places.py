"""
Tables of divisions and agencies.
"""

from typing import Self

from django.db import models

from tongban.foundation.codes import subtree_prefix
from tongban.resources.registers.values.places import AgencyKind, DivisionLevel


class DivisionQuerySet(models.QuerySet["Division"]):
    """
    Filters over the division tree.
    """

    def inside(self, code: str) -> Self:
        """
        Keep the division `code` and everything below it.
        """
        return self.filter(code__startswith=subtree_prefix(code))


DivisionManager = models.Manager.from_queryset(DivisionQuerySet)


class Division(models.Model):
    """
    行政区划: one area of administration, by its 12-digit code.

    Codes change from year to year; a code that ended keeps its row with `valid_until`.
    """

    code = models.CharField("行政区划代码（12位）", max_length=12, primary_key=True)
    gb_code = models.CharField("行政区划代码（GB/T 2260）", max_length=6)
    name = models.CharField("行政区划名称", max_length=100)
    name_en = models.CharField("英文名称", max_length=200, blank=True)
    level = models.CharField("层级", max_length=10, choices=DivisionLevel)
    parent_code = models.CharField("上级区划代码", max_length=12, null=True)
    sort_key = models.CharField("拼音排序", max_length=200, blank=True)
    valid_from = models.DateField("生效日期", null=True)
    valid_until = models.DateField("失效日期", null=True)
    source = models.CharField("来源", max_length=200, blank=True)

    objects = DivisionManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="division_code_is_12_digits", condition=models.Q(code__regex=r"^[0-9]{12}$")
            ),
        ]
        indexes = [
            # Lists of a division's children, in the order people look them up.
            models.Index(fields=["parent_code", "sort_key"], name="division_children"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Agency(models.Model):
    """
    实施机构: a body that carries out services.

    `code` is exactly what was published, faults included; `code_is_valid` tells whether it is a
    well-formed 统一社会信用代码 (GB 32100). Real lists hold about one faulty code in ten.
    """

    code = models.CharField("机构代码", max_length=50, unique=True)
    code_is_valid = models.BooleanField("代码符合GB 32100")
    name = models.CharField("机构名称", max_length=200)
    short_name = models.CharField("机构简称", max_length=100, blank=True)
    name_en = models.CharField("英文名称", max_length=300, blank=True)
    kind = models.CharField("机构类别", max_length=12, choices=AgencyKind, default=AgencyKind.DEPARTMENT)
    division_code = models.CharField("行政区划代码", max_length=12)
    order = models.IntegerField("排序号", default=0)
    is_demo = models.BooleanField("示例机构", default=False)
    source = models.CharField("来源", max_length=200, blank=True)

    objects = models.Manager()

    class Meta:
        indexes = [
            models.Index(fields=["division_code", "order"], name="agency_of_division"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class AgencyCode(models.Model):
    """
    机构曾用或下属代码: another code under which items of the agency were published.

    One code may stand under two agencies (seen in a real list), so the pair is the key.
    """

    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="published_codes")
    code = models.CharField("已发布代码", max_length=50)
    code_is_valid = models.BooleanField("代码符合GB 32100")
    note = models.CharField("说明", max_length=200, blank=True)

    objects = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "agency"], name="agency_code_once"),
        ]

    def __str__(self) -> str:
        return f"{self.code} → {self.agency_id}"
