"""
The API of messaging: one's own inbox.
"""

from uuid import UUID

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router, Schema

from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.http import GUARDED, json_response, require_actor
from tongban.support.messaging import permissions, schemas, selectors, services

router = Router(tags=["messaging 消息"])


class InboxQuery(Schema):
    """
    Which page.
    """

    cursor: str | None = None
    limit: int = Field(20, ge=1, le=100)


@router.get(
    "/messages",
    operation_id="listMessages",
    summary="我的消息",
    response={200: schemas.MessagePage, **GUARDED},
)
def list_messages(request: HttpRequest, query: Query[InboxQuery]) -> HttpResponse:
    """
    List your messages, the newest first.
    """
    page = selectors.inbox(actor=_reader(request), cursor=query.cursor, limit=query.limit)
    return json_response(msgspec.json.encode(page))


@router.get(
    "/messages/unread",
    operation_id="countUnreadMessages",
    summary="未读消息数",
    response={200: schemas.UnreadOut, **GUARDED},
)
def count_unread_messages(request: HttpRequest) -> HttpResponse:
    """
    Count your unread messages.
    """
    return json_response(msgspec.json.encode({"count": selectors.unread_count(actor=_reader(request))}))


@router.get(
    "/messages/{message_id}",
    operation_id="getMessage",
    summary="消息",
    response={200: schemas.MessageOut, **GUARDED},
)
def get_message(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """
    Read one message; it stays unread until it is marked.
    """
    return json_response(
        msgspec.json.encode(selectors.message(message_id=message_id, actor=_reader(request)))
    )


@router.post(
    "/messages/{message_id}/read",
    operation_id="markMessageRead",
    summary="标为已读",
    response={204: None, **GUARDED},
)
def mark_message_read(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """
    Mark a message as read; doing so twice changes nothing.
    """
    services.mark_read(message_id=message_id, actor=_reader(request), at=clock.now())
    return HttpResponse(status=204)


def _reader(request: HttpRequest) -> Actor:
    """
    Return the person who calls; staff and systems have no inbox.
    """
    actor = require_actor(request)
    permissions.read_inbox.require(actor)
    return actor
