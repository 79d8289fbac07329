"""
What came from where, what was wrong with it, and to whom rows go back.
"""

from typing import Any, Final

from django.db import connection

from tongban.foundation.actors import Actor
from tongban.foundation.paging import Page, decode_cursor, encode_cursor
from tongban.resources.caselibrary import permissions
from tongban.resources.caselibrary.models import PushBack, QualityFault
from tongban.resources.caselibrary.values import Fault, FaultRow, Kind, PushBackRow, SourceRow
from tongban.resources.exchange import ports as exchange

PAGE: Final = 50
_CURSOR: Final = "caselibrary.faults"

SOURCES: Final = """
SELECT a.node, a.system, a.kind, a.rows, a.last_at,
       (SELECT count(*) FROM caselibrary_fault f
        WHERE f.node = a.node AND f.system = a.system AND f.kind = a.kind AND f.mended_at IS NULL),
       (SELECT count(*) FROM caselibrary_waiting w
        WHERE w.node = a.node AND w.system = a.system AND w.kind = a.kind)
FROM caselibrary_arrival a ORDER BY a.node, a.system, a.kind
"""

COUNTS: Final = """
SELECT node, system, code, count(*) FILTER (WHERE mended_at IS NULL), count(*) FROM caselibrary_fault
GROUP BY node, system, code ORDER BY node, system, code
"""


def sees_quality(*, actor: Actor) -> bool:
    """
    Return whether the actor may see what came from where, and what was wrong with it.
    """
    return permissions.read_quality.allows(actor, node=exchange.neighbours().own_code)


def may_export(*, actor: Actor) -> bool:
    """
    Return whether the actor may export what is in the own area.
    """
    return permissions.export_cases.allows(actor, division_code=actor.division_code or "")


def may_push_back(*, actor: Actor) -> bool:
    """
    Return whether the actor may decide to which nodes rows of the own area go.
    """
    return permissions.push_back.allows(actor, division_code=actor.division_code or "")


def sources(*, actor: Actor) -> list[SourceRow]:
    """
    Return every system that tells rows, by kind of row, with when the last came. One query.

    :raises NotPermitted: the actor may not see it
    """
    _require(actor)
    with connection.cursor() as cursor:
        cursor.execute(SOURCES)
        return [
            SourceRow(
                node=row[0],
                system=row[1],
                kind=Kind(row[2]),
                rows=row[3],
                last_at=row[4],
                open_faults=row[5],
                waiting=row[6],
            )
            for row in cursor.fetchall()
        ]


def fault_counts(*, actor: Actor) -> list[tuple[str, str, Fault, int, int]]:
    """
    Return of each source and kind of fault how many are open and how many there were: node, system, fault, open, all.

    One query.

    :raises NotPermitted: the actor may not see it
    """
    _require(actor)
    with connection.cursor() as cursor:
        cursor.execute(COUNTS)
        return [(row[0], row[1], Fault(row[2]), row[3], row[4]) for row in cursor.fetchall()]


def faults(
    *,
    actor: Actor,
    node: str = "",
    system: str = "",
    code: str = "",
    is_open: bool = True,
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[FaultRow]:
    """
    Return rows that were not taken, newest first. One query.

    :param is_open: only those that are not mended
    :raises NotPermitted: the actor may not see it
    """
    _require(actor)
    wanted: dict[str, Any] = {
        name: value for name, value in (("node", node), ("system", system), ("code", code)) if value
    }
    if is_open:
        wanted["mended_at"] = None
    rows = QualityFault.objects.filter(**wanted).order_by("-id")
    if cursor:
        (last,) = decode_cursor(_CURSOR, cursor)
        rows = rows.filter(id__lt=last)
    found = [_fault(row) for row in rows[: limit + 1]]
    more = len(found) > limit
    return Page(
        items=found[:limit], next_cursor=encode_cursor(_CURSOR, [found[limit - 1].id]) if more else None
    )


def push_backs(*, actor: Actor) -> list[PushBackRow]:
    """
    Return to which nodes rows go back now. One query.

    :raises NotPermitted: the actor may not see it
    """
    _require(actor)
    rows = PushBack.objects.filter(ended_at=None).order_by("division_code", "node")
    return [
        PushBackRow(
            id=row.pk,
            division_code=row.division_code,
            node=row.node,
            begun_at=row.begun_at,
            begun_by=row.begun_by,
        )
        for row in rows
    ]


def _require(actor: Actor) -> None:
    permissions.read_quality.require(actor, node=exchange.neighbours().own_code)


def _fault(row: QualityFault) -> FaultRow:
    return FaultRow(
        id=row.pk,
        node=row.node,
        system=row.system,
        kind=Kind(row.kind),
        case_number=row.case_number,
        part=row.part,
        code=row.code,
        text=str(Fault(row.code).label),
        found_at=row.found_at,
        mended_at=row.mended_at,
        found_by=row.found_by,
        is_told=row.is_told,
    )
