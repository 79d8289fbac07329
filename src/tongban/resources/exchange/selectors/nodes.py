"""
Nodes as consoles show them, and this node's own list for everybody.
"""

from typing import Final

from django.conf import settings
from django.db.models import Count

from tongban.foundation.actors import Actor
from tongban.foundation.errors import NotFound
from tongban.foundation.paging import Page, decode_cursor, encode_cursor
from tongban.resources.exchange import permissions
from tongban.resources.exchange.models import Joining, KnownList, Node, NodeKey
from tongban.resources.exchange.rules import trust_lists
from tongban.resources.exchange.values.nodes import (
    KeyFacts,
    KeyState,
    ListFacts,
    NodeFacts,
    NodeLevel,
    NodeState,
    OwnNode,
)

MOST: Final = 100
FOREIGN_LISTS: Final = 50
LIST: Final = "exchange.nodes"


def may_read_nodes(*, actor: Actor) -> bool:
    """
    Whether somebody may see which nodes there are.
    """
    return permissions.read_nodes.allows(actor)


def may_decide_about_nodes(*, actor: Actor) -> bool:
    """
    Whether somebody may admit and suspend nodes.
    """
    return permissions.decide_about_nodes.allows(actor)


def nodes(
    *, actor: Actor, state: NodeState | None = None, words: str = "", cursor: str = "", limit: int = 50
) -> Page[NodeFacts]:
    """
    Return the nodes that this one knows, in the order of their codes, so that each stands below its parent.

    :param words: beginning of a code, or part of a name; empty: all
    """
    permissions.read_nodes.require(actor)
    rows = Node.objects.order_by("code")
    if state is not None:
        rows = rows.filter(state=state)
    if words.strip().isdecimal():
        rows = rows.filter(code__startswith=words.strip())
    elif words.strip():
        rows = rows.filter(name__icontains=words.strip())
    if cursor:
        (code,) = decode_cursor(LIST, cursor)
        rows = rows.filter(code__gt=code)
    limit = max(1, min(limit, MOST))
    found = list(rows[: limit + 1])
    more = encode_cursor(LIST, [found[limit - 1].code]) if len(found) > limit else None
    return Page(items=[_facts(row) for row in found[:limit]], next_cursor=more)


def node(*, code: str, actor: Actor) -> NodeFacts:
    """
    Return one node.

    :raises NotFound: it is not known here
    """
    permissions.read_nodes.require(actor)
    row = Node.objects.filter(code=code).first()
    if row is None:
        raise NotFound(node=code)
    return _facts(row)


def count_by_state(*, actor: Actor) -> dict[str, int]:
    """
    Return how many nodes stand how; of states without any nothing.
    """
    permissions.read_nodes.require(actor)
    rows = Node.objects.values("state").annotate(count=Count("id")).order_by("state")
    return {row["state"]: row["count"] for row in rows}


def own_node(*, actor: Actor) -> OwnNode:
    """
    Return this node: its keys, the node above, the lists it made and took. Four queries.
    """
    permissions.read_nodes.require(actor)
    own = settings.TONGBAN_NODE
    joining = Joining.objects.order_by("-requested_at", "-id").first()
    lists = KnownList.objects.order_by("issuer")[:FOREIGN_LISTS]
    return OwnNode(
        code=own.division_code,
        name=own.name,
        level=trust_lists.level_of(own.division_code),
        keys=tuple(_key(key) for key in NodeKey.objects.order_by("made_at")),
        parent_code=joining.parent_code if joining else "",
        parent_name=joining.parent_name if joining else "",
        parent_url=joining.parent_url if joining else "",
        parent_fingerprint=joining.parent_fingerprint if joining else "",
        state=joining.state if joining else "",
        reason=joining.reason if joining else "",
        requested_at=joining.requested_at if joining else None,
        expires_at=joining.expires_at if joining else None,
        lists=tuple(_list(row) for row in lists),
    )


def own_list() -> tuple[int, bytes] | None:
    """
    Return number and content of this node's trust list, for everybody; None: it has made none.
    """
    row = KnownList.objects.filter(issuer=settings.TONGBAN_NODE.division_code).first()
    return (row.number, bytes(row.content)) if row is not None else None


def _facts(row: Node) -> NodeFacts:
    return NodeFacts(
        code=row.code,
        name=row.name,
        name_en=row.name_en,
        level=NodeLevel(row.level),
        url=row.url,
        state=NodeState(row.state),
        parent=row.parent,
        told_by=row.told_by,
        is_own_child=row.told_by == settings.TONGBAN_NODE.division_code,
        is_direct=row.is_direct,
        fingerprint=trust_lists.fingerprint_of(bytes(row.point)),
        other_fingerprint=trust_lists.fingerprint_of(bytes(row.other_point)) if row.other_point else "",
        requested_at=row.requested_at,
        expires_at=row.expires_at,
        decided_at=row.decided_at,
        changed_at=row.changed_at,
        reason=row.reason,
        certificate_until=row.certificate_until,
    )


def _key(key: NodeKey) -> KeyFacts:
    return KeyFacts(
        state=KeyState(key.state),
        fingerprint=trust_lists.fingerprint_of(bytes(key.point)),
        made_at=key.made_at,
        until=key.former_until,
        is_certified=key.certificate is not None,
    )


def _list(row: KnownList) -> ListFacts:
    return ListFacts(
        issuer=row.issuer,
        number=row.number,
        made_at=row.made_at,
        valid_until=row.valid_until,
        checked_at=row.checked_at,
        trouble=row.trouble,
    )
