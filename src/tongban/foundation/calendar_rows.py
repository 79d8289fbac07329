"""
Calendar files, and the one that comes with the program.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from django.utils.translation import gettext as _

from tongban.foundation.errors import InvalidInput
from tongban.foundation.worktime import WORKDAYS_PER_WEEK, NamedDay, WorkCalendar, kind_of

COLUMNS = ("date", "is_working", "name")
WORDS = {"1": True, "true": True, "是": True, "0": False, "false": False, "否": False}
NAME_LENGTH = 32
#: Working days have been announced since 1999; a later century is a slip of the keyboard.
FIRST_YEAR, LAST_YEAR = 1999, 2099


@dataclass(frozen=True, kw_only=True, slots=True)
class CalendarRow:
    """
    What a notice says about one day.
    """

    date: date
    is_working: bool
    name: str
    is_provisional: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class RowProblem:
    """
    A row of a calendar file that cannot be used.
    """

    line: int
    """Line of the file; the header is line 1."""
    column: str
    reason: str


class CalendarFileRejected(InvalidInput):
    """
    The calendar file has rows that cannot be used; nothing was loaded. `problems` names each.
    """

    code = "calendar_file_rejected"

    def __init__(self, problems: Iterable[RowProblem]) -> None:
        """
        Keep the problems, and show the first twenty of them as fields.
        """
        self.problems = tuple(problems)
        fields = {f"{problem.line}.{problem.column}": problem.reason for problem in self.problems[:20]}
        super().__init__(fields=fields, problems=len(self.problems))


def parse_calendar_csv(text: str) -> tuple[CalendarRow, ...]:
    """
    Return the rows of a calendar file with the columns date, is_working, name, and maybe is_provisional.

    `date` is YYYY-MM-DD, `is_working` is 1 or 0 (also 是, 否, true, false). A file may list the exceptions only or
    every day of the year: rows that say no more than their weekday does, Monday to Friday worked and the weekend not,
    and that bear no name, are left out. The others come back in order of date.

    :raises CalendarFileRejected: columns are missing, a row is malformed, a day comes twice, or a day off from
        Monday to Friday has no name
    """
    reader = csv.DictReader(text.removeprefix("\ufeff").splitlines())
    missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
    if missing:
        reason = _("文件第一行应当有这些列：date,is_working,name")
        raise CalendarFileRejected(RowProblem(line=1, column=column, reason=reason) for column in missing)
    rows: dict[date, CalendarRow | None] = {}
    problems: list[RowProblem] = []
    for cells in reader:
        number = reader.line_num
        try:
            row = _row(cells, number)
        except CalendarFileRejected as rejected:
            problems += rejected.problems
            continue
        if row.date in rows:
            reason = _("日期 %(day)s 重复出现") % {"day": row.date.isoformat()}
            problems.append(RowProblem(line=number, column="date", reason=reason))
        rows[row.date] = None if _says_nothing(row) else row
    if not any(rows.values()) and not problems:
        problems.append(RowProblem(line=2, column="date", reason=_("文件中没有任何日期")))
    if problems:
        raise CalendarFileRejected(problems)
    return tuple(row for _day, row in sorted(rows.items()) if row is not None)


def _says_nothing(row: CalendarRow) -> bool:
    return not row.name and row.is_working == (row.date.weekday() < WORKDAYS_PER_WEEK)


def _row(cells: dict[str, str | None], number: int) -> CalendarRow:
    """
    Return the row, or raise with everything that is wrong with it.
    """
    texts = {name: (cells.get(name) or "").strip() for name in (*COLUMNS, "is_provisional")}
    problems = []
    day = _listed_date(texts["date"])
    if day is None:
        reason = _("“%(text)s”不是有效日期，应当如 2027-02-06") % {"text": texts["date"]}
        problems.append(RowProblem(line=number, column="date", reason=reason))
    is_working = WORDS.get(texts["is_working"].lower())
    if is_working is None:
        reason = _("“%(text)s”应当是 1（上班）或 0（放假）") % {"text": texts["is_working"]}
        problems.append(RowProblem(line=number, column="is_working", reason=reason))
    if len(texts["name"]) > NAME_LENGTH:
        reason = _("节日名称不能超过 %(length)s 个字") % {"length": NAME_LENGTH}
        problems.append(RowProblem(line=number, column="name", reason=reason))
    if is_working is False and not texts["name"] and day and day.weekday() < WORKDAYS_PER_WEEK:
        problems.append(RowProblem(line=number, column="name", reason=_("放假的日期应当写明节日名称")))
    is_provisional = WORDS.get(texts["is_provisional"].lower() or "0")
    if is_provisional is None:
        reason = _("“%(text)s”应当是 1（暂定）或 0（已公布）") % {"text": texts["is_provisional"]}
        problems.append(RowProblem(line=number, column="is_provisional", reason=reason))
    if problems or day is None or is_working is None or is_provisional is None:
        raise CalendarFileRejected(problems)
    return CalendarRow(date=day, is_working=is_working, name=texts["name"], is_provisional=is_provisional)


def _listed_date(text: str) -> date | None:
    """
    Return the date written as YYYY-MM-DD, of a year a notice can be about.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    is_plain = day.isoformat() == text  # Python also reads 20270206 and 2027-W05-6
    return day if is_plain and FIRST_YEAR <= day.year <= LAST_YEAR else None


@cache
def packaged_rows() -> tuple[CalendarRow, ...]:
    """
    Return the calendar that comes with the program: 2004-2026 as announced, 2027 and 2028 provisional.
    """
    path = files("tongban.foundation") / "data" / "calendar_cn.csv"
    return parse_calendar_csv(path.read_text(encoding="utf-8"))


def calendar_from_rows(rows: Iterable[CalendarRow]) -> WorkCalendar:
    """
    Return the calendar that `rows` describe; a year is confirmed when it has rows and none is provisional.
    """
    rows = tuple(rows)
    provisional = {row.date.year for row in rows if row.is_provisional}
    return WorkCalendar(
        {row.date: NamedDay(kind_of(row.date, is_working=row.is_working), row.name) for row in rows},
        frozenset(row.date.year for row in rows) - provisional,
    )


@cache
def packaged_calendar() -> WorkCalendar:
    """
    Return the packaged calendar as a value.
    """
    return calendar_from_rows(packaged_rows())
