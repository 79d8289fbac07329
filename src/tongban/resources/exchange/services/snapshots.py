"""
How everything of a stream stands at one moment, taken once and sent part by part.

It is taken in one transaction that sees one state of the database (REPEATABLE READ): everything numbered up to the
stream's last number is in it. What was written since comes as entries behind it; what of that is in it already comes
again, which changes nothing.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import msgspec
from django.db import connection, transaction

from tongban.foundation import crypto
from tongban.foundation.clock import civil_date
from tongban.resources.exchange import ports
from tongban.resources.exchange.models import Entry, Position, Stream
from tongban.resources.exchange.models.outbound import Snapshot, SnapshotPart
from tongban.resources.exchange.rules import batches
from tongban.resources.exchange.services.asking import batch_header
from tongban.resources.exchange.services.numbering import milliseconds
from tongban.resources.exchange.services.publishing import MOST_CONTENT, SEALED_AS
from tongban.resources.exchange.values import (
    CHILDREN,
    PARENT,
    BatchHeader,
    Contract,
    Direction,
    Line,
    Operation,
)

READ_AT_ONCE: Final = 500
LINES_OF_PART: Final = 2_000


def audience_of(contract: Contract, neighbours: ports.Neighbours) -> str:
    """
    Return who is sent snapshots of a contract; empty: nobody.
    """
    if contract.snapshot is None:
        return ""
    if contract.direction is Direction.UP:
        return PARENT if neighbours.parent is not None else ""
    return CHILDREN if contract.direction is Direction.DOWN and neighbours.children else ""


def can_be_taken(stream: Stream) -> bool:
    """
    Tell whether a stream's contract says how everything stands.
    """
    contract = ports.contract(stream.dataset)
    return contract is not None and contract.snapshot is not None and stream.audience in (PARENT, CHILDREN)


def ask_for(stream: Stream, receiver: str, *, at: datetime) -> None:
    """
    Want a snapshot for a receiver; one that is on its way already is enough.
    """
    Snapshot.objects.get_or_create(
        stream=stream, receiver=receiver, finished_at=None, defaults={"asked_at": at}
    )


def open_one(position: Position) -> Snapshot | None:
    """
    Return the snapshot that a position's receiver is to have.
    """
    return Snapshot.objects.filter(
        stream_id=position.stream_id, receiver=position.receiver, finished_at=None
    ).first()


@transaction.atomic
def take(snapshot: Snapshot, position: Position, *, beyond: tuple[int, bytes], at: datetime) -> None:
    """
    Write down how everything stands, in parts.

    :param beyond: where the receiver is, and its chain there. Where that is not on this stream, as after a restore of
        this node, the snapshot gets a number of its own behind both: what the receiver has of the other history is
        older than it, whatever its numbers were
    """
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    stream = Stream.objects.get(pk=position.stream_id)
    contract = ports.contract(stream.dataset)
    if contract is None or contract.snapshot is None:
        raise LookupError(f"nobody says how {stream.dataset} stands")
    if chain_at(stream, beyond[0]) not in (None, beyond[1]) or beyond[0] > stream.last:
        stream.last = max(beyond[0], stream.last) + 1
        stream.chain = crypto.sm3(bytes(stream.chain) + beyond[1])
        stream.save(update_fields=["last", "chain"])
    SnapshotPart.objects.filter(snapshot=snapshot).delete()
    count = 0
    for count, lines in enumerate(_portions(contract, stream.last, at=at), start=1):
        SnapshotPart.objects.create(
            snapshot=snapshot,
            part=count,
            count=len(lines),
            body=crypto.seal(batches.pack(lines), context=SEALED_AS),
        )
    snapshot.number, snapshot.chain = stream.last, bytes(stream.chain)
    snapshot.parts, snapshot.sent_part, snapshot.taken_at = count, 0, at
    snapshot.save()
    position.stream = stream


def chain_at(stream: Stream, number: int) -> bytes | None:
    """
    Return the chain of a stream at a number; None: it is no longer kept.
    """
    if number == 0:
        return batches.START
    row = Entry.objects.filter(stream_id=stream.pk, number=number).values_list("chain", flat=True).first()
    return None if row is None else bytes(row)


def next_part(snapshot: Snapshot, position: Position, *, at: datetime) -> tuple[int, BatchHeader, bytes]:
    """
    Return the next part: which one, its header and its body.
    """
    part = min(snapshot.sent_part + 1, snapshot.parts)
    row = SnapshotPart.objects.get(snapshot=snapshot, part=part)
    header = batch_header(
        position,
        day=civil_date(at),
        first=snapshot.number,
        last=snapshot.number,
        previous=batches.START,
        chain=bytes(snapshot.chain),
        part=part,
        is_complete=part == snapshot.parts,
    )
    return part, header, crypto.unseal(bytes(row.body), context=SEALED_AS)


def go_on_from(snapshot: Snapshot, part: int) -> None:
    """
    Note how many parts the receiver has; it may have lost some, or know nothing of this snapshot.
    """
    snapshot.sent_part = min(max(part, 0), snapshot.parts - 1)
    snapshot.save(update_fields=["sent_part"])


def finish(snapshot: Snapshot, *, at: datetime) -> None:
    """
    Note that the receiver has the whole.
    """
    SnapshotPart.objects.filter(snapshot=snapshot).delete()
    snapshot.sent_part, snapshot.finished_at = snapshot.parts, at
    snapshot.save(update_fields=["sent_part", "finished_at"])


def drop(snapshot: Snapshot) -> None:
    """
    Take the snapshot anew: the receiver has gone beyond it.
    """
    SnapshotPart.objects.filter(snapshot=snapshot).delete()
    snapshot.taken_at, snapshot.parts, snapshot.sent_part = None, 0, 0
    snapshot.save(update_fields=["taken_at", "parts", "sent_part"])


def _portions(contract: Contract, number: int, *, at: datetime) -> Iterator[list[Line]]:
    """
    Yield the lines of each part; at least one part, which may be empty.
    """
    lines: list[Line] = []
    size = 0
    for line in _stand(contract, number, at=at):
        if lines and (size + len(line.content) > MOST_CONTENT or len(lines) == LINES_OF_PART):
            yield lines
            lines, size = [], 0
        lines.append(line)
        size += len(line.content)
    yield lines


def _stand(contract: Contract, number: int, *, at: datetime) -> Iterator[Line]:
    assert contract.snapshot is not None  # noqa: S101 -- asked by the caller
    own, made = ports.neighbours().own_code, milliseconds(at)
    after = ""
    while rows := contract.snapshot(after, READ_AT_ONCE):
        for key, content, *origin in rows:
            encoded = batches.packed(msgspec.json.encode(content))
            yield Line(number, key, Operation.UPDATE.value, made, str(origin[0]) if origin else own, encoded)
            after = key
