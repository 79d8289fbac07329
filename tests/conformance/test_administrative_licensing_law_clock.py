"""
行政许可法 and 民法典: what each article asks of the clock, as a table of worked examples.

The days were counted by hand on the announced calendar of 2026: Spring Festival 02-15..02-23 with 02-14 and
02-28 worked, National Day 10-01..10-07 with 09-20 and 10-10 worked; and on the statutory days of 2027.
"""

import tomllib
from datetime import date, datetime
from pathlib import Path

import pytest

from tongban.business.casework.rules.clock import (
    Because,
    ClockEvent,
    ClockEventKind,
    ClockPhase,
    ClockReading,
    DueColour,
    Promise,
    StopKind,
    acceptance_due,
    deemed_acceptance_date,
    delivery_due,
    lower_agency_due,
    read_clock,
)
from tongban.foundation.calendar import packaged_calendar
from tongban.foundation.rules import IMPLEMENTED
from tongban.foundation.worktime import Period, PeriodUnit, last_day

CALENDAR = packaged_calendar()
CLAUSES = Path(__file__).parents[2] / "docs" / "sources" / "clauses.toml"
TWENTY_DAYS = Promise(statutory=Period(amount=20))


def moment(text: str) -> datetime:
    return datetime.fromisoformat(f"{text if 'T' in text else text + 'T10:00'}:00+08:00")


def happened(*events: tuple[str, str]) -> list[ClockEvent]:
    return [ClockEvent(kind=ClockEventKind(kind), at=moment(at)) for kind, at in events]


def accepted(at: str) -> list[ClockEvent]:
    return happened(("SUBMITTED", at), ("ACCEPTED", at))


def stopped(first: str, until: str, key: str = "", kind: StopKind = StopKind.HEARING) -> list[ClockEvent]:
    return [
        ClockEvent(kind=ClockEventKind.STOPPED, at=moment(first), stop_key=key, stop_kind=kind),
        ClockEvent(kind=ClockEventKind.RESUMED, at=moment(until), stop_key=key),
    ]


def extended(at: str, working_days: int) -> list[ClockEvent]:
    return [ClockEvent(kind=ClockEventKind.EXTENDED, at=moment(at), extension_working_days=working_days)]


def read(events: list[ClockEvent], at: str, promise: Promise = TWENTY_DAYS) -> ClockReading:
    return read_clock(events, promise=promise, calendar=CALENDAR, at=moment(at))


class TestArticle32:
    """
    补正告知 within five days, once; silence is acceptance from the day the materials were received.
    """

    @pytest.mark.parametrize(
        ("received", "last", "deemed_on"),
        [
            (date(2026, 11, 2), date(2026, 11, 9), date(2026, 11, 10)),
            (date(2026, 11, 7), date(2026, 11, 13), date(2026, 11, 16)),
            (date(2026, 9, 30), date(2026, 10, 13), date(2026, 10, 14)),
            (date(2026, 2, 13), date(2026, 2, 27), date(2026, 2, 28)),
            (date(2026, 12, 28), date(2027, 1, 5), date(2027, 1, 6)),
            (date(2027, 2, 4), date(2027, 2, 15), date(2027, 2, 16)),
        ],
    )
    def test_gives_five_working_days_and_takes_silence_as_acceptance_on_the_sixth(
        self, received: date, last: date, deemed_on: date
    ) -> None:
        assert acceptance_due(received_on=received, calendar=CALENDAR) == last
        assert deemed_acceptance_date(received_on=received, calendar=CALENDAR) == deemed_on

    def test_silence_needs_nobody_to_write_it_down(self) -> None:
        events = happened(("SUBMITTED", "2026-11-02"))

        last_day_of_five, sixth_day = read(events, "2026-11-09T23:59"), read(events, "2026-11-10T00:00")

        assert last_day_of_five.phase is ClockPhase.PRE_ACCEPTANCE
        assert sixth_day.phase is ClockPhase.RUNNING
        assert sixth_day.is_deemed_accepted
        assert (sixth_day.accepted_on, sixth_day.used) == (date(2026, 11, 2), 5)
        assert sixth_day.statutory_due == date(2026, 11, 30)

    def test_the_record_of_silence_changes_nothing(self) -> None:
        silent = happened(("SUBMITTED", "2026-11-02"))
        recorded = happened(("SUBMITTED", "2026-11-02"), ("DEEMED_ACCEPTED", "2026-11-10"))

        assert read(recorded, "2026-11-20") == read(silent, "2026-11-20")

    def test_a_notice_on_the_fifth_day_is_in_time(self) -> None:
        events = happened(("SUBMITTED", "2026-11-02"), ("CORRECTION_NOTICE", "2026-11-09T17:30"))

        assert read(events, "2026-11-30").phase is ClockPhase.WAITING_FOR_APPLICANT

    @pytest.mark.parametrize("at", ["2026-11-10", "2026-11-20"])
    def test_a_notice_after_the_fifth_day_stops_nothing(self, at: str) -> None:
        events = happened(("SUBMITTED", "2026-11-02"), ("CORRECTION_NOTICE", at))

        reading = read(events, at)

        assert (reading.phase, reading.accepted_on) == (ClockPhase.RUNNING, date(2026, 11, 2))
        assert reading.is_deemed_accepted

    def test_a_notice_on_the_rest_day_after_the_fifth_day_is_late_too(self) -> None:
        events = happened(("SUBMITTED", "2026-11-06"), ("CORRECTION_NOTICE", "2026-11-14"))

        reading = read(events, "2026-11-14")

        assert (reading.phase, reading.accepted_on) == (ClockPhase.RUNNING, date(2026, 11, 6))
        assert reading.why[1].code is Because.CORRECTION_NOTICE_LATE

    def test_a_late_acceptance_has_effect_from_the_day_of_receipt(self) -> None:
        events = happened(("SUBMITTED", "2026-11-02"), ("ACCEPTED", "2026-11-16"))

        assert read(events, "2026-11-16").accepted_on == date(2026, 11, 2)

    def test_an_acceptance_in_time_has_effect_from_its_own_day(self) -> None:
        events = happened(("SUBMITTED", "2026-11-02"), ("ACCEPTED", "2026-11-09"))

        reading = read(events, "2026-11-09")

        assert (reading.accepted_on, reading.is_deemed_accepted) == (date(2026, 11, 9), False)

    def test_silence_after_a_correction_accepts_from_the_day_it_was_corrected(self) -> None:
        events = happened(
            ("SUBMITTED", "2026-11-02"), ("CORRECTION_NOTICE", "2026-11-04"), ("CORRECTED", "2026-11-18")
        )

        reading = read(events, "2026-11-26")

        assert (reading.is_deemed_accepted, reading.accepted_on) == (True, date(2026, 11, 18))

    def test_waiting_for_the_applicant_is_not_silence(self) -> None:
        events = happened(("SUBMITTED", "2026-11-02"), ("CORRECTION_NOTICE", "2026-11-04"))

        assert not read(events, "2027-11-04").is_deemed_accepted


class TestArticle42:
    """
    Twenty days, ten more once; forty-five and fifteen for joint handling.
    """

    @pytest.mark.parametrize(
        ("accepted_on", "due"),
        [
            ("2026-11-03", date(2026, 12, 1)),
            ("2026-09-14", date(2026, 10, 16)),
            ("2026-02-02", date(2026, 3, 6)),
            ("2026-12-03", date(2026, 12, 31)),
            ("2026-12-04", date(2027, 1, 4)),
            ("2026-12-31", date(2027, 1, 29)),
            ("2027-01-20", date(2027, 2, 19)),
        ],
    )
    def test_a_decision_is_due_on_the_twentieth_working_day(self, accepted_on: str, due: date) -> None:
        assert read(accepted(accepted_on), accepted_on).statutory_due == due

    def test_ten_days_more_are_added_to_both_deadlines(self) -> None:
        promise = Promise(statutory=Period(amount=20), promised=Period(amount=8))

        reading = read([*accepted("2026-11-03"), *extended("2026-11-13", 10)], "2026-11-13", promise)

        assert (reading.statutory_due, reading.promised_due) == (date(2026, 12, 15), date(2026, 11, 27))
        assert reading.extension_working_days == 10

    @pytest.mark.parametrize(
        "extensions",
        [
            pytest.param(extended("2026-11-10", 11), id="too long"),
            pytest.param(extended("2026-12-02", 10), id="after the limit has passed"),
            pytest.param(extended("2026-11-10", 0), id="of nothing"),
        ],
    )
    def test_what_the_article_does_not_allow_adds_nothing(self, extensions: list[ClockEvent]) -> None:
        reading = read([*accepted("2026-11-03"), *extensions], "2026-12-03")

        assert (reading.statutory_due, reading.extension_working_days) == (date(2026, 12, 1), 0)
        assert Because.EXTENSION_IGNORED in [line.code for line in reading.why]

    def test_a_second_extension_adds_nothing(self) -> None:
        events = [*accepted("2026-11-03"), *extended("2026-11-10", 5), *extended("2026-11-11", 5)]

        assert read(events, "2026-11-11").statutory_due == date(2026, 12, 8)

    def test_an_extension_does_not_mend_a_promise_already_broken(self) -> None:
        promise = Promise(statutory=Period(amount=20), promised=Period(amount=3))
        events = [*accepted("2026-11-03"), *extended("2026-11-09", 10)]

        reading = read(events, "2026-11-09", promise)

        assert (reading.promised_due, reading.statutory_due) == (date(2026, 11, 6), date(2026, 12, 15))
        assert reading.colour is DueColour.RED

    def test_joint_handling_has_forty_five_days_and_fifteen_more(self) -> None:
        joint = Promise(is_joint=True)

        plain = read(accepted("2026-03-02"), "2026-03-02", joint)
        longer = read([*accepted("2026-03-02"), *extended("2026-03-03", 15)], "2026-03-03", joint)

        assert plain.statutory_due == date(2026, 5, 8)
        assert longer.statutory_due == date(2026, 5, 28)


class TestArticle43:
    """
    A lower agency has twenty days from its own acceptance.
    """

    @pytest.mark.parametrize(
        ("accepted_on", "due"),
        [(date(2026, 11, 3), date(2026, 12, 1)), (date(2026, 12, 31), date(2027, 1, 29))],
    )
    def test_counts_from_its_own_acceptance(self, accepted_on: date, due: date) -> None:
        assert lower_agency_due(accepted_on=accepted_on, calendar=CALENDAR) == due


class TestArticle44:
    """
    Ten days to deliver after the decision.
    """

    @pytest.mark.parametrize(
        ("decided_on", "due"),
        [
            (date(2026, 11, 17), date(2026, 12, 1)),
            (date(2026, 9, 30), date(2026, 10, 20)),
            (date(2026, 12, 21), date(2027, 1, 5)),
        ],
    )
    def test_counts_from_the_decision(self, decided_on: date, due: date) -> None:
        assert delivery_due(decided_on=decided_on, calendar=CALENDAR) == due

    def test_a_delivery_that_is_late_shows_red(self) -> None:
        events = [*accepted("2026-11-03"), *happened(("DECIDED", "2026-11-17"))]

        in_time, late = read(events, "2026-12-01"), read(events, "2026-12-02")

        assert (in_time.phase, in_time.colour, in_time.left) == (ClockPhase.DELIVERY, DueColour.YELLOW, 1)
        assert (late.colour, late.late) == (DueColour.RED, 1)


class TestArticle45:
    """
    Special procedures are not counted.
    """

    @pytest.mark.parametrize(
        ("stops", "due"),
        [
            pytest.param([], date(2026, 12, 1), id="none"),
            pytest.param([("2026-11-06", "2026-11-11")], date(2026, 12, 4), id="three working days"),
            pytest.param([("2026-11-06", "2026-11-06")], date(2026, 12, 1), id="within one day"),
            pytest.param([("2026-11-06", "2026-11-07")], date(2026, 12, 2), id="resumed on a Saturday"),
            pytest.param([("2026-11-07", "2026-11-09")], date(2026, 12, 1), id="over a weekend only"),
            pytest.param([("2026-12-01", "2026-12-08")], date(2026, 12, 8), id="from the last day on"),
            pytest.param([("2026-11-30", "2026-12-07")], date(2026, 12, 8), id="across the deadline"),
            pytest.param([("2026-12-02", "2026-12-08")], date(2026, 12, 1), id="after the deadline"),
            pytest.param([("2026-11-03", "2026-11-05")], date(2026, 12, 2), id="from the day of acceptance"),
            pytest.param(
                [("2026-11-06", "2026-11-16"), ("2026-11-09", "2026-11-11")], date(2026, 12, 9), id="nested"
            ),
            pytest.param(
                [("2026-11-06", "2026-11-11"), ("2026-11-10", "2026-11-16")],
                date(2026, 12, 9),
                id="overlapping",
            ),
            pytest.param(
                [("2026-11-06", "2026-11-11"), ("2026-11-11", "2026-11-16")],
                date(2026, 12, 9),
                id="one after the other",
            ),
            pytest.param(
                [("2026-11-06", "2026-11-09"), ("2026-11-16", "2026-11-17")], date(2026, 12, 3), id="apart"
            ),
            pytest.param([("2026-11-23", "2027-01-02")], date(2027, 1, 12), id="into the next year"),
        ],
    )
    def test_working_days_of_a_stop_are_added(self, stops: list[tuple[str, str]], due: date) -> None:
        events = accepted("2026-11-03")
        for key, (first, until) in enumerate(stops):
            events += stopped(first, until, str(key))

        assert read(events, "2027-01-05").statutory_due == due

    @pytest.mark.parametrize(
        ("until", "due"),
        [
            pytest.param("2026-10-02", date(2026, 10, 19), id="resumed on the holiday"),
            pytest.param("2026-10-08", date(2026, 10, 19), id="resumed on the first day after it"),
            pytest.param("2026-10-10", date(2026, 10, 21), id="resumed on the make-up Saturday"),
            pytest.param("2026-10-11", date(2026, 10, 22), id="resumed on the Sunday after it"),
        ],
    )
    def test_holidays_inside_a_stop_are_not_added_twice(self, until: str, due: date) -> None:
        events = [*accepted("2026-09-14"), *stopped("2026-09-30", until)]

        assert read(events, "2026-10-20").statutory_due == due

    def test_a_limit_in_natural_days_gains_the_natural_days_of_the_stop(self) -> None:
        promise = Promise(statutory=Period(amount=30, unit=PeriodUnit.NATURAL_DAY))
        events = [*accepted("2026-11-03"), *stopped("2026-11-06", "2026-11-11")]

        assert read(events, "2026-11-12", promise).statutory_due == date(2026, 12, 8)

    def test_a_stop_before_acceptance_does_not_exist(self) -> None:
        events = [
            *happened(("SUBMITTED", "2026-11-02")),
            *stopped("2026-11-03", "2026-11-20"),
            *happened(("ACCEPTED", "2026-11-05")),
        ]

        reading = read(events, "2026-11-10")

        assert (reading.phase, reading.stops) == (ClockPhase.RUNNING, ())
        assert reading.statutory_due == date(2026, 12, 3)


class TestArticle82:
    """
    Working days, without statutory holidays.
    """

    @pytest.mark.parametrize(
        ("accepted_on", "working_days", "due"),
        [
            ("2026-09-30", 1, date(2026, 10, 8)),
            ("2026-09-30", 5, date(2026, 10, 13)),
            ("2026-09-18", 1, date(2026, 9, 20)),
            ("2026-02-13", 1, date(2026, 2, 14)),
            ("2026-02-13", 2, date(2026, 2, 24)),
            ("2026-02-14", 6, date(2026, 3, 2)),
            ("2026-12-31", 1, date(2027, 1, 4)),
            ("2027-02-04", 1, date(2027, 2, 9)),
        ],
    )
    def test_holidays_do_not_count_and_make_up_days_do(
        self, accepted_on: str, working_days: int, due: date
    ) -> None:
        promise = Promise(statutory=Period(amount=working_days))

        assert read(accepted(accepted_on), accepted_on, promise).statutory_due == due


class TestCivilCodeArticles200To203:
    """
    Periods in years, months, days and hours.
    """

    @pytest.mark.parametrize(
        ("start", "amount", "unit", "last"),
        [
            pytest.param("2026-11-02", 10, PeriodUnit.NATURAL_DAY, date(2026, 11, 12), id="201 not day one"),
            pytest.param("2026-11-02T23:59", 1, PeriodUnit.NATURAL_DAY, date(2026, 11, 3), id="201 midnight"),
            pytest.param("2026-11-02T16:00", 7, PeriodUnit.HOUR, date(2026, 11, 2), id="201 hours"),
            pytest.param("2026-11-02T16:00", 8, PeriodUnit.HOUR, date(2026, 11, 3), id="201 past midnight"),
            pytest.param("2026-10-15", 1, PeriodUnit.MONTH, date(2026, 11, 16), id="202 then 203"),
            pytest.param("2026-10-30", 1, PeriodUnit.MONTH, date(2026, 11, 30), id="202 same day"),
            pytest.param("2026-10-31", 1, PeriodUnit.MONTH, date(2026, 11, 30), id="202 end of month"),
            pytest.param("2024-02-29", 1, PeriodUnit.YEAR, date(2025, 2, 28), id="202 leap day"),
            pytest.param("2026-10-24", 10, PeriodUnit.NATURAL_DAY, date(2026, 11, 3), id="203 not on rest"),
            pytest.param("2026-10-22", 10, PeriodUnit.NATURAL_DAY, date(2026, 11, 2), id="203 Sunday"),
            pytest.param("2026-09-23", 10, PeriodUnit.NATURAL_DAY, date(2026, 10, 8), id="203 National Day"),
            pytest.param("2026-09-30", 10, PeriodUnit.NATURAL_DAY, date(2026, 10, 10), id="203 make-up day"),
            pytest.param("2026-12-22", 10, PeriodUnit.NATURAL_DAY, date(2027, 1, 4), id="203 New Year"),
        ],
    )
    def test_end_where_the_articles_say(self, start: str, amount: int, unit: PeriodUnit, last: date) -> None:
        period = Period(amount=amount, unit=unit)

        assert last_day(period, start=moment(start), calendar=CALENDAR) == last

    def test_the_last_day_lasts_until_midnight(self) -> None:
        events = accepted("2026-11-03")

        assert read(events, "2026-12-01T23:59").colour is DueColour.YELLOW
        assert read(events, "2026-12-02T00:00").colour is DueColour.RED


class TestClauses:
    """
    What code claims to carry out is written down in docs/sources/clauses.toml.
    """

    def test_every_implemented_clause_of_the_clock_is_known(self) -> None:
        known = tomllib.loads(CLAUSES.read_text(encoding="utf-8"))

        assert set(IMPLEMENTED) <= set(known)

    @pytest.mark.parametrize(
        "clause", ["许可法-32", "许可法-42", "许可法-43", "许可法-44", "许可法-45", "许可法-82"]
    )
    def test_every_article_of_the_clock_is_carried_out_somewhere(self, clause: str) -> None:
        assert any("casework.rules.clock" in name for name in IMPLEMENTED[clause])

    def test_every_clause_says_what_it_demands(self) -> None:
        known = tomllib.loads(CLAUSES.read_text(encoding="utf-8"))

        for clause in known.values():
            assert set(clause) >= {"document", "article", "summary"}

    def test_every_line_of_an_explanation_cites_a_known_clause(self) -> None:
        known = tomllib.loads(CLAUSES.read_text(encoding="utf-8"))
        events = [
            *happened(("SUBMITTED", "2026-09-21"), ("CORRECTION_NOTICE", "2026-09-22")),
            *happened(("CORRECTED", "2026-09-23"), ("ACCEPTED", "2026-09-24")),
            *stopped("2026-09-28", "2026-09-29"),
            *extended("2026-09-30", 10),
            *happened(("DECIDED", "2026-10-12")),
        ]

        cited = {line.clause for line in read(events, "2026-10-12").why} - {""}

        assert cited == {
            "许可法-32",
            "许可法-42",
            "许可法-44",
            "许可法-45",
            "许可法-82",
            "民法典-201",
            "放假办法-2",
        }
        assert cited <= set(known)
