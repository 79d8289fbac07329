"""
证照: search over the licences of the actor's agency or area.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tongban.business.licences import selectors as licences
from tongban.business.licences.values import LicenceStatus, LicenceSummary
from tongban.foundation import clock
from tongban.foundation.clock import civil_date
from tongban.portal.desk.views.frame import desk_page, in_language, staff
from tongban.portal.desk.views.lists import page_url

LONGEST_TEXT = 100
LOOKS = {
    LicenceStatus.VALID: ("good", "circle-check"),
    LicenceStatus.SUSPENDED: ("warn", "player-pause"),
    LicenceStatus.REVOKED: ("bad", "alert-circle"),
    LicenceStatus.CANCELED: ("", "minus"),
    LicenceStatus.EXPIRED: ("warn", "alert-triangle"),
    LicenceStatus.REPLACED: ("", "minus"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class LicenceLine:
    """
    One licence that was found. Names of persons are masked.
    """

    identifier: str
    number: str
    type_name: str
    holder: str
    status: str
    look: tuple[str, str]
    """Kind and icon of the tag that shows the status."""
    issued_at: datetime
    last_valid_date: date | None
    """None: without end."""
    case_href: str
    file_id: UUID | None


@never_cache
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """
    Show licences, newest first, narrowed by a number or code and by status.
    """
    actor, at = staff(request), clock.now()
    status = request.GET.get("status", "")
    text = request.GET.get("q", "").strip()[:LONGEST_TEXT]
    cursor = request.GET.get("cursor") or None
    page = licences.search_licences(
        actor=actor,
        on=civil_date(at),
        text=text,
        status=LicenceStatus(status) if status in LicenceStatus.values else None,
        cursor=cursor,
    )
    context = {
        "lines": [_line(row) for row in page.items],
        "statuses": list(LicenceStatus.choices),
        "status": status,
        "text": text,
        "is_filtered": bool(status or text),
        "next_url": page_url(request, page.next_cursor) if page.next_cursor else "",
        "first_url": page_url(request, None) if cursor else "",
    }
    return desk_page(request, "desk/licence_list.html", context, actor=actor, current="licences", at=at)


def _line(row: LicenceSummary) -> LicenceLine:
    return LicenceLine(
        identifier=row.identifier,
        number=row.number,
        type_name=in_language(row.type_name, row.type_name_en),
        holder=row.holder_name,
        status=str(row.status.label),
        look=LOOKS[row.status],
        issued_at=row.issued_at,
        last_valid_date=row.last_valid_date,
        case_href=reverse("desk:case-show", kwargs={"number": row.case_number}) if row.case_number else "",
        file_id=row.file_id,
    )
