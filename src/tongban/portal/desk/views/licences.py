"""
证照: search over the licences of the actor's agency or area, and the page of one.

What is looked for may be the number of somebody's identity card. It is sent as a form, and the address of the list
carries it sealed: paging, going back and reloading work, and neither a log nor a history shows it.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tongban.business.casework.selectors import TimelineEntry
from tongban.business.licences import selectors as licences
from tongban.business.licences.values import (
    Act,
    LicenceDetail,
    LicenceEventFacts,
    LicenceEventKind,
    LicenceStatus,
    LicenceSummary,
)
from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.languages import in_language
from tongban.portal.desk.views.cases import Button
from tongban.portal.desk.views.frame import (
    desk_page,
    staff,
)
from tongban.portal.desk.views.licence_acts import GRAVE, SLUGS
from tongban.portal.desk.views.lists import opened_term, page_url, sealed_term

LONGEST_TEXT = 100
LOOKS = {
    LicenceStatus.VALID: ("good", "circle-check"),
    LicenceStatus.SUSPENDED: ("warn", "player-pause"),
    LicenceStatus.REVOKED: ("bad", "alert-circle"),
    LicenceStatus.CANCELED: ("", "minus"),
    LicenceStatus.EXPIRED: ("warn", "alert-triangle"),
    LicenceStatus.MOVED: ("", "send"),
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
    grade: str
    """可信等级, a letter."""
    is_usable: bool
    issued_at: datetime
    last_valid_date: date | None
    """None: without end."""
    href: str
    case_href: str
    """Page of the case it came from; empty where there is none."""
    file_id: UUID | None


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """
    Show licences, newest first, narrowed by a number or code and by status; a form sent leads to its list.
    """
    actor, at = staff(request), clock.now()
    if request.method == "POST":
        return redirect(_address(request, actor))
    status = request.GET.get("status", "")
    text = _looked_for(request, actor)
    cursor = request.GET.get("cursor") or None
    page = licences.search_licences(
        actor=actor,
        at=at,
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


@never_cache
@require_safe
def show_one(request: HttpRequest, identifier: str) -> HttpResponse:
    """
    Show one licence, its face masked, its life, and what can be done to it now.
    """
    actor, at = staff(request), clock.now()
    detail = licences.licence_detail(identifier=identifier, actor=actor, at=at)
    context = {
        "detail": detail,
        "line": _line(detail.summary),
        "name": in_language(detail.summary.type_name, detail.summary.type_name_en),
        "lines": [(in_language(line.label, line.label_en), line.value) for line in detail.face],
        "entries": [_entry(event) for event in detail.events],
        "buttons": [_button(act, detail) for act in detail.actions],
    }
    return desk_page(request, "desk/licence_show.html", context, actor=actor, current="licences", at=at)


def _entry(event: LicenceEventFacts) -> TimelineEntry:
    note = "；".join(part for part in (event.reason, event.legal_basis) if part)
    is_bad = event.kind in {LicenceEventKind.REVOKED, LicenceEventKind.CANCELED}
    return TimelineEntry(
        name=str(event.kind.label), at=event.at, note=note, state="bad" if is_bad else "done"
    )


def _button(act: Act, detail: LicenceDetail) -> Button:
    (slug,) = [slug for slug, known in SLUGS.items() if known is act]
    href = reverse("desk:licence-act", kwargs={"identifier": detail.summary.identifier, "act": slug})
    return Button(label=str(act.label), href=href, kind="danger" if act in GRAVE else "", key="")


def _address(request: HttpRequest, actor: Actor) -> str:
    text = request.POST.get("q", "").strip()[:LONGEST_TEXT]
    status = request.POST.get("status", "")
    query = {"find": sealed_term(text, actor=actor)} if text else {}
    if status in LicenceStatus.values:
        query["status"] = status
    here = reverse("desk:licence-list")
    return f"{here}?{urlencode(query)}" if query else here


def _looked_for(request: HttpRequest, actor: Actor) -> str:
    token = request.GET.get("find", "")
    text = opened_term(token, actor=actor) if token else ""
    if text is None:
        messages.warning(request, _("这个查找链接不是您的或已失效，请重新填写查找条件"))
        return ""
    return text


def _line(row: LicenceSummary) -> LicenceLine:
    return LicenceLine(
        identifier=row.identifier,
        number=row.number,
        type_name=in_language(row.type_name, row.type_name_en),
        holder=row.holder_name,
        status=str(row.status.label),
        look=LOOKS[row.status],
        grade=row.grade.value,
        is_usable=row.is_usable,
        issued_at=row.issued_at,
        last_valid_date=row.last_valid_date,
        href=reverse("desk:licence-show", kwargs={"identifier": row.identifier}),
        case_href=reverse("desk:case-show", kwargs={"number": row.case_number}) if row.case_number else "",
        file_id=row.file_id,
    )
