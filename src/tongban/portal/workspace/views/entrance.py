"""
The door: who somebody is, by login and password.
"""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tongban.foundation import clock
from tongban.foundation.errors import ServiceError
from tongban.portal.workspace import forms
from tongban.portal.workspace.views.login import (
    address_of,
    home_of,
    safe_target,
    sentence_of,
    with_waiting_time,
)
from tongban.portal.workspace.views.second_factor import go_on_logging_in
from tongban.support.federation.selectors import login_choices
from tongban.support.identity import services
from tongban.support.identity.selectors import actor_of
from tongban.support.identity.values import AccountKind, LoginReceipt


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
    default = reverse("workspace:home") if receipt.kind is AccountKind.PERSON else "/desk/"
    return go_on_logging_in(request, receipt, target=safe_target(request, target) or default)


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
    context = {
        "form": form,
        "is_staff_door": kind is AccountKind.STAFF,
        "next": safe_target(request, target),
        "choices": login_choices(),
    }
    return with_waiting_time(render(request, "workspace/account_login.html", context, status=status), error)
