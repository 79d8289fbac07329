"""
What operators do to a stream that does not go on by itself.
"""

from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit
from tongban.foundation.actors import Actor
from tongban.foundation.clock import civil_date
from tongban.foundation.errors import Conflict
from tongban.resources.exchange import permissions, ports
from tongban.resources.exchange.models import Position, Stream
from tongban.resources.exchange.rules import batches
from tongban.resources.exchange.services import snapshots
from tongban.resources.exchange.services.asking import ask, ask_about, batch_header, peer_of
from tongban.resources.exchange.services.reconciling import position_of
from tongban.resources.exchange.services.sending import chain_at
from tongban.resources.exchange.services.troubles import go_to
from tongban.resources.exchange.values import Answer, AnswerKind, FeedTrouble, MessageKind
from tongban.resources.exchange.values.wire import DayAnswer

LOST: Final = frozenset({FeedTrouble.AHEAD, FeedTrouble.GONE, FeedTrouble.FORKED})


class EntriesNotKept(Conflict):
    """
    What is wanted once more is no longer kept; a snapshot brings how everything stands.
    """

    code = "entries_not_kept"
    message = _("所需的记录已不再保留，请改为发送快照")


class NoSnapshot(Conflict):
    """
    Nobody says how everything of this dataset stands, or it is addressed to one node.
    """

    code = "no_snapshot"
    message = _("该数据集不支持快照")


class NothingToContinue(Conflict):
    """
    The stream goes on by itself.
    """

    code = "nothing_to_continue"
    message = _("该数据流无需续号")


def replay_from(*, actor: Actor, stream: int, receiver: str, number: int, at: datetime) -> int:
    """
    Have the receiver want everything from a number on once more; return behind which number it does.

    :raises NotPermitted: the actor does not run the node
    :raises NotFound: nothing of this stream goes to this node
    :raises EntriesNotKept: it begins before what is kept
    :raises UpstreamError: the receiver does not answer
    """
    permissions.operate.require(actor)
    position = position_of(stream, receiver)
    if chain_at(stream, max(number - 1, 0)) is None:
        raise EntriesNotKept
    told = ask_about(
        position,
        MessageKind.REWIND,
        DayAnswer,
        number=max(number - 1, 0),
        neighbours=ports.neighbours(),
        at=at,
    )
    found = chain_at(stream, told.position)
    if found is None:
        raise EntriesNotKept
    with transaction.atomic():
        go_to(position, told.position, found[0], numbered_at=found[1], at=at)
        audit.record(
            action="exchange.stream.replay",
            actor=actor,
            subject=_subject(position),
            at=at,
            number=told.position + 1,
        )
    return told.position


@transaction.atomic
def send_snapshot(*, actor: Actor, stream: int, receiver: str, at: datetime) -> None:
    """
    Send the receiver how everything stands; it forgets what it has otherwise. The stream goes on behind it.

    :raises NotPermitted: the actor does not run the node
    :raises NotFound: nothing of this stream goes to this node
    :raises NoSnapshot: this dataset has none
    """
    permissions.operate.require(actor)
    position = position_of(stream, receiver)
    if not snapshots.can_be_taken(position.stream):
        raise NoSnapshot
    snapshots.ask_for(position.stream, receiver, at=at)
    Position.objects.filter(pk=position.pk).update(next_try_at=None)
    audit.record(action="exchange.stream.snapshot", actor=actor, subject=_subject(position), at=at)


def continue_after(*, actor: Actor, stream: int, receiver: str, at: datetime) -> int:
    """
    Let a stream go on that cannot by itself; return behind which number it does. What lies between is given up.

    Where this node was restored from a backup and the receiver is ahead, numbers go on behind the receiver's last.
    Where the receiver needs what is no longer kept, or has another history, it goes on behind this node's last.

    :raises NotPermitted: the actor does not run the node
    :raises NotFound: nothing of this stream goes to this node
    :raises NothingToContinue: the stream goes on by itself
    :raises UpstreamError: the receiver does not answer
    """
    permissions.operate.require(actor)
    position = position_of(stream, receiver)
    if position.trouble not in LOST:
        raise NothingToContinue
    told = _message(position, MessageKind.BATCH, position.number, bytes(position.chain), at=at)
    if told.kind not in (AnswerKind.TAKEN, AnswerKind.BEHIND, AnswerKind.FORKED):
        raise NothingToContinue
    number, chain = _continued(stream, told)
    if (told.position, bytes.fromhex(told.chain)) != (number, chain):
        told = _message(position, MessageKind.SNAPSHOT, number, chain, at=at)
        if told.position != number:
            raise NothingToContinue
    with transaction.atomic():
        go_to(position, number, chain, numbered_at=None, at=at)
        audit.record(
            action="exchange.stream.continue", actor=actor, subject=_subject(position), at=at, number=number
        )
    return number


def retry_now(*, actor: Actor, receiver: str, at: datetime, stream: int | None = None) -> int:
    """
    Forget the pauses of a receiver's streams; return of how many.

    :raises NotPermitted: the actor does not run the node
    """
    permissions.operate.require(actor)
    positions = Position.objects.filter(receiver=receiver).exclude(next_try_at=None)
    if stream is not None:
        positions = positions.filter(stream_id=stream)
    with transaction.atomic():
        count = positions.update(next_try_at=None)
        audit.record(
            action="exchange.stream.retry", actor=actor, subject=receiver, at=at, stream=stream, count=count
        )
    return count


@transaction.atomic
def _continued(stream: int, told: Answer) -> tuple[int, bytes]:
    """
    Return behind which number the stream goes on, and its chain there.
    """
    row = Stream.objects.select_for_update().get(pk=stream)
    if told.position > row.last:
        row.last, row.chain = told.position, bytes.fromhex(told.chain)
        row.save(update_fields=["last", "chain"])
    return row.last, bytes(row.chain)


def _message(position: Position, kind: MessageKind, number: int, chain: bytes, *, at: datetime) -> Answer:
    """
    Send a batch without entries, or say behind which number the stream goes on.
    """
    neighbours = ports.neighbours()
    header = batch_header(
        position,
        day=civil_date(at),
        first=number + 1,
        last=number,
        previous=chain,
        chain=chain,
    )
    body = batches.pack([])
    return ask(peer_of(position, neighbours), kind, body, Answer, batch=header, neighbours=neighbours, at=at)


def _subject(position: Position) -> str:
    return f"{position.stream.dataset} → {position.receiver}"
