"""
质量反馈 between nodes: whose row is wrong is told of it, also where that shows late or two nodes further up.

What is refused as it arrives goes back in the answer to the batch, to the node that sent it. What that does not reach
goes by a stream of its own: a row that waited in vain, a result that never came, a row that another node passed on.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from django.db import connection

from tongban.resources.caselibrary.values import Fault, Kind
from tongban.resources.caselibrary.values.told import ToldFault
from tongban.resources.exchange import ports as exchange
from tongban.resources.exchange.services import publish
from tongban.resources.exchange.values import Operation, Received, Refused

DATASET: Final = "caselibrary.feedback"
CODE_UNKNOWN: Final = "code_unknown"

TAKE_TOLD: Final = """
INSERT INTO caselibrary_fault (node, system, kind, case_number, part, taken, code, found_at, found_by)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (node, system, case_number, kind, part, found_by) WHERE mended_at IS NULL DO UPDATE
SET taken = excluded.taken, code = excluded.code, found_at = excluded.found_at
"""

TAKE_MENDED: Final = """
UPDATE caselibrary_fault SET mended_at = %s
WHERE mended_at IS NULL AND node = %s AND system = %s AND kind = %s AND case_number = %s AND part = %s
  AND found_by = %s
"""


def tell(node: str, told: ToldFault, *, at: datetime) -> bool:
    """
    Tell a node what is wrong with a row of its; return whether there is a way to it.

    :raises RuntimeError: no transaction is open
    """
    return publish(dataset=DATASET, key=told.key, operation=Operation.UPDATE, content=told, at=at, to=node)


def take_told(entries: Sequence[Received], _source: str, at: datetime) -> Sequence[Refused]:
    """
    Note what another node found wrong with this one's rows, and what of that is mended.
    """
    known = [entry for entry in entries if _is_known(entry.content)]
    own = exchange.neighbours().own_code
    with connection.cursor() as cursor:
        for entry in known:
            told: ToldFault = entry.content
            row = (own, told.system, told.kind, told.number, told.part)
            if told.is_mended:
                cursor.execute(TAKE_MENDED, [at, *row, entry.origin])
            else:
                cursor.execute(TAKE_TOLD, [*row, entry.number, told.code, told.found_at, entry.origin])
    return [_unknown(entry) for entry in _without(entries, known)]


def _is_known(told: Any) -> bool:
    return told.kind in Kind.values and told.code in Fault.values


def _without(entries: Iterable[Received], known: Sequence[Received]) -> Iterable[Received]:
    numbers = {entry.number for entry in known}
    return (entry for entry in entries if entry.number not in numbers)


def _unknown(entry: Received) -> Refused:
    told: ToldFault = entry.content
    return Refused(number=entry.number, code=CODE_UNKNOWN, text=f"{told.kind} {told.code}")
