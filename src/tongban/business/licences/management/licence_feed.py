"""
`tongban licence-feed`: what the parent has been told of licences; send, compare and repeat.
"""

import json
import sys
from typing import Annotated

import msgspec
import typer
from django.utils.translation import gettext as _
from rich.console import Console
from rich.table import Table

from tongban.business.licences import selectors
from tongban.business.licences.services import peers
from tongban.business.licences.values.peers import FeedFacts
from tongban.foundation import clock
from tongban.foundation.actors import system_actor
from tongban.foundation.errors import ServiceError
from tongban.foundation.exits import NodeProblem

ACTOR = system_actor("licences.licence_feed")


class FeedStopped(NodeProblem):
    """
    There is no parent, or it does not take or answer what it was sent.
    """

    exit_code = 29


def licence_feed(
    *,
    send: Annotated[bool, typer.Option("--send", help="Send now what the parent lacks.")] = False,
    compare: Annotated[
        bool, typer.Option("--compare", help="Compare count and digest per day with the parent.")
    ] = False,
    replay_from: Annotated[
        int | None, typer.Option(min=1, help="Send once more from this number on; with --send at once.")
    ] = None,
    keys: Annotated[
        bool, typer.Option("--keys", help="Ask other nodes for the keys of their codes.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For machines: one JSON object.")] = False,
) -> None:
    """
    Say how far the parent has this node's licences; send, compare or repeat.

    :raises FeedStopped: there is no parent, or it does not take or answer what it was sent
    """
    at = clock.now()
    try:
        if keys:
            peers.fetch_keys(at=at)
        if replay_from is not None:
            peers.replay(number=replay_from, actor=ACTOR, at=at)
        if send:
            peers.send_to_parent(at=at, is_due_only=False)
        differing = peers.compare_with_parent(at=at) if compare else None
    except ServiceError as refusal:
        raise FeedStopped(str(refusal)) from refusal
    feed = selectors.licence_feed(actor=ACTOR)
    if as_json:
        told = {"feed": msgspec.to_builtins(feed), "differing_days": differing}
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
    elif feed is None:
        raise FeedStopped(_("没有配置上级节点"))
    else:
        _show(feed, differing)
    if send and feed is not None and feed.trouble is not None:
        raise FeedStopped(str(feed.trouble.label))


def _show(feed: FeedFacts, differing: int | None) -> None:
    table = Table(title=_("证照报送：%(parent)s") % {"parent": feed.parent.name})
    table.add_column(_("项目"))
    table.add_column(_("条数"), justify="right")
    table.add_row(_("已写入"), str(feed.written))
    table.add_row(_("上级已确认"), str(feed.position))
    table.add_row(_("待报送"), str(feed.waiting))
    if differing is not None:
        table.add_row(_("对账不一致的天数"), str(differing))
    Console().print(table)
