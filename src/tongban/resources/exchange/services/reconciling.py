"""
对账: both ends of a stream compared day by day, by count and digest; and what differs, entry by entry.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Final

import structlog
from django.db import connection, transaction
from django.db.models import Min

from tongban.foundation import audit
from tongban.foundation.actors import Actor
from tongban.foundation.clock import CHINA, civil_date
from tongban.foundation.errors import NotFound, UpstreamError
from tongban.resources.exchange import permissions, ports
from tongban.resources.exchange.models import DayCompared, Position
from tongban.resources.exchange.rules import batches
from tongban.resources.exchange.services.answering import MOST_DAYS, MOST_ENTRIES, READ_AT_ONCE
from tongban.resources.exchange.services.asking import ask_about
from tongban.resources.exchange.values import MessageKind
from tongban.resources.exchange.values.wire import DayAnswer, DayCount, EntriesAnswer

logger = structlog.get_logger(__name__)

USUAL_DAYS: Final = 8
OWN: Final = """
SELECT at, number, digest FROM exchange_entry
WHERE stream_id = %s AND at >= %s AND at < %s AND number > %s AND number <= %s ORDER BY number
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reconciled:
    """
    What a comparison found.
    """

    streams: int
    """Streams compared, counted once for each receiver."""
    days: int
    differing: int
    """Days on which the ends differ."""
    silent: tuple[tuple[int, str], ...]
    """Stream and receiver of whom nothing was heard."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DayDifferences:
    """
    What differs on one day of a stream; numbers.
    """

    day: date
    missing: tuple[int, ...]
    """The receiver does not have them."""
    unknown: tuple[int, ...]
    """The receiver has them, and this node does not."""
    different: tuple[int, ...]
    """Both have them, with other contents."""


def reconcile(
    *,
    actor: Actor,
    at: datetime,
    receiver: str = "",
    stream: int | None = None,
    since: date | None = None,
) -> Reconciled:
    """
    Compare what was sent with what the receivers have, and keep the result of each day. Not inside a transaction.

    :param receiver: only this node; empty: all of them
    :param stream: only this stream
    :param since: from this day on; None: the last days, and every day that differed when it was last compared
    :raises NotPermitted: the actor does not run the node
    """
    permissions.operate.require(actor)
    positions = Position.objects.select_related("stream").order_by("receiver", "stream_id")
    if receiver:
        positions = positions.filter(receiver=receiver)
    if stream is not None:
        positions = positions.filter(stream_id=stream)
    days = differing = streams = 0
    silent = []
    for position in list(positions):
        try:
            compared = _compare(position, since or _first_day(position, at=at), at=at)
        except UpstreamError as error:
            logger.info("receiver_silent", receiver=position.receiver, reason=error.code)
            silent.append((position.stream_id, position.receiver))
            continue
        streams += 1
        days += len(compared)
        differing += sum(not row.is_equal for row in compared)
    if not actor.is_system:
        audit.record(
            action="exchange.stream.compare",
            actor=actor,
            subject=receiver or "*",
            at=at,
            streams=streams,
            differing=differing,
        )
    if differing:
        logger.warning("streams_differ", days=differing)
    return Reconciled(streams=streams, days=days, differing=differing, silent=tuple(silent))


def find_differences(*, actor: Actor, stream: int, receiver: str, day: date, at: datetime) -> DayDifferences:
    """
    Name the entries on which the two ends differ on one day. Not inside a transaction.

    :raises NotPermitted: the actor does not run the node
    :raises NotFound: nothing of this stream goes to this node
    :raises UpstreamError: the receiver does not answer
    """
    permissions.operate.require(actor)
    position = position_of(stream, receiver)
    told = _ask_days(position, day, at=at)
    theirs = dict(_their_entries(position, day, at=at))
    ours = {
        number: bytes(digest).hex()
        for _at, number, digest in _own_rows(position, day, days=1, after=told.after, until=told.position)
    }
    return DayDifferences(
        day=day,
        missing=tuple(sorted(ours.keys() - theirs.keys())),
        unknown=tuple(sorted(theirs.keys() - ours.keys())),
        different=tuple(sorted(n for n in ours.keys() & theirs.keys() if ours[n] != theirs[n])),
    )


def position_of(stream: int, receiver: str) -> Position:
    """
    Return how far a receiver has a stream.

    :raises NotFound: nothing of this stream goes to this node
    """
    found = Position.objects.select_related("stream").filter(stream_id=stream, receiver=receiver).first()
    if found is None:
        raise NotFound
    return found


def _first_day(position: Position, *, at: datetime) -> date:
    usual = civil_date(at) - timedelta(days=USUAL_DAYS - 1)
    differed: date | None = DayCompared.objects.filter(
        stream_id=position.stream_id, receiver=position.receiver, is_equal=False
    ).aggregate(first=Min("day"))["first"]
    return min(usual, differed or usual)


def _compare(position: Position, first: date, *, at: datetime) -> list[DayCompared]:
    compared = []
    while first <= civil_date(at):
        told = _ask_days(position, first, at=at)
        ours = {
            each.day: each
            for each in _counted(
                _own_rows(position, first, days=MOST_DAYS, after=told.after, until=told.position)
            )
        }
        theirs = {each.day: each for each in told.days}
        compared += [
            _compared(position, day, ours.get(day), theirs.get(day), at=at)
            for day in sorted(ours.keys() | theirs.keys() | _differed(position, first))
        ]
        first += timedelta(days=MOST_DAYS)
    DayCompared.objects.bulk_create(
        compared,
        update_conflicts=True,
        unique_fields=["stream", "receiver", "day"],
        update_fields=["ours", "theirs", "is_equal", "compared_at"],
    )
    return compared


def _differed(position: Position, first: date) -> set[date]:
    """
    Return the days that differed before: what differs no more has to be said, too.
    """
    rows = DayCompared.objects.filter(
        stream_id=position.stream_id,
        receiver=position.receiver,
        is_equal=False,
        day__gte=first,
        day__lt=first + timedelta(days=MOST_DAYS),
    )
    return set(rows.values_list("day", flat=True))


def _compared(
    position: Position, day: date, ours: DayCount | None, theirs: DayCount | None, *, at: datetime
) -> DayCompared:
    return DayCompared(
        stream_id=position.stream_id,
        receiver=position.receiver,
        day=day,
        ours=ours.count if ours else 0,
        theirs=theirs.count if theirs else 0,
        is_equal=ours == theirs,
        compared_at=at,
    )


def _ask_days(position: Position, day: date, *, at: datetime) -> DayAnswer:
    return ask_about(position, MessageKind.DAYS, DayAnswer, day=day, neighbours=ports.neighbours(), at=at)


def _their_entries(position: Position, day: date, *, at: datetime) -> Iterator[tuple[int, str]]:
    after = 0
    while True:
        answer = ask_about(
            position,
            MessageKind.ENTRIES,
            EntriesAnswer,
            day=day,
            number=after,
            neighbours=ports.neighbours(),
            at=at,
        )
        yield from answer.entries
        if len(answer.entries) < MOST_ENTRIES:
            return
        after = answer.entries[-1][0]


def _own_rows(
    position: Position, day: date, *, days: int, after: int, until: int
) -> Iterator[tuple[datetime, int, bytes]]:
    start = datetime(day.year, day.month, day.day, tzinfo=CHINA)
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(OWN, [position.stream_id, start, start + timedelta(days=days), after, until])
        while rows := cursor.fetchmany(READ_AT_ONCE):
            yield from rows


def _counted(rows: Iterator[tuple[datetime, int, bytes]]) -> Iterator[DayCount]:
    for day, of_day in groupby(rows, key=lambda row: row[0].astimezone(CHINA).date()):
        yield batches.day_count(day, ((number, digest) for _at, number, digest in of_day))
