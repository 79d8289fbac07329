"""
查进度: how far a case is, for whoever holds its number and its query code, without logging in.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tongban.business.casework import selectors, services
from tongban.foundation import clock
from tongban.foundation.calendar import current_calendar
from tongban.foundation.errors import NotFound
from tongban.foundation.http import client_address
from tongban.foundation.languages import is_english
from tongban.portal.site.views.words import agency_names
from tongban.support.identity.selectors import actor_of


@never_cache
@require_http_methods(["GET", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """
    Ask for number and code, then show the progress. The code travels in the body, never in an address.

    Wrong tries are limited per address.
    """
    number = (request.POST.get("number") or request.GET.get("number", "")).strip()
    code = request.POST.get("code", "").strip()
    context: dict[str, Any] = {
        "number": number,
        "code": code,
        "errors": [],
        "complaints": {},
        "progress": None,
    }
    if request.method == "GET":
        return render(request, "site/progress.html", context)
    missing = [
        (name, text)
        for name, text, value in (
            ("number", _("请填写办件编号"), number),
            ("code", _("请填写查询码"), code),
        )
        if not value
    ]
    if missing:
        return render(
            request,
            "site/progress.html",
            {**context, "errors": missing, "complaints": dict(missing)},
            status=422,
        )
    try:
        found = services.progress_by_code(
            number=number,
            query_code=code,
            address=client_address(request),
            at=clock.now(),
            calendar=current_calendar(),
        )
    except NotFound:
        wrong = [("number", _("办件编号和查询码不匹配，请核对后重试"))]
        return render(
            request, "site/progress.html", {**context, "errors": wrong, "complaints": dict(wrong)}, status=404
        )
    english = is_english()
    names = agency_names([found.agency_code], actor=actor_of(request))
    context["progress"] = {
        "number": found.number,
        "name": found.service_name_en if english and found.service_name_en else found.service_name,
        "agency": names.get(found.agency_code, found.agency_name),
        "status": found.status.label,
        "due_state": selectors.due_state(found.clock),
        "entries": selectors.timeline_entries(found.timeline, found.clock),
        "explanations": selectors.explain(found.clock),
        "needs_correction": found.needs_correction,
        "submitted_at": found.submitted_at,
    }
    return render(request, "site/progress.html", context)
