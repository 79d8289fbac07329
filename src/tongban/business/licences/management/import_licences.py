"""
`tongban import-licences`: bring a file of licences issued before.
"""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from django.utils.translation import gettext as _
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from tongban.business.licences import selectors, services
from tongban.business.licences.values import (
    BatchFacts,
    BatchLine,
    StockLine,
    StockProblem,
    StockRepair,
    StockState,
    Supply,
)
from tongban.foundation import clock
from tongban.foundation.actors import system_actor
from tongban.foundation.canonical import sm3_hex
from tongban.foundation.errors import InvalidInput
from tongban.foundation.exits import NodeProblem
from tongban.foundation.sheets import csv_lines

ACTOR = system_actor("licences.import_licences")


class LicencesUnreadable(NodeProblem):
    """
    The file is none of licences, or what is said of it cannot be.
    """

    exit_code = 22


def import_licences(
    file: Annotated[Path, typer.Argument(help="The licences: JSON lines (.jsonl), or CSV with a head line.")],
    *,
    source: Annotated[str, typer.Option(help="Name of the register or system the file comes from.")],
    agency: Annotated[str, typer.Option(help="Code of the agency that brings the file.")],
    agency_name: Annotated[str, typer.Option(help="Its name.")],
    division: Annotated[str, typer.Option(help="12 digits, for rows that name no division.")],
    supply: Annotated[
        Supply,
        typer.Option(
            help="How the data came to be: ISSUER's own, COMPARED with originals, UPLOADED copies, DECLARED."
        ),
    ],
    scans: Annotated[Path | None, typer.Option(help="Folder or ZIP with the scans that rows name.")] = None,
    sample: Annotated[int, typer.Option(min=1, max=100, help="Per cent of the rows that are checked.")] = 5,
    wanted: Annotated[int, typer.Option(min=1, max=100, help="Per cent of them that must be right.")] = 95,
    report: Annotated[
        Path | None, typer.Option(help="Write what became of each row here, as CSV; no personal data.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines: one JSON object.")] = False,
) -> None:
    """
    Bring a file of licences issued before. Broken off and started again, it goes on where it stopped.

    :raises LicencesUnreadable: the file as a whole is none of licences
    """
    console = Console(stderr=True, quiet=as_json)
    try:
        total = sum(1 for _row in services.read_stock(file))
        facts = BatchFacts(
            source=source,
            supply=supply,
            agency_code=agency,
            agency_name=agency_name,
            division_code=division,
            file_name=file.name,
            file_digest=sm3_hex(file.read_bytes()),
            sample_percent=sample,
            wanted_percent=wanted,
        )
        with _bar(console, file, total=total) as advance:
            batch_id = services.collect_licences(
                rows=services.read_stock(file),
                facts=facts,
                actor=ACTOR,
                at=clock.now(),
                scans=services.scans_at(scans),
                tell=advance,
            )
    except InvalidInput as refusal:
        told = "; ".join(f"{name}: {message}" for name, message in refusal.fields.items())
        raise LicencesUnreadable(told or str(refusal)) from refusal
    batch = selectors.stock_batch(batch_id=batch_id, actor=ACTOR)
    if report is not None:
        _write_report(report, batch)
    if as_json:
        sys.stdout.write(json.dumps(msgspec.to_builtins(batch), ensure_ascii=False) + "\n")
    else:
        _show(batch, report=report)


@contextmanager
def _bar(console: Console, file: Path, *, total: int) -> Iterator[Callable[[int], None]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=console.quiet) as progress:
        task = progress.add_task(file.name, total=total)
        yield lambda lines: progress.update(task, completed=lines)


def _write_report(path: Path, batch: BatchLine) -> None:
    heads = ["line", "type_code", "issuer_code", "number", "state", "problem", "repairs", "grade"]
    rows = selectors.stock_report(batch_id=batch.id, actor=ACTOR)
    with path.open("wb") as stream:
        stream.writelines(csv_lines(heads, map(_cells, rows)))


def _cells(row: StockLine) -> list[str | int]:
    facts: list[str | int] = [
        row.line,
        row.type_code,
        row.issuer_code,
        row.number,
        row.state.value,
        row.problem,
    ]
    return [*facts, " ".join(row.repairs), row.grade]


def _show(batch: BatchLine, *, report: Path | None) -> None:
    console = Console()
    told = {"source": batch.source, "state": batch.state.label}
    table = Table(title=_("存量证照归集：%(source)s（%(state)s）") % told)
    table.add_column(_("项目"))
    table.add_column(_("行数"), justify="right")
    table.add_row(_("读取"), str(batch.lines))
    for state, count in sorted(batch.states.items()):
        table.add_row(str(StockState(state).label), str(count))
    for problem, count in sorted(batch.problems.items()):
        table.add_row(f"  {StockProblem(problem).label}", str(count), style="dim")
    for repair, count in sorted(batch.repairs.items()):
        table.add_row(f"  {StockRepair(repair).label}", str(count), style="dim")
    table.add_row(_("抽样核对"), f"{batch.checked}/{batch.sampled}")
    console.print(table)
    if report is not None:
        console.print(_("逐行说明：%(report)s") % {"report": report})
