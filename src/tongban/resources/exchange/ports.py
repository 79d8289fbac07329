"""
What the exchange needs from elsewhere, and where apps register what they exchange.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event
from typing import Protocol, runtime_checkable

from tongban.foundation.actors import Actor
from tongban.foundation.crypto import sm2
from tongban.resources.exchange.values import Contract
from tongban.resources.exchange.values.nodes import NodeCertificate


class OwnKey(Protocol):
    """
    What this node signs with, and opens what is sealed for it: while it changes its key, by the other one too.
    """

    def sign(self, message: bytes, *, signer_id: bytes) -> bytes:
        """
        Sign by SM2; DER SEQUENCE of r and s.
        """

    def decrypt(self, ciphertext: bytes) -> bytes:
        """
        Open what was sealed for this node.

        :raises NotDecryptable: it was not
        """


@dataclass(frozen=True, kw_only=True, slots=True)
class Peer:
    """
    Another node, as the trust list has it.
    """

    code: str
    name: str
    name_en: str
    url: str
    """Without a slash at the end."""
    keys: tuple[sm2.PublicKey, ...]
    """What it signs with: now, and next while it changes its key. Sealed for the first."""
    is_suspended: bool = False
    """Nothing is taken from it or sent to it; what it is to have waits."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Neighbours:
    """
    The node's place among the others, as it stands now.
    """

    own_code: str
    own_key: OwnKey | None = None
    """None: this node has joined nobody yet."""
    parent: Peer | None = None
    children: tuple[Peer, ...] = ()
    others: tuple[Peer, ...] = ()
    """Nodes with whom a direct route is permitted."""
    ways: Mapping[str, str] = field(default_factory=dict)
    """Of nodes further below: code -> the child in whose area it lies."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Of nodes further below."""
    beyond: Mapping[str, str] = field(default_factory=dict)
    """Of nodes that the parent knows and this one reaches through it only: code -> name."""

    def find(self, code: str) -> Peer | None:
        """
        Return the trusted node of this code, or None. One that is suspended is not trusted.
        """
        found = self._known(code)
        return found if found is not None and not found.is_suspended else None

    def way_to(self, code: str) -> Peer | None:
        """
        Return to whom entries for a node are given: itself, the child above it, or the parent, who passes them on.
        """
        return self._known(self.ways.get(code, code)) or self.parent

    def name_of(self, code: str) -> str:
        """
        Return what a node is called; its code where it is not known.
        """
        found = self._known(code)
        return found.name if found is not None else self.names.get(code) or self.beyond.get(code, code)

    @property
    def everybody(self) -> tuple[Peer, ...]:
        """
        Return all of them, those that are suspended too.
        """
        return (*self.children, *self.others, *((self.parent,) if self.parent else ()))

    def _known(self, code: str) -> Peer | None:
        return next((peer for peer in self.everybody if peer.code == code), None)


class NeighbourSource(Protocol):
    """
    Says whom this node exchanges with.
    """

    def __call__(self) -> Neighbours:
        """
        Return what holds now; asked often, so it must be cheap.
        """


class NodeAuthority(Protocol):
    """
    The certificate authority of this node, as far as nodes are concerned.
    """

    def certify(self, *, code: str, name: str, request: bytes, actor: Actor, at: datetime) -> NodeCertificate:
        """
        Issue a certificate whose common name ends with the code, within the transaction that is open.

        :param request: PKCS#10 of the node's key
        :raises InvalidInput: the request is none
        """

    def end(self, *, certificate: bytes, actor: Actor, at: datetime) -> None:
        """
        Revoke a certificate that it issued; one that is revoked already is no error.
        """

    def confirm(self, *, actor: Actor, at: datetime) -> None:
        """
        Refuse somebody who has not shown his second factor of late. The node itself passes.
        """


class Carrier(Protocol):
    """
    Brings an envelope to a peer and returns the answer's.
    """

    def __call__(self, peer: Peer, envelope: bytes) -> bytes:
        """
        Return the answer.

        :raises UpstreamError: there is none
        """


class Asker(Protocol):
    """
    Brings a question straight to a peer and returns the answer's envelope.
    """

    def __call__(self, peer: Peer, envelope: bytes, *, seconds: float) -> bytes:
        """
        Return the answer.

        :param seconds: how long to wait
        :raises UpstreamError: there is none
        """


class Answerer(Protocol):
    """
    Answers questions of other nodes about a subject.
    """

    def __call__(self, *, question: bytes, node: str, at: datetime) -> bytes:
        """
        Return the answer. No transaction is open.

        :param node: code of the node that asks; trusted, the question is its own and fresh
        :raises ServiceError: it gets none; code and sentence go to the node
        """


@dataclass(frozen=True, kw_only=True, slots=True)
class LinkAlarm:
    """
    Streams to or from another node that have just got stuck, or on which the two ends differ.
    """

    code: str
    """Of the other node."""
    name: str
    reasons: tuple[str, ...]
    """Codes: of `FeedTrouble`, or "UNHEARD", "FORKED", "DIFFERS"."""
    streams: tuple[str, ...]
    """Codes of their datasets."""
    at: datetime


class OperatorsTeller(Protocol):
    """
    Tells those who run the node.
    """

    def __call__(self, alarm: LinkAlarm) -> None:
        """
        Leave a message for each of them, in the transaction that is open.
        """


@runtime_checkable
class Listens(Protocol):
    """
    A carrier that brings what comes for this node, too.
    """

    def listen(self, own_code: str, answer: Callable[[bytes], bytes | None], stop: Event) -> None:
        """
        Answer until told to stop.

        :param answer: returns the answer's envelope, or None where there is nothing to be said
        """


@dataclass
class _Wiring:
    neighbours: NeighbourSource | None = None
    carrier: Carrier | None = None
    asker: Asker | None = None
    answerers: dict[str, Answerer] = field(default_factory=dict)
    teller: OperatorsTeller | None = None
    authority: NodeAuthority | None = None
    contracts: dict[str, Contract] = field(default_factory=dict)


_wiring = _Wiring()


def exchange_by(contract: Contract) -> None:
    """
    Register what an app exchanges; called in its `AppConfig.ready()`.
    """
    _wiring.contracts[contract.code] = contract


def contract(code: str) -> Contract | None:
    """
    Return the contract of this code, or None.
    """
    return _wiring.contracts.get(code)


def contracts() -> Iterable[Contract]:
    """
    Return all of them, in the order of their codes.
    """
    return (each for _code, each in sorted(_wiring.contracts.items()))


def know_neighbours_by(source: NeighbourSource) -> Callable[[], None]:
    """
    Wire who says whom this node exchanges with; returns what puts back whoever said so before.
    """
    before = _wiring.neighbours
    _wiring.neighbours = source

    def put_back() -> None:
        _wiring.neighbours = before

    return put_back


def neighbours() -> Neighbours:
    """
    Return whom this node exchanges with.

    :raises RuntimeError: nobody was wired
    """
    if _wiring.neighbours is None:
        raise RuntimeError("nobody knows the neighbours: install tongban.resources.exchange")
    return _wiring.neighbours()


def certify_nodes_by(authority: NodeAuthority) -> Callable[[], None]:
    """
    Wire the node's certificate authority; returns what puts back the one before.
    """
    before = _wiring.authority
    _wiring.authority = authority

    def put_back() -> None:
        _wiring.authority = before

    return put_back


def node_authority() -> NodeAuthority:
    """
    Return the node's certificate authority.

    :raises RuntimeError: none was wired
    """
    if _wiring.authority is None:
        raise RuntimeError("nobody certifies nodes: install tongban.config")
    return _wiring.authority


def carry_by(carrier: Carrier) -> Callable[[], None]:
    """
    Wire what brings envelopes; returns what puts back what did before.
    """
    before = _wiring.carrier
    _wiring.carrier = carrier

    def put_back() -> None:
        _wiring.carrier = before

    return put_back


def carrier() -> Carrier:
    """
    Return what brings envelopes.

    :raises RuntimeError: nothing was wired
    """
    if _wiring.carrier is None:
        raise RuntimeError("nothing brings envelopes: install tongban.resources.exchange")
    return _wiring.carrier


def ask_by(asker: Asker) -> Callable[[], None]:
    """
    Wire what brings questions; returns what puts back what did before.
    """
    before = _wiring.asker
    _wiring.asker = asker

    def put_back() -> None:
        _wiring.asker = before

    return put_back


def asker() -> Asker:
    """
    Return what brings questions.

    :raises RuntimeError: nothing was wired
    """
    if _wiring.asker is None:
        raise RuntimeError("nothing brings questions: install tongban.resources.exchange")
    return _wiring.asker


def answer_questions_by(subject: str, answerer: Answerer) -> None:
    """
    Wire who answers other nodes' questions about a subject.
    """
    _wiring.answerers[subject] = answerer


def answerer(subject: str) -> Answerer | None:
    """
    Return who answers questions about a subject; None: nobody does.
    """
    return _wiring.answerers.get(subject)


def tell_operators_by(teller: OperatorsTeller) -> None:
    """
    Wire who tells operators of streams that are stuck.
    """
    _wiring.teller = teller


def operators_teller() -> OperatorsTeller | None:
    """
    Return who tells operators; None: nobody does.
    """
    return _wiring.teller
