"""
Licences between nodes: what is exchanged, questions, keys.
"""

from tongban.business.licences.services.peers.answering import answer_peer
from tongban.business.licences.services.peers.asking import NodeUnreachable
from tongban.business.licences.services.peers.changes import (
    TELLING_JOB,
    on_shared_licence_changed,
    see_foreign_change,
    tell_nodes,
)
from tongban.business.licences.services.peers.checking import check_code_anywhere
from tongban.business.licences.services.peers.exchanging import contracts
from tongban.business.licences.services.peers.files import verify_document
from tongban.business.licences.services.peers.keys import fetch_keys
from tongban.business.licences.services.peers.sharing import (
    NoParent,
    RefusedElsewhere,
    ask_elsewhere,
    fetch_copy,
)
from tongban.business.licences.services.peers.verifying import verify_everywhere

__all__ = [
    "TELLING_JOB",
    "NoParent",
    "NodeUnreachable",
    "RefusedElsewhere",
    "answer_peer",
    "ask_elsewhere",
    "check_code_anywhere",
    "contracts",
    "fetch_copy",
    "fetch_keys",
    "on_shared_licence_changed",
    "see_foreign_change",
    "tell_nodes",
    "verify_document",
    "verify_everywhere",
]
