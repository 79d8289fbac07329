"""
`tongban import-items`: the receipt for machines and the two forms of the report.
"""

import csv
import json
import re
from pathlib import Path

import pytest
from django.utils import translation

from tests.factories.catalogue import lines, row
from tongban.business.catalogue.management.import_items import FeedUnreadable, import_items

pytestmark = pytest.mark.django_db


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    path = tmp_path / "feed.jsonl"
    path.write_bytes(lines(row("A-1"), "=cmd|' /C calc'!A0", row("A-1")))
    return path


class TestImportItems:
    def test_prints_one_json_object_for_machines(
        self, feed: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        import_items(feed, None, "tests", as_json=True)

        receipt = json.loads(capsys.readouterr().out)
        assert (receipt["rows"], receipt["new"], receipt["rejected"]) == (3, 1, 2)

    def test_writes_the_report_as_json_lines(self, feed: Path, tmp_path: Path) -> None:
        report = tmp_path / "report.jsonl"

        import_items(feed, report, "tests", as_json=True)

        found = [json.loads(line) for line in report.read_text("utf-8").splitlines()]
        # Broken text is seen while reading, flags and repeated codes when the batch is merged.
        assert [(entry["row"], entry["reason"]) for entry in found] == [
            (2, "not_json"),
            (3, "duplicate_code"),
            (1, "unknown_agency"),
            (1, "unknown_division"),
        ]

    def test_writes_no_cell_a_spreadsheet_would_run(self, feed: Path, tmp_path: Path) -> None:
        report = tmp_path / "report.csv"

        import_items(feed, report, "tests", as_json=True)

        with report.open(encoding="utf-8-sig", newline="") as stream:
            entries = list(csv.DictReader(stream))
        starts = [entry["excerpt"][0] for entry in entries]
        assert starts == ["'", "{", "{", "{"]
        assert entries[0]["excerpt"].startswith("'=cmd|")

    def test_shows_a_table_to_people(self, feed: Path, capsys: pytest.CaptureFixture[str]) -> None:
        import_items(feed, None, "tests", as_json=False)

        shown = capsys.readouterr().out
        assert "duplicate_code" in shown
        assert "导入结果" in shown

    def test_shows_it_in_english_where_the_terminal_is(
        self, feed: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with translation.override("en"):
            import_items(feed, None, "tests", as_json=False)

        shown = capsys.readouterr().out
        assert "Import: tests" in shown
        assert "The code occurs before in this file (duplicate_code)" in shown
        assert not re.search("[\u4e00-\u9fff]", shown)

    def test_ends_with_one_sentence_where_the_file_is_no_feed(self, tmp_path: Path) -> None:
        page = tmp_path / "page.html"
        page.write_text("<html></html>", encoding="utf-8")

        with pytest.raises(FeedUnreadable, match="HTML"):
            import_items(page, None, "tests", as_json=True)
