"""
全网运行: the tree of nodes and which of them are heard of; it draws itself anew while it is open.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tongban.foundation import clock
from tongban.foundation.languages import in_language
from tongban.portal.data.views import exchange_words as words
from tongban.portal.data.views.frame import data_page, staff
from tongban.resources.exchange import selectors
from tongban.resources.exchange.values.liveness import Liveness, NetworkSeen, NodeSeen

NETWORK: Final = "exchange-network"
REFRESH_SECONDS: Final = 10
LOOKS: Final = {
    Liveness.UP: ("good", "circle-check"),
    Liveness.ATTENTION: ("warn", "alert-triangle"),
    Liveness.SILENT: ("bad", "plug"),
    Liveness.SUSPENDED: ("bad", "player-pause"),
    Liveness.UNKNOWN: ("", "info-circle"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Branch:
    """
    A node of the tree with what hangs below it.
    """

    node: NodeSeen
    name: str
    href: str
    """Of its streams; empty: this node exchanges nothing with it."""
    heard: str
    below: "tuple[Branch, ...]"


@never_cache
@require_safe
def show_network(request: HttpRequest) -> HttpResponse:
    """
    Show the tree.
    """
    actor, at = staff(request), clock.now()
    seen = selectors.network(actor=actor, at=at)
    context = {
        "branches": _branches(seen, parent=""),
        "count": len(seen.nodes),
        "says": _says(seen),
        "tone": "bad" if seen.silent else "good",
        "looks": LOOKS,
        "at": seen.at,
        "every": f"every {REFRESH_SECONDS}s",
    }
    return data_page(request, "data/exchange_network.html", context, actor=actor, current=NETWORK)


def _branches(seen: NetworkSeen, *, parent: str) -> tuple[Branch, ...]:
    return tuple(
        Branch(
            node=node,
            name=in_language(node.name, node.name_en),
            href="" if node.is_own or node.is_told else reverse("data:exchange-link", args=[node.code]),
            heard=_heard(node, seen.at),
            below=_branches(seen, parent=node.code),
        )
        for node in seen.nodes
        if node.parent == parent
    )


def _heard(node: NodeSeen, at: datetime) -> str:
    if node.is_own:
        return _("本节点")
    if node.heard_at is None:
        return _("还没有来讯")
    return _("%(time)s前来讯") % {"time": words.lasting(node.heard_at, at)}


def _says(seen: NetworkSeen) -> str:
    if seen.silent:
        text = ngettext("%(count)s 个节点失联。", "%(count)s 个节点失联。", seen.silent)
        return text % {"count": seen.silent}
    unknown = sum(node.liveness is Liveness.UNKNOWN for node in seen.nodes)
    if unknown:
        text = ngettext("%(count)s 个节点状态未知。", "%(count)s 个节点状态未知。", unknown)
        return text % {"count": unknown}
    return _("全网节点都在运行。")
