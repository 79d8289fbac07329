"""
Shapes of the handling API.
"""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from ninja import Field, Schema
from pydantic import ConfigDict, StringConstraints

from tongban.business.handling.values import Outcome

Text = Annotated[str, StringConstraints(max_length=2000)]


class WorkItemOut(Schema):
    """
    待办.
    """

    id: UUID
    case_number: str
    service_name: str
    service_name_en: str
    applicant_masked: str
    stage: str
    state: str
    is_mine: bool
    claimed_name: str
    is_stopped: bool = Field(description="A special procedure is open: the case cannot be decided")
    due: date | None
    created_at: datetime
    note: str
    outcomes: list[str] = Field(description="How this stage may end")
    may_work: bool


class WorkItemPage(Schema):
    """
    A page of work items.
    """

    items: list[WorkItemOut]
    next_cursor: str | None


class WorkItemReceiptOut(Schema):
    """
    待办回执.
    """

    id: UUID
    case_number: str
    state: str
    next_stage: str


class HandOverIn(Schema):
    """
    移交.
    """

    model_config = ConfigDict(extra="forbid")

    to_account: UUID


class ConclusionIn(Schema):
    """
    办理意见.
    """

    model_config = ConfigDict(extra="forbid")

    outcome: Outcome
    opinion: Text = ""
    conditions: Text = ""
    legal_basis: list[Text] = Field(default=[], max_length=20)
