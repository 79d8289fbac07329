"""
Rows of a table as CSV, SQL or XML, line by line.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from tongban.foundation.sheets import csv_lines
from tongban.resources.caselibrary.rules.tables import Cell, Table
from tongban.resources.caselibrary.values import ExportForm

Lines = Callable[[Table, Iterable[Sequence[Cell]]], Iterator[bytes]]


def as_csv(table: Table, rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """
    Yield RFC 4180 with a byte order mark; no cell calculates anything.
    """
    return csv_lines(table.headings, rows)


def as_sql(table: Table, rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """
    Yield one INSERT a row, of SQL that PostgreSQL and MySQL read alike.
    """
    head = f"INSERT INTO {table.name} ({', '.join(table.headings)}) VALUES ("  # noqa: S608 -- names of ours
    for row in rows:
        yield f"{head}{', '.join(map(_literal, row))});\n".encode()


def as_xml(table: Table, rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """
    Yield one document: a `row` element for a row, an element for each column that is not empty.
    """
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<table name={quoteattr(table.name)}>\n'.encode()
    for row in rows:
        cells = (
            f"<{name}>{escape(_printable(str(value)))}</{name}>"
            for name, value in zip(table.headings, row, strict=True)
            if value not in (None, "")
        )
        yield f"<row>{''.join(cells)}</row>\n".encode()
    yield b"</table>\n"


WRITERS: Final[dict[ExportForm, Lines]] = {
    ExportForm.CSV: as_csv,
    ExportForm.SQL: as_sql,
    ExportForm.XML: as_xml,
}


def _literal(value: Cell) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return str(value)
    # A backslash is a character to PostgreSQL and begins an escape to MySQL: neither may see one in a literal.
    text = value.replace("\0", "").replace("\\", "\uff3c").replace("'", "''")
    return f"'{text}'"


def _printable(text: str) -> str:
    """
    Leave out what XML 1.0 has no way to write.
    """
    return "".join(character for character in text if character >= " " or character in "\t\n\r")
