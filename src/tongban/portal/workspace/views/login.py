"""
Logging in and out.
"""

import uuid
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.errors import ServiceError, TooManyRequests
from tongban.portal.workspace import forms
from tongban.support.identity import services
from tongban.support.identity.selectors import actor_of
from tongban.support.identity.values import AccountKind, LoginReceipt

SECONDS_OF_A_MINUTE = 60


@never_cache
@require_http_methods(["GET", "POST"])
def log_in(request: HttpRequest) -> HttpResponse:
    """
    Ask who somebody is, at the door for persons or, with ?as=staff or on the way to the desk, at the one for staff.
    """
    values = request.POST if request.method == "POST" else request.GET
    target = values.get("next", "")
    door = values.get("as") or ("staff" if target.startswith(reverse("desk:inbox-show")) else "person")
    kind = AccountKind.STAFF if door == "staff" else AccountKind.PERSON
    if request.method == "GET":
        if actor_of(request).is_person or actor_of(request).is_staff:
            return HttpResponseRedirect(safe_target(request, target) or home_of(actor_of(request)))
        return _page(request, forms.LogIn(), kind=kind, target=target)
    form = forms.LogIn(request.POST)
    if not form.is_valid():
        return _page(request, form, kind=kind, target=target, status=422)
    try:
        receipt = _authenticate(request, form.cleaned_data, kind=kind)
    except ServiceError as error:
        form.add_error(None, sentence_of(error))
        return _page(request, form, kind=kind, target=target, status=error.status, error=error)
    open_session(request, receipt.account_id)
    default = reverse("workspace:home") if receipt.kind is AccountKind.PERSON else "/desk/"
    return HttpResponseRedirect(safe_target(request, target) or default)


@require_POST
def log_out(request: HttpRequest) -> HttpResponse:
    """
    Log out of this browser.
    """
    services.end_sign_in(session=request.session, actor=actor_of(request), at=clock.now())
    return redirect("workspace:login")


def open_session(request: HttpRequest, account_id: uuid.UUID) -> None:
    """
    Open a session for somebody who was just recognised; the session's and the forms' secrets are new after it.
    """
    services.begin_sign_in(
        session=request.session,
        account_id=account_id,
        address=address_of(request),
        user_agent=request.headers.get("User-Agent", ""),
        at=clock.now(),
    )
    rotate_token(request)


def safe_target(request: HttpRequest, target: str) -> str:
    """
    Return where to go next if it is a page of ours, else nothing: nobody is led elsewhere by a link to us.
    """
    is_ours = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if is_ours else ""


def home_of(actor: Actor) -> str:
    """
    Return the first page of somebody who is logged in.
    """
    return "/desk/" if actor.is_staff else reverse("workspace:home")


def address_of(request: HttpRequest) -> str | None:
    """
    Return the address the request came from; limits count by it.
    """
    address = getattr(request, "client_address", None)
    return address if isinstance(address, str) else None


def sentence_of(error: ServiceError) -> str:
    """
    Return what a person is told; of a limit, how long to wait.
    """
    if not isinstance(error, TooManyRequests):
        return str(error)
    seconds = error.retry_after_seconds
    if seconds <= SECONDS_OF_A_MINUTE:
        wait = ngettext(
            "操作过于频繁，请在 %(seconds)s 秒后再试", "操作过于频繁，请在 %(seconds)s 秒后再试", seconds
        )
        return wait % {"seconds": seconds}
    minutes = -(-seconds // SECONDS_OF_A_MINUTE)
    wait = ngettext(
        "操作过于频繁，请在 %(minutes)s 分钟后再试", "操作过于频繁，请在 %(minutes)s 分钟后再试", minutes
    )
    return wait % {"minutes": minutes}


def with_waiting_time(response: HttpResponse, error: ServiceError | None) -> HttpResponse:
    """
    Tell machines too how long to wait.
    """
    if isinstance(error, TooManyRequests):
        response["Retry-After"] = str(error.retry_after_seconds)
    return response


def _authenticate(request: HttpRequest, values: Mapping[str, Any], *, kind: AccountKind) -> LoginReceipt:
    return services.authenticate(
        login=values["login"],
        password=values["password"],
        kind=kind,
        actor=actor_of(request),
        address=address_of(request),
        at=clock.now(),
    )


def _page(
    request: HttpRequest,
    form: forms.LogIn,
    *,
    kind: AccountKind,
    target: str,
    status: int = 200,
    error: ServiceError | None = None,
) -> HttpResponse:
    context = {"form": form, "is_staff_door": kind is AccountKind.STAFF, "next": safe_target(request, target)}
    return with_waiting_time(render(request, "workspace/account_login.html", context, status=status), error)
