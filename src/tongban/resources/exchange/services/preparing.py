"""
The next stretch of a stream, made ready to be sent; while one is on its way, the one behind it is made ready.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, Generic, TypeVar

from django.db import connection

from tongban.foundation import crypto
from tongban.foundation.clock import CHINA
from tongban.resources.exchange.models import Stream
from tongban.resources.exchange.rules import batches
from tongban.resources.exchange.services.publishing import MOST_CONTENT, SEALED_AS
from tongban.resources.exchange.values import Line

T = TypeVar("T")

NEXT: Final = """
SELECT number, key, operation, (extract(epoch FROM made_at) * 1000000)::int8, origin, content, chain,
    (extract(epoch FROM at) * 1000000)::int8
FROM (
    SELECT *, sum(length(content)) OVER (ORDER BY number) AS size FROM (
        SELECT number, key, operation, made_at, origin, content, chain, at FROM exchange_entry
        WHERE stream_id = %s AND number > %s AND at >= %s ORDER BY number LIMIT %s) AS head) AS counted
WHERE size <= %s OR number = %s ORDER BY number
"""
EARLIEST: Final = datetime.fromisoformat("2026-01-01T00:00:00+08:00")
SECOND: Final = 1_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Stretch:
    """
    Entries of one day, nothing missing between.
    """

    first: int
    last: int
    previous: bytes
    chain: bytes
    day: date
    numbered_at: datetime
    """When the last of them was numbered."""
    keys: dict[int, str]
    body: bytes = field(repr=False)


def next_stretch(stream: Stream, *, after: int, chain: bytes, since: datetime | None) -> Stretch | None:
    """
    Return the entries behind a number, as many as fit into a batch; None where the next one is not here.

    :param chain: of the stream at that number
    :param since: nothing behind it was numbered before: older months need not be looked through
    """
    rows = _rows([stream.pk, after, since or EARLIEST, batches.MOST_LINES, MOST_CONTENT, after + 1])
    if not rows or rows[0][0] != after + 1:
        return None
    day = _moment(rows[0][-1]).astimezone(CHINA).date()
    midnight = datetime(day.year, day.month, day.day, tzinfo=CHINA) + timedelta(days=1)
    end = round(midnight.timestamp()) * SECOND
    rows = [row for number, row in enumerate(rows, start=after + 1) if row[0] == number and row[-1] < end]
    lines = [
        Line(
            number,
            key,
            operation,
            batches.milliseconds(made),
            origin,
            crypto.unseal(content, context=SEALED_AS),
        )
        for number, key, operation, made, origin, content, _chain, _at in rows
    ]
    return Stretch(
        first=after + 1,
        last=rows[-1][0],
        previous=chain,
        chain=rows[-1][6],
        day=day,
        numbered_at=_moment(rows[-1][-1]),
        keys={row[0]: row[1] for row in rows},
        body=batches.pack(lines),
    )


class Call(threading.Thread, Generic[T]):
    """
    Something that takes a while, done beside; dies with the process.
    """

    def __init__(self, work: Callable[[], T]) -> None:
        """
        Begin.
        """
        super().__init__(daemon=True)
        self._work = work
        self._outcome: T | None = None
        self._error: Exception | None = None
        self.start()

    def run(self) -> None:
        """
        Work.
        """
        try:
            self._outcome = self._work()
        except Exception as error:  # noqa: BLE001 -- raised again where the outcome is wanted
            self._error = error

    def outcome(self) -> T:
        """
        Wait, and return what came of it, or raise what it raised.
        """
        self.join()
        if self._error is not None:
            raise self._error
        return self._outcome  # type: ignore[return-value]


def _rows(parameters: list[Any]) -> list[Any]:
    connection.ensure_connection()
    # Binary: what is as large as this is not written as text and read again.
    with connection.connection.cursor(binary=True) as cursor:
        cursor.execute(NEXT, parameters)
        return list(cursor.fetchall())


def _moment(microseconds: int) -> datetime:
    return datetime.fromtimestamp(0, tz=UTC) + timedelta(microseconds=microseconds)
