"""
What happened to nodes.
"""

import msgspec

NODE_CHANGED = "exchange.node_changed"


class NodeChanged(msgspec.Struct, frozen=True, kw_only=True):
    """
    节点状态变更. Topic `exchange.node_changed`, keyed by the node's code.
    """

    code: str
    name: str
    state: str
    """Code of `NodeState`."""
    told_by: str
    """Whose list says so; this node's code: it was decided here."""
