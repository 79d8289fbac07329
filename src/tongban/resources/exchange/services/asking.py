"""
One envelope to a peer, and the answer to it, opened.
"""

import secrets
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

import msgspec
from django.db import connection

from tongban.foundation.errors import UpstreamError
from tongban.resources.exchange import ports
from tongban.resources.exchange.models import Position
from tongban.resources.exchange.rules import envelopes
from tongban.resources.exchange.values import BatchHeader, MessageKind
from tongban.resources.exchange.values.wire import Header, StreamQuestion

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Asking:
    """
    A question in its envelope, ready to go.
    """

    peer: ports.Peer
    header: Header
    envelope: bytes
    own: ports.OwnKey
    carry: ports.Carrier

    def answer(self, answer_type: type[T]) -> T:
        """
        Bring it, and return the answer. Not inside a transaction: nobody is made to wait for a slow line.

        :raises UpstreamError: there is none, or it is not the peer's
        """
        if not connection.in_atomic_block:
            connection.close()  # back to the pool, for as long as the line takes
        told = self.carry(self.peer, self.envelope)
        expected = (MessageKind.ANSWER, self.header.id, self.peer.code, self.header.sender)
        try:
            answer = envelopes.read(told)
            header = answer.header
            if (header.kind, header.id, header.sender, header.receiver) != expected:
                raise UpstreamError(node=self.peer.code)
            return msgspec.json.decode(answer.opened(own=self.own, senders=self.peer.keys), type=answer_type)
        except (envelopes.NotAnEnvelope, msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise UpstreamError(node=self.peer.code) from error


def asking(
    peer: ports.Peer,
    kind: MessageKind,
    body: bytes,
    *,
    neighbours: ports.Neighbours,
    at: datetime,
    batch: BatchHeader | None = None,
    carry: ports.Carrier | None = None,
) -> Asking:
    """
    Return a question, signed and sealed.

    :param carry: brings it; None: what brings the streams
    :raises UpstreamError: this node has no key to sign with
    """
    own = neighbours.own_key
    if own is None:
        raise UpstreamError(node=peer.code)
    header = Header(
        kind=kind,
        id=secrets.token_hex(16),
        sender=neighbours.own_code,
        receiver=peer.code,
        sent_at=at,
        batch=batch,
    )
    envelope = envelopes.close(header, body, own=own, receiver=peer.keys[0])
    return Asking(peer=peer, header=header, envelope=envelope, own=own, carry=carry or ports.carrier())


def ask(
    peer: ports.Peer,
    kind: MessageKind,
    body: bytes,
    answer_type: type[T],
    *,
    neighbours: ports.Neighbours,
    at: datetime,
    batch: BatchHeader | None = None,
    carry: ports.Carrier | None = None,
) -> T:
    """
    Return the answer to an envelope. Not inside a transaction.

    :raises UpstreamError: there is none, or it is not the peer's
    """
    question = asking(peer, kind, body, neighbours=neighbours, at=at, batch=batch, carry=carry)
    return question.answer(answer_type)


def ask_about(
    position: Position,
    kind: MessageKind,
    answer_type: type[T],
    *,
    neighbours: ports.Neighbours,
    at: datetime,
    day: date | None = None,
    number: int = 0,
) -> T:
    """
    Return what a receiver says of a stream of this node. Not inside a transaction.

    :raises UpstreamError: it does not answer
    """
    question = StreamQuestion(
        dataset=position.stream.dataset, audience=position.stream.audience, day=day, number=number
    )
    body = msgspec.json.encode(question)
    return ask(peer_of(position, neighbours), kind, body, answer_type, neighbours=neighbours, at=at)


def peer_of(position: Position, neighbours: ports.Neighbours) -> ports.Peer:
    """
    Return the receiver.

    :raises UpstreamError: it is not trusted, or no longer
    """
    peer = neighbours.find(position.receiver)
    if peer is None:
        raise UpstreamError(node=position.receiver)
    return peer


def batch_header(
    position: Position,
    *,
    day: date,
    first: int,
    last: int,
    previous: bytes,
    chain: bytes,
    part: int = 0,
    is_complete: bool = False,
) -> BatchHeader:
    """
    Return what a batch of a position's stream says of itself.
    """
    contract = ports.contract(position.stream.dataset)
    return BatchHeader(
        dataset=position.stream.dataset,
        version=contract.version if contract else 1,
        audience=position.stream.audience,
        day=day,
        first=first,
        last=last,
        previous=previous.hex(),
        chain=chain.hex(),
        part=part,
        is_complete=is_complete,
    )
