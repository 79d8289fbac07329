"""
Lists: entries, batches, errors and days, newest first, by keyset.
"""

from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.db.models import Q

from tongban.foundation.actors import Actor
from tongban.foundation.clock import CHINA
from tongban.foundation.paging import Page, decode_cursor, encode_cursor
from tongban.resources.exchange import permissions
from tongban.resources.exchange.models import (
    Batch,
    DayCompared,
    Entry,
    Inbound,
    Position,
    Receipt,
    ReceivedError,
    SentError,
)
from tongban.resources.exchange.selectors.lines import StreamNotFound, number_in, title_of
from tongban.resources.exchange.values import BatchOutcome
from tongban.resources.exchange.values.watching import BatchLine, DayLine, EntryLine, ErrorLine, ErrorSide

PAGE: Final = 50
LARGEST_PAGE: Final = 200
MOST_BATCHES: Final = 20

ERRORS: Final = """
SELECT * FROM (
    SELECT e.at, 'SENT' AS side, e.id, e.receiver AS node, p.id AS line, s.dataset, e.number, e.key, e.code, e.text,
        e.mended_by
    FROM exchange_senterror e JOIN exchange_stream s ON s.id = e.stream_id
    JOIN exchange_position p ON p.stream_id = e.stream_id AND p.receiver = e.receiver
    WHERE {sent} ORDER BY e.at DESC, e.id DESC LIMIT %(limit)s) AS sent
UNION ALL SELECT * FROM (
    SELECT e.at, 'RECEIVED' AS side, e.id, i.source AS node, i.id AS line, i.dataset, e.number, e.key, e.code, e.text,
        e.mended_by
    FROM exchange_receivederror e JOIN exchange_inbound i ON i.id = e.inbound_id
    WHERE {received} ORDER BY e.at DESC, e.id DESC LIMIT %(limit)s) AS received
ORDER BY at DESC, side DESC, id DESC LIMIT %(limit)s
"""


def feed_entries(
    *,
    feed: int,
    actor: Actor,
    day: date | None = None,
    only_errors: bool = False,
    only_waiting: bool = False,
    up_to: int | None = None,
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[EntryLine]:
    """
    Return entries of a stream, newest first, without their contents. Three queries.

    :param feed: number of the position
    :param day: of those numbered on this China day
    :param only_errors: of those that the receiver did not take and nothing has mended
    :param only_waiting: of those that the receiver has not confirmed, oldest last
    :param up_to: this number and lower ones
    :raises StreamNotFound: there is no such position
    """
    permissions.watch.require(actor)
    position = Position.objects.filter(pk=feed).first()
    if position is None:
        raise StreamNotFound
    rows = Entry.objects.filter(stream_id=position.stream_id).defer("content", "chain")
    if day is not None:
        rows = rows.filter(at__gte=_midnight(day), at__lt=_midnight(day + timedelta(days=1)))
    errors = SentError.objects.filter(
        stream=position.stream_id, receiver=position.receiver, mended_by=None
    ).order_by("-number")
    if only_waiting:
        rows = rows.filter(number__gt=position.number)
    if only_errors:
        rows = rows.filter(number__in=errors.values("number"))
    if up_to is not None:
        rows = rows.filter(number__lte=up_to)
    limit = max(1, min(limit, LARGEST_PAGE))
    rows = _before(rows, "exchange.entries", cursor)
    found = list(rows.order_by("-number")[: limit + 1])
    codes = dict(errors.filter(number__in=[row.number for row in found]).values_list("number", "code"))
    return _page(
        "exchange.entries",
        [
            EntryLine(
                number=row.number,
                key=row.key,
                operation=row.operation,
                origin=row.origin,
                made_at=row.made_at,
                at=row.at,
                digest=bytes(row.digest).hex(),
                error=codes.get(row.number, ""),
            )
            for row in found
        ],
        limit,
    )


def inbound_entries(
    *,
    inbound: int,
    actor: Actor,
    day: date | None = None,
    only_errors: bool = False,
    up_to: int | None = None,
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[EntryLine]:
    """
    Return receipts of a stream that is received, newest first. Three queries.

    :raises StreamNotFound: there is no such stream
    """
    permissions.watch.require(actor)
    if not Inbound.objects.filter(pk=inbound).exists():
        raise StreamNotFound
    rows = Receipt.objects.filter(inbound_id=inbound)
    if day is not None:
        rows = rows.filter(at__gte=_midnight(day), at__lt=_midnight(day + timedelta(days=1)))
    errors = ReceivedError.objects.filter(inbound=inbound, mended_by=None)
    if only_errors:
        rows = rows.filter(number__in=errors.values("number"))
    if up_to is not None:
        rows = rows.filter(number__lte=up_to)
    limit = max(1, min(limit, LARGEST_PAGE))
    rows = _before(rows, "exchange.receipts", cursor)
    found = list(rows.order_by("-number")[: limit + 1])
    wrong = {row.number: row for row in errors.filter(number__in=[row.number for row in found])}
    return _page(
        "exchange.receipts",
        [
            EntryLine(
                number=row.number,
                key=wrong[row.number].key if row.number in wrong else "",
                operation="",
                origin="",
                made_at=None,
                at=row.at,
                digest=bytes(row.digest).hex(),
                error=wrong[row.number].code if row.number in wrong else "",
            )
            for row in found
        ],
        limit,
    )


def feed_batches(*, feed: int, actor: Actor) -> list[BatchLine]:
    """
    Return the last batches of a stream to a receiver, newest first. Two queries.

    :raises StreamNotFound: there is no such position
    """
    permissions.watch.require(actor)
    position = Position.objects.filter(pk=feed).first()
    if position is None:
        raise StreamNotFound
    rows = Batch.objects.filter(stream=position.stream_id, receiver=position.receiver).order_by(
        "-last", "-id"
    )
    return [
        BatchLine(
            first=row.first,
            last=row.last,
            bytes=row.bytes,
            attempts=row.attempts,
            sent_at=row.sent_at,
            last_sent_at=row.last_sent_at,
            answered_at=row.answered_at,
            outcome=BatchOutcome(row.outcome),
        )
        for row in rows[:MOST_BATCHES]
    ]


def entry_errors(
    *,
    actor: Actor,
    side: ErrorSide | None = None,
    is_open: bool = True,
    dataset: str = "",
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[ErrorLine]:
    """
    Return entries that were not taken, here or there, newest first. One query.

    :param is_open: only those that nothing has mended
    :raises NotPermitted: the actor is not shown how the exchange runs
    :raises InvalidInput: the cursor is of another list
    """
    permissions.watch.require(actor)
    limit = max(1, min(limit, LARGEST_PAGE))
    values: dict[str, Any] = {"limit": limit + 1, "dataset": dataset}
    # Each half is in order of its own index; the cursor says how far each has been shown.
    conditions = {"SENT": ["true"], "RECEIVED": ["true"]}
    if side is not None:
        other = ErrorSide.RECEIVED if side is ErrorSide.SENT else ErrorSide.SENT
        conditions[other.value].append("false")
    for part, table in (("SENT", "s"), ("RECEIVED", "i")):
        if is_open:
            conditions[part].append("e.mended_by IS NULL")
        if dataset:
            conditions[part].append(f"{table}.dataset = %(dataset)s")
    if cursor:
        at, last_side, last_id = decode_cursor("exchange.errors", cursor)
        values |= {"at": at, "id": last_id}
        _go_on_behind(conditions, str(last_side))
    query = ERRORS.format(
        sent=" AND ".join(conditions["SENT"]), received=" AND ".join(conditions["RECEIVED"])
    )
    with connection.cursor() as db:
        db.execute(query, values)
        lines = [_error(row) for row in db.fetchall()]
    last = lines[limit - 1] if len(lines) > limit else None
    return Page(
        items=lines[:limit],
        next_cursor=encode_cursor("exchange.errors", [last.at.isoformat(), last.side.value, last.id])
        if last
        else None,
    )


def compared_days(
    *,
    actor: Actor,
    feed: int | None = None,
    only_differing: bool = False,
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[DayLine]:
    """
    Return days that both ends were compared for, newest first. One query; two for one stream.

    :param feed: number of a position; None: of all streams
    :raises StreamNotFound: there is no such position
    """
    permissions.watch.require(actor)
    rows = DayCompared.objects.select_related("stream")
    positions = Position.objects.all()
    if feed is not None:
        position = positions.filter(pk=feed).first()
        if position is None:
            raise StreamNotFound
        rows = rows.filter(stream=position.stream_id, receiver=position.receiver)
    if only_differing:
        rows = rows.filter(is_equal=False)
    limit = max(1, min(limit, LARGEST_PAGE))
    if cursor:
        day, key = decode_cursor("exchange.days", cursor)
        rows = rows.filter(Q(day__lt=str(day)) | Q(day=str(day), id__lt=number_in(key)))
    found = list(rows.order_by("-day", "-id")[: limit + 1])
    feeds = {
        (stream, receiver): pk
        for pk, stream, receiver in positions.filter(stream__in={row.stream_id for row in found}).values_list(
            "pk", "stream", "receiver"
        )
    }
    shown = found[:limit]
    last = shown[-1] if len(found) > limit else None
    return Page(
        items=[_day(row, feeds) for row in shown],
        next_cursor=encode_cursor("exchange.days", [last.day.isoformat(), last.pk]) if last else None,
    )


def _go_on_behind(conditions: dict[str, list[str]], side: str) -> None:
    """
    Leave out what was shown: errors are ordered by moment, side (SENT first) and number, each falling.
    """
    same = "(e.at, e.id) < (%(at)s, %(id)s)"
    if side == ErrorSide.SENT:
        conditions["SENT"].append(same)
        conditions["RECEIVED"].append("e.at <= %(at)s")
    else:
        conditions["SENT"].append("e.at < %(at)s")
        conditions["RECEIVED"].append(same)


def _error(row: tuple[Any, ...]) -> ErrorLine:
    at, side, pk, node, line, dataset, number, key, code, text, mended_by = row
    return ErrorLine(
        id=pk,
        side=ErrorSide(side),
        node=node,
        line=line,
        dataset=dataset,
        title=title_of(dataset),
        number=number,
        key=key,
        code=code,
        text=text,
        at=at,
        mended_by=mended_by,
    )


def _day(row: DayCompared, feeds: dict[tuple[int, str], int]) -> DayLine:
    return DayLine(
        feed=feeds.get((row.stream_id, row.receiver), 0),
        dataset=row.stream.dataset,
        title=title_of(row.stream.dataset),
        receiver=row.receiver,
        day=row.day,
        ours=row.ours,
        theirs=row.theirs,
        is_equal=row.is_equal,
        compared_at=row.compared_at,
    )


def _before(rows: Any, purpose: str, cursor: str | None) -> Any:
    if not cursor:
        return rows
    (number,) = decode_cursor(purpose, cursor)
    return rows.filter(number__lt=number_in(number))


def _page(purpose: str, lines: list[EntryLine], limit: int) -> Page[EntryLine]:
    last = lines[limit - 1] if len(lines) > limit else None
    return Page(items=lines[:limit], next_cursor=encode_cursor(purpose, [last.number]) if last else None)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=CHINA)
