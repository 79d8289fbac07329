"""
What the selectors share: who may look, names, and lines made of rows.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext_lazy as _

from tongban.foundation.actors import Actor
from tongban.foundation.errors import NotFound
from tongban.resources.exchange import permissions, ports
from tongban.resources.exchange.models import Inbound, Position
from tongban.resources.exchange.rules import health
from tongban.resources.exchange.values import FeedTrouble
from tongban.resources.exchange.values.watching import FeedLine, InboundLine, Relation

OLDEST = """
SELECT p.id, e.at FROM exchange_position p JOIN exchange_stream s ON s.id = p.stream_id
CROSS JOIN LATERAL (
    SELECT at FROM exchange_entry
    WHERE stream_id = s.id AND number > p.number AND at >= coalesce(p.confirmed_numbering, '-infinity')
    ORDER BY number LIMIT 1) e
WHERE p.id = ANY(%s) AND p.number < s.last
"""


class StreamNotFound(NotFound):
    """
    There is no such stream, entry or node.
    """

    code = "stream_not_found"
    message = _("没有这条数据流，或没有这个条目")


def may_watch(*, actor: Actor) -> bool:
    """
    Tell whether the actor is shown how the exchange runs. No query.
    """
    return permissions.watch.allows(actor)


def may_operate(*, actor: Actor) -> bool:
    """
    Tell whether the actor may have entries sent again, compared or taken up after a gap. No query.
    """
    return permissions.operate.allows(actor)


def patience() -> timedelta:
    """
    Return how long a node may be silent before it counts as stuck.
    """
    return timedelta(minutes=settings.TONGBAN_EXCHANGE.silent_minutes)


def title_of(dataset: str) -> str:
    """
    Return what a dataset is called; its code where nobody registered it.
    """
    contract = ports.contract(dataset)
    return str(contract.title) if contract else dataset


def relation_of(code: str, neighbours: ports.Neighbours) -> Relation:
    """
    Return what another node is to this one.
    """
    if neighbours.parent is not None and neighbours.parent.code == code:
        return Relation.PARENT
    if any(peer.code == code for peer in neighbours.children):
        return Relation.CHILD
    return Relation.OTHER if neighbours.find(code) else Relation.FORMER


def oldest_waiting(positions: list[Position]) -> dict[int, datetime]:
    """
    Return when the oldest entry was numbered that each receiver lacks. One query.
    """
    with connection.cursor() as cursor:
        cursor.execute(OLDEST, [[each.pk for each in positions]])
        return dict(cursor.fetchall())


def feed_of(
    row: Position, *, oldest: datetime | None, errors: int, differing_days: int, at: datetime
) -> FeedLine:
    """
    Return a position, with its stream, as operators see it.
    """
    trouble = FeedTrouble(row.trouble) if row.trouble else None
    return FeedLine(
        feed=row.pk,
        stream=row.stream_id,
        dataset=row.stream.dataset,
        title=title_of(row.stream.dataset),
        audience=row.stream.audience,
        receiver=row.receiver,
        last=row.stream.last,
        position=row.number,
        oldest_waiting_at=oldest,
        confirmed_at=row.confirmed_at,
        heard_at=row.heard_at,
        failures=row.failures,
        failing_since=row.failing_since,
        trouble=trouble,
        next_try_at=row.next_try_at,
        first_kept=row.stream.first_kept,
        errors=errors,
        differing_days=differing_days,
        health=health.of_feed(
            trouble=trouble,
            failing_since=row.failing_since,
            errors=errors,
            differing_days=differing_days,
            at=at,
            patience=patience(),
        ),
    )


def inbound_of(row: Inbound, *, errors: int, at: datetime) -> InboundLine:
    """
    Return a stream that is received as operators see it.
    """
    return InboundLine(
        inbound=row.pk,
        source=row.source,
        dataset=row.dataset,
        title=title_of(row.dataset),
        audience=row.audience,
        position=row.position,
        after=row.after,
        rewind_to=row.rewind_to,
        received_at=row.received_at,
        heard_at=row.heard_at,
        skew_seconds=row.skew_seconds,
        forked_at=row.forked_at,
        errors=errors,
        health=health.of_inbound(
            heard_at=row.heard_at,
            forked_at=row.forked_at,
            skew_seconds=row.skew_seconds,
            errors=errors,
            at=at,
            patience=patience(),
        ),
    )


def number_in(value: Any) -> int:
    """
    Return a whole number of a cursor.
    """
    return int(str(value))
