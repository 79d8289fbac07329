"""
How the exchange is put into words: how a link is, what to do about it, what happened to an entry.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tongban.resources.exchange import ports
from tongban.resources.exchange.values import BatchOutcome, FeedTrouble, Operation
from tongban.resources.exchange.values.watching import (
    EntryLine,
    ExchangeOverview,
    FeedLine,
    Health,
    InboundLine,
    LinkLine,
    Step,
    StepKind,
    Story,
)

LOOKS: Final = {
    Health.WELL: ("good", "circle-check"),
    Health.ATTENTION: ("warn", "alert-triangle"),
    Health.STUCK: ("bad", "alert-circle"),
}
OUTCOME_LOOKS: Final = {
    BatchOutcome.SENT: ("info", "send"),
    BatchOutcome.TAKEN: ("good", "circle-check"),
    BatchOutcome.PARTLY: ("warn", "alert-triangle"),
    BatchOutcome.SILENT: ("bad", "alert-circle"),
    BatchOutcome.REFUSED: ("bad", "alert-circle"),
}
STEP_STATES: Final = {
    StepKind.SILENT: "bad",
    StepKind.TURNED_AWAY: "bad",
    StepKind.REJECTED: "bad",
    StepKind.WAITING: "current",
}
LOST: Final = frozenset({FeedTrouble.AHEAD, FeedTrouble.GONE, FeedTrouble.FORKED})
"""Troubles in which a stream can only go on by giving something up."""
HOUR, DAY = 3_600, 86_400


@dataclass(frozen=True, kw_only=True, slots=True)
class Deed:
    """
    Something an operator may do about a stream.
    """

    code: str
    name: str
    icon: str
    is_advised: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class StepView:
    """
    A step as the timeline wants it.
    """

    name: str
    at: datetime | date | None
    note: str
    state: str


@dataclass(frozen=True, kw_only=True, slots=True)
class StoryView:
    """
    A story as its page shows it.
    """

    story: Story
    operation: str
    origin: str
    source: str
    steps: list[StepView]


def node_names() -> Callable[[str], str]:
    """
    Return what says how a node is called: its code where it is not known (any more). Asks for the neighbours once.
    """
    neighbours = ports.neighbours()

    def name(code: str) -> str:
        if code == neighbours.own_code:
            return _("本节点")
        peer = neighbours.find(code)
        return peer.name if peer else code

    return name


def lasting(since: datetime | None, at: datetime) -> str:
    """
    Return how long something has been so, in words; "" where it has not.
    """
    if since is None:
        return ""
    seconds = max(int((at - since).total_seconds()), 0)
    if seconds < HOUR:
        minutes = seconds // 60
        if not minutes:
            return ngettext("%(count)s 秒", "%(count)s 秒", seconds) % {"count": seconds}
        return ngettext("%(count)s 分钟", "%(count)s 分钟", minutes) % {"count": minutes}
    if seconds < 2 * DAY:
        hours = seconds // HOUR
        return ngettext("%(count)s 小时", "%(count)s 小时", hours) % {"count": hours}
    days = seconds // DAY
    return ngettext("%(count)s 天", "%(count)s 天", days) % {"count": days}


def operations() -> dict[str, str]:
    """
    Return what the letters of operations mean.
    """
    return {Operation.INSERT: _("新增"), Operation.UPDATE: _("更新"), Operation.DELETE: _("删除")}


def of_overview(seen: ExchangeOverview) -> str:
    """
    Return in one sentence how everything stands.
    """
    if not seen.links:
        return _("本节点还没有与其他节点交换数据。")
    stuck = sum(link.health is Health.STUCK for link in seen.links)
    if stuck:
        text = ngettext("%(count)s 条链路受阻，需要处理。", "%(count)s 条链路受阻，需要处理。", stuck)
        return text % {"count": stuck}
    notable = sum(link.health is Health.ATTENTION for link in seen.links)
    if notable:
        text = ngettext("%(count)s 条链路需留意。", "%(count)s 条链路需留意。", notable)
        return text % {"count": notable}
    waiting = sum(link.waiting for link in seen.links)
    if waiting:
        text = ngettext(
            "全部链路正常，%(count)s 条正在发送。", "全部链路正常，%(count)s 条正在发送。", waiting
        )
        return text % {"count": waiting}
    return _("全部链路正常，没有积压。")


def of_link(link: LinkLine, *, at: datetime) -> str:
    """
    Return what there is to say of a link; "" where all is well.
    """
    if link.trouble is not None:
        return _("%(trouble)s，已持续 %(duration)s") % {
            "trouble": link.trouble.label,
            "duration": lasting(link.failing_since, at),
        }
    said = [of_inbound(line) for line in link.inbounds if line.health is not Health.WELL]
    if said:
        return next(filter(None, said), "")
    if link.errors:
        return ngettext("%(count)s 条未采纳，待更正", "%(count)s 条未采纳，待更正", link.errors) % {
            "count": link.errors
        }
    if link.differing_days:
        return ngettext("%(count)s 天对账不一致", "%(count)s 天对账不一致", link.differing_days) % {
            "count": link.differing_days
        }
    return ""


def of_feed(line: FeedLine) -> str:
    """
    Return what to do about a stream that this node sends; "" where there is nothing.
    """
    said = {
        FeedTrouble.SILENT: _(
            "请查看对方节点是否在运行、网络是否畅通。恢复后自动从中断处接着发送，不丢失、不重复。"
        ),
        FeedTrouble.LATER: _(
            "对方节点暂时不能接收，例如磁盘已满或正在维护，请联系对方。恢复后自动接着发送。"
        ),
        FeedTrouble.REFUSED: _("对方节点没有启用这个数据集，或者版本较旧。请联系对方升级，再立即重试。"),
        FeedTrouble.FORKED: _(
            "两端在同一序号上的内容不同，可能有一端恢复过旧备份。请先对账，再重新发送或发送全量快照。"
        ),
        FeedTrouble.AHEAD: _(
            "对方的进度超过本节点，本节点可能恢复过旧备份。请从对方进度之后继续编号，再对账。"
        ),
        FeedTrouble.GONE: _(
            "对方需要的条目已超过保留期，请发送全量快照；没有快照的，从对方进度之后继续编号。"
        ),
        FeedTrouble.NOT_TRUSTED: _("对方节点不在信任列表中或已被暂停，请安全管理员核对节点状态。"),
    }
    if line.trouble is not None:
        return said[line.trouble]
    if line.errors:
        return _("有条目未被采纳：请在业务系统中改正数据，改正后的条目被采纳时差错自动消除。")
    if line.differing_days:
        return _("有日期两端不一致：请打开这一天查看差异，再从那里重新发送。")
    return ""


def of_inbound(line: InboundLine) -> str:
    """
    Return what to do about a stream that this node receives; "" where there is nothing.
    """
    if line.forked_at is not None:
        return _("对方发来的内容与已接收的不同，可能有一端恢复过旧备份。请对方的系统管理员对账并重新发送。")
    if line.health is Health.STUCK:
        return _("对方节点很久没有来讯。请查看对方节点是否在运行、网络是否畅通。")
    if line.errors:
        return _("有条目本节点没有采纳，原因已告知对方；对方更正后自动消除。")
    if line.skew_seconds:
        return _("对方的时钟与本节点相差 %(seconds)s 秒，请核对两端的时间同步。") % {
            "seconds": abs(line.skew_seconds)
        }
    return ""


def acts_for(line: FeedLine) -> list[Deed]:
    """
    Return what an operator may do about a stream, the advised first.
    """
    trouble = line.trouble
    advised = (
        {
            FeedTrouble.SILENT: "retry",
            FeedTrouble.LATER: "retry",
            FeedTrouble.REFUSED: "retry",
            FeedTrouble.NOT_TRUSTED: "retry",
            FeedTrouble.FORKED: "compare",
            FeedTrouble.AHEAD: "continue",
        }.get(trouble, "snapshot")
        if trouble
        else ("compare" if line.differing_days else "")
    )
    deeds = [
        ("retry", _("立即重试"), "refresh"),
        ("compare", _("立即对账"), "list-check"),
        ("replay", _("重新发送"), "rotate"),
        ("snapshot", _("发送全量快照"), "files"),
        ("continue", _("从对方进度之后继续编号"), "number"),
    ]
    return [
        Deed(code=code, name=name, icon=icon, is_advised=code == advised)
        for code, name, icon in deeds
        if (code != "retry" or trouble is not None) and (code != "continue" or trouble in LOST)
    ]


def state_of(entry: EntryLine, position: int) -> tuple[str, str, str]:
    """
    Return word, colour and icon of how an entry stands.
    """
    if entry.error:
        return _("未采纳"), "bad", "alert-circle"
    if entry.number > position:
        return _("等待发送"), "warn", "clock-plus"
    return _("已接收"), "good", "circle-check"


def story_views(stories: Iterable[Story]) -> list[StoryView]:
    """
    Return stories as their page shows them.
    """
    name = node_names()
    return [_story_view(story, name) for story in stories]


def _story_view(story: Story, name: Callable[[str], str]) -> StoryView:
    return StoryView(
        story=story,
        operation=operations().get(story.operation, ""),
        origin=name(story.origin),
        source=name(story.source),
        steps=[
            StepView(
                name=str(step.kind.label),
                at=step.at,
                note=" · ".join(filter(None, (name(step.node), _facts(step)))),
                state=STEP_STATES.get(step.kind, "done"),
            )
            for step in story.steps
        ],
    )


def _facts(step: Step) -> str:
    facts = step.facts
    match step.kind:
        case StepKind.NUMBERED | StepKind.MENDED:
            return _("第 %(number)s 号") % facts
        case StepKind.SENT | StepKind.REPLAYED:
            return _("随第 %(first)s 至 %(last)s 号一批，共尝试 %(attempts)s 次") % facts
        case StepKind.REJECTED:
            return " · ".join(filter(None, (str(facts["text"]), str(facts["code"]))))
        case StepKind.WAITING if facts.get("trouble"):
            return str(FeedTrouble(str(facts["trouble"])).label)
        case StepKind.WAITING if "rewind_to" in facts:
            return _("已要求对方重新发送")
        case _:
            return ""
