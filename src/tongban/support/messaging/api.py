"""
The API of messaging: one's own inbox.
"""

from uuid import UUID

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router, Schema

from tongban.foundation import clock
from tongban.foundation.http import GUARDED, json_response, require_actor
from tongban.support.messaging import schemas, selectors, services

router = Router(tags=["messages 消息"])


class InboxQuery(Schema):
    """
    Which page.
    """

    cursor: str | None = None
    limit: int = Field(20, ge=1, le=100)


@router.get(
    "/messages",
    operation_id="listMessages",
    summary="消息列表",
    response={200: schemas.MessagePage, **GUARDED},
)
def list_messages(request: HttpRequest, query: Query[InboxQuery]) -> HttpResponse:
    """
    List your own messages, newest first.
    """
    page = selectors.inbox(actor=require_actor(request), cursor=query.cursor, limit=query.limit)
    return json_response(msgspec.json.encode(page))


@router.post(
    "/messages/{message_id}/read",
    operation_id="readMessage",
    summary="标为已读",
    response={204: None, **GUARDED},
)
def read_message(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """
    Write down that you have read a message; the first time counts.
    """
    services.mark_read(message_id=message_id, actor=require_actor(request), at=clock.now())
    return HttpResponse(status=204)
