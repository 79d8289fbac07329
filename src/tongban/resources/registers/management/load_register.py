"""
`tongban load-register`: a file into a base register.
"""

import json
import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from django.utils.translation import gettext as _
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from tongban.foundation import clock
from tongban.foundation.actors import system_actor
from tongban.foundation.errors import InvalidInput
from tongban.foundation.exits import NodeProblem
from tongban.foundation.sheets import csv_lines
from tongban.resources.registers import selectors, services
from tongban.resources.registers.values import LoadReport, RegisterCode, SourceRole

ACTOR = system_actor("registers.load_register")


class RegisterNotLoaded(NodeProblem):
    """
    The file as a whole cannot be loaded.
    """

    exit_code = 23


def load_register(
    register: Annotated[RegisterCode, typer.Argument(help="POPULATION, ENTITY, ADDRESS, CREDIT or LICENCE.")],
    file: Annotated[
        Path,
        typer.Argument(help="CSV, .jsonl or .xlsx, headed by names of fields.", exists=True),
    ],
    *,
    source: Annotated[str, typer.Option(help="Code of the agency that says so.")],
    system: Annotated[str, typer.Option(help="Name of the system the file comes from.")] = "",
    appoint: Annotated[
        list[SourceRole] | None,
        typer.Option(help="Make the agency the source of these fields first; may be given several times."),
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="Write every refused row here, as CSV; nothing of what it said.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines: one JSON object.")] = False,
) -> None:
    """
    Load a file into a base register. Broken off and started again, it goes on where it stopped.

    :raises RegisterNotLoaded: the file as a whole is none of the register, or the agency is not known
    """
    console = Console(stderr=True, quiet=as_json)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TextColumn("{task.completed}"),
        TimeElapsedColumn(),
    )
    try:
        for role in appoint or ():
            services.appoint_source(
                register=register, role=role, agency_code=source, actor=ACTOR, at=clock.now()
            )
        with Progress(*columns, console=console, disable=console.quiet) as progress:
            task = progress.add_task(file.name, total=None)
            done = services.load_file(
                register=register,
                path=file,
                agency_code=source,
                system=system,
                actor=ACTOR,
                at=clock.now(),
                tell=lambda rows: progress.update(task, completed=rows),
            )
    except InvalidInput as refusal:
        raise RegisterNotLoaded(str(refusal)) from refusal
    if report is not None:
        _write_report(report, done)
    if as_json:
        sys.stdout.write(json.dumps(msgspec.to_builtins(done), ensure_ascii=False) + "\n")
    else:
        _show(done)


def _write_report(path: Path, done: LoadReport) -> None:
    rows = selectors.refused_rows(batch_id=done.batch_id, actor=ACTOR)
    with path.open("wb") as stream:
        stream.writelines(
            csv_lines(
                [_("行号"), _("原因"), _("信息项")],
                ([row.line, str(row.problem), str(row.field)] for row in rows),
            )
        )


def _show(done: LoadReport) -> None:
    console = Console()
    table = Table(title=_("基础信息装入：%(register)s") % {"register": RegisterCode(done.register).label})
    table.add_column(_("项目"))
    table.add_column(_("行数"), justify="right")
    for title, count in (
        (_("读取"), done.rows),
        (_("新建"), done.created),
        (_("变更"), done.changed),
        (_("未变"), done.unchanged),
        (_("拒绝"), done.refused),
        (_("待匹配"), done.disputed),
        (_("与数源不同的信息项"), done.differences),
    ):
        table.add_row(title, str(count))
    console.print(table)
    if not done.is_new:
        console.print(_("这个文件以前装入过，没有再装。"))
