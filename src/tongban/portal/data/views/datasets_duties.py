"""
目录更新责任: which agencies must look their catalogue through, by when, and who is late. Also of the nodes below.
"""

from datetime import date
from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.errors import InvalidInput
from tongban.foundation.paging import page_url
from tongban.portal.data.views import sharing_forms
from tongban.portal.data.views.frame import data_page, staff
from tongban.resources.datasets import selectors, services
from tongban.resources.datasets.values import DutyReason

CURRENT: Final = "datasets-duties"


@never_cache
@require_http_methods(["GET", "POST"])
def show_duties(request: HttpRequest) -> HttpResponse:
    """
    Show what is due, those first that are longest due; a steward writes down what changed for the own agency.
    """
    actor, at = staff(request), clock.now()
    tried = sharing_forms.attempt(request, lambda: _record(request, actor))
    if isinstance(tried, HttpResponse):
        return tried
    is_open = request.GET.get("done") != "1"
    cursor = request.GET.get("cursor") or None
    page = selectors.duties(actor=actor, at=at, is_open=is_open, cursor=cursor)
    context = {
        "lines": page.items,
        "is_open": is_open,
        "may_record": selectors.may_compile(actor=actor),
        "reasons": DutyReason.choices,
        "typed": request.POST,
        "errors": tried.errors,
        "refusal": tried.refusal,
        "next_url": page_url(request, page.next_cursor) if page.next_cursor else "",
        "first_url": page_url(request, None) if cursor else "",
    }
    return data_page(
        request, "data/datasets_duties.html", context, actor=actor, current=CURRENT, status=tried.status
    )


@never_cache
@require_POST
def settle(request: HttpRequest, duty_id: UUID) -> HttpResponse:
    """
    Say that the catalogue was looked through.
    """
    services.settle_duty(duty_id=duty_id, actor=staff(request), at=clock.now())
    messages.success(request, _("已记为完成"))
    return redirect("data:datasets-duties")


def _record(request: HttpRequest, actor: Actor) -> HttpResponse:
    reason = request.POST.get("reason", "")
    if reason not in DutyReason.values:
        raise InvalidInput(fields={"reason": _("请选择")})
    try:
        occurred_on = date.fromisoformat(request.POST.get("occurred_on", ""))
    except ValueError as error:
        raise InvalidInput(fields={"occurred_on": _("请填写日期")}) from error
    services.record_duty(
        agency_code=actor.agency_code or "",
        agency_name=sharing_forms.agency_name(actor)(actor.agency_code or ""),
        division_code=actor.division_code or "",
        reason=DutyReason(reason),
        text=request.POST.get("text", ""),
        occurred_on=occurred_on,
        actor=actor,
        at=clock.now(),
    )
    messages.success(request, _("已登记，15 个工作日内更新目录"))
    return redirect("data:datasets-duties")
