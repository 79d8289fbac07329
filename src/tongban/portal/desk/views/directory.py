"""
办件: search over all cases the actor may see.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tongban.business.casework import selectors as casework
from tongban.business.casework.values import FINISHED, CaseStatus
from tongban.foundation import clock
from tongban.foundation.calendar import current_calendar
from tongban.foundation.clock import civil_date
from tongban.foundation.languages import in_language
from tongban.portal.desk import permissions
from tongban.portal.desk.views.frame import (
    LIGHTS,
    desk_page,
    left_words,
    staff,
)
from tongban.portal.desk.views.lists import page_url

LONGEST_TEXT = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseLine:
    """
    One case that was found.
    """

    number: str
    service_name: str
    applicant: str
    status: str
    submitted_at: datetime
    due: date | None
    due_state: str
    left: str
    """Working days left, in words; empty where nothing is due."""
    is_late: bool
    href: str


@never_cache
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """
    Show the cases of the actor's agency or area, newest first, narrowed by state and number.
    """
    actor, at = staff(request), clock.now()
    permissions.open_work.require(actor)
    status = request.GET.get("status", "")
    text = request.GET.get("q", "").strip()[:LONGEST_TEXT]
    cursor = request.GET.get("cursor") or None
    lines: list[CaseLine] = []
    following = None
    if casework.sees_cases(actor=actor):
        wanted = casework.CaseFilter(
            statuses=(CaseStatus(status),) if status in CaseStatus.values else (),
            text=text,
            open_only="open" in request.GET,
        )
        page = casework.cases(
            actor=actor, wanted=wanted, on=civil_date(at), calendar=current_calendar(), cursor=cursor
        )
        lines, following = [_line(row) for row in page.items], page.next_cursor
    context = {
        "lines": lines,
        "statuses": [(value, label) for value, label in CaseStatus.choices],
        "status": status,
        "text": text,
        "open_only": "open" in request.GET,
        "is_filtered": bool(status or text or "open" in request.GET),
        "next_url": page_url(request, following) if following else "",
        "first_url": page_url(request, None) if cursor else "",
    }
    return desk_page(request, "desk/case_list.html", context, actor=actor, current="cases", at=at)


def _line(row: casework.CaseRow) -> CaseLine:
    state = LIGHTS[row.colour.value] if row.colour else "done" if row.status in FINISHED else "none"
    is_counted = row.colour is not None and (row.due is not None or state == "paused")
    return CaseLine(
        number=row.number,
        service_name=in_language(row.service_name, row.service_name_en),
        applicant=row.applicant_masked,
        status=str(row.status.label),
        submitted_at=row.submitted_at,
        due=row.due if is_counted else None,
        due_state=state,
        left=left_words(row.left, state) if is_counted else "",
        is_late=state == "late",
        href=reverse("desk:case-show", kwargs={"number": row.number}),
    )
