from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from tongban.foundation import calendar
from tongban.foundation.actors import Actor, ActorKind, system_actor
from tongban.foundation.calendar import (
    CalendarRow,
    CalendarYearIncomplete,
    current_calendar,
    load_year,
    packaged_rows,
    seed_calendar,
)
from tongban.foundation.errors import InvalidInput, NotPermitted
from tongban.foundation.models import Announcement, AuditEntry, CalendarDay

pytestmark = pytest.mark.django_db

NODE = system_actor("test")
OPERATOR = Actor(kind=ActorKind.STAFF, id="operator-1", roles=frozenset({"OPERATOR"}))
CLERK = Actor(kind=ActorKind.STAFF, id="clerk-7")
MORNING = datetime(2026, 11, 22, 1, tzinfo=UTC)
NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
NOTICE = "2027年放假安排（测试）"
ROWS_2027 = (
    CalendarRow(date=date(2026, 12, 27), is_working=True, name="元旦调休"),
    *(replace(row, is_provisional=False) for row in packaged_rows() if row.date.year == 2027),
    CalendarRow(date=date(2027, 1, 4), is_working=False, name="元旦"),
)
"""The thirteen days of law, one more, and a working day of the December before."""


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    calendar.forget_calendar()
    yield
    calendar.forget_calendar()


class TestSeedCalendar:
    def test_fills_an_empty_table_with_the_packaged_calendar(self) -> None:
        loaded = seed_calendar(actor=NODE, at=MORNING)

        assert loaded.changed_years == tuple(range(2004, 2029))
        assert CalendarDay.objects.count() == loaded.rows == 796
        national_day = CalendarDay.objects.get(date=date(2026, 10, 1))
        assert (national_day.kind, national_day.name, national_day.is_provisional) == (
            "HOLIDAY",
            "国庆节",
            False,
        )

    def test_changes_nothing_the_second_time(self) -> None:
        seed_calendar(actor=NODE, at=MORNING)

        again = seed_calendar(actor=NODE, at=NOON)

        assert (again.changed_years, again.rows) == ((), 0)
        assert not CalendarDay.objects.filter(loaded_at=NOON).exists()

    def test_leaves_alone_what_a_keeper_loaded(self) -> None:
        load_year(rows=ROWS_2027, source=NOTICE, actor=OPERATOR, at=MORNING)

        seed_calendar(actor=NODE, at=NOON)

        assert CalendarDay.objects.filter(date__year=2027).count() == 14

    def test_is_refused_to_a_clerk(self) -> None:
        with pytest.raises(NotPermitted):
            seed_calendar(actor=CLERK, at=MORNING)

        assert not CalendarDay.objects.exists()


class TestLoadYear:
    def test_replaces_the_provisional_year_and_says_which_years_changed(self) -> None:
        seed_calendar(actor=NODE, at=MORNING)

        loaded = load_year(rows=ROWS_2027, source=NOTICE, actor=OPERATOR, at=NOON)

        assert (loaded.changed_years, loaded.rows) == ((2026, 2027), 15)
        days = CalendarDay.objects.filter(date__year=2027, date__month=1).order_by("date")
        assert [(day.date, day.is_working, day.source) for day in days] == [
            (date(2027, 1, 1), False, NOTICE),
            (date(2027, 1, 4), False, NOTICE),
        ]
        assert CalendarDay.objects.get(date=date(2026, 12, 27)).kind == "MAKE_UP_WORKDAY"

    def test_moves_deadlines_across_the_turn_of_the_year(self) -> None:
        seed_calendar(actor=NODE, at=MORNING)
        before = current_calendar()

        load_year(rows=ROWS_2027, source=NOTICE, actor=OPERATOR, at=NOON)

        after = current_calendar()
        assert before.add_working_days(date(2026, 12, 31), 1) == date(2027, 1, 4)
        assert after.add_working_days(date(2026, 12, 31), 1) == date(2027, 1, 5)
        assert before.is_provisional(date(2026, 12, 31))
        assert not after.is_provisional(date(2026, 12, 31), date(2027, 12, 24))

    def test_keeps_all_other_years_when_it_is_the_first_to_be_loaded(self) -> None:
        load_year(rows=ROWS_2027, source=NOTICE, actor=OPERATOR, at=MORNING)

        calendar_now = current_calendar()

        assert calendar_now.add_working_days(date(2026, 9, 30), 1) == date(2026, 10, 8)
        assert calendar_now.confirmed_years == frozenset(range(2004, 2028))

    def test_changes_nothing_when_the_same_rows_come_again(self) -> None:
        load_year(rows=ROWS_2027, source=NOTICE, actor=OPERATOR, at=MORNING)

        again = load_year(rows=ROWS_2027, source=NOTICE, actor=OPERATOR, at=NOON)

        assert again.changed_years == ()
        assert not CalendarDay.objects.filter(loaded_at=NOON).exists()
        assert Announcement.objects.filter(topic="foundation.calendar_changed").count() == 1

    def test_announces_the_changed_years_and_writes_them_down(self) -> None:
        load_year(rows=ROWS_2027, source=NOTICE, actor=OPERATOR, at=MORNING)

        announced = Announcement.objects.get(topic="foundation.calendar_changed")
        entries = AuditEntry.objects.filter(action="foundation.calendar.load").order_by("subject")
        assert announced.payload == {"years": [2026, 2027]}
        assert [(entry.subject, entry.actor_id) for entry in entries] == [
            ("2026", "operator-1"),
            ("2027", "operator-1"),
        ]

    def test_keeps_expectations_provisional(self) -> None:
        rows = [CalendarRow(date=date(2029, 1, 1), is_working=False, name="元旦")]

        load_year(rows=rows, source="推算", provisional=True, force=True, actor=OPERATOR, at=MORNING)

        assert current_calendar().is_provisional(date(2029, 1, 2))

    def test_refuses_to_replace_a_year_by_a_part_of_it(self) -> None:
        seed_calendar(actor=NODE, at=MORNING)
        before = list(CalendarDay.objects.order_by("date").values())
        rows = [CalendarRow(date=date(2026, 1, 1), is_working=False, name="元旦")]

        with pytest.raises(CalendarYearIncomplete) as refused:
            load_year(rows=rows, source=NOTICE, actor=OPERATOR, at=NOON)

        assert refused.value.fields == {
            "holidays": "2026 年缺少法定节假日：春节, 清明节, 劳动节, 端午节, 中秋节, 国庆节",
            "days": "2026 年只列出 1 天放假，法定节假日共有 13 天",
        }
        assert list(CalendarDay.objects.order_by("date").values()) == before

    @pytest.mark.parametrize("holiday", ["元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节"])
    def test_refuses_a_year_without_one_of_its_holidays(self, holiday: str) -> None:
        others = [CalendarRow(date=date(2027, 7, day), is_working=False, name="放假") for day in range(1, 14)]

        with pytest.raises(CalendarYearIncomplete) as refused:
            load_year(
                rows=[*(row for row in ROWS_2027 if holiday not in row.name), *others],
                source=NOTICE, actor=OPERATOR, at=MORNING,
            )  # fmt: skip

        assert refused.value.fields == {"holidays": f"2027 年缺少法定节假日：{holiday}"}

    def test_refuses_a_year_with_fewer_days_off_than_the_law_gives(self) -> None:
        rows = [row for row in ROWS_2027 if row.date not in {date(2027, 1, 4), date(2027, 10, 3)}]

        with pytest.raises(CalendarYearIncomplete) as refused:
            load_year(rows=rows, source=NOTICE, actor=OPERATOR, at=MORNING)

        assert set(refused.value.fields) == {"days"}

    def test_takes_a_part_of_a_year_where_the_keeper_insists(self) -> None:
        rows = [CalendarRow(date=date(2027, 1, 1), is_working=False, name="元旦")]

        loaded = load_year(rows=rows, source=NOTICE, force=True, actor=OPERATOR, at=MORNING)

        assert (loaded.changed_years, loaded.rows) == ((2027,), 1)

    @pytest.mark.parametrize("year", range(2004, 2029))
    def test_takes_every_year_of_the_package_but_the_one_that_leaves_a_name_out(self, year: int) -> None:
        rows = [row for row in packaged_rows() if row.date.year == year]

        if year == 2020:  # 中秋节 was on 1 October, and the package names 国庆节 alone
            with pytest.raises(CalendarYearIncomplete):
                load_year(rows=rows, source=NOTICE, actor=OPERATOR, at=MORNING)
        else:
            assert load_year(rows=rows, source=NOTICE, actor=OPERATOR, at=MORNING).rows == len(rows)

    @pytest.mark.parametrize(
        ("rows", "provisional"),
        [
            pytest.param((), False, id="no rows"),
            pytest.param(
                (*ROWS_2027, CalendarRow(date=date(2026, 11, 30), is_working=False, name="错")),
                False,
                id="a day of another year",
            ),
            pytest.param(ROWS_2027, True, id="an expected day of the year before"),
        ],
    )
    def test_refuses_rows_that_are_not_of_one_year(
        self, rows: tuple[CalendarRow, ...], provisional: bool
    ) -> None:
        with pytest.raises(InvalidInput) as refused:
            load_year(rows=rows, source=NOTICE, provisional=provisional, actor=OPERATOR, at=MORNING)

        assert set(refused.value.fields) == {"rows"}
        assert not CalendarDay.objects.exists()

    def test_is_refused_to_a_clerk(self) -> None:
        with pytest.raises(NotPermitted):
            load_year(rows=ROWS_2027, source=NOTICE, actor=CLERK, at=MORNING)

        assert not CalendarDay.objects.exists()


class TestCurrentCalendar:
    def test_is_the_packaged_one_while_the_table_is_empty(self) -> None:
        assert current_calendar() == calendar.packaged_calendar()

    def test_equals_the_packaged_one_after_seeding(self) -> None:
        seed_calendar(actor=NODE, at=MORNING)

        assert current_calendar() == calendar.packaged_calendar()

    def test_asks_the_database_only_once_in_a_few_seconds(
        self, django_assert_num_queries: pytest.FixtureRequest
    ) -> None:
        current_calendar()

        with django_assert_num_queries(0):  # type: ignore[operator]
            current_calendar()

    def test_sees_what_another_process_loaded_once_it_asks_again(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        current_calendar()
        CalendarDay.objects.create(
            date=date(2027, 1, 4), is_working=False, kind="HOLIDAY", name="元旦", source=NOTICE,
            is_provisional=False, loaded_at=MORNING,
        )  # fmt: skip
        still = current_calendar()
        monkeypatch.setattr(calendar, "TRUSTED_SECONDS", 0.0)

        assert still.is_working_day(date(2027, 1, 4))
        assert not current_calendar().is_working_day(date(2027, 1, 4))
