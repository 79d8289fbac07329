"""
The log proves itself: whatever is changed behind its back is named, and its rows can be made again from it.
"""

from datetime import date
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from tests.factories import casework as make
from tests.factories.life import ACTS, AT, case_in
from tongban.business.casework import services
from tongban.business.casework.models import Case
from tongban.business.casework.services import recording
from tongban.business.casework.services.ledger import COLUMNS, DATES, Fault
from tongban.business.casework.values import Action, CaseStatus
from tongban.foundation.worktime import DayKind, NamedDay

pytestmark = pytest.mark.django_db

LOADED_LATER = make.CALENDAR.with_days({date(2026, 11, 25): NamedDay(DayKind.HOLIDAY, "新增假日")})
"""A calendar in which a day within every limit is not worked after all."""

FINISHED = (
    CaseStatus.CLOSED,
    CaseStatus.NOT_ACCEPTED,
    CaseStatus.WITHDRAWN,
    CaseStatus.PASSED_ON,
    CaseStatus.LAPSED,
    CaseStatus.VOIDED,
    CaseStatus.ARCHIVED,
)


@pytest.fixture(autouse=True)
def offering() -> None:
    """
    Publish an offering that ends in a licence.
    """
    make.publish_permit()


def behind_its_back(sql: str, *arguments: str | int) -> None:
    """
    Change the log as only somebody with the keys to the database can: with its triggers off.
    """
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE casework_event DISABLE TRIGGER USER")
        cursor.execute(sql, arguments)
        cursor.execute("ALTER TABLE casework_event ENABLE TRIGGER USER")


def three_events() -> str:
    number = case_in(CaseStatus.ACCEPTED)
    ACTS[Action.EXTEND](number, AT)
    return number


def faults() -> list[tuple[int, str]]:
    return [(fault.seq, fault.what) for fault in services.verify_ledger().faults]


class TestVerifyLedger:
    def test_finds_nothing_wrong_with_what_services_wrote(self) -> None:
        for status in CaseStatus:
            case_in(status)

        report = services.verify_ledger()

        assert (report.cases, report.faults) == (17, [])
        assert report.events == sum(Case.objects.values_list("version", flat=True))

    def test_tells_the_digest_at_the_end_of_a_log(self) -> None:
        number = three_events()

        report = services.verify_ledger(case_number=number)

        assert report.last_digest == Case.objects.get(number=number).last_digest

    @pytest.mark.parametrize(
        ("column", "value"),
        [
            ("at", "at + interval '1 microsecond'"),
            ("kind", "'PRE_CHECKED'"),
            ("actor_kind", "'SYSTEM'"),
            ("actor_id", "'somebody else'"),
            ("actor_name", "'李受埋'"),
            ("agency_code", "'11511602MB7654321X'"),
            ("data", """data || '{"opinion": "changed"}'"""),
            ("digest", "repeat('f', 64)"),
        ],
    )
    def test_names_the_event_of_which_a_column_was_changed(self, column: str, value: str) -> None:
        number = three_events()

        behind_its_back(
            f"UPDATE casework_event SET {column} = {value} WHERE case_number = %s AND seq = 2", number
        )

        # A changed digest also no longer fits the event after it.
        assert faults() == [(2, "broken_digest"), *([(3, "broken_link")] if column == "digest" else [])]

    def test_names_the_event_that_is_tied_to_another(self) -> None:
        number = three_events()

        behind_its_back(
            "UPDATE casework_event SET previous_digest = repeat('0', 64) WHERE case_number = %s AND seq = 3",
            number,
        )

        assert faults() == [(3, "broken_link"), (3, "broken_digest")]

    def test_names_an_event_that_is_missing_within(self) -> None:
        number = three_events()

        behind_its_back("DELETE FROM casework_event WHERE case_number = %s AND seq = 2", number)

        assert faults() == [(2, "missing_event")]

    def test_names_a_log_that_lost_its_end(self) -> None:
        number = three_events()

        behind_its_back("DELETE FROM casework_event WHERE case_number = %s AND seq = 3", number)

        report = services.verify_ledger()
        assert [(fault.seq, fault.what) for fault in report.faults] == [(2, "stale_projection")]
        assert {"version", "last_digest", "state"} <= set(report.faults[0].detail.split(", "))

    def test_names_a_log_that_lost_its_beginning(self) -> None:
        number = three_events()

        behind_its_back("DELETE FROM casework_event WHERE case_number = %s AND seq = 1", number)

        assert faults() == [(1, "missing_event")]

    def test_names_two_events_that_changed_places(self) -> None:
        number = three_events()

        for old, new in ((2, 9), (3, 2), (9, 3)):
            sql = "UPDATE casework_event SET seq = %s WHERE case_number = %s AND seq = %s"
            behind_its_back(sql, new, number, old)

        assert faults() == [
            (2, "broken_link"),
            (2, "broken_digest"),
            (3, "broken_link"),
            (3, "broken_digest"),
            (3, "stale_projection"),
        ]

    def test_names_a_case_whose_log_is_gone(self) -> None:
        number = three_events()
        kept = case_in(CaseStatus.SUBMITTED)

        behind_its_back("DELETE FROM casework_event WHERE case_number = %s", number)

        report = services.verify_ledger()
        assert report.faults == [Fault(case_number=number, seq=3, what="missing_log")]
        assert kept != number

    def test_names_a_log_whose_case_is_gone(self) -> None:
        number = three_events()

        Case.objects.filter(number=number).delete()

        assert faults() == [(3, "missing_case"), (0, "missing_number")]

    def test_names_a_number_of_which_nothing_is_left(self) -> None:
        gone, kept = case_in(CaseStatus.SUBMITTED), case_in(CaseStatus.SUBMITTED)

        behind_its_back("DELETE FROM casework_event WHERE case_number = %s", gone)
        Case.objects.filter(number=gone).delete()

        report = services.verify_ledger()
        assert report.faults == [
            Fault(case_number=kept[:39], seq=0, what="missing_number", detail="2 numbers, 1 cases")
        ]

    @pytest.mark.parametrize(
        ("column", "value"),
        [
            ("query_code", "2222-2222"),
            ("version", 7),
            ("last_digest", "0" * 64),
            ("status", "GRANTED"),
            ("offering_id", 4711),
            ("offering_code", "another"),
            ("service_name", "别的事项"),
            ("handling_kind", "ON_THE_SPOT"),
            ("agency_code", make.OTHER_AGENCY),
            ("division_code", "511600000000"),
            ("channel", "9"),
            ("applicant_id", make.OTHER_PERSON_ID),
            ("applicant_index", b"0" * 16),
            ("applicant_masked", "李*明"),
            ("applicant_sealed", b"nothing"),
            ("form_sealed", b"nothing"),
            ("terms", {}),
            ("state", {}),
            ("draft_id", make.OTHER_PERSON_ID),
            ("submitted_at", AT.replace(year=2025)),
            ("accepted_at", AT.replace(year=2025)),
            ("closed_at", AT),
        ],
    )
    def test_names_the_column_of_a_case_that_was_changed(self, column: str, value: object) -> None:
        number = three_events()

        Case.objects.filter(number=number).update(**{column: value})

        report = services.verify_ledger()
        assert report.faults == [Fault(case_number=number, seq=3, what="stale_projection", detail=column)]

    def test_looks_at_every_column_but_the_dates(self) -> None:
        tested = next(
            mark.args[1]
            for mark in TestVerifyLedger.test_names_the_column_of_a_case_that_was_changed.pytestmark  # type: ignore[attr-defined]
        )

        assert {column for column, _value in tested} == set(COLUMNS) - DATES - {"number"}

    @pytest.mark.parametrize(
        "column",
        ["acceptance_due", "statutory_due", "promised_due", "due"],
    )
    def test_names_a_date_of_a_finished_case_that_was_changed(self, column: str) -> None:
        number = case_in(CaseStatus.CLOSED)

        Case.objects.filter(number=number).update(**{column: AT.date()})

        report = services.verify_ledger()
        assert report.faults == [Fault(case_number=number, seq=5, what="stale_projection", detail=column)]

    def test_verifies_one_case_alone(self) -> None:
        sound, broken = case_in(CaseStatus.SUBMITTED), three_events()
        Case.objects.filter(number=broken).update(status="GRANTED")

        assert services.verify_ledger(case_number=sound).is_sound
        assert not services.verify_ledger(case_number=broken).is_sound


class TestAppendOnly:
    @pytest.mark.parametrize("table", ["casework_event", "foundation_announcement", "foundation_audit"])
    @pytest.mark.parametrize("sql", ["UPDATE {table} SET at = at", "DELETE FROM {table}"])
    def test_refuses_change(self, table: str, sql: str) -> None:
        three_events()

        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql.format(table=table))


class TestRebuildProjections:
    def test_makes_the_same_rows_from_every_state(self) -> None:
        for status in CaseStatus:
            case_in(status)
        before = rows()
        Case.objects.all().delete()

        changed = services.rebuild_projections(at=AT, calendar=make.CALENDAR)

        assert changed == 17
        assert rows() == before

    def test_changes_nothing_where_nothing_is_wrong(self) -> None:
        for status in CaseStatus:
            case_in(status)

        assert services.rebuild_projections(at=AT, calendar=make.CALENDAR) == 0

    def test_mends_dates_of_open_cases_that_verification_leaves_out(self) -> None:
        number = three_events()
        before = rows()
        Case.objects.filter(number=number).update(due=None, promised_due=None, statutory_due=None)

        assert services.verify_ledger().is_sound
        assert services.rebuild_projections(at=AT, calendar=make.CALENDAR) == 1
        assert rows() == before

    def test_changes_no_finished_case_by_another_calendar(self) -> None:
        for status in FINISHED:
            case_in(status)
        before = rows()

        assert services.verify_ledger().is_sound
        assert services.recompute_deadlines(at=AT, calendar=LOADED_LATER) == 0
        assert services.rebuild_projections(at=AT, calendar=LOADED_LATER) == 0
        assert rows() == before

    def test_follows_another_calendar_where_a_case_is_under_way(self) -> None:
        case_in(CaseStatus.ACCEPTED)

        assert services.recompute_deadlines(at=AT, calendar=LOADED_LATER) == 1
        assert services.rebuild_projections(at=AT, calendar=LOADED_LATER) == 0
        assert Case.objects.get().statutory_due == date(2026, 12, 22)

    def test_keeps_the_limits_of_a_decision_whose_result_is_not_delivered_yet(self) -> None:
        case_in(CaseStatus.REFUSED)
        before = Case.objects.get()

        moved = services.recompute_deadlines(at=AT, calendar=LOADED_LATER)

        after = Case.objects.get()
        assert moved == 1
        assert (after.statutory_due, after.promised_due) == (before.statutory_due, before.promised_due)
        assert (before.due, after.due) == (date(2026, 12, 7), date(2026, 12, 8))
        assert services.rebuild_projections(at=AT, calendar=LOADED_LATER) == 0

    def test_lets_cases_that_ended_before_days_were_kept_follow_the_calendar(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as earlier:
            earlier.setattr(recording, "SETTLING", frozenset())
            case_in(CaseStatus.CLOSED)
        assert "closed_by" not in Case.objects.get().state

        assert services.verify_ledger().is_sound
        assert services.count_cases(follow_calendar=True) == 1
        assert services.recompute_deadlines(at=AT, calendar=LOADED_LATER) == 1
        assert services.rebuild_projections(at=AT, calendar=LOADED_LATER) == 0

    def test_tells_how_far_it_is(self) -> None:
        three_events()
        told: list[int] = []

        services.rebuild_projections(at=AT, calendar=make.CALENDAR, on_progress=told.append)
        services.verify_ledger(on_progress=told.append)

        assert told == [1, 1]


def rows() -> list[dict[str, Any]]:
    return [{**row, "id": 0} for row in Case.objects.order_by("number").values()]
