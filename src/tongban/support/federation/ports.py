"""
What one login needs from elsewhere.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Protocol
from uuid import UUID

from tongban.foundation.actors import Actor
from tongban.support.federation.values import Askable, Authentication, OwnCase, Provider, Topology


class ClaimsSource(Protocol):
    """
    Tells what is known about somebody, within what he consented to; writes down that it did.
    """

    def subject(self, *, party: Any, owner_id: UUID) -> str:
        """
        Return the subject by which this party's sector knows an account or a principal.
        """

    def user_info(
        self, *, party: Any, account: Any, scopes: frozenset[str], known: Authentication, at: datetime
    ) -> dict[str, Any]:
        """
        Return the claims these scopes stand for.
        """


class _Wiring:
    claims: ClaimsSource | None = None


def tell_claims_by(source: ClaimsSource) -> None:
    """
    Wire who tells claims; called once in AppConfig.ready().
    """
    _Wiring.claims = source


def claims_source() -> ClaimsSource:
    """
    Return who tells claims.

    :raises RuntimeError: nobody was wired
    """
    if _Wiring.claims is None:
        raise RuntimeError("nobody tells claims: install tongban.support.federation")
    return _Wiring.claims


class TrustSource(Protocol):
    """
    Says in which mode accounts are kept and who is believed. A file now; the trust lists of the exchange later.
    """

    def topology(self) -> Topology:
        """
        Return what holds now.
        """


class JoinedSource(Protocol):
    """
    Says with which nodes this one exchanges, and so can ask by the nodes' own keys.
    """

    def __call__(self) -> Askable:
        """
        Return what holds now. At most one query.
        """


class CaseSource(Protocol):
    """
    Says which cases a person of this node has.
    """

    def __call__(self, *, actor: Actor, at: datetime) -> tuple[OwnCase, ...]:
        """
        Return the person's cases, the latest first.
        """


class NodeCaller(Protocol):
    """
    Brings a signed message to another node and returns its answer, sealed both ways.
    """

    def __call__(self, node: Provider, path: str, message: bytes, *, seconds: float, at: datetime) -> bytes:
        """
        Return the answer.

        :raises UpstreamError: the node does not answer, or its answer is not its own
        """


class NodeAnswerer(Protocol):
    """
    Answers what other nodes ask about one subject.
    """

    def __call__(self, *, question: str, node: Provider, message: bytes, at: datetime) -> bytes:
        """
        Return the answer; the message was signed by the node.

        :raises ServiceError: the question is not one of the subject, or makes no sense
        """


@dataclass
class FixedTrust:
    """
    A fake: always the same.
    """

    kept: Topology = field(default_factory=Topology)

    def topology(self) -> Topology:
        """
        Return what it was given.
        """
        return self.kept


class _Outside:
    trust: TrustSource = FixedTrust()
    joined: JoinedSource | None = None
    cases: CaseSource | None = None
    caller: NodeCaller | None = None
    answerers: ClassVar[dict[str, NodeAnswerer]] = {}


def trust_by(source: TrustSource) -> TrustSource:
    """
    Wire who says whom to trust; return the one before.
    """
    before, _Outside.trust = _Outside.trust, source
    return before


def topology() -> Topology:
    """
    Return the node's place among the others.
    """
    return _Outside.trust.topology()


def know_joined_by(source: JoinedSource | None) -> JoinedSource | None:
    """
    Wire who says with which nodes this one exchanges; return the one before.
    """
    before, _Outside.joined = _Outside.joined, source
    return before


def askable() -> Askable:
    """
    Return the nodes that can be asked: those that share a key with this one, and those with whom it exchanges.

    About people only those of the file are asked, whatever else is joined. At most one query.
    """
    chosen = topology()
    keyed = tuple(node for node in chosen.nodes if node.shared_key)
    joined = _Outside.joined() if _Outside.joined else Askable()
    codes = {node.code for node in keyed}
    others = tuple(node for node in joined.nodes if node.code not in codes)
    above = chosen.above
    if above is None and joined.above is not None:
        above = next(node for node in (*keyed, *others) if node.code == joined.above.code)
    beyond = tuple(node for node in joined.beyond if node.code not in codes)
    return Askable(nodes=(*keyed, *others), above=above, beyond=beyond)


def tell_cases_by(source: CaseSource) -> None:
    """
    Wire the app that knows cases; called once in its AppConfig.ready().
    """
    _Outside.cases = source


def own_cases(*, actor: Actor, at: datetime) -> tuple[OwnCase, ...]:
    """
    Return the cases of a person at this node; none where no app knows cases.
    """
    return _Outside.cases(actor=actor, at=at) if _Outside.cases else ()


def call_nodes_by(caller: NodeCaller) -> NodeCaller | None:
    """
    Wire who brings messages to other nodes; return the one before.
    """
    before, _Outside.caller = _Outside.caller, caller
    return before


def node_caller() -> NodeCaller:
    """
    Return who brings messages to other nodes.

    :raises RuntimeError: nobody was wired
    """
    if _Outside.caller is None:
        raise RuntimeError("nobody calls other nodes: install tongban.support.federation")
    return _Outside.caller


def answer_nodes_by(subject: str, answerer: NodeAnswerer) -> None:
    """
    Wire who answers other nodes about a subject, the first word of their address; called once in AppConfig.ready().
    """
    _Outside.answerers[subject] = answerer


def node_answerer(subject: str) -> NodeAnswerer | None:
    """
    Return who answers other nodes about a subject; None: nobody does.
    """
    return _Outside.answerers.get(subject)
