"""
Why a clock shows what it shows: the lines of the explanation, in the order people read them.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

from tongban.business.casework.rules.clock_course import CORRECTION_NOTICE_WORKING_DAYS, Course
from tongban.business.casework.rules.clock_limits import Interval, Limit, Limits, running_days
from tongban.business.casework.rules.clock_values import ClockStop, Promise
from tongban.business.casework.rules.explanations import Because, ExplanationLine, line
from tongban.foundation.clock import civil_date
from tongban.foundation.worktime import DayKind, DayRange, PeriodUnit, WorkCalendar

DELIVERY_WORKING_DAYS = 10  # 行政许可法 art. 44
ONE_DAY = timedelta(days=1)


def reasons_before_acceptance(course: Course, years: Sequence[int]) -> tuple[ExplanationLine, ...]:
    """
    Return the explanation of a case that is not accepted.

    :param years: years whose holidays are not announced yet and in which a deadline lies
    """
    why = list(course.notes)
    due = course.acceptance_due
    if course.finished_on:
        why.append(line(Because.FINISHED, day=course.finished_on))
    elif due and course.received_at and not course.is_waiting:
        why.append(
            line(Because.ACCEPTANCE_DUE, "许可法-32", due=due, working_days=CORRECTION_NOTICE_WORKING_DAYS)
        )
        why += _unusual_days(civil_date(course.received_at), due, (), course.calendar)
    return (*why, *_unannounced(years))


def reasons_after_acceptance(
    course: Course,
    *,
    promise: Promise,
    accepted_on: date,
    limits: Limits,
    deliver_by: date | None,
    on: date,
    years: Sequence[int],
) -> tuple[ExplanationLine, ...]:
    """
    Return the explanation of a case that was accepted.

    The days that do not count are those of the limit that ends first.

    :param years: years whose holidays are not announced yet and in which a deadline lies
    """
    calendar = course.calendar
    limit = limits.effective
    why = [*course.notes, *_limit_lines(limits)]
    if limit:
        why += _unusual_days(_counted_from(limit, accepted_on), limit.due, limits.stops, calendar)
    why += _stop_lines(course, accepted_on, limit.due if limit else None, on)
    why += _extension_lines(limits, promise)
    if limit and limit.nominal != limit.base:
        why.append(line(Because.ROLLED, "民法典-203", nominal=limit.nominal, due=limit.base))
    if course.decided_on and deliver_by:
        why.append(line(Because.DECIDED, day=course.decided_on))
        why.append(
            line(Because.DELIVERY_DUE, "许可法-44", due=deliver_by, working_days=DELIVERY_WORKING_DAYS)
        )
    if course.delivered_on:
        why.append(line(Because.DELIVERED, day=course.delivered_on))
    elif course.finished_on:
        why.append(line(Because.FINISHED, day=course.finished_on))
    return (*why, *_unannounced(years))


def _limit_lines(limits: Limits) -> Iterator[ExplanationLine]:
    for code, clause, limit in (
        (Because.STATUTORY_LIMIT, "许可法-42", limits.statutory),
        (Because.PROMISED_LIMIT, "", limits.promised),
    ):
        if limit and limit.period.amount == 0:
            yield line(Because.ON_THE_SPOT, due=limit.due)
        elif limit:
            yield line(code, clause, amount=limit.period.amount, unit=limit.period.unit.value, due=limit.due)
    if limits.effective is None:
        yield line(Because.NO_LIMIT)


def _counted_from(limit: Limit, accepted_on: date) -> date:
    """
    Return the day after which rest days are left out: natural days, months and hours count them.
    """
    return accepted_on if limit.period.unit is PeriodUnit.WORKING_DAY else limit.base


def _unusual_days(
    after: date, until: date, stops: Iterable[Interval], calendar: WorkCalendar
) -> Iterator[ExplanationLine]:
    """
    Yield the days that do not count, and the weekend days that do, outside the stops.
    """
    for begin, end in stops:
        yield from map(_day_line, calendar.unusual_days(after, min(begin - ONE_DAY, until)))
        after = max(after, end - ONE_DAY)
    yield from map(_day_line, calendar.unusual_days(after, until))


def _day_line(days: DayRange) -> ExplanationLine:
    is_single = days.first == days.last
    if days.kind is DayKind.MAKE_UP_WORKDAY:
        return line(Because.MAKE_UP_DAY, "放假办法-2", first=days.first, last=days.last, name=days.name)
    if days.kind is DayKind.HOLIDAY:
        code = Because.HOLIDAY_DAY if is_single else Because.HOLIDAY
        return line(code, "许可法-82", first=days.first, last=days.last, name=days.name, days=days.days)
    code = Because.WEEKEND_DAY if is_single else Because.WEEKEND
    return line(code, "许可法-82", first=days.first, last=days.last, days=days.days)


def _stop_lines(course: Course, accepted_on: date, due: date | None, on: date) -> Iterator[ExplanationLine]:
    """
    Yield a line for every stop; a day that lies in several is counted with the first of them.
    """
    covered = accepted_on
    for stop in course.all_stops():
        last = (stop.resumed_on or max(stop.stopped_on, on)) - ONE_DAY
        days = running_days(max(covered, stop.stopped_on - ONE_DAY), last, (), course.calendar)
        covered = max(covered, last)
        yield from _stop_line(stop, last, days, due, on)


def _stop_line(
    stop: ClockStop, last: date, working_days: int, due: date | None, on: date
) -> Iterator[ExplanationLine]:
    words = {"kind": stop.kind.value, "reason": stop.reason, "first": stop.stopped_on}
    if stop.resumed_on is None:
        yield line(Because.STOP_OPEN, "许可法-45", working_days=working_days, **words)
        if stop.announced_until and stop.announced_until < on:
            yield line(Because.STOP_OVERRUN, "许可法-45", kind=stop.kind.value, due=stop.announced_until)
    elif last < stop.stopped_on or (due is not None and stop.stopped_on > due):
        yield line(Because.STOP_WITHOUT_EFFECT, "许可法-45", **words)
    else:
        yield line(Because.STOP, "许可法-45", last=last, working_days=working_days, **words)


def _extension_lines(limits: Limits, promise: Promise) -> Iterator[ExplanationLine]:
    granted = limits.extension
    if granted:
        day = civil_date(granted.at)
        yield line(
            Because.EXTENSION,
            "许可法-42",
            day=day,
            working_days=granted.extension_working_days,
            approver=granted.approver,
            reason=granted.reason,
        )
        if limits.promised and limits.promised.base < day:
            yield line(Because.EXTENSION_NOT_FOR_PROMISE, day=day)
    for event in limits.ignored:
        yield line(
            Because.EXTENSION_IGNORED,
            "许可法-42",
            day=civil_date(event.at),
            working_days=event.extension_working_days,
            limit=promise.extension_limit_working_days,
        )


def _unannounced(years: Iterable[int]) -> Iterator[ExplanationLine]:
    for year in years:
        yield line(Because.PROVISIONAL_YEAR, "放假办法-2", year=year)
