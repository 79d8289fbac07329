"""
Home: search in the middle, four doors, themes, life events, figures.
"""

from collections.abc import Mapping
from datetime import date, datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tongban.business.casework import selectors as casework
from tongban.business.casework.values import CaseStatus
from tongban.business.catalogue import selectors as catalogue
from tongban.business.catalogue.selectors import BrowseQuery, CatalogueCounts, CodeFacts
from tongban.foundation.actors import Actor
from tongban.foundation.calendar import current_calendar
from tongban.foundation.clock import civil_date, now
from tongban.foundation.languages import in_language
from tongban.foundation.worktime import DayKind, WorkCalendar
from tongban.portal.site.values import (
    EVENT_ICON,
    PERSON_THEME_ICONS,
    THEME_ICON,
    EventTile,
    Figure,
    MyCase,
    ThemeTile,
    Today,
)
from tongban.portal.site.views.words import item_line, weekday_words
from tongban.support.identity.selectors import actor_of

READY_ITEMS = 5
HOME_THEMES = 12
HOME_EVENTS = 6
MY_CASES = 3
#: Light of each colour of the legal clock.
LIGHTS = {"GREEN": "on_time", "YELLOW": "soon", "RED": "late", "GREY": "paused"}


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """
    Show the home page. Three queries, one more for somebody who is logged in; one to count offerings, once a minute.
    """
    actor = actor_of(request)
    counts = catalogue.catalogue_counts(actor=actor)
    person_themes = theme_tiles(
        catalogue.code_list(code="PERSON_THEME", actor=actor), counts.by_person_theme, PERSON_THEME_ICONS
    )
    legal_themes = sum(1 for count in counts.by_legal_theme.values() if count)
    events = event_tiles(catalogue.code_list(code="LIFE_EVENT", actor=actor), counts)
    ready = catalogue.browse(query=BrowseQuery(online_only=True), actor=actor, limit=READY_ITEMS)
    at = now()
    context = {
        "my_cases": my_cases(actor, at=at),
        "counts": counts,
        "person_theme_count": len(person_themes),
        "legal_theme_count": legal_themes,
        "themes": most(person_themes, HOME_THEMES),
        "events": events[:HOME_EVENTS],
        "event_icon": EVENT_ICON,
        "ready": [item_line(offering) for offering in ready.items],
        "today": today_line(civil_date(at), current_calendar()),
        "figures": figures(counts),
    }
    return render(request, "site/home.html", context)


def my_cases(actor: Actor, *, at: datetime) -> tuple[MyCase, ...]:
    """
    Return the reader's latest cases; none for who is not logged in. One query.
    """
    if not actor.is_person:
        return ()
    page = casework.cases(
        actor=actor,
        wanted=casework.CaseFilter(),
        on=civil_date(at),
        calendar=current_calendar(),
        limit=MY_CASES,
    )
    return tuple(
        MyCase(
            number=row.number,
            name=in_language(row.service_name, row.service_name_en),
            status=str(row.status.label),
            due=row.due,
            light=LIGHTS[row.colour.value] if row.colour else "done",
            needs_correction=row.status is CaseStatus.CORRECTION,
        )
        for row in page.items
    )


def theme_tiles(
    codes: list[CodeFacts], counted: Mapping[str, int], icons: Mapping[str, str]
) -> tuple[ThemeTile, ...]:
    """
    Return the themes that hold something, in their official order.
    """
    return tuple(
        ThemeTile(
            code=code.code,
            name=in_language(code.name, code.name_en),
            count=counted[code.code],
            icon=icons.get(code.code, THEME_ICON),
        )
        for code in codes
        if counted.get(code.code)
    )


def most(themes: tuple[ThemeTile, ...], limit: int) -> tuple[ThemeTile, ...]:
    """
    Return the `limit` fullest themes, still in their official order.
    """
    fullest = sorted(themes, key=lambda theme: -theme.count)[:limit]
    return tuple(theme for theme in themes if theme in fullest)


def event_tiles(codes: list[CodeFacts], counts: CatalogueCounts) -> tuple[EventTile, ...]:
    """
    Return the life events that hold something.
    """
    return tuple(
        EventTile(
            code=code.code,
            name=in_language(code.name, code.name_en),
            count=counts.by_life_event[code.code],
        )
        for code in codes
        if counts.by_life_event.get(code.code)
    )


def today_line(day: date, calendar: WorkCalendar) -> Today:
    """
    Return what `day` is, and from when the days of a limit count for what is handed in on it.
    """
    kinds = {
        DayKind.WORKDAY: _("工作日"),
        DayKind.MAKE_UP_WORKDAY: _("调休上班日"),
        DayKind.WEEKEND: _("休息日"),
        DayKind.HOLIDAY: _("法定节假日"),
    }
    return Today(
        day=day,
        weekday=weekday_words(day),
        kind=kinds[calendar.day(day).kind],
        counts_from=calendar.next_working_day(calendar.working_day_from(day)),
    )


def figures(counts: CatalogueCounts) -> tuple[Figure, ...]:
    """
    Return what the node discloses of itself: only what was counted for this page.
    """
    return (
        Figure(name=_("公开事项"), value=counts.total, note=_("项")),
        Figure(name=_("可在本站申请"), value=counts.online, note=_("项")),
        Figure(name=_("提供服务的部门"), value=len(counts.by_agency), note=_("个")),
    )
