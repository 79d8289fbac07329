"""
Questions to other nodes: directly to those this one knows, through the parent to the others.

Each question is one signed and sealed message with a deadline; a node that does not answer is passed over for a while.
"""

from datetime import datetime
from typing import Final

import msgspec

from tongban.business.licences.values.peers import Relayed
from tongban.foundation.errors import UpstreamError
from tongban.support.federation import ports as federation
from tongban.support.federation.services import node_path
from tongban.support.federation.values import Provider

SUBJECT: Final = "licences"
"""Of questions, in the address at which nodes ask them."""
NODE_ACTOR: Final = "node:"
"""Before the code of a node that acts here in the name of its agencies."""
RELAYED: Final = {"check": 2.0, "verify": 2.0, "share": 8.0, "copy": 8.0, "changed": 4.0}
"""Questions that the parent passes on, and how many seconds it waits for the answer."""


class NodeUnreachable(UpstreamError):
    """
    A node that neither this one nor its parent knows.
    """

    code = "node_unreachable"


def ask_node(node: Provider, question: str, message: bytes, *, seconds: float, at: datetime) -> bytes:
    """
    Ask a node and return its answer.

    :raises UpstreamError: it does not answer, or its answer is not its own
    """
    return federation.node_caller()(node, node_path(SUBJECT, question), message, seconds=seconds, at=at)


def ask(code: str, question: str, message: bytes, *, seconds: float, at: datetime) -> bytes:
    """
    Ask the node with this code, through the parent where this one does not know it.

    :raises UpstreamError: nobody answers for it
    """
    known = federation.askable()
    node = known.find(code)
    if node is not None:
        return ask_node(node, question, message, seconds=seconds, at=at)
    if known.above is None:
        raise NodeUnreachable(node=code)
    relayed = Relayed(to=code, question=question, message=message.decode())
    return ask_node(known.above, "relay", msgspec.json.encode(relayed), seconds=seconds, at=at)


def pass_on(asker: Provider, relayed: Relayed, *, at: datetime) -> bytes:
    """
    Ask a node this one knows in the name of another, and return the answer.

    :raises UpstreamError: it is not known here, may not be asked so, or does not answer
    """
    node = federation.askable().find(relayed.to)
    if node is None or node.code == asker.code or relayed.question not in RELAYED:
        raise NodeUnreachable(node=relayed.to)
    seconds = RELAYED[relayed.question]
    return ask_node(node, relayed.question, relayed.message.encode(), seconds=seconds, at=at)
