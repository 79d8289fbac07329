"""
Tables for spreadsheets: no cell is calculated, none begins another.
"""

import csv
import io
from io import BytesIO

import pytest
from openpyxl import load_workbook

from tongban.foundation.sheets import Cell, as_meant, csv_lines, harmless, workbook


class TestHarmless:
    @pytest.mark.parametrize(
        "cell",
        [
            "=1+1",
            '=HYPERLINK("http://evil.example","x")',
            "=cmd|'/C calc'!A0",
            "+1",
            "-1",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "\n=1",
            "|calc",
            "%0A=1",
            "  =1",
            "\u3000=1",
            "\u200b=1",
            "\ufeff=1",
            "＝1",
            "＋1",
            "－1",
            "＠A1",
            "\0=1",
        ],
    )
    def test_leads_what_a_spreadsheet_would_calculate(self, cell: str) -> None:
        assert harmless(cell).startswith("'")

    @pytest.mark.parametrize("cell", ["", "王小明", "a=b", "1-1", "'=1", "2026-11-22", " "])
    def test_leaves_text_alone(self, cell: str) -> None:
        assert harmless(cell) == cell

    def test_leaves_numbers_alone(self) -> None:
        assert [harmless(cell) for cell in (-5, 0, 7, None)] == ["-5", "0", "7", ""]


class TestCsvLines:
    def test_read_back_as_they_were_written(self) -> None:
        rows: list[list[Cell]] = [["a,b", 'say "x"'], ["two\nlines", "；"], ["=1", -1]]

        text = b"".join(csv_lines(["一", "二"], rows)).decode("utf-8-sig")

        assert list(csv.reader(io.StringIO(text, newline=""))) == [
            ["一", "二"],
            ["a,b", 'say "x"'],
            ["two\nlines", "；"],
            ["'=1", "-1"],
        ]


class TestWorkbooks:
    def test_hold_no_formula_and_are_read_back_as_they_were_meant(self) -> None:
        cells: list[Cell] = ["=1+1", "'撇号'", "＝1", "-", 7]

        sheet = load_workbook(BytesIO(workbook({"表": [cells]})))["表"]
        read = [cell.value for cell in sheet[1]]

        assert "f" not in {cell.data_type for cell in sheet[1]}
        assert [as_meant(each) if isinstance(each, str) else each for each in read] == cells
