"""
全网运行: every node tells the one above how it stands, when that changes and else every quarter of an hour.

A node above that hears of a change at once need not ask; one that hears nothing knows by the heartbeats of its own
links. So a tree of thousands costs each node a small entry now and then, and what is told is passed on to the top.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from tongban.foundation.actors import Actor
from tongban.foundation.db import business_transaction
from tongban.resources.exchange import ports, selectors
from tongban.resources.exchange.models import NodeLiveness
from tongban.resources.exchange.rules import trust_lists
from tongban.resources.exchange.rules.health import is_silent
from tongban.resources.exchange.services.publishing import publish
from tongban.resources.exchange.values import Contract, Direction, Operation, Received, Refused
from tongban.resources.exchange.values.liveness import LinkTold, LivenessEntry
from tongban.resources.exchange.values.watching import ExchangeOverview, LinkLine, Relation

LIVENESS: Final = "exchange.liveness"
TOLD_AGAIN: Final = timedelta(minutes=15)


def contract() -> Contract:
    """
    Return what is exchanged of how nodes stand.
    """
    return Contract(
        code=LIVENESS,
        title=_("节点运行状态"),
        shape=LivenessEntry,
        direction=Direction.UP,
        take=take_liveness,
        is_passed_on=True,
        snapshot=snapshot,
    )


@business_transaction
def tell_liveness(*, actor: Actor, at: datetime) -> bool:
    """
    Tell the node above how this one stands, where that has changed or was told long ago; return whether it was told.

    A node that has joined nobody, and nobody has joined, tells nothing.

    :raises NotPermitted: the actor is not shown how the exchange runs
    """
    seen = selectors.exchange_overview(actor=actor, at=at)
    if not seen.has_joined or not seen.links:
        return False
    content = _content(seen, at=at)
    # As JSON has it, so that it is the same as what was kept.
    told = msgspec.json.decode(msgspec.json.encode(content))
    row = NodeLiveness.objects.select_for_update().filter(node=content.node).first()
    if row is not None and row.content == told and at - row.told_at < TOLD_AGAIN:
        return False
    NodeLiveness.objects.update_or_create(
        node=content.node, defaults={"content": told, "told_at": at, "taken_from": content.node}
    )
    return publish(dataset=LIVENESS, key=content.node, operation=Operation.UPDATE, content=content, at=at)


def take_liveness(entries: Sequence[Received], source: str, at: datetime) -> list[Refused]:
    """
    Keep how nodes below stand; a node is believed about itself, and about what it passes on from its own area.
    """
    del at
    own, refused = ports.neighbours().own_code, []
    for each in entries:
        node = each.content.node
        is_theirs = each.origin == node and trust_lists.is_below(node, own)
        if not is_theirs or not (node == source or trust_lists.is_below(node, source)):
            refused.append(Refused(number=each.number, code="liveness_of_other_node", text=node))
            continue
        kept = NodeLiveness.objects.filter(node=node).first()
        if kept is None or kept.taken_from != source or kept.taken_number <= each.number:
            NodeLiveness.objects.update_or_create(
                node=node,
                defaults={
                    "content": msgspec.to_builtins(each.content),
                    "told_at": each.made_at,
                    "taken_from": source,
                    "taken_number": each.number,
                },
            )
    return refused


def snapshot(after_key: str, limit: int) -> list[tuple[str, msgspec.Struct, str]]:
    """
    Return how this node and those below it stand, in the order of their codes.
    """
    rows = NodeLiveness.objects.filter(node__gt=after_key).order_by("node")[:limit]
    return [(row.node, msgspec.convert(row.content, LivenessEntry), row.node) for row in rows]


def _content(seen: ExchangeOverview, *, at: datetime) -> LivenessEntry:
    node = settings.TONGBAN_NODE
    return LivenessEntry(
        node=seen.own_code,
        name=node.name[:100],
        name_en=node.name_en[:100],
        health=seen.health,
        streams=sum(len(link.feeds) + len(link.inbounds) for link in seen.links),
        waiting=sum(_waiting(link) for link in seen.links),
        links=tuple(
            LinkTold(code=link.code, is_silent=is_silent(link.heard_at, at=at), waiting=_waiting(link))
            for link in seen.links
            if link.relation is Relation.CHILD
        ),
    )


def _waiting(link: LinkLine) -> int:
    # What says how much waits does not wait itself, or each entry would make the next one.
    return sum(feed.waiting for feed in link.feeds if feed.dataset != LIVENESS)
