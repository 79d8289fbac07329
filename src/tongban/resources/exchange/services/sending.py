"""
Sending what a receiver does not have yet. Its answer alone says what comes next.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

import structlog
from django.db import connection, transaction
from django.db.models import F

from tongban.foundation.clock import civil_date
from tongban.foundation.errors import UpstreamError
from tongban.resources.exchange import ports
from tongban.resources.exchange.models import Batch, Position, SentError, Stream
from tongban.resources.exchange.models.outbound import Snapshot
from tongban.resources.exchange.rules import batches
from tongban.resources.exchange.services import snapshots
from tongban.resources.exchange.services.applying import LONGEST_CODE, LONGEST_TEXT, storable
from tongban.resources.exchange.services.asking import Asking, ask, asking, batch_header
from tongban.resources.exchange.services.preparing import Call, Stretch, next_stretch
from tongban.resources.exchange.services.publishing import LONGEST_KEY
from tongban.resources.exchange.services.troubles import go_to, note_silence, note_trouble
from tongban.resources.exchange.values import (
    CHILDREN,
    PARENT,
    Answer,
    AnswerKind,
    BatchOutcome,
    FeedTrouble,
    MessageKind,
)

logger = structlog.get_logger(__name__)

NEVER: Final = datetime.fromtimestamp(0, tz=UTC)
HEARTBEAT: Final = timedelta(minutes=1)
"""Somebody to whom there is nothing to say is greeted so often, with one stream after the other."""
READY_FOR: Final = timedelta(seconds=10)
"""What was sealed longer ago says another time than now: the receiver would think our clock is slow."""

CHAIN_AT: Final = "SELECT chain, at FROM exchange_entry WHERE stream_id = %s AND number = %s"


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """
    What one attempt brought.
    """

    count: int
    """Entries that the receiver has now and had not before."""
    is_more: bool
    """There is more that could go at once."""


NOTHING: Final = Sent(count=0, is_more=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Ready:
    """
    A stretch that can go at once: signed and sealed.
    """

    stretch: Stretch
    question: Asking


Ahead = dict[int, Ready]
"""What is ready already, by position; kept by whoever sends to one receiver again and again."""


def send_to(*, receiver: str, at: datetime, ahead: Ahead | None = None) -> Sent:
    """
    Send a node the next batch of each stream that it should have. Not inside a transaction.

    One caller at a time for each receiver; two would do no harm, only twice the work.

    :param ahead: kept by who sends again and again: what comes next is made ready while a batch is on its way
    """
    neighbours = ports.neighbours()
    positions = _positions(receiver, neighbours)
    greeted = _to_greet(positions, at=at)
    done = []
    for position in positions:
        done.append(_send(position, neighbours, is_greeting=position is greeted, ahead=ahead, at=at))
        if position.trouble == FeedTrouble.SILENT and position.next_try_at is not None:
            break  # the others would only wait for the same silence
    return Sent(count=sum(each.count for each in done), is_more=any(each.is_more for each in done))


def begin_streams(*, at: datetime) -> None:
    """
    Give every neighbour its place in the streams that it should have; whoever is new begins with a snapshot.
    """
    neighbours = ports.neighbours()
    if neighbours.own_key is None:
        return
    for contract in ports.contracts():
        audience = snapshots.audience_of(contract, neighbours)
        if audience and not Stream.objects.filter(dataset=contract.code, audience=audience).exists():
            Stream.objects.get_or_create(
                dataset=contract.code, audience=audience, defaults={"chain": batches.START}
            )
    known = set(Position.objects.values_list("stream_id", "receiver"))
    for stream in Stream.objects.all():
        for peer in peers_of(stream, neighbours):
            if (stream.pk, peer.code) not in known:
                _begin(stream, peer.code, at=at)


@transaction.atomic
def _begin(stream: Stream, receiver: str, *, at: datetime) -> None:
    _position, is_new = Position.objects.get_or_create(
        stream=stream, receiver=receiver, defaults={"chain": batches.START}
    )
    if is_new and snapshots.can_be_taken(stream):
        snapshots.ask_for(stream, receiver, at=at)


def due_receivers(*, at: datetime) -> list[str]:
    """
    Return the codes of the neighbours to whom something could be sent now. One statement.
    """
    known = {peer.code for peer in ports.neighbours().everybody}
    with connection.cursor() as cursor:
        cursor.execute(DUE, [at, at - HEARTBEAT])
        return [code for (code,) in cursor.fetchall() if code in known]


DUE: Final = """
SELECT p.receiver FROM exchange_position p JOIN exchange_stream s ON s.id = p.stream_id GROUP BY p.receiver
HAVING bool_or((p.next_try_at IS NULL OR p.next_try_at <= %s) AND (p.number <> s.last OR EXISTS (
           SELECT FROM exchange_snapshot x
           WHERE x.stream_id = s.id AND x.receiver = p.receiver AND x.finished_at IS NULL)))
    OR (coalesce(max(p.heard_at), '-infinity') <= %s AND coalesce(min(p.next_try_at), '-infinity') <= now())
"""


def _to_greet(positions: list[Position], *, at: datetime) -> Position | None:
    """
    Return the position by which the receiver is greeted now: it may want something again, or be silent.
    """
    heard = [each.heard_at for each in positions if each.heard_at is not None]
    if not positions or (heard and at - max(heard) < HEARTBEAT):
        return None
    return min(positions, key=lambda each: each.heard_at or NEVER)


def peers_of(stream: Stream, neighbours: ports.Neighbours) -> tuple[ports.Peer, ...]:
    """
    Return the nodes to whom a stream goes from here.
    """
    if stream.audience == CHILDREN:
        return neighbours.children
    to = neighbours.parent if stream.audience == PARENT else neighbours.way_to(stream.audience)
    return (to,) if to is not None else ()


def _positions(receiver: str, neighbours: ports.Neighbours) -> list[Position]:
    streams = [
        stream
        for stream in Stream.objects.order_by("id")
        if any(peer.code == receiver for peer in peers_of(stream, neighbours))
    ]
    known = {
        each.stream_id: each for each in Position.objects.filter(receiver=receiver).select_related("stream")
    }
    missing = [
        Position(stream=stream, receiver=receiver, chain=batches.START)
        for stream in streams
        if stream.pk not in known
    ]
    if missing:
        Position.objects.bulk_create(missing, ignore_conflicts=True)
        return _positions(receiver, neighbours)
    return [known[stream.pk] for stream in streams]


def _send(
    position: Position,
    neighbours: ports.Neighbours,
    *,
    is_greeting: bool,
    ahead: Ahead | None,
    at: datetime,
) -> Sent:
    if position.next_try_at is not None and position.next_try_at > at:
        return NOTHING
    snapshot = snapshots.open_one(position)
    if snapshot is None and position.number == position.stream.last and not is_greeting:
        return NOTHING
    peer = neighbours.find(position.receiver)
    if peer is None or neighbours.own_key is None:
        note_trouble(position, FeedTrouble.NOT_TRUSTED, at=at)
        return NOTHING
    try:
        if snapshot is not None:
            return _send_snapshot(position, snapshot, peer, neighbours, at=at)
        return _send_batch(position, peer, neighbours, ahead, at=at)
    except UpstreamError as error:
        logger.info("receiver_silent", receiver=peer.code, dataset=position.stream.dataset, reason=error.code)
        note_silence(position, at=at)
        return NOTHING


def _send_batch(
    position: Position, peer: ports.Peer, neighbours: ports.Neighbours, ahead: Ahead | None, *, at: datetime
) -> Sent:
    ready = _ready(position, peer, neighbours, ahead, at=at)
    stretch = ready.stretch if ready else _next(position)
    if stretch is None and position.number < position.stream.last:
        return _lacking(position, at=at)
    question = ready.question if ready else _sealed(position, stretch, peer, neighbours, at=at)
    batch = _note_batch(position, stretch, at=at) if stretch else None
    try:
        if ahead is None:
            answer = question.answer(Answer)
        else:
            answer = _beside(question, position, stretch, ahead, neighbours, at=at)
    except UpstreamError:
        _close(batch, BatchOutcome.SILENT, at=at)
        raise
    chain = stretch.chain if stretch else bytes(position.chain)
    last = stretch.last if stretch else position.number
    return _take_answer(position, answer, stretch, batch, last=last, chain=chain.hex(), at=at)


def _ready(
    position: Position, peer: ports.Peer, neighbours: ports.Neighbours, ahead: Ahead | None, *, at: datetime
) -> Ready | None:
    """
    Return what was made ready, if it is what comes next, sealed just now and by the keys of now.
    """
    ready = ahead.pop(position.pk, None) if ahead is not None else None
    if ready is None:
        return None
    stretch, question = ready.stretch, ready.question
    is_next = (stretch.first, stretch.previous) == (position.number + 1, bytes(position.chain))
    is_ours = (question.peer, question.own) == (peer, neighbours.own_key)
    return ready if is_next and is_ours and at - question.header.sent_at < READY_FOR else None


def _next(position: Position) -> Stretch | None:
    """
    Return what comes next, if it is here.
    """
    if position.number >= position.stream.last:
        return None
    return next_stretch(
        position.stream,
        after=position.number,
        chain=bytes(position.chain),
        since=position.confirmed_numbering,
    )


def _sealed(
    position: Position,
    stretch: Stretch | None,
    peer: ports.Peer,
    neighbours: ports.Neighbours,
    *,
    at: datetime,
) -> Asking:
    """
    Return the batch of a stretch, signed and sealed; without one it is a greeting.
    """
    chain = bytes(position.chain)
    header = batch_header(
        position,
        day=stretch.day if stretch else civil_date(at),
        first=stretch.first if stretch else position.number + 1,
        last=stretch.last if stretch else position.number,
        previous=stretch.previous if stretch else chain,
        chain=stretch.chain if stretch else chain,
    )
    body = stretch.body if stretch else batches.pack([])
    return asking(peer, MessageKind.BATCH, body, batch=header, neighbours=neighbours, at=at)


def _beside(
    question: Asking,
    position: Position,
    stretch: Stretch | None,
    ahead: Ahead,
    neighbours: ports.Neighbours,
    *,
    at: datetime,
) -> Answer:
    """
    Ask, and make ready what comes then while the answer is on its way.
    """
    call = Call(partial(question.answer, Answer))
    try:
        if stretch is not None and stretch.last < position.stream.last:
            found = next_stretch(
                position.stream, after=stretch.last, chain=stretch.chain, since=stretch.numbered_at
            )
            if found is not None:
                sealed = _sealed(position, found, question.peer, neighbours, at=at)
                ahead[position.pk] = Ready(stretch=found, question=sealed)
    finally:
        if not connection.in_atomic_block:
            connection.close()
    return call.outcome()


def _lacking(position: Position, *, at: datetime) -> Sent:
    """
    Help a receiver whose next entry is no longer kept: by a snapshot, or not at all.
    """
    if not snapshots.can_be_taken(position.stream):
        note_trouble(position, FeedTrouble.GONE, at=at)
        return NOTHING
    snapshots.ask_for(position.stream, position.receiver, at=at)
    return Sent(count=0, is_more=True)


def _send_snapshot(
    position: Position,
    snapshot: Snapshot,
    peer: ports.Peer,
    neighbours: ports.Neighbours,
    *,
    at: datetime,
) -> Sent:
    if snapshot.taken_at is None:
        greeting = batch_header(
            position,
            day=civil_date(at),
            first=position.number + 1,
            last=position.number,
            previous=bytes(position.chain),
            chain=bytes(position.chain),
        )
        told = ask(
            peer,
            MessageKind.BATCH,
            batches.pack([]),
            Answer,
            batch=greeting,
            neighbours=neighbours,
            at=at,
        )
        if told.kind in (AnswerKind.LATER, AnswerKind.UNKNOWN):
            return _take_answer(position, told, None, None, last=0, chain="", at=at)
        snapshots.take(snapshot, position, beyond=(told.position, bytes.fromhex(told.chain)), at=at)
    part, header, body = snapshots.next_part(snapshot, position, at=at)
    answer = ask(peer, MessageKind.SNAPSHOT, body, Answer, batch=header, neighbours=neighbours, at=at)
    if answer.kind is not AnswerKind.TAKEN:
        if answer.kind is AnswerKind.BEHIND:
            snapshots.drop(snapshot)
        return _take_answer(position, answer, None, None, last=-1, chain="", at=at)
    return _note_part(position, snapshot, answer, part=part, at=at)


@transaction.atomic
def _note_part(position: Position, snapshot: Snapshot, answer: Answer, *, part: int, at: datetime) -> Sent:
    position.heard_at = at
    _note_errors(position, answer, {}, at=at)
    if part == snapshot.parts and answer.position == snapshot.number:
        snapshots.finish(snapshot, at=at)
        stream = Stream.objects.get(pk=position.stream_id)
        go_to(position, snapshot.number, bytes(snapshot.chain), numbered_at=snapshot.taken_at, at=at)
        return Sent(count=0, is_more=stream.last > snapshot.number)
    snapshots.go_on_from(snapshot, answer.part)
    go_to(position, position.number, bytes(position.chain), numbered_at=position.confirmed_numbering, at=at)
    return Sent(count=0, is_more=True)


@transaction.atomic
def _take_answer(
    position: Position,
    answer: Answer,
    stretch: Stretch | None,
    batch: Batch | None,
    *,
    last: int,
    chain: str,
    at: datetime,
) -> Sent:
    position.heard_at = at
    match answer.kind:
        case AnswerKind.TAKEN if (answer.position, answer.chain) == (last, chain):
            _note_errors(position, answer, stretch.keys if stretch else {}, at=at)
            _close(batch, BatchOutcome.PARTLY if answer.refused else BatchOutcome.TAKEN, at=at)
            numbered_at = stretch.numbered_at if stretch else position.confirmed_numbering
            go_to(position, last, bytes.fromhex(chain), numbered_at=numbered_at, at=at)
            count = len(stretch.keys) if stretch else 0
            return Sent(count=count, is_more=last < position.stream.last or count > 0)
        case AnswerKind.TAKEN | AnswerKind.BEHIND:
            _close(batch, BatchOutcome.SENT, at=at)
            return Sent(count=0, is_more=_go_where_they_are(position, answer, at=at))
        case AnswerKind.FORKED:
            note_trouble(position, FeedTrouble.FORKED, at=at)
        case AnswerKind.LATER:
            note_trouble(position, FeedTrouble.LATER, at=at, wait=timedelta(seconds=answer.wait_seconds))
        case AnswerKind.UNKNOWN:
            note_trouble(position, FeedTrouble.REFUSED, at=at)
    _close(batch, BatchOutcome.REFUSED, at=at)
    return NOTHING


def _go_where_they_are(position: Position, answer: Answer, *, at: datetime) -> bool:
    """
    Move to where the receiver says it is; return whether something can be sent from there.
    """
    if answer.position > position.stream.last:
        note_trouble(position, FeedTrouble.AHEAD, at=at)
        return False
    found = chain_at(position.stream_id, answer.position)
    if found is None:
        return _lacking(position, at=at).is_more
    go_to(position, answer.position, found[0], numbered_at=found[1], at=at)
    return True


def chain_at(stream_id: int, number: int) -> tuple[bytes, datetime | None] | None:
    """
    Return the chain of a stream at a number and when that was numbered; None: it is no longer kept.
    """
    if number == 0:
        return batches.START, None
    with connection.cursor() as cursor:
        cursor.execute(CHAIN_AT, [stream_id, number])
        row = cursor.fetchone()
    return (bytes(row[0]), row[1]) if row else None


def _note_batch(position: Position, stretch: Stretch, *, at: datetime) -> Batch:
    first, last = stretch.first, stretch.last
    again = (
        Batch.objects.filter(stream=position.stream, receiver=position.receiver, first=first, last=last)
        .order_by("-id")
        .first()
    )
    if again is not None and again.outcome in (BatchOutcome.SENT, BatchOutcome.SILENT, BatchOutcome.REFUSED):
        Batch.objects.filter(pk=again.pk).update(
            attempts=F("attempts") + 1, last_sent_at=at, outcome=BatchOutcome.SENT
        )
        return again
    return Batch.objects.create(
        stream=position.stream,
        receiver=position.receiver,
        first=first,
        last=last,
        bytes=len(stretch.body),
        sent_at=at,
        last_sent_at=at,
    )


def _close(batch: Batch | None, outcome: BatchOutcome, *, at: datetime) -> None:
    if batch is not None:
        answered = None if outcome is BatchOutcome.SILENT else at
        Batch.objects.filter(pk=batch.pk).update(outcome=outcome, answered_at=answered)


def _note_errors(position: Position, answer: Answer, keys: dict[int, str], *, at: datetime) -> None:
    """
    Keep what the receiver did not take, and call mended what came before with a key that it took now.

    :param keys: numbers and keys of the batch; empty: a snapshot, where the answer names the keys
    """
    bad = {(each.number, keys.get(each.number, each.key)): each for each in answer.refused}
    waiting = SentError.objects.filter(stream=position.stream, receiver=position.receiver, mended_by=None)
    if keys and waiting.exists():
        good = {key: number for number, key in keys.items() if (number, key) not in bad}
        for error in waiting.filter(key__in=list(good)):
            if good[error.key] >= error.number:
                SentError.objects.filter(pk=error.pk).update(mended_by=good[error.key])
    SentError.objects.bulk_create(
        (
            SentError(
                stream=position.stream,
                receiver=position.receiver,
                number=number,
                key=storable(key, LONGEST_KEY),
                code=storable(each.code, LONGEST_CODE),
                text=storable(each.text, LONGEST_TEXT),
                at=at,
            )
            for (number, key), each in bad.items()
        ),
        update_conflicts=True,
        unique_fields=["stream", "receiver", "number", "key"],
        update_fields=["code", "text", "at"],
    )
