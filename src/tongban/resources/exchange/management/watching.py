"""
`tongban exchange-…`: how the exchange stands, the story of an entry, and what operators do about a stream.
"""

import json
import sys
from datetime import date, datetime
from typing import Annotated, Any

import msgspec
import typer
from django.utils.translation import gettext as _
from rich.console import Console
from rich.table import Table

from tongban.foundation import clock
from tongban.foundation.actors import system_actor
from tongban.foundation.errors import ServiceError
from tongban.foundation.exits import NodeProblem
from tongban.resources.exchange import schemas, selectors, services
from tongban.resources.exchange.values.watching import FeedLine, Health, LinkLine, Story

ACTOR = system_actor("exchange.operator")

Dataset = Annotated[str, typer.Argument(help="Code of the dataset, e.g. caselibrary.case.")]
Receiver = Annotated[
    str, typer.Option("--to", help="Code of the receiving node; needed where there are several.")
]
AsJson = Annotated[bool, typer.Option("--json", help="For machines: one JSON object.")]


class ExchangeProblem(NodeProblem):
    """
    A stream is stuck, the other node does not answer, or there is no such stream or entry.
    """

    exit_code = 43


def exchange_status(*, as_json: AsJson = False) -> None:
    """
    Say how every link and stream stands; ends with 43 where one is stuck.

    :raises ExchangeProblem: a link is stuck
    """
    seen = selectors.exchange_overview(actor=ACTOR, at=clock.now())
    if as_json:
        _write(schemas.overview_json(seen))
    else:
        _show_links(list(seen.links))
        if not seen.has_joined:
            sys.stdout.write(_("本节点还没有加入任何节点：tongban node join --parent 上级节点地址") + "\n")
    stuck = [link.code for link in seen.links if link.health is Health.STUCK]
    if stuck:
        raise ExchangeProblem(_("链路受阻：%(nodes)s") % {"nodes": ", ".join(stuck)})


def exchange_story(
    dataset: Dataset,
    key: Annotated[str, typer.Argument(help="Key of the record, or a number with --number.")],
    *,
    number: Annotated[bool, typer.Option("--number", help="KEY is the number of an entry.")] = False,
    source: Annotated[
        str, typer.Option("--from", help="With --number: of the stream that this node sent; empty: our own.")
    ] = "",
    to: Receiver = "",
    as_json: AsJson = False,
) -> None:
    """
    Tell what happened to an entry: made, numbered, sent, taken or not, mended, sent again.

    :raises ExchangeProblem: there is none
    """
    at = clock.now()
    if not number:
        stories = selectors.stories_of_key(dataset=dataset, key=key, actor=ACTOR, at=at)
    elif not key.isascii() or not key.isdigit():
        raise ExchangeProblem(_("序号应为数字"))
    else:
        stories = [_numbered(dataset, int(key), source=source, to=to)]
    if not stories:
        raise ExchangeProblem(_("没有找到这个标识的条目"))
    if as_json:
        _write({"items": msgspec.to_builtins(stories)})
        return
    for story in stories:
        _show_story(story)


def exchange_compare(
    dataset: Annotated[str, typer.Argument(help="Code of a dataset; empty: all.")] = "",
    *,
    to: Receiver = "",
    since: Annotated[str, typer.Option(help="From this day on, YYYY-MM-DD; empty: the last days.")] = "",
    as_json: AsJson = False,
) -> None:
    """
    Compare with the receivers what they have, day by day; ends with 43 where a day differs or a node is silent.

    :raises ExchangeProblem: a day differs, or a node does not answer
    """
    stream = _feed(dataset, to=to).stream if dataset else None
    try:
        first = date.fromisoformat(since) if since else None
    except ValueError as error:
        raise ExchangeProblem(_("日期应为 YYYY-MM-DD")) from error
    done = services.reconcile(actor=ACTOR, at=clock.now(), receiver=to, stream=stream, since=first)
    silent = [receiver for _stream, receiver in done.silent]
    told = {
        "streams": done.streams,
        "days": done.days,
        "differing": done.differing,
        "silent": silent,
    }
    if as_json:
        _write(told)
    else:
        sys.stdout.write(_("核对数据流 %(streams)s 条、%(days)s 天，不一致 %(differing)s 天") % told + "\n")
    if done.silent:
        raise ExchangeProblem(_("对方节点没有应答：%(nodes)s") % {"nodes": ", ".join(silent)})
    if done.differing:
        raise ExchangeProblem(
            _("两端不一致：请在数据共享工作台“交换对账”查看，或用 exchange-replay 重新发送")
        )


def exchange_replay(
    dataset: Dataset,
    *,
    number: Annotated[int, typer.Option("--from", min=1, help="First number to be sent again.")] = 1,
    snapshot: Annotated[
        bool, typer.Option("--snapshot", help="Send how everything stands instead of old entries.")
    ] = False,
    to: Receiver = "",
) -> None:
    """
    Send entries of a stream again from a number on, or a snapshot; what the receiver has takes no effect twice.

    :raises ExchangeProblem: the other node does not answer, or these entries are no longer kept
    """
    line, at = _feed(dataset, to=to), clock.now()
    try:
        if snapshot:
            services.send_snapshot(actor=ACTOR, stream=line.stream, receiver=line.receiver, at=at)
            sys.stdout.write(_("已安排发送全量快照") + "\n")
            return
        behind = services.replay_from(
            actor=ACTOR, stream=line.stream, receiver=line.receiver, number=number, at=at
        )
    except ServiceError as refusal:
        raise ExchangeProblem(str(refusal)) from refusal
    sys.stdout.write(_("将从第 %(number)s 号起重新发送") % {"number": behind + 1} + "\n")


def exchange_retry(to: Annotated[str, typer.Argument(help="Code of the receiving node.")]) -> None:
    """
    Send to a node at once instead of at the next try.
    """
    count = services.retry_now(actor=ACTOR, receiver=to, at=clock.now())
    sys.stdout.write(_("立即重试的数据流：%(count)s") % {"count": count} + "\n")


def _feed(dataset: str, *, to: str) -> FeedLine:
    """
    Return the stream of a dataset that goes to a node.

    :raises ExchangeProblem: there is none, or more than one
    """
    seen = selectors.exchange_overview(actor=ACTOR, at=clock.now())
    feeds = [feed for link in seen.links for feed in link.feeds if feed.dataset == dataset]
    found = [feed for feed in feeds if not to or feed.receiver == to]
    if not found:
        raise ExchangeProblem(_("没有这条数据流"))
    if len(found) > 1:
        nodes = ", ".join(feed.receiver for feed in found)
        raise ExchangeProblem(_("有几个节点接收这个数据集，请用 --to 指明：%(nodes)s") % {"nodes": nodes})
    return found[0]


def _numbered(dataset: str, number: int, *, source: str, to: str) -> Story:
    try:
        if not source:
            feed = _feed(dataset, to=to).feed
            return selectors.sent_story(feed=feed, entry_number=number, actor=ACTOR)
        seen = selectors.exchange_overview(actor=ACTOR, at=clock.now())
        lines = [line for link in seen.links for line in link.inbounds]
        for line in lines:
            if (line.dataset, line.source) == (dataset, source):
                return selectors.received_story(inbound=line.inbound, entry_number=number, actor=ACTOR)
    except ServiceError as refusal:
        raise ExchangeProblem(str(refusal)) from refusal
    raise ExchangeProblem(_("没有这条数据流"))


def _show_links(links: list[LinkLine]) -> None:
    table = Table(title=_("交换链路"))
    for heading in (_("节点"), _("状况"), _("待送条数"), _("最近来讯"), _("未采纳"), _("对账差异")):
        table.add_column(heading)
    for link in links:
        heard = link.heard_at.astimezone(clock.CHINA).isoformat(" ", "seconds") if link.heard_at else ""
        state = str(link.trouble.label) if link.trouble else str(link.health.label)
        counts = [str(link.errors), str(link.differing_days)]
        table.add_row(f"{link.code} {link.name}", state, str(link.waiting), heard, *counts)
    Console().print(table)


def _show_story(story: Story) -> None:
    table = Table(title=f"{story.dataset} {story.number} {story.key}".strip())
    for heading in (_("经历"), _("时间"), _("节点"), ""):
        table.add_column(heading)
    for step in story.steps:
        at = str(step.at or "")
        if isinstance(step.at, datetime):
            at = step.at.astimezone(clock.CHINA).isoformat(" ", "seconds")
        facts = ", ".join(f"{name}={value}" for name, value in step.facts.items() if value != "")
        table.add_row(str(step.kind.label), at, step.node, facts)
    Console().print(table)


def _write(told: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
