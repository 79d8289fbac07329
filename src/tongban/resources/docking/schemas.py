"""
Shapes of the docking API.
"""

from datetime import datetime
from typing import Any

from ninja import Field, Schema
from pydantic import ConfigDict


class DockCorrectionIn(Schema):
    """
    补正内容.
    """

    model_config = ConfigDict(extra="forbid")

    name: str = Field(description="Name of the material; any other name means the form")
    reason: str
    material_code: str = ""


class DockBegunCaseIn(Schema):
    """
    自办件受理信息: a case that began in your system, in the words of up_pro_accept (C 0110) and its national codes.
    """

    model_config = ConfigDict(extra="forbid")

    task_name: str = Field(min_length=1, max_length=1000)
    task_code: str = Field(max_length=36)
    project_type: str = Field(max_length=2, description="T6")
    applyer_name: str = Field(min_length=1, max_length=200)
    applyer_type: str = Field(max_length=2, description="T4")
    applyer_page_type: str = Field(max_length=70, description="T20")
    applyer_page_code: str = Field(min_length=1, max_length=500)
    apply_date: datetime = Field(description="With its offset")
    apply_type: str = Field(max_length=2, description="T5")
    org_code: str = Field(max_length=50, description="Your agency")
    org_name: str = Field(min_length=1, max_length=200)
    catalog_code: str = Field("", max_length=50)
    local_catalog_code: str = Field("", max_length=50)
    local_task_code: str = Field("", max_length=50)
    task_handle_item: str = Field("", max_length=50)
    task_version: int = 1
    project_name: str = Field("", max_length=1000)
    legal: str = Field("", max_length=200)
    contact_name: str = Field("", max_length=200)
    contact_type: str = Field("", max_length=6)
    contact_code: str = Field("", max_length=50)
    contact_mobile: str = Field("", max_length=20)
    address: str = Field("", max_length=1000)
    zip_code: str = Field("", max_length=6)
    accept_doc_no: str = Field("", max_length=50)
    promise_date: datetime | None = None


class DockReportIn(Schema):
    """
    报文: what a system says of a case; which words a kind needs stands in docs/how-to/dock-by-interface.md.
    """

    model_config = ConfigDict(extra="forbid")

    id: str = Field(
        min_length=1, max_length=100, description="Never twice; a repeated one has no second effect"
    )
    case_number: str = Field(min_length=1, max_length=50)
    kind: str = Field(max_length=20, description="ACCEPTED, STEP, GRANTED …")
    at: datetime = Field(description="When it happened, with its offset")
    handler: str = ""
    opinion: str = ""
    reason: str = ""
    legal_basis: list[str] = Field(default=[], max_length=20)
    conditions: str = ""
    step_name: str = ""
    outcome: str = Field("", description="Of a step: PASS, RETURN or OTHER")
    procedure: str = ""
    days: int = 0
    result: str = ""
    items: list[DockCorrectionIn] = Field(default=[], max_length=100)
    to_agency: str = ""
    way: str = ""
    recipient: str = ""
    certificate_name: str = ""
    certificate_number: str = ""
    material_name: str = ""
    case: DockBegunCaseIn | None = Field(
        None, description="Of an ACCEPTED: the case began in your system and goes into the case library"
    )


class DockReportsIn(Schema):
    """
    一批报文.
    """

    model_config = ConfigDict(extra="forbid")

    reports: list[DockReportIn] = Field(min_length=1, max_length=100)


class DockReceiptOut(Schema):
    """
    报文回执.
    """

    id: str
    case_number: str
    state: str = Field(description="APPLIED, NOTED, REFUSED, or FAILED: send it again later")
    code: str
    text: str
    is_repeated: bool


class DockReceiptsOut(Schema):
    """
    一批报文的回执, in the order of the reports.
    """

    receipts: list[DockReceiptOut]


class DockMessageOut(Schema):
    """
    交给系统的消息.
    """

    id: str
    number: int
    version: int = Field(description="Higher when it is given once more")
    kind: str = Field(description="CASE or CHANGED")
    case_number: str
    at: datetime
    event: str
    data: dict[str, Any]
    case: dict[str, Any] | None = Field(description="Of CASE: the case in clear, names as in up_pro_accept")


class DockMessagesOut(Schema):
    """
    待取消息, in order.
    """

    items: list[DockMessageOut]
    last: int = Field(description="Ask for what comes after it, and confirm it")


class DockTakenIn(Schema):
    """
    取件确认.
    """

    model_config = ConfigDict(extra="forbid")

    up_to: int = Field(ge=1, description="Number of the last message that the system keeps safely")


class DockTakenOut(Schema):
    """
    取件确认回执.
    """

    taken: int
