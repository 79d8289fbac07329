"""
信息资源目录 as an Excel workbook: one sheet of datasets, one of their fields, joined by 序号.

The columns are the core metadata of 发改高技〔2017〕1272号. Headings and choices are Chinese whatever the
reader's language: the file is a form between agencies. Nothing is dropped silently: what has no place is a problem.
"""

import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec
from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import override

from tongban.foundation.errors import InvalidInput
from tongban.foundation.sheets import as_meant, workbook
from tongban.resources.datasets.values import (
    CatalogueLevel,
    Cycle,
    DatasetClass,
    Definition,
    FieldType,
    FileRow,
    Format,
    Mode,
    Openness,
    Sharing,
)

SHEETS: Final = ("信息资源", "信息项")
NUMBER: Final = "序号"
COLUMNS: Final[dict[str, str]] = {
    "信息资源代码": "code",
    "类": "class_code",
    "项": "group_code",
    "目": "subgroup_code",
    "细目": "detail_code",
    "信息资源名称": "title",
    "英文名称": "title_en",
    "信息资源摘要": "summary",
    "信息资源提供方": "provider_name",
    "提供方代码": "provider_code",
    "行政区划代码": "division_code",
    "信息资源格式": "format",
    "共享类型": "sharing",
    "共享条件": "sharing_condition",
    "不予共享依据": "sharing_basis",
    "共享方式": "modes",
    "开放属性": "openness",
    "开放条件": "opening_condition",
    "更新周期": "cycle",
    "关联资源代码": "related",
    "层级属性": "level",
}
FIELD_COLUMNS: Final[dict[str, str]] = {
    "信息项名称": "title",
    "信息项代码": "name",
    "英文名称": "title_en",
    "数据类型": "type",
    "数据长度": "length",
    "是否必填": "is_required",
    "是否主键": "is_key",
    "是否个人信息": "is_personal",
}
CHOICES: Final[dict[str, type[TextChoices]]] = {
    "class_code": DatasetClass,
    "format": Format,
    "sharing": Sharing,
    "modes": Mode,
    "openness": Openness,
    "cycle": Cycle,
    "level": CatalogueLevel,
    "type": FieldType,
}
LISTS: Final = ("modes", "related")
MOST_BYTES: Final = 10 * 1024 * 1024
MOST_UNPACKED_BYTES: Final = 100 * 1024 * 1024
MOST_ROWS: Final = 50_000
YES, NO = "是", "否"


def write_workbook(datasets: Iterable[tuple[str, Definition]]) -> bytes:
    """
    Return a workbook of (code, definition); of none, it is the empty template.
    """
    first: list[list[str | int]] = [[NUMBER, *COLUMNS]]
    second: list[list[str | int]] = [[NUMBER, *FIELD_COLUMNS]]
    with override("zh-hans"):
        for number, (code, definition) in enumerate(datasets, 1):
            kept = {"code": code, **msgspec.to_builtins(definition)}
            first.append([number, *(_cell(part, kept[part]) for part in COLUMNS.values())])
            second.extend(
                [number, *(_cell(part, field[part]) for part in FIELD_COLUMNS.values())]
                for field in kept["fields"]
            )
    return workbook(dict(zip(SHEETS, (first, second), strict=True)))


def read_workbook(content: bytes) -> list[FileRow]:
    """
    Return every row of a workbook, readable or not, in its order.

    :raises InvalidInput: it is no such workbook, or larger than 10 MB (100 MB unpacked)
    """
    from openpyxl import load_workbook  # noqa: PLC0415 -- only where there is an Excel file

    _refuse_unless_bounded(content)
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        tables = [list(_lines(book[name])) for name in SHEETS]
    except InvalidInput:
        raise
    except Exception as error:  # openpyxl raises whatever a damaged file leads it into
        raise InvalidInput(fields={"file": _("不是信息资源目录的 Excel 模板")}) from error
    with override("zh-hans"):
        return _rows(*tables)


def _rows(
    datasets: list[tuple[int, dict[str, str]]], fields: list[tuple[int, dict[str, str]]]
) -> list[FileRow]:
    of: dict[str, list[dict[str, Any]]] = {}
    faults: dict[str, list[str]] = {}
    for line, cells in fields:
        number = cells.pop(NUMBER, "")
        problems = faults.setdefault(number, [])
        of.setdefault(number, []).append(_parts(cells, FIELD_COLUMNS, problems, where=f"{SHEETS[1]} {line} "))
    rows = []
    for line, cells in datasets:
        number = cells.pop(NUMBER, "")
        problems = faults.pop(number, [])
        parts = {"title": "", **_parts(cells, COLUMNS, problems, where="")}
        rows.append(
            FileRow(
                line=line,
                code=parts.pop("code", ""),
                content={**parts, "fields": of.pop(number, [])},
                problems=tuple(problems),
            )
        )
    for number in of:
        said = _("信息项的序号 %(number)s 没有对应的信息资源") % {"number": number}
        rows.append(FileRow(line=0, code="", content={}, problems=(said,)))
    return rows


def _lines(sheet: Any) -> Iterator[tuple[int, dict[str, str]]]:
    rows = sheet.iter_rows(values_only=True)
    headings = [_text(cell) for cell in next(rows, ())]
    for line, cells in enumerate(rows, 2):
        if line > MOST_ROWS:
            raise InvalidInput(fields={"file": _("超过 %(count)s 行") % {"count": MOST_ROWS}})
        texts = {
            heading or f"第 {place} 列": text
            for place, (heading, text) in enumerate(zip(headings, map(_text, cells), strict=False), 1)
            if text
        }
        if texts:
            yield line, texts


def _parts(
    cells: Mapping[str, str], columns: Mapping[str, str], problems: list[str], *, where: str
) -> dict[str, Any]:
    parts: dict[str, Any] = {}
    for heading, text in cells.items():
        part = columns.get(heading)
        if part is None:
            problems.append(_("%(where)s没有“%(heading)s”一栏") % {"where": where, "heading": heading})
            continue
        try:
            parts[part] = _value(part, text)
        except ValueError:
            problems.append(
                _("%(where)s“%(heading)s”的内容无法识别：%(text)s")
                % {"where": where, "heading": heading, "text": text[:40]}
            )
    return parts


def _value(part: str, text: str) -> Any:
    if part in LISTS:
        items = [
            each.strip() for each in text.replace("，", "、").replace("\n", "、").split("、") if each.strip()
        ]
        return [_chosen(CHOICES[part], item) for item in items] if part in CHOICES else items
    if part in CHOICES:
        return _chosen(CHOICES[part], text)
    if part == "length":
        return int(text)
    if part.startswith("is_"):
        return {YES: True, NO: False}[text] if text in (YES, NO) else _unknown(text)
    return text


def _chosen(choices: type[TextChoices], text: str) -> str:
    for choice in choices:
        if text in (choice.value, str(choice.label)):
            return str(choice.value)
    raise ValueError(text)


def _unknown(text: str) -> Any:
    raise ValueError(text)


def _cell(part: str, value: Any) -> str | int:
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, list | tuple):
        return "、".join(str(_cell(part, each)) for each in value)
    if part in CHOICES:
        return str(CHOICES[part](value).label)
    if part == "length":
        return int(value)
    return str(value)


def _text(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    text = str(cell).strip() if cell is not None else ""
    return as_meant(text)


def _refuse_unless_bounded(content: bytes) -> None:
    try:
        if len(content) <= MOST_BYTES:
            with zipfile.ZipFile(io.BytesIO(content)) as packed:
                parts: Sequence[zipfile.ZipInfo] = packed.infolist()
            if sum(part.file_size for part in parts) <= MOST_UNPACKED_BYTES:
                return
    except zipfile.BadZipFile as error:
        raise InvalidInput(fields={"file": _("不是信息资源目录的 Excel 模板")}) from error
    raise InvalidInput(fields={"file": _("文件不能超过 10 MB")})
