"""
Files of register rows: CSV (UTF-8 or GB 18030), JSON Lines, Excel; read row by row.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
from django.utils.translation import gettext_lazy as _

from tongban.foundation.errors import InvalidInput
from tongban.resources.registers.values import Definition

Row = Mapping[str, str] | None
"""None: the line cannot be read."""
SNIFFED: Final = 65_536
LONGEST_CHARACTER: Final = 4


class RegisterFileUnknown(InvalidInput):
    """
    The file is of no known kind, or has no column of the register.
    """

    code = "register_file_unknown"
    message = _("无法识别文件 %(file)s：请提供 CSV、JSON Lines 或 Excel，并以信息项名称为表头")


class RegisterColumnsUnknown(InvalidInput):
    """
    Columns that the register does not have: nothing is left out in silence.
    """

    code = "register_columns_unknown"
    message = _("基础库没有这些信息项：%(columns)s")


def read_file(path: Path, register: Definition) -> Iterator[tuple[int, Row]]:
    """
    Yield (number of the row, its fields by name) of a file, in bounded memory.

    :raises RegisterFileUnknown: the kind of file is not known
    :raises RegisterColumnsUnknown: it has columns the register does not have
    """
    match path.suffix.lower():
        case ".csv":
            yield from enumerate(_csv(path, register), start=1)
        case ".jsonl":
            yield from enumerate(_jsonl(path, register), start=1)
        case ".xlsx":
            yield from enumerate(_excel(path, register), start=1)
        case _:
            raise RegisterFileUnknown(file=path.name)


def _names(columns: Iterable[str], register: Definition, *, file: str) -> list[str]:
    """
    Return the names of fields for columns headed by name or by title.
    """
    titles = {str(rule.title): rule.name for rule in register.fields}
    heads = [column.strip().removeprefix("\ufeff") for column in columns]
    names = [titles.get(head, head) for head in heads]
    unknown = [name for name in names if name and name not in register.names]
    if unknown:
        raise RegisterColumnsUnknown(columns="、".join(sorted(unknown)))
    if not any(names):
        raise RegisterFileUnknown(file=file)
    return names


def _csv(path: Path, register: Definition) -> Iterator[Row]:
    with path.open("rb") as stream:
        encoding = _encoding(stream.read(SNIFFED))
    with path.open(encoding=encoding, errors="replace", newline="") as text:
        rows = csv.reader(text)
        names = _names(next(rows, []), register, file=path.name)
        for cells in rows:
            if any(cells):
                yield dict(zip(names, cells, strict=False)) if len(cells) == len(names) else None


def _encoding(head: bytes) -> str:
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        # The piece may end within a character.
        return "utf-8-sig" if error.start >= SNIFFED - LONGEST_CHARACTER else "gb18030"
    return "utf-8-sig"


def _jsonl(path: Path, register: Definition) -> Iterator[Row]:
    with path.open("rb") as lines:
        for line in lines:
            if not line.strip():
                continue
            try:
                row = msgspec.json.decode(line, type=dict[str, str | int | float | bool | None])
            except (msgspec.MsgspecError, UnicodeDecodeError):
                yield None
                continue
            names = _names(row, register, file=path.name)
            yield {name: _text(value) for name, value in zip(names, row.values(), strict=True)}


def _excel(path: Path, register: Definition) -> Iterator[Row]:
    from openpyxl import load_workbook  # noqa: PLC0415 -- only where there is an Excel file

    book = load_workbook(path, read_only=True, data_only=True)
    try:
        rows = book.worksheets[0].iter_rows(values_only=True)
        names = _names((_text(cell) for cell in next(rows, ())), register, file=path.name)
        for cells in rows:
            if any(cell is not None for cell in cells):
                yield {name: _text(cell) for name, cell in zip(names, cells, strict=False) if name}
    finally:
        book.close()


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
