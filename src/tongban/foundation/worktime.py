"""
Working days of China, and periods of law counted on them.

A `WorkCalendar` is a value: what the yearly notices of the State Council say about single days, and which
years they cover. Days it says nothing about are what their weekday says. Nothing here reads a clock, a table
or a setting, and nothing loops over days: an inbox reads a hundred clocks for one page.
"""

from bisect import bisect_left, bisect_right
from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import groupby
from types import MappingProxyType

from tongban.foundation.clock import civil_date
from tongban.foundation.rules import implements

DAYS_PER_WEEK = 7
WORKDAYS_PER_WEEK = 5
DECEMBER = 12
LONGEST_LIST_DAYS = 40_000
#: The notice for a year has moved days of the December before it (2006-12-30, 2007-12-29, 2018-12-29), so
#: the last week of a year is certain only when the next year is.
CERTAIN_UNTIL_DECEMBER = 24


class DayKind(StrEnum):
    """
    日期种类: what a day is, and so whether it counts.
    """

    WORKDAY = "WORKDAY"
    WEEKEND = "WEEKEND"
    HOLIDAY = "HOLIDAY"
    MAKE_UP_WORKDAY = "MAKE_UP_WORKDAY"
    """调休上班: a Saturday or Sunday that is worked."""

    @property
    def is_working(self) -> bool:
        """
        Whether a day of this kind counts as a working day.
        """
        return self is DayKind.WORKDAY or self is DayKind.MAKE_UP_WORKDAY


class PeriodUnit(StrEnum):
    """
    时限单位, code list T17 of the national exchange: the value is the code.
    """

    WORKING_DAY = "1"
    NATURAL_DAY = "2"
    MONTH = "3"
    YEAR = "4"
    HOUR = "5"


#: A hundred years of each unit. More is a slip of the keyboard, and would run out of the calendar.
LONGEST = {
    PeriodUnit.WORKING_DAY: 25_000,
    PeriodUnit.NATURAL_DAY: 36_500,
    PeriodUnit.MONTH: 1_200,
    PeriodUnit.YEAR: 100,
    PeriodUnit.HOUR: 876_000,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Period:
    """
    时限: a length of time as law or a promise states it.
    """

    amount: int
    """How many units; 0 means the same working day."""
    unit: PeriodUnit = PeriodUnit.WORKING_DAY

    def __post_init__(self) -> None:
        if not 0 <= self.amount <= LONGEST[self.unit]:
            raise ValueError(f"a period is between 0 and {LONGEST[self.unit]} of its unit, not {self.amount}")


@dataclass(frozen=True, slots=True)
class NamedDay:
    """
    A day that a notice speaks of.
    """

    kind: DayKind
    name: str = ""
    """Name of the holiday, or of the holiday a make-up day belongs to, in Chinese."""


PLAIN_WORKDAY = NamedDay(DayKind.WORKDAY)
PLAIN_WEEKEND = NamedDay(DayKind.WEEKEND)


@dataclass(frozen=True, kw_only=True, slots=True)
class DayRange:
    """
    Days in a row that are as they are for one reason; both ends belong to it.
    """

    first: date
    last: date
    kind: DayKind
    name: str = ""

    @property
    def days(self) -> int:
        """
        How many days, both ends counted.
        """
        return (self.last - self.first).days + 1


def kind_of(day: date, *, is_working: bool) -> DayKind:
    """
    Return what a notice makes of `day` when it says that it is worked, or not.
    """
    is_weekend = day.weekday() >= WORKDAYS_PER_WEEK
    if is_working:
        return DayKind.MAKE_UP_WORKDAY if is_weekend else DayKind.WORKDAY
    return DayKind.HOLIDAY


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """
    工作日历: which days are worked. Immutable.
    """

    days: Mapping[date, NamedDay] = field(default_factory=dict)
    """Days that notices speak of; all others are what their weekday says."""
    confirmed_years: frozenset[int] = frozenset()
    """Years whose notice is out; any other year is provisional."""
    _free: tuple[int, ...] = field(init=False, repr=False, compare=False, default=())
    _extra: tuple[int, ...] = field(init=False, repr=False, compare=False, default=())
    _worked: tuple[int, ...] = field(init=False, repr=False, compare=False, default=())
    """Working days of the years that notices speak of, one after the other: nearly every answer is in here."""

    def __post_init__(self) -> None:
        days = dict(sorted(self.days.items()))
        free = (day.toordinal() for day, named in days.items() if _is_free_weekday(day, named.kind))
        extra = (day.toordinal() for day, named in days.items() if _is_worked_weekend(day, named.kind))
        object.__setattr__(self, "days", MappingProxyType(days))
        object.__setattr__(self, "_free", tuple(free))
        object.__setattr__(self, "_extra", tuple(extra))
        object.__setattr__(self, "_worked", self._listed_working_days())

    # --- single days -------------------------------------------------------------------------------------

    def day(self, day: date) -> NamedDay:
        """
        Return what `day` is.
        """
        named = self.days.get(day)
        if named is not None:
            return named
        return PLAIN_WEEKEND if day.weekday() >= WORKDAYS_PER_WEEK else PLAIN_WORKDAY

    def is_working_day(self, day: date) -> bool:
        """
        Return whether `day` is worked.

        Source: 行政许可法 art. 82.
        """
        return self.day(day).kind.is_working

    def is_provisional(self, first: date, last: date | None = None) -> bool:
        """
        Return whether a notice that is not out yet may still change a day of `first`..`last`.

        :param last: last day of the range; None means the single day `first`
        """
        last = first if last is None else last
        last_year = last.year + (last.month == DECEMBER and last.day > CERTAIN_UNTIL_DECEMBER)
        return any(year not in self.confirmed_years for year in range(first.year, last_year + 1))

    def provisional_years(self, first: date, last: date) -> tuple[int, ...]:
        """
        Return the years of `first`..`last` whose notice is not out.
        """
        last_year = last.year + (last.month == DECEMBER and last.day > CERTAIN_UNTIL_DECEMBER)
        return tuple(year for year in range(first.year, last_year + 1) if year not in self.confirmed_years)

    # --- counting ----------------------------------------------------------------------------------------

    def working_days_between(self, after: date, until: date) -> int:
        """
        Return how many working days lie after `after`, through `until`; negative if `until` is earlier.

        The inverse of `add_working_days`: between(d, add(d, n)) is n.
        """
        return self._count(until.toordinal()) - self._count(after.toordinal())

    def add_working_days(self, start: date, working_days: int) -> date:
        """
        Return the last of the `working_days` working days that follow `start`.

        `start` itself is not counted (民法典 art. 201); with 0 the answer is `start`, worked or not.

        :raises ValueError: `working_days` is negative
        :raises OverflowError: the answer lies after the year 9999
        """
        if working_days < 0:
            raise ValueError(f"working days to add cannot be negative: {working_days}")
        if working_days == 0:
            return start
        begin = start.toordinal()
        if self._worked and self._worked[0] <= begin:
            place = bisect_right(self._worked, begin) + working_days - 1
            if place < len(self._worked):
                return date.fromordinal(self._worked[place])
        target = self._count(begin) + working_days
        latest = min(self._latest(begin, working_days), date.max.toordinal())
        candidates = range(begin + working_days, latest + 1)
        place = bisect_left(candidates, target, key=self._count)
        if place == len(candidates):
            raise OverflowError("the last working day lies after the year 9999")
        return date.fromordinal(candidates[place])

    def _listed_working_days(self) -> tuple[int, ...]:
        """
        Return the working days from the first to the last listed day, unless a stray day makes that too many.
        """
        if not self.days:
            return ()
        first, last = min(self.days).toordinal(), max(self.days).toordinal()
        if last - first > LONGEST_LIST_DAYS:
            return ()
        free = set(self._free)
        weekdays = (o for o in range(first, last + 1) if (o - 1) % DAYS_PER_WEEK < WORKDAYS_PER_WEEK)
        return tuple(sorted([*self._extra, *(ordinal for ordinal in weekdays if ordinal not in free)]))

    def _latest(self, begin: int, working_days: int) -> int:
        """
        Return a day by which `working_days` working days after `begin` have surely passed, and not much more.

        So many whole weeks hold as many weekdays as are wanted and as are free on the way.
        """
        free = 0
        while True:
            latest = begin + ((working_days + free) // WORKDAYS_PER_WEEK + 1) * DAYS_PER_WEEK
            on_the_way = bisect_right(self._free, latest) - bisect_right(self._free, begin)
            if on_the_way == free:
                return latest
            free = on_the_way

    def next_working_day(self, day: date) -> date:
        """
        Return the first working day after `day`.
        """
        return self.add_working_days(day, 1)

    def working_day_from(self, day: date) -> date:
        """
        Return `day` if it is worked, otherwise the first working day after it.

        Source: 民法典 art. 203(1).
        """
        return day if self.is_working_day(day) else self.next_working_day(day)

    def _count(self, ordinal: int) -> int:
        """
        Return the number of working days in all days up to and with `ordinal`.

        Day 1 (0001-01-01) was a Monday.
        """
        weeks, rest = divmod(ordinal, DAYS_PER_WEEK)
        weekdays = weeks * WORKDAYS_PER_WEEK + min(WORKDAYS_PER_WEEK, rest)
        return weekdays - bisect_right(self._free, ordinal) + bisect_right(self._extra, ordinal)

    # --- explaining --------------------------------------------------------------------------------------

    def excluded(self, after: date, until: date) -> tuple[DayRange, ...]:
        """
        Return the days after `after`, up to and with `until`, that do not count, one reason to a range.
        """
        return tuple(run for run in self.unusual_days(after, until) if not run.kind.is_working)

    def unusual_days(self, after: date, until: date) -> tuple[DayRange, ...]:
        """
        Return weekends, holidays and make-up days after `after`, through `until`, one reason to a range.

        Goes from week to week, not from day to day.
        """
        ranges: list[DayRange] = []
        days = self._special_days(after.toordinal() + 1, until.toordinal())
        for (named, _), group in groupby(enumerate(days), key=_reason_and_run):
            members = [ordinal for _, (ordinal, _) in group]
            first, last = date.fromordinal(members[0]), date.fromordinal(members[-1])
            ranges.append(DayRange(first=first, last=last, kind=named.kind, name=named.name))
        return tuple(ranges)

    def _special_days(self, first: int, last: int) -> list[tuple[int, NamedDay]]:
        ordinals = set(_weekend_ordinals(first, last))
        ordinals.update(self._free[bisect_left(self._free, first) : bisect_right(self._free, last)])
        return [(ordinal, self.day(date.fromordinal(ordinal))) for ordinal in sorted(ordinals)]

    # --- deriving ----------------------------------------------------------------------------------------

    def with_days(self, days: Mapping[date, NamedDay]) -> "WorkCalendar":
        """
        Return a calendar in which `days` are as given and all others as here.
        """
        return WorkCalendar({**self.days, **days}, self.confirmed_years)


WEEKDAYS_ONLY = WorkCalendar()
"""The calendar that knows no notice: Monday to Friday, every year provisional."""


def _is_free_weekday(day: date, kind: DayKind) -> bool:
    return not kind.is_working and day.weekday() < WORKDAYS_PER_WEEK


def _is_worked_weekend(day: date, kind: DayKind) -> bool:
    return kind.is_working and day.weekday() >= WORKDAYS_PER_WEEK


def _reason_and_run(place: tuple[int, tuple[int, NamedDay]]) -> tuple[NamedDay, int]:
    """
    Return a key that days share when they have one reason and follow one another.
    """
    index, (ordinal, named) = place
    return named, ordinal - index


def _weekend_ordinals(first: int, last: int) -> Iterator[int]:
    saturday = first + (6 - first % DAYS_PER_WEEK) % DAYS_PER_WEEK  # ordinals of Saturdays are 6 modulo 7
    if first % DAYS_PER_WEEK == 0 and first <= last:  # the range opens on a Sunday
        yield first
    for ordinal in range(saturday, last + 1, DAYS_PER_WEEK):
        yield ordinal
        if ordinal + 1 <= last:
            yield ordinal + 1


@implements("民法典-202")
def add_months(start: date, months: int) -> date:
    """
    Return the day `months` months later that corresponds to `start`, or the last day of that month.

    :raises OverflowError: the answer lies after the year 9999
    """
    index = start.year * 12 + start.month - 1 + months
    year, month = divmod(index, 12)
    if year > date.max.year:
        raise OverflowError("the last day lies after the year 9999")
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


@implements("民法典-200", "民法典-201", "民法典-202")
def nominal_end(period: Period, *, start: datetime, calendar: WorkCalendar) -> date:
    """
    Return the last day of `period` before rest days are considered; the day of `start` is not counted.

    A period of hours runs from the moment of `start`, through nights and rest days.

    :param start: aware
    :raises OverflowError: the answer lies after the year 9999
    """
    day = civil_date(start)
    match period.unit:
        case PeriodUnit.WORKING_DAY:
            return calendar.add_working_days(day, period.amount)
        case PeriodUnit.NATURAL_DAY:
            return day + timedelta(days=period.amount)
        case PeriodUnit.MONTH:
            return add_months(day, period.amount)
        case PeriodUnit.YEAR:
            return add_months(day, period.amount * 12)
        case PeriodUnit.HOUR:
            return civil_date(start + timedelta(hours=period.amount))


@implements("民法典-203", "许可法-82")
def last_day(period: Period, *, start: datetime, calendar: WorkCalendar) -> date:
    """
    Return the last day that is still in time; always a working day.

    A last day that is not worked gives way to the next working day. A period of 0 ends on the day of `start`,
    or on the next working day when that day is not worked.

    :param start: aware; its day is not counted
    :raises OverflowError: the answer lies after the year 9999
    """
    return calendar.working_day_from(nominal_end(period, start=start, calendar=calendar))
