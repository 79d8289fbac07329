"""
The catalogue from files and into them. What is read begins drafts; nothing is published by a file.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

import msgspec
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from tongban.foundation.actors import Actor
from tongban.foundation.errors import InvalidInput, ServiceError
from tongban.resources.datasets import rules, selectors
from tongban.resources.datasets.models import Dataset
from tongban.resources.datasets.rules.definitions import read_definition
from tongban.resources.datasets.services import compiling, dcat, sheets
from tongban.resources.datasets.services.exchanging import own_node
from tongban.resources.datasets.values import Definition, FileForm, FileLine, FileOutcome, FileRow

MOST_JSON_BYTES: Final = 10 * 1024 * 1024


def read_file(content: bytes, form: FileForm) -> list[FileRow]:
    """
    Return the rows of a file, readable or not.

    :raises InvalidInput: it is not of this form, or too large
    """
    if form is FileForm.EXCEL:
        return sheets.read_workbook(content)
    if form is not FileForm.JSON:
        raise InvalidInput(fields={"file": _("只能导入 Excel 和 JSON")})
    if len(content) > MOST_JSON_BYTES:
        raise InvalidInput(fields={"file": _("文件不能超过 10 MB")})
    try:
        rows: list[dict[str, Any]] = msgspec.json.decode(content, type=list[dict[str, Any]])
    except msgspec.DecodeError as error:
        raise InvalidInput(fields={"file": _("不是信息资源目录的 JSON 列表")}) from error
    return [
        FileRow(line=line, code=str(row.get("code", "")), content=row.get("definition", {}), problems=())
        for line, row in enumerate(rows, 1)
    ]


def import_datasets(*, rows: Iterable[FileRow], actor: Actor, at: datetime) -> list[FileLine]:
    """
    Begin a draft for each row that says something new; return what became of every row, in their order.

    A row whose code this node has already begins its next version, or nothing where it says the same. Each row stands
    alone: one that is refused takes no other with it.
    """
    return [_import(row, actor=actor, at=at) for row in rows]


def export_datasets(*, form: FileForm, actor: Actor) -> bytes:
    """
    Return every dataset in use in this form.

    :raises NotPermitted: the actor does not read the catalogue
    """
    entries = selectors.exported(actor=actor)
    match form:
        case FileForm.EXCEL:
            return sheets.write_workbook(
                (code, each) for node, code, _day, each in entries if node == own_node()
            )
        case FileForm.JSON:
            rows = [
                {"node": node, "code": code, "published_on": day, "definition": each}
                for node, code, day, each in entries
            ]
            return msgspec.json.format(msgspec.json.encode(rows), indent=2)
        case FileForm.TURTLE | FileForm.JSON_LD:
            graph = dcat.catalogue(
                entries,
                base=str(settings.TONGBAN_BASE_URL).rstrip("/"),
                title=_("信息资源目录"),
                publisher=str(settings.TONGBAN_NODE.name),
            )
            return graph.serialize(format=dcat.FORMATS[form.value], encoding="utf-8")


def empty_template() -> bytes:
    """
    Return the Excel template without a row.
    """
    return sheets.write_workbook(())


def _import(row: FileRow, *, actor: Actor, at: datetime) -> FileLine:
    if row.problems:
        return FileLine(line=row.line, code=row.code, outcome=FileOutcome.REFUSED, problems=row.problems)
    try:
        definition = msgspec.convert(row.content, Definition, strict=True)
        with transaction.atomic():
            return _taken(row, definition, actor=actor, at=at)
    except msgspec.ValidationError as error:
        problems: tuple[str, ...] = (str(error),)
    except InvalidInput as error:
        problems = tuple(f"{part}: {text}" for part, text in error.fields.items())
    except ServiceError as error:
        problems = (str(error),)
    return FileLine(line=row.line, code=row.code, outcome=FileOutcome.REFUSED, problems=problems)


def _taken(row: FileRow, definition: Definition, *, actor: Actor, at: datetime) -> FileLine:
    kept = Dataset.objects.filter(node=own_node(), code=row.code).first() if row.code else None
    if kept is None:
        begun = compiling.compile_dataset(definition=definition, actor=actor, at=at)
        return FileLine(line=row.line, code=begun.code, outcome=FileOutcome.BEGUN, problems=())
    if rules.canonical(read_definition(kept.definition)) == rules.canonical(definition):
        return FileLine(line=row.line, code=row.code, outcome=FileOutcome.SAME, problems=())
    begun = compiling.compile_version(dataset_id=kept.id, actor=actor, at=at)
    compiling.save_draft(
        version_id=begun.id, revision=begun.revision, definition=definition, actor=actor, at=at
    )
    return FileLine(line=row.line, code=row.code, outcome=FileOutcome.CHANGED, problems=())
