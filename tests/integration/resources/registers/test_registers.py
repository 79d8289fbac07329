"""
Loading divisions and agencies, and asking for them.
"""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.factories.catalogue import AT, NODE, editor
from tongban.foundation.actors import ANONYMOUS
from tongban.foundation.errors import NotPermitted
from tongban.resources.registers import selectors, services
from tongban.resources.registers.models import Agency, AgencyCode, Division
from tongban.resources.registers.values import (
    AgencyRow,
    DivisionLevel,
    DivisionRow,
    LoadReceipt,
    PublishedCode,
)

pytestmark = pytest.mark.django_db

DIVISIONS = [
    DivisionRow(code="510000000000", name="四川省"),
    DivisionRow(code="511600000000", name="广安市", parent_code="510000000000"),
    DivisionRow(code="511603000000", name="前锋区", parent_code="511600000000", valid_from=date(2013, 2, 8)),
    DivisionRow(code="511602000000", name="广安区", parent_code="511600000000"),
    DivisionRow(
        code="511602001000", name="浓洄街道", parent_code="511602000000", valid_until=date(2025, 1, 1)
    ),
]
VALID, SHARED = "115113016823646795", "11511301008778255F"


def agency(code: str = VALID, *, name: str = "区行政审批局", codes: tuple[str, ...] = ()) -> AgencyRow:
    return AgencyRow(
        code=code,
        name=name,
        division_code="511602000000",
        published_codes=tuple(PublishedCode(code=each) for each in codes),
    )


def load(*rows: AgencyRow) -> LoadReceipt:
    return services.load_agencies(rows=rows, actor=NODE, at=AT)


class TestLoadDivisions:
    def test_changes_nothing_the_second_time(self) -> None:
        first = services.load_divisions(rows=DIVISIONS, actor=NODE, at=AT)
        again = services.load_divisions(rows=DIVISIONS, actor=NODE, at=AT)

        assert first == LoadReceipt(created=5, changed=0, unchanged=0)
        assert again == LoadReceipt(created=0, changed=0, unchanged=5)

    def test_takes_a_new_name_over(self) -> None:
        services.load_divisions(rows=DIVISIONS, actor=NODE, at=AT)

        receipt = services.load_divisions(
            rows=[DivisionRow(code="510000000000", name="四川")], actor=NODE, at=AT
        )

        assert receipt == LoadReceipt(created=0, changed=1, unchanged=0)
        assert Division.objects.get(code="510000000000").name == "四川"

    def test_is_for_operators_only(self) -> None:
        with pytest.raises(NotPermitted):
            services.load_divisions(rows=DIVISIONS, actor=editor(), at=AT)

        assert not Division.objects.exists()


class TestLoadAgencies:
    def test_keeps_faulty_codes_and_flags_them(self) -> None:
        load(agency(codes=("2222222222222",)))

        assert Agency.objects.get().code_is_valid
        assert list(AgencyCode.objects.values_list("code", "code_is_valid")) == [("2222222222222", False)]

    def test_changes_nothing_the_second_time(self) -> None:
        load(agency(codes=("083372204",)))

        assert load(agency(codes=("083372204",))) == LoadReceipt(created=0, changed=0, unchanged=1)

    def test_takes_new_codes_and_names_over(self) -> None:
        load(agency(codes=("083372204",)))

        receipt = load(agency(name="区政务服务局", codes=("083372204", "1")))

        assert receipt == LoadReceipt(created=0, changed=1, unchanged=0)
        assert Agency.objects.get().name == "区政务服务局"
        assert set(AgencyCode.objects.values_list("code", flat=True)) == {"083372204", "1"}


class TestReadRows:
    def test_names_the_file_and_the_line_that_cannot_be_read(self, tmp_path: Path) -> None:
        path = tmp_path / "divisions.jsonl"
        path.write_text('{"code": "510000000000", "name": "四川省"}\n{"code": "51"}\n', encoding="utf-8")

        with pytest.raises(services.RegisterFileInvalid) as refusal:
            list(services.read_rows(path, DivisionRow))

        assert "divisions.jsonl 第 2 行" in str(refusal.value)


class TestSelectors:
    @pytest.fixture(autouse=True)
    def _registers(self) -> None:
        services.load_divisions(rows=DIVISIONS, actor=NODE, at=AT)
        load(agency(codes=(SHARED,)), agency("11511301008778298W", name="区民政局", codes=(SHARED,)))

    def test_find_a_division_with_its_level(self, django_assert_num_queries: Callable[[int], Any]) -> None:
        with django_assert_num_queries(1):
            division = selectors.division_by_code(code="511602000000", actor=ANONYMOUS)

        assert (division.name, division.level) == ("广安区", DivisionLevel.COUNTY)

    def test_refuse_an_unknown_division(self) -> None:
        with pytest.raises(selectors.UnknownDivision):
            selectors.division_by_code(code="000000000001", actor=ANONYMOUS)

    @pytest.mark.parametrize(
        ("root", "on", "found"),
        [
            ("511602000000", None, ["511602000000", "511602001000"]),
            ("511602000000", date(2026, 1, 1), ["511602000000"]),
            ("511603000000", date(2013, 2, 7), []),
            (
                "511600000000",
                date(2020, 1, 1),
                ["511600000000", "511602000000", "511602001000", "511603000000"],
            ),
        ],
    )
    def test_list_a_subtree_as_it_was_on_a_day(self, root: str, on: date | None, found: list[str]) -> None:
        divisions = selectors.divisions_inside(code=root, actor=ANONYMOUS, on=on)

        assert [division.code for division in divisions] == found

    def test_list_children_in_pinyin_order(self) -> None:
        children = selectors.divisions_below(parent_code="511600000000", actor=ANONYMOUS)

        assert [division.name for division in children] == ["广安区", "前锋区"]

    def test_find_both_agencies_behind_one_published_code(self) -> None:
        found = selectors.agencies_by_published_code(code=SHARED, actor=ANONYMOUS)

        assert {entry.name for entry in found} == {"区行政审批局", "区民政局"}

    def test_find_an_agency_by_its_own_code(self) -> None:
        assert selectors.agency_by_code(code=VALID, actor=ANONYMOUS).name == "区行政审批局"

    def test_refuse_an_unknown_agency(self) -> None:
        with pytest.raises(selectors.UnknownAgency):
            selectors.agency_by_code(code="none", actor=ANONYMOUS)

    @pytest.mark.parametrize(
        ("division", "count"), [("510000000000", 2), ("511602000000", 2), ("511603000000", 0)]
    )
    def test_list_the_agencies_inside_a_division(self, division: str, count: int) -> None:
        assert len(selectors.agencies_inside(division_code=division, actor=ANONYMOUS)) == count
