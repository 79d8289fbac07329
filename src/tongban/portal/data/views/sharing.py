"""
数据服务: the catalogue of services; compiling, checking, publishing and ending one; applying for it.
"""

from datetime import datetime
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.calendar import current_calendar
from tongban.foundation.errors import NotFound, Text
from tongban.foundation.paging import page_url
from tongban.portal.data.views import sharing_forms as forms
from tongban.portal.data.views.frame import Card, data_page, staff
from tongban.resources.sharing import selectors, services
from tongban.resources.sharing.selectors.lists import ServiceDetail
from tongban.resources.sharing.values import (
    Credential,
    DataRequestState,
    QueryWay,
    ServiceAct,
    ServiceKind,
    ServiceState,
)

CURRENT: Final = "services"
STATES: Final[dict[ServiceState, tuple[str, str]]] = {
    ServiceState.DRAFT: ("", "pencil"),
    ServiceState.CHECKED: ("warn", "calendar-time"),
    ServiceState.PUBLISHED: ("good", "circle-check"),
    ServiceState.SUSPENDED: ("bad", "alert-circle"),
    ServiceState.WITHDRAWN: ("", "minus"),
}
DONE: Final[dict[ServiceAct, Text]] = {
    ServiceAct.CHECK: gettext_lazy("已核验，提供方可以发布"),
    ServiceAct.PUBLISH: gettext_lazy("已发布，其他机构可以申请使用"),
    ServiceAct.SUSPEND: gettext_lazy("已暂停，调用从现在起被拒绝"),
    ServiceAct.RESUME: gettext_lazy("已恢复"),
    ServiceAct.REOPEN: gettext_lazy("已退回编制"),
    ServiceAct.WITHDRAW: gettext_lazy("已撤下"),
}
HURTS: Final = (ServiceAct.SUSPEND, ServiceAct.WITHDRAW)


def card(actor: Actor, at: datetime) -> Card | None:
    """
    Return what waits for somebody, for the home page of the room.
    """
    if not selectors.may_open(actor=actor):
        return None
    waiting = selectors.waiting_requests(actor=actor)
    alarms = len(selectors.open_alarms(actor=actor))
    if alarms:
        says = _("%(count)s 项数据服务告警未恢复") % {"count": alarms}
    elif waiting:
        says = _("%(count)s 份用数申请等您处理") % {"count": waiting}
    else:
        says = _("没有等您处理的用数申请")
    return Card(
        title=_("数据服务"),
        says=says,
        href=reverse("data:sharing-figures" if alarms else "data:requests"),
        icon="database",
        state="bad" if alarms else "warn" if waiting else "good",
    )


@never_cache
@require_safe
def show_services(request: HttpRequest) -> HttpResponse:
    """
    Show what is offered, and the own agency's services in any state.
    """
    actor = staff(request)
    is_own = request.GET.get("own") == "1"
    words = request.GET.get("q", "").replace("\0", "").strip()[:64]
    cursor = request.GET.get("cursor") or None
    page = selectors.services_page(actor=actor, words=words, is_own=is_own, cursor=cursor)
    context = {
        "lines": page.items,
        "states": STATES,
        "agency": forms.agency_name(actor),
        "q": words,
        "is_own": is_own,
        "may_compile": selectors.may_compile(actor=actor),
        "next_url": page_url(request, page.next_cursor) if page.next_cursor else "",
        "first_url": page_url(request, None) if cursor else "",
    }
    return data_page(request, "data/services.html", context, actor=actor, current=CURRENT)


@never_cache
@require_http_methods(["GET", "POST"])
def register_service(request: HttpRequest) -> HttpResponse:
    """
    Begin a service of the own agency.
    """
    actor, at = staff(request), clock.now()
    if not selectors.may_compile(actor=actor):
        raise NotFound

    def act() -> HttpResponse:
        receipt = services.create_service(
            code=request.POST.get("code", "").strip(),
            agency_code=actor.agency_code or "",
            division_code=actor.division_code or "",
            content=forms.service_content(request.POST),
            actor=actor,
            at=at,
        )
        _keep_secret(request, receipt.code, receipt.revision, actor, at)
        messages.success(request, _("已登记。请审核员核验后发布"))
        return redirect("data:service", code=receipt.code)

    tried = forms.attempt(request, act)
    if isinstance(tried, HttpResponse):
        return tried
    typed = request.POST.dict() if request.method == "POST" else {"kind": "UPSTREAM", "timeout_seconds": "5"}
    return _form(request, actor, tried, typed=typed, service=None)


@never_cache
@require_http_methods(["GET", "POST"])
def edit_service(request: HttpRequest, code: str) -> HttpResponse:
    """
    Save a draft.
    """
    actor, at = staff(request), clock.now()
    service = selectors.service_by_code(code=code, actor=actor)
    if ServiceAct.SAVE not in service.acts:
        raise NotFound

    def act() -> HttpResponse:
        services.save_service(
            code=code,
            content=forms.service_content(request.POST),
            revision=forms.number_typed(request.POST, "revision"),
            secret=request.POST.get("secret") or None,
            actor=actor,
            at=at,
        )
        messages.success(request, _("已保存"))
        return redirect("data:service", code=code)

    tried = forms.attempt(request, act)
    if isinstance(tried, HttpResponse):
        return tried
    typed = request.POST.dict() if request.method == "POST" else forms.typed_of_service(service)
    return _form(request, actor, tried, typed=typed, service=service)


@never_cache
@require_http_methods(["GET", "POST"])
def show_service(request: HttpRequest, code: str) -> HttpResponse:
    """
    Show a service with what it answers, and what may be done to it.
    """
    actor, at = staff(request), clock.now()
    service = selectors.service_by_code(code=code, actor=actor)
    tried = forms.attempt(request, lambda: _act(request, service, actor, at=at))
    if isinstance(tried, HttpResponse):
        return tried
    context = {
        "service": service,
        "states": STATES,
        "agency": forms.agency_name(actor),
        "acts": [act for act in service.acts if act is not ServiceAct.SAVE],
        "hurts": HURTS,
        "may_edit": ServiceAct.SAVE in service.acts,
        "errors": tried.errors,
        "refusal": tried.refusal,
        "words": request.POST.get("words", ""),
    }
    return data_page(request, "data/service.html", context, actor=actor, current=CURRENT, status=tried.status)


@never_cache
@require_http_methods(["GET", "POST"])
def apply_for_service(request: HttpRequest, code: str) -> HttpResponse:
    """
    Apply for what a service answers, or for going on with a grant.
    """
    actor, at = staff(request), clock.now()
    service = selectors.service_by_code(code=code, actor=actor)
    if not service.may_apply:
        raise NotFound
    renews = forms.known_id(request.GET.get("renews", ""))

    def act() -> HttpResponse:
        receipt = services.submit_request(
            service_code=code,
            content=forms.request_content(request.POST),
            actor=actor,
            calendar=current_calendar(),
            at=at,
            renews=renews,
        )
        is_open = receipt.state is DataRequestState.GRANTED
        messages.success(request, _("无条件共享的数据已授权使用") if is_open else _("已提交，等待合规审核"))
        return redirect("data:request", request_id=receipt.id)

    tried = forms.attempt(request, act)
    if isinstance(tried, HttpResponse):
        return tried
    typed, chosen = request.POST.dict(), request.POST.getlist("fields")
    if request.method != "POST" and renews is not None:
        grant = selectors.grant_by_id(grant_id=renews, actor=actor, at=at)
        if grant.request_id is not None:
            before = selectors.request_by_id(request_id=grant.request_id, actor=actor, at=at)
            typed, chosen = forms.typed_of_request(before), [name for name, _title in before.fields]
    return request_form(
        request,
        actor,
        tried,
        service=service,
        typed=typed,
        chosen=chosen,
        back=reverse("data:service", args=[code]),
    )


def request_form(
    request: HttpRequest,
    actor: Actor,
    tried: forms.Tried,
    *,
    service: ServiceDetail,
    typed: dict[str, Any],
    chosen: list[str],
    back: str,
) -> HttpResponse:
    """
    Draw the form of a request, with everything typed.
    """
    context = {
        "service": service,
        "typed": typed,
        "chosen": chosen,
        "errors": tried.errors,
        "refusal": tried.refusal,
        "systems": forms.systems_of(actor, clock.now()),
        "fields": [(each["name"], each["title"], each["name"]) for each in service.fields],
        "back": back,
    }
    return data_page(
        request, "data/request_edit.html", context, actor=actor, current="requests", status=tried.status
    )


def _act(request: HttpRequest, service: ServiceDetail, actor: Actor, *, at: datetime) -> HttpResponse:
    code, words = service.line.code, request.POST.get("words", "")
    try:
        act = ServiceAct(request.POST.get("act", ""))
    except ValueError as error:
        raise NotFound from error
    if act is ServiceAct.CHECK:
        services.check_service(code=code, actor=actor, at=at, words=words[:500])
    elif act is ServiceAct.PUBLISH:
        services.publish_service(code=code, actor=actor, at=at)
    elif act in DONE:
        services.change_state(code=code, act=act, words=words, actor=actor, at=at)
    else:
        raise NotFound
    messages.success(request, str(DONE[act]))
    return redirect("data:service", code=code)


def _keep_secret(request: HttpRequest, code: str, revision: int, actor: Actor, at: datetime) -> None:
    secret = request.POST.get("secret", "")
    if secret:
        services.save_service(
            code=code,
            content=forms.service_content(request.POST),
            revision=revision,
            secret=secret,
            actor=actor,
            at=at,
        )


def _form(
    request: HttpRequest,
    actor: Actor,
    tried: forms.Tried,
    *,
    typed: dict[str, str],
    service: ServiceDetail | None,
) -> HttpResponse:
    context = {
        "service": service,
        "typed": {name: text for name, text in typed.items() if name != "secret"},
        "errors": tried.errors,
        "refusal": tried.refusal,
        "datasets": forms.datasets_of(actor, clock.now()),
        "kinds": [(kind.value, kind.label) for kind in ServiceKind],
        "credentials": [(each.value, each.label) for each in Credential],
        "ways": [(each.value, each.label) for each in QueryWay],
        "back": reverse("data:service", args=[service.line.code]) if service else reverse("data:services"),
    }
    return data_page(
        request, "data/service_edit.html", context, actor=actor, current=CURRENT, status=tried.status
    )
