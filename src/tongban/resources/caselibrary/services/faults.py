"""
What was wrong with rows, and what came from where.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import connection

from tongban.resources.caselibrary.values import Fault, Kind, case_key, part_of
from tongban.resources.exchange.values import Received

PATIENCE: Final = timedelta(days=1)
"""A row that waits longer than this for its case is a fault, and a case that ended has its result by then."""

NOTE: Final = """
INSERT INTO caselibrary_fault (node, system, kind, case_number, part, taken, code, found_at)
SELECT *, %s::timestamptz FROM unnest(
    %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::text[])
ON CONFLICT (node, system, case_number, kind, part) WHERE mended_at IS NULL DO UPDATE
SET taken = excluded.taken, code = excluded.code
"""

MEND: Final = """
UPDATE caselibrary_fault f SET mended_at = %s
FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[]) AS k (node, system, number, part)
WHERE f.mended_at IS NULL AND f.kind = %s AND f.node = k.node AND f.system = k.system
  AND f.case_number = k.number AND f.part = k.part
"""

COUNT: Final = """
INSERT INTO caselibrary_arrival (node, system, kind, rows, last_at)
SELECT node, system, %s, rows, %s FROM unnest(%s::text[], %s::text[], %s::bigint[]) AS k (node, system, rows)
ORDER BY node, system
ON CONFLICT (node, system, kind) DO UPDATE
SET rows = caselibrary_arrival.rows + excluded.rows, last_at = excluded.last_at
"""

ORPHANS: Final = """
INSERT INTO caselibrary_fault (node, system, kind, case_number, part, taken, code, found_at)
SELECT node, system, kind, number, part, taken, code, %(at)s FROM caselibrary_waiting WHERE since < %(before)s
ON CONFLICT (node, system, case_number, kind, part) WHERE mended_at IS NULL DO NOTHING
"""

WITHOUT_RESULT: Final = """
INSERT INTO caselibrary_fault (node, system, kind, case_number, part, taken, code, found_at)
SELECT node, system, 'result', number, '1', 0, 'result_missing', %(at)s FROM caselibrary_record
WHERE result_type = '' AND ended_at < %(before)s
ON CONFLICT (node, system, case_number, kind, part) WHERE mended_at IS NULL DO NOTHING
"""


def note(
    kind: Kind,
    refused: Sequence[tuple[Received, Fault]],
    settled: Sequence[Received],
    *,
    source: str,
    at: datetime,
) -> None:
    """
    Write down what was refused, and that what was taken now is mended.
    """
    last_good = {entry.key: entry.number for entry in settled}
    bad = {
        entry.key: (entry, fault) for entry, fault in refused if entry.number > last_good.get(entry.key, -1)
    }
    rows = [
        (
            source if fault is Fault.NODE_OUTSIDE_AREA else entry.content.node,
            entry.content.system,
            kind.value,
            entry.content.number,
            part_of(entry.content),
            entry.number,
            fault.value,
        )
        for entry, fault in bad.values()
    ]
    with connection.cursor() as cursor:
        if settled:
            keys = {(*case_key(entry.content), part_of(entry.content)) for entry in settled}
            cursor.execute(MEND, [at, *_columns(keys), kind.value])
        if rows:
            cursor.execute(NOTE, [at, *_columns(rows)])


def count_arrivals(kind: Kind, settled: Sequence[Received], *, at: datetime) -> None:
    """
    Count what came from where.
    """
    counted = Counter((entry.content.node, entry.content.system) for entry in settled)
    if counted:
        rows = [(*source, count) for source, count in counted.items()]
        with connection.cursor() as cursor:
            cursor.execute(COUNT, [kind.value, at, *_columns(rows)])


def note_missing(*, at: datetime) -> int:
    """
    Write down what is missing for longer than a day: cases of rows that wait, results of cases that ended.

    :return: how many faults are new
    """
    facts = {"at": at, "before": at - PATIENCE}
    with connection.cursor() as cursor:
        cursor.execute(ORPHANS, facts)
        found = int(cursor.rowcount)
        cursor.execute(WITHOUT_RESULT, facts)
        return found + int(cursor.rowcount)


def _columns(rows: Iterable[tuple[str | int, ...]]) -> list[list[str | int]]:
    return [list(column) for column in zip(*rows, strict=True)]
