"""
工作日历: the table of working days, the packaged calendar it starts from, and loading a year.

The State Council announces the holidays of a year in November or December of the year before. Until then the
year is provisional; `load_year` replaces it when the notice is out and announces which years changed, so that
open cases are computed anew.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from threading import Lock
from time import monotonic

from django.db import transaction
from django.db.models import Count, Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, ngettext

from tongban.foundation import audit, policy
from tongban.foundation.actors import Actor
from tongban.foundation.calendar_rows import (
    CalendarFileRejected,
    CalendarRow,
    calendar_from_rows,
    packaged_calendar,
    packaged_rows,
    parse_calendar_csv,
)
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import InvalidInput
from tongban.foundation.events import announce
from tongban.foundation.models import CalendarDay
from tongban.foundation.policy import Decision, Reason, no, yes
from tongban.foundation.worktime import (
    CERTAIN_UNTIL_DECEMBER,
    DECEMBER,
    WorkCalendar,
    kind_of,
)

__all__ = [
    "CALENDAR_CHANGED",
    "CALENDAR_KEEPER",
    "CalendarFileRejected",
    "CalendarLoaded",
    "CalendarRow",
    "CalendarYearIncomplete",
    "calendar_from_rows",
    "current_calendar",
    "forget_calendar",
    "load_year",
    "packaged_calendar",
    "packaged_rows",
    "parse_calendar_csv",
    "seed_calendar",
]

#: Role of those who run the node; the value is that of `support.identity.values.Role`.
CALENDAR_KEEPER = "OPERATOR"
CALENDAR_CHANGED = "foundation.calendar_changed"
"""Topic announced by `load_year` and `seed_calendar`; payload {"years": [2027]}."""

SEED_SOURCE = "chinesecalendar 1.11（国务院办公厅历年放假安排）"
SEED_PROVISIONAL_SOURCE = "全国年节及纪念日放假办法（2024年修订）推算"
#: How long a process trusts its calendar before it asks whether the table has changed.
TRUSTED_SECONDS = 5.0

#: Names of days off and of the days worked instead, as the packaged calendar has them; pages translate them.
HOLIDAY_NAMES = (
    gettext_noop("元旦"),
    gettext_noop("元旦调休"),
    gettext_noop("春节"),
    gettext_noop("春节调休"),
    gettext_noop("清明节"),
    gettext_noop("清明节调休"),
    gettext_noop("劳动节"),
    gettext_noop("劳动节调休"),
    gettext_noop("端午节"),
    gettext_noop("端午节调休"),
    gettext_noop("中秋节"),
    gettext_noop("中秋节调休"),
    gettext_noop("中秋节、国庆节"),
    gettext_noop("国庆节"),
    gettext_noop("国庆节调休"),
    gettext_noop("抗战胜利纪念日"),
    gettext_noop("抗战胜利纪念日调休"),
)


#: year from which it holds -> (holidays, their days in all). Source: 全国年节及纪念日放假办法 art. 2 as amended by
#: 国务院令第270号 (1999), 第513号 (2007) and 第795号 (2024).
STATUTORY_HOLIDAYS: dict[int, tuple[tuple[str, ...], int]] = {
    1999: (("元旦", "春节", "劳动节", "国庆节"), 10),
    2008: (("元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节"), 11),
    2025: (("元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节"), 13),
}


class CalendarYearIncomplete(InvalidInput):
    """
    Rows that lack statutory holidays cannot be the days of a whole year; nothing was loaded.
    """

    code = "calendar_year_incomplete"


@dataclass(frozen=True, kw_only=True, slots=True)
class CalendarLoaded:
    """
    What loading did.
    """

    changed_years: tuple[int, ...]
    """Years whose working days, names or standing are no longer what they were."""
    rows: int
    """Days in the table for the loaded years."""


# --- the calendar of this process ---------------------------------------------------------------------------

Version = tuple[datetime | None, int]


class _Kept:
    """
    The calendar of this process, with the version of the table it was read from.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._calendar: WorkCalendar | None = None
        self._version: Version | None = None
        self._asked_at = 0.0

    def calendar(self) -> WorkCalendar:
        if self._calendar is not None and monotonic() - self._asked_at < TRUSTED_SECONDS:
            return self._calendar
        with self._lock:
            version = _version()
            if self._calendar is None or version != self._version:
                self._calendar, self._version = _read(), version
            self._asked_at = monotonic()
            return self._calendar

    def forget(self) -> None:
        with self._lock:
            self._calendar = None


def _version() -> Version:
    found = CalendarDay.objects.aggregate(latest=Max("loaded_at"), rows=Count("date"))
    return found["latest"], found["rows"]


def _read() -> WorkCalendar:
    rows = tuple(_stored(CalendarDay.objects.order_by("date")))
    return calendar_from_rows(rows) if rows else packaged_calendar()


def _stored(days: Iterable[CalendarDay]) -> Iterator[CalendarRow]:
    for day in days:
        yield CalendarRow(
            date=day.date, is_working=day.is_working, name=day.name, is_provisional=day.is_provisional
        )


_kept = _Kept()


def current_calendar() -> WorkCalendar:
    """
    Return the calendar of this node.

    At most one small query every few seconds and process; the table is read again only when it has changed.
    A node whose table is still empty uses the packaged calendar.
    """
    return _kept.calendar()


def forget_calendar() -> None:
    """
    Make the next `current_calendar` read the table again.
    """
    _kept.forget()


# --- changing the table -------------------------------------------------------------------------------------


@policy.action("foundation.calendar.change", title=gettext_lazy("维护工作日历"))
def change_calendar(actor: Actor) -> Decision:
    """
    Let system administrators load and change the working calendar.
    """
    return yes(Reason.ROLE) if actor.is_staff and CALENDAR_KEEPER in actor.roles else no(Reason.NO_ROLE)


@business_transaction
def load_year(
    *,
    rows: Iterable[CalendarRow],
    source: str,
    provisional: bool = False,
    force: bool = False,
    actor: Actor,
    at: datetime,
) -> CalendarLoaded:
    """
    Replace the table's days of one year by `rows`, and say which years changed.

    A notice may move days of the last week of December before its year: such rows are added to what the table
    has for the earlier year. Loading the same rows again changes nothing.

    :param rows: days of one year, and maybe of the week before it
    :param source: the notice, e.g. "国办发明电〔2026〕1号"
    :param provisional: the notice is not out, these are expectations
    :param force: take a year in which statutory holidays are missing
    :raises NotPermitted: the actor does not keep the calendar
    :raises CalendarYearIncomplete: the rows cannot be the whole year
    :raises InvalidInput: there are no rows, they are of more than one year, or days of the week before are
        only expected
    """
    change_calendar.require(actor)
    wanted = {row.date: replace(row, is_provisional=provisional or row.is_provisional) for row in rows}
    year = _year_of(wanted.values())
    if not force:
        _require_whole(year, wanted.values())
    _write_down_the_packaged(at=at)
    table = CalendarDay.objects.select_for_update().filter(date__year__in=(year - 1, year))
    before = {day.date: day for day in table.order_by("date")}

    stale = [day for day in before if day.year == year and day not in wanted]
    fresh = [
        _day(row, source=source, at=at) for row in wanted.values() if _differs(before.get(row.date), row)
    ]
    changed = tuple(sorted({day.year for day in stale} | {day.date.year for day in fresh}))
    if changed:
        _write(fresh, stale)
        _tell(changed, source=source, actor=actor, at=at)
    return CalendarLoaded(changed_years=changed, rows=len(wanted))


@business_transaction
def seed_calendar(*, actor: Actor, at: datetime) -> CalendarLoaded:
    """
    Put the packaged calendar into the table where the table knows nothing better.

    A year is filled when the table has no day of it, and replaced when the table has it only provisionally
    and the package has it as announced. What a keeper loaded is never touched.

    :raises NotPermitted: the actor does not keep the calendar
    """
    change_calendar.require(actor)
    standing: dict[int, bool] = {}
    for day in CalendarDay.objects.select_for_update().order_by("date"):
        standing[day.date.year] = standing.get(day.date.year, False) or day.is_provisional
    packaged: dict[int, list[CalendarRow]] = {}
    for row in packaged_rows():
        packaged.setdefault(row.date.year, []).append(row)
    years = [
        year
        for year, rows in packaged.items()
        if year not in standing or (standing[year] and not any(row.is_provisional for row in rows))
    ]
    fresh = [_packaged_day(row, at=at) for year in years for row in packaged[year]]
    stale = list(CalendarDay.objects.filter(date__year__in=years).values_list("date", flat=True))
    if fresh:
        _write(fresh, stale)
        _tell(tuple(years), source=SEED_SOURCE, actor=actor, at=at)
    return CalendarLoaded(changed_years=tuple(years), rows=len(fresh))


def _year_of(rows: Iterable[CalendarRow]) -> int:
    """
    Return the year the rows are about; announced days of the week before it may be among them.
    """
    in_order = sorted(rows, key=lambda row: row.date)
    if not in_order:
        raise InvalidInput(fields={"rows": _("没有任何日期")})
    year = in_order[-1].date.year
    for row in in_order:
        if row.date.year != year and (row.is_provisional or not _is_week_before(row.date, year)):
            reason = _("日期 %(day)s 不属于 %(year)s 年") % {"day": row.date.isoformat(), "year": year}
            raise InvalidInput(fields={"rows": reason})
    return year


def _require_whole(year: int, rows: Iterable[CalendarRow]) -> None:
    """
    Refuse rows that would replace a year by a part of it.
    """
    holidays, least = next(
        law for first, law in sorted(STATUTORY_HOLIDAYS.items(), reverse=True) if first <= year
    )
    off = [row for row in rows if row.date.year == year and not row.is_working]
    missing = [name for name in holidays if not any(name in row.name for row in off)]
    # A day on which two holidays fall bears both names, and the law counts it twice.
    days = sum(max(1, sum(name in row.name for name in holidays)) for row in off)
    reasons = {}
    if missing:
        names = ", ".join(_(name) for name in missing)
        reasons["holidays"] = _("%(year)s 年缺少法定节假日：%(names)s") % {"year": year, "names": names}
    if days < least:
        reasons["days"] = ngettext(
            "%(year)s 年只列出 %(days)s 天放假，法定节假日共有 %(least)s 天",
            "%(year)s 年只列出 %(days)s 天放假，法定节假日共有 %(least)s 天",
            days,
        ) % {"year": year, "days": days, "least": least}
    if reasons:
        raise CalendarYearIncomplete(fields=reasons, year=year)


def _is_week_before(day: date, year: int) -> bool:
    return day.year == year - 1 and day.month == DECEMBER and day.day > CERTAIN_UNTIL_DECEMBER


def _differs(stored: CalendarDay | None, row: CalendarRow) -> bool:
    if stored is None:
        return True
    return (stored.is_working, stored.name, stored.is_provisional) != (
        row.is_working,
        row.name,
        row.is_provisional,
    )


def _day(row: CalendarRow, *, source: str, at: datetime) -> CalendarDay:
    return CalendarDay(
        date=row.date,
        is_working=row.is_working,
        kind=kind_of(row.date, is_working=row.is_working).value,
        name=row.name,
        source=source,
        is_provisional=row.is_provisional,
        loaded_at=at,
    )


def _packaged_day(row: CalendarRow, *, at: datetime) -> CalendarDay:
    return _day(row, source=SEED_PROVISIONAL_SOURCE if row.is_provisional else SEED_SOURCE, at=at)


def _write_down_the_packaged(*, at: datetime) -> None:
    """
    Fill an empty table with what it stood for, so that the first loaded year does not hide all others.
    """
    if not CalendarDay.objects.exists():
        CalendarDay.objects.bulk_create(_packaged_day(row, at=at) for row in packaged_rows())


def _write(fresh: list[CalendarDay], stale: list[date]) -> None:
    CalendarDay.objects.filter(date__in=stale).delete()
    CalendarDay.objects.bulk_create(
        fresh,
        update_conflicts=True,
        unique_fields=["date"],
        update_fields=["is_working", "kind", "name", "source", "is_provisional", "loaded_at"],
    )
    forget_calendar()
    # Another thread may read the old table again before this transaction ends.
    transaction.on_commit(forget_calendar)


def _tell(years: tuple[int, ...], *, source: str, actor: Actor, at: datetime) -> None:
    for year in years:
        audit.record(action="foundation.calendar.load", actor=actor, subject=str(year), at=at, source=source)
    announce(topic=CALENDAR_CHANGED, key="calendar", at=at, payload={"years": list(years)})
