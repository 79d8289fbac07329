"""
存量账号: whether accounts of other systems are one's own; asked once, at the log-in after they came.
"""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tongban.foundation import clock
from tongban.foundation.errors import NotAuthenticated, NotFound
from tongban.portal.workspace.views.login import safe_target
from tongban.support.identity import selectors, services
from tongban.support.identity.selectors import actor_of

ANSWERS = {"mine": True, "not-mine": False}


@never_cache
@require_http_methods(["GET", "POST"])
def merge(request: HttpRequest) -> HttpResponse:
    """
    Ask about each account of another system, and keep the answer.
    """
    actor = actor_of(request)
    if not actor.is_person:
        raise NotAuthenticated
    values = request.POST if request.method == "POST" else request.GET
    target = safe_target(request, values.get("next", ""))
    if request.method == "POST":
        answer = request.POST.get("answer", "")
        if answer not in ANSWERS:
            raise NotFound
        services.confirm_merge(stock_id=_id(request), is_mine=ANSWERS[answer], actor=actor, at=clock.now())
        messages.success(request, _("账号已合并") if ANSWERS[answer] else _("两个账号保持分开"))
        query = urlencode({"next": target}) if target else ""
        return redirect(f"{reverse('workspace:merge')}{'?' if query else ''}{query}")
    waiting = selectors.pending_merges(actor=actor)
    if not waiting:
        return HttpResponseRedirect(target or reverse("workspace:account-show"))
    return render(request, "workspace/account_merge.html", {"accounts": waiting, "next": target})


def _id(request: HttpRequest) -> uuid.UUID:
    try:
        return uuid.UUID(request.POST.get("stock_id", ""))
    except ValueError as error:
        raise NotFound from error
