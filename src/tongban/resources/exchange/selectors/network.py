"""
The tree of nodes, as far as this one knows it, and which of them are heard of.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

import msgspec
from django.conf import settings

from tongban.foundation.actors import Actor
from tongban.resources.exchange import permissions, ports
from tongban.resources.exchange.models import Node, NodeLiveness
from tongban.resources.exchange.rules import trust_lists
from tongban.resources.exchange.rules.health import is_silent
from tongban.resources.exchange.selectors.links import exchange_overview
from tongban.resources.exchange.values.liveness import (
    LinkTold,
    Liveness,
    LivenessEntry,
    NetworkSeen,
    NodeSeen,
)
from tongban.resources.exchange.values.nodes import NodeLevel, NodeState
from tongban.resources.exchange.values.watching import ExchangeOverview, Health, LinkLine

OPEN = (NodeState.ACTIVE, NodeState.SUSPENDED)


@dataclass
class _Known:
    """
    What is known here of nodes.
    """

    own: str
    links: dict[str, LinkLine]
    told: dict[str, LivenessEntry]
    told_at: dict[str, datetime]
    at: datetime
    seen: dict[str, Liveness] = field(default_factory=dict)

    def told_by(self, parent: str, code: str) -> LinkTold | None:
        """
        Return what the node above says of one.
        """
        entry = self.told.get(parent)
        return next((link for link in entry.links if link.code == code), None) if entry else None


def network(*, actor: Actor, at: datetime) -> NetworkSeen:
    """
    Return the node above, this one, and all below it, each behind the one above it. Nine queries.

    What lies further below is told by the nodes between; where one of them is silent, nobody knows.

    :raises NotPermitted: the actor is not shown how the exchange runs
    """
    permissions.watch.require(actor)
    overview = exchange_overview(actor=actor, at=at)
    neighbours = ports.neighbours()
    rows = NodeLiveness.objects.all()
    known = _Known(
        own=neighbours.own_code,
        links={link.code: link for link in overview.links},
        told={row.node: msgspec.convert(row.content, LivenessEntry) for row in rows},
        told_at={row.node: row.told_at for row in rows},
        at=at,
    )
    found = [_own(overview, neighbours, known)]
    if neighbours.parent is not None:
        found.insert(0, _parent(neighbours.parent, known))
    above = neighbours.parent.code if neighbours.parent is not None else ""
    below: dict[str, list[Node]] = defaultdict(list)
    for node in Node.objects.filter(state__in=OPEN).exclude(told_by=above).order_by("code"):
        below[node.told_by].append(node)
    _add_below(known.own, below, known, found)
    return NetworkSeen(nodes=tuple(found), at=at)


def _add_below(code: str, below: dict[str, list[Node]], known: _Known, found: list[NodeSeen]) -> None:
    for node in below.pop(code, []):
        if node.code in known.seen or node.code == known.own:
            continue
        seen = _below(node, parent=code, known=known)
        known.seen[node.code] = seen.liveness
        found.append(seen)
        _add_below(node.code, below, known, found)


def _own(overview: ExchangeOverview, neighbours: ports.Neighbours, known: _Known) -> NodeSeen:
    own = settings.TONGBAN_NODE
    is_well = overview.health is Health.WELL
    return NodeSeen(
        code=known.own,
        name=own.name,
        name_en=own.name_en,
        level=NodeLevel(trust_lists.level_of(known.own)),
        parent=neighbours.parent.code if neighbours.parent is not None else "",
        liveness=Liveness.UP if is_well else Liveness.ATTENTION,
        is_own=True,
        is_told=False,
        streams=sum(len(link.feeds) + len(link.inbounds) for link in overview.links),
        waiting_up=sum(link.waiting for link in overview.links),
        waiting_down=None,
        heard_at=known.at,
    )


def _parent(peer: ports.Peer, known: _Known) -> NodeSeen:
    link = known.links.get(peer.code)
    return NodeSeen(
        code=peer.code,
        name=peer.name,
        name_en=peer.name_en,
        level=NodeLevel(trust_lists.level_of(peer.code)),
        parent="",
        liveness=_of_link(link, is_suspended=peer.is_suspended, at=known.at),
        is_own=False,
        is_told=False,
        streams=None,
        waiting_up=None,
        waiting_down=link.waiting if link is not None else None,
        heard_at=link.heard_at if link is not None else None,
    )


def _below(node: Node, *, parent: str, known: _Known) -> NodeSeen:
    entry = known.told.get(node.code)
    is_told = parent != known.own
    link, told = known.links.get(node.code), known.told_by(parent, node.code)
    is_suspended = node.state == NodeState.SUSPENDED
    if is_told:
        liveness = _of_told(told, entry, known.seen.get(parent), is_suspended=is_suspended)
        waiting, heard_at = (told.waiting if told is not None else None), known.told_at.get(node.code)
    else:
        liveness = _of_link(link, is_suspended=is_suspended, at=known.at)
        waiting = link.waiting if link is not None else None
        heard_at = link.heard_at if link is not None else None
    return NodeSeen(
        code=node.code,
        name=node.name,
        name_en=node.name_en,
        level=NodeLevel(node.level),
        parent=parent,
        liveness=liveness,
        is_own=False,
        is_told=is_told,
        streams=entry.streams if entry is not None else None,
        waiting_up=entry.waiting if entry is not None else None,
        waiting_down=waiting,
        heard_at=heard_at,
    )


def _of_link(link: LinkLine | None, *, is_suspended: bool, at: datetime) -> Liveness:
    if is_suspended:
        return Liveness.SUSPENDED
    if link is None or is_silent(link.heard_at, at=at):
        return Liveness.SILENT
    return Liveness.UP if link.health is Health.WELL else Liveness.ATTENTION


def _of_told(
    told: LinkTold | None, entry: LivenessEntry | None, above: Liveness | None, *, is_suspended: bool
) -> Liveness:
    if is_suspended:
        return Liveness.SUSPENDED
    if told is None or above in (Liveness.SILENT, Liveness.UNKNOWN, Liveness.SUSPENDED):
        return Liveness.UNKNOWN
    if told.is_silent:
        return Liveness.SILENT
    return Liveness.UP if entry is None or entry.health is Health.WELL else Liveness.ATTENTION
