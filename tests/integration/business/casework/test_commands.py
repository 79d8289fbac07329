"""
The commands of casework: `verify-ledger`, `rebuild-projections`, `calendar load`.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
import typer
from django.db import connection
from django.utils import translation
from typer.testing import CliRunner

from tests.factories import casework as make
from tests.factories.life import AT, case_in
from tongban.business.casework import tasks
from tongban.business.casework.management.calendar import CalendarAct, CalendarUnreadable, calendar
from tongban.business.casework.management.rebuild_projections import rebuild_projections
from tongban.business.casework.management.verify_ledger import verify_ledger
from tongban.business.casework.models import Case
from tongban.business.casework.selectors import case_by_number, explain
from tongban.business.casework.values import CaseStatus
from tongban.config import cli
from tongban.config.cli import APP_COMMANDS
from tongban.foundation import clock, events
from tongban.foundation.actors import system_actor
from tongban.foundation.calendar import (
    CalendarRow,
    current_calendar,
    forget_calendar,
    load_year,
    packaged_rows,
    seed_calendar,
)
from tongban.foundation.models import CalendarDay

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


def typed(*words: str, locale: str) -> str:
    """
    Return what a terminal of this locale shows.
    """
    with pytest.MonkeyPatch.context() as terminal:
        terminal.setattr(sys, "argv", ["tongban", *words])
        return CliRunner(env={"LC_ALL": locale}).invoke(cli.app, words).stdout


class TestLanguage:
    @pytest.fixture(autouse=True)
    def running_node(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        """
        Use the database of the tests; leave neither a language nor a log behind.
        """
        monkeypatch.setattr(cli, "_node", ExitStack)
        monkeypatch.setattr("tongban.foundation.logging.configure", lambda **_settings: None)
        with translation.override(translation.get_language()):
            yield

    @pytest.mark.parametrize(
        ("locale", "verified", "rebuilt"),
        [
            (
                "C.UTF-8",
                "Cases: 1, events: 5, faults: 0",
                "All rows made again; every one agreed with its events",
            ),
            ("zh_CN.UTF-8", "办件 1 件，事件 5 条，问题 0 处", "重建完成，全部相符"),
        ],
    )
    def test_is_that_of_the_terminal(self, locale: str, verified: str, rebuilt: str) -> None:
        case_in(CaseStatus.CLOSED)

        said = [typed(name, locale=locale) for name in ("verify-ledger", "rebuild-projections")]

        ends = [[line.strip() for line in text.splitlines()] for text in said]
        assert verified in ends[0]
        assert ends[1][-1] == rebuilt

    def test_leaves_what_machines_read_alone(self) -> None:
        case_in(CaseStatus.ACCEPTED)
        Case.objects.update(status="GRANTED")

        english, chinese = (
            typed("verify-ledger", "--json", locale=locale) for locale in ("C", "zh_CN.UTF-8")
        )

        assert '"what": "stale_projection"' in english
        assert english == chinese


class TestVerifyLedgerCommand:
    def test_tells_machines_that_all_is_well(self, capsys: pytest.CaptureFixture[str]) -> None:
        case_in(CaseStatus.CLOSED)

        verify_ledger(as_json=True)

        told = json.loads(capsys.readouterr().out)
        audited = told.pop("audit")
        assert told == {"ok": True, "cases": 1, "events": 5, "faults": []}
        assert (audited["ok"], audited["faults"]) == (True, [])
        # Nothing is sealed in a test whose transaction never ends.
        assert (audited["blocks"], audited["unsealed"]) == (0, audited["rows"])

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


def notice_of(year: int, *changes: str, tmp_path: Path, whole: bool = False) -> Path:
    """
    Write the calendar file of a year: what the package knows of it, and `changes`.

    :param whole: list every day of the year, as lists found on the web do
    """
    known = {row.date: row for row in packaged_rows() if row.date.year == year}
    days = (date(year, 1, 1) + timedelta(days=number) for number in range(365))
    lines = [
        f"{day},{int(row.is_working)},{row.name}"
        if (row := known.get(day))
        else f"{day},{int(day.weekday() < 5)},"
        for day in (days if whole else sorted(known))
        if not any(change.startswith(str(day)) for change in changes)
    ]
    file = tmp_path / f"{year}.csv"
    file.write_text("\n".join(["date,is_working,name", *lines, *changes, ""]), encoding="utf-8")
    return file


class TestCalendarCommand:
    def test_moves_the_dates_of_open_cases(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], late_december: None
    ) -> None:
        make.submit("test-permit", at=LAST_DAYS)
        file = notice_of(2027, "2027-01-04,0,元旦", tmp_path=tmp_path)
        before = Case.objects.get().acceptance_due

        calendar(CalendarAct.LOAD, file, year=2027, source="国办发明电（测试）", as_json=True)

        told = json.loads(capsys.readouterr().out)
        assert (told["years"], told["days"], told["moved"]) == ([2027], 14, 1)
        assert (before, Case.objects.get().acceptance_due) == (date(2027, 1, 5), date(2027, 1, 6))

    @pytest.mark.parametrize(
        "text", ["", "date,is_working,name\n", "<html>", "date,is_working,name\n2026-01-01,0,元旦\n"]
    )
    def test_refuses_a_file_that_is_no_calendar_of_the_year(self, text: str, tmp_path: Path) -> None:
        file = tmp_path / "2027.csv"
        file.write_text(text, encoding="utf-8")

        with pytest.raises(CalendarUnreadable):
            calendar(CalendarAct.LOAD, file, year=2027, as_json=True)

    def test_refuses_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(CalendarUnreadable):
            calendar(CalendarAct.LOAD, tmp_path / "none.csv", year=2027, as_json=True)

    def test_takes_a_file_that_lists_every_day_of_the_year(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        exceptions = notice_of(2026, "2026-11-25,0,新增假日", tmp_path=tmp_path)
        calendar(CalendarAct.LOAD, exceptions, year=2026)
        by_exceptions = current_calendar()
        capsys.readouterr()

        whole = notice_of(2026, "2026-11-25,0,新增假日", tmp_path=tmp_path, whole=True)
        calendar(CalendarAct.LOAD, whole, year=2026)

        assert capsys.readouterr().out == "2026 年没有变化\n"
        assert current_calendar() == by_exceptions

    def test_refuses_one_row_instead_of_a_year(self, tmp_path: Path) -> None:
        file = tmp_path / "2026.csv"
        file.write_text("date,is_working,name\n2026-01-01,0,元旦\n", encoding="utf-8")

        with pytest.raises(CalendarUnreadable) as refused:
            calendar(CalendarAct.LOAD, file, year=2026)

        assert str(refused.value).split("：", 1)[1].splitlines() == [
            "2026 年缺少法定节假日：春节, 清明节, 劳动节, 端午节, 中秋节, 国庆节",
            "2026 年只列出 1 天放假，法定节假日共有 13 天",
            "文件会取代全年的安排；确认无误时请加 --force",
        ]
        assert not CalendarDay.objects.exists()

    def test_takes_one_row_instead_of_a_year_where_the_keeper_insists(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file = tmp_path / "2029.csv"
        file.write_text("date,is_working,name\n2029-01-01,0,元旦\n", encoding="utf-8")

        calendar(CalendarAct.LOAD, file, year=2029, force=True)

        assert capsys.readouterr().out == "已载入 2029 年 1 天，0 件办件的期限有变化\n"

    def test_gives_each_reason_once_with_its_lines(self, tmp_path: Path) -> None:
        file = tmp_path / "2026.csv"
        monday_to_friday = "\n".join(f"2026-06-{day:02d},0," for day in range(1, 27))
        file.write_text(f"date,is_working,name\n{monday_to_friday}\n2026-06-30,x,\n", encoding="utf-8")

        with pytest.raises(CalendarUnreadable) as refused:
            calendar(CalendarAct.LOAD, file, year=2026)

        assert str(refused.value).split("：", 1)[1].splitlines() == [
            "第 2, 3, 4, 5, 6, 9, 10, 11, 12, 13 … (+10) 行：放假的日期应当写明节日名称",
            "第 28 行：“x”应当是 1（上班）或 0（放假）",
        ]

    def test_leaves_finished_cases_as_they_were(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], late_december: None
    ) -> None:
        closed = case_in(CaseStatus.CLOSED, at=LAST_DAYS)
        accepted = case_in(CaseStatus.ACCEPTED, at=LAST_DAYS)
        before = Case.objects.get(number=closed)
        page_before = sentences_of(closed)
        seed_calendar(actor=system_actor("tests"), at=LAST_DAYS)

        calendar(
            CalendarAct.LOAD, notice_of(2027, "2027-01-04,0,元旦", tmp_path=tmp_path), year=2027, as_json=True
        )
        verify_ledger(as_json=True)
        rebuild_projections(as_json=True)

        loaded, verified, rebuilt = (json.loads(line) for line in capsys.readouterr().out.splitlines())
        assert (loaded["moved"], verified["faults"], rebuilt["changed"]) == (1, [], 0)
        after = Case.objects.get(number=closed)
        assert (after.statutory_due, after.promised_due) == (before.statutory_due, before.promised_due)
        assert sentences_of(closed) == page_before
        assert Case.objects.get(number=accepted).promised_due == date(2027, 1, 6)


class TestChangedCalendar:
    def test_has_open_cases_computed_anew_by_a_job(self, late_december: None) -> None:
        make.submit("test-permit", at=LAST_DAYS)
        events.deliver_all(at=AT.replace(year=2028))
        load_year(
            rows=[
                CalendarRow(date=date(2027, 1, 1), is_working=False, name="元旦"),
                CalendarRow(date=date(2027, 1, 4), is_working=False, name="元旦"),
            ],
            force=True,
            source="tests",
            actor=system_actor("tests"),
            at=clock.now(),
        )

        events.deliver_all(at=AT.replace(year=2028))

        assert waiting_jobs() == 1
        tasks.recompute_deadlines()
        assert Case.objects.get().acceptance_due == date(2027, 1, 6)


def sentences_of(number: str) -> list[str]:
    case = case_by_number(actor=make.person(), number=number, at=LAST_DAYS, calendar=current_calendar())
    return [line.text for line in explain(case.clock)]


def waiting_jobs() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'casework.recompute_deadlines'"
        )
        count: int = cursor.fetchone()[0]
    return count
