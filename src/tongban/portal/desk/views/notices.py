"""
What a member of staff was told: alarms, for those who look after security.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from tongban.foundation import clock
from tongban.portal.desk.views.frame import desk_page, staff
from tongban.portal.desk.views.lists import page_url
from tongban.support.messaging import selectors, services


@never_cache
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """
    Show one's own messages, newest first, a page at a time.
    """
    actor = staff(request)
    cursor = request.GET.get("cursor") or None
    page = selectors.notices(actor=actor, cursor=cursor)
    context = {
        "items": page.items,
        "unread_count": selectors.unread_notices(actor=actor),
        "next_url": page_url(request, page.next_cursor) if page.next_cursor else "",
        "first_url": page_url(request, None) if cursor else "",
    }
    return desk_page(request, "desk/messages.html", context, actor=actor, current="messages", at=clock.now())


@require_POST
def mark_all_read(request: HttpRequest) -> HttpResponse:
    """
    Mark everything as read.
    """
    services.mark_notices_read(actor=staff(request), at=clock.now())
    return redirect("desk:message-list")
