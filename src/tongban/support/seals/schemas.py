"""
Shapes of the API of seals.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from ninja import Field, Schema
from pydantic import StringConstraints

from tongban.support.seals.values import (
    ApplicationKind,
    AuthorisationKind,
    BatchItemState,
    SealAction,
    SealBatchState,
    SealKind,
    SealPurpose,
    SealState,
    SigningState,
    SigningStepState,
)

Note = Annotated[str, StringConstraints(max_length=500)]
CaseNumber = Annotated[str, StringConstraints(max_length=50)]
OfferingCode = Annotated[str, StringConstraints(max_length=100)]
SealCode = Annotated[str, StringConstraints(pattern=r"^([0-9]{13})?$")]
AgencyCode = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{6,18}$")]
Amount = Annotated[int, Field(ge=0, le=10**17)]
Length = Annotated[float, Field(ge=0, le=2000)]
MOST_PLACES = 500
MOST_FILES = 2000
MOST_PARTIES = 20


class SigningAction(StrEnum):
    """
    What a party to a request, or who asked for it, does.
    """

    SEAL = "SEAL"
    DECLINE = "DECLINE"
    WITHDRAW = "WITHDRAW"


class SealStateOut(Schema):
    """
    印章状态.
    """

    code: str = Field(description="印章编码")
    version: int
    name: str
    agency_code: str
    agency_name: str
    state: SealState
    changed_at: datetime = Field(description="Since when it is in this state")
    suspension: str = Field(description="FROZEN or LOST while it is suspended; else empty")
    valid_from: datetime | None
    valid_until: datetime | None
    checked_at: datetime


class SealLineOut(Schema):
    """
    印章, as a list shows it.
    """

    id: UUID
    code: str
    version: int
    name: str
    kind: SealKind
    agency_code: str
    agency_name: str
    state: SealState
    state_changed_at: datetime
    valid_until: datetime | None
    is_demonstration: bool


class SealPage(Schema):
    """
    A page of seals.
    """

    items: list[SealLineOut]
    next_cursor: str | None


class StepOut(Schema):
    """
    印章生命周期的一步.
    """

    at: datetime
    action: SealAction
    actor_name: str
    note: str
    file_id: UUID | None = Field(description="Its document, for `getFile`; null: not written yet, or none")


class LimitsOut(Schema):
    """
    授权范围; null: any.
    """

    purposes: list[SealPurpose]
    offerings: list[str] | None
    licence_types: list[str] | None
    most_fen: int | None
    from_hour: int | None
    until_hour: int | None
    uses_a_day: int | None
    uses_in_all: int | None


class AuthorisationOut(Schema):
    """
    用印授权.
    """

    id: UUID
    kind: AuthorisationKind
    account_name: str
    limits: LimitsOut
    valid_from: datetime
    valid_until: datetime
    ended_at: datetime | None


class SealOut(SealLineOut):
    """
    印章, with its life and its authorisations.
    """

    caption: str
    application_kind: ApplicationKind
    basis: str
    suspension: str
    valid_from: datetime | None
    steps: list[StepOut]
    authorisations: list[AuthorisationOut]
    actions: list[SealAction] = Field(description="Steps that you may take now")


class SealUseOut(Schema):
    """
    用印记录: one use.
    """

    id: int
    at: datetime
    purpose: SealPurpose
    case_number: str
    method: str
    digest: str = Field(description="SM3 of the sealed file, hexadecimal")
    actor_kind: str
    actor_id: str
    account_name: str = Field(description="Who was authorised by name; else empty")
    version: int | None


class SealUsePage(Schema):
    """
    A page of uses of a seal.
    """

    items: list[SealUseOut]
    next_cursor: str | None


class StepIn(Schema):
    """
    A step to be taken.
    """

    action: SealAction = Field(
        description="WITHDRAW, REVIEW, REJECT, MAKE, FILE, ISSUE, RECEIVE, FREEZE, REPORT_LOSS, RESUME, DESTROY"
    )
    note: Note = Field("", description="Opinion or reason; asked for where something is taken away")
    filing_number: Annotated[str, StringConstraints(max_length=64)] = Field(
        "", description="备案编号, for FILE"
    )


class StepReceiptOut(Schema):
    """
    What a step did.
    """

    seal_id: UUID
    code: str
    version: int
    state: SealState


class SealIn(Schema):
    """
    申请印章.
    """

    name: Annotated[str, StringConstraints(min_length=1, max_length=200)] = Field(description="印章名称")
    kind: SealKind
    caption: Annotated[str, StringConstraints(max_length=12)] = Field(
        "", description="Words across the lower half of the picture"
    )
    basis: Annotated[str, StringConstraints(min_length=1, max_length=500)] = Field(
        description="Why there shall be one"
    )
    years: int = Field(5, ge=1, le=10, description="Term asked for")


class VersionIn(Schema):
    """
    申请变更或续期.
    """

    kind: ApplicationKind = Field(description="CHANGE or RENEWAL")
    name: Annotated[str, StringConstraints(max_length=200)] = Field("", description="Empty: as it is")
    caption: Annotated[str, StringConstraints(max_length=12)] | None = Field(
        None, description="null: as it is"
    )
    basis: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    years: int = Field(5, ge=1, le=10)


class LimitsIn(Schema):
    """
    授权范围; null: any.
    """

    purposes: list[SealPurpose]
    offerings: list[OfferingCode] | None = None
    licence_types: list[Annotated[str, StringConstraints(max_length=32)]] | None = None
    most_fen: Annotated[int, Field(ge=1, le=10**17)] | None = None
    from_hour: Annotated[int, Field(ge=0, le=23)] | None = None
    until_hour: Annotated[int, Field(ge=1, le=24)] | None = None
    uses_a_day: Annotated[int, Field(ge=1, le=10**9)] | None = None
    uses_in_all: Annotated[int, Field(ge=1, le=10**9)] | None = None


class AuthorisationIn(Schema):
    """
    授权使用.
    """

    kind: AuthorisationKind
    account_id: UUID | None = Field(None, description="Whoever may seal; null for a standing authorisation")
    limits: LimitsIn
    valid_from: datetime | None = Field(None, description="null: now")
    valid_until: datetime = Field(description="At most a year later")


class AuthorisationEndIn(Schema):
    """
    Why something is taken back.
    """

    note: Note = ""


class AuthorisationReceiptOut(Schema):
    """
    What giving or ending an authorisation did.
    """

    authorisation_id: UUID
    seal_code: str


class SealFileOut(Schema):
    """
    待签章文件.
    """

    id: UUID
    name: str
    media_type: str
    size: int
    digest: str = Field(description="SM3 of the file as kept, hexadecimal")
    removed: list[str] = Field(description="What cleaning took out, codes as of `uploadCaseFile`")


class PlaceIn(Schema):
    """
    Where the picture of the seal stands; millimetres, from the upper left corner.
    """

    page: int = Field(1, ge=1, le=100000)
    x: Length
    y: Length
    width: Annotated[float, Field(gt=0, le=200)] = 42.0
    height: Annotated[float, Field(gt=0, le=200)] = 42.0


class SealFileIn(Schema):
    """
    Which file is to be sealed, and what for.
    """

    file_id: UUID
    purpose: SealPurpose
    case_number: CaseNumber = ""
    offering_code: OfferingCode = ""
    licence_type_code: Annotated[str, StringConstraints(max_length=32)] = ""
    amount_fen: Amount = Field(0, description="Largest amount in the file, for authorisations that limit it")
    seal_code: SealCode = Field("", description="Empty: the agency's own seal")
    places: Annotated[list[PlaceIn], Field(max_length=MOST_PLACES)] = Field(
        default_factory=list, description="None: the seal is not seen; a PDF file has one at most"
    )


class SealedFileOut(Schema):
    """
    签章后的文件.
    """

    file_id: UUID = Field(description="For `getFile`")
    digest: str = Field(description="SM3 of the sealed file, hexadecimal")
    seal_code: str
    method: str
    sealed_at: datetime


class BatchFileIn(Schema):
    """
    One file to be sealed.
    """

    file_id: UUID
    case_number: CaseNumber = ""
    offering_code: OfferingCode = ""


class BatchIn(Schema):
    """
    批量签章.
    """

    purpose: SealPurpose
    seal_code: SealCode = ""
    files: Annotated[list[BatchFileIn], Field(min_length=1, max_length=MOST_FILES)]


class BatchReceiptOut(Schema):
    """
    What asking for a batch did.
    """

    batch_id: UUID
    files: int


class BatchStateOut(Schema):
    """
    Where a batch stands.
    """

    state: SealBatchState


class BatchOut(BatchStateOut):
    """
    一批签章.
    """

    id: UUID
    seal_code: str
    purpose: SealPurpose
    requested_at: datetime
    ended_at: datetime | None
    files: int
    sealed: int
    refused: int


class BatchEntryOut(Schema):
    """
    One file of a batch.
    """

    position: int = Field(description="From 1")
    name: str
    case_number: str
    state: BatchItemState
    sealed_file_id: UUID | None = Field(description="For `getFile`, for thirty days")
    refusal: str = Field(description="Code of the error; empty: none")


class BatchDetailOut(BatchOut):
    """
    一批签章, with its files.
    """

    entries: list[BatchEntryOut]


class PartyIn(Schema):
    """
    An agency that is to seal.
    """

    agency_code: AgencyCode
    seal_code: SealCode = ""
    place: PlaceIn | None = Field(None, description="null: the seal is not seen, unless who seals wishes it")


class SigningIn(Schema):
    """
    多方签章.
    """

    file_id: UUID
    purpose: SealPurpose
    case_number: CaseNumber = ""
    offering_code: OfferingCode = ""
    parties: Annotated[list[PartyIn], Field(min_length=2, max_length=MOST_PARTIES)] = Field(
        description="In their order"
    )


class SigningReceiptOut(Schema):
    """
    What a step did.
    """

    request_id: UUID
    state: SigningState
    file_id: UUID = Field(description="The document with the seals it has, for `getFile`")


class PlaceOut(Schema):
    """
    Where a seal is to stand; pages from 0.
    """

    page: int
    x: float
    y: float
    width: float
    height: float


class SigningPartyOut(Schema):
    """
    One agency's turn.
    """

    agency_code: str
    state: SigningStepState
    account_name: str
    done_at: datetime | None
    note: str
    place: PlaceOut | None
    seal_code: str = Field(description="Which of its seals; empty: whichever it takes")


class SigningOut(Schema):
    """
    一项多方签章.
    """

    id: UUID
    purpose: SealPurpose
    case_number: str
    offering_code: str
    file_id: UUID
    state: SigningState
    requested_name: str
    requested_agency: str
    requested_at: datetime
    lapses_at: datetime
    is_mine: bool = Field(description="You have asked for it")
    turn: str | None = Field(description="Code of the agency whose turn it is")
    parties: list[SigningPartyOut]


class SigningStepIn(Schema):
    """
    A step to be taken.
    """

    action: SigningAction
    note: Note = Field("", description="Reason, for DECLINE")
    places: Annotated[list[PlaceIn], Field(max_length=MOST_PLACES)] | None = Field(
        None, description="For SEAL; null: where who asked wished it"
    )
    seal_code: SealCode = Field(
        "", description="For SEAL, where who asked has named none; empty: one you may use for this"
    )
