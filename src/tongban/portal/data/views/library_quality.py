"""
办件库: what came from where, what was wrong with it, and to whom rows go back.
"""

from collections.abc import Iterator
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.errors import InvalidInput
from tongban.foundation.paging import page_url
from tongban.foundation.sheets import csv_lines
from tongban.portal.data.views.frame import data_page, staff
from tongban.resources.caselibrary import selectors, services
from tongban.resources.caselibrary.values import FaultRow
from tongban.resources.exchange import ports as exchange
from tongban.resources.registers import selectors as registers

QUALITY: Final = "library-quality"
SOURCES: Final = "library-sources"
MOST_PAGES: Final = 200


@never_cache
@require_safe
def show_quality(request: HttpRequest) -> HttpResponse:
    """
    Show what was wrong with rows, by source, and the rows themselves.
    """
    actor = staff(request)
    node, _slash, system = request.GET.get("source", "").partition("/")
    code = request.GET.get("code", "")
    is_open = request.GET.get("state", "") != "all"
    page = selectors.faults(
        actor=actor,
        node=node,
        system=system,
        code=code,
        is_open=is_open,
        cursor=request.GET.get("cursor") or None,
    )
    counts = selectors.fault_counts(actor=actor)
    context = {
        "faults": page.items,
        "name_of": exchange.neighbours().name_of,
        "counts": counts,
        "sources": sorted({f"{one[0]}/{one[1]}" for one in counts}),
        "source": request.GET.get("source", ""),
        "is_open": is_open,
        "next_url": page_url(request, page.next_cursor) if page.next_cursor else "",
        "first_url": page_url(request, None) if request.GET.get("cursor") else "",
    }
    return data_page(request, "data/library_quality.html", context, actor=actor, current=QUALITY)


@never_cache
@require_safe
def export_faults(request: HttpRequest) -> StreamingHttpResponse:
    """
    Hand out what is wrong now, as CSV, for those who mend the data.
    """
    actor, at = staff(request), clock.now()
    selectors.faults(actor=actor, limit=1)
    headings = [
        _("来源节点"), _("来源系统"), _("类别"), _("办件编号"), _("分项"), _("差错类型"), _("差错说明"), _("发现时间"),
        _("发现节点"),
    ]  # fmt: skip
    rows = (
        (
            fault.node,
            fault.system,
            str(fault.kind.label),
            fault.case_number,
            fault.part,
            fault.code,
            fault.text,
            fault.found_at.astimezone(clock.CHINA).strftime("%Y-%m-%d %H:%M"),
            fault.found_by or exchange.neighbours().own_code,
        )
        for fault in _all_faults(actor)
    )
    response = StreamingHttpResponse(csv_lines(headings, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="faults-{at:%Y%m%d}.csv"'
    return response


@never_cache
@require_safe
def show_sources(request: HttpRequest) -> HttpResponse:
    """
    Show every system that tells rows, when the last came, and to which nodes rows go back.
    """
    actor = staff(request)
    return _sources(request, actor, {}, status=200)


@require_POST
def begin_push_back(request: HttpRequest) -> HttpResponse:
    """
    Give rows of a division back to its node from now on.
    """
    actor = staff(request)
    try:
        services.begin_push_back(
            division_code=request.POST.get("division", "").strip(),
            node=request.POST.get("node", "").strip(),
            actor=actor,
            at=clock.now(),
        )
    except InvalidInput as error:
        return _sources(request, actor, error.fields, status=error.status)
    messages.success(request, _("已开通回流，从现在起到达的办件会发给该节点"))
    return redirect("data:library-sources")


@require_POST
def end_push_back(request: HttpRequest, push_back_id: int) -> HttpResponse:
    """
    Give nothing more back.

    :raises PushBackUnknown: there is no such, or it has ended
    """
    services.end_push_back(push_back_id=push_back_id, actor=staff(request), at=clock.now())
    messages.success(request, _("已停止回流，对方已收到的办件不变"))
    return redirect("data:library-sources")


def _sources(request: HttpRequest, actor: Actor, errors: dict[str, Any], *, status: int) -> HttpResponse:
    neighbours = exchange.neighbours()
    context = {
        "sources": selectors.sources(actor=actor),
        "push_backs": selectors.push_backs(actor=actor),
        "divisions": divisions_of(actor),
        "nodes": [(peer.code, peer.name) for peer in (*neighbours.children, *neighbours.others)],
        "may_push_back": selectors.may_push_back(actor=actor),
        "typed": request.POST,
        "errors": errors,
    }
    return data_page(
        request, "data/library_sources.html", context, actor=actor, current=SOURCES, status=status
    )


def divisions_of(actor: Actor) -> list[tuple[str, str]]:
    """
    Return code and name of the divisions in the actor's area, for a list to choose from.
    """
    inside = registers.divisions_inside(code=actor.division_code or "", actor=actor)
    return [(one.code, one.name) for one in inside]


def _all_faults(actor: Actor) -> Iterator[FaultRow]:
    cursor: str | None = None
    for _page in range(MOST_PAGES):
        page = selectors.faults(actor=actor, cursor=cursor)
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return
