"""
What a node does about the others every minute.
"""

from datetime import datetime

import structlog

from tongban.foundation.crypto.certificates import read_certificate
from tongban.foundation.errors import Conflict
from tongban.resources.exchange.models import NodeKey
from tongban.resources.exchange.services.nodes import drop_former_keys
from tongban.resources.exchange.services.nodes_joining import ParentNotBelieved, fetch_decision
from tongban.resources.exchange.services.nodes_keys import RENEWED_BEFORE, go_on_with_keys, rotate_key
from tongban.resources.exchange.services.nodes_lists import NODES, current_key, keep_own_list, pull_lists
from tongban.resources.exchange.values.nodes import NodeState

logger = structlog.get_logger(__name__)


def look_after_nodes(*, at: datetime) -> None:
    """
    Fetch the answer of the node above, pull lists, go on with a change of keys, renew this node's list.

    A node that has no key has nothing to do with others. Not inside a transaction.
    """
    key = current_key()
    if key is None:
        return
    try:
        state = fetch_decision(at=at)
    except ParentNotBelieved as error:
        logger.warning("parent_not_believed", node=error.facts.get("node"))
        state = None
    if state is not NodeState.REQUESTED:
        pull_lists(at=at)
    if read_certificate(bytes(key.home_certificate)).not_after - at < RENEWED_BEFORE:
        _begin_change(at=at)
    if NodeKey.objects.count() > 1 or not key.is_told:
        go_on_with_keys(at=at)
    drop_former_keys(at=at)
    keep_own_list(at=at)


def _begin_change(*, at: datetime) -> None:
    try:
        rotate_key(actor=NODES, at=at)
    except Conflict:
        return  # it is being changed
