"""
Writing an entry, in the business transaction that makes it true.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from django.db import connection

from tongban.foundation import crypto
from tongban.foundation.db import require_transaction
from tongban.resources.exchange import ports
from tongban.resources.exchange.rules import batches
from tongban.resources.exchange.values import (
    CHILDREN,
    PARENT,
    Contract,
    Direction,
    Operation,
    Received,
    Refused,
)

SEALED_AS: Final = "exchange.content"
MOST_CONTENT: Final = 1536 * 1024
"""Bytes of all entries of a batch, and of each of them, as kept: with their keys they fit into a request (2 MB)."""
LONGEST_CONTENT: Final = MOST_CONTENT - 16 * 1024
LONGEST_KEY: Final = 100

INSERT: Final = """
INSERT INTO exchange_outbox (dataset, audience, key, operation, origin, made_at, content, content_digest)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""


def publish(
    *,
    dataset: str,
    key: str,
    operation: Operation,
    content: msgspec.Struct,
    at: datetime,
    to: str = "",
    origin: str = "",
) -> bool:
    """
    Write an entry for whoever receives this dataset; return whether anybody does.

    One row, without waiting for anybody: the number is given when the entry is sent. Whoever changes the thing holds
    its row, so entries of one key lie in the order of its changes.

    :param dataset: code of a registered contract
    :param key: identifies the thing within the dataset; 100 characters at most, nothing personal
    :param content: of the contract's shape; of a deletion, as the thing last stood
    :param to: code of the receiving node, for a contract that is addressed
    :param origin: node where it was made, if not here
    :raises RuntimeError: no transaction is open
    :raises LookupError: no such contract
    :raises ValueError: the content is too large, or the key too long
    """
    require_transaction()
    contract = ports.contract(dataset)
    if contract is None:
        raise LookupError(f"nobody registered the dataset {dataset}")
    neighbours = ports.neighbours()
    audience = _audience(contract, neighbours, to=to)
    if not audience:
        return False
    entry = Received(
        number=0,
        key=key,
        operation=operation,
        made_at=at,
        origin=origin or neighbours.own_code,
        content=content,
    )
    row = _row(dataset, audience, entry)
    with connection.cursor() as cursor:
        cursor.execute(INSERT, row)
    return True


def publish_again(*, contract: Contract, entries: Sequence[Received], to: str) -> list[Refused]:
    """
    Write entries of other nodes for whoever receives this dataset, in their order; return those that are too large.

    :param to: code of the receiving node, for a contract that is addressed
    """
    require_transaction()
    audience = _audience(contract, ports.neighbours(), to=to)
    if not audience:
        return []
    rows, refused = [], []
    for entry in entries:
        try:
            rows.append(_row(contract.code, audience, entry))
        except ValueError:
            refused.append(Refused(number=entry.number, code="too_large", text=""))
    with connection.cursor() as cursor:
        cursor.executemany(INSERT, rows)
    return refused


def _row(dataset: str, audience: str, entry: Received) -> list[Any]:
    encoded = msgspec.json.encode(entry.content)
    if len(encoded) > LONGEST_CONTENT or not 0 < len(entry.key) <= LONGEST_KEY:
        raise ValueError(f"an entry of {dataset} is too large, or has no key")
    packed = batches.packed(encoded)
    return [
        dataset,
        audience,
        entry.key,
        entry.operation.value,
        entry.origin,
        entry.made_at,
        crypto.seal(packed, context=SEALED_AS),
        crypto.sm3(packed),
    ]


def _audience(contract: Contract, neighbours: ports.Neighbours, *, to: str) -> str:
    if neighbours.own_key is None:
        return ""
    match contract.direction:
        case Direction.UP:
            return PARENT if neighbours.parent is not None else ""
        case Direction.DOWN:
            return CHILDREN if neighbours.children else ""
        case Direction.ADDRESSED:
            return to if to != neighbours.own_code and neighbours.way_to(to) is not None else ""
