"""
系统对接: agencies' own systems, how they stand, their messages, and what operators do about them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.contrib import messages as flashes
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tongban.business.casework.events import EventKind
from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.errors import Conflict, InvalidInput, NotPermitted, ServiceError, Text, UpstreamError
from tongban.foundation.paging import page_url
from tongban.portal.data.views.frame import Card, data_page, staff
from tongban.resources.docking import selectors, services
from tongban.resources.docking.selectors import Health, MessageLine, SystemDetail
from tongban.resources.docking.services import SystemForm
from tongban.resources.docking.values import MessageState, SystemState, TakesFrom, Way
from tongban.resources.registers import selectors as registers

CURRENT: Final = "docking"
HEALTH: Final = {
    Health.WELL: (gettext_lazy("正常"), "good", "circle-check"),
    Health.ATTENTION: (gettext_lazy("需要关注"), "warn", "alert-triangle"),
    Health.AWAY: (gettext_lazy("无法连通"), "bad", "alert-circle"),
    Health.RESTS: (gettext_lazy("未运行"), "", "minus"),
}
STATES: Final = {
    MessageState.APPLIED: ("good", "circle-check"),
    MessageState.NOTED: ("good", "circle-check"),
    MessageState.TAKEN: ("good", "circle-check"),
    MessageState.QUEUED: ("info", "send"),
    MessageState.SENT: ("info", "send"),
}
BAD: Final = ("bad", "alert-circle")
EVENTS: Final = {"RETURNED": gettext_lazy("收回")}
"""What is told of a case and is no event on its log."""
STEPS: Final = {
    "received": gettext_lazy("收到"),
    "repeated": gettext_lazy("再次收到，不重复生效"),
    "queued": gettext_lazy("等待送出"),
    "replayed": gettext_lazy("重放"),
}


def card(actor: Actor, at: datetime) -> Card | None:
    """
    Return how the docked systems stand, for the home page of the room.
    """
    if not selectors.may_watch(actor=actor):
        return None
    lines = selectors.systems(actor=actor, at=at)
    away = sum(line.health is Health.AWAY for line in lines)
    attention = sum(line.health is Health.ATTENTION for line in lines)
    if away:
        says = ngettext("%(count)s 个系统无法连通", "%(count)s 个系统无法连通", away) % {"count": away}
    elif attention:
        says = ngettext("%(count)s 个系统需要关注", "%(count)s 个系统需要关注", attention)
        says %= {"count": attention}
    else:
        says = _("对接的部门系统都正常") if lines else _("还没有对接部门系统")
    state = "bad" if away else "warn" if attention else "good"
    return Card(title=_("系统对接"), says=says, href=reverse("data:docking"), icon="plug", state=state)


@never_cache
@require_safe
def show_systems(request: HttpRequest) -> HttpResponse:
    """
    List the systems with how they stand.
    """
    actor, at = staff(request), clock.now()
    lines = selectors.systems(actor=actor, at=at)
    names = registers.agency_names(codes={line.agency_code for line in lines}, actor=actor)
    context = {
        "lines": [
            (
                line,
                reverse("data:docking-system", kwargs={"code": line.code}),
                names.get(line.agency_code, ""),
            )
            for line in lines
        ],
        "health": HEALTH,
        "may_manage": selectors.may_manage(actor=actor),
    }
    return data_page(request, "data/docking.html", context, actor=actor, current=CURRENT)


@never_cache
@require_safe
def show_system(request: HttpRequest, code: str) -> HttpResponse:
    """
    Show one system: settings, conformance, messages.

    :raises NotFound: there is none, or the actor may not know of it
    """
    actor, at = staff(request), clock.now()
    seen = selectors.system(code=code, actor=actor, at=at)
    cursor = request.GET.get("cursor") or None
    only_faults = request.GET.get("only") == "errors"
    page = selectors.messages(code=code, actor=actor, only_faults=only_faults, cursor=cursor)
    names = registers.agency_names(codes={seen.line.agency_code}, actor=actor)
    context = {
        "seen": seen,
        "line": seen.line,
        "agency_name": names.get(seen.line.agency_code, seen.line.agency_code),
        "health": HEALTH[seen.line.health],
        "findings": (seen.report or {}).get("findings", []),
        "checked_at": datetime.fromisoformat(seen.report["at"]) if seen.report else None,
        "issued_at": datetime.fromisoformat(seen.certificate["issued_at"]) if seen.certificate else None,
        "messages_shown": [
            (
                row,
                reverse("data:docking-message", kwargs={"message": row.id}),
                look_of(row.state),
                kind_of(row),
            )
            for row in page.items
        ],
        "only_faults": only_faults,
        "acts": acts_for(seen) if selectors.may_manage(actor=actor) else [],
        "change_url": reverse("data:docking-change", kwargs={"code": code})
        if selectors.may_manage(actor=actor)
        else "",
        "next_url": page_url(request, page.next_cursor) if page.next_cursor else "",
        "first_url": page_url(request, None) if cursor else "",
    }
    return data_page(request, "data/docking_system.html", context, actor=actor, current=CURRENT)


@never_cache
@require_http_methods(["GET", "POST"])
def show_message(request: HttpRequest, message: int) -> HttpResponse:
    """
    Tell the story of one message; by POST, do it again.

    :raises NotFound: there is none, or the actor may not know of it
    """
    actor = staff(request)
    refusal: ServiceError | None = None
    if request.method == "POST":
        try:
            receipt = services.replay(message_id=message, actor=actor, at=clock.now())
        except (Conflict, UpstreamError) as error:
            refusal = error
        else:
            if receipt is None or receipt.is_good:
                flashes.success(request, _("已重放"))
            else:
                flashes.error(request, _("重放后仍被退回：%(text)s") % {"text": receipt.text})
            return redirect("data:docking-message", message=message)
    seen = selectors.message(message_id=message, actor=actor)
    context = {
        "seen": seen,
        "line": seen.line,
        "kind": kind_of(seen.line),
        "look": look_of(seen.line.state),
        "refusal": refusal,
        "steps": [
            {"name": name_of_step(what), "at": moment, "note": words, "state": state_of_step(what)}
            for moment, what, words in seen.steps
        ],
        "back": reverse("data:docking-system", kwargs={"code": seen.system_code}),
    }
    status = refusal.status if refusal else 200
    return data_page(
        request, "data/docking_message.html", context, actor=actor, current=CURRENT, status=status
    )


@never_cache
@require_http_methods(["GET", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """
    Register a system.

    :raises NotPermitted: the actor does not run the node
    """
    actor, at = staff(request), clock.now()
    if not selectors.may_manage(actor=actor):
        raise NotPermitted
    typed = {name: request.POST.get(name, "") for name in FIELDS}
    refusal: ServiceError | None = None
    if request.method == "POST":
        try:
            system = services.register_system(form=_form(typed), actor=actor, at=at)
        except (InvalidInput, Conflict) as error:
            refusal = error
        else:
            flashes.success(request, _("已登记，请开始联调"))
            return redirect("data:docking-system", code=system.code)
    context = {
        "typed": typed,
        "refusal": refusal,
        "errors": dict(refusal.fields) if isinstance(refusal, InvalidInput) else {},
        "ways": Way.choices,
        "starts": TakesFrom.choices,
        "agencies": [
            (agency.code, agency.name)
            for agency in registers.agencies_inside(division_code=actor.division_code or "", actor=actor)
        ]
        if actor.division_code
        else [],
    }
    status = refusal.status if refusal else 200
    return data_page(
        request, "data/docking_register.html", context, actor=actor, current=CURRENT, status=status
    )


@never_cache
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, code: str) -> HttpResponse:
    """
    Change name, items and connection of a system; what is secret is only ever replaced.

    :raises NotPermitted: the actor does not run the node
    :raises NotFound: there is no such system
    """
    actor, at = staff(request), clock.now()
    held = selectors.settings_of(code=code, actor=actor)
    seen = selectors.system(code=code, actor=actor, at=at)
    typed = {
        "name": seen.line.name,
        "items": "\n".join(seen.items),
        "schema": held.schema,
        "client_id": held.client_id,
        "url": held.url,
    }
    refusal: ServiceError | None = None
    if request.method == "POST":
        typed = {name: request.POST.get(name, "") for name in (*typed, *SECRETS)}
        try:
            services.change_system(
                code=code,
                name=typed["name"],
                items=typed["items"].split(),
                settings=_changed(typed, held, way=seen.line.way),
                actor=actor,
                at=at,
            )
        except (InvalidInput, Conflict) as error:
            refusal = error
        else:
            flashes.success(request, _("已保存"))
            return redirect("data:docking-system", code=code)
    context = {
        "line": seen.line,
        "held": held,
        "typed": typed,
        "refusal": refusal,
        "errors": dict(refusal.fields) if isinstance(refusal, InvalidInput) else {},
        "ends_certificate": seen.line.state in {SystemState.CONFORMANT, SystemState.LIVE},
        "back": reverse("data:docking-system", kwargs={"code": code}),
    }
    status = refusal.status if refusal else 200
    return data_page(
        request, "data/docking_change.html", context, actor=actor, current=CURRENT, status=status
    )


SECRETS: Final = ("dsn", "secret")
"""Never shown; left empty they stay as they are."""
OF_WAY: Final = {
    Way.TABLES: ("dsn", "schema"),
    Way.INTERFACE: ("client_id", "url", "secret"),
    Way.FILES: (),
}


def _changed(typed: dict[str, str], held: selectors.SystemSettings, *, way: Way) -> dict[str, Any]:
    """
    Return the settings that differ from what is held.
    """
    before = {"schema": held.schema, "client_id": held.client_id, "url": held.url}
    values = {name: typed[name].strip() for name in OF_WAY[way]}
    return {
        name: value for name, value in values.items() if (value if name in SECRETS else value != before[name])
    }


FIELDS: Final = (
    "code",
    "name",
    "agency_code",
    "way",
    "takes_from",
    "items",
    "dsn",
    "schema",
    "client_id",
    "url",
    "secret",
)


def _form(typed: dict[str, str]) -> SystemForm:
    settings: dict[str, Any] = {}
    if typed["way"] == Way.TABLES:
        settings = {name: typed[name].strip() for name in ("dsn", "schema") if typed[name].strip()}
    if typed["way"] == Way.INTERFACE:
        settings = {
            name: typed[name].strip() for name in ("client_id", "url", "secret") if typed[name].strip()
        }
    return SystemForm(
        code=typed["code"],
        name=typed["name"],
        agency_code=typed["agency_code"],
        way=typed["way"],
        takes_from=typed["takes_from"],
        items=typed["items"].split(),
        settings=settings,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Act:
    """
    An act with what its page says.
    """

    title: Text
    says: Text
    do: Callable[[SystemDetail, str, Actor, datetime], str]
    """(system, reason, who, now) -> what to say when it is done."""
    states: frozenset[SystemState]
    hurts: bool = False
    wants_reason: bool = False


class ChecksNotMet(Conflict):
    """
    The suite ran, and something is missing; the page of the system says what.
    """

    code = "checks_not_met"
    message = gettext_lazy("检测完成，%(count)s 项不符合")


def _test(seen: SystemDetail, _reason: str, actor: Actor, at: datetime) -> str:
    services.begin_tests(code=seen.line.code, actor=actor, at=at)
    if seen.line.way is Way.TABLES:
        services.make_tables(code=seen.line.code)
    return _("联调已开始")


def _check(seen: SystemDetail, _reason: str, actor: Actor, at: datetime) -> str:
    report = services.check(code=seen.line.code, way=seen.line.way, actor=actor, at=at)
    if report.is_whole:
        return _("全部符合，已签发证书")
    missing = sum(not finding.is_met for finding in report.findings)
    raise ChecksNotMet(count=missing)


def _go_live(seen: SystemDetail, _reason: str, actor: Actor, at: datetime) -> str:
    services.go_live(code=seen.line.code, actor=actor, at=at)
    return _("系统已正式运行")


def _suspend(seen: SystemDetail, reason: str, actor: Actor, at: datetime) -> str:
    returned = services.suspend(code=seen.line.code, reason=reason, actor=actor, at=at)
    text = ngettext("已暂停，收回 %(count)s 件办件", "已暂停，收回 %(count)s 件办件", returned)
    return text % {"count": returned}


ACTS: Final = {
    "test": Act(
        title=gettext_lazy("开始联调"),
        says=gettext_lazy("平台开始读取系统写入的内容，但只交给它联调办件，不影响真实办件。"),
        do=_test,
        states=frozenset({SystemState.DRAFT}),
    ),
    "check": Act(
        title=gettext_lazy("运行检测"),
        says=gettext_lazy(
            "检查连接、数据结构和权限，并交给系统一件联调办件。系统办完后再运行一次；全部符合即签发证书。"
        ),
        do=_check,
        states=frozenset({SystemState.TESTING, SystemState.CONFORMANT}),
    ),
    "live": Act(
        title=gettext_lazy("正式运行"),
        says=gettext_lazy("此后该机构所选事项的新办件交给这个系统办理，不再出现在办理台的待办中。"),
        do=_go_live,
        states=frozenset({SystemState.CONFORMANT, SystemState.SUSPENDED}),
        hurts=True,
    ),
    "suspend": Act(
        title=gettext_lazy("暂停"),
        says=gettext_lazy("不再交给系统新的办件，它手中没有办结的办件退回办理台，由工作人员从审查环节办起。"),
        do=_suspend,
        states=frozenset({SystemState.TESTING, SystemState.CONFORMANT, SystemState.LIVE}),
        hurts=True,
        wants_reason=True,
    ),
}


@never_cache
@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, code: str, deed: str) -> HttpResponse:
    """
    Say what an act will do, and do it.

    :raises NotPermitted: the actor does not run the node
    :raises NotFound: there is no such system
    """
    actor, at = staff(request), clock.now()
    seen = selectors.system(code=code, actor=actor, at=at)
    if not selectors.may_manage(actor=actor):
        raise NotPermitted
    if deed not in ACTS:
        raise Http404
    reason = request.POST.get("reason", "")
    refusal: ServiceError | None = None
    if request.method == "POST":
        try:
            said = ACTS[deed].do(seen, reason, actor, at)
        except ChecksNotMet as missing:
            flashes.warning(request, str(missing))
            return redirect("data:docking-system", code=code)
        except (Conflict, InvalidInput, UpstreamError) as error:
            refusal = error
        else:
            flashes.success(request, said)
            return redirect("data:docking-system", code=code)
    context = {
        "line": seen.line,
        "act": ACTS[deed],
        "reason": reason,
        "refusal": refusal,
        "errors": dict(refusal.fields) if isinstance(refusal, InvalidInput) else {},
        "back": reverse("data:docking-system", kwargs={"code": code}),
    }
    status = refusal.status if refusal else 200
    return data_page(request, "data/docking_act.html", context, actor=actor, current=CURRENT, status=status)


def acts_for(seen: SystemDetail) -> list[tuple[str, str, bool]]:
    """
    Return what can be done to a system in its state: title, address, whether it hurts.
    """
    return [
        (
            str(each.title),
            reverse("data:docking-act", kwargs={"code": seen.line.code, "deed": deed}),
            each.hurts,
        )
        for deed, each in ACTS.items()
        if seen.line.state in each.states
    ]


def kind_of(line: MessageLine) -> str:
    """
    Return what a message is about, with what happened to the case.
    """
    if not line.event:
        return line.kind
    label = (
        EventKind(line.event).label if line.event in EventKind.values else EVENTS.get(line.event, line.event)
    )
    return _("%(kind)s：%(event)s") % {"kind": line.kind, "event": label}


def look_of(state: MessageState) -> tuple[str, str]:
    """
    Return color and icon of a message's state.
    """
    return STATES.get(state, BAD)


def name_of_step(what: str) -> str:
    """
    Return a step of a story in words.
    """
    if what in STEPS:
        return str(STEPS[what])
    return str(MessageState(what.upper()).label) if what.upper() in MessageState.values else what


def state_of_step(what: str) -> str:
    """
    Return how a step of a story looks on its line.
    """
    return "bad" if what.upper() in selectors.FAULTS else "done"
