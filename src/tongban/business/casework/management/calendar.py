"""
`tongban calendar`: load the working days of a year when the State Council has announced them.
"""

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from tongban.business.casework import services
from tongban.business.casework.management.progress import case_bar
from tongban.foundation import clock
from tongban.foundation.actors import system_actor
from tongban.foundation.calendar import CalendarFileRejected, current_calendar, load_year, parse_calendar_csv
from tongban.foundation.errors import InvalidInput
from tongban.foundation.exits import NodeProblem

ACTOR = system_actor("casework.calendar")


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
    year: Annotated[int, typer.Option(help="The year that the file is about.")],
    source: Annotated[str, typer.Option(help="The notice that the days come from.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="For machines: one JSON object.")] = False,
) -> None:
    """
    Load the working days of a year from FILE and compute the deadlines of all open cases anew.

    :raises CalendarUnreadable: the file is not a calendar of that year
    """
    at = clock.now()
    try:
        rows = parse_calendar_csv(file.read_bytes().decode("utf-8-sig"))
        if {row.date.year for row in rows if row.date.year != year - 1} != {year}:
            raise CalendarUnreadable(f"{file} is not about {year}.")
        loaded = load_year(rows=rows, source=source or file.name, actor=ACTOR, at=at)
    except (OSError, UnicodeDecodeError, CalendarFileRejected, InvalidInput) as refusal:
        raise CalendarUnreadable(f"{file} cannot be loaded: {_reason(refusal)}") from refusal
    moved = 0
    if loaded.changed_years:
        total = services.count_cases(follow_calendar=True)
        with case_bar("重算期限", total=total, is_quiet=as_json) as on_progress:
            moved = services.recompute_deadlines(at=at, calendar=current_calendar(), on_progress=on_progress)
    if as_json:
        told = {"ok": True, "years": list(loaded.changed_years), "days": loaded.rows, "moved": moved}
        sys.stdout.write(json.dumps(told) + "\n")
    elif loaded.changed_years:
        print(f"已载入 {year} 年 {loaded.rows} 天，{moved} 件办件的期限有变化")
    else:
        print(f"{year} 年没有变化")


def _reason(refusal: Exception) -> str:
    fields = getattr(refusal, "fields", {})
    return "; ".join(fields.values()) or str(refusal)
