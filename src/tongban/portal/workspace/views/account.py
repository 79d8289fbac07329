"""
One's own account: what is known, the password, the devices that are logged in.
"""

import uuid
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongban.business.casework import selectors as casework
from tongban.foundation import clock
from tongban.foundation.actors import Actor, MandateFunction
from tongban.foundation.calendar import current_calendar
from tongban.foundation.clock import civil_date
from tongban.foundation.errors import InvalidInput, NotAuthenticated, NotFound, ServiceError
from tongban.portal.apply.selectors import open_drafts
from tongban.portal.workspace import forms
from tongban.portal.workspace.views.cases import CaseLine, case_lines
from tongban.portal.workspace.views.licences import wallet_cards
from tongban.portal.workspace.views.login import home_of, sentence_of, with_waiting_time
from tongban.support.identity import selectors, services
from tongban.support.identity.selectors import actor_of
from tongban.support.messaging import selectors as messaging

LATEST_CASES = 20
"""Among these the page looks for what has to be done now."""
SHOWN_CASES = 5
SHOWN_DRAFTS = 3
SHOWN_CARDS = 2


@never_cache
@require_safe
def show_home(request: HttpRequest) -> HttpResponse:
    """
    Show what to do now, one's cases with their last legal days, drafts, licences, messages; staff work at the desk.

    Six queries, however much there is.
    """
    actor = actor_of(request)
    if actor.is_staff:
        return HttpResponseRedirect(home_of(actor))
    at = clock.now()
    profile = selectors.profile(actor=actor)
    may_query = may_use(actor, MandateFunction.QUERY)
    lines = _latest_cases(actor, at=at) if may_query else []
    cards = wallet_cards(actor=actor, on=civil_date(at)) if may_query else []
    context = {
        "profile": profile,
        "unread_count": messaging.unread_count(actor=actor),
        "tasks": [line for line in lines if line.action],
        "lines": lines[:SHOWN_CASES],
        "has_more_cases": len(lines) > SHOWN_CASES,
        "drafts": open_drafts(actor=actor, limit=SHOWN_DRAFTS)
        if may_use(actor, MandateFunction.APPLY)
        else [],
        "cards": cards[:SHOWN_CARDS],
        "card_count": len(cards),
    }
    return render(request, "workspace/account_home.html", context)


def may_use(actor: Actor, function: MandateFunction) -> bool:
    """
    Return whether a part of a page is anything to the actor: his own, or covered by the mandate he acts by.
    """
    return actor.acting_for is None or function in actor.acting_for.functions


def _latest_cases(actor: Actor, *, at: datetime) -> list[CaseLine]:
    page = casework.cases(
        actor=actor,
        wanted=casework.CaseFilter(),
        on=civil_date(at),
        calendar=current_calendar(),
        limit=LATEST_CASES,
    )
    return case_lines(page.items, actor=actor)


@never_cache
@require_safe
def show_account(request: HttpRequest) -> HttpResponse:
    """
    Show what the node knows about the account's owner, masked.
    """
    return render(
        request,
        "workspace/account_show.html",
        {"profile": selectors.profile(actor=actor_of(request)), "details": None},
    )


@never_cache
@require_POST
def reveal_details(request: HttpRequest) -> HttpResponse:
    """
    Show one's own data in clear, once; that it was shown is written down.
    """
    actor = actor_of(request)
    details = services.reveal_own(actor=actor, at=clock.now())
    context = {"profile": selectors.profile(actor=actor), "details": details}
    return render(request, "workspace/account_show.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def change_password(request: HttpRequest) -> HttpResponse:
    """
    Change one's own password; other devices are logged out by it.
    """
    actor = actor_of(request)
    _require_login(request)
    if request.method == "GET":
        return render(request, "workspace/account_password.html", {"form": forms.ChangePassword()})
    form = forms.ChangePassword(request.POST)
    if not form.is_valid():
        return render(request, "workspace/account_password.html", {"form": form}, status=422)
    try:
        services.change_password(
            password=form.cleaned_data["password"],
            new_password=form.cleaned_data["new_password"],
            actor=actor,
            at=clock.now(),
            keep_sign_in_id=selectors.sign_in_of(request.session),
        )
    except ServiceError as error:
        if isinstance(error, InvalidInput):
            form.blame(error.fields)
        else:
            form.add_error(None, sentence_of(error))
        page = render(request, "workspace/account_password.html", {"form": form}, status=error.status)
        return with_waiting_time(page, error)
    request.session.cycle_key()
    messages.success(request, _("密码已修改，其他设备上的登录已全部退出"))
    return redirect("workspace:account-show")


@never_cache
@require_safe
def show_devices(request: HttpRequest) -> HttpResponse:
    """
    Show where one is logged in.
    """
    devices = selectors.devices(
        actor=actor_of(request), current=selectors.sign_in_of(request.session), at=clock.now()
    )
    return render(request, "workspace/account_devices.html", {"devices": devices})


@require_POST
def end_device(request: HttpRequest) -> HttpResponse:
    """
    Log one device out.
    """
    try:
        sign_in_id = uuid.UUID(request.POST.get("sign_in_id", ""))
    except ValueError as error:
        raise NotFound from error
    services.end_device(sign_in_id=sign_in_id, actor=actor_of(request), at=clock.now())
    messages.success(request, _("该设备已退出登录"))
    return redirect("workspace:device-list")


@require_POST
def end_everything(request: HttpRequest) -> HttpResponse:
    """
    Log out everywhere, here too.
    """
    services.end_everything(actor=actor_of(request), at=clock.now())
    request.session.flush()
    messages.success(request, _("所有设备都已退出登录"))
    return redirect("workspace:login")


def _require_login(request: HttpRequest) -> None:
    actor = actor_of(request)
    if not (actor.is_person or actor.is_staff):
        raise NotAuthenticated
