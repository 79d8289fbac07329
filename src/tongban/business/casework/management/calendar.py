"""
`tongban calendar`: load the working days of a year when the State Council has announced them.
"""

import json
import sys
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tongban.business.casework import services
from tongban.business.casework.management.progress import case_bar
from tongban.foundation import clock
from tongban.foundation.actors import system_actor
from tongban.foundation.calendar import (
    CalendarFileRejected,
    CalendarYearIncomplete,
    current_calendar,
    load_year,
    parse_calendar_csv,
)
from tongban.foundation.errors import InvalidInput
from tongban.foundation.exits import NodeProblem

ACTOR = system_actor("casework.calendar")
MOST_REASONS = 20
MOST_LINES = 10
"""Lines that are named for one reason; the number of the others follows."""


class CalendarUnreadable(NodeProblem):
    """
    The file is not a calendar of the year.
    """

    exit_code = 22


class CalendarAct(StrEnum):
    """
    What can be done to the calendar.
    """

    LOAD = "load"


def calendar(
    _act: Annotated[CalendarAct, typer.Argument(metavar="load", help="Load a year.")],
    file: Annotated[Path, typer.Argument(help="CSV with the columns date,is_working,name.")],
    *,
    year: Annotated[int, typer.Option(help="The year that the file is about.")],
    source: Annotated[str, typer.Option(help="The notice that the days come from.")] = "",
    force: Annotated[
        bool, typer.Option("--force", help="Load it although statutory holidays are missing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For machines: one JSON object.")] = False,
) -> None:
    """
    Load the working days of a year from FILE and compute the deadlines of all open cases anew.

    FILE replaces the whole year. It lists the days that are not as their weekday says: holidays (is_working 0, with
    their name, weekends among them too) and weekend days that are worked (is_working 1). Other days may be listed
    as well and change nothing. The last week of December before the year may be among the rows.

    :raises CalendarUnreadable: the file is not a calendar of that year
    """
    at = clock.now()
    try:
        rows = parse_calendar_csv(file.read_bytes().decode("utf-8-sig"))
        if {row.date.year for row in rows if row.date.year != year - 1} != {year}:
            raise CalendarUnreadable(_("%(file)s 不是 %(year)s 年的工作日历") % {"file": file, "year": year})
        loaded = load_year(rows=rows, source=source or file.name, force=force, actor=ACTOR, at=at)
    except (OSError, UnicodeDecodeError, InvalidInput) as refusal:
        reason = "\n".join(_reasons(refusal))
        raise CalendarUnreadable(
            _("%(file)s 未载入：%(reason)s") % {"file": file, "reason": reason}
        ) from refusal
    moved = 0
    if loaded.changed_years:
        total = services.count_cases(follow_calendar=True)
        with case_bar(_("重算期限"), total=total, is_quiet=as_json) as on_progress:
            moved = services.recompute_deadlines(at=at, calendar=current_calendar(), on_progress=on_progress)
    if as_json:
        told = {"ok": True, "years": list(loaded.changed_years), "days": loaded.rows, "moved": moved}
        sys.stdout.write(json.dumps(told) + "\n")
    elif loaded.changed_years:
        words = {"year": year, "days": loaded.rows, "moved": moved}
        print(
            ngettext(
                "已载入 %(year)s 年 %(days)s 天，%(moved)s 件办件的期限有变化",
                "已载入 %(year)s 年 %(days)s 天，%(moved)s 件办件的期限有变化",
                moved,
            )
            % words
        )
    else:
        print(_("%(year)s 年没有变化") % {"year": year})


def _reasons(refusal: Exception) -> list[str]:
    """
    Return each reason once, with the lines it is about.
    """
    if isinstance(refusal, CalendarFileRejected):
        lines: dict[str, list[int]] = {}
        for problem in refusal.problems:
            lines.setdefault(problem.reason, []).append(problem.line)
        told = [
            _("第 %(lines)s 行：%(reason)s") % {"lines": _listed(numbers), "reason": reason}
            for reason, numbers in lines.items()
        ]
        return [*told[:MOST_REASONS], *(["…"] if len(told) > MOST_REASONS else [])]
    if isinstance(refusal, CalendarYearIncomplete):
        return [*refusal.fields.values(), _("文件会取代全年的安排；确认无误时请加 --force")]
    if isinstance(refusal, InvalidInput):
        return list(refusal.fields.values())
    return [str(refusal)]


def _listed(numbers: Iterable[int]) -> str:
    named = sorted(set(numbers))
    text = ", ".join(str(number) for number in named[:MOST_LINES])
    return f"{text} … (+{len(named) - MOST_LINES})" if len(named) > MOST_LINES else text
