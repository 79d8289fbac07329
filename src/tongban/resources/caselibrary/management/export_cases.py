"""
`tongban export-cases`: write the library into files of the national tables.
"""

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from django.utils.translation import gettext as _

from tongban.foundation import clock
from tongban.foundation.actors import system_actor
from tongban.resources.caselibrary import services
from tongban.resources.caselibrary.values import ExportForm, ExportQuestion, ExportStandard
from tongban.resources.exchange import ports as exchange

DAY = ["%Y-%m-%d"]


def export_cases(
    folder: Annotated[Path, typer.Argument(help="Where the files go; made where it is missing.")],
    *,
    since: Annotated[datetime, typer.Option(formats=DAY, help="First day of application.")],
    until: Annotated[datetime, typer.Option(formats=DAY, help="Last day of application.")],
    standard: Annotated[str, typer.Option(help="C0110 or GBT39046.")] = ExportStandard.C0110.value,
    form: Annotated[str, typer.Option("--format", help="csv, sql or xml.")] = ExportForm.CSV.value,
    division: Annotated[str, typer.Option(help="12 digits; the node's own area when left out.")] = "",
    data_source: Annotated[str, typer.Option(help="数据来源, three characters.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="For machines: one JSON object.")] = False,
) -> None:
    """
    Write the cases of a period and an area into tables, a file for each. They hold personal data in clear.
    """
    wanted = ExportQuestion(
        standard=ExportStandard(standard),
        form=ExportForm(form),
        since=since.date(),
        until=until.date(),
        division_code=division or exchange.neighbours().own_code,
        data_source=data_source,
    )
    folder.mkdir(parents=True, exist_ok=True)
    written = {}
    for file in services.exported(
        wanted=wanted, actor=system_actor("caselibrary.export_cases"), at=clock.now()
    ):
        lines = 0
        with (folder / file.name).open("wb") as handle:
            for line in file.lines:
                handle.write(line)
                lines += 1
        written[file.name] = lines
        if not as_json:
            print(_("%(name)s：%(lines)s 行") % {"name": file.name, "lines": lines})
    if as_json:
        sys.stdout.write(json.dumps({"ok": True, "files": written}) + "\n")
