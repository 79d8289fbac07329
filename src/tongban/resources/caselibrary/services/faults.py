"""
What was wrong with rows, and what came from where.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection

from tongban.foundation.db import business_transaction
from tongban.resources.caselibrary.services import feedback
from tongban.resources.caselibrary.values import Fault, Kind, case_key, part_of
from tongban.resources.caselibrary.values.told import ToldFault
from tongban.resources.exchange import ports as exchange
from tongban.resources.exchange.values import Received

PATIENCE: Final = timedelta(days=1)
"""A row that waits longer than this for its case is a fault, and a case that ended has its result by then."""

AT_ONCE: Final = 1000
"""Missing rows that are noted in one transaction."""

NOTE: Final = """
INSERT INTO caselibrary_fault (node, system, kind, case_number, part, taken, code, is_told, found_at)
SELECT *, %s::timestamptz FROM unnest(
    %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::text[], %s::boolean[])
ON CONFLICT (node, system, case_number, kind, part, found_by) WHERE mended_at IS NULL DO UPDATE
SET taken = excluded.taken, code = excluded.code, is_told = caselibrary_fault.is_told OR excluded.is_told
RETURNING node, system, kind, case_number, part, code, found_at, is_told
"""

MEND: Final = """
UPDATE caselibrary_fault f SET mended_at = %s
FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[]) AS k (node, system, number, part)
WHERE f.mended_at IS NULL AND f.found_by = '' AND f.kind = %s AND f.node = k.node AND f.system = k.system
  AND f.case_number = k.number AND f.part = k.part
RETURNING f.node, f.system, f.kind, f.case_number, f.part, f.code, f.found_at, f.is_told
"""

COUNT: Final = """
INSERT INTO caselibrary_arrival (node, system, kind, rows, last_at)
SELECT node, system, %s, rows, %s FROM unnest(%s::text[], %s::text[], %s::bigint[]) AS k (node, system, rows)
ORDER BY node, system
ON CONFLICT (node, system, kind) DO UPDATE
SET rows = caselibrary_arrival.rows + excluded.rows, last_at = excluded.last_at
"""

ORPHANS: Final = """
INSERT INTO caselibrary_fault (node, system, kind, case_number, part, taken, code, found_at, is_told)
SELECT node, system, kind, number, part, taken, code, %(at)s, node <> %(own)s FROM caselibrary_waiting w
WHERE since < %(before)s AND NOT EXISTS (
    SELECT FROM caselibrary_fault f WHERE f.mended_at IS NULL AND f.found_by = '' AND f.node = w.node
      AND f.system = w.system AND f.case_number = w.number AND f.kind = w.kind AND f.part = w.part)
ORDER BY since, id LIMIT %(most)s
ON CONFLICT (node, system, case_number, kind, part, found_by) WHERE mended_at IS NULL DO NOTHING
RETURNING node, system, kind, case_number, part, code, found_at, is_told
"""

WITHOUT_RESULT: Final = """
INSERT INTO caselibrary_fault (node, system, kind, case_number, part, taken, code, found_at, is_told)
SELECT node, system, 'result', number, '1', 0, 'result_missing', %(at)s, node <> %(own)s FROM caselibrary_record r
WHERE result_type = '' AND ended_at < %(before)s AND NOT EXISTS (
    SELECT FROM caselibrary_fault f WHERE f.mended_at IS NULL AND f.found_by = '' AND f.node = r.node
      AND f.system = r.system AND f.case_number = r.number AND f.kind = 'result' AND f.part = '1')
ORDER BY ended_at LIMIT %(most)s
ON CONFLICT (node, system, case_number, kind, part, found_by) WHERE mended_at IS NULL DO NOTHING
RETURNING node, system, kind, case_number, part, code, found_at, is_told
"""


def note(
    kind: Kind,
    refused: Sequence[tuple[Received, Fault]],
    settled: Sequence[Received],
    *,
    source: str,
    at: datetime,
    is_late: bool = False,
) -> None:
    """
    Write down what was refused, and that what was taken now is mended; tell whom the sender's answer does not reach.

    :param is_late: the rows came before; who sent them has his answer
    """
    last_good = {entry.key: entry.number for entry in settled}
    bad = {
        entry.key: (entry, fault) for entry, fault in refused if entry.number > last_good.get(entry.key, -1)
    }
    answered = {exchange.neighbours().own_code, *(() if is_late else (source,))}
    rows = []
    for entry, fault in bad.values():
        node = source if fault is Fault.NODE_OUTSIDE_AREA else entry.content.node
        case = (node, entry.content.system, kind.value, entry.content.number, part_of(entry.content))
        rows.append((*case, entry.number, fault.value, node not in answered))
    with connection.cursor() as cursor:
        if settled:
            keys = {(*case_key(entry.content), part_of(entry.content)) for entry in settled}
            cursor.execute(MEND, [at, *_columns(keys), kind.value])
            _tell(cursor.fetchall(), is_mended=True, at=at)
        if rows:
            cursor.execute(NOTE, [at, *_columns(rows)])
            _tell(cursor.fetchall(), is_mended=False, at=at)


def _tell(faults: Iterable[Sequence[Any]], *, is_mended: bool, at: datetime) -> None:
    for node, system, kind, number, part, code, found_at, is_told in faults:
        if is_told:
            told = ToldFault(
                system=system,
                number=number,
                kind=kind,
                part=part,
                code=code,
                found_at=found_at,
                is_mended=is_mended,
            )
            feedback.tell(node, told, at=at)


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
    Write down what is missing for longer than a day, and tell the nodes whose it is.

    These are cases of rows that wait, and results of cases that ended.

    :return: how many faults are new
    """
    facts = {
        "at": at,
        "before": at - PATIENCE,
        "own": exchange.neighbours().own_code,
        "most": AT_ONCE,
    }
    return sum(_note_all(statement, facts, at=at) for statement in (ORPHANS, WITHOUT_RESULT))


def _note_all(statement: str, facts: dict[str, Any], *, at: datetime) -> int:
    count = 0
    while found := _note_some(statement, facts, at=at):
        count += found
    return count


@business_transaction
def _note_some(statement: str, facts: dict[str, Any], *, at: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, facts)
        rows = cursor.fetchall()
    _tell(rows, is_mended=False, at=at)
    return len(rows)


def _columns(rows: Iterable[tuple[str | int, ...]]) -> list[list[str | int]]:
    return [list(column) for column in zip(*rows, strict=True)]
