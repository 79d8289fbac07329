"""
无结果搜索: what people asked for and did not find; the to-do list of whoever keeps the lexicon.
"""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tongban.foundation import clock
from tongban.foundation.clock import civil_date
from tongban.portal.desk.views.frame import desk_page, staff
from tongban.portal.desk.views.lists import page_url
from tongban.support.search import selectors as search

SPANS_DAYS = (7, 30, 90)
USUAL_SPAN_DAYS = 30


@never_cache
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """
    Show the queries that found nothing in the last days, the most frequent first.

    :raises NotPermitted: the actor keeps neither the catalogue nor supervises
    """
    actor, at = staff(request), clock.now()
    given = request.GET.get("days", "")
    days = int(given) if given in {str(span) for span in SPANS_DAYS} else USUAL_SPAN_DAYS
    cursor = request.GET.get("cursor") or None
    until = civil_date(at)
    since = until - timedelta(days=days - 1)
    page = search.unanswered_searches(actor=actor, since=since, until=until, cursor=cursor)
    context = {
        "lines": page.items,
        "spans": [
            (f"?days={span}", _("近 %(days)s 天") % {"days": span}, span == days) for span in SPANS_DAYS
        ],
        "since": since,
        "until": until,
        "next_url": page_url(request, page.next_cursor) if page.next_cursor else "",
        "first_url": page_url(request, None) if cursor else "",
    }
    return desk_page(request, "desk/search_report.html", context, actor=actor, current="searches", at=at)
