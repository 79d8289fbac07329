"""
`tongban import-datasets` and `tongban export-datasets`: the catalogue from a file and into one.
"""

import json
import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from django.utils.translation import gettext as _
from rich.console import Console
from rich.table import Table

from tongban.foundation import clock
from tongban.foundation.actors import system_actor
from tongban.foundation.errors import InvalidInput
from tongban.foundation.exits import NodeProblem
from tongban.resources.datasets import services
from tongban.resources.datasets.values import FileForm, FileOutcome

ACTOR = system_actor("datasets.files")


class CatalogueFileInvalid(NodeProblem):
    """
    The file as a whole cannot be read or written.
    """

    exit_code = 23


def import_datasets(
    file: Annotated[Path, typer.Argument(help="The filled template (.xlsx), or .json.", exists=True)],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For machines: one JSON list.")] = False,
) -> None:
    """
    Begin drafts from a file; every row is reported, and nothing is published by it.

    :raises CatalogueFileInvalid: the file as a whole is none of the catalogue
    """
    try:
        rows = services.read_file(file.read_bytes(), _form(file))
    except InvalidInput as refusal:
        raise CatalogueFileInvalid("; ".join(map(str, refusal.fields.values()))) from refusal
    lines = services.import_datasets(rows=rows, actor=ACTOR, at=clock.now())
    if as_json:
        sys.stdout.write(json.dumps(msgspec.to_builtins(lines), ensure_ascii=False) + "\n")
    else:
        table = Table(_("行号"), _("信息资源代码"), _("结果"), _("原因"))
        for line in lines:
            table.add_row(str(line.line), line.code, str(line.outcome.label), "\n".join(line.problems))
        Console().print(table)
    if any(line.outcome is FileOutcome.REFUSED for line in lines):
        raise typer.Exit(code=1)


def export_datasets(
    file: Annotated[
        Path, typer.Argument(help="Written in the form of its ending: xlsx, json, ttl or jsonld.")
    ],
    *,
    template: Annotated[bool, typer.Option(help="Only the empty Excel template.")] = False,
) -> None:
    """
    Write every dataset in use into a file.

    :raises CatalogueFileInvalid: its ending names no form
    """
    form = _form(file)
    if template and form is not FileForm.EXCEL:
        raise CatalogueFileInvalid(_("模板只有 Excel 格式"))
    content = services.empty_template() if template else services.export_datasets(form=form, actor=ACTOR)
    file.write_bytes(content)


def _form(file: Path) -> FileForm:
    try:
        return FileForm(file.suffix.removeprefix(".").lower())
    except ValueError as error:
        raise CatalogueFileInvalid(_("文件名须以 .xlsx、.json、.ttl 或 .jsonld 结尾")) from error
