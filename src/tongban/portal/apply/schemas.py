"""
Shapes of the drafts API.
"""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from ninja import Field, Schema
from pydantic import ConfigDict, StringConstraints

from tongban.business.licences.values.sharing import NoUse

Text = Annotated[str, StringConstraints(max_length=4000)]
Short = Annotated[str, StringConstraints(max_length=200)]
Code = Annotated[str, StringConstraints(max_length=100)]


class Strict(Schema):
    """
    A request that may hold nothing but what is named.
    """

    model_config = ConfigDict(extra="forbid")


class DraftIn(Strict):
    """
    开始申请.
    """

    offering_code: Code


class DeliveryPlan(Strict):
    """
    领取方式.
    """

    way: Annotated[str, StringConstraints(pattern=r"^(electronic|counter|post)$")]
    address: Short = ""


class DraftDisputeIn(Strict):
    """
    预填信息异议.
    """

    fields: list[Code] = Field(
        default=[], max_length=200, description="What is wrong without being changed; others are passed over"
    )
    remark: Annotated[str, StringConstraints(max_length=500)] = Field(
        "", description="For the office that handles the case; sealed like the form"
    )


class DraftChange(Strict):
    """
    What is to be kept; what is not named stays as it is.
    """

    situations: list[Code] | None = Field(None, max_length=50)
    answers: dict[Code, Text] | None = None
    dispute: DraftDisputeIn | None = None
    delivery: DeliveryPlan | None = None


class DraftFileOut(Schema):
    """
    A file handed in for a material.
    """

    id: UUID
    name: str
    media_type: str
    size: int
    digest: str
    removed: list[str]


class DraftDeliveryOut(Schema):
    """
    领取方式 as kept.
    """

    way: str
    address: str


class DraftDisputeOut(Schema):
    """
    预填信息异议 as the office will be told.
    """

    fields: list[str] = Field(description="What was filled in and then changed, or marked as wrong")
    remark: str


class DraftLicence(Schema):
    """
    A licence that could take the place of a material.
    """

    identifier: str
    type_name: str
    number: str
    no_use: NoUse | None = Field(description="Why it cannot; null: it can")
    is_agreed: bool


class DraftLicenceIn(Strict):
    """
    Which licence takes the place of a material.
    """

    material_code: Code
    identifier: Annotated[str, StringConstraints(max_length=100)] = Field(
        "", description="Empty: none does any more"
    )


class DraftOut(Schema):
    """
    草稿: an application that was begun.
    """

    id: UUID
    resume_code: str = Field(description="Goes on with the draft on another device of the same person")
    offering_code: str
    service_name: str
    situations: list[str]
    answers: dict[str, str]
    licences: dict[str, list[DraftLicence]] = Field(
        description="Material -> licences of yours that can take its place, and the one that does"
    )
    sources: dict[str, str] = Field(description="Field -> where a known value came from")
    dispute: DraftDisputeOut
    files: dict[str, list[DraftFileOut]] = Field(description="Material code -> files")
    delivery: DraftDeliveryOut
    complaints: dict[str, str] = Field(description="Field -> what is still wrong with it")
    updated_at: datetime
    case_number: str | None = Field(description="null until it is submitted")


class DraftSubmissionOut(Schema):
    """
    收件回执.
    """

    case_number: str = Field(description="办件编号")
    query_code: str = Field(description="查询码")
    submitted_at: datetime
    acceptance_due: date = Field(
        description="Last day for an answer; silence after it is acceptance (许可法-32)"
    )


class DraftApplicantIn(Strict):
    """
    申请人 for whom a clerk or another system applies.
    """

    kind: Annotated[str, StringConstraints(pattern=r"^[1-69]$")] = Field("1", description="申请人类型, T4")
    name: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    id_type: Annotated[str, StringConstraints(pattern=r"^[0-9]{3}$")] = Field(
        "111", description="证件类型, T20"
    )
    id_number: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    mobile: Annotated[str, StringConstraints(pattern=r"^1[3-9][0-9]{9}$")]
    address: Short = ""
    legal_representative: Short = ""


class DraftSubmissionIn(Strict):
    """
    提交.
    """

    applicant: DraftApplicantIn | None = Field(
        None, description="A person applies for himself and names nobody"
    )
