"""
平台迁入: older platforms, how far each is, what came along and what did not, and what operators do about them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.contrib import messages as flashes
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.clock import civil_date
from tongban.foundation.errors import Conflict, InvalidInput, NotPermitted, ServiceError, Text, UpstreamError
from tongban.foundation.paging import page_url
from tongban.portal.data.views.frame import Card, data_page, staff
from tongban.resources.caselibrary.values import CaseState, Kind
from tongban.resources.movein import selectors, services
from tongban.resources.movein.values import (
    LossReport,
    PlatformDetail,
    PlatformState,
    Rule,
    RunKind,
    RunState,
    label_of,
)

CURRENT: Final = "movein"
LOOKS: Final = {
    RunState.DONE: ("good", "circle-check"),
    RunState.RUNNING: ("info", "progress"),
    RunState.BROKEN: ("bad", "alert-circle"),
}
REFUSALS: Final = (Conflict, InvalidInput, UpstreamError)


def card(actor: Actor, at: datetime) -> Card | None:
    """
    Return how the old platforms stand, for the home page of the room; None where there are none.
    """
    if not selectors.may_watch(actor=actor):
        return None
    lines = [
        line for line in selectors.platforms(actor=actor, at=at) if line.state is not PlatformState.ENDED
    ]
    if not lines:
        return None
    conflicts = sum(line.conflicts for line in lines)
    away = any(line.last_error for line in lines)
    if away:
        says = _("原平台无法访问或运行中断")
    elif conflicts:
        says = ngettext("%(count)s 个冲突等待裁定", "%(count)s 个冲突等待裁定", conflicts) % {
            "count": conflicts
        }
    else:
        here, all_ = sum(line.cut_over for line in lines), sum(line.items for line in lines)
        says = _("已切换 %(here)s 个事项，共 %(all)s 个") % {"here": here, "all": all_}
    state = "bad" if away else "warn" if conflicts else "good"
    return Card(
        title=_("平台迁入"), says=says, href=reverse("data:movein"), icon="switch-horizontal", state=state
    )


@never_cache
@require_safe
def show_platforms(request: HttpRequest) -> HttpResponse:
    """
    List the old platforms with how they stand.
    """
    actor, at = staff(request), clock.now()
    lines = selectors.platforms(actor=actor, at=at)
    context = {
        "lines": [(line, reverse("data:movein-platform", kwargs={"code": line.code})) for line in lines],
        "may_manage": selectors.may_manage(actor=actor),
    }
    return data_page(request, "data/movein.html", context, actor=actor, current=CURRENT)


@never_cache
@require_safe
def show_platform(request: HttpRequest, code: str) -> HttpResponse:
    """
    Show one old platform: items, conflicts, runs.

    :raises NotFound: there is none
    """
    actor, at = staff(request), clock.now()
    seen = selectors.platform(code=code, actor=actor, at=at)
    cursor = request.GET.get("cursor") or None
    only_open = request.GET.get("all") != "1"
    page = selectors.conflicts(code=code, actor=actor, only_open=only_open, cursor=cursor)
    may_manage = selectors.may_manage(actor=actor)
    may_decide = selectors.may_decide(actor=actor)
    context = {
        "seen": seen,
        "line": seen.line,
        "tables": [f"{Kind(kind).label}：{table}" for kind, table in seen.tables.items()],
        "acts": _acts_for(seen) if may_manage else [],
        "map_url": reverse("data:movein-map", kwargs={"code": code}) if may_manage else "",
        "items": [
            (item, _item_url(code, item.id, "back" if item.cut_over_on else "cut-over") if may_manage else "")
            for item in seen.items
        ],
        "conflicts": [
            (
                row,
                _state(row.old_state),
                _state(row.our_state),
                reverse("data:movein-conflict", kwargs={"code": code, "conflict": row.id})
                if may_decide and row.decision is None
                else "",
            )
            for row in page.items
        ],
        "only_open": only_open,
        "runs": [
            (run, LOOKS[run.state], reverse("data:movein-run", kwargs={"run": run.id})) for run in seen.runs
        ],
        "next_url": page_url(request, page.next_cursor) if page.next_cursor else "",
        "first_url": page_url(request, None) if cursor else "",
    }
    return data_page(request, "data/movein_platform.html", context, actor=actor, current=CURRENT)


@never_cache
@require_safe
def show_run(request: HttpRequest, run: int) -> HttpResponse:
    """
    Show what came along in a run, and what did not.

    :raises NotFound: there is none
    """
    actor, at = staff(request), clock.now()
    line = selectors.run(run_id=run, actor=actor)
    seen = selectors.platform(code=line.platform, actor=actor, at=at)
    context = {
        "line": line,
        "platform": seen.line,
        "look": LOOKS[line.state],
        "back": reverse("data:movein-platform", kwargs={"code": line.platform}),
        **_report(line.report),
    }
    return data_page(request, "data/movein_run.html", context, actor=actor, current=CURRENT)


def _report(report: LossReport) -> dict[str, Any]:
    return {
        "tallies": [
            (str(kind.label), report.tallies[kind.value]) for kind in Kind if kind.value in report.tallies
        ],
        "refused": [(str(Kind(found.kind).label), label_of(found.code), found) for found in report.refused],
        "shortened": [(str(Kind(found.kind).label), found) for found in report.shortened],
        "unmapped": [
            (name, old, rows)
            for name, codes in report.unmapped.items()
            for old, rows in sorted(codes.items())
        ],
        "losses": [
            (
                table,
                str(Kind(table.kind).label) if table.kind else "",
                "、".join(f"{column} ({rows})" for column, rows in table.columns.items()),
            )
            for table in report.tables
        ],
        "held": report.held,
        "is_without_loss": report.is_without_loss,
    }


@never_cache
@require_http_methods(["GET", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """
    Register an old platform by its mapping file.

    :raises NotPermitted: the actor does not run the node
    """
    return _mapping_page(request, code="")


@never_cache
@require_http_methods(["GET", "POST"])
def change_mapping(request: HttpRequest, code: str) -> HttpResponse:
    """
    Replace the mapping of an old platform; address and password stay where none are given.

    :raises NotPermitted: the actor does not run the node
    :raises NotFound: there is no such platform
    """
    return _mapping_page(request, code=code)


def _mapping_page(request: HttpRequest, *, code: str) -> HttpResponse:
    actor, at = staff(request), clock.now()
    if not selectors.may_manage(actor=actor):
        raise NotPermitted
    held = selectors.mapping_of(code=code, actor=actor) if code else ""
    typed = {"mapping": request.POST.get("mapping", held), "schema": request.POST.get("schema", "")}
    refusal: ServiceError | None = None
    if request.method == "POST":
        dsn = request.POST.get("dsn", "").strip()
        settings = {"dsn": dsn, "schema": typed["schema"].strip()}
        try:
            if code:
                services.change_mapping(
                    text=typed["mapping"], settings=settings if dsn else None, actor=actor, at=at, code=code
                )
            else:
                code = services.register(text=typed["mapping"], settings=settings, actor=actor, at=at)
        except REFUSALS as error:
            refusal = error
        else:
            flashes.success(request, _("已保存，请先试装"))
            return redirect("data:movein-platform", code=code)
    context = {
        "typed": typed,
        "code": code,
        "refusal": refusal,
        "errors": dict(refusal.fields) if isinstance(refusal, InvalidInput) else {},
        "back": reverse("data:movein-platform", kwargs={"code": code}) if code else reverse("data:movein"),
    }
    status = refusal.status if refusal else 200
    return data_page(request, "data/movein_map.html", context, actor=actor, current=CURRENT, status=status)


@dataclass(frozen=True, kw_only=True, slots=True)
class Act:
    """
    An act with what its page says.
    """

    title: Text
    says: Text
    do: Callable[[str, Actor, datetime], None]
    done: Text
    states: frozenset[PlatformState]
    hurts: bool = False


def _begin(kind: RunKind) -> Callable[[str, Actor, datetime], None]:
    return lambda code, actor, _at: services.begin_run(code=code, kind=kind, actor=actor)


RUNS: Final = frozenset({PlatformState.REGISTERED, PlatformState.LOADED, PlatformState.FOLLOWING})
ACTS: Final = {
    "try": Act(
        title=gettext_lazy("试装"),
        says=gettext_lazy(
            "把原平台的办件完整走一遍而不保留，得出损失报告：哪些表和列不带走、哪些行会被退回、为什么。"
        ),
        do=_begin(RunKind.TRY),
        done=gettext_lazy("试装已开始，完成后报告列在运行记录中"),
        states=RUNS,
    ),
    "load": Act(
        title=gettext_lazy("装入"),
        says=gettext_lazy(
            "把原平台的全部办件装入办件库。中断后再次装入会从断点继续；重复装入只更新有变化的办件。"
        ),
        do=_begin(RunKind.LOAD),
        done=gettext_lazy("装入已开始，进度见运行记录"),
        states=RUNS,
    ),
    "follow": Act(
        title=gettext_lazy("开始并行运行"),
        says=gettext_lazy(
            "每分钟读取原平台的变动，并把已切换事项的新办件回写到原平台；两边说法不同时按冲突规则处理。"
        ),
        do=lambda code, actor, at: services.begin_to_follow(code=code, actor=actor, at=at),
        done=gettext_lazy("两个平台开始并行运行"),
        states=frozenset({PlatformState.LOADED}),
    ),
    "pause": Act(
        title=gettext_lazy("暂停并行"),
        says=gettext_lazy("暂不读取也不回写；恢复后补上期间的全部变动。"),
        do=lambda code, actor, at: services.pause(code=code, actor=actor, at=at),
        done=gettext_lazy("已暂停"),
        states=frozenset({PlatformState.FOLLOWING}),
    ),
    "end": Act(
        title=gettext_lazy("停用原平台"),
        says=gettext_lazy("全部事项切换之后，不再读取和回写原平台，并忘记它的连接密码。已装入的办件保留。"),
        do=lambda code, actor, at: services.end(code=code, actor=actor, at=at),
        done=gettext_lazy("原平台已停用"),
        states=frozenset({PlatformState.LOADED, PlatformState.FOLLOWING}),
        hurts=True,
    ),
}


@never_cache
@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, code: str, deed: str) -> HttpResponse:
    """
    Say what an act will do, and do it.

    :raises NotPermitted: the actor does not run the node
    :raises NotFound: there is no such platform
    """
    if deed not in ACTS:
        raise Http404
    chosen = ACTS[deed]
    return _act_page(
        request,
        code=code,
        title=chosen.title,
        says=chosen.says,
        hurts=chosen.hurts,
        done=chosen.done,
        do=chosen.do,
    )


@never_cache
@require_http_methods(["GET", "POST"])
def move_item(request: HttpRequest, code: str, item: int, deed: str) -> HttpResponse:
    """
    Cut an item over from a day on, or take that back.

    :raises NotPermitted: the actor does not run the node
    :raises NotFound: there is no such item
    """
    seen = selectors.platform(code=code, actor=staff(request), at=clock.now())
    old_item = next((each.old_code for each in seen.items if each.id == item), None)
    if old_item is None or deed not in {"back", "cut-over"}:
        raise Http404
    if deed == "back":
        return _act_page(
            request,
            code=code,
            title=_("退回原平台"),
            says=_("事项 %(item)s 重新在原平台申请；在新平台已收的办件在新平台办完。") % {"item": old_item},
            hurts=True,
            done=_("已退回原平台"),
            do=lambda code, actor, at: services.go_back(code=code, old_item=old_item, actor=actor, at=at),
        )
    day = request.POST.get("on", civil_date(clock.now()).isoformat())
    return _act_page(
        request,
        code=code,
        title=_("切换到新平台"),
        says=_("自切换日起，事项 %(item)s 在本平台申请；原平台已收的办件在原平台办完。") % {"item": old_item},
        done=_("已安排切换"),
        do=lambda code, actor, at: services.cut_over(
            code=code, old_item=old_item, on=_day(day), actor=actor, at=at
        ),
        day=day,
    )


@never_cache
@require_http_methods(["GET", "POST"])
def decide(request: HttpRequest, code: str, conflict: int) -> HttpResponse:
    """
    Say which platform is believed.

    :raises NotPermitted: the actor may not decide
    :raises NotFound: there is no such conflict
    """
    found = selectors.conflict(code=code, conflict_id=conflict, actor=staff(request))
    believed = request.POST.get("believe", "")
    return _act_page(
        request,
        code=code,
        title=_("裁定冲突"),
        says=_(
            "办件 %(number)s 在原平台是“%(theirs)s”，在新平台是“%(ours)s”。"
            "以原平台为准：按原平台的内容装入这件办件，或保留它在原平台的改动。以新平台为准：不装入，或再次回写。"
        )
        % {
            "number": found.case_number,
            "theirs": _state(found.old_state),
            "ours": _state(found.our_state),
        },
        done=_("已裁定"),
        do=lambda _code, actor, at: services.decide(
            conflict_id=conflict, decision=_rule(believed), actor=actor, at=at
        ),
        choices=[(Rule.OLD.value, Rule.OLD.label), (Rule.OURS.value, Rule.OURS.label)],
        is_for_operators=False,
    )


def _act_page(
    request: HttpRequest,
    *,
    code: str,
    title: Text,
    says: Text,
    done: Text,
    do: Callable[[str, Actor, datetime], None],
    hurts: bool = False,
    day: str = "",
    choices: list[tuple[str, Any]] | None = None,
    is_for_operators: bool = True,
) -> HttpResponse:
    actor, at = staff(request), clock.now()
    if is_for_operators and not selectors.may_manage(actor=actor):
        raise NotPermitted
    seen = selectors.platform(code=code, actor=actor, at=at)
    refusal: ServiceError | None = None
    if request.method == "POST":
        try:
            do(code, actor, at)
        except REFUSALS as error:
            refusal = error
        else:
            flashes.success(request, str(done))
            return redirect("data:movein-platform", code=code)
    context = {
        "line": seen.line,
        "title": title,
        "says": says,
        "hurts": hurts,
        "day": day,
        "choices": choices or [],
        "believe": request.POST.get("believe", ""),
        "refusal": refusal,
        "errors": dict(refusal.fields) if isinstance(refusal, InvalidInput) else {},
        "back": reverse("data:movein-platform", kwargs={"code": code}),
    }
    status = refusal.status if refusal else 200
    return data_page(request, "data/movein_act.html", context, actor=actor, current=CURRENT, status=status)


def _acts_for(seen: PlatformDetail) -> list[tuple[str, str, bool]]:
    return [
        (
            str(each.title),
            reverse("data:movein-act", kwargs={"code": seen.line.code, "deed": deed}),
            each.hurts,
        )
        for deed, each in ACTS.items()
        if seen.line.state in each.states
    ]


def _item_url(code: str, item: int, deed: str) -> str:
    return reverse("data:movein-item", kwargs={"code": code, "item": item, "deed": deed})


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(fields={"on": _("请填写日期，如 2026-12-01")}) from error


def _rule(text: str) -> Rule:
    if text not in {Rule.OLD, Rule.OURS}:
        raise InvalidInput(fields={"believe": _("请选择以哪个平台为准")})
    return Rule(text)


def _state(code: str) -> str:
    return str(CaseState(code).label) if code in CaseState.values else code
