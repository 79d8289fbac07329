"""
全网运行: what nodes tell upward of how they stand, and the tree that is drawn of it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import msgspec
from django.db import models
from django.utils.translation import gettext_lazy as _

from tongban.resources.exchange.values.nodes import NodeLevel, OptionalName
from tongban.resources.exchange.values.watching import Health
from tongban.resources.exchange.values.wire import Code

MOST_LINKS = 2_000
Amount = Annotated[int, msgspec.Meta(ge=0, lt=2**53)]


class Liveness(models.TextChoices):
    """
    节点运行状态.
    """

    UP = "UP", _("正常")
    ATTENTION = "ATTENTION", _("需留意")
    SILENT = "SILENT", _("失联")
    SUSPENDED = "SUSPENDED", _("已暂停")
    UNKNOWN = "UNKNOWN", _("状态未知")


class LinkTold(msgspec.Struct, frozen=True, kw_only=True):
    """
    How a node sees one below it.
    """

    code: Code
    is_silent: bool
    waiting: Amount
    """Entries that it lacks."""


class LivenessEntry(msgspec.Struct, frozen=True, kw_only=True):
    """
    How a node stands, in a few numbers: nothing of what it exchanges.
    """

    node: Code
    name: OptionalName
    name_en: OptionalName
    health: Health
    """Worst of its links."""
    streams: Amount
    waiting: Amount
    """Entries that others lack of it."""
    links: Annotated[tuple[LinkTold, ...], msgspec.Meta(max_length=MOST_LINKS)]
    """To the nodes below it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeSeen:
    """
    A node in the tree.
    """

    code: str
    name: str
    name_en: str
    level: NodeLevel
    parent: str
    """Code of the node above in the tree; empty: it stands at the top."""
    liveness: Liveness
    is_own: bool
    is_told: bool
    """Known by what the node above it tells, not seen from here."""
    streams: int | None
    """None: it has not told."""
    waiting_up: int | None
    """Entries of its own that are still to be sent; None: it has not told."""
    waiting_down: int | None
    """Entries that are on the way to it; None: nobody has told."""
    heard_at: datetime | None
    """When it was last heard of here."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NetworkSeen:
    """
    The tree as far as this node knows it: the node above, itself, and all nodes below.
    """

    nodes: tuple[NodeSeen, ...]
    """Each behind the one above it."""
    at: datetime

    @property
    def silent(self) -> int:
        """
        How many are not heard of.
        """
        return sum(node.liveness is Liveness.SILENT for node in self.nodes)
