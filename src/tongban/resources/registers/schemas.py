"""
Shapes of the registers API.
"""

from ninja import Field, Schema

from tongban.resources.registers.values import AgencyKind, DivisionLevel


class DivisionOut(Schema):
    """
    行政区划.
    """

    code: str = Field(description="12 digits")
    gb_code: str = Field(description="6 digits of GB/T 2260; empty below the county")
    name: str
    name_en: str
    level: DivisionLevel
    parent_code: str | None


class DivisionList(Schema):
    """
    Divisions; never so many that they would need pages.
    """

    items: list[DivisionOut]


class AgencyOut(Schema):
    """
    实施机构.
    """

    code: str = Field(description="Exactly as published")
    code_is_valid: bool = Field(description="Whether it is a right 统一社会信用代码, GB 32100")
    name: str
    short_name: str
    name_en: str
    kind: AgencyKind
    division_code: str
    is_demo: bool


class AgencyList(Schema):
    """
    Agencies of a division.
    """

    items: list[AgencyOut]
