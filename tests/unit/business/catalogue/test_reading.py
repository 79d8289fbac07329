"""
Cutting rows out of a feed, whatever it holds.
"""

import json
from pathlib import Path

import pytest

from tests.factories.catalogue import lines, row
from tongban.business.catalogue.services import reading
from tongban.business.catalogue.services.reading import ImportFileUnreadable, RawRow, rows_of


def cut(path: Path, data: bytes) -> list[RawRow]:
    path.write_bytes(data)
    return [found for found, _ in rows_of(path)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "feed"


class TestRowsOf:
    def test_cuts_json_lines_and_counts_empty_ones(self, file: Path) -> None:
        found = cut(file, b'{"a":1}\n\n{"b":2}')

        assert [(line.number, line.data) for line in found] == [(1, b'{"a":1}'), (3, b'{"b":2}')]

    def test_reads_past_a_byte_order_mark(self, file: Path) -> None:
        assert [line.data for line in cut(file, b'\xef\xbb\xbf{"a":1}\n')] == [b'{"a":1}']

    @pytest.mark.parametrize("chunk", [1, 2, 3, 7, 64])
    def test_cuts_a_json_array_wherever_its_bytes_are_parted(
        self, file: Path, chunk: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(reading, "CHUNK_BYTES", chunk)
        values = [{"a": '],{"\\'}, [1, [2, "]"]], "文字,", 5, {"b": {"c": [{}]}}]

        found = cut(file, b" " + json.dumps(values, ensure_ascii=False).encode() + b"\n")

        assert [json.loads(line.data) for line in found] == values
        assert [line.number for line in found] == [1, 2, 3, 4, 5]

    def test_finds_nothing_in_an_empty_array(self, file: Path) -> None:
        assert cut(file, b"[ ]") == []

    def test_objects_to_an_array_that_ends_in_the_middle(self, file: Path) -> None:
        found = cut(file, b'[{"a":1},{"b":')

        assert [(line.objection, line.data) for line in found] == [
            (None, b'{"a":1}'),
            ("truncated", b'{"b":'),
        ]

    def test_objects_to_html_among_the_rows_and_goes_on(self, file: Path) -> None:
        found = cut(file, lines('{"a":1}', "<html><body>502 Bad Gateway</body></html>", '{"b":2}'))

        assert [line.objection for line in found] == [None, "html_page", None]

    @pytest.mark.parametrize("opening", [b"", b"[\n"])
    def test_objects_to_a_row_without_end_and_finds_the_next(
        self, file: Path, opening: bytes, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(reading, "LONGEST_ROW_BYTES", 100)
        monkeypatch.setattr(reading, "CHUNK_BYTES", 64)
        parting = b",\n" if opening else b"\n"
        data = opening + b'{"a":1}' + parting + b'{"a":"' + b"x" * 1000 + b'"}' + parting + b'{"b":2}'

        found = cut(file, data + (b"]" if opening else b""))

        assert [(line.number, line.objection) for line in found] == [
            (1, None),
            (2, "row_too_long"),
            (3, None),
        ]

    @pytest.mark.parametrize(
        ("data", "said"),
        [
            (b"", "空的"),
            (b" \n\t\n", "空的"),
            (b"<!DOCTYPE html><html></html>", "HTML"),
            ("[]".encode("utf-16"), "UTF-16"),
            (lines(row(name="公共场所卫生许可")).decode().encode("gb18030"), "GBK"),
            (b"just words", "缺少列"),
            (b"code,name,service_type,agency_code,agency_name,division_code,colour\n", "colour"),
        ],
    )
    def test_refuses_a_file_that_is_no_feed_and_says_why(self, file: Path, data: bytes, said: str) -> None:
        with pytest.raises(ImportFileUnreadable) as refusal:
            cut(file, data)

        assert said in str(refusal.value)

    def test_refuses_a_file_that_is_not_there(self, file: Path) -> None:
        with pytest.raises(ImportFileUnreadable):
            list(rows_of(file))


HEADER = "code,name,service_type,agency_code,agency_name,division_code"
FIRST = "A-1,名称,01,115113016823646795,机构,511602000000"


class TestCsv:
    def test_turns_a_row_into_the_same_form_as_json(self, file: Path) -> None:
        head = f"{HEADER},applicants,visits,can_apply_online,promised_limit,state\n"
        body = f'{FIRST},1|2,0,true,"{{""amount"": 3}}",SUSPENDED\n'

        (found,) = cut(file, (head + body).encode())

        assert json.loads(found.data) == {
            "code": "A-1",
            "state": "SUSPENDED",
            "elements": {
                "name": "名称",
                "service_type": "01",
                "agency_code": "115113016823646795",
                "agency_name": "机构",
                "division_code": "511602000000",
                "applicants": ["1", "2"],
                "visits": 0,
                "can_apply_online": True,
                "promised_limit": {"amount": 3},
            },
        }

    @pytest.mark.parametrize(
        ("line", "objection"),
        [
            (b"only,three,cells", "bad_csv"),
            (FIRST.encode() + b",extra", "bad_csv"),
            ("A-1,名称,01,1,机构,511602".encode("gb18030"), "bad_encoding"),
            (b"<html>,,,,,", "html_page"),
        ],
    )
    def test_objects_to_a_broken_row_and_goes_on(self, file: Path, line: bytes, objection: str) -> None:
        # The probe sees 64 KB of sound rows first, as with a real file that spoils late.
        sound = [f"A-{number},{FIRST.partition(',')[2]}".encode() for number in range(1200)]

        found = cut(file, b"\n".join([HEADER.encode(), *sound, line, FIRST.encode()]))

        assert [row.objection for row in found[-2:]] == [objection, None]

    def test_objects_to_json_that_does_not_read(self, file: Path) -> None:
        (found,) = cut(file, f"{HEADER},promised_limit\n{FIRST},three days\n".encode())

        assert found.objection == "wrong_type"
