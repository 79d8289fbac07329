"""
待办: one list, the nearest legal date first, with the chosen case beside it.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tongban.business.casework import selectors as casework
from tongban.business.casework.values import CaseStatus
from tongban.business.handling import selectors as handling
from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.calendar import current_calendar
from tongban.foundation.clock import civil_date
from tongban.portal.desk.views.cases import panel_context
from tongban.portal.desk.views.frame import LIGHTS, chips, desk_page, left_words, sees_cases, staff
from tongban.support.identity.values import Post

CHANNELS = {
    "0": gettext_noop("窗口"),
    "1": gettext_noop("网上"),
    "2": gettext_noop("手机"),
    "9": gettext_noop("接口"),
}
HANDLING_POSTS = frozenset({Post.REVIEW.value, Post.DECISION.value})


@dataclass(frozen=True, kw_only=True, slots=True)
class InboxRow:
    """
    One case that waits.
    """

    number: str
    tail: str
    """Last digits, as people call a case."""
    service_name: str
    applicant: str
    stage: str
    channel: str
    due: date | None
    due_state: str
    left: str
    is_late: bool
    href: str
    panel: str
    is_chosen: bool


@never_cache
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """
    Show what waits for the actor; `?case=` chooses the one beside the list.
    """
    actor = staff(request)
    at = clock.now()
    view = request.GET.get("view") or ("work" if actor.posts & HANDLING_POSTS else "all")
    text = request.GET.get("q", "").strip()
    chosen = request.GET.get("case", "")
    cursor = request.GET.get("cursor") or None
    if not sees_cases(actor):
        rows: list[InboxRow] = []
        following: str | None = None
    elif view == "work" and not text:
        rows, following = _work_rows(actor, chosen=chosen, cursor=cursor, at=at)
    else:
        rows, following = _case_rows(actor, view=view, text=text, chosen=chosen, cursor=cursor, at=at)
    context = {
        "rows": rows,
        "view": view,
        "text": text,
        "has_work": bool(actor.posts & HANDLING_POSTS),
        "next_url": _with(request, cursor=following) if following else "",
        "first_url": _with(request, cursor=None) if cursor else "",
        "panel": _panel(actor, rows, chosen, at=at),
        "chips": chips(),
    }
    return desk_page(request, "desk/inbox.html", context, actor=actor, current="inbox", at=at)


def _panel(actor: Actor, rows: list[InboxRow], chosen: str, *, at: datetime) -> dict[str, Any] | None:
    """
    Return the case beside the list: the chosen one, else the first, which is the most urgent.
    """
    if chosen:
        return panel_context(actor, chosen, at=at)
    return panel_context(actor, rows[0].number, at=at) if rows else None


def _case_rows(
    actor: Actor, *, view: str, text: str, chosen: str, cursor: str | None, at: datetime
) -> tuple[list[InboxRow], str | None]:
    today = civil_date(at)
    statuses = next((chip.statuses for chip in chips() if chip.key == view), ())
    wanted = casework.CaseFilter(statuses=statuses, text=text, due_before=today if view == "late" else None)
    page = casework.inbox(actor=actor, wanted=wanted, on=today, calendar=current_calendar(), cursor=cursor)
    rows = [
        _row(
            number=row.number,
            service_name=row.service_name,
            applicant=row.applicant_masked,
            stage=str(row.status.label),
            channel=_(CHANNELS.get(row.channel, "网上")),
            due=row.due,
            due_state=LIGHTS[row.colour.value] if row.colour else "none",
            left=row.left,
            chosen=chosen,
        )
        for row in page.items
    ]
    return rows, page.next_cursor


def _work_rows(
    actor: Actor, *, chosen: str, cursor: str | None, at: datetime
) -> tuple[list[InboxRow], str | None]:
    today = civil_date(at)
    page = handling.work_items(actor=actor, cursor=cursor)
    rows = []
    for item in page.items:
        status = CaseStatus.SUSPENDED if item.is_stopped else CaseStatus.ACCEPTED
        colour, left = casework.light(due=item.due, status=status, on=today, calendar=current_calendar())
        stage = str(item.stage.label)
        holder = _("我") if item.is_mine else item.claimed_name
        rows.append(
            _row(
                number=item.case_number,
                service_name=item.service_name,
                applicant=item.applicant_masked,
                stage=f"{stage} · {holder}" if holder else stage,
                channel="",
                due=item.due,
                due_state=LIGHTS[colour.value] if colour else "none",
                left=left,
                chosen=chosen,
            )
        )
    return rows, page.next_cursor


def _row(
    *,
    number: str,
    service_name: str,
    applicant: str,
    stage: str,
    channel: str,
    due: date | None,
    due_state: str,
    left: int,
    chosen: str,
) -> InboxRow:
    return InboxRow(
        number=number,
        tail=number[-4:],
        service_name=service_name,
        applicant=applicant,
        stage=stage,
        channel=channel,
        due=due,
        due_state=due_state,
        left=left_words(left, due_state) if due or due_state == "paused" else "—",
        is_late=due_state == "late",
        href=reverse("desk:case-show", kwargs={"number": number}),
        panel=reverse("desk:case-panel", kwargs={"number": number}),
        is_chosen=number == chosen,
    )


def _with(request: HttpRequest, *, cursor: str | None) -> str:
    query = request.GET.copy()
    query.pop("cursor", None)
    query.pop("case", None)
    if cursor:
        query["cursor"] = cursor
    return f"?{query.urlencode()}"
