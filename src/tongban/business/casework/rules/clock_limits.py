"""
The limits of an accepted case: from periods, stops and an extension to deadlines.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from tongban.business.casework.rules.clock_course import Course
from tongban.business.casework.rules.clock_values import ClockEvent, ClockStop, Promise
from tongban.foundation.clock import civil_date
from tongban.foundation.rules import implements
from tongban.foundation.worktime import Period, PeriodUnit, WorkCalendar, nominal_end

ONE_DAY = timedelta(days=1)

#: Days on which the clock stood still at their close: from the first, up to and without the second.
Interval = tuple[date, date]


def _intervals(stops: Iterable[ClockStop], on: date) -> tuple[Interval, ...]:
    """
    Return the stops as intervals that neither touch nor overlap; an open one reaches to `on`.
    """
    merged: list[Interval] = []
    for stop in stops:
        start, end = stop.stopped_on, stop.resumed_on or max(stop.stopped_on, on)
        if end <= start:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return tuple(merged)


def running_days(after: date, until: date, stops: Sequence[Interval], calendar: WorkCalendar) -> int:
    """
    Return how many working days after `after`, through `until`, the clock was running at their close.
    """
    if until <= after:
        return 0
    days = calendar.working_days_between(after, until)
    for start, end in stops:
        first, last = max(start - ONE_DAY, after), min(end - ONE_DAY, until)
        if first < last:
            days -= calendar.working_days_between(first, last)
    return days


def _nth_running_day(
    start: date, working_days: int, stops: Sequence[Interval], calendar: WorkCalendar
) -> date:
    """
    Return the last of the `working_days` running working days after `start`.
    """
    before, left = start, working_days
    for begin, end in stops:
        if end - ONE_DAY <= before:
            continue
        counted = running_days(before, begin - ONE_DAY, (), calendar)
        if counted >= left:
            break
        left -= counted
        before = end - ONE_DAY
    return calendar.add_working_days(before, left)


def _shifted(nominal: date, start: date, stops: Sequence[Interval]) -> date:
    """
    Return `nominal` later by the calendar days of the stops that fall into the period.
    """
    for begin, end in stops:
        first = max(begin, start + ONE_DAY)
        if first > nominal:
            break
        nominal += max(end - first, timedelta())
    return nominal


def _settled(day: date, stops: Sequence[Interval], calendar: WorkCalendar) -> date:
    """
    Return the first day from `day` on that is worked and on which the clock runs.
    """
    day = calendar.working_day_from(day)
    for begin, end in stops:
        if begin <= day < end:
            day = calendar.working_day_from(end)
    return day


@dataclass(frozen=True, slots=True)
class Limit:
    """
    One limit with its deadline.
    """

    period: Period
    nominal: date
    """Last day before rest days are considered."""
    base: date
    """Deadline without an extension."""
    due: date


@dataclass(frozen=True, slots=True)
class Limits:
    """
    Both limits and what was allowed to move them.
    """

    statutory: Limit | None
    promised: Limit | None
    extension: ClockEvent | None
    ignored: tuple[ClockEvent, ...]
    stops: tuple[Interval, ...]

    @property
    def effective(self) -> Limit | None:
        """
        Return the limit that ends first; the promise when both end on one day.
        """
        limits = [limit for limit in (self.promised, self.statutory) if limit]
        return min(limits, key=lambda limit: limit.due) if limits else None

    @property
    def last_chance(self) -> date | None:
        """
        Return the last day on which an extension may be approved.
        """
        limit = self.statutory or self.promised
        return limit.base if limit else None


@implements("许可法-45", "许可法-82", "民法典-200", "民法典-201", "民法典-202", "民法典-203")
def _limit(period: Period, accepted_at: datetime, stops: Sequence[Interval], calendar: WorkCalendar) -> Limit:
    start = civil_date(accepted_at)
    if period.unit is PeriodUnit.WORKING_DAY:
        nominal = _nth_running_day(start, period.amount, stops, calendar)
    else:
        nominal = _shifted(nominal_end(period, start=accepted_at, calendar=calendar), start, stops)
    base = _settled(nominal, stops, calendar)
    return Limit(period=period, nominal=nominal, base=base, due=base)


def _extended(
    limit: Limit | None, extension: ClockEvent | None, stops: Sequence[Interval], calendar: WorkCalendar
) -> Limit | None:
    """
    Return `limit` put off by `extension`, unless it had been missed before the extension was approved.
    """
    if limit is None or extension is None or civil_date(extension.at) > limit.base:
        return limit
    due = _nth_running_day(limit.base, extension.extension_working_days, stops, calendar)
    return replace(limit, due=due)


def limits_of(
    course: Course, accepted_at: datetime, promise: Promise, calendar: WorkCalendar, on: date
) -> Limits:
    """
    Return both limits of an accepted case as they stand on `on`.

    :param accepted_at: moment the limits are counted from
    """
    stops = _intervals(course.all_stops(), on)
    statutory, promised = (
        _limit(period, accepted_at, stops, calendar) if period else None
        for period in (promise.statutory_period, promise.promised_period)
    )
    bare = Limits(statutory, promised, None, (), stops)
    lawful = [event for event in course.extensions if _is_lawful(event, bare.last_chance, promise)]
    extension = lawful[0] if lawful else None
    return Limits(
        statutory=_extended(statutory, extension, stops, calendar),
        promised=_extended(promised, extension, stops, calendar),
        extension=extension,
        ignored=tuple(event for event in course.extensions if event is not extension),
        stops=stops,
    )


@implements("许可法-42")
def _is_lawful(extension: ClockEvent, last_chance: date | None, promise: Promise) -> bool:
    is_in_time = last_chance is None or civil_date(extension.at) <= last_chance
    return is_in_time and 1 <= extension.extension_working_days <= promise.extension_limit_working_days
