"""
Rows that came before what they belong to.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from django.db import connection

from tongban.foundation import crypto
from tongban.resources.caselibrary.models.cases import WAITING_CONTEXT
from tongban.resources.caselibrary.rules import keeping
from tongban.resources.caselibrary.services.store import CaseKey
from tongban.resources.caselibrary.values import Fault, Kind, case_key, key_of, part_of
from tongban.resources.exchange.values import Operation, Received

PUT_ASIDE: Final = """
INSERT INTO caselibrary_waiting (node, system, number, kind, part, source, taken, content, since, code)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (node, system, number, kind, part) DO UPDATE
SET source = excluded.source, taken = excluded.taken, content = excluded.content, code = excluded.code
WHERE caselibrary_waiting.source <> excluded.source OR caselibrary_waiting.taken < excluded.taken
"""

TAKE_OUT: Final = """
DELETE FROM caselibrary_waiting w USING unnest(%s::text[], %s::text[], %s::text[]) AS k (node, system, number)
WHERE w.node = k.node AND w.system = k.system AND w.number = k.number AND w.source = %s
RETURNING w.kind, w.taken, w.content, w.since, w.id
"""


def put_aside(kind: Kind, entries: Sequence[tuple[Received, Fault]], *, source: str, at: datetime) -> None:
    """
    Keep rows until what they belong to comes.
    """
    with connection.cursor() as cursor:
        cursor.executemany(
            PUT_ASIDE,
            [
                (
                    *case_key(entry.content),
                    kind.value,
                    part_of(entry.content),
                    source,
                    entry.number,
                    crypto.seal(keeping.encoded(entry.content), context=WAITING_CONTEXT),
                    at,
                    fault.value,
                )
                for entry, fault in entries
            ],
        )


def take_out(keys: Collection[CaseKey], *, source: str) -> dict[Kind, list[Received]]:
    """
    Return what waited for these cases, by kind, in the order in which it came; it waits no longer.
    """
    if not keys:
        return {}
    columns = [list(column) for column in zip(*keys, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(TAKE_OUT, [*columns, source])
        rows = sorted(cursor.fetchall(), key=lambda row: row[4])
    found: dict[Kind, list[Received]] = {}
    for kind_value, number, sealed, since, _id in rows:
        kind = Kind(kind_value)
        content = keeping.decoded(crypto.unseal(sealed, context=WAITING_CONTEXT), kind)
        found.setdefault(kind, []).append(
            Received(
                number=number,
                key=key_of(content),
                operation=Operation.UPDATE,
                made_at=since,
                origin=content.node,
                content=content,
            )
        )
    return found


def forget_parts(kind: Kind, entries: Sequence[Received], *, source: str) -> None:
    """
    Drop rows that were taken back before what they belong to came.
    """
    with connection.cursor() as cursor:
        cursor.executemany(
            "DELETE FROM caselibrary_waiting WHERE node = %s AND system = %s AND number = %s AND kind = %s "
            "AND part = %s AND source = %s AND taken < %s",
            [
                (*case_key(entry.content), kind.value, part_of(entry.content), source, entry.number)
                for entry in entries
            ],
        )


def forget(keys: Collection[CaseKey]) -> None:
    """
    Drop what waits for these cases, from whomever.
    """
    if keys:
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM caselibrary_waiting WHERE (node, system, number) IN "
                "(SELECT * FROM unnest(%s::text[], %s::text[], %s::text[]))",
                [list(column) for column in zip(*keys, strict=True)],
            )
