"""
Shapes of the licences API.
"""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from ninja import Field, Schema
from pydantic import ConfigDict, StringConstraints

from tongban.business.licences.values import (
    Act,
    BatchState,
    LicenceEventKind,
    LicenceStatus,
    LicenceTypeRow,
    SharingCategory,
    StockState,
    Supply,
    TrustGrade,
    TypeDefinition,
    TypeDetail,
    TypeReceipt,
    TypeState,
    Verdict,
    VersionDetail,
    VersionReceipt,
    VersionState,
)
from tongban.business.licences.values.presenting import CodeVerdict
from tongban.business.licences.values.quality import FindingAct, FindingState, QualityRule
from tongban.business.licences.values.sharing import ShareAnswer, ShareAuthority, ShareState, UseKind
from tongban.foundation.shapes import components_of

Short = Annotated[str, StringConstraints(max_length=200)]
FaceKey = Annotated[str, StringConstraints(min_length=1, max_length=64)]
FaceValue = Annotated[str, StringConstraints(min_length=1, max_length=500)]
VersionNumber = Annotated[int, Field(ge=1, le=2**31 - 1)]


class LicenceOut(Schema):
    """
    电子证照, as a list shows it.
    """

    id: UUID
    identifier: str = Field(description="证照标识 with its check character")
    number: str = Field(description="证照编号 as printed")
    type_code: str
    type_name: str
    type_name_en: str
    holder_name: str = Field(description="In full for the holder, masked for everybody else")
    issuer_code: str
    issuer_name: str
    status: LicenceStatus
    version: int
    issued_at: datetime
    valid_from: date
    last_valid_date: date | None = Field(description="Last day on which it is valid; null: long-term")
    check_due_date: date | None = Field(
        description="年检: when it must be checked next; null: it is not checked"
    )
    case_number: str
    original_id: UUID | None = Field(
        description="OFD with the issuer's seal; null while it is being made, and where it was issued without one"
    )
    file_id: UUID | None = Field(description="PDF copy; null while it is being made")
    grade: TrustGrade = Field(
        description="可信等级; a licence of grade C is compared with its original before use"
    )
    is_usable: bool = Field(description="Of a grade that needs no look at the original first")


class LicencePage(Schema):
    """
    A page of licences.
    """

    items: list[LicenceOut]
    next_cursor: str | None


class FaceLineOut(Schema):
    """
    照面要素: one line on the face.
    """

    key: str
    label: str
    label_en: str
    value: str


class LicenceEventOut(Schema):
    """
    证照事件.
    """

    kind: LicenceEventKind
    at: datetime
    reason: str
    legal_basis: str


class LicenceDetailOut(Schema):
    """
    A licence with its face and its life.
    """

    summary: LicenceOut
    holder_code: str
    face: list[FaceLineOut]
    events: list[LicenceEventOut]
    verification_url: str
    actions: list[Act] = Field(description="What the caller may do to it now")
    compared: tuple[str, datetime] | None = Field(
        description="Who compared it with the original, and when; null: nobody, or the issuer made it"
    )
    is_masked: bool = Field(description="Personal lines are hidden from the caller")
    may_compare: bool = Field(description="Whether the caller may say that it agrees with its original")


class RevealLicenceIn(Schema):
    """
    Why somebody reads a licence in clear.
    """

    model_config = ConfigDict(extra="forbid")

    purpose: Annotated[str, StringConstraints(min_length=1, max_length=200)] = Field(
        description="A code of 查看用途 (ACCEPTANCE, EXAMINATION, …), or why in words"
    )
    words: Short = Field("", description="Why in words; needed with the code OTHER")


class ClearLicenceOut(Schema):
    """
    A licence in clear.
    """

    holder_name: str
    holder_code: str
    lines: list[FaceLineOut]


class LicenceReceiptOut(Schema):
    """
    证照回执.
    """

    id: UUID
    identifier: str = Field(description="证照标识; an amendment gives a new one")
    number: str = Field(description="证照编号 as printed")
    type_name: str
    type_name_en: str
    version: int
    status: LicenceStatus
    issued_at: datetime
    valid_from: date
    valid_until: date | None = Field(
        description="First day on which it is not valid any more; null: long-term"
    )


class LicenceActIn(Schema):
    """
    Why something is done to a licence, and on what ground.
    """

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, StringConstraints(min_length=1, max_length=2000)]
    legal_basis: Annotated[str, StringConstraints(min_length=1, max_length=1000)]


class LicenceAmendmentIn(LicenceActIn):
    """
    变更: what is different in the new version.
    """

    case_number: Annotated[str, StringConstraints(min_length=1, max_length=50)] = Field(
        description="Number of the case or document by which the change was decided; one for each change"
    )
    face: dict[FaceKey, FaceValue] = Field(
        {}, max_length=50, description="New values by key of the face; lines not named keep theirs"
    )
    validity_months: int | None = Field(
        None, ge=1, le=1200, description="A new period from today; null: the old one goes on"
    )


class VerifiedFactsOut(Schema):
    """
    What anybody may learn about a licence; the name of a natural person is masked.
    """

    type_name: str
    type_name_en: str
    identifier: str
    number: str
    holder_name: str
    issuer_code: str
    issuer_name: str
    issued_date: date
    valid_from: date
    last_valid_date: date | None
    version: int
    grade: TrustGrade


class VerificationOut(Schema):
    """
    核验结果.
    """

    verdict: Verdict
    facts: VerifiedFactsOut | None = Field(description="null: nothing is known")
    is_usable: bool = Field(description="Valid, and of a grade that needs no look at the original first")
    is_demonstration: bool = Field(description="The seal is a demonstration: no legal effect")


class NodeOut(Schema):
    """
    Another node.
    """

    code: str = Field(description="行政区划代码, 12 digits")
    name: str


class FoundLicenceOut(VerificationOut):
    """
    核验结果, whichever node issued the licence.
    """

    source: NodeOut | None = Field(description="Node that issued it; null: this one, or nobody known")
    as_of: datetime | None = Field(
        description="The issuing node does not answer, and this is what it said last; null: as of now"
    )
    is_incomplete: bool = Field(description="Not found, and the parent node could not be asked")


class LicenceQuery(Schema):
    """
    What is looked for; staff and systems only, a person's wallet is shown whole.
    """

    q: Short = Field("", description="Identifier, printed number, case number or full code of the holder")
    type_code: Short = ""
    status: LicenceStatus | None = None
    cursor: str | None = None
    limit: int = Field(20, ge=1, le=100)


class TypeOut(Schema):
    """
    证照类型, as a list shows it.
    """

    code: str = Field(description="证照类型代码, 21 characters (GB/T 36904)")
    name: str
    name_en: str
    defining_body_code: str
    defining_body_name: str
    state: TypeState
    version: int = Field(description="Version in force, or last in force; 0: none was ever published")
    sharing: SharingCategory
    changed_at: datetime
    open_state: VersionState | None = Field(
        description="Where the version stands that is being compiled; null: none, or not for the caller"
    )


class TypePage(Schema):
    """
    A page of the directory.
    """

    items: list[TypeOut]
    next_cursor: str | None


class TypeQuery(Schema):
    """
    Which types; every part narrows the list.
    """

    q: Short = Field("", description="Part of a name, or the beginning of a code")
    state: TypeState | None = None
    open_state: VersionState | None = Field(None, description="For who keeps the directory")
    sharing: SharingCategory | None = None
    item: Short = Field("", description="基本编码 of a service that issues the licence or asks for it")
    cursor: str | None = None
    limit: int = Field(30, ge=1, le=100)


class TypeFileQuery(Schema):
    """
    Which types go into the file.
    """

    q: Short = Field("", description="Part of a name, or the beginning of a code; without it all")


class VersionQuery(Schema):
    """
    What a version is compared with.
    """

    against: VersionNumber | None = Field(
        None,
        description="Number of a published version; without it the one in force, of a published one the one before",
    )


class WordsIn(Schema):
    """
    Why; it goes into the log.
    """

    model_config = ConfigDict(extra="forbid")

    comment: Annotated[str, StringConstraints(min_length=1, max_length=1000)]


class CommentIn(Schema):
    """
    What is said with it, if anything; it goes into the log.
    """

    model_config = ConfigDict(extra="forbid")

    comment: Annotated[str, StringConstraints(max_length=1000)] = ""


class VersionReceiptOut(Schema):
    """
    What was done to a version of a type.
    """

    id: UUID
    type_code: str
    state: VersionState
    version: int | None
    revision: int


class TypeImportOut(Schema):
    """
    What an import has begun.
    """

    drafts: list[VersionReceiptOut]
    unchanged: list[str] = Field(description="Codes of types that are in force here as the file has them")


class NewType(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    A type that the directory does not have yet.
    """

    code: str
    definition: TypeDefinition


class ChangedDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    What a draft shall say, and which revision of it was in hand.
    """

    revision: int
    definition: TypeDefinition


def components() -> dict[str, Any]:
    """
    Return the JSON schemas of what the directory gives and takes as it is kept.
    """
    return components_of(
        [NewType, ChangedDraft, LicenceTypeRow, TypeDetail, VersionDetail, VersionReceipt, TypeReceipt]
    )


class PresentationIn(Schema):
    """
    亮证: which lines of the face may be seen.
    """

    model_config = ConfigDict(extra="forbid")

    keys: list[FaceKey] = Field(max_length=60, description="Keys of the face; those of others stay back")


class PresentationReceiptOut(Schema):
    """
    A licence is being shown.
    """

    id: UUID
    identifier: str
    ends_at: datetime


class ShownCodeOut(Schema):
    """
    One code of 亮证; it lives for 60 seconds.
    """

    code: str = Field(description="TB1.<claims>.<signature>; claims are a JSON array, the signature is SM2")
    url: str = Field(description="What the QR code holds: the checker's page, the code behind the #")
    issued_at: datetime
    expires_at: datetime


class CheckFactsOut(Schema):
    """
    That a code was checked online.
    """

    at: datetime
    agency_code: str = Field(description="Empty: anybody")
    checker: str = Field(description="What the checker called himself; nobody has proved it")


class PresentationOut(Schema):
    """
    A presentation as the holder sees it.
    """

    id: UUID
    identifier: str
    type_name: str
    type_name_en: str
    lines: list[FaceLineOut]
    opened_at: datetime
    ends_at: datetime
    is_open: bool
    checks: list[CheckFactsOut]


class ShownCodeIn(Schema):
    """
    A code that was scanned.
    """

    model_config = ConfigDict(extra="forbid")

    code: Annotated[str, StringConstraints(min_length=1, max_length=4000)]
    check_id: Annotated[str, StringConstraints(min_length=1, max_length=64)] = Field(
        description="Made anew for each scan; send the same one again after a lost answer"
    )
    checker: Annotated[str, StringConstraints(max_length=60)] = Field(
        "", description="What you call yourself, for the holder to read"
    )


class ClaimsOut(Schema):
    """
    What stands in a code.
    """

    key_id: str
    nonce: str
    issued_at: datetime
    expires_at: datetime
    identifier: str
    type_name: str
    issuer_name: str
    last_valid_date: date | None
    is_by_agent: bool
    is_demonstration: bool
    lines: list[tuple[str, str]]


class CodeCheckOut(Schema):
    """
    验码结果.
    """

    verdict: CodeVerdict
    status: Verdict | None = Field(
        description="State of the licence now; null: the code is not genuine, or its node does not answer"
    )
    claims: ClaimsOut | None = Field(description="null: nothing in the code can be believed")
    source_name: str = Field(description="Another node whose holder shows it; empty: this one")


Percent = Annotated[int, Field(ge=1, le=100)]


class StockBatchIn(Schema):
    """
    存量归集: licences issued before, and what is said of them as a whole.
    """

    model_config = ConfigDict(extra="forbid")

    source: Annotated[str, StringConstraints(min_length=1, max_length=32)] = Field(
        description="Name of the register or system they come from"
    )
    supply: Supply = Field(description="How they came to be recorded; their trust grades follow from it")
    agency_name: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    division_code: Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")] = Field(
        description="Of rows that name none, where the caller has no division"
    )
    sample_percent: Percent = 5
    wanted_percent: Percent = 95
    rows: list[dict[str, Any]] = Field(min_length=1, max_length=2000)


class StockBatchReceiptOut(Schema):
    """
    归集批次回执.
    """

    id: UUID


class StockBatchOut(Schema):
    """
    归集批次.
    """

    id: UUID
    source: str
    file_name: str
    agency_code: str
    agency_name: str
    supply: Supply
    state: BatchState
    lines: int = Field(description="Rows read so far")
    brought_at: datetime
    sample_percent: int
    wanted_percent: int
    sampled: int
    checked: int
    right: int
    states: dict[str, int] = Field(description="Rows by state; empty in lists")
    problems: dict[str, int]
    repairs: dict[str, int]
    may_check: bool
    may_decide: bool


class BatchPage(Schema):
    """
    A page of batches.
    """

    items: list[StockBatchOut]
    next_cursor: str | None


class BatchQuery(Schema):
    """
    Which page of the batches.
    """

    cursor: str | None = None
    limit: int = Field(20, ge=1, le=100)


class StockRowOut(Schema):
    """
    存量证照: one row and what became of it.
    """

    id: UUID
    line: int
    type_code: str
    issuer_code: str
    number: str
    state: StockState
    problem: str
    repairs: list[str]
    grade: str
    is_sampled: bool
    is_right: bool | None


class StockRowPage(Schema):
    """
    A page of rows.
    """

    items: list[StockRowOut]
    next_cursor: str | None


class StockRowQuery(Schema):
    """
    Which rows of a batch.
    """

    state: StockState | None = None
    sampled: Literal["", "open", "all"] = Field("", description="open: of the sample, not checked yet")
    cursor: str | None = None
    limit: int = Field(50, ge=1, le=500)


class StockDetailOut(Schema):
    """
    A row in full, for whom it is shown to be compared.
    """

    row: StockRowOut
    batch_id: UUID
    grade: TrustGrade
    type_name: str
    issuer_name: str
    holder_name: str
    holder_code: str
    issued_date: date
    valid_from: date
    last_valid_date: date | None
    face: list[tuple[str, str]] = Field(description="Labels and values")
    known: list[tuple[str, str]] = Field(description="What the library has under the same number")
    scan_file_id: UUID | None
    may_check: bool
    may_take: bool


class SampleCheckIn(Schema):
    """
    抽样核对结果.
    """

    model_config = ConfigDict(extra="forbid")

    is_right: bool
    note: Annotated[str, StringConstraints(max_length=500)] = Field(
        "", description="What differs; needed where something does"
    )


class StockBatchStateOut(Schema):
    """
    Where the batch stands.
    """

    state: BatchState


class StockDecisionIn(Schema):
    """
    核实结果.
    """

    model_config = ConfigDict(extra="forbid")

    is_taken: bool


class StockStateOut(Schema):
    """
    Where the row stands.
    """

    state: StockState


class ShareIn(Schema):
    """
    请求共享: which licence of the case's applicant is wanted, what for, and for how long.
    """

    model_config = ConfigDict(extra="forbid")

    case_number: Annotated[str, StringConstraints(min_length=1, max_length=50)]
    type_code: Annotated[str, StringConstraints(min_length=1, max_length=21)]
    purpose: Annotated[str, StringConstraints(max_length=150)] = Field(description="Nothing personal")
    days: int = Field(30, description="Term, 1 to 365")
    legal_basis: Annotated[str, StringConstraints(max_length=1000)] = Field(
        "", description="Law and article that allow it without consent; empty: the holder is asked"
    )
    number: Annotated[str, StringConstraints(max_length=60)] = Field(
        "", description="Printed number, where the applicant holds several of the type; empty: the newest"
    )


class ShareReceiptOut(Schema):
    """
    Where a share stands.
    """

    id: UUID
    state: ShareState
    authority: ShareAuthority
    last_day: date


class ForeignShareOut(Schema):
    """
    走进来: where the use of another node's licence stands.
    """

    node: NodeOut
    share_id: UUID
    state: ShareState
    authority: ShareAuthority
    last_day: date
    identifier: str
    number: str
    type_name: str


class ForeignCopyOut(Schema):
    """
    The annotated copy of another node's licence.
    """

    name: str
    content: str = Field(description="OFD, base64")


class ForeignCopyIn(Schema):
    """
    Whose annotated copy is wanted.
    """

    model_config = ConfigDict(extra="forbid")

    case_number: Annotated[str, StringConstraints(min_length=1, max_length=50)]
    node_code: Annotated[str, StringConstraints(pattern=r"^\d{12}$")]
    share_id: UUID


class ShareAnswerIn(Schema):
    """
    What the holder says.
    """

    model_config = ConfigDict(extra="forbid")

    answer: ShareAnswer
    words: Annotated[str, StringConstraints(max_length=500)] = ""


class ShareQuery(Schema):
    """
    Which shares are wanted.
    """

    state: ShareState | None = None
    changed: bool = Field(
        default=False, description="Only those whose licence has changed and nobody took note of it"
    )
    cursor: str | None = None
    limit: int = Field(20, ge=1, le=100)


class UseQuery(Schema):
    """
    Which part of a log is wanted.
    """

    cursor: str | None = None
    limit: int = Field(20, ge=1, le=100)


class ShareNoticeOut(Schema):
    """
    What has become of a shared licence since it was handed over.
    """

    id: int
    status: LicenceStatus
    at: datetime
    is_seen: bool


class ShareOut(Schema):
    """
    证照共享, for the holder and for the agency; nothing that stands on the licence is in it.
    """

    id: UUID
    identifier: str
    type_name: str
    type_name_en: str
    number: str
    licence_status: LicenceStatus = Field(description="Of the licence, as of today")
    case_number: str
    material_code: str = Field(description="Material of the application whose place it takes; empty: of none")
    service_name: str
    service_name_en: str
    agency_code: str
    agency_name: str
    purpose: str
    authority: ShareAuthority
    legal_basis: str
    state: ShareState
    asked_at: datetime
    answered_at: datetime | None
    last_day: date
    words: str = Field(description="What the holder said when he refused or withdrew")
    original_id: UUID | None = Field(description="Annotated copy, OFD, while you may open it")
    copy_id: UUID | None = Field(description="The same as PDF")
    may_read: bool
    answers: list[ShareAnswer] = Field(description="What you may answer now")
    notices: list[ShareNoticeOut]


class SharePage(Schema):
    """
    A page of shares.
    """

    items: list[ShareOut]
    next_cursor: str | None


class SharedFaceOut(Schema):
    """
    What a shared licence says, in clear.
    """

    share_id: UUID
    identifier: str
    type_name: str
    number: str
    issuer_name: str
    status: LicenceStatus
    valid_from: date
    last_valid_date: date | None
    lines: list[FaceLineOut]


class SeenOut(Schema):
    """
    How much was taken note of.
    """

    seen: int


class LicenceUseOut(Schema):
    """
    One use of a licence.
    """

    kind: UseKind
    at: datetime
    agency_code: str
    who: str = Field(description="Agency, or what a checker calls himself")
    posts: list[str]
    case_number: str
    purpose: str


class LicenceUsePage(Schema):
    """
    A page of the log of use.
    """

    items: list[LicenceUseOut]
    next_cursor: str | None


class FindingQuery(Schema):
    """
    Which findings.
    """

    rule: QualityRule | None = None
    state: FindingState | None = None
    agency_code: Short = Field("", description="Who issued the licence, or defined the type")
    cursor: str | None = None
    limit: int = Field(50, ge=1, le=200)


class FindingOut(Schema):
    """
    质量问题: one rule that a licence, or a type, breaks; no personal data.
    """

    id: UUID
    rule: QualityRule
    state: FindingState
    subject: str = Field(description="证照标识, or 证照类型代码")
    is_type: bool
    name: str = Field(description="Of the type")
    number: str = Field(description="证照编号; empty of a type")
    agency_code: str
    detail: str = Field(description="Keys of a face, codes of services, a day, or a count; may be empty")
    found_at: datetime
    times_found: int = Field(description="More than 1: it was gone, and came back")
    seen_at: datetime = Field(description="Last night in which the rule found it")


class FindingPage(Schema):
    """
    A page of findings.
    """

    items: list[FindingOut]
    next_cursor: str | None


class FindingCountOut(Schema):
    """
    How many findings of a rule are in a state.
    """

    rule: QualityRule
    state: FindingState
    count: int


class FindingDetailOut(Schema):
    """
    A finding with what was said about it.
    """

    line: FindingOut
    note: str
    acted_at: datetime | None
    acts: list[FindingAct] = Field(description="What the caller may do")


class FindingAnswerIn(Schema):
    """
    What is said about a finding.
    """

    model_config = ConfigDict(extra="forbid")

    act: FindingAct
    note: Annotated[str, StringConstraints(max_length=500)] = Field(
        "", description="What was done, or why it is so; needed, but for REOPEN. No personal data"
    )


class FindingStateOut(Schema):
    """
    Where a finding stands now.
    """

    state: FindingState
