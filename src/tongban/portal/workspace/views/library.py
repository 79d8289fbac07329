"""
其他系统的办件: one's cases in systems of agencies and at nodes below, as the case library knows them.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tongban.foundation.paging import page_url
from tongban.portal.workspace.views.cases import person_of
from tongban.resources.caselibrary import selectors
from tongban.resources.caselibrary.values import CaseState
from tongban.resources.exchange import ports as exchange

OWN_SYSTEM = "tongban"
"""System of the library whose cases at this node are those of 我的办件."""


@never_cache
@require_safe
def show_list(request: HttpRequest) -> HttpResponse:
    """
    Show one's own cases that other systems handle, the latest first. They can be looked at, not handled, here.

    :raises NotPermitted: somebody acts for another
    """
    actor = person_of(request)
    cursor = request.GET.get("cursor") or None
    page = selectors.own_cases(actor=actor, cursor=cursor, but_system=OWN_SYSTEM)
    context = {
        "lines": [(row, CaseState(row.state).label, _place(row.node)) for row in page.items],
        "next_url": page_url(request, page.next_cursor) if page.next_cursor else "",
        "first_url": reverse("workspace:case-systems") if cursor else "",
    }
    return render(request, "workspace/case_systems.html", context)


def _place(node: str) -> str:
    """
    Return what a node is called; nothing for this one, and where only a code is known.
    """
    name = exchange.neighbours().name_of(node)
    return "" if name == node else name
