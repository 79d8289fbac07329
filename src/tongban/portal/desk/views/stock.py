"""
存量账号待核实: what two systems say about one number or mobile and cannot both be right; somebody looks and decides.
"""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from tongban.foundation import clock
from tongban.foundation.errors import NotFound
from tongban.portal.desk.views.frame import desk_page, staff
from tongban.portal.desk.views.lists import page_url
from tongban.support.identity import selectors, services
from tongban.support.identity.values import StockState

ANSWERS = {"same": True, "other": False}


@never_cache
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """
    Show what waits for a decision, oldest first.

    :raises NotPermitted: the actor is no system administrator
    """
    actor, at = staff(request), clock.now()
    cursor = request.GET.get("cursor") or None
    page = selectors.disputed_stock(actor=actor, cursor=cursor)
    context = {
        "accounts": page.items,
        "next_url": page_url(request, page.next_cursor) if page.next_cursor else "",
        "first_url": page_url(request, None) if cursor else "",
    }
    return desk_page(request, "desk/stock_list.html", context, actor=actor, current="stock", at=at)


@never_cache
@require_POST
def decide(request: HttpRequest, stock_id: uuid.UUID) -> HttpResponse:
    """
    Decide about one.
    """
    actor = staff(request)
    answer = request.POST.get("answer", "")
    if answer not in ANSWERS:
        raise NotFound
    state = services.decide_dispute(
        stock_id=stock_id, is_same_person=ANSWERS[answer], actor=actor, at=clock.now()
    )
    said = _("已确认是同一人，本人下次登录时确认合并")
    messages.success(request, said if state is StockState.PENDING else _("这个存量账号不采用"))
    return redirect("desk:stock-list")
