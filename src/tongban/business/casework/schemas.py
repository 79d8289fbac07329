"""
Shapes of the casework API.
"""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import Field, Schema
from pydantic import BaseModel, ConfigDict, StringConstraints

from tongban.business.casework.values import Action

Text = Annotated[str, StringConstraints(max_length=2000)]
Short = Annotated[str, StringConstraints(max_length=200)]
Code = Annotated[str, StringConstraints(max_length=100)]


class Strict(BaseModel):
    """
    A request that may hold nothing but what is named.

    No `ninja.Schema`: that is made to read attributes of objects, and a third slower with JSON.
    """

    model_config = ConfigDict(extra="forbid")


class ApplicantIn(Strict):
    """
    申请人.
    """

    kind: Annotated[str, StringConstraints(pattern=r"^[1-69]$")] = Field(
        "1", description="申请人类型, code list T4"
    )
    name: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    id_type: Annotated[str, StringConstraints(pattern=r"^[0-9]{3}$")] = Field(
        "111", description="证件类型, T20"
    )
    id_number: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    mobile: Annotated[str, StringConstraints(pattern=r"^1[3-9][0-9]{9}$")]
    address: Short = ""
    legal_representative: Short = ""


class EvidenceIn(Strict):
    """
    申请材料: a file uploaded before under the draft, by its id.
    """

    material_code: Code
    file_id: UUID


class SubmissionIn(Strict):
    """
    申请.
    """

    draft_id: UUID = Field(description="Chosen by the client; the same draft is submitted once")
    offering_code: Code
    situations: list[Code] = Field(default=[], max_length=50)
    form: dict[Code, Text] = {}
    applicant: ApplicantIn
    applicant_id: UUID | None = Field(
        None, description="Person known to this node; a person applies for himself"
    )
    evidence: list[EvidenceIn] = Field(default=[], max_length=100)
    delivery_way: Annotated[str, StringConstraints(pattern=r"^(electronic|counter|post)$")] = "electronic"
    delivery_address: Short = ""


class SubmissionOut(Schema):
    """
    收件回执.
    """

    case_number: str = Field(description="办件编号")
    query_code: str = Field(description="查询码")
    submitted_at: datetime
    acceptance_due: date = Field(
        description="Last day for an answer; silence after it is acceptance (许可法-32)"
    )


class CaseReceiptOut(Schema):
    """
    办理回执.
    """

    case_number: str
    status: str
    version: int
    statutory_due: date | None
    promised_due: date | None
    acceptance_due: date | None
    notice_id: int | None


class CaseItem(Schema):
    """
    One case in a list; names are masked.
    """

    number: str
    service_name: str
    applicant: str
    status: str
    channel: str
    agency_code: str
    submitted_at: datetime
    due: date | None
    statutory_due: date | None
    promised_due: date | None


class CasePage(Schema):
    """
    A page of cases.
    """

    items: list[CaseItem]
    next_cursor: str | None


class MaskedApplicantOut(Schema):
    """
    申请人, masked.
    """

    kind: str = Field(description="申请人类型, code list T4")
    name: str
    id_type: str
    id_number: str
    mobile: str
    agent_name: str = Field(description="经办人 or 代办人, masked; empty: nobody acts for the applicant")
    agent_id_number: str
    agent_mobile: str


class FormAnswerOut(Schema):
    """
    One answer of the form.
    """

    key: str
    label: str
    label_en: str
    section: str
    section_en: str
    value: str
    value_en: str
    is_masked: bool = Field(description="The value hides something")


class DisputeOut(Schema):
    """
    预填信息异议: what was filled in for the applicant and is wrong, as he says.
    """

    answers: list[FormAnswerOut]
    remark: str = Field(description="In the applicant's words; empty where masked")
    is_masked: bool = Field(description="There is a remark; it is read with a purpose only")


class CaseDetailsOut(Schema):
    """
    What was applied for, and what the caller may do now.
    """

    applicant: MaskedApplicantOut
    answers: list[FormAnswerOut] = Field(description="Personal answers masked, except to the applicant")
    dispute: DisputeOut | None
    actions: list[Action] = Field(description="What the caller may do now, each with an operation of its own")
    may_reveal: bool = Field(description="The caller may read personal data in clear, with a purpose")


class ClearApplicantOut(Schema):
    """
    申请人, in clear.
    """

    kind: str
    name: str
    id_type: str
    id_number: str
    mobile: str
    address: str
    legal_representative: str
    agent_name: str
    agent_id_number: str
    agent_mobile: str


class ClearCaseOut(Schema):
    """
    Who applied and what he wrote, in clear.
    """

    applicant: ClearApplicantOut
    answers: list[FormAnswerOut]
    dispute: DisputeOut | None


class CaseOut(Schema):
    """
    One case.
    """

    number: str
    version: int
    status: str
    service_name: str
    agency_code: str
    agency_name: str
    division_code: str
    channel: str
    applicant: str
    submitted_at: datetime
    accepted_at: datetime | None
    closed_at: datetime | None
    acceptance_due: date | None
    statutory_due: date | None
    promised_due: date | None
    due: date | None
    offering_code: str
    handling_kind: str
    materials: list[dict[str, Any]]
    correction: dict[str, Any] | None
    licences: list[str]
    result_code: str | None
    details: CaseDetailsOut | None = Field(None, description="With details=true only")


class EventOut(Schema):
    """
    One event on a case's timeline.
    """

    seq: int
    at: datetime
    kind: str
    label: str
    actor_name: str
    facts: dict[str, Any]


class ExplanationOut(Schema):
    """
    One sentence of the clock's explanation.
    """

    text: str
    clause: str


class ClockOut(Schema):
    """
    法定时钟.
    """

    phase: str
    colour: str
    due: date | None
    used: int = Field(description="Working days used")
    left: int = Field(description="Working days left, today included")
    late: int
    acceptance_due: date | None
    statutory_due: date | None
    promised_due: date | None
    delivery_due: date | None
    is_provisional: bool = Field(description="A holiday notice that is not out yet may still move a date")
    why: list[ExplanationOut]


class NoticeOut(Schema):
    """
    文书.
    """

    id: int
    kind: str
    document_number: str
    issued_at: datetime
    file_id: UUID | None = Field(description="null while the PDF is being made")


class ProgressOut(Schema):
    """
    办理进度.
    """

    number: str
    status: str
    status_label: str
    service_name: str
    agency_name: str
    submitted_at: datetime
    needs_correction: bool
    clock: ClockOut
    timeline: list[EventOut]


class FaultOut(Schema):
    """
    Something the log cannot account for.
    """

    case_number: str
    seq: int
    what: str


class LedgerOut(Schema):
    """
    账本核验: whether the log of a case is whole and unchanged.
    """

    is_sound: bool
    events: int
    last_digest: str = Field(description="SM3 digest at the end of the chain")
    faults: list[FaultOut]


class ActIn(Strict):
    """
    What every act may say.
    """

    version: int | None = Field(
        None, ge=1, description="Version of the case that was looked at; 409 if it moved on"
    )


class OpinionIn(ActIn):
    """
    An act with an opinion.
    """

    opinion: Text = ""


class ReasonIn(ActIn):
    """
    An act that needs a reason.
    """

    reason: Text


class RevealIn(Strict):
    """
    Why somebody reads personal data in clear.
    """

    purpose: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    """A code of 查看用途 (ACCEPTANCE, EXAMINATION, …), or why in words."""
    words: Annotated[str, StringConstraints(max_length=200)] = ""
    """Why in words; needed with the code OTHER."""


class CorrectionItemIn(Strict):
    """
    补正事项.
    """

    material_code: Code = Field("", description="Empty: the form itself")
    name: Short
    reason: Text


class CorrectionRequestIn(ActIn):
    """
    一次性补正告知.
    """

    items: list[CorrectionItemIn] = Field(max_length=100)
    working_days: int = Field(15, ge=1, le=120)


class CorrectionIn(ActIn):
    """
    补正.
    """

    evidence: list[EvidenceIn] = Field(default=[], max_length=100)
    form: dict[Code, Text] | None = None
    note: Text = ""


class RefusalToAcceptIn(ReasonIn):
    """
    不予受理.
    """

    competent_agency: Short = ""


class LimitIn(Strict):
    """
    时限.
    """

    amount: int = Field(ge=1, le=400)
    unit: Annotated[str, StringConstraints(pattern=r"^(WORKING_DAY|CALENDAR_DAY|MONTH)$")] = "WORKING_DAY"


class SpecialProcedureIn(ReasonIn):
    """
    特别程序.
    """

    kind: Code = Field(
        description="HEARING, TENDER, AUCTION, INSPECTION, TESTING, QUARANTINE, APPRAISAL, EXPERT_REVIEW, OTHER"
    )
    name: Short
    basis: Text
    limit: LimitIn


class SpecialProcedureEndIn(ActIn):
    """
    特别程序结束.
    """

    result: Text = ""


class ExtensionIn(ReasonIn):
    """
    延长期限.
    """

    days: int = Field(ge=1, le=30, description="Working days")


class DeliveryIn(ActIn):
    """
    送达.
    """

    way: Annotated[str, StringConstraints(pattern=r"^(counter|post)$")]
    recipient: Short = ""


class PassOnIn(ReasonIn):
    """
    转办.
    """

    to_agency: Short


class RatingIn(Strict):
    """
    好差评.
    """

    stars: int = Field(ge=1, le=5, description="5 非常满意 … 1 非常不满意")
    tags: list[Code] = Field(default=[], max_length=20)
    comment: Annotated[str, StringConstraints(max_length=500)] = ""
