"""
How the library speaks to other nodes: the contracts `caselibrary.*`.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Final

import msgspec
from django.db import connection
from django.utils.translation import gettext_lazy as _

from tongban.foundation import crypto
from tongban.resources.caselibrary.models.cases import CASE_CONTEXT, PART_CONTEXT
from tongban.resources.caselibrary.rules import keeping
from tongban.resources.caselibrary.services import feedback, pushing, store, taking
from tongban.resources.caselibrary.values import CONTENT_OF, Content, Kind, key_of
from tongban.resources.caselibrary.values.pushed import PushedRow
from tongban.resources.caselibrary.values.told import ToldFault
from tongban.resources.exchange import ports as exchange
from tongban.resources.exchange import services as streams
from tongban.resources.exchange.values import Contract, Direction, Operation, Received, Refused

AT_ONCE: Final = 500
"""Rows in memory while a snapshot is swept."""

SNAPSHOT_CASES = """
SELECT c.content FROM caselibrary_place p JOIN caselibrary_record c ON c.id = p.id AND c.at = p.at
WHERE (p.node, p.system, p.number) > (%s, %s, %s) AND p.source <> %s
ORDER BY p.node, p.system, p.number LIMIT %s
"""

SNAPSHOT_PARTS = """
SELECT q.content FROM caselibrary_place p JOIN caselibrary_part q ON q.case_id = p.id AND q.at = p.at
WHERE (p.node, p.system, p.number) >= (%s, %s, %s) AND (p.node, p.system, p.number, q.part) > (%s, %s, %s, %s)
  AND q.kind = %s AND q.source <> %s
ORDER BY p.node, p.system, p.number, q.part LIMIT %s
"""


def contracts() -> Iterator[Contract]:
    """
    Return everything that is exchanged of the library.
    """
    for kind in Kind:
        yield Contract(
            code=kind.dataset,
            title=kind.label,
            shape=CONTENT_OF[kind],
            direction=Direction.UP,
            take=partial(take_from, kind),
            is_passed_on=True,
            snapshot=partial(snapshot, kind),
            sweep=partial(sweep, kind),
        )
    yield Contract(
        code=pushing.DATASET,
        title=_("办件回流"),
        shape=PushedRow,
        direction=Direction.ADDRESSED,
        take=pushing.take_pushed,
    )
    yield Contract(
        code=feedback.DATASET,
        title=_("办件质量反馈"),
        shape=ToldFault,
        direction=Direction.ADDRESSED,
        take=feedback.take_told,
    )


def take_from(kind: Kind, entries: Sequence[Received], source: str, at: datetime) -> Sequence[Refused]:
    """
    Take rows that a node below tells, and give back to nodes of the area what is theirs.
    """
    taken = taking.take(kind, entries, source, at)
    pushing.push_back([*taken.changed, *taken.come_in], source=source, at=at, moved=taken.moved)
    return taken.refused(kind)


def snapshot(kind: Kind, after_key: str, limit: int) -> list[tuple[str, msgspec.Struct]]:
    """
    Return rows of a kind as they stand, with their keys, in an order of keys. What came from above is left out.
    """
    parent = exchange.neighbours().parent
    above = parent.code if parent else ""
    node, system, number = (*after_key.split("/", 2), "", "", "")[:3]
    with connection.cursor() as cursor:
        if kind is Kind.CASE:
            cursor.execute(SNAPSHOT_CASES, [node, system, number, above, limit])
        else:
            number, _slash, part = number.rpartition("/")
            case = [node, system, number]
            cursor.execute(SNAPSHOT_PARTS, [*case, *case, part, kind.value, above, limit])
        context = CASE_CONTEXT if kind is Kind.CASE else PART_CONTEXT
        contents = [
            keeping.decoded(crypto.unseal(row[0], context=context), kind) for row in cursor.fetchall()
        ]
    return [(key_of(content), content) for content in contents]


def sweep(kind: Kind, source: str, number: int, at: datetime) -> int:
    """
    Take away what a source told before its snapshot and not with it; tell the node above, and those of the areas.
    """
    contents = store.contents_below(kind, source=source, number=number)
    while some := [_gone(content, number, at=at) for content in islice(contents, AT_ONCE)]:
        for entry in some:
            streams.publish(
                dataset=kind.dataset,
                key=entry.key,
                operation=entry.operation,
                content=entry.content,
                at=at,
                origin=entry.origin,
            )
        pushing.push_back(some, source=source, at=at)
    return taking.swept(kind, source=source, number=number)


def _gone(content: Content, number: int, *, at: datetime) -> Received:
    return Received(
        number=number,
        key=key_of(content),
        operation=Operation.DELETE,
        made_at=at,
        origin=content.node,
        content=content,
    )
