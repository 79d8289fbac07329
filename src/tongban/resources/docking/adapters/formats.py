"""
Rows of files that systems write: CSV, JSON Lines, Excel, XML; read under limits, nothing in them is followed.
"""

import csv
import io
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime
from itertools import islice
from typing import Any, Final
from xml.parsers import expat

import msgspec

MOST_ROWS: Final = 20_000
MOST_COLUMNS: Final = 64
LONGEST_CELL: Final = 20_000
MOST_UNPACKED_BYTES: Final = 200 * 1024 * 1024
MOST_PARTS: Final = 200
ROW, ROOT = "report", "reports"
"""Elements of the XML: <reports><report><id>…</id>…</report></reports>."""
ROW_DEPTH, CELL_DEPTH = 2, 3

Row = dict[str, Any]


class NotReadable(Exception):
    """
    A file is not of its kind, or larger than is read.
    """


def rows_in(suffix: str, content: bytes) -> tuple[Row, ...]:
    """
    Return the rows of a file.

    :param suffix: .csv, .jsonl, .xlsx or .xml
    :raises NotReadable: it is none of these, not of its kind, or too large
    """
    reader = READERS.get(suffix.lower())
    if reader is None:
        raise NotReadable(f"{suffix}")
    try:
        rows = tuple(islice(reader(content), MOST_ROWS + 1))
    except NotReadable:
        raise
    except Exception as error:
        # Libraries that read strangers' files fail in more ways than they name.
        raise NotReadable(type(error).__name__) from error
    if len(rows) > MOST_ROWS:
        raise NotReadable(f"> {MOST_ROWS}")
    return rows


def _csv(content: bytes) -> Iterator[Row]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030")
    lines = csv.reader(io.StringIO(text, newline=""))
    names = [name.strip() for name in next(lines, [])]
    for cells in lines:
        if any(cells):
            yield _named(names, cells)


def _jsonl(content: bytes) -> Iterator[Row]:
    for line in content.splitlines():
        if line.strip():
            yield msgspec.json.decode(line, type=dict[str, Any])


def _excel(content: bytes) -> Iterator[Row]:
    from openpyxl import load_workbook  # noqa: PLC0415 -- only where there is an Excel file

    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        parts = packed.infolist()
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED_BYTES:
            raise NotReadable("xlsx")
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    try:
        lines = book.worksheets[0].iter_rows(values_only=True, max_col=MOST_COLUMNS)
        names = [_cell(cell) for cell in next(lines, ())]
        for cells in lines:
            if any(cell is not None for cell in cells):
                yield _named(names, [_cell(cell) for cell in cells])
    finally:
        book.close()


def _xml(content: bytes) -> Iterator[Row]:
    rows: list[Row] = []
    path: list[str] = []

    def refuse(*_: object) -> None:
        raise NotReadable("DTD")

    def begin(name: str, _attributes: dict[str, str]) -> None:
        path.append(name)
        if len(path) > CELL_DEPTH or path[0] != ROOT or (len(path) == ROW_DEPTH and name != ROW):
            raise NotReadable(name)
        if len(path) == ROW_DEPTH:
            rows.append({})
        if len(rows) > MOST_ROWS:
            raise NotReadable(f"> {MOST_ROWS}")

    def text(piece: str) -> None:
        if len(path) == CELL_DEPTH:
            rows[-1][path[-1]] = (rows[-1].get(path[-1], "") + piece)[:LONGEST_CELL]

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = begin
    parser.EndElementHandler = lambda _name: path.pop()
    parser.CharacterDataHandler = text
    parser.Parse(content, True)  # noqa: FBT003 -- pyexpat takes it by position only
    yield from rows


def _named(names: list[str], cells: list[str]) -> Row:
    if len(names) > MOST_COLUMNS or len(cells) > len(names):
        raise NotReadable(f"> {len(names)}")
    return {
        name: cell.strip()[:LONGEST_CELL]
        for name, cell in zip(names, cells, strict=False)
        if name and cell.strip()
    }


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.isoformat() if isinstance(value, datetime | date) else str(value)


READERS: Final[dict[str, Callable[[bytes], Iterator[Row]]]] = {
    ".csv": _csv,
    ".jsonl": _jsonl,
    ".xlsx": _excel,
    ".xml": _xml,
}
