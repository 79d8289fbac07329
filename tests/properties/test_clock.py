"""
Laws of the legal clock, for any order of events and any calendar.
"""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from tongban.business.casework.rules.clock import (
    EXPLANATIONS,
    Because,
    ClockEvent,
    ClockEventKind,
    ClockPhase,
    ClockReading,
    DueColour,
    Promise,
    StopKind,
    read_clock,
)
from tongban.business.casework.rules.clock_keeping import calendar_of_days, days_behind
from tongban.foundation.calendar import packaged_calendar
from tongban.foundation.clock import CHINA
from tongban.foundation.worktime import DayKind, NamedDay, Period, PeriodUnit, WorkCalendar, kind_of

CALENDAR = packaged_calendar()
RANK = {DueColour.GREEN: 0, DueColour.YELLOW: 1, DueColour.RED: 2}

days = st.dates(min_value=date(2004, 1, 1), max_value=date(2045, 12, 31))
near_days = st.dates(min_value=date(2026, 9, 1), max_value=date(2027, 3, 31))
moments = st.builds(datetime.combine, near_days, st.times(), st.just(CHINA))
periods = st.builds(Period, amount=st.integers(0, 60), unit=st.sampled_from(PeriodUnit))
promises = st.builds(
    Promise,
    statutory=st.none() | periods,
    promised=st.none() | periods,
    is_on_the_spot=st.booleans(),
    is_joint=st.booleans(),
    warning_working_days=st.integers(0, 5),
)


NEAR = {day: named for day, named in CALENDAR.days.items() if day.year in {2026, 2027}}


def with_notices(said: dict[date, bool]) -> WorkCalendar:
    days = {day: NamedDay(kind_of(day, is_working=is_working), "改") for day, is_working in said.items()}
    return WorkCalendar({**NEAR, **days})


other_calendars = st.dictionaries(near_days, st.booleans(), max_size=60).map(with_notices)


def counts() -> st.SearchStrategy[int]:
    return st.integers(0, 120)


def events(at: st.SearchStrategy[datetime]) -> st.SearchStrategy[ClockEvent]:
    return st.builds(
        ClockEvent,
        kind=st.sampled_from(ClockEventKind),
        at=at,
        stop_key=st.sampled_from(["", "1", "2"]),
        stop_kind=st.sampled_from(StopKind),
        reason=st.just("原因"),
        announced=st.none() | periods,
        extension_working_days=st.integers(0, 20),
    )


def at_ten(day: date) -> datetime:
    return datetime.combine(day, time(10), CHINA)


def accepted(day: date) -> ClockEvent:
    return ClockEvent(kind=ClockEventKind.ACCEPTED, at=at_ten(day))


def stop(first: date, until: date, key: str = "") -> tuple[ClockEvent, ClockEvent]:
    return (
        ClockEvent(kind=ClockEventKind.STOPPED, at=at_ten(first), stop_key=key),
        ClockEvent(kind=ClockEventKind.RESUMED, at=at_ten(until), stop_key=key),
    )


def read(
    happened: list[ClockEvent], promise: Promise, on: date, calendar: WorkCalendar = CALENDAR
) -> ClockReading:
    return read_clock(happened, promise=promise, calendar=calendar, at=at_ten(on))


class TestAnyCourse:
    @given(happened=st.lists(events(moments), max_size=12), promise=promises, at=moments)
    def test_is_read_without_failing(
        self, happened: list[ClockEvent], promise: Promise, at: datetime
    ) -> None:
        reading = read_clock(happened, promise=promise, calendar=CALENDAR, at=at)

        assert min(reading.used, reading.left, reading.late) >= 0
        assert (reading.left == 0) or (reading.due is not None)
        for line in reading.why:
            assert EXPLANATIONS[line.code] % line.facts

    @given(day=days, promise=promises, after=st.integers(0, 500))
    def test_is_read_in_any_year(self, day: date, promise: Promise, after: int) -> None:
        submitted = ClockEvent(kind=ClockEventKind.SUBMITTED, at=at_ten(day))

        reading = read([submitted], promise, day + timedelta(days=after))

        for due in (reading.acceptance_due, reading.statutory_due, reading.promised_due):
            assert due is None or CALENDAR.is_working_day(due)

    @settings(deadline=None)
    @given(happened=st.lists(events(moments), max_size=12), promise=promises, accepted_on=near_days)
    def test_once_late_stays_late(
        self, happened: list[ClockEvent], promise: Promise, accepted_on: date
    ) -> None:
        course = [accepted(accepted_on), *happened]

        colours = [
            read(course, promise, date(2026, 9, 1) + timedelta(days=offset)).colour
            for offset in range(0, 300, 3)
        ]

        first_red = colours.index(DueColour.RED) if DueColour.RED in colours else len(colours)
        assert set(colours[first_red:]) <= {DueColour.RED}


class TestRunningClock:
    @given(day=near_days, promise=promises, days=counts())
    def test_colour_never_goes_back(self, day: date, promise: Promise, days: int) -> None:
        on = day + timedelta(days=days)

        today, tomorrow = (read([accepted(day)], promise, moment) for moment in (on, on + timedelta(days=1)))

        assert RANK[today.colour] <= RANK[tomorrow.colour]
        assert today.left >= tomorrow.left

    @given(day=near_days, amount=st.integers(1, 60), days=counts())
    def test_used_and_left_make_the_limit_until_it_ends(self, day: date, amount: int, days: int) -> None:
        promise = Promise(statutory=Period(amount=amount))

        reading = read([accepted(day)], promise, day + timedelta(days=days))

        if reading.colour is DueColour.RED:
            assert (reading.left, reading.used >= amount) == (0, True)
        else:
            assert reading.used + reading.left == amount

    @given(day=near_days, promise=promises, holiday=near_days)
    def test_one_more_holiday_makes_no_deadline_earlier(
        self, day: date, promise: Promise, holiday: date
    ) -> None:
        more = CALENDAR.with_days({holiday: NamedDay(DayKind.HOLIDAY, "新增假日")})

        before = read([accepted(day)], promise, day)
        after = read([accepted(day)], promise, day, more)

        assert (before.statutory_due is None) == (after.statutory_due is None)
        if before.statutory_due and after.statutory_due:
            assert after.statutory_due >= before.statutory_due
        if before.promised_due and after.promised_due:
            assert after.promised_due >= before.promised_due


class TestStop:
    @given(day=near_days, amount=st.integers(2, 60), data=st.data())
    def test_of_n_working_days_moves_the_deadline_by_n(
        self, day: date, amount: int, data: st.DataObject
    ) -> None:
        promise = Promise(statutory=Period(amount=amount))
        due = CALENDAR.add_working_days(day, amount)
        first = data.draw(st.dates(min_value=day + timedelta(days=1), max_value=due))
        until = first + timedelta(days=data.draw(st.integers(0, 60)))
        yesterday = timedelta(days=1)
        stood_still = CALENDAR.working_days_between(first - yesterday, until - yesterday)

        reading = read([accepted(day), *stop(first, until)], promise, until)

        assert reading.statutory_due == CALENDAR.add_working_days(due, stood_still)

    @given(
        day=near_days,
        promise=promises,
        spans=st.lists(st.tuples(st.integers(0, 80), st.integers(0, 30)), min_size=1, max_size=5),
    )
    def test_counts_once_where_several_overlap(
        self, day: date, promise: Promise, spans: list[tuple[int, int]]
    ) -> None:
        several = [accepted(day)]
        stood_still: set[date] = set()
        for key, (begin, length) in enumerate(spans):
            first, until = (day + timedelta(days=begin + offset) for offset in (1, length + 1))
            several += stop(first, until, str(key))
            stood_still |= {first + timedelta(days=offset) for offset in range(length)}
        one_by_one = [accepted(day)]
        for key, still in enumerate(sorted(stood_still)):
            one_by_one += stop(still, still + timedelta(days=1), f"day {key}")
        on = day + timedelta(days=400)

        merged, single = read(several, promise, on), read(one_by_one, promise, on)

        assert (merged.statutory_due, merged.promised_due) == (single.statutory_due, single.promised_due)
        assert merged.used == single.used

    @given(day=near_days, amount=st.integers(1, 60), begin=st.integers(0, 100), days=counts())
    def test_still_open_is_read_as_if_it_ended_today(
        self, day: date, amount: int, begin: int, days: int
    ) -> None:
        promise = Promise(statutory=Period(amount=amount))
        first = day + timedelta(days=begin)
        today = first + timedelta(days=days)
        begun, ended = stop(first, today)

        still_open = read([accepted(day), begun], promise, today)
        closed = read([accepted(day), begun, ended], promise, today)

        assert still_open.phase is ClockPhase.STOPPED
        assert (still_open.due, still_open.left) == (closed.due, closed.left)
        assert still_open.colour in {DueColour.GREY, DueColour.RED}

    @given(happened=st.lists(events(moments), max_size=8), promise=promises, at=moments)
    def test_before_acceptance_is_none(
        self, happened: list[ClockEvent], promise: Promise, at: datetime
    ) -> None:
        first = min((event.at for event in happened), default=at)
        early = ClockEvent(kind=ClockEventKind.STOPPED, at=first - timedelta(days=1), stop_key="early")

        without = read_clock(happened, promise=promise, calendar=CALENDAR, at=at)
        with_stop = read_clock([early, *happened], promise=promise, calendar=CALENDAR, at=at)

        assert with_stop == without


class TestExtension:
    @given(day=near_days, amount=st.integers(1, 60), days=st.integers(1, 10), joint=st.booleans())
    def test_moves_the_deadline_by_its_working_days(
        self, day: date, amount: int, days: int, joint: bool
    ) -> None:
        promise = Promise(statutory=Period(amount=amount), is_joint=joint)
        due = CALENDAR.add_working_days(day, amount)
        extension = ClockEvent(kind=ClockEventKind.EXTENDED, at=at_ten(due), extension_working_days=days)

        reading = read([accepted(day), extension], promise, due)

        assert reading.statutory_due == CALENDAR.add_working_days(due, days)

    @given(day=near_days, amount=st.integers(1, 60), days=st.integers(1, 10), again=st.integers(1, 10))
    def test_counts_only_once(self, day: date, amount: int, days: int, again: int) -> None:
        promise = Promise(statutory=Period(amount=amount))
        at = at_ten(day) + timedelta(minutes=1)
        first = ClockEvent(kind=ClockEventKind.EXTENDED, at=at, extension_working_days=days)
        second = replace(first, at=at + timedelta(minutes=1), extension_working_days=again)

        once = read([accepted(day), first], promise, day + timedelta(days=1))
        twice = read([accepted(day), first, second], promise, day + timedelta(days=1))

        assert once.statutory_due == twice.statutory_due
        assert once.extension_working_days == twice.extension_working_days == days


class TestKeptDays:
    """
    What a finished case keeps of the calendar says all that the whole calendar said, whatever is loaded later.
    """

    @settings(deadline=None)
    @given(
        happened=st.lists(events(moments), max_size=12),
        promise=promises,
        ended_at=moments,
        end=st.sampled_from([ClockEventKind.CLOSED, ClockEventKind.WITHDRAWN, ClockEventKind.DELIVERED]),
        after=counts(),
        calendar=other_calendars,
    )
    def test_make_the_same_reading_for_ever(
        self,
        *,
        happened: list[ClockEvent],
        promise: Promise,
        ended_at: datetime,
        end: ClockEventKind,
        after: int,
        calendar: WorkCalendar,
    ) -> None:
        course = [event for event in happened if event.at <= ended_at]
        course.append(ClockEvent(kind=end, at=ended_at))
        at_the_end = read_clock(course, promise=promise, calendar=calendar, at=ended_at)
        kept = calendar_of_days(days_behind(at_the_end, calendar=calendar, at=ended_at))

        later = read_clock(
            course, promise=promise, calendar=kept, counted_by=kept, at=ended_at + timedelta(days=after)
        )

        assert later == at_the_end

    @settings(deadline=None)
    @given(
        accepted_on=near_days,
        happened=st.lists(events(moments), max_size=8),
        promise=promises,
        examined=st.integers(0, 90),
        after=counts(),
        calendar=other_calendars,
        loaded_later=other_calendars,
    )
    def test_keep_the_limits_of_a_decision_while_delivery_follows_the_calendar(
        self,
        *,
        accepted_on: date,
        happened: list[ClockEvent],
        promise: Promise,
        examined: int,
        after: int,
        calendar: WorkCalendar,
        loaded_later: WorkCalendar,
    ) -> None:
        decided_at = at_ten(accepted_on + timedelta(days=examined))
        course = [accepted(accepted_on), *(event for event in happened if event.at < decided_at)]
        course.append(ClockEvent(kind=ClockEventKind.DECIDED, at=decided_at))
        then = read_clock(course, promise=promise, calendar=calendar, at=decided_at)
        kept = calendar_of_days(days_behind(then, calendar=calendar, at=decided_at))

        later = read_clock(
            course,
            promise=promise,
            calendar=loaded_later,
            counted_by=kept,
            at=decided_at + timedelta(days=after),
        )

        assert (later.statutory_due, later.promised_due) == (then.statutory_due, then.promised_due)
        assert (later.acceptance_due, later.used, later.stops) == (then.acceptance_due, then.used, then.stops)
        if then.phase is ClockPhase.DELIVERY and then.decided_on:
            assert later.delivery_due == loaded_later.add_working_days(then.decided_on, 10)

    @given(day=near_days, promise=promises)
    def test_leave_nothing_provisional(self, day: date, promise: Promise) -> None:
        closed = ClockEvent(kind=ClockEventKind.CLOSED, at=at_ten(day) + timedelta(hours=1))

        reading = read([accepted(day), closed], promise, day + timedelta(days=200), WorkCalendar())

        assert not reading.is_provisional
        assert not [line for line in reading.why if line.code is Because.PROVISIONAL_YEAR]
