"""
Shapes of the licences API.
"""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from ninja import Field, Schema
from pydantic import ConfigDict, StringConstraints

from tongban.business.licences.values import Act, LicenceEventKind, LicenceStatus, Verdict

Short = Annotated[str, StringConstraints(max_length=200)]
FaceKey = Annotated[str, StringConstraints(min_length=1, max_length=64)]
FaceValue = Annotated[str, StringConstraints(min_length=1, max_length=500)]


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
    case_number: str
    file_id: UUID | None = Field(description="null while the document is being made")


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


class VerificationOut(Schema):
    """
    核验结果.
    """

    verdict: Verdict
    facts: VerifiedFactsOut | None = Field(description="null: nothing is known")
    is_demonstration: bool = Field(description="The seal is a demonstration: no legal effect")


class LicenceQuery(Schema):
    """
    What is looked for; staff and systems only, a person's wallet is shown whole.
    """

    q: Short = Field("", description="Identifier, printed number, case number or full code of the holder")
    type_code: Short = ""
    status: LicenceStatus | None = None
    cursor: str | None = None
    limit: int = Field(20, ge=1, le=100)
