"""
Shapes of the case library's API.
"""

from datetime import datetime

from ninja import Field, Schema

from tongban.resources.caselibrary.values import CaseState


class OwnCaseOut(Schema):
    """
    办件: one of the person's, of whichever system.
    """

    node: str = Field(description="来源节点: division code of the node at which it is handled, 12 digits")
    system: str = Field(description="来源系统")
    number: str = Field(description="办件编号")
    item_name: str
    agency_name: str
    state: CaseState = Field(description="办件状态, T26")
    applied_at: datetime
    ended_at: datetime | None


class OwnCaseList(Schema):
    """
    A page of them, newest application first.
    """

    items: list[OwnCaseOut]
    next_cursor: str | None
