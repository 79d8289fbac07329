"""
Words and shapes of the base registers.
"""

from datetime import date
from typing import Annotated

import msgspec
from django.db import models
from django.utils.translation import gettext_lazy as _

from tongban.foundation.codes import LEVEL_DIGITS, subtree_prefix

DivisionCode = Annotated[str, msgspec.Meta(pattern=r"^\d{12}\Z")]


class DivisionLevel(models.TextChoices):
    """
    行政区划层级, by the trailing zeros of a 12-digit code (GB/T 2260 and the statistical codes).
    """

    NATION = "NATION", _("国家")
    PROVINCE = "PROVINCE", _("省")
    CITY = "CITY", _("市")
    COUNTY = "COUNTY", _("县（市、区）")
    TOWNSHIP = "TOWNSHIP", _("乡镇（街道）")
    VILLAGE = "VILLAGE", _("村（社区）")


class AgencyKind(models.TextChoices):
    """
    机构类别.
    """

    DEPARTMENT = "DEPARTMENT", _("政府工作部门")
    PARTY = "PARTY", _("党委机构")
    VERTICAL = "VERTICAL", _("垂直或双重管理机构")
    INSTITUTION = "INSTITUTION", _("事业单位")
    MASS = "MASS", _("群团组织")
    HALL = "HALL", _("政务服务大厅")
    OTHER = "OTHER", _("其他")


def level_of(code: str) -> DivisionLevel:
    """
    Return the level a 12-digit division code belongs to.
    """
    by_length = dict(zip((0, *LEVEL_DIGITS), DivisionLevel, strict=True))
    return by_length[len(subtree_prefix(code))]


class DivisionRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    One line of a divisions file.
    """

    code: DivisionCode
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    name_en: Annotated[str, msgspec.Meta(max_length=200)] = ""
    parent_code: DivisionCode | None = None
    sort_key: Annotated[str, msgspec.Meta(max_length=200)] = ""
    valid_from: date | None = None
    valid_until: date | None = None
    source: Annotated[str, msgspec.Meta(max_length=200)] = ""


class PublishedCode(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    A body code under which an agency's items were published, faults included.
    """

    code: Annotated[str, msgspec.Meta(min_length=1, max_length=50)]
    note: Annotated[str, msgspec.Meta(max_length=200)] = ""


class AgencyRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    One line of an agencies file.

    `code` is kept exactly as published; whether it is a valid 统一社会信用代码 is computed, never repaired.
    """

    code: Annotated[str, msgspec.Meta(min_length=1, max_length=50)]
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    short_name: Annotated[str, msgspec.Meta(max_length=100)] = ""
    name_en: Annotated[str, msgspec.Meta(max_length=300)] = ""
    kind: AgencyKind = AgencyKind.DEPARTMENT
    division_code: DivisionCode
    order: int = 0
    is_demo: bool = False
    published_codes: tuple[PublishedCode, ...] = ()
    source: Annotated[str, msgspec.Meta(max_length=200)] = ""


class LoadReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a load of register rows did.
    """

    created: int
    changed: int
    unchanged: int
