"""
Working-day arithmetic: laws that hold for every calendar and every day from 2004 to 2045.
"""

from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tongban.foundation.calendar import packaged_calendar
from tongban.foundation.clock import CHINA
from tongban.foundation.worktime import (
    LONGEST,
    DayKind,
    NamedDay,
    Period,
    PeriodUnit,
    WorkCalendar,
    kind_of,
    last_day,
)

ONE_DAY = timedelta(days=1)

days = st.dates(min_value=date(2004, 1, 1), max_value=date(2045, 12, 31))
near_days = st.dates(min_value=date(2026, 9, 1), max_value=date(2027, 3, 31))
moments = st.builds(datetime.combine, days, st.times(), st.just(CHINA))
counts = st.integers(0, 400)
periods = st.builds(Period, amount=st.integers(0, 100), unit=st.sampled_from(PeriodUnit))


@st.composite
def calendars(draw: st.DrawFn) -> WorkCalendar:
    """
    Calendars as notices make them, but wilder: any near day may be off or worked.
    """
    wild = draw(st.dictionaries(near_days, st.booleans(), max_size=60))
    named = {day: NamedDay(kind_of(day, is_working=is_working), "测试") for day, is_working in wild.items()}
    return packaged_calendar().with_days(named)


def slowly(calendar: WorkCalendar, start: date, working_days: int) -> date:
    """
    Add working days the obvious way.
    """
    day = start
    while working_days:
        day += ONE_DAY
        working_days -= calendar.is_working_day(day)
    return day


class TestAddWorkingDays:
    @given(calendar=calendars(), start=near_days, working_days=st.integers(0, 80))
    def test_is_what_counting_day_by_day_gives(
        self, calendar: WorkCalendar, start: date, working_days: int
    ) -> None:
        assert calendar.add_working_days(start, working_days) == slowly(calendar, start, working_days)

    @given(calendar=calendars(), start=days, working_days=counts)
    def test_is_undone_by_counting_between(
        self, calendar: WorkCalendar, start: date, working_days: int
    ) -> None:
        end = calendar.add_working_days(start, working_days)

        assert calendar.working_days_between(start, end) == working_days
        assert calendar.working_days_between(end, start) == -working_days

    @given(calendar=calendars(), start=days, working_days=st.integers(1, 400))
    def test_ends_on_a_working_day(self, calendar: WorkCalendar, start: date, working_days: int) -> None:
        assert calendar.is_working_day(calendar.add_working_days(start, working_days))

    @given(calendar=calendars(), start=days, first=counts, second=counts)
    def test_can_be_done_in_two_steps(
        self, calendar: WorkCalendar, start: date, first: int, second: int
    ) -> None:
        in_two = calendar.add_working_days(calendar.add_working_days(start, first), second)

        assert in_two == calendar.add_working_days(start, first + second)


class TestLastDay:
    @given(calendar=calendars(), start=moments, period=periods)
    def test_never_fails_and_is_a_working_day_not_before_the_start(
        self, calendar: WorkCalendar, start: datetime, period: Period
    ) -> None:
        end = last_day(period, start=start, calendar=calendar)

        assert calendar.is_working_day(end)
        assert end >= start.date()

    @given(start=moments, unit=st.sampled_from(PeriodUnit))
    def test_holds_for_the_longest_period_of_each_unit(self, start: datetime, unit: PeriodUnit) -> None:
        end = last_day(Period(amount=LONGEST[unit], unit=unit), start=start, calendar=packaged_calendar())

        assert start.year + 94 <= end.year <= start.year + 101

    @given(calendar=calendars(), start=moments, period=periods, holiday=days)
    def test_is_never_earlier_for_one_more_holiday(
        self, calendar: WorkCalendar, start: datetime, period: Period, holiday: date
    ) -> None:
        more = calendar.with_days({holiday: NamedDay(DayKind.HOLIDAY, "新增假日")})

        before = last_day(period, start=start, calendar=calendar)

        assert last_day(period, start=start, calendar=more) >= before

    @given(calendar=calendars(), start=moments, amount=st.integers(0, 99), unit=st.sampled_from(PeriodUnit))
    def test_is_never_earlier_for_a_longer_period(
        self, calendar: WorkCalendar, start: datetime, amount: int, unit: PeriodUnit
    ) -> None:
        shorter = last_day(Period(amount=amount, unit=unit), start=start, calendar=calendar)

        assert last_day(Period(amount=amount + 1, unit=unit), start=start, calendar=calendar) >= shorter


class TestExcluded:
    @given(calendar=calendars(), after=near_days, length=st.integers(0, 90))
    def test_is_exactly_the_days_that_do_not_count(
        self, calendar: WorkCalendar, after: date, length: int
    ) -> None:
        until = after + timedelta(days=length)

        ranges = calendar.excluded(after, until)

        listed = [run.first + timedelta(days=offset) for run in ranges for offset in range(run.days)]
        wanted = [after + timedelta(days=offset) for offset in range(1, length + 1)]
        assert listed == [day for day in wanted if not calendar.is_working_day(day)]
        assert calendar.working_days_between(after, until) == length - len(listed)

    @given(calendar=calendars(), after=near_days, length=st.integers(0, 90))
    def test_names_the_reason_each_day_has(self, calendar: WorkCalendar, after: date, length: int) -> None:
        ranges = calendar.excluded(after, after + timedelta(days=length))

        for run in ranges:
            for offset in range(run.days):
                assert calendar.day(run.first + timedelta(days=offset)) == NamedDay(run.kind, run.name)
