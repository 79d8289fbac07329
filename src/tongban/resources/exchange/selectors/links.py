"""
Links and streams: who exchanges what with this node, and how far everybody is.
"""

from collections import defaultdict
from datetime import datetime
from typing import Final

from django.db import connection
from django.db.models import Count, QuerySet

from tongban.foundation.actors import Actor
from tongban.resources.exchange import permissions, ports
from tongban.resources.exchange.models import (
    DayCompared,
    Inbound,
    Position,
    ReceivedError,
    SentError,
)
from tongban.resources.exchange.rules import health
from tongban.resources.exchange.selectors.lines import (
    StreamNotFound,
    feed_of,
    inbound_of,
    oldest_waiting,
    relation_of,
)
from tongban.resources.exchange.values.watching import ExchangeOverview, FeedLine, InboundLine, LinkLine

UNNUMBERED: Final = """
SELECT (SELECT count(*) FROM (SELECT FROM exchange_outbox LIMIT 100000) AS head),
    (SELECT made_at FROM exchange_outbox ORDER BY id LIMIT 1)
"""


def exchange_overview(*, actor: Actor, at: datetime) -> ExchangeOverview:
    """
    Return every link with its streams. Seven queries.

    :raises NotPermitted: the actor is not shown how the exchange runs
    """
    permissions.watch.require(actor)
    neighbours = ports.neighbours()
    unnumbered, since = _unnumbered()
    return ExchangeOverview(
        own_code=neighbours.own_code,
        has_joined=neighbours.own_key is not None,
        links=_links(
            neighbours,
            _feeds(Position.objects.all(), at=at),
            _inbounds(Inbound.objects.all(), at=at),
        ),
        unnumbered=unnumbered,
        unnumbered_since=since,
    )


def link_line(*, peer: str, actor: Actor, at: datetime) -> LinkLine:
    """
    Return one link with its streams. Six queries.

    :param peer: code of the other node
    :raises StreamNotFound: nothing is exchanged with it
    """
    permissions.watch.require(actor)
    found = _links(
        ports.neighbours(),
        _feeds(Position.objects.filter(receiver=peer), at=at),
        _inbounds(Inbound.objects.filter(source=peer), at=at),
    )
    for link in found:
        if link.code == peer:
            return link
    raise StreamNotFound


def feed_line(*, feed: int, actor: Actor, at: datetime) -> FeedLine:
    """
    Return one stream on its way to one receiver. Four queries.

    :param feed: number of the position
    :raises StreamNotFound: there is none
    """
    permissions.watch.require(actor)
    for line in _feeds(Position.objects.filter(pk=feed), at=at):
        return line
    raise StreamNotFound


def inbound_line(*, inbound: int, actor: Actor, at: datetime) -> InboundLine:
    """
    Return one stream that is received. Two queries.

    :raises StreamNotFound: there is none
    """
    permissions.watch.require(actor)
    for line in _inbounds(Inbound.objects.filter(pk=inbound), at=at):
        return line
    raise StreamNotFound


def _unnumbered() -> tuple[int, datetime | None]:
    """
    Return how many entries have no number yet, 100,000 at most, and when the oldest was made.
    """
    with connection.cursor() as cursor:
        cursor.execute(UNNUMBERED)
        count, since = cursor.fetchone()
    return count, since


def _feeds(rows: "QuerySet[Position]", *, at: datetime) -> list[FeedLine]:
    positions = list(rows.select_related("stream").order_by("stream__dataset", "receiver"))
    streams = {each.stream_id for each in positions}
    errors = {
        (stream, receiver): count
        for stream, receiver, count in SentError.objects.filter(mended_by=None, stream__in=streams)
        .values_list("stream", "receiver")
        .annotate(count=Count("id"))
    }
    days = {
        (stream, receiver): count
        for stream, receiver, count in DayCompared.objects.filter(is_equal=False, stream__in=streams)
        .values_list("stream", "receiver")
        .annotate(count=Count("id"))
    }
    oldest = oldest_waiting(positions)
    return [
        feed_of(
            each,
            oldest=oldest.get(each.pk),
            errors=errors.get((each.stream_id, each.receiver), 0),
            differing_days=days.get((each.stream_id, each.receiver), 0),
            at=at,
        )
        for each in positions
    ]


def _inbounds(rows: "QuerySet[Inbound]", *, at: datetime) -> list[InboundLine]:
    found = list(rows.order_by("dataset", "source"))
    errors = dict(
        ReceivedError.objects.filter(mended_by=None, inbound__in=[each.pk for each in found])
        .values_list("inbound")
        .annotate(count=Count("id"))
    )
    return [inbound_of(each, errors=errors.get(each.pk, 0), at=at) for each in found]


def _links(
    neighbours: ports.Neighbours, feeds: list[FeedLine], inbounds: list[InboundLine]
) -> tuple[LinkLine, ...]:
    outwards: dict[str, list[FeedLine]] = defaultdict(list)
    inwards: dict[str, list[InboundLine]] = defaultdict(list)
    for feed in feeds:
        outwards[feed.receiver].append(feed)
    for line in inbounds:
        inwards[line.source].append(line)
    parent = (neighbours.parent,) if neighbours.parent else ()
    known = {peer.code: peer for peer in (*parent, *neighbours.children, *neighbours.others)}
    codes = [*known, *sorted((outwards.keys() | inwards.keys()) - known.keys())]
    return tuple(
        LinkLine(
            code=code,
            name=known[code].name if code in known else code,
            name_en=known[code].name_en if code in known else code,
            relation=relation_of(code, neighbours),
            feeds=tuple(outwards[code]),
            inbounds=tuple(inwards[code]),
            health=health.worst(
                [feed.health for feed in outwards[code]] + [line.health for line in inwards[code]]
            ),
        )
        for code in codes
    )
