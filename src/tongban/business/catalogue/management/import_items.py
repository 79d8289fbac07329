"""
`tongban import-items`: bring a feed of offerings into the catalogue.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO

import msgspec
import typer
from django.utils.translation import gettext as _
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from tongban.business.catalogue import services
from tongban.business.catalogue.values import ImportProgress, ImportReceipt, Objection
from tongban.business.catalogue.values.objections import sentences
from tongban.foundation import clock
from tongban.foundation.actors import system_actor
from tongban.foundation.exits import NodeProblem
from tongban.foundation.languages import is_english
from tongban.foundation.sheets import csv_line, csv_lines

COLUMNS = Objection.__struct_fields__
ACTOR = system_actor("catalogue.import_items")

Report = Callable[[Objection], None]


class FeedUnreadable(NodeProblem):
    """
    The file is not a feed of offerings.
    """

    exit_code = 21


def import_items(
    file: Annotated[Path, typer.Argument(help="The feed: JSON lines, a JSON array, or CSV.")],
    report: Annotated[
        Path | None, typer.Option(help="Write refused and flagged rows here, as .jsonl or .csv.")
    ] = None,
    source: Annotated[
        str, typer.Option(help="Whose feed it is; an offering belongs to the source that brought it first.")
    ] = "local",
    as_json: Annotated[bool, typer.Option("--json", help="For machines: one JSON object.")] = False,
) -> None:
    """
    Import FILE: JSON lines, a JSON array, or CSV. Rows that cannot be taken are reported, the others go in.

    :raises FeedUnreadable: the file as a whole is not a feed
    """
    console = Console(stderr=True, quiet=as_json)
    with _reporting(report) as write, _bar(console, file) as advance:
        try:
            receipt = services.import_items(
                path=file, source=source, actor=ACTOR, at=clock.now(), report=write, progress=advance
            )
        except services.ImportFileUnreadable as refusal:
            raise FeedUnreadable(str(refusal)) from refusal
    if as_json:
        sys.stdout.write(msgspec.json.encode(receipt).decode() + "\n")
    else:
        _show(receipt, report=report)


@contextmanager
def _reporting(path: Path | None) -> Iterator[Report]:
    if path is None:
        yield lambda _objection: None
        return
    with path.open("wb") as stream:
        yield _csv_report(stream) if path.suffix.lower() == ".csv" else _json_report(stream)


def _json_report(stream: BinaryIO) -> Report:
    return lambda objection: (stream.write(msgspec.json.encode(objection) + b"\n"), None)[1]


def _csv_report(stream: BinaryIO) -> Report:
    stream.writelines(csv_lines(COLUMNS, ()))
    return lambda objection: (stream.write(csv_line([getattr(objection, name) for name in COLUMNS])), None)[1]


@contextmanager
def _bar(console: Console, file: Path) -> Iterator[Callable[[ImportProgress], None]]:
    size = file.stat().st_size if file.exists() else None
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TextColumn(_("%(rows)s 行") % {"rows": "{task.fields[rows]}"}),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=console.quiet) as progress:
        task = progress.add_task(file.name, total=size, rows=0)
        yield lambda state: progress.update(task, completed=state.bytes_read, rows=state.rows)


def _show(receipt: ImportReceipt, *, report: Path | None) -> None:
    console = Console()
    table = Table(title=_("导入结果：%(source)s") % {"source": receipt.source})
    table.add_column(_("项目"))
    table.add_column(_("行数"), justify="right")
    for label, count in (
        (_("读取"), receipt.rows),
        (_("新增"), receipt.new),
        (_("变更（新版本）"), receipt.changed),
        (_("无变化"), receipt.unchanged),
        (_("拒收"), receipt.rejected),
        (_("收下并标注"), receipt.flagged),
    ):
        table.add_row(label, str(count))
    for reason, count in receipt.reasons.items():
        table.add_row(f"  {sentences(reason)[is_english()]} ({reason})", str(count), style="dim")
    console.print(table)
    if report is not None and receipt.reasons:
        console.print(_("逐行说明：%(report)s") % {"report": report})
