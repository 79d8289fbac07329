"""
Questions about messages.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from tongban.foundation.actors import Actor
from tongban.foundation.errors import InvalidInput, NotFound
from tongban.foundation.languages import is_english
from tongban.foundation.paging import Page, decode_cursor, encode_cursor
from tongban.foundation.policy import visible_rows
from tongban.support.messaging import permissions
from tongban.support.messaging.models import Message, OutgoingText
from tongban.support.messaging.ports import find_template
from tongban.support.messaging.values import InboxMessage, TextState, TextStatus

INBOX = "messaging.inbox"
PAGE = 20
ENGLISH = "_en"
"""At the end of a fact's name: what the fact without it is called in English."""


def inbox(*, actor: Actor, cursor: str | None = None, limit: int = PAGE) -> Page[InboxMessage]:
    """
    Return one's own messages, newest first, in the language of the moment. One query, index `message_inbox`.

    :param cursor: `next_cursor` of the page before
    :raises NotAuthenticated: nobody is logged in
    :raises NotPermitted: the actor is no person, or acts for another without the function QUERY
    :raises InvalidInput: the cursor is not one of this list
    """
    return _paged(readable(actor), cursor=cursor, limit=limit)


def notices(*, actor: Actor, cursor: str | None = None, limit: int = PAGE) -> Page[InboxMessage]:
    """
    Return what a member of staff was told at the desk, newest first. One query, index `message_inbox`.

    :raises NotPermitted: the actor is no member of staff
    :raises InvalidInput: the cursor is not one of this list
    """
    return _paged(readable_notices(actor), cursor=cursor, limit=limit)


def unread_notices(*, actor: Actor) -> int:
    """
    Return how much of it is unread. One query, `message_unread`.

    :raises NotPermitted: the actor is no member of staff
    """
    return readable_notices(actor).filter(read_at__isnull=True).count()


def _paged(messages: QuerySet[Message], *, cursor: str | None, limit: int) -> Page[InboxMessage]:
    if cursor:
        created_at, last_id = _position(cursor)
        messages = messages.filter(Q(created_at__lt=created_at) | Q(created_at=created_at, id__lt=last_id))
    rows = list(messages.order_by("-created_at", "-id")[: limit + 1])
    more = len(rows) > limit
    rows = rows[:limit]
    return Page(
        items=[_rendered(row) for row in rows],
        next_cursor=encode_cursor(INBOX, [rows[-1].created_at.isoformat(), str(rows[-1].id)])
        if more
        else None,
    )


def unread_count(*, actor: Actor) -> int:
    """
    Return how many of one's own messages are unread; 0 for anybody but a person. One query, `message_unread`.
    """
    if not permissions.read_inbox.allows(actor):
        return 0
    return readable(actor).filter(read_at__isnull=True).count()


def message(*, message_id: uuid.UUID, actor: Actor) -> InboxMessage:
    """
    Return one of one's own messages. One query.

    :raises NotAuthenticated: nobody is logged in
    :raises NotPermitted: the actor is no person, or acts for another without the function QUERY
    :raises NotFound: the reader has no such message
    """
    row = readable(actor).filter(id=message_id).first()
    if row is None:
        raise NotFound
    return _rendered(row)


def text_status(*, text_id: uuid.UUID, actor: Actor) -> TextStatus:
    """
    Return what became of a short message. One query.

    :raises NotPermitted: the actor does not run the node
    :raises NotFound: no such message
    """
    permissions.read_text_state.require(actor)
    row = OutgoingText.objects.filter(id=text_id).defer("mobile", "params").first()
    if row is None:
        raise NotFound
    return TextStatus(
        id=row.id,
        template=row.template,
        state=TextState(row.state),
        attempts=row.attempts,
        last_error=row.last_error,
        created_at=row.created_at,
        sent_at=row.sent_at,
    )


def text_counts(*, actor: Actor, since: datetime) -> dict[TextState, int]:
    """
    Return how many short messages written since then are in which state, every state named. One query.

    :raises NotPermitted: the actor does not run the node
    """
    permissions.read_text_state.require(actor)
    rows = OutgoingText.objects.filter(created_at__gte=since).values_list("state").annotate(Count("id"))
    counted = {TextState(state): count for state, count in rows.order_by()}
    return {state: counted.get(state, 0) for state in TextState}


def readable(actor: Actor) -> QuerySet[Message]:
    """
    Return the messages the actor may read, as a query that is yet to be asked.

    :raises NotAuthenticated: nobody is logged in
    :raises NotPermitted: the actor is no person, or acts for another without the function QUERY
    """
    permissions.read_inbox.require(actor)
    return Message.objects.filter(visible_rows(permissions.inbox_reach(actor), permissions.MESSAGE_COLUMNS))


def readable_notices(actor: Actor) -> QuerySet[Message]:
    """
    Return what the actor was told as a member of staff, as a query that is yet to be asked.

    Kept under the id of the account he works with, which is no person's and no entity's.

    :raises NotPermitted: the actor is no member of staff
    """
    permissions.read_notices.require(actor)
    return Message.objects.filter(recipient_person_id=actor.id)


def messages_of(person_id: uuid.UUID) -> list[dict[str, str]]:
    """
    Return all messages of a person, for the copy of his data; the node itself asks. One query.
    """
    rows = Message.objects.filter(recipient_person_id=person_id).order_by("created_at", "id")
    return [
        {"时间": row.created_at.isoformat(), "标题": shown.title, "内容": shown.body}
        for row in rows
        for shown in (_rendered(row),)
    ]


def count_messages(person_id: uuid.UUID) -> int:
    """
    Return how many messages a person has. One query.
    """
    return Message.objects.filter(recipient_person_id=person_id).count()


def _position(cursor: str) -> tuple[datetime, uuid.UUID]:
    key = decode_cursor(INBOX, cursor)
    try:
        created_at, last_id = key
        return datetime.fromisoformat(str(created_at)), uuid.UUID(str(last_id))
    except ValueError as error:
        raise InvalidInput(fields={"cursor": InvalidInput.message}) from error


def _rendered(row: Message) -> InboxMessage:
    template = find_template(row.template)
    params = _in_language(row.params)
    return InboxMessage(
        id=row.id,
        template=row.template,
        title=str(template.title) % params if template else row.template,
        body=str(template.body) % params if template else "",
        subject=row.subject,
        created_at=row.created_at,
        is_read=row.read_at is not None,
    )


def _in_language(params: Mapping[str, str]) -> Mapping[str, str]:
    if not is_english():
        return params
    english = {
        name.removesuffix(ENGLISH): text for name, text in params.items() if name.endswith(ENGLISH) and text
    }
    return {**params, **english}
