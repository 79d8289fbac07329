"""
Shapes of the API of the rights of the person.
"""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from ninja import Field, Schema
from pydantic import ConfigDict, StringConstraints

from tongban.foundation.looks import LookAct, ObjectKind
from tongban.support.privacy.values import Finding, ObjectionState, RequestKind, RequestState


class Strict(Schema):
    """
    A body that holds nothing else.
    """

    model_config = ConfigDict(extra="forbid")


class ThingOut(Schema):
    """
    What was looked at.
    """

    kind: ObjectKind
    key: str
    label: str
    label_en: str


class LookOut(Schema):
    """
    What one party did with one thing on one day.
    """

    id: int
    day: date
    last_at: datetime
    count: int
    act: LookAct
    actor_kind: str
    agency_code: str
    posts: list[str]
    channel: str
    thing: ThingOut
    purpose: str
    words: str


class LedgerPage(Schema):
    """
    A page of the ledger.
    """

    items: list[LookOut]
    next_cursor: str | None


class ObjectionIn(Strict):
    """
    What is wrong with a look.
    """

    words: Annotated[str, StringConstraints(max_length=1000)] = ""


class ObjectionReceiptOut(Schema):
    """
    An objection was raised.
    """

    id: UUID
    due: date


class ObjectionOut(Schema):
    """
    An objection, its look, its answer.
    """

    id: UUID
    state: ObjectionState
    act: LookAct
    day: date
    count: int
    purpose: str
    purpose_words: str
    agency_code: str
    thing: ThingOut
    words: str
    raised_at: datetime
    due: date
    is_late: bool
    finding: Finding | None
    answer: str
    answered_at: datetime | None


class ObjectionPage(Schema):
    """
    A page of objections.
    """

    items: list[ObjectionOut]
    next_cursor: str | None


class ObjectionAnswerIn(Strict):
    """
    What the agency found out.
    """

    finding: Literal["JUSTIFIED", "UNJUSTIFIED"]
    answer: Annotated[str, StringConstraints(min_length=1, max_length=1000)]


class RequestOut(Schema):
    """
    What was asked for.
    """

    id: UUID
    kind: RequestKind
    state: RequestState
    asked_at: datetime
    until: datetime | None = Field(None, description="When a copy lapses, when the account is closed")


class RequestReceiptOut(Schema):
    """
    Something was asked for.
    """

    id: UUID
