from datetime import date, datetime

import pytest

from tongban.foundation.calendar import (
    CalendarFileRejected,
    packaged_calendar,
    packaged_rows,
    parse_calendar_csv,
)
from tongban.foundation.clock import CHINA
from tongban.foundation.worktime import (
    WEEKDAYS_ONLY,
    DayKind,
    DayRange,
    NamedDay,
    Period,
    PeriodUnit,
    WorkCalendar,
    add_months,
    last_day,
)
from tools.make_calendar import rows

CALENDAR = packaged_calendar()


def ten_o_clock(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 10, tzinfo=CHINA)


class TestPackagedCalendar:
    """
    Checked against the notices 国办发明电 of the years concerned.
    """

    @pytest.mark.parametrize(
        ("first", "last", "name"),
        [
            (date(2026, 1, 1), date(2026, 1, 3), "元旦"),
            (date(2026, 2, 15), date(2026, 2, 23), "春节"),
            (date(2026, 4, 4), date(2026, 4, 6), "清明节"),
            (date(2026, 5, 1), date(2026, 5, 5), "劳动节"),
            (date(2026, 6, 19), date(2026, 6, 21), "端午节"),
            (date(2026, 9, 25), date(2026, 9, 27), "中秋节"),
            (date(2026, 10, 1), date(2026, 10, 7), "国庆节"),
        ],
    )
    def test_has_the_holidays_of_2026(self, first: date, last: date, name: str) -> None:
        ranges = CALENDAR.excluded(date(2025, 12, 31), date(2026, 12, 31))

        assert DayRange(first=first, last=last, kind=DayKind.HOLIDAY, name=name) in ranges

    def test_has_the_make_up_days_of_2026(self) -> None:
        days = [
            run.first
            for run in CALENDAR.unusual_days(date(2025, 12, 31), date(2026, 12, 31))
            if run.kind is DayKind.MAKE_UP_WORKDAY
        ]

        assert days == [
            date(2026, 1, 4),
            date(2026, 2, 14),
            date(2026, 2, 28),
            date(2026, 5, 9),
            date(2026, 9, 20),
            date(2026, 10, 10),
        ]

    @pytest.mark.parametrize(("year", "working_days"), [(2024, 251), (2025, 248), (2026, 248)])
    def test_has_the_working_days_of_a_year(self, year: int, working_days: int) -> None:
        assert CALENDAR.working_days_between(date(year - 1, 12, 31), date(year, 12, 31)) == working_days

    @pytest.mark.parametrize(("year", "new_year"), [(2027, date(2027, 2, 6)), (2028, date(2028, 1, 26))])
    def test_has_the_spring_festival_of_provisional_years(self, year: int, new_year: date) -> None:
        rows = [row for row in packaged_rows() if row.date.year == year and row.name == "春节"]

        assert [(row.date - new_year).days for row in rows] == [-1, 0, 1, 2]
        assert all(row.is_provisional for row in rows)

    @pytest.mark.parametrize("year", [2027, 2028])
    def test_has_the_thirteen_statutory_days_of_provisional_years(self, year: int) -> None:
        names = [row.name for row in packaged_rows() if row.date.year == year]

        assert sum(len(name.split("、")) for name in names) == 13

    def test_is_what_its_generator_makes(self) -> None:
        made = [(text, bool(worked), name, bool(provisional)) for text, worked, name, provisional in rows()]

        packaged = [
            (row.date.isoformat(), row.is_working, row.name, row.is_provisional) for row in packaged_rows()
        ]
        assert packaged == made

    def test_confirms_the_years_that_were_announced(self) -> None:
        assert CALENDAR.confirmed_years == frozenset(range(2004, 2027))


class TestIsWorkingDay:
    @pytest.mark.parametrize(
        ("day", "is_working"),
        [
            (date(2026, 11, 20), True),
            (date(2026, 11, 21), False),
            (date(2026, 10, 1), False),
            (date(2026, 10, 10), True),
            (date(2027, 1, 1), False),
            (date(2027, 1, 4), True),
            (date(2040, 10, 1), True),
            (date(2040, 10, 6), False),
        ],
    )
    def test_follows_notice_then_weekday(self, day: date, is_working: bool) -> None:
        assert CALENDAR.is_working_day(day) is is_working


class TestAddWorkingDays:
    @pytest.mark.parametrize(
        ("start", "working_days", "last"),
        [
            (date(2026, 11, 20), 0, date(2026, 11, 20)),
            (date(2026, 11, 21), 0, date(2026, 11, 21)),
            (date(2026, 11, 20), 1, date(2026, 11, 23)),
            (date(2026, 11, 21), 1, date(2026, 11, 23)),
            (date(2026, 9, 30), 1, date(2026, 10, 8)),
            (date(2026, 9, 30), 3, date(2026, 10, 10)),
            (date(2026, 9, 30), 4, date(2026, 10, 12)),
            (date(2026, 2, 13), 1, date(2026, 2, 14)),
            (date(2026, 2, 14), 1, date(2026, 2, 24)),
            (date(2026, 2, 14), 5, date(2026, 2, 28)),
            (date(2026, 12, 31), 1, date(2027, 1, 4)),
            (date(2026, 12, 30), 2, date(2027, 1, 4)),
            (date(2026, 12, 21), 20, date(2027, 1, 19)),
            (date(2027, 2, 4), 1, date(2027, 2, 9)),
            (date(2028, 12, 29), 1, date(2029, 1, 1)),
            (date(2026, 11, 20), 3500, date(2040, 5, 14)),
        ],
    )
    def test_counts_from_the_day_after(self, start: date, working_days: int, last: date) -> None:
        assert CALENDAR.add_working_days(start, working_days) == last

    def test_refuses_a_negative_number(self) -> None:
        with pytest.raises(ValueError, match="cannot be negative: -1"):
            CALENDAR.add_working_days(date(2026, 11, 20), -1)

    def test_says_so_when_the_calendar_ends(self) -> None:
        with pytest.raises(OverflowError):
            CALENDAR.add_working_days(date(9999, 12, 20), 100)

    def test_counts_a_working_saturday_once_even_if_a_notice_names_a_weekday_too(self) -> None:
        calendar = WorkCalendar({date(2026, 11, 23): NamedDay(DayKind.MAKE_UP_WORKDAY, "误列")})

        assert calendar.add_working_days(date(2026, 11, 20), 2) == date(2026, 11, 24)


class TestWorkingDaysBetween:
    @pytest.mark.parametrize(
        ("after", "until", "days"),
        [
            (date(2026, 9, 30), date(2026, 10, 7), 0),
            (date(2026, 9, 30), date(2026, 10, 12), 4),
            (date(2026, 10, 12), date(2026, 9, 30), -4),
            (date(2026, 12, 31), date(2026, 12, 31), 0),
            (date(2026, 12, 31), date(2027, 1, 4), 1),
        ],
    )
    def test_counts_the_end_and_not_the_start(self, after: date, until: date, days: int) -> None:
        assert CALENDAR.working_days_between(after, until) == days


class TestExcluded:
    def test_names_the_reason_of_every_day_of_national_day_2026(self) -> None:
        ranges = CALENDAR.excluded(date(2026, 9, 18), date(2026, 10, 12))

        assert ranges == (
            DayRange(first=date(2026, 9, 19), last=date(2026, 9, 19), kind=DayKind.WEEKEND),
            DayRange(first=date(2026, 9, 25), last=date(2026, 9, 27), kind=DayKind.HOLIDAY, name="中秋节"),
            DayRange(first=date(2026, 10, 1), last=date(2026, 10, 7), kind=DayKind.HOLIDAY, name="国庆节"),
            DayRange(first=date(2026, 10, 11), last=date(2026, 10, 11), kind=DayKind.WEEKEND),
        )

    def test_keeps_holidays_that_touch_apart(self) -> None:
        ranges = CALENDAR.excluded(date(2025, 9, 30), date(2025, 10, 8))

        assert [(run.first.day, run.last.day, run.name) for run in ranges] == [
            (1, 5, "国庆节"),
            (6, 6, "中秋节"),
            (7, 8, "国庆节"),
        ]

    def test_is_empty_for_no_days(self) -> None:
        assert CALENDAR.excluded(date(2026, 10, 5), date(2026, 10, 4)) == ()

    def test_begins_inside_a_weekend(self) -> None:
        ranges = WEEKDAYS_ONLY.excluded(date(2026, 11, 21), date(2026, 11, 28))

        assert [(run.first.day, run.last.day) for run in ranges] == [(22, 22), (28, 28)]


class TestIsProvisional:
    @pytest.mark.parametrize(
        ("first", "last", "is_provisional"),
        [
            (date(2026, 1, 1), date(2026, 12, 24), False),
            (date(2026, 12, 24), None, False),
            (date(2026, 12, 25), None, True),
            (date(2026, 11, 20), date(2027, 1, 4), True),
            (date(2025, 12, 31), None, False),
            (date(2027, 6, 1), None, True),
            (date(2040, 6, 1), None, True),
            (date(2003, 6, 1), None, True),
        ],
    )
    def test_covers_what_a_notice_to_come_may_move(
        self, first: date, last: date | None, is_provisional: bool
    ) -> None:
        assert CALENDAR.is_provisional(first, last) is is_provisional

    def test_years_are_named(self) -> None:
        assert CALENDAR.provisional_years(date(2026, 11, 20), date(2028, 1, 4)) == (2027, 2028)


class TestAddMonths:
    @pytest.mark.parametrize(
        ("start", "months", "end"),
        [
            (date(2026, 1, 31), 1, date(2026, 2, 28)),
            (date(2024, 1, 31), 1, date(2024, 2, 29)),
            (date(2026, 8, 31), 1, date(2026, 9, 30)),
            (date(2026, 12, 31), 1, date(2027, 1, 31)),
            (date(2026, 12, 15), 14, date(2028, 2, 15)),
            (date(2024, 2, 29), 12, date(2025, 2, 28)),
            (date(2026, 2, 28), 1, date(2026, 3, 28)),
        ],
    )
    def test_ends_on_the_corresponding_day_or_the_last_of_the_month(
        self, start: date, months: int, end: date
    ) -> None:
        assert add_months(start, months) == end


class TestLastDay:
    @pytest.mark.parametrize(
        ("start", "amount", "unit", "last"),
        [
            (date(2026, 11, 20), 5, PeriodUnit.WORKING_DAY, date(2026, 11, 27)),
            (date(2026, 11, 20), 0, PeriodUnit.WORKING_DAY, date(2026, 11, 20)),
            (date(2026, 11, 21), 0, PeriodUnit.WORKING_DAY, date(2026, 11, 23)),
            (date(2026, 11, 20), 7, PeriodUnit.NATURAL_DAY, date(2026, 11, 27)),
            (date(2026, 11, 20), 8, PeriodUnit.NATURAL_DAY, date(2026, 11, 30)),
            (date(2026, 9, 21), 10, PeriodUnit.NATURAL_DAY, date(2026, 10, 8)),
            (date(2026, 9, 30), 10, PeriodUnit.NATURAL_DAY, date(2026, 10, 10)),
            (date(2026, 8, 31), 1, PeriodUnit.MONTH, date(2026, 9, 30)),
            (date(2026, 9, 1), 1, PeriodUnit.MONTH, date(2026, 10, 8)),
            (date(2026, 12, 1), 1, PeriodUnit.MONTH, date(2027, 1, 4)),
            (date(2026, 10, 1), 1, PeriodUnit.YEAR, date(2027, 10, 4)),
            (date(2026, 11, 20), 13, PeriodUnit.HOUR, date(2026, 11, 20)),
            (date(2026, 11, 20), 14, PeriodUnit.HOUR, date(2026, 11, 23)),
            (date(2026, 11, 20), 2, PeriodUnit.HOUR, date(2026, 11, 20)),
        ],
    )
    def test_is_worked_and_in_time(self, start: date, amount: int, unit: PeriodUnit, last: date) -> None:
        period = Period(amount=amount, unit=unit)

        assert last_day(period, start=ten_o_clock(start), calendar=CALENDAR) == last

    @pytest.mark.parametrize(
        ("amount", "unit"),
        [(-1, PeriodUnit.WORKING_DAY), (25_001, PeriodUnit.WORKING_DAY), (101, PeriodUnit.YEAR)],
    )
    def test_period_of_no_sensible_length_is_refused(self, amount: int, unit: PeriodUnit) -> None:
        with pytest.raises(ValueError, match="a period is between 0 and"):
            Period(amount=amount, unit=unit)


class TestWorkCalendar:
    def test_cannot_be_changed(self) -> None:
        with pytest.raises(TypeError):
            CALENDAR.days[date(2026, 1, 1)] = NamedDay(DayKind.WORKDAY)  # type: ignore[index]

    def test_does_not_follow_changes_of_what_it_was_made_of(self) -> None:
        days = {date(2026, 11, 23): NamedDay(DayKind.HOLIDAY, "测试")}
        calendar = WorkCalendar(days)

        days.clear()

        assert not calendar.is_working_day(date(2026, 11, 23))

    def test_with_days_leaves_the_original_alone(self) -> None:
        monday = date(2026, 11, 23)

        changed = CALENDAR.with_days({monday: NamedDay(DayKind.HOLIDAY, "测试")})

        assert (changed.is_working_day(monday), CALENDAR.is_working_day(monday)) == (False, True)


class TestParseCalendarCsv:
    def test_reads_rows_in_order_of_date(self) -> None:
        rows = parse_calendar_csv("\ufeffdate,is_working,name\n2027-02-14,是,春节调休\n2027-02-05,0,春节\n")

        assert [(row.date, row.is_working, row.name) for row in rows] == [
            (date(2027, 2, 5), False, "春节"),
            (date(2027, 2, 14), True, "春节调休"),
        ]

    def test_leaves_out_days_that_are_as_their_weekday_says(self) -> None:
        exceptions = "2027-02-05,0,春节\n2027-02-06,0,春节\n2027-02-14,1,春节调休\n"
        plain = "2027-02-04,1,\n2027-02-12,1,\n2027-02-13,0,\n2027-02-20,0,\n2027-02-21,0,\n"

        rows = parse_calendar_csv("date,is_working,name\n" + exceptions + plain)

        assert rows == parse_calendar_csv("date,is_working,name\n" + exceptions)

    def test_keeps_a_weekend_that_is_worked_though_it_has_no_name(self) -> None:
        (row,) = parse_calendar_csv("date,is_working,name\n2027-02-14,1,\n")

        assert (row.date, row.is_working) == (date(2027, 2, 14), True)

    @pytest.mark.parametrize(
        ("text", "fields"),
        [
            ("", {"1.date", "1.is_working", "1.name"}),
            ("date,name\n", {"1.is_working"}),
            ("date,is_working,name\n", {"2.date"}),
            ("date,is_working,name\n2027-02-08,1,\n", {"2.date"}),
            ("date,is_working,name\n2027-02-13,0,\n2027-02-13,0,\n", {"3.date"}),
            ("date,is_working,name\n2027-02-30,0,春节\n", {"2.date"}),
            ("date,is_working,name\n2027/2/5,maybe,春节\n", {"2.date", "2.is_working"}),
            ("date,is_working,name\n20270205,0,春节\n", {"2.date"}),
            ("date,is_working,name\n2207-02-05,0,春节\n", {"2.date"}),
            ("date,is_working,name\n2027-02-05,0,\n", {"2.name"}),
            ("date,is_working,name\n2027-02-05\n", {"2.is_working"}),
            ("date,is_working,name\n2027-02-05,0,春节\n2027-02-05,0,春节\n", {"3.date"}),
            (f"date,is_working,name\n2027-02-05,0,{'长' * 33}\n", {"2.name"}),
            ("<html>Bad gateway</html>", {"1.date", "1.is_working", "1.name"}),
        ],
    )
    def test_names_line_and_column_of_every_problem(self, text: str, fields: set[str]) -> None:
        with pytest.raises(CalendarFileRejected) as rejected:
            parse_calendar_csv(text)

        assert set(rejected.value.fields) == fields
        assert rejected.value.code == "calendar_file_rejected"
