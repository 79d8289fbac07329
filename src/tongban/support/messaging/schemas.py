"""
Shapes of the messaging API.
"""

from datetime import datetime
from uuid import UUID

from ninja import Field, Schema


class MessageOut(Schema):
    """
    站内消息, in the language of the request.
    """

    id: UUID
    template: str
    title: str
    body: str
    subject: str = Field(description="What it is about, usually a case number; may be empty")
    created_at: datetime
    is_read: bool


class MessagePage(Schema):
    """
    A page of messages.
    """

    items: list[MessageOut]
    next_cursor: str | None


class UnreadOut(Schema):
    """
    未读消息数.
    """

    count: int
