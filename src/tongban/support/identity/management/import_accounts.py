"""
`tongban import-accounts`: take in the accounts of another system.
"""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import IO, Annotated

import typer
from django.utils.translation import gettext as _
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from tongban.foundation import clock
from tongban.foundation.actors import system_actor
from tongban.foundation.exits import NodeProblem
from tongban.support.identity import services
from tongban.support.identity.values import (
    Scheme,
    StockProblem,
    StockRepair,
    StockReport,
    StockResult,
    StockState,
    schemes,
)

ACTOR = system_actor("identity.import_accounts")
LONGEST_SOURCE = 32

Tell = Callable[[StockResult], None]


class AccountsUnreadable(NodeProblem):
    """
    The file is none of accounts, or the source or scheme is none.
    """

    exit_code = 21


def import_accounts(
    file: Annotated[Path, typer.Argument(help="The accounts: JSON lines (.jsonl), or CSV with a head line.")],
    *,
    source: Annotated[str, typer.Option(help="Name of the other system; its account ids count within it.")],
    scheme: Annotated[
        str, typer.Option(help="In which the file tells levels: NATIONAL, NATIONAL_1_TO_5, ANHUI, TICKET.")
    ] = "NATIONAL",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen; keep nothing.")] = False,
    report: Annotated[
        Path | None, typer.Option(help="Write what became of each row here, as JSON lines; no personal data.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines: one JSON object.")] = False,
) -> None:
    """
    Take in the accounts of another system. Broken off and started again, it goes on where it stopped.

    :raises AccountsUnreadable: the file as a whole is none of accounts
    """
    levels = _scheme(scheme)
    if not 0 < len(source) <= LONGEST_SOURCE:
        raise AccountsUnreadable(f"--source is 1 to {LONGEST_SOURCE} characters long")
    console = Console(stderr=True, quiet=as_json)
    try:
        total = sum(1 for _row in services.read_stock(file))
        with _reporting(report) as write, _bar(console, file, total=total) as advance:

            def tell(result: StockResult) -> None:
                write(result)
                advance()

            told = services.import_stock(
                rows=services.read_stock(file),
                source=source,
                scheme=levels,
                actor=ACTOR,
                at=clock.now(),
                is_dry_run=dry_run,
                tell=tell,
            )
    except services.StockFileUnreadable as refusal:
        raise AccountsUnreadable(str(refusal)) from refusal
    if as_json:
        sys.stdout.write(json.dumps(asdict(told), ensure_ascii=False) + "\n")
    else:
        _show(told, report=report)


def _scheme(code: str) -> Scheme:
    found = schemes().get(code)
    if found is None:
        raise AccountsUnreadable(f"no scheme is called {code}; there are {', '.join(schemes())}")
    return found


@contextmanager
def _reporting(path: Path | None) -> Iterator[Tell]:
    if path is None:
        yield lambda _result: None
        return
    with path.open("w", encoding="utf-8") as stream:
        yield lambda result: _write(stream, result)


def _write(stream: IO[str], result: StockResult) -> None:
    stream.write(json.dumps(asdict(result), ensure_ascii=False) + "\n")


@contextmanager
def _bar(console: Console, file: Path, *, total: int) -> Iterator[Callable[[], None]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=console.quiet) as progress:
        task = progress.add_task(file.name, total=total)
        yield lambda: progress.advance(task)


def _show(told: StockReport, *, report: Path | None) -> None:
    console = Console()
    title = _("导入存量账号：%(source)s") % {"source": told.source}
    table = Table(title=f"{title}{_('（试运行，没有保存）')}" if told.is_dry_run else title)
    table.add_column(_("项目"))
    table.add_column(_("行数"), justify="right")
    table.add_row(_("读取"), str(told.rows))
    table.add_row(_("以前已导入"), str(told.unchanged))
    for state, count in sorted(told.states.items()):
        table.add_row(str(StockState(state).label), str(count))
    for problem, count in sorted(told.problems.items()):
        table.add_row(f"  {StockProblem(problem).label}", str(count), style="dim")
    for repair, count in sorted(told.repairs.items()):
        table.add_row(f"  {StockRepair(repair).label}", str(count), style="dim")
    console.print(table)
    if report is not None:
        console.print(_("逐行说明：%(report)s") % {"report": report})
