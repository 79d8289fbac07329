"""
`tongban node`: this node among the others.
"""

import json
import sys
from dataclasses import asdict
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

import typer
from django.utils.translation import gettext as _

from tongban.foundation import clock
from tongban.foundation.actors import system_actor
from tongban.foundation.errors import InvalidInput
from tongban.resources.exchange.management import topologies
from tongban.resources.exchange.selectors import nodes as selectors
from tongban.resources.exchange.services import nodes, nodes_joining, nodes_keys, nodes_rounds
from tongban.resources.exchange.values.nodes import NodeFacts, NodeReceipt, NodeState, OwnNode

ACTOR = system_actor("exchange.node")
MOST = 100
COLUMN = 12


class NodeAct(StrEnum):
    """
    What can be done.
    """

    LIST = "list"
    SHOW = "show"
    STATUS = "status"
    JOIN = "join"
    APPROVE = "approve"
    REFUSE = "refuse"
    SUSPEND = "suspend"
    RESUME = "resume"
    LEAVE = "leave"
    ROUTE = "route"
    ROTATE = "rotate"
    PLAN = "plan"
    CHANGE_MODE = "change-mode"


def node(
    act: Annotated[NodeAct, typer.Argument(help="What is wanted.")],
    words: Annotated[
        list[str] | None, typer.Argument(help="Code of a node; for plan and change-mode: topology files.")
    ] = None,
    *,
    parent: Annotated[str, typer.Option(help="join: address of the node above.")] = "",
    fingerprint: Annotated[
        str, typer.Option(help="approve: what the node's people read aloud; join: the parent's, if known.")
    ] = "",
    reason: Annotated[str, typer.Option(help="refuse, suspend, leave: why.")] = "",
    direct: Annotated[
        bool, typer.Option("--direct/--by-parent", help="route: straight to other such nodes, or not.")
    ] = False,
    overlap_minutes: Annotated[
        int, typer.Option(min=2, max=10_080, help="rotate: how long both keys are believed.")
    ] = 10,
    rehearse: Annotated[
        bool, typer.Option("--rehearse", help="change-mode: say what would change, and change nothing.")
    ] = False,
    apply: Annotated[bool, typer.Option("--apply", help="change-mode: put the file in place.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="change-mode: put the file of before back.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For machines: one JSON object.")] = False,
) -> None:
    """
    Join the node above, look after the nodes below, change the node's key, plan who runs what.

    list shows the nodes that are known here, show one of them, status this node itself: the fingerprint of its key, how
    it stands with the node above, and its trust lists; what is new there is fetched first.

    join asks the node at --parent to be admitted; its security administrator compares the fingerprint by telephone and
    approves: approve CODE --fingerprint …, at the desk or here. refuse, suspend, resume and leave CODE decide about a
    node below; leave without a code leaves the node above. route CODE --direct lets a node exchange straight with other
    such nodes. rotate changes the node's key without a gap.

    plan reads topology files and says which component runs where, where accounts, items and cases live, and what flows;
    it refuses what contradicts itself. change-mode FILE puts such a file in place of this node's, after --rehearse.
    """
    at, given = clock.now(), words or []
    match act:
        case NodeAct.PLAN:
            topologies.plan(given, as_json=as_json)
        case NodeAct.CHANGE_MODE:
            topologies.change_mode(
                given, rehearse=rehearse, apply=apply, undo=undo, as_json=as_json, actor=ACTOR, at=at
            )
        case NodeAct.LIST:
            _list(as_json=as_json)
        case NodeAct.SHOW:
            _print(asdict(selectors.node(code=_code(given), actor=ACTOR)), as_json=as_json)
        case NodeAct.STATUS:
            nodes_rounds.look_after_nodes(at=at)
            _status(selectors.own_node(actor=ACTOR), as_json=as_json)
        case NodeAct.JOIN:
            nodes_joining.ask_to_join(parent_url=parent, parent_fingerprint=fingerprint, actor=ACTOR, at=at)
            _status(selectors.own_node(actor=ACTOR), as_json=as_json)
        case NodeAct.ROTATE:
            overlap = timedelta(minutes=overlap_minutes)
            _say({"fingerprint": nodes_keys.rotate_key(actor=ACTOR, at=at, overlap=overlap)}, as_json=as_json)
        case NodeAct.LEAVE if not given:
            _say({"parent_was_told": nodes_joining.leave(reason=reason, actor=ACTOR, at=at)}, as_json=as_json)
        case _:
            receipt = _decide(
                act, _code(given), fingerprint=fingerprint, reason=reason, is_direct=direct, at=at
            )
            _say(asdict(receipt), as_json=as_json)


def _decide(
    act: NodeAct, code: str, *, fingerprint: str, reason: str, is_direct: bool, at: datetime
) -> NodeReceipt:
    match act:
        case NodeAct.APPROVE:
            return nodes.approve(code=code, fingerprint=fingerprint, actor=ACTOR, at=at)
        case NodeAct.REFUSE:
            return nodes.refuse(code=code, reason=reason, actor=ACTOR, at=at)
        case NodeAct.SUSPEND:
            return nodes.suspend(code=code, reason=reason, actor=ACTOR, at=at)
        case NodeAct.RESUME:
            return nodes.resume(code=code, actor=ACTOR, at=at)
        case NodeAct.ROUTE:
            return nodes.choose_route(code=code, is_direct=is_direct, actor=ACTOR, at=at)
        case _:
            return nodes.dismiss(code=code, reason=reason, actor=ACTOR, at=at)


def _list(*, as_json: bool) -> None:
    found: list[NodeFacts] = []
    cursor = ""
    while True:
        page = selectors.nodes(actor=ACTOR, cursor=cursor, limit=MOST)
        found += page.items
        cursor = page.next_cursor or ""
        if not cursor:
            break
    if as_json:
        _print({"nodes": [asdict(one) for one in found]}, as_json=True)
        return
    if not found:
        print(_("尚不知道其他节点"))
    for one in found:
        print(f"{one.code}  {one.state.label:<{COLUMN}}  {one.fingerprint}  {one.name}  {one.url}")


def _status(own: OwnNode, *, as_json: bool) -> None:
    if as_json:
        _print(asdict(own) | {"fingerprint": own.fingerprint}, as_json=True)
        return
    print(f"{own.code}  {own.name}  {own.level.label}")
    for key in own.keys:
        print(_("密钥指纹（%(state)s）：%(fingerprint)s") % _words(key.state.label, key.fingerprint))
    if own.state:
        state = NodeState(own.state).label
        print(_("上级节点：%(code)s %(name)s") % {"code": own.parent_code, "name": own.parent_name})
        print(_("上级密钥指纹：%(fingerprint)s") % {"fingerprint": own.parent_fingerprint})
        print(_("状态：%(state)s") % {"state": f"{state} {own.reason}".strip()})
    if own.state == NodeState.REQUESTED:
        print(_("请向上级的安全管理员电话读出本节点的密钥指纹，由其核对后批准。"))
    for told in own.lists:
        print(
            _("信任列表 %(issuer)s 第 %(number)s 号，核对于 %(checked)s")
            % {
                "issuer": told.issuer,
                "number": told.number,
                "checked": f"{told.checked_at.astimezone(clock.CHINA):%Y-%m-%d %H:%M} {told.trouble}".strip(),
            }
        )


def _words(state: Any, fingerprint: str) -> dict[str, str]:
    return {"state": str(state), "fingerprint": fingerprint}


def _code(words: list[str]) -> str:
    if len(words) != 1:
        raise InvalidInput(fields={"code": _("请给出一个节点的代码")})
    return words[0]


def _say(facts: dict[str, Any], *, as_json: bool) -> None:
    _print(facts, as_json=as_json)


def _print(facts: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(facts, ensure_ascii=False, default=str) + "\n")
        return
    for name, value in facts.items():
        print(f"{name}: {value}")
