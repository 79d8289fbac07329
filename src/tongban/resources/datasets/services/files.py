"""
The catalogue from files and into them. What is read begins drafts; nothing is published by a file.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

import msgspec
from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tongban.foundation.actors import Actor
from tongban.foundation.errors import InvalidInput, ServiceError, Text
from tongban.foundation.paging import Page
from tongban.resources.datasets import rules, selectors
from tongban.resources.datasets.models import Dataset
from tongban.resources.datasets.rules.definitions import read_definition
from tongban.resources.datasets.services import compiling, dcat, sheets
from tongban.resources.datasets.services.exchanging import own_node
from tongban.resources.datasets.values import (
    DatasetInForce,
    Definition,
    FileForm,
    FileLine,
    FileOutcome,
    FileRow,
)

OPEN_PLACE: Final = "open-data"
"""Where the portal shows what is open; the datasets of that document have their names there."""
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
                (each.code, each.definition) for each in entries if each.node == own_node()
            )
        case FileForm.JSON:
            rows = [
                {
                    "node": each.node,
                    "code": each.code,
                    "published_on": each.published_on,
                    "definition": each.definition,
                }
                for each in entries
            ]
            return msgspec.json.format(msgspec.json.encode(rows), indent=2)
        case FileForm.TURTLE | FileForm.JSON_LD:
            return _as_dcat(entries, place="catalogue", title=gettext_lazy("信息资源目录"), form=form)


def export_open(*, form: FileForm, actor: Actor, cursor: str | None = None) -> Page[bytes]:
    """
    Return a hundred datasets that are open to the public as one DCAT-AP document, and how to ask for those that follow.

    A document of all could be of any size, and everybody may ask for it.

    :param form: Turtle or JSON-LD
    :raises InvalidInput: the cursor is of another list, or DCAT-AP has no such form
    """
    if form.value not in dcat.FORMATS:
        raise InvalidInput(fields={"form": _("DCAT-AP 只有 Turtle 和 JSON-LD")})
    found = selectors.open_datasets(actor=actor, cursor=cursor, limit=selectors.LARGEST_PAGE)
    document = _as_dcat(
        found.items,
        place=OPEN_PLACE,
        title=gettext_lazy("开放数据目录"),
        form=form,
        page=f"catalog.{form.value}" + (f"?{urlencode({'cursor': cursor})}" if cursor else ""),
        following=f"catalog.{form.value}?{urlencode({'cursor': found.next_cursor})}"
        if found.next_cursor
        else "",
    )
    return Page(items=[document], next_cursor=found.next_cursor)


def empty_template() -> bytes:
    """
    Return the Excel template without a row.
    """
    return sheets.write_workbook(())


def _as_dcat(
    entries: Iterable[DatasetInForce],
    *,
    place: str,
    title: Text,
    form: FileForm,
    page: str = "",
    following: str = "",
) -> bytes:
    # The document says that its words are Chinese, whatever language its reader has chosen.
    with translation.override("zh-hans"):
        graph = dcat.catalogue(
            entries,
            base=f"{str(settings.TONGBAN_BASE_URL).rstrip('/')}/{place}",
            title=str(title),
            publisher=str(settings.TONGBAN_NODE.name),
        )
    if page:
        dcat.say_what_follows(graph, page=page, following=following)
    return graph.serialize(format=dcat.FORMATS[form.value], encoding="utf-8")


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
