"""
The commands of casework: `verify-ledger`, `rebuild-projections`, `calendar load`.
"""

import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
import typer
from django.db import connection

from tests.factories import casework as make
from tests.factories.life import AT, case_in
from tongban.business.casework import tasks
from tongban.business.casework.management.calendar import CalendarAct, CalendarUnreadable, calendar
from tongban.business.casework.management.rebuild_projections import rebuild_projections
from tongban.business.casework.management.verify_ledger import verify_ledger
from tongban.business.casework.models import Case
from tongban.business.casework.values import CaseStatus
from tongban.config.cli import APP_COMMANDS
from tongban.foundation import clock, events
from tongban.foundation.actors import system_actor
from tongban.foundation.calendar import CalendarRow, forget_calendar, load_year

pytestmark = pytest.mark.django_db

LAST_DAYS = datetime.fromisoformat("2026-12-28T10:00:00+08:00")
"""Five working days later is in 2027, whose holidays are not announced yet."""


@pytest.fixture(autouse=True)
def offering() -> Iterator[None]:
    """
    Publish an offering; let no calendar of another test remain.
    """
    make.publish_permit()
    forget_calendar()
    yield
    forget_calendar()


@pytest.fixture
def late_december(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Let it be the end of December.
    """
    monkeypatch.setattr(clock, "now", lambda: LAST_DAYS)


class TestCommands:
    @pytest.mark.parametrize("name", ["verify-ledger", "rebuild-projections", "calendar"])
    def test_are_where_the_node_looks_for_them(self, name: str) -> None:
        module, _, function = APP_COMMANDS[name].target.partition(":")

        assert hasattr(__import__(module, fromlist=[function]), function)


class TestVerifyLedgerCommand:
    def test_tells_machines_that_all_is_well(self, capsys: pytest.CaptureFixture[str]) -> None:
        case_in(CaseStatus.CLOSED)

        verify_ledger(as_json=True)

        told = json.loads(capsys.readouterr().out)
        assert told == {"ok": True, "cases": 1, "events": 5, "faults": []}

    def test_ends_with_exit_code_1_where_something_is_wrong(self, capsys: pytest.CaptureFixture[str]) -> None:
        number = case_in(CaseStatus.ACCEPTED)
        Case.objects.update(status="GRANTED")

        with pytest.raises(typer.Exit) as end:
            verify_ledger(as_json=True)

        assert end.value.exit_code == 1
        assert json.loads(capsys.readouterr().out)["faults"] == [
            {"case_number": number, "seq": 2, "what": "stale_projection", "detail": "status"}
        ]

    def test_tells_people_what_is_wrong(self, capsys: pytest.CaptureFixture[str]) -> None:
        case_in(CaseStatus.ACCEPTED)
        Case.objects.update(status="GRANTED")

        with pytest.raises(typer.Exit):
            verify_ledger()

        shown = capsys.readouterr().out
        assert "办件 1 件，事件 2 条，问题 1 处" in shown
        assert "办件与其事件不符" in shown


class TestRebuildProjectionsCommand:
    def test_says_how_many_rows_were_wrong(self, capsys: pytest.CaptureFixture[str]) -> None:
        case_in(CaseStatus.ACCEPTED)
        Case.objects.update(status="GRANTED")

        rebuild_projections(as_json=True)
        rebuild_projections(as_json=True)

        first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines())
        assert (first["changed"], second["changed"]) == (1, 0)
        assert Case.objects.get().status == CaseStatus.ACCEPTED


class TestCalendarCommand:
    def test_moves_the_dates_of_open_cases(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], late_december: None
    ) -> None:
        make.submit("test-permit", at=LAST_DAYS)
        file = tmp_path / "2027.csv"
        file.write_text("date,is_working,name\n2027-01-01,0,元旦\n2027-01-04,0,元旦\n", encoding="utf-8")
        before = Case.objects.get().acceptance_due

        calendar(CalendarAct.LOAD, file, 2027, "国办发明电（测试）", as_json=True)

        told = json.loads(capsys.readouterr().out)
        assert (told["years"], told["days"], told["moved"]) == ([2027], 2, 1)
        assert (before, Case.objects.get().acceptance_due) == (date(2027, 1, 5), date(2027, 1, 6))

    @pytest.mark.parametrize(
        "text", ["", "date,is_working,name\n", "<html>", "date,is_working,name\n2026-01-01,0,元旦\n"]
    )
    def test_refuses_a_file_that_is_no_calendar_of_the_year(self, text: str, tmp_path: Path) -> None:
        file = tmp_path / "2027.csv"
        file.write_text(text, encoding="utf-8")

        with pytest.raises(CalendarUnreadable):
            calendar(CalendarAct.LOAD, file, 2027, "", as_json=True)

    def test_refuses_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(CalendarUnreadable):
            calendar(CalendarAct.LOAD, tmp_path / "none.csv", 2027, "", as_json=True)


class TestChangedCalendar:
    def test_has_open_cases_computed_anew_by_a_job(self, late_december: None) -> None:
        make.submit("test-permit", at=LAST_DAYS)
        events.deliver_all(at=AT.replace(year=2028))
        load_year(
            rows=[
                CalendarRow(date=date(2027, 1, 1), is_working=False, name="元旦"),
                CalendarRow(date=date(2027, 1, 4), is_working=False, name="元旦"),
            ],
            source="tests",
            actor=system_actor("tests"),
            at=clock.now(),
        )

        events.deliver_all(at=AT.replace(year=2028))

        assert waiting_jobs() == 1
        tasks.recompute_deadlines()
        assert Case.objects.get().acceptance_due == date(2027, 1, 6)


def waiting_jobs() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'casework.recompute_deadlines'"
        )
        count: int = cursor.fetchone()[0]
    return count
