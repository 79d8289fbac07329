"""
待办: one list, the nearest legal date first, with the chosen case beside it.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tongban.business.casework import selectors as casework
from tongban.business.casework.values import CaseStatus
from tongban.business.handling import selectors as handling
from tongban.business.handling.values import Stage
from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.calendar import current_calendar
from tongban.foundation.clock import civil_date
from tongban.foundation.languages import in_language
from tongban.portal.desk.views.cases import panel_context
from tongban.portal.desk.views.frame import (
    LIGHTS,
    chips,
    console_of,
    counts_of,
    desk_page,
    left_words,
    staff,
)
from tongban.portal.desk.views.lists import page_url
from tongban.support.identity.values import Post

CHANNELS = {
    "0": gettext_noop("窗口"),
    "1": gettext_noop("网上"),
    "2": gettext_noop("手机"),
    "9": gettext_noop("接口"),
}
HANDLING_POSTS = frozenset({Post.REVIEW.value, Post.DECISION.value})
STAGE_VIEWS = {"review": Stage.REVIEW, "decision": Stage.DECISION}
"""Views that show one stage of the actor's work; both are offered to whoever holds both posts."""
WORK = "work"
SOON = "soon"
LATE = "late"
ALL = "all"

Link = tuple[str, str, bool, int | None]
"""A chip: address, name, whether it is on, count or None."""


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
    Show what waits for the actor; `?case=` chooses the one beside the list. Administrators go to their console.
    """
    actor = staff(request)
    if console := console_of(actor):
        return redirect(console)
    at = clock.now()
    view = _view(request, actor)
    text = request.GET.get("q", "").strip()
    chosen = request.GET.get("case", "")
    cursor = request.GET.get("cursor") or None
    if not casework.sees_cases(actor=actor):
        rows: list[InboxRow] = []
        following: str | None = None
    elif _is_work(view) and not text:
        stage = STAGE_VIEWS.get(view)
        rows, following = _work_rows(actor, stage=stage, chosen=chosen, cursor=cursor, at=at)
    else:
        rows, following = _case_rows(actor, view=view, text=text, chosen=chosen, cursor=cursor, at=at)
    counts = counts_of(actor, at=at)
    context = {
        "rows": rows,
        "view": view,
        "text": text,
        "links": [*_work_links(actor, view=view), *_case_links(counts, view=view)],
        "next_url": page_url(request, following, without=("case",)) if following else "",
        "first_url": page_url(request, None, without=("case",)) if cursor else "",
        "panel": _panel(actor, rows, chosen, at=at),
    }
    return desk_page(request, "desk/inbox.html", context, actor=actor, current="inbox", at=at, counts=counts)


def _view(request: HttpRequest, actor: Actor) -> str:
    """
    Return which filter is on; one that does not exist is everything.
    """
    has_work = bool(actor.posts & HANDLING_POSTS)
    wanted = request.GET.get("view") or (WORK if has_work else ALL)
    known = {LATE, SOON, *(chip.key for chip in chips())}
    known |= {WORK, *STAGE_VIEWS} if has_work else set()
    return wanted if wanted in known else ALL


def _is_work(view: str) -> bool:
    return view == WORK or view in STAGE_VIEWS


def _work_links(actor: Actor, *, view: str) -> list[Link]:
    """
    Return the chips of the actor's posts. One query, none for those who neither review nor decide.
    """
    held = actor.posts & HANDLING_POSTS
    if not held:
        return []
    waiting = handling.work_counts(actor=actor)
    links = [_link(WORK, _("我的岗位"), view=view, count=sum(waiting.values()))]
    if held == HANDLING_POSTS:
        links += [
            _link(key, str(stage.label), view=view, count=waiting.get(stage, 0))
            for key, stage in STAGE_VIEWS.items()
        ]
    return links


def _case_links(counts: casework.InboxCounts | None, *, view: str) -> list[Link]:
    """
    Return the chips of the cases, with the counts that the side bar asks for anyway.
    """
    by_status = counts.by_status if counts else {}
    return [
        _link(ALL, _("全部"), view=view, count=counts.total if counts else None),
        _link(LATE, _("超期"), view=view, count=counts.overdue if counts else None),
        _link(SOON, _("将到期"), view=view, count=counts.due_soon if counts else None),
        *(
            _link(
                chip.key,
                chip.name,
                view=view,
                count=sum(by_status.get(status.value, 0) for status in chip.statuses) if counts else None,
            )
            for chip in chips()
        ),
    ]


def _link(key: str, name: str, *, view: str, count: int | None) -> Link:
    return (f"{reverse('desk:inbox-show')}?view={key}", name, view == key, count)


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
    wanted = _wanted(view, text=text, on=today)
    page = casework.inbox(actor=actor, wanted=wanted, on=today, calendar=current_calendar(), cursor=cursor)
    rows = [
        _row(
            number=row.number,
            service_name=in_language(row.service_name, row.service_name_en),
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


def _wanted(view: str, *, text: str, on: date) -> casework.CaseFilter:
    if view == LATE:
        return casework.CaseFilter(text=text, due_before=on)
    if view == SOON:
        last = casework.last_soon_day(on=on, calendar=current_calendar())
        return casework.CaseFilter(text=text, due_from=on, due_before=last + timedelta(days=1))
    statuses = next((chip.statuses for chip in chips() if chip.key == view), ())
    return casework.CaseFilter(statuses=statuses, text=text)


def _work_rows(
    actor: Actor, *, stage: Stage | None, chosen: str, cursor: str | None, at: datetime
) -> tuple[list[InboxRow], str | None]:
    today = civil_date(at)
    page = handling.work_items(actor=actor, stage=stage, cursor=cursor)
    rows = []
    for item in page.items:
        status = CaseStatus.SUSPENDED if item.is_stopped else CaseStatus.ACCEPTED
        colour, left = casework.light(due=item.due, status=status, on=today, calendar=current_calendar())
        name = str(item.stage.label)
        holder = _("我") if item.is_mine else item.claimed_name
        if item.for_colleague:
            for_whom = _("代%(name)s") % {"name": item.for_colleague}
            holder = f"{holder} · {for_whom}" if item.is_mine else holder or for_whom
        rows.append(
            _row(
                number=item.case_number,
                service_name=in_language(item.service_name, item.service_name_en),
                applicant=item.applicant_masked,
                stage=f"{name} · {holder}" if holder else name,
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
