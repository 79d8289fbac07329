"""
Shapes of the licences API.
"""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from ninja import Field, Schema
from pydantic import StringConstraints

from tongban.business.licences.values import LicenceEventKind, LicenceStatus, Verdict

Short = Annotated[str, StringConstraints(max_length=200)]


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
