"""
Shapes of the messaging API.
"""

from datetime import datetime
from uuid import UUID

from ninja import Field, Schema


class MessageOut(Schema):
    """
    消息, in the language of the request.
    """

    id: UUID
    template: str = Field(description="What happened, as a stable code")
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
