"""
Home: search in the middle, four doors, themes, life events, figures.
"""

from collections.abc import Mapping
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tongban.business.catalogue import selectors as catalogue
from tongban.business.catalogue.selectors import BrowseQuery, CatalogueCounts, CodeFacts
from tongban.foundation.calendar import current_calendar
from tongban.foundation.clock import civil_date, now
from tongban.foundation.worktime import DayKind, WorkCalendar
from tongban.portal.site.values import (
    EVENT_ICON,
    PERSON_THEME_ICONS,
    THEME_ICON,
    EventTile,
    Figure,
    ThemeTile,
    Today,
)
from tongban.portal.site.views.words import actor_of, item_line, said, weekday_words

READY_ITEMS = 5
HOME_THEMES = 12
HOME_EVENTS = 6


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """
    Show the home page. Five queries at most, however much the catalogue holds.
    """
    actor = actor_of(request)
    counts = catalogue.catalogue_counts(actor=actor)
    person_themes = theme_tiles(
        catalogue.code_list(code="PERSON_THEME", actor=actor), counts.by_person_theme, PERSON_THEME_ICONS
    )
    legal_themes = sum(1 for count in counts.by_legal_theme.values() if count)
    events = event_tiles(catalogue.code_list(code="LIFE_EVENT", actor=actor), counts)
    ready = catalogue.browse(query=BrowseQuery(online_only=True), actor=actor, limit=READY_ITEMS)
    context = {
        "counts": counts,
        "person_theme_count": len(person_themes),
        "legal_theme_count": legal_themes,
        "themes": most(person_themes, HOME_THEMES),
        "events": events[:HOME_EVENTS],
        "event_icon": EVENT_ICON,
        "ready": [item_line(offering) for offering in ready.items],
        "today": today_line(civil_date(now()), current_calendar()),
        "figures": figures(counts),
    }
    return render(request, "site/home.html", context)


def theme_tiles(
    codes: list[CodeFacts], counted: Mapping[str, int], icons: Mapping[str, str]
) -> tuple[ThemeTile, ...]:
    """
    Return the themes that hold something, in their official order.
    """
    return tuple(
        ThemeTile(
            code=code.code,
            name=said(code.name, code.name_en),
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
            name=said(code.name, code.name_en),
            count=counts.by_life_event[code.code],
        )
        for code in codes
        if counts.by_life_event.get(code.code)
    )


def today_line(day: date, calendar: WorkCalendar) -> Today:
    """
    Return what `day` is, and from when the days of a limit count for what is handed in on it.
    """
    named = calendar.day(day)
    match named.kind:
        case DayKind.WORKDAY:
            kind = _("工作日")
        case DayKind.MAKE_UP_WORKDAY:
            kind = _("调休上班日")
        case DayKind.WEEKEND:
            kind = _("休息日")
        case DayKind.HOLIDAY:
            kind = _("法定节假日")
    return Today(
        day=day,
        weekday=weekday_words(day),
        kind=kind,
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
