"""
节点: this node among the others, the nodes below and what they were told of; what security administrators decide.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.errors import InvalidInput, NotFound, NotPermitted, ServiceError, Text
from tongban.foundation.sheets import csv_lines
from tongban.portal.data.views.frame import Card, data_page, staff
from tongban.resources.exchange.selectors import nodes as selectors
from tongban.resources.exchange.services import nodes as services
from tongban.resources.exchange.values.nodes import ListTrouble, NodeFacts, NodeReceipt, NodeState
from tongban.support.identity.services import SecondFactorNotFresh, require_second_factor

LOOKS: Final = {
    NodeState.REQUESTED: ("warn", "progress"),
    NodeState.REFUSED: ("", "minus"),
    NodeState.ACTIVE: ("good", "circle-check"),
    NodeState.SUSPENDED: ("bad", "player-pause"),
    NodeState.LEFT: ("", "minus"),
}
"""Tone and icon of a state."""
DEPTHS: Final = {"NATION": 0, "PROVINCE": 1, "CITY": 2, "COUNTY": 3}
TITLE: Final = gettext_lazy("节点")


@dataclass(frozen=True, kw_only=True, slots=True)
class Deed:
    """
    What can be decided about a node, and what its page says.
    """

    title: Text
    says: Text
    done: Text
    do: Callable[[str, str, Actor, datetime], NodeReceipt]
    """(code, what was typed, who, now)."""
    wants: str = ""
    """Name of the one field; empty: none."""
    hurts: bool = False
    when: tuple[NodeState, ...] = (NodeState.ACTIVE, NodeState.SUSPENDED)


DEEDS: Final = {
    "approve": Deed(
        title=gettext_lazy("批准加入"),
        says=gettext_lazy(
            "请与该节点的管理员通电话，由对方读出其屏幕上的密钥指纹，您在此输入听到的内容。"
            "一致才会签发证书；不一致说明申请可能不是该节点发出的。"
        ),
        done=gettext_lazy("已批准，该节点一分钟内取得证书和信任列表"),
        do=lambda code, typed, actor, at: services.approve(code=code, fingerprint=typed, actor=actor, at=at),
        wants="fingerprint",
        when=(NodeState.REQUESTED,),
    ),
    "refuse": Deed(
        title=gettext_lazy("不予批准"),
        says=gettext_lazy("该节点会看到您写的原因，之后可以重新申请。"),
        done=gettext_lazy("已答复不予批准"),
        do=lambda code, typed, actor, at: services.refuse(code=code, reason=typed, actor=actor, at=at),
        wants="reason",
        hurts=True,
        when=(NodeState.REQUESTED,),
    ),
    "suspend": Deed(
        title=gettext_lazy("暂停"),
        says=gettext_lazy(
            "本节点立即不再接收它的数据，也不再向它发送；其他节点一分钟内同样如此。应发给它的数据保留，恢复后接着发送。"
        ),
        done=gettext_lazy("已暂停"),
        do=lambda code, typed, actor, at: services.suspend(code=code, reason=typed, actor=actor, at=at),
        wants="reason",
        hurts=True,
        when=(NodeState.ACTIVE,),
    ),
    "resume": Deed(
        title=gettext_lazy("恢复"),
        says=gettext_lazy("从暂停时的位置接着收发。"),
        done=gettext_lazy("已恢复"),
        do=lambda code, _typed, actor, at: services.resume(code=code, actor=actor, at=at),
        when=(NodeState.SUSPENDED,),
    ),
    "direct": Deed(
        title=gettext_lazy("允许直达"),
        says=gettext_lazy("它与其他允许直达的节点之间直接收发，不经上级转送。"),
        done=gettext_lazy("已允许直达"),
        do=lambda code, _typed, actor, at: services.choose_route(
            code=code, is_direct=True, actor=actor, at=at
        ),
    ),
    "by-parent": Deed(
        title=gettext_lazy("改为经上级转送"),
        says=gettext_lazy("它与同级节点之间的数据都由上级转送。"),
        done=gettext_lazy("已改为经上级转送"),
        do=lambda code, _typed, actor, at: services.choose_route(
            code=code, is_direct=False, actor=actor, at=at
        ),
    ),
    "leave": Deed(
        title=gettext_lazy("令其退出"),
        says=gettext_lazy(
            "证书立即吊销，不再与它收发任何数据，它告知的下级节点也不再受信任。再加入须重新申请。"
        ),
        done=gettext_lazy("已退出"),
        do=lambda code, typed, actor, at: services.dismiss(code=code, reason=typed, actor=actor, at=at),
        wants="reason",
        hurts=True,
    ),
}


def card(actor: Actor, _at: datetime) -> Card | None:
    """
    Say on the first page how many nodes wait.
    """
    if not selectors.may_read_nodes(actor=actor):
        return None
    counts = selectors.count_by_state(actor=actor)
    waiting = counts.get(NodeState.REQUESTED, 0)
    text = _("%(count)s 个节点等待批准") if waiting else _("%(count)s 个节点已加入")
    return Card(
        title=str(TITLE),
        says=text % {"count": waiting or counts.get(NodeState.ACTIVE, 0)},
        href=reverse("data:nodes"),
        icon="world",
        state="warn" if waiting else "good",
    )


@never_cache
@require_safe
def show_nodes(request: HttpRequest) -> HttpResponse:
    """
    Show this node, and the nodes it knows.
    """
    actor = staff(request)
    given = request.GET.get("state", "")
    state = NodeState(given) if given in NodeState.values else None
    words, cursor = request.GET.get("q", "").strip()[:64], request.GET.get("cursor", "")
    page = selectors.nodes(actor=actor, state=state, words=words, cursor=cursor)
    chosen = {"state": state.value if state else "", "q": words}
    counts = selectors.count_by_state(actor=actor)
    context = {
        "own": selectors.own_node(actor=actor),
        "lines": page.items,
        "looks": LOOKS,
        "depths": DEPTHS,
        "troubles": dict(ListTrouble.choices),
        "states": dict(NodeState.choices),
        "tabs": _tabs(counts, chosen),
        "chosen": chosen,
        "next_url": _address(**chosen, cursor=page.next_cursor) if page.next_cursor else "",
        "first_url": _address(**chosen) if cursor else "",
    }
    return data_page(request, "data/nodes.html", context, actor=actor, current="nodes")


@never_cache
@require_safe
def export_nodes(request: HttpRequest) -> StreamingHttpResponse:
    """
    Give the nodes as a file.
    """
    actor = staff(request)
    first = selectors.nodes(actor=actor, limit=selectors.MOST)

    def rows() -> Iterator[list[str]]:
        page = first
        yield from map(_row, page.items)
        while page.next_cursor:
            page = selectors.nodes(actor=actor, cursor=page.next_cursor, limit=selectors.MOST)
            yield from map(_row, page.items)

    heads = [_("代码"), _("名称"), _("层级"), _("状态"), _("上级节点"), _("地址")]
    response = StreamingHttpResponse(csv_lines(heads, rows()), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="nodes.csv"'
    return response


@never_cache
@require_safe
def show_node(request: HttpRequest, code: str) -> HttpResponse:
    """
    Show one node, and what can be decided about it.
    """
    actor = staff(request)
    line = selectors.node(code=code, actor=actor)
    deeds = [(name, deed) for name, deed in DEEDS.items() if _fits(name, deed, line)]
    context = {
        "line": line,
        "looks": LOOKS,
        "deeds": deeds if selectors.may_decide_about_nodes(actor=actor) else [],
    }
    return data_page(request, "data/node.html", context, actor=actor, current="nodes")


@never_cache
@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, code: str, deed: str) -> HttpResponse:
    """
    Ask whether something is to be decided about a node, and decide it.
    """
    actor, at = staff(request), clock.now()
    line, wanted = selectors.node(code=code, actor=actor), DEEDS.get(deed)
    if wanted is None or not selectors.may_decide_about_nodes(actor=actor):
        raise Http404
    typed = request.POST.get(wanted.wants, "").strip() if wanted.wants else ""
    refusal: ServiceError | None = None
    try:
        require_second_factor(actor, at=at)
        if request.method == "POST":
            wanted.do(code, typed, actor, at)
            messages.success(request, str(wanted.done))
            return redirect("data:node", code=code)
    except SecondFactorNotFresh:
        back = urlencode({"next": request.path})
        return redirect(f"{reverse('workspace:factor-confirm')}?{back}")
    except (NotFound, NotPermitted):
        raise
    except ServiceError as error:
        refusal = error
    context: dict[str, Any] = {
        "line": line,
        "deed": wanted,
        "typed": typed,
        "refusal": refusal,
        "errors": refusal.fields if isinstance(refusal, InvalidInput) else {},
        "back": reverse("data:node", kwargs={"code": code}),
    }
    return data_page(
        request,
        "data/node_act.html",
        context,
        actor=actor,
        current="nodes",
        status=refusal.status if refusal else 200,
    )


def _fits(name: str, deed: Deed, line: NodeFacts) -> bool:
    if not line.is_own_child or line.state not in deed.when:
        return False
    return {"direct": not line.is_direct, "by-parent": line.is_direct}.get(name, True)


def _tabs(counts: dict[str, int], chosen: dict[str, str]) -> list[tuple[str, str, bool]]:
    words = chosen["q"]
    links = [(_address(q=words), f"{_('全部')} {sum(counts.values())}", not chosen["state"])]
    for state in NodeState:
        if counts.get(state):
            address = _address(q=words, state=state.value)
            links.append((address, f"{state.label} {counts[state]}", chosen["state"] == state.value))
    return links


def _address(**query: str | None) -> str:
    given = {name: text for name, text in query.items() if text}
    return reverse("data:nodes") + (f"?{urlencode(given)}" if given else "")


def _row(line: NodeFacts) -> list[str]:
    return [line.code, line.name, str(line.level.label), str(line.state.label), line.parent, line.url]
