"""
What a measurement leaves: rows of figures, the facts of the machine, a table, a file.
"""

import json
import os
import platform
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

KILOBYTES_PER_GIGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """
    One figure; `ratio` is value over ceiling where more is better, and `aim` is what `ratio` or `value` must reach.
    """

    name: str
    value: float
    unit: str
    ceiling: float | None = None
    ratio: float | None = None
    aim: float | None = None
    met: bool | None = None
    ceiling_is: str = ""
    """What the ceiling was, in words; empty where there is none."""


def against(
    name: str, pairs: Iterable[tuple[float, float]], *, unit: str, ceiling_is: str, aim: float | None
) -> Row:
    """
    Return the row of a path measured beside its ceiling.

    :param pairs: (value, ceiling) of each round; the round in the middle by its ratio is told, because the machine is
        not equally busy in all of them
    :param aim: the least ratio; None where there is no aim
    """
    value, ceiling = middle_round(pairs)
    ratio = round(value / ceiling, 3)
    return Row(
        name=name,
        value=round(value, 1),
        unit=unit,
        ceiling=round(ceiling, 1),
        ratio=ratio,
        aim=aim,
        met=None if aim is None else ratio >= aim,
        ceiling_is=ceiling_is,
    )


def middle_round(pairs: Iterable[tuple[float, float]]) -> tuple[float, float]:
    """
    Return (value, ceiling) of the round that stands in the middle by its ratio.
    """
    rounds = sorted(pairs, key=lambda pair: pair[0] / pair[1])
    return rounds[(len(rounds) - 1) // 2]


def multiple(name: str, value: float, *, of: float, aim: float, ceiling_is: str) -> Row:
    """
    Return how many times a published figure is reached; `ratio` is compared with `aim`.
    """
    ratio = round(value / of, 1)
    return Row(
        name=name,
        value=round(value, 1),
        unit="/s",
        ceiling=of,
        ratio=ratio,
        aim=aim,
        met=ratio >= aim,
        ceiling_is=ceiling_is,
    )


def at_most(name: str, value: float, *, unit: str, aim: float, ceiling_is: str) -> Row:
    """
    Return a figure that must not be larger than `aim`.
    """
    return Row(name=name, value=round(value, 3), unit=unit, aim=aim, met=value <= aim, ceiling_is=ceiling_is)


def machine(*, at: datetime, postgres: str, generator: str) -> dict[str, Any]:
    """
    Return what somebody must know to compare these figures with others.

    :param at: when the run began
    :param postgres: version of the server
    :param generator: what made the load
    """
    return {
        "measured_at": at.isoformat(timespec="seconds"),
        "processor": _after_colon("/proc/cpuinfo", "model name") or platform.processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(_memory_kilobytes() / KILOBYTES_PER_GIGABYTE, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "postgresql": postgres,
        "load_generator": generator,
        "load_average_at_start": [round(part, 1) for part in os.getloadavg()],
        "remark": "Load generator, web server and database share the cores.",
    }


def write(path: Path, *, machine: dict[str, Any], rows: Iterable[dict[str, Any]]) -> None:
    """
    Write the results.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"machine": machine, "results": list(rows)}, ensure_ascii=False, indent=2)
    path.write_text(text + "\n", encoding="utf-8")


def as_dict(row: Row) -> dict[str, Any]:
    """
    Return a row as the file holds it.
    """
    return asdict(row)


def show(rows: Iterable[dict[str, Any]]) -> None:
    """
    Print the table.
    """
    table = Table(title="tongban: make bench")
    table.add_column("path", overflow="fold")
    for heading in ("value", "unit", "ceiling", "ratio", "aim"):
        table.add_column(heading, justify="right")
    table.add_column("met")
    for row in rows:
        words = {True: "[green]yes[/]", False: "[red]MISSED[/]", None: ""}[row["met"]]
        figures = (_figure(row[key]) for key in ("ceiling", "ratio", "aim"))
        table.add_row(row["name"], _figure(row["value"]), row["unit"], *figures, words)
    Console(width=132).print(table)


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:,g}" if abs(value) < 1000 else f"{value:,.0f}"  # noqa: PLR2004


def _after_colon(path: str, key: str) -> str:
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(key)), "")


def _memory_kilobytes() -> int:
    words = _after_colon("/proc/meminfo", "MemTotal").split()
    return int(words[0]) if words else 0
