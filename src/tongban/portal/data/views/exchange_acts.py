"""
What operators do about a stream: asked for on a page that says what will happen, then done.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.errors import Conflict, InvalidInput, NotPermitted, ServiceError, Text, UpstreamError
from tongban.portal.data.views import exchange_words as words
from tongban.portal.data.views.exchange import DAYS, LINKS, typed_number
from tongban.portal.data.views.frame import data_page, staff
from tongban.resources.exchange import selectors, services
from tongban.resources.exchange.values.watching import FeedLine

NUMBERS_SHOWN: Final = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Act:
    """
    An act with what its page says.
    """

    title: Text
    says: Text
    yes: Text
    do: Callable[[FeedLine, int, Actor, datetime], str]
    """(stream, number, who, now) -> what to say when it is done."""
    hurts: bool = False
    wants_number: bool = False


def _retry(line: FeedLine, _number: int, actor: Actor, at: datetime) -> str:
    services.retry_now(receiver=line.receiver, stream=line.stream, actor=actor, at=at)
    return _("已安排立即重试，结果稍后显示在这一页")


def _compare(line: FeedLine, _number: int, actor: Actor, at: datetime) -> str:
    done = services.reconcile(receiver=line.receiver, stream=line.stream, actor=actor, at=at)
    if done.silent:
        raise UpstreamError(node=line.receiver)
    if not done.differing:
        return _("对账完成，两端一致")
    text = ngettext("对账完成，%(count)s 天不一致", "对账完成，%(count)s 天不一致", done.differing)
    return text % {"count": done.differing}


def _replay(line: FeedLine, number: int, actor: Actor, at: datetime) -> str:
    behind = services.replay_from(
        receiver=line.receiver, stream=line.stream, number=number, actor=actor, at=at
    )
    return _("将从第 %(number)s 号起重新发送") % {"number": behind + 1}


def _snapshot(line: FeedLine, _number: int, actor: Actor, at: datetime) -> str:
    services.send_snapshot(receiver=line.receiver, stream=line.stream, actor=actor, at=at)
    return _("已安排发送全量快照")


def _continue(line: FeedLine, _number: int, actor: Actor, at: datetime) -> str:
    behind = services.continue_after(receiver=line.receiver, stream=line.stream, actor=actor, at=at)
    return _("将从第 %(number)s 号之后继续") % {"number": behind}


ACTS: Final = {
    "retry": Act(
        title=gettext_lazy("立即重试"),
        says=gettext_lazy(
            "不再等待下次尝试的时间，马上再发送一次。对方没有恢复时，仍会按原来的间隔继续重试。"
        ),
        yes=gettext_lazy("立即重试"),
        do=_retry,
    ),
    "compare": Act(
        title=gettext_lazy("立即对账"),
        says=gettext_lazy(
            "向对方询问最近 8 天以及原来不一致的每一天的条数和摘要，与本节点核对。不改变任何数据。"
        ),
        yes=gettext_lazy("立即对账"),
        do=_compare,
    ),
    "replay": Act(
        title=gettext_lazy("重新发送"),
        says=gettext_lazy(
            "从这个序号起到最后一条全部重新发送。对方已有的内容不会重复生效，期间新数据排在后面。"
        ),
        yes=gettext_lazy("重新发送"),
        do=_replay,
        hurts=True,
        wants_number=True,
    ),
    "snapshot": Act(
        title=gettext_lazy("发送全量快照"),
        says=gettext_lazy(
            "把这个数据集现在的全部内容发给对方，对方以此替换它从本节点收到的内容。数据多时需要较长时间。"
        ),
        yes=gettext_lazy("发送全量快照"),
        do=_snapshot,
        hurts=True,
    ),
    "continue": Act(
        title=gettext_lazy("从对方进度之后继续编号"),
        says=gettext_lazy(
            "放弃两端之间对不上的那一段，从对方的进度之后继续。被放弃的内容不会再发送；之后请发送全量快照或逐日对账。"
        ),
        yes=gettext_lazy("继续编号"),
        do=_continue,
        hurts=True,
    ),
}


@never_cache
@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, feed: int, deed: str) -> HttpResponse:
    """
    Say what an act will do, and do it.

    :raises NotPermitted: the actor does not run the node
    :raises StreamNotFound: there is no such stream
    """
    actor, at = staff(request), clock.now()
    line = selectors.feed_line(feed=feed, actor=actor, at=at)
    if not selectors.may_operate(actor=actor):
        raise NotPermitted
    if deed not in ACTS:
        raise Http404
    chosen = ACTS[deed]
    typed = (request.POST or request.GET).get("number", "")
    refusal: ServiceError | None = None
    if request.method == "POST":
        try:
            said = chosen.do(line, _wanted_number(chosen, line, typed), actor, at)
        except (Conflict, InvalidInput, UpstreamError) as error:
            refusal = error
        else:
            messages.success(request, said)
            return redirect("data:exchange-feed", feed=feed)
    context = {
        "line": line,
        "peer": words.node_names()(line.receiver),
        "act": chosen,
        "typed": typed or (line.first_kept if chosen.wants_number else ""),
        "refusal": refusal,
        "errors": dict(refusal.fields) if isinstance(refusal, InvalidInput) else {},
        "back": reverse("data:exchange-feed", kwargs={"feed": feed}),
    }
    status = refusal.status if refusal else 200
    return data_page(request, "data/exchange_act.html", context, actor=actor, current=LINKS, status=status)


@never_cache
@require_safe
def show_day(request: HttpRequest, feed: int, day: str) -> HttpResponse:
    """
    Name the entries on which both ends differ on one day; the other node is asked now.

    :raises NotPermitted: the actor does not run the node
    :raises StreamNotFound: there is no such stream
    """
    actor, at = staff(request), clock.now()
    line = selectors.feed_line(feed=feed, actor=actor, at=at)
    try:
        wanted = date.fromisoformat(day)
    except ValueError as error:
        raise Http404 from error
    found, refusal = None, None
    try:
        found = services.find_differences(
            stream=line.stream, receiver=line.receiver, day=wanted, actor=actor, at=at
        )
    except UpstreamError as error:
        refusal = error
    groups = (
        [
            (_("对方没有的条目"), found.missing),
            (_("内容不同的条目"), found.different),
            (_("本节点没有的条目"), found.unknown),
        ]
        if found
        else []
    )
    context = {
        "line": line,
        "peer": words.node_names()(line.receiver),
        "day": wanted,
        "refusal": refusal,
        "groups": [
            (title, [_entry(line, number) for number in numbers[:NUMBERS_SHOWN]], len(numbers))
            for title, numbers in groups
            if numbers
        ],
        "replay_from": min((*found.missing, *found.different), default=None) if found else None,
        "has_unknown": bool(found and found.unknown),
    }
    status = refusal.status if refusal else 200
    return data_page(request, "data/exchange_day.html", context, actor=actor, current=DAYS, status=status)


def _entry(line: FeedLine, number: int) -> tuple[int, str]:
    return number, reverse("data:exchange-sent", kwargs={"feed": line.feed, "entry_number": number})


def _wanted_number(chosen: Act, line: FeedLine, typed: str) -> int:
    if not chosen.wants_number:
        return 0
    number = typed_number(typed)
    if number is None or not max(line.first_kept, 1) <= number <= line.last:
        message = _("请填写 %(first)s 至 %(last)s 之间的序号") % {
            "first": max(line.first_kept, 1),
            "last": line.last,
        }
        raise InvalidInput(fields={"number": message})
    return number
