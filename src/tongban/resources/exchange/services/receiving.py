"""
Taking what other nodes send: verified, validated, applied with its position in one transaction.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec
import psycopg
import structlog
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.utils.translation import gettext_lazy as _

from tongban.foundation.clock import CHINA
from tongban.foundation.errors import InvalidInput, NotPermitted
from tongban.foundation.processes import collecting_later
from tongban.resources.exchange import ports
from tongban.resources.exchange.models import Inbound
from tongban.resources.exchange.rules import batches, envelopes
from tongban.resources.exchange.services.answering import count_days, list_entries, rewind
from tongban.resources.exchange.services.applying import apply, is_away
from tongban.resources.exchange.services.questions import answer_question
from tongban.resources.exchange.values import (
    CHILDREN,
    PARENT,
    Answer,
    AnswerKind,
    BatchHeader,
    Contract,
    Direction,
    MessageKind,
)
from tongban.resources.exchange.values.wire import Header, RefusedLine, StreamQuestion

logger = structlog.get_logger(__name__)

BUSY_SECONDS: Final = 30
NOTED_SKEW_SECONDS: Final = 60

COPY_RECEIPTS: Final = "COPY exchange_receipt (inbound_id, number, at, digest) FROM STDIN (FORMAT BINARY)"
RECEIPT_TYPES: Final = ("int8", "int8", "timestamptz", "bytea")


class NodeNotTrusted(NotPermitted):
    """
    An envelope of a node that this one does not exchange with, or that it did not sign.
    """

    code = "node_not_trusted"
    message = _("该节点不在信任列表中，或签名不符")


class EnvelopeInvalid(InvalidInput):
    """
    What came is no envelope, is for another node, or does not hold what it says.
    """

    code = "envelope_invalid"
    message = _("交换报文无法识别或已被改动")


def answer_envelope(*, data: bytes, at: datetime) -> bytes:
    """
    Take what another node sent, and return the envelope of the answer. Not inside a transaction.

    :raises NodeNotTrusted: by whom it is not signed, or who is not known
    :raises EnvelopeInvalid: it makes no sense
    """
    neighbours = ports.neighbours()
    try:
        envelope = envelopes.read(data)
    except envelopes.NotAnEnvelope as error:
        raise EnvelopeInvalid(fields={}) from error
    header = envelope.header
    peer = neighbours.find(header.sender)
    if peer is None or neighbours.own_key is None:
        raise NodeNotTrusted(node=header.sender)
    if header.receiver != neighbours.own_code:
        raise EnvelopeInvalid(fields={})
    try:
        body = envelope.opened(own=neighbours.own_key, senders=peer.keys)
    except envelopes.NotAnEnvelope as error:
        raise NodeNotTrusted(node=header.sender) from error
    answer = _answer(header, body, peer, neighbours, at=at)
    return envelopes.close(
        Header(
            kind=MessageKind.ANSWER,
            id=header.id,
            sender=neighbours.own_code,
            receiver=peer.code,
            sent_at=at,
        ),
        msgspec.json.encode(answer),
        own=neighbours.own_key,
        receiver=peer.keys[0],
    )


def _answer(
    header: Header, body: bytes, peer: ports.Peer, neighbours: ports.Neighbours, *, at: datetime
) -> msgspec.Struct:
    match header.kind, header.batch:
        case ((MessageKind.BATCH | MessageKind.SNAPSHOT), BatchHeader() as batch):
            with collecting_later():
                return _take_or_later(header, batch, body, peer, neighbours, at=at)
        case MessageKind.DAYS, None:
            return count_days(_question(body), source=peer.code)
        case MessageKind.ENTRIES, None:
            return list_entries(_question(body), source=peer.code)
        case MessageKind.REWIND, None:
            return rewind(_question(body), source=peer.code)
        case MessageKind.QUESTION, None:
            return answer_question(header, body, at=at)
    raise EnvelopeInvalid(fields={})


def _question(body: bytes) -> StreamQuestion:
    try:
        return msgspec.json.decode(body, type=StreamQuestion)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise EnvelopeInvalid(fields={}) from error


def _take_or_later(
    header: Header,
    batch: BatchHeader,
    body: bytes,
    peer: ports.Peer,
    neighbours: ports.Neighbours,
    *,
    at: datetime,
) -> Answer:
    contract = ports.contract(batch.dataset)
    if contract is None or not _may_send(contract, batch, peer, neighbours):
        return Answer(kind=AnswerKind.UNKNOWN, position=0, chain=batches.START.hex())
    try:
        entries = _entries(header, batch, body)
    except batches.NotABatch as error:
        raise EnvelopeInvalid(fields={}) from error
    try:
        return _take(header, batch, entries, contract, peer, at=at)
    except (DatabaseError, InterfaceError, psycopg.Error) as error:
        if not is_away(error):
            raise
        # No space, or the database goes away just now: nothing was taken, everything comes again.
        logger.warning("batch_not_taken", source=peer.code, dataset=batch.dataset, error=str(error).strip())
        return Answer(kind=AnswerKind.LATER, position=0, chain=batches.START.hex(), wait_seconds=BUSY_SECONDS)


def _entries(header: Header, batch: BatchHeader, body: bytes) -> list[batches.Entry]:
    if header.kind is MessageKind.SNAPSHOT:
        return batches.unpack_part(body, number=batch.last)
    entries = batches.unpack(body, first=batch.first, count=batch.last - batch.first + 1)
    digests = [entry.digest for entry in entries]
    if batches.extended(bytes.fromhex(batch.previous), digests) != bytes.fromhex(batch.chain):
        raise batches.NotABatch("another chain")
    return entries


def _may_send(contract: Contract, batch: BatchHeader, peer: ports.Peer, neighbours: ports.Neighbours) -> bool:
    if batch.version > contract.version:
        return False
    match contract.direction:
        case Direction.UP:
            return batch.audience == PARENT and peer in neighbours.children
        case Direction.DOWN:
            return batch.audience == CHILDREN and peer == neighbours.parent
        case Direction.ADDRESSED:
            way = neighbours.way_to(batch.audience)
            is_for_us = batch.audience == neighbours.own_code
            return is_for_us or (way is not None and way.code != peer.code)


@transaction.atomic
def _take(
    header: Header,
    batch: BatchHeader,
    entries: Sequence[batches.Entry],
    contract: Contract,
    peer: ports.Peer,
    *,
    at: datetime,
) -> Answer:
    inbound = _inbound(batch, peer)
    inbound.heard_at = at
    skew = round((header.sent_at - at).total_seconds())
    inbound.skew_seconds = skew if abs(skew) >= NOTED_SKEW_SECONDS else 0
    if header.kind is MessageKind.SNAPSHOT:
        return _take_snapshot(inbound, batch, entries, contract, at=at)
    if answer := _not_next(inbound, batch, entries, at=at):
        inbound.save()
        return answer
    fresh = [entry for entry in entries if entry.line.number > inbound.position]
    refused = apply(inbound, fresh, contract, at=at) if fresh else []
    if fresh:
        _write_receipts(inbound, batch, fresh)
        inbound.position, inbound.chain = batch.last, bytes.fromhex(batch.chain)
        inbound.received_at = at
    inbound.save()
    return _standing(inbound, AnswerKind.TAKEN, refused)


def _inbound(batch: BatchHeader, peer: ports.Peer) -> Inbound:
    key = {"source": peer.code, "dataset": batch.dataset, "audience": batch.audience}
    Inbound.objects.get_or_create(**key, defaults={"chain": batches.START})
    return Inbound.objects.select_for_update().get(**key)


def _not_next(
    inbound: Inbound, batch: BatchHeader, entries: Sequence[batches.Entry], *, at: datetime
) -> Answer | None:
    """
    Return what to say to a batch that does not continue what is here; None: it does.
    """
    if inbound.rewind_to is not None:
        if batch.first != inbound.rewind_to + 1:
            return Answer(
                kind=AnswerKind.BEHIND, position=inbound.rewind_to, chain=bytes(inbound.chain).hex()
            )
        _go_back(inbound, batch)
    if batch.first > inbound.position + 1:
        return _standing(inbound, AnswerKind.BEHIND)
    if batch.last < inbound.position:
        return _standing(inbound, AnswerKind.TAKEN)
    known = [entry.digest for entry in entries if entry.line.number <= inbound.position]
    if batches.extended(bytes.fromhex(batch.previous), known) != bytes(inbound.chain):
        inbound.forked_at = inbound.forked_at or at
        logger.error(
            "stream_forked", source=inbound.source, dataset=inbound.dataset, position=inbound.position
        )
        return _standing(inbound, AnswerKind.FORKED)
    inbound.forked_at = None
    return None


def _go_back(inbound: Inbound, batch: BatchHeader) -> None:
    """
    Forget the receipts of what is wanted once more; what they were for stays until it comes again.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM exchange_receipt WHERE inbound_id = %s AND number >= %s", [inbound.pk, batch.first]
        )
    inbound.position = inbound.rewind_to or 0
    inbound.chain = bytes.fromhex(batch.previous)
    inbound.rewind_to = None


def _take_snapshot(
    inbound: Inbound,
    batch: BatchHeader,
    entries: Sequence[batches.Entry],
    contract: Contract,
    *,
    at: datetime,
) -> Answer:
    """
    Take a part of a snapshot; with the last one the position moves to where the snapshot speaks of.
    """
    if batch.last < inbound.position:
        inbound.save()
        return _standing(inbound, AnswerKind.BEHIND)
    if batch.part == 0:
        _begin_behind(inbound, batch)
        return _standing(inbound, AnswerKind.TAKEN)
    if inbound.snapshot_number != batch.last or batch.part == 1:
        inbound.snapshot_number, inbound.snapshot_part = batch.last, 0
    refused: list[RefusedLine] = []
    if batch.part == inbound.snapshot_part + 1:
        refused = apply(inbound, entries, contract, at=at, is_snapshot=True)
        inbound.snapshot_part, inbound.received_at = batch.part, at
        if batch.is_complete:
            if contract.sweep is not None:
                contract.sweep(inbound.source, batch.last, at)
            part = inbound.snapshot_part
            _begin_behind(inbound, batch)
            return _standing(inbound, AnswerKind.TAKEN, refused, part=part)
    inbound.save()
    return _standing(inbound, AnswerKind.TAKEN, refused, part=inbound.snapshot_part)


def _begin_behind(inbound: Inbound, batch: BatchHeader) -> None:
    inbound.position = inbound.after = batch.last
    inbound.chain = bytes.fromhex(batch.chain)
    inbound.snapshot_number, inbound.snapshot_part = 0, 0
    inbound.rewind_to = inbound.forked_at = None
    inbound.save()


def _write_receipts(inbound: Inbound, batch: BatchHeader, entries: Sequence[batches.Entry]) -> None:
    day = datetime(batch.day.year, batch.day.month, batch.day.day, tzinfo=CHINA)
    with connection.cursor() as cursor, cursor.copy(COPY_RECEIPTS) as copy:
        copy.set_types(RECEIPT_TYPES)
        for entry in entries:
            copy.write_row((inbound.pk, entry.line.number, day, entry.digest))


def _standing(
    inbound: Inbound, kind: AnswerKind, refused: Sequence[RefusedLine] = (), *, part: int = 0
) -> Answer:
    return Answer(
        kind=kind,
        position=inbound.position,
        chain=bytes(inbound.chain).hex(),
        refused=tuple(refused),
        part=part,
    )
