"""
Shapes of the registers API.
"""

from ninja import Field, Schema

from tongban.resources.registers.values import AgencyKind, DivisionLevel, Match, RegisterCode


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


class RegisterVerificationIn(Schema):
    """
    What the asker believes, and why it may ask.
    """

    register_code: RegisterCode = Field(alias="register", description="Which register")
    key: str = Field(
        max_length=100,
        description="Identity number, social credit code or old 注册号, code of an address, number of a credit record",
    )
    claims: dict[str, str] = Field(description="Field -> value as the asker has it; at most 20")
    purpose: str = Field(max_length=200, description="A code of the list of purposes, or a sentence")
    legal_basis: str = Field("", max_length=200, description="Clause that asks for it")
    case_number: str = Field(
        "", max_length=64, description="Case it is for; staff must name one they know of"
    )


class RegisterVerificationOut(Schema):
    """
    核验结果: never a value.
    """

    reference: str = Field(description="Of the use, for whoever wants to prove it")
    answers: dict[str, Match] = Field(
        description="yes, no, or unknown: no such record, no such datum, or the name is not that of the number"
    )
