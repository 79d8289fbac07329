from datetime import date, datetime

import pytest

from tongban.business.casework.rules.clock import (
    COLOUR_WORDS,
    COUNTS,
    EXPLANATIONS,
    STOP_WORDS,
    UNIT_WORDS,
    Because,
    ClockEvent,
    ClockEventKind,
    ClockPhase,
    ClockReading,
    DueColour,
    ExtensionRefusal,
    Promise,
    StopKind,
    extension_refusal,
    read_clock,
)
from tongban.foundation.calendar import packaged_calendar
from tongban.foundation.worktime import Period, PeriodUnit

CALENDAR = packaged_calendar()
TEN_DAYS = Promise(statutory=Period(amount=20), promised=Period(amount=10))


def moment(text: str) -> datetime:
    """
    Read "2026-11-02" or "2026-11-02T16:00" as a moment in China.
    """
    return datetime.fromisoformat(f"{text if 'T' in text else text + 'T10:00'}:00+08:00")


def happened(*events: tuple[str, str]) -> list[ClockEvent]:
    return [ClockEvent(kind=ClockEventKind(kind), at=moment(at)) for kind, at in events]


def stopped(first: str, until: str | None = None, key: str = "") -> list[ClockEvent]:
    begun = ClockEvent(
        kind=ClockEventKind.STOPPED,
        at=moment(first),
        stop_key=key,
        stop_kind=StopKind.HEARING,
        reason="申请人要求听证",
    )
    if until is None:
        return [begun]
    return [begun, ClockEvent(kind=ClockEventKind.RESUMED, at=moment(until), stop_key=key)]


def extended(at: str, working_days: int) -> ClockEvent:
    return ClockEvent(
        kind=ClockEventKind.EXTENDED,
        at=moment(at),
        extension_working_days=working_days,
        approver="分管负责人",
        reason="情况复杂",
    )


def read(events: list[ClockEvent], at: str, promise: Promise = TEN_DAYS) -> ClockReading:
    return read_clock(events, promise=promise, calendar=CALENDAR, at=moment(at))


def codes(reading: ClockReading) -> list[Because]:
    return [line.code for line in reading.why]


ACCEPTED = happened(("SUBMITTED", "2026-11-02"), ("ACCEPTED", "2026-11-03"))


class TestBeforeAcceptance:
    def test_shows_five_working_days_for_an_answer(self) -> None:
        reading = read(happened(("SUBMITTED", "2026-11-02")), "2026-11-02")

        assert reading.phase is ClockPhase.PRE_ACCEPTANCE
        assert (reading.acceptance_due, reading.due, reading.left) == (
            date(2026, 11, 9),
            date(2026, 11, 9),
            5,
        )
        assert reading.colour is DueColour.GREEN

    @pytest.mark.parametrize(
        ("at", "left", "colour"),
        [
            ("2026-11-03", 5, DueColour.GREEN),
            ("2026-11-05", 3, DueColour.GREEN),
            ("2026-11-06", 2, DueColour.YELLOW),
            ("2026-11-09T23:59", 1, DueColour.YELLOW),
        ],
    )
    def test_warns_on_the_last_two_days(self, at: str, left: int, colour: DueColour) -> None:
        reading = read(happened(("SUBMITTED", "2026-11-02")), at)

        assert (reading.left, reading.colour) == (left, colour)

    def test_knows_nothing_before_the_submission(self) -> None:
        reading = read(happened(("SUBMITTED", "2026-11-02")), "2026-11-01")

        assert (reading.phase, reading.due, reading.why) == (ClockPhase.PRE_ACCEPTANCE, None, ())

    def test_waits_without_a_deadline_while_the_applicant_corrects(self) -> None:
        events = happened(("SUBMITTED", "2026-11-02"), ("CORRECTION_NOTICE", "2026-11-04"))

        reading = read(events, "2026-12-20")

        assert reading.phase is ClockPhase.WAITING_FOR_APPLICANT
        assert (reading.colour, reading.due, reading.acceptance_due) == (DueColour.GREY, None, None)

    def test_shows_the_day_by_which_the_applicant_is_to_answer(self) -> None:
        notice = ClockEvent(
            kind=ClockEventKind.CORRECTION_NOTICE,
            at=moment("2026-11-04"),
            announced=Period(amount=30, unit=PeriodUnit.NATURAL_DAY),
        )

        reading = read([*happened(("SUBMITTED", "2026-11-02")), notice], "2026-11-20")

        assert (reading.phase, reading.due) == (ClockPhase.WAITING_FOR_APPLICANT, date(2026, 12, 4))
        assert Because.ANSWER_DUE in codes(reading)

    def test_starts_five_new_days_at_each_resubmission(self) -> None:
        events = happened(
            ("SUBMITTED", "2026-11-02"),
            ("CORRECTION_NOTICE", "2026-11-09"),
            ("CORRECTED", "2026-11-23"),
            ("CORRECTION_NOTICE", "2026-11-30"),
            ("CORRECTED", "2026-12-07T21:00"),
        )

        reading = read(events, "2026-12-08")

        assert (reading.received_on, reading.acceptance_due) == (date(2026, 12, 7), date(2026, 12, 14))
        assert reading.left == 5

    def test_ends_with_a_refusal(self) -> None:
        events = happened(("SUBMITTED", "2026-11-02"), ("REFUSED", "2026-11-03"))

        reading = read(events, "2026-12-08")

        assert (reading.phase, reading.finished_on) == (ClockPhase.FINISHED, date(2026, 11, 3))
        assert (reading.due, reading.accepted_on, reading.colour) == (None, None, DueColour.GREEN)

    def test_ends_with_a_withdrawal_while_waiting(self) -> None:
        events = happened(
            ("SUBMITTED", "2026-11-02"), ("CORRECTION_NOTICE", "2026-11-04"), ("WITHDRAWN", "2026-11-05")
        )

        assert read(events, "2026-12-08").phase is ClockPhase.FINISHED


class TestRunning:
    @pytest.mark.parametrize(
        ("at", "used", "left", "late", "colour"),
        [
            ("2026-11-03", 0, 10, 0, DueColour.GREEN),
            ("2026-11-04", 0, 10, 0, DueColour.GREEN),
            ("2026-11-05", 1, 9, 0, DueColour.GREEN),
            ("2026-11-08", 3, 7, 0, DueColour.GREEN),
            ("2026-11-13", 7, 3, 0, DueColour.GREEN),
            ("2026-11-16", 8, 2, 0, DueColour.YELLOW),
            ("2026-11-17T23:59", 9, 1, 0, DueColour.YELLOW),
            ("2026-11-18T00:00", 10, 0, 1, DueColour.RED),
            ("2026-11-20", 12, 0, 3, DueColour.RED),
        ],
    )
    def test_counts_closed_days_as_used_and_today_as_left(
        self, at: str, used: int, left: int, late: int, colour: DueColour
    ) -> None:
        reading = read(ACCEPTED, at)

        assert (reading.promised_due, reading.statutory_due) == (date(2026, 11, 17), date(2026, 12, 1))
        assert (reading.used, reading.left, reading.late) == (used, left, late)
        assert reading.colour is colour

    def test_is_late_on_the_rest_days_after_the_last_day(self) -> None:
        promise = Promise(promised=Period(amount=3))

        reading = read(ACCEPTED, "2026-11-07", promise)

        assert (reading.due, reading.colour, reading.late) == (date(2026, 11, 6), DueColour.RED, 0)

    def test_takes_the_earlier_of_both_deadlines(self) -> None:
        promise = Promise(statutory=Period(amount=5), promised=Period(amount=10))

        assert read(ACCEPTED, "2026-11-03", promise).due == date(2026, 11, 10)

    def test_has_no_deadline_where_none_was_set(self) -> None:
        reading = read(ACCEPTED, "2026-12-20", Promise())

        assert (reading.due, reading.colour, reading.left) == (None, DueColour.GREEN, 0)
        assert codes(reading)[-1] is Because.NO_LIMIT

    @pytest.mark.parametrize(
        ("accepted", "due"),
        [("2026-11-03", date(2026, 11, 3)), ("2026-10-03", date(2026, 10, 8))],
    )
    def test_expects_an_on_the_spot_item_the_same_working_day(self, accepted: str, due: date) -> None:
        promise = Promise(statutory=Period(amount=20), is_on_the_spot=True)
        events = happened(("SUBMITTED", accepted), ("ACCEPTED", accepted))

        reading = read(events, accepted, promise)

        assert (reading.due, reading.colour) == (due, DueColour.YELLOW)
        assert Because.ON_THE_SPOT in codes(reading)

    @pytest.mark.parametrize(
        ("unit", "amount", "due"),
        [
            (PeriodUnit.NATURAL_DAY, 30, date(2026, 12, 3)),
            (PeriodUnit.NATURAL_DAY, 32, date(2026, 12, 7)),
            (PeriodUnit.MONTH, 2, date(2027, 1, 4)),
            (PeriodUnit.YEAR, 1, date(2027, 11, 3)),
            (PeriodUnit.HOUR, 24, date(2026, 11, 4)),
        ],
    )
    def test_counts_other_units_by_the_civil_code(self, unit: PeriodUnit, amount: int, due: date) -> None:
        reading = read(ACCEPTED, "2026-11-03", Promise(statutory=Period(amount=amount, unit=unit)))

        assert reading.statutory_due == due
        assert Because.WEEKEND not in codes(reading)

    def test_is_provisional_when_a_deadline_lies_in_a_year_without_notice(self) -> None:
        events = happened(("SUBMITTED", "2026-12-21"), ("ACCEPTED", "2026-12-21"))

        reading = read(events, "2026-12-21", Promise(statutory=Period(amount=20)))

        assert (reading.statutory_due, reading.is_provisional) == (date(2027, 1, 19), True)
        assert reading.why[-1].facts == {"year": 2027}

    def test_is_not_provisional_within_the_announced_year(self) -> None:
        assert not read(ACCEPTED, "2026-11-03").is_provisional


class TestStopped:
    def test_shows_grey_and_keeps_what_is_left(self) -> None:
        events = [*ACCEPTED, *stopped("2026-11-06")]

        readings = [read(events, at) for at in ("2026-11-06", "2026-11-16", "2027-03-01")]

        assert [reading.phase for reading in readings] == [ClockPhase.STOPPED] * 3
        assert [reading.colour for reading in readings] == [DueColour.GREY] * 3
        assert [(reading.used, reading.left) for reading in readings] == [(2, 8)] * 3

    def test_does_not_hide_that_the_case_was_late_already(self) -> None:
        reading = read([*ACCEPTED, *stopped("2026-11-20")], "2026-12-10")

        assert (reading.phase, reading.colour) == (ClockPhase.STOPPED, DueColour.RED)
        assert (reading.due, reading.late) == (date(2026, 11, 17), 17)

    def test_says_that_the_announced_time_has_passed(self) -> None:
        begun = ClockEvent(kind=ClockEventKind.STOPPED, at=moment("2026-11-06"), announced=Period(amount=5))

        in_time, too_long = (read([*ACCEPTED, begun], at) for at in ("2026-11-13", "2026-11-14"))

        assert in_time.stops[0].announced_until == date(2026, 11, 13)
        assert Because.STOP_OVERRUN not in codes(in_time)
        assert Because.STOP_OVERRUN in codes(too_long)


class TestAfterTheDecision:
    @pytest.mark.parametrize(
        ("decided", "used", "colour"),
        [
            ("2026-11-03", 0, DueColour.GREEN),
            ("2026-11-04", 1, DueColour.GREEN),
            ("2026-11-17T23:00", 10, DueColour.GREEN),
            ("2026-11-18", 11, DueColour.RED),
        ],
    )
    def test_counts_the_day_of_the_decision_as_used(self, decided: str, used: int, colour: DueColour) -> None:
        events = [*ACCEPTED, *happened(("DECIDED", decided))]

        reading = read(events, decided)

        assert reading.phase is ClockPhase.DELIVERY
        assert (reading.used, reading.colour) == (used, colour)

    def test_stays_late_after_delivery_in_time(self) -> None:
        events = [*ACCEPTED, *happened(("DECIDED", "2026-11-18"), ("DELIVERED", "2026-11-19"))]

        reading = read(events, "2026-12-30")

        assert (reading.phase, reading.colour, reading.late) == (ClockPhase.FINISHED, DueColour.RED, 1)

    def test_is_in_time_for_ever_when_all_was(self) -> None:
        events = [
            *ACCEPTED,
            *happened(("DECIDED", "2026-11-17"), ("DELIVERED", "2026-12-01"), ("CLOSED", "2026-12-01")),
        ]

        reading = read(events, "2030-12-30")

        assert (reading.colour, reading.late, reading.used) == (DueColour.GREEN, 0, 10)
        assert (reading.due, reading.promised_due) == (None, date(2026, 11, 17))

    def test_ends_an_open_stop_with_the_decision(self) -> None:
        events = [*ACCEPTED, *stopped("2026-11-06"), *happened(("DECIDED", "2026-11-16"))]

        reading = read(events, "2026-11-16")

        assert reading.stops[0].resumed_on == date(2026, 11, 16)
        assert reading.used == 3

    def test_knows_a_delivery_that_follows_the_closing(self) -> None:
        events = [*ACCEPTED, *happened(("DECIDED", "2026-11-10"), ("CLOSED", "2026-11-10"))]
        late = happened(("DELIVERED", "2026-11-25"))

        assert read(events, "2026-12-30").colour is DueColour.GREEN
        assert read([*events, *late], "2026-12-30").colour is DueColour.RED

    @pytest.mark.parametrize("kind", ["WITHDRAWN", "PASSED_ON", "VOIDED", "CLOSED"])
    def test_is_finished_without_a_decision(self, kind: str) -> None:
        reading = read([*ACCEPTED, *happened((kind, "2026-11-10"))], "2026-12-30")

        assert (reading.phase, reading.colour) == (ClockPhase.FINISHED, DueColour.GREEN)
        assert (reading.used, reading.finished_on) == (5, date(2026, 11, 10))


class TestWhy:
    def test_names_holiday_make_up_day_and_weekend_of_national_day(self) -> None:
        events = happened(("SUBMITTED", "2026-09-29"), ("ACCEPTED", "2026-09-30"))

        reading = read(events, "2026-09-30", Promise(promised=Period(amount=5)))

        assert reading.promised_due == date(2026, 10, 13)
        assert [(line.code, line.facts) for line in reading.why[3:]] == [
            (
                Because.HOLIDAY,
                {"first": date(2026, 10, 1), "last": date(2026, 10, 7), "name": "国庆节", "days": 7},
            ),
            (
                Because.MAKE_UP_DAY,
                {"first": date(2026, 10, 10), "last": date(2026, 10, 10), "name": "国庆节调休"},
            ),
            (
                Because.WEEKEND_DAY,
                {"first": date(2026, 10, 11), "last": date(2026, 10, 11), "days": 1},
            ),
        ]

    def test_counts_the_days_of_overlapping_stops_once(self) -> None:
        events = [
            *ACCEPTED,
            *stopped("2026-11-05", "2026-11-12", "1"),
            *stopped("2026-11-10", "2026-11-16", "2"),
        ]

        reading = read(events, "2026-11-17")

        days = [line.facts["working_days"] for line in reading.why if line.code is Because.STOP]
        assert days == [5, 2]

    def test_leaves_out_rest_days_inside_a_stop(self) -> None:
        reading = read([*ACCEPTED, *stopped("2026-11-06", "2026-11-09")], "2026-11-10")

        weekends = [line.facts["first"] for line in reading.why if line.code is Because.WEEKEND]
        assert weekends == [date(2026, 11, 14)]

    def test_gives_the_clause_of_every_rule_of_law(self) -> None:
        events = [*ACCEPTED, *stopped("2026-11-06", "2026-11-09"), extended("2026-11-10", 5)]

        clauses = {line.code: line.clause for line in read(events, "2026-11-10").why}

        assert clauses[Because.STATUTORY_LIMIT] == "许可法-42"
        assert clauses[Because.STOP] == "许可法-45"
        assert clauses[Because.EXTENSION] == "许可法-42"
        assert clauses[Because.WEEKEND] == "许可法-82"

    def test_has_words_for_everything(self) -> None:
        assert set(EXPLANATIONS) == set(Because)
        assert set(STOP_WORDS) == set(StopKind)
        assert set(COLOUR_WORDS) == set(DueColour)
        assert set(UNIT_WORDS) == set(PeriodUnit)

    @pytest.mark.parametrize("code", [code for code, text in EXPLANATIONS.items() if "days)s" in text])
    def test_counts_in_every_sentence_with_days(self, code: str) -> None:
        assert f"%({COUNTS[code]})s" in EXPLANATIONS[code]


class TestExtensionRefusal:
    @pytest.mark.parametrize(
        ("events", "working_days", "at", "refusal"),
        [
            (ACCEPTED, 10, "2026-12-01", None),
            (ACCEPTED, 10, "2026-12-02", ExtensionRefusal.OVERDUE),
            (ACCEPTED, 11, "2026-11-10", ExtensionRefusal.TOO_LONG),
            (ACCEPTED, 0, "2026-11-10", ExtensionRefusal.TOO_LONG),
            ([*ACCEPTED, extended("2026-11-05", 3)], 3, "2026-11-10", ExtensionRefusal.SECOND),
            ([*ACCEPTED, extended("2026-11-05", 30)], 3, "2026-11-10", None),
            (ACCEPTED[:1], 3, "2026-11-03", ExtensionRefusal.NOT_RUNNING),
            (
                [*ACCEPTED, *happened(("DECIDED", "2026-11-10"))],
                3,
                "2026-11-11",
                ExtensionRefusal.NOT_RUNNING,
            ),
        ],
    )
    def test_names_the_reason(
        self, events: list[ClockEvent], working_days: int, at: str, refusal: ExtensionRefusal | None
    ) -> None:
        found = extension_refusal(
            events, promise=TEN_DAYS, working_days=working_days, calendar=CALENDAR, at=moment(at)
        )

        assert found is refusal

    def test_allows_fifteen_days_for_joint_handling(self) -> None:
        promise = Promise(is_joint=True)

        found = extension_refusal(
            ACCEPTED, promise=promise, working_days=15, calendar=CALENDAR, at=moment("2026-11-10")
        )

        assert found is None
