"""
Shapes of the API of legal entities and mandates.
"""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from ninja import Field, Schema
from pydantic import ConfigDict, StringConstraints

from tongban.foundation.actors import MandateFunction, PrincipalKind
from tongban.support.mandates.values import (
    EndReason,
    EntityKind,
    EntityStatus,
    Evidence,
    LogKind,
    MandateKind,
    MandateState,
)

Name = Annotated[str, StringConstraints(max_length=100)]
Number = Annotated[str, StringConstraints(max_length=40)]
Short = Annotated[str, StringConstraints(max_length=200)]
Note = Annotated[str, StringConstraints(max_length=500)]
Code = Annotated[str, StringConstraints(max_length=100)]


class Strict(Schema):
    """
    A request that may hold nothing but what is named.
    """

    model_config = ConfigDict(extra="forbid")


class EntityIn(Strict):
    """
    登记单位.
    """

    credit_code: Number = Field(description="统一社会信用代码, GB 32100")
    name: Short
    address: Short = ""


class EntityOut(Schema):
    """
    单位, as its representative and its agents see it.
    """

    id: UUID
    credit_code: str
    name: str
    kind: EntityKind = Field(description="申请人类型, code list T4")
    status: EntityStatus
    representative_name: str = Field(description="Masked")
    is_representative: bool = Field(description="The caller is its representative")
    has_representative: bool = Field(description="false: the register names somebody else than is known here")
    assurance_level: int
    address: str
    registered_at: datetime
    checked_at: datetime


class EntityReceiptOut(Schema):
    """
    A legal entity is registered.
    """

    entity_id: UUID
    mandate_id: UUID = Field(description="The representative's own mandate, to act by")
    is_new: bool


class GrantIn(Strict):
    """
    What is granted.
    """

    functions: Annotated[list[MandateFunction], Field(max_length=4)] = Field(
        description="PAY and SEAL are kept, and permit nothing until the node takes payments and puts e-seals"
    )
    items: Annotated[list[Code], Field(max_length=200)] | None = Field(
        None, description="Codes of offerings, or their beginnings for a class of them; null: all"
    )
    valid_from: date
    valid_until: date = Field(description="First day on which it is not valid any more")


class OfferIn(GrantIn):
    """
    提出授权.
    """

    name: Name = Field(description="Name of the grantee")
    number: Number = Field(description="His ID number or mobile; whether anybody is known by it is not told")
    entity_id: UUID | None = Field(None, description="The entity that grants; null: the caller himself")


class MandateAnswerIn(Strict):
    """
    接受或谢绝授权.
    """

    answer: Literal["ACCEPT", "DECLINE"]


class CardIn(Strict):
    """
    身份证件 that a clerk has read.
    """

    name: Name
    id_number: Number
    born_on: date | None = Field(
        None, description="Needed with a travel permit, whose number does not say it"
    )
    mobile: Number = ""


class GuardianshipIn(Strict):
    """
    登记监护.
    """

    guardian: CardIn
    ward: CardIn
    evidence: Evidence
    note: Note = Field(description="Which document: name, number, date")


class ConsentCodeIn(Strict):
    """
    获取本人同意的验证码.
    """

    elder: CardIn = Field(description="Who is at the counter; the code goes to his mobile")


class ConsentCodeOut(Schema):
    """
    A code is on its way.
    """

    mobile_masked: str
    expires_at: datetime
    next_at: datetime


class RelativeIn(GrantIn):
    """
    窗口登记亲友代办.
    """

    elder: CardIn
    relative: CardIn
    code: Annotated[str, StringConstraints(max_length=16)]
    note: Note = ""


class FindIn(Strict):
    """
    窗口查找监护和代办.
    """

    name: Name = Field(description="Of either side, as on the card")
    id_number: Number


class MandateEndIn(Strict):
    """
    窗口终止.
    """

    note: Note = Field(description="On what grounds")


class MandateReceiptOut(Schema):
    """
    授权回执.
    """

    mandate_id: UUID
    state: MandateState


class MandateOut(Schema):
    """
    授权; persons masked.
    """

    id: UUID
    kind: MandateKind
    state: MandateState
    grantor_kind: PrincipalKind
    grantor_id: UUID
    grantor_name: str
    grantee_name: str
    grantee_number: str
    functions: list[MandateFunction]
    items: list[str] | None
    valid_from: date
    valid_until: date | None
    offered_at: datetime
    accepted_at: datetime | None
    ended_at: datetime | None
    end_reason: EndReason | None
    evidence: Evidence | None
    may_accept: bool
    may_end: bool


class MandatesOut(Schema):
    """
    我的授权.
    """

    offered: list[MandateOut] = Field(description="Wait for the caller's answer")
    received: list[MandateOut]
    given: list[MandateOut]


class LogLineOut(Schema):
    """
    One line of the life of a mandate.
    """

    at: datetime
    kind: LogKind
    actor_name: str
    reason: EndReason | None


class MandateDetailOut(Schema):
    """
    授权 with its life.
    """

    mandate: MandateOut
    log: list[LogLineOut]


class ChoiceOut(Schema):
    """
    A name in which the caller can act: name the mandate when logging in (`createSession`).
    """

    mandate_id: UUID
    principal_id: UUID
    principal_kind: PrincipalKind
    name: str
    credit_code: str = Field(description="Of a legal entity; empty for a person")
    kind: MandateKind
    valid_until: date | None
