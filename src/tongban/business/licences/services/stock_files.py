"""
Files of licences issued before: CSV with a head line, or JSON lines, with scans in a folder or a ZIP beside them.
"""

import csv
import json
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, Protocol

from django.utils.translation import gettext_lazy as _

from tongban.business.licences.rules.stock import COLUMNS, NEEDED
from tongban.business.licences.values import StockRow
from tongban.foundation.errors import InvalidInput

LONGEST_VALUE: Final = 4_000
MOST_COLUMNS: Final = 200
LARGEST_SCAN_BYTES: Final = 20 * 1024 * 1024
_FIELD_OF: Final = {name: field for field, names in COLUMNS.items() for name in names}


class StockFileUnreadable(InvalidInput):
    """
    The file as a whole is none of licences: not UTF-8, or without the columns that are needed.
    """

    code = "licence_file_unreadable"
    message = _(
        "文件无法读取：须为 UTF-8 编码的 CSV（首行为列名）或 JSON 行，"
        "并有证照类型、证照编号、持证主体、持证主体代码"
    )


class Scans(Protocol):
    """
    Where the scans lie that rows name.
    """

    def read(self, name: str) -> bytes | None:
        """
        Return the scan of this name; None: there is none, or it is too large.
        """
        ...


class NoScans:
    """
    There are none.
    """

    def read(self, name: str) -> bytes | None:
        """
        Return None.
        """
        del name
        return None


class FolderOfScans:
    """
    Scans in a folder; nothing outside of it is read, whatever a row says.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    def read(self, name: str) -> bytes | None:
        """
        Return the file of this name below the folder.
        """
        path = (self._folder / name).resolve()
        if not path.is_relative_to(self._folder) or not path.is_file():
            return None
        if path.stat().st_size > LARGEST_SCAN_BYTES:
            return None
        return path.read_bytes()


class ZipOfScans:
    """
    Scans in a ZIP; one is unpacked at a time, and no further than the largest scan.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._archive = zipfile.ZipFile(path)
        except (OSError, zipfile.BadZipFile) as error:
            raise StockFileUnreadable(path=path.name) from error

    def read(self, name: str) -> bytes | None:
        """
        Return the entry of this name.
        """
        try:
            with self._archive.open(name) as entry:
                content = entry.read(LARGEST_SCAN_BYTES + 1)
        except (KeyError, OSError, RuntimeError, zipfile.BadZipFile):
            return None
        return content if len(content) <= LARGEST_SCAN_BYTES else None


def scans_at(path: Path | None) -> Scans:
    """
    Return the scans in a folder or in a ZIP.

    :raises StockFileUnreadable: the path is neither
    """
    if path is None:
        return NoScans()
    return FolderOfScans(path) if path.is_dir() else ZipOfScans(path)


def read_stock(path: Path) -> Iterator[StockRow]:
    """
    Return the rows of a file, .jsonl as JSON lines, anything else as CSV, line by line.

    :raises StockFileUnreadable: not a file of licences
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            yield from stock_rows(stream, is_json=path.suffix.lower() == ".jsonl")
    except OSError as error:
        raise StockFileUnreadable(path=path.name) from error


def stock_rows(lines: Iterable[str], *, is_json: bool) -> Iterator[StockRow]:
    """
    Return the rows of a text; a row that is broken comes as such, and is refused with its line.

    :raises StockFileUnreadable: not a file of licences
    """
    try:
        yield from _json_rows(lines) if is_json else _csv_rows(lines)
    except (UnicodeDecodeError, csv.Error) as error:
        raise StockFileUnreadable from error


def _csv_rows(lines: Iterable[str]) -> Iterator[StockRow]:
    reader = csv.reader(lines)
    heads = [head.strip().lstrip("\ufeff") for head in next(reader, [])]
    fields = {_FIELD_OF.get(head) for head in heads}
    if len(heads) > MOST_COLUMNS or any(name not in fields for name in NEEDED):
        raise StockFileUnreadable
    for line, values in enumerate((values for values in reader if values), start=1):
        is_broken = len(values) > len(heads)
        yield _row(line, dict(zip(heads, values, strict=False)), is_broken=is_broken)


def _json_rows(lines: Iterable[str]) -> Iterator[StockRow]:
    for line, text in enumerate((text for text in lines if text.strip()), start=1):
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            yield StockRow(line=line, told={}, face={}, is_broken=True)
            continue
        face = value.pop("face", None)
        yield _row(line, {**(face if isinstance(face, dict) else {}), **value}, is_broken=False)


def _row(line: int, values: dict[str, Any], *, is_broken: bool) -> StockRow:
    told: dict[str, str] = {}
    face: dict[str, str] = {}
    for name, value in list(values.items())[:MOST_COLUMNS]:
        if value is None or isinstance(value, list | dict):
            continue
        text = str(value).replace("\0", "")[:LONGEST_VALUE]
        field = _FIELD_OF.get(name)
        if field is None:
            face[name] = text
        elif text.strip() and not told.get(field, "").strip():
            told[field] = text
    return StockRow(line=line, told=told, face=face, is_broken=is_broken)
