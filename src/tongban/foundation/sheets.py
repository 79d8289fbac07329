"""
Tables that people open in a spreadsheet: the one writer of CSV and of Excel workbooks.

A cell that begins with =, +, -, @, a tab or a line break is a formula to a spreadsheet, and a formula can call out.
Such a cell is led by an apostrophe, which spreadsheets take for "text" and do not show. Every cell is quoted, so that
no cell can begin another. Source: OWASP, CSV Injection.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import BytesIO, StringIO

BYTE_ORDER_MARK = "\ufeff"
"""Spreadsheets read a file as UTF-8 only where it begins so."""
FORMULA_STARTS = frozenset("=+-@\t\r\n|%\uff1d\uff0b\uff0d\uff20")
"""Full-width forms too: spreadsheets of Chinese systems take them for the narrow ones."""

Cell = str | int | None


def harmless(value: Cell) -> str:
    """
    Return a cell as text that no spreadsheet calculates.

    A number that Python holds as a number stays as it is, its sign included.
    """
    if isinstance(value, int):
        return str(value)
    text = (value or "").replace("\0", "")
    begins = text.lstrip(" \u00a0\u3000\u200b\u2060\ufeff")[:1]
    return f"'{text}" if begins in FORMULA_STARTS and begins else text


def csv_lines(headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """
    Yield a CSV file (RFC 4180, UTF-8) line by line, in bounded memory.
    """
    yield BYTE_ORDER_MARK.encode() + csv_line(headings)
    yield from map(csv_line, rows)


def csv_line(cells: Sequence[Cell]) -> bytes:
    """
    Return one line of such a file, for whoever is handed rows one by one.
    """
    line = StringIO()
    csv.writer(line, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow(
        [harmless(cell) for cell in cells]
    )
    return line.getvalue().encode()


def workbook(sheets: Mapping[str, Iterable[Sequence[Cell]]]) -> bytes:
    """
    Return an Excel workbook of these sheets: name -> rows, headings first.
    """
    from openpyxl import Workbook  # noqa: PLC0415 -- only where there is an Excel file

    book = Workbook(write_only=True)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append([cell if isinstance(cell, int) else harmless(cell) for cell in row])
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def as_meant(text: str) -> str:
    """
    Return a cell that was read back without the apostrophe that `harmless` put before it.
    """
    return text[1:] if text.startswith("'") and harmless(text[1:]) == text else text
