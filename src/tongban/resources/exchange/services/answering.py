"""
Answers to the sender of a stream: what is here of it, day by day, and once more from a number on.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Final

from django.db import connection, transaction

from tongban.foundation.clock import CHINA
from tongban.resources.exchange.models import Inbound
from tongban.resources.exchange.rules import batches
from tongban.resources.exchange.values.wire import DayAnswer, EntriesAnswer, StreamQuestion

MOST_DAYS: Final = 31
MOST_ENTRIES: Final = 20_000
READ_AT_ONCE: Final = 5_000

RECEIPTS: Final = """
SELECT at, number, digest FROM exchange_receipt
WHERE inbound_id = %s AND at >= %s AND at < %s AND number > %s AND number <= %s ORDER BY at, number
"""
"""What is here by now and came as entries: both ends count the same, whatever arrives meanwhile."""


def count_days(question: StreamQuestion, *, source: str) -> DayAnswer:
    """
    Return how many entries of each day are here, and the digest over them; a month at most.
    """
    inbound = _inbound(question, source)
    if inbound is None or question.day is None:
        return DayAnswer(position=0, after=0, days=())
    rows = _receipts(inbound, question.day, days=MOST_DAYS, after=inbound.after)
    days = [
        batches.day_count(at.astimezone(CHINA).date(), ((number, digest) for _at, number, digest in of_day))
        for at, of_day in groupby(rows, key=lambda row: row[0])
    ]
    return DayAnswer(position=inbound.position, after=inbound.after, days=tuple(days))


def list_entries(question: StreamQuestion, *, source: str) -> EntriesAnswer:
    """
    Return number and digest of the entries of one day behind a number, so that a difference can be named.
    """
    inbound = _inbound(question, source)
    if inbound is None or question.day is None:
        return EntriesAnswer(entries=())
    rows = _receipts(inbound, question.day, days=1, after=max(question.number, inbound.after))
    found = [
        (number, bytes(digest).hex())
        for (_at, number, digest), _i in zip(rows, range(MOST_ENTRIES), strict=False)
    ]
    return EntriesAnswer(entries=tuple(found))


@transaction.atomic
def rewind(question: StreamQuestion, *, source: str) -> DayAnswer:
    """
    Want everything behind a number once more; it is taken again when it comes.
    """
    inbound = _inbound(question, source, lock=True)
    if inbound is None:
        return DayAnswer(position=0, after=0, days=())
    inbound.rewind_to = min(max(question.number, inbound.after), inbound.position)
    inbound.save(update_fields=["rewind_to"])
    return DayAnswer(position=inbound.rewind_to, after=inbound.after, days=())


def _inbound(question: StreamQuestion, source: str, *, lock: bool = False) -> Inbound | None:
    rows = Inbound.objects.select_for_update() if lock else Inbound.objects.all()
    return rows.filter(source=source, dataset=question.dataset, audience=question.audience).first()


def _receipts(inbound: Inbound, day: date, *, days: int, after: int) -> Iterator[tuple[datetime, int, bytes]]:
    start = datetime(day.year, day.month, day.day, tzinfo=CHINA)
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(RECEIPTS, [inbound.pk, start, start + timedelta(days=days), after, inbound.position])
        while rows := cursor.fetchmany(READ_AT_ONCE):
            yield from rows
