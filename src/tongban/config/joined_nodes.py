"""
Nodes that exchange with one another can ask one another: about cases of other regions, licences, seals.

Without this a key for questions would have to stand in both topology files, beside the keys that nodes have anyway.
About people only those nodes are asked that a topology file names: who logs in where is decided by people.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

import msgspec

from tongban.foundation.codes import subtree_prefix
from tongban.foundation.errors import InvalidInput, NotFound, NotPermitted, UpstreamError
from tongban.resources.exchange import ports as exchange
from tongban.resources.exchange.services import ask_node
from tongban.support.federation import ports as federation
from tongban.support.federation.services import node_path
from tongban.support.federation.values import Askable, Provider, ProviderKind

SUBJECT: Final = "nodes"
NOT_BY_JOINING: Final = frozenset({"people"})
PASSED_ON: Final = frozenset({"crossregion"})
"""What is asked through the parent; licences have a way of their own, seals are asked of neighbours."""
PASSING_SECONDS: Final = 8.0

Code = Annotated[str, msgspec.Meta(pattern=r"^([0-9]{12})?\Z")]
Word = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z_-]{0,39}\Z")]


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    A question as it goes in an envelope of the exchange.
    """

    subject: Word
    question: Word
    message: bytes
    to: Code = ""
    """Node that is asked; empty: who gets this."""
    origin: Code = ""
    """Node that asks; empty: who sends this."""


def join() -> None:
    """
    Wire it; called when all apps are loaded.
    """
    federation.know_joined_by(joined)
    federation.call_nodes_by(ByEitherKey(federation.node_caller()))
    exchange.answer_questions_by(SUBJECT, answer)


def joined() -> Askable:
    """
    Return the neighbours of the exchange that are trusted now. One query.
    """
    here = exchange.neighbours()
    if here.own_key is None:
        return Askable()
    nodes = {peer.code: _provider(peer) for peer in here.everybody if not peer.is_suspended}
    return Askable(
        nodes=tuple(nodes.values()),
        above=nodes.get(here.parent.code) if here.parent else None,
        beyond=tuple(_stranger(code, name) for code, name in here.beyond.items()),
    )


@dataclass(frozen=True, slots=True)
class ByEitherKey:
    """
    Port `NodeCaller`: by the shared key where there is one, else by the nodes' own.
    """

    keyed: federation.NodeCaller

    def __call__(self, node: Provider, path: str, message: bytes, *, seconds: float, at: datetime) -> bytes:
        """
        Return the answer.

        :raises UpstreamError: the node does not answer, or does not want to
        """
        if node.shared_key:
            return self.keyed(node, path, message, seconds=seconds, at=at)
        subject, question = path.strip("/").split("/")[-2:]
        asked = Asked(subject=subject, question=question, message=message)
        return _carried(asked, to=node.code, seconds=seconds, at=at)


def answer(*, question: bytes, node: str, at: datetime) -> bytes:
    """
    Answer a neighbour as nodes that share a key are answered, or pass its question on.

    :raises InvalidInput: the question makes no sense
    :raises NotFound: nobody answers such questions, or not to who has only joined
    :raises UpstreamError: it was to be passed on, and nobody answers
    """
    try:
        asked = msgspec.json.decode(question, type=Asked)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InvalidInput(fields={"body": str(error)}) from error
    here = exchange.neighbours()
    origin = asked.origin or node
    if not _may_speak_for(node, origin, here):
        raise NotPermitted
    if asked.to and asked.to != here.own_code:
        if asked.subject not in PASSED_ON or asked.to == node:
            raise NotFound(path=node_path(asked.subject, asked.question))
        passed = msgspec.structs.replace(asked, origin=origin)
        return _carried(passed, to=asked.to, seconds=PASSING_SECONDS, at=at, but_not=node)
    answerer = federation.node_answerer(asked.subject)
    is_closed = asked.subject in NOT_BY_JOINING or (origin != node and asked.subject not in PASSED_ON)
    if answerer is None or is_closed:
        raise NotFound(path=node_path(asked.subject, asked.question))
    asker = federation.askable().find(origin) or _stranger(origin, here.name_of(origin))
    return answerer(question=asked.question, node=asker, message=asked.message, at=at)


def _may_speak_for(node: str, origin: str, here: exchange.Neighbours) -> bool:
    """
    Return whether a neighbour may ask in this node's name: in its own, of those below it, the parent in anybody's.
    """
    is_parent = here.parent is not None and here.parent.code == node
    return origin != here.own_code and (is_parent or origin.startswith(subtree_prefix(node)))


def _carried(asked: Asked, *, to: str, seconds: float, at: datetime, but_not: str = "") -> bytes:
    """
    Ask a node: straight where it is a neighbour, else through whoever is on the way.

    :param but_not: who has asked; nothing goes back to it
    :raises UpstreamError: there is no way, or no answer
    """
    here = exchange.neighbours()
    way = here.way_to(to)
    if way is None or way.code == but_not:
        raise UpstreamError(node=to)
    if way.code != to:
        asked = msgspec.structs.replace(asked, to=to)
    content = msgspec.json.encode(asked)
    return ask_node(node=way.code, subject=SUBJECT, content=content, seconds=seconds, at=at)


def _stranger(code: str, name: str) -> Provider:
    return Provider(code=code, kind=ProviderKind.NODE, name=name, name_en="", url="", can_log_in=False)


def _provider(peer: exchange.Peer) -> Provider:
    return Provider(
        code=peer.code,
        kind=ProviderKind.NODE,
        name=peer.name,
        name_en=peer.name_en,
        url=peer.url,
        can_log_in=False,
    )
