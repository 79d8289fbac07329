"""
用数申请 and 数据授权: what was applied for, how it was answered, what is open and how much of it is left.
"""

import uuid
from datetime import datetime
from typing import Final

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
from tongban.portal.data.views.frame import data_page, staff
from tongban.portal.data.views.sharing import request_form
from tongban.resources.sharing import selectors, services
from tongban.resources.sharing.selectors.lists import RequestDetail
from tongban.resources.sharing.values import DataRequestState, RequestAct

REQUESTS: Final = "requests"
GRANTS: Final = "grants"
STATES: Final[dict[DataRequestState, tuple[str, str]]] = {
    DataRequestState.SUBMITTED: ("warn", "calendar-time"),
    DataRequestState.RETURNED: ("warn", "rotate"),
    DataRequestState.COMPLIANT: ("warn", "calendar-time"),
    DataRequestState.GRANTED: ("good", "circle-check"),
    DataRequestState.REFUSED: ("bad", "alert-circle"),
    DataRequestState.WITHDRAWN: ("", "minus"),
}
DONE: Final[dict[RequestAct, Text]] = {
    RequestAct.PASS: gettext_lazy("已通过，提供方的答复期限从今天起算"),
    RequestAct.RETURN: gettext_lazy("已退回申请方补充"),
    RequestAct.GRANT: gettext_lazy("已授权，申请方的系统现在可以调用"),
    RequestAct.REFUSE: gettext_lazy("已答复不予授权"),
    RequestAct.WITHDRAW: gettext_lazy("已撤回"),
}


@never_cache
@require_safe
def show_requests(request: HttpRequest) -> HttpResponse:
    """
    Show requests: sent, received, or all that one may know of.
    """
    actor, at = staff(request), clock.now()
    side = request.GET.get("side", "")
    state = request.GET.get("state", "")
    cursor = request.GET.get("cursor") or None
    page = selectors.requests_page(
        actor=actor,
        at=at,
        side=side,
        state=DataRequestState(state) if state in DataRequestState.values else None,
        cursor=cursor,
    )
    context = {
        "lines": page.items,
        "states": STATES,
        "agency": forms.agency_name(actor),
        "side": side,
        "state": state,
        "choices": DataRequestState.choices,
        "next_url": page_url(request, page.next_cursor) if page.next_cursor else "",
        "first_url": page_url(request, None) if cursor else "",
    }
    return data_page(request, "data/requests.html", context, actor=actor, current=REQUESTS)


@never_cache
@require_http_methods(["GET", "POST"])
def show_request(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """
    Show a request to both sides and the reviewers, and what each may do.
    """
    actor, at = staff(request), clock.now()
    one = selectors.request_by_id(request_id=request_id, actor=actor, at=at)
    tried = forms.attempt(request, lambda: _act(request, one, actor, at=at))
    if isinstance(tried, HttpResponse):
        return tried
    posted = request.method == "POST"
    context = {
        "one": one,
        "states": STATES,
        "agency": forms.agency_name(actor),
        "acts": {act.value for act in one.acts},
        "errors": tried.errors,
        "refusal": tried.refusal,
        "typed": request.POST if posted else {},
        "chosen": request.POST.getlist("fields") if posted else [name for name, _title in one.fields],
        "fields": [(name, title, name) for name, title in one.fields],
    }
    return data_page(
        request, "data/request.html", context, actor=actor, current=REQUESTS, status=tried.status
    )


@never_cache
@require_http_methods(["GET", "POST"])
def edit_request(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """
    Complete a request that was returned, with everything that was in it.
    """
    actor, at = staff(request), clock.now()
    one = selectors.request_by_id(request_id=request_id, actor=actor, at=at)
    if RequestAct.RESUBMIT not in one.acts:
        raise NotFound

    def act() -> HttpResponse:
        services.resubmit_request(
            request_id=request_id,
            content=forms.request_content(request.POST),
            actor=actor,
            calendar=current_calendar(),
            at=at,
        )
        messages.success(request, _("已重新提交，等待合规审核"))
        return redirect("data:request", request_id=request_id)

    tried = forms.attempt(request, act)
    if isinstance(tried, HttpResponse):
        return tried
    posted = request.method == "POST"
    return request_form(
        request,
        actor,
        tried,
        service=selectors.service_by_code(code=one.line.service_code, actor=actor),
        typed=request.POST.dict() if posted else forms.typed_of_request(one),
        chosen=request.POST.getlist("fields") if posted else [name for name, _title in one.fields],
        back=reverse("data:request", args=[request_id]),
    )


@never_cache
@require_safe
def show_grants(request: HttpRequest) -> HttpResponse:
    """
    Show what is open to whom, and what is left of it today.
    """
    actor, at = staff(request), clock.now()
    side, cursor = request.GET.get("side", ""), request.GET.get("cursor") or None
    page = selectors.grants_page(actor=actor, at=at, side=side, cursor=cursor)
    context = {
        "lines": page.items,
        "agency": forms.agency_name(actor),
        "side": side,
        "may_apply": selectors.may_apply(actor=actor),
        "next_url": page_url(request, page.next_cursor) if page.next_cursor else "",
        "first_url": page_url(request, None) if cursor else "",
    }
    return data_page(request, "data/grants.html", context, actor=actor, current=GRANTS)


@never_cache
@require_http_methods(["GET", "POST"])
def show_grant(request: HttpRequest, grant_id: uuid.UUID) -> HttpResponse:
    """
    Show a grant; its provider can take it back.
    """
    actor, at = staff(request), clock.now()
    grant = selectors.grant_by_id(grant_id=grant_id, actor=actor, at=at)

    def act() -> HttpResponse:
        services.revoke_grant(grant_id=grant_id, words=request.POST.get("words", ""), actor=actor, at=at)
        messages.success(request, _("已收回，下一次调用即被拒绝"))
        return redirect("data:grant", grant_id=grant_id)

    tried = forms.attempt(request, act)
    if isinstance(tried, HttpResponse):
        return tried
    context = {
        "grant": grant,
        "agency": forms.agency_name(actor),
        "errors": tried.errors,
        "refusal": tried.refusal,
        "words": request.POST.get("words", ""),
    }
    return data_page(request, "data/grant.html", context, actor=actor, current=GRANTS, status=tried.status)


@never_cache
@require_http_methods(["GET", "POST"])
def show_keys(request: HttpRequest) -> HttpResponse:
    """
    Show the keys with which the own agency's systems sign, register one, end one.
    """
    actor, at = staff(request), clock.now()
    keys = selectors.keys_of_agency(actor=actor)

    def act() -> HttpResponse:
        ended = forms.known_id(request.POST.get("end", ""))
        if ended is not None:
            services.end_key(key_id=ended, actor=actor, at=at)
            messages.success(request, _("公钥已停用"))
        else:
            services.register_key(
                client_id=request.POST.get("client_id", ""),
                point=request.POST.get("point", ""),
                actor=actor,
                at=at,
            )
            messages.success(request, _("公钥已登记，系统现在可以签名调用"))
        return redirect("data:sharing-keys")

    tried = forms.attempt(request, act)
    if isinstance(tried, HttpResponse):
        return tried
    context = {
        "keys": keys,
        "systems": forms.systems_of(actor, at),
        "typed": request.POST,
        "errors": tried.errors,
        "refusal": tried.refusal,
    }
    return data_page(
        request, "data/sharing_keys.html", context, actor=actor, current=GRANTS, status=tried.status
    )


def _act(request: HttpRequest, one: RequestDetail, actor: Actor, *, at: datetime) -> HttpResponse:
    typed, request_id = request.POST, one.line.id
    words = typed.get("words", "")
    try:
        act = RequestAct(typed.get("act", ""))
    except ValueError as error:
        raise NotFound from error
    match act:
        case RequestAct.PASS:
            services.pass_request(
                request_id=request_id, actor=actor, calendar=current_calendar(), at=at, words=words
            )
        case RequestAct.RETURN:
            services.return_request(request_id=request_id, words=words, actor=actor, at=at)
        case RequestAct.GRANT:
            answer = services.Answer(
                fields=tuple(typed.getlist("fields")),
                row_condition=typed.get("row_condition", ""),
                daily_quota=forms.number_typed(typed, "daily_quota"),
                until=forms.day_typed(typed, "until") if typed.get("until") else None,
            )
            services.grant_request(request_id=request_id, answer=answer, actor=actor, at=at, words=words)
        case RequestAct.REFUSE:
            services.refuse_request(
                request_id=request_id,
                words=typed.get("reason", ""),
                clause=typed.get("clause", ""),
                actor=actor,
                at=at,
            )
        case RequestAct.WITHDRAW:
            services.withdraw_request(request_id=request_id, actor=actor, at=at)
        case _:
            raise NotFound
    messages.success(request, str(DONE[act]))
    return redirect("data:request", request_id=request_id)
