"""
The inbox.
"""

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from tongban.foundation import clock
from tongban.foundation.errors import NotAuthenticated
from tongban.support.identity.selectors import actor_of
from tongban.support.messaging import selectors, services


@never_cache
@require_safe
def show_inbox(request: HttpRequest) -> HttpResponse:
    """
    Show one's own messages, newest first, a page at a time.
    """
    actor = actor_of(request)
    if not actor.is_person:
        # Staff are told where their desk is, as on the other pages for applicants.
        raise NotAuthenticated
    cursor = request.GET.get("cursor") or None
    page = selectors.inbox(actor=actor, cursor=cursor)
    context = {"page": page, "is_first": cursor is None, "unread_count": selectors.unread_count(actor=actor)}
    return render(request, "workspace/message_list.html", context)


@never_cache
@require_safe
def show_message(request: HttpRequest, message_id: uuid.UUID) -> HttpResponse:
    """
    Show one message; opening it is reading it.
    """
    actor = actor_of(request)
    message = selectors.message(message_id=message_id, actor=actor)
    if not message.is_read and request.method == "GET":
        services.mark_read(message_id=message_id, actor=actor, at=clock.now())
    return render(request, "workspace/message_show.html", {"message": message})


@require_POST
def mark_all_read(request: HttpRequest) -> HttpResponse:
    """
    Mark everything as read.
    """
    services.mark_all_read(actor=actor_of(request), at=clock.now())
    return redirect("workspace:message-list")
