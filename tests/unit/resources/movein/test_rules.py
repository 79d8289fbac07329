"""
A mapping, and rows in other words: nothing is guessed, nothing is cut unless it is said.
"""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories.old_platform import MAPPING
from tongban.foundation.clock import CHINA
from tongban.resources.caselibrary.values import Kind, ProcessContent
from tongban.resources.movein.rules import mapping as mappings
from tongban.resources.movein.rules.converting import Converted, converted
from tongban.resources.movein.rules.fields import fields_of
from tongban.resources.movein.values import FieldMapping, MappingProblem, TableMapping, ValueFault

LOCAL = datetime(2020, 3, 4, 9, 30, tzinfo=CHINA).replace(tzinfo=None)
"""As old databases keep moments."""
ZONE = ZoneInfo("Asia/Shanghai")
KNOWN = {"node": "511600000000", "system": "old", "number": "K1", "part": "1"}
FIELDS: dict[str, Any] = {
    "name": "name",
    "action": FieldMapping(value="1"),
    "started_at": "at",
    "ended_at": "at",
}


def step(row: dict[str, Any], **fields: Any) -> Converted:
    """
    Put a step into other words; `fields` replace how some are filled.
    """
    table = TableMapping(table="t", key="id", case="case", fields={**FIELDS, **fields})
    return converted(
        Kind.PROCESS,
        table,
        {"name": "审查", "at": LOCAL, **row},
        known=KNOWN,
        zone=ZONE,
    )


def content(done: Converted) -> ProcessContent:
    """
    Return what it has become.
    """
    assert isinstance(done.content, ProcessContent), done.troubles
    return done.content


class TestValues:
    @pytest.mark.parametrize(
        ("said", "form"),
        [
            (LOCAL, ""),
            (datetime(2020, 3, 4, 1, 30, tzinfo=UTC), ""),
            ("2020-03-04 09:30:00", ""),
            ("2020-03-04T01:30:00+00:00", ""),
            ("20200304093000", "%Y%m%d%H%M%S"),
            ("04/03/2020 09:30", "%d/%m/%Y %H:%M"),
        ],
    )
    def test_moments_are_of_the_platforms_zone(self, said: object, form: str) -> None:
        source = FieldMapping(column="at", format=form)

        done = step({"at": said}, started_at=source, ended_at=source)

        assert content(done).started_at == datetime(2020, 3, 4, 9, 30, tzinfo=CHINA)

    def test_a_date_is_its_first_moment(self) -> None:
        assert content(step({"at": date(2020, 3, 4)})).started_at == datetime(2020, 3, 4, tzinfo=CHINA)

    @pytest.mark.parametrize("nothing", [None, "", "  ", "0000-00-00 00:00:00"])
    def test_what_is_empty_is_missing(self, nothing: object) -> None:
        done = step({"at": nothing})

        assert [(each.fault, each.field) for each in done.troubles] == [
            (ValueFault.MISSING, "started_at"),
            (ValueFault.MISSING, "ended_at"),
        ]

    def test_a_default_stands_for_what_is_empty(self) -> None:
        assert content(step({"name": ""}, name=FieldMapping(column="name", default="办理"))).name == "办理"

    def test_a_code_without_a_meaning_is_refused(self) -> None:
        done = step({"act": "Z"}, action=FieldMapping(column="act", codes={"P": "1"}))

        assert [(each.fault, each.code) for each in done.troubles] == [(ValueFault.UNMAPPED, "Z")]

    def test_or_replaced_and_told(self) -> None:
        done = step({"act": "Z"}, action=FieldMapping(column="act", codes={"P": "1"}, otherwise="9"))

        assert content(done).action == "9"
        assert done.replaced == [("action", "Z")]

    def test_what_is_too_long_is_refused_or_cut_and_told(self) -> None:
        long = "长" * 300

        assert step({"name": long}).troubles[0].fault is ValueFault.LONG
        cut = step({"name": long}, name=FieldMapping(column="name", cut=True))
        assert content(cut).name == "长" * 200
        assert cut.shortened == ["name"]

    def test_columns_are_joined_without_gaps(self) -> None:
        source = FieldMapping(columns=("name", "more", "end"), join=" ")

        assert content(step({"more": None, "end": "完"}, name=source)).name == "审查 完"

    def test_bytes_are_no_text(self) -> None:
        assert step({"name": b"\xff"}).troubles[0].fault is ValueFault.INVALID

    @given(
        st.dictionaries(st.sampled_from(["name", "at"]), st.text() | st.integers() | st.none() | st.binary())
    )
    def test_whatever_a_row_holds_is_taken_or_told(self, row: dict[str, Any]) -> None:
        done = step(row)

        assert (done.content is None) is bool(done.troubles)


class TestFields:
    @pytest.mark.parametrize("kind", Kind)
    def test_of_every_kind_can_be_filled(self, kind: Kind) -> None:
        assert fields_of(kind)
        assert not {"node", "system"} & fields_of(kind).keys()

    def test_lie_within_the_applicant_too(self) -> None:
        assert fields_of(Kind.CASE)["applicant.id_number"].longest == 50


class TestMapping:
    def test_of_the_guide_is_sound(self) -> None:
        assert mappings.faults(mappings.read(MAPPING)) == []

    @pytest.mark.parametrize("text", ["[platform", "", "[platform]\ncode = 7", MAPPING + "\n[more]\nx = 1"])
    def test_that_is_none_is_refused(self, text: str) -> None:
        with pytest.raises(mappings.MappingUnreadable):
            mappings.read(text)

    @pytest.mark.parametrize(
        ("before", "after", "place", "problem"),
        [
            ('item = "item"\nleave', "leave", "case.item", MappingProblem.NEEDS_ITEM),
            ('case = "case_id"\nchanged', "changed", "process.case", MappingProblem.NEEDS_CASE),
            (
                'offering = "OFF-WATER"',
                'offering = "OFF-HYGIENE"',
                "items.HY-1",
                MappingProblem.OFFERING_TWICE,
            ),
            ('number = "no"', 'nummer = "no"', "case.fields.number", MappingProblem.FIELD_MISSING),
            ('handler = "clerk"', 'clerk = "clerk"', "process.fields.clerk", MappingProblem.FIELD_UNKNOWN),
            ('number = "no"', "number = {}", "case.fields.number", MappingProblem.SOURCE_UNCLEAR),
            (
                'handler = "clerk"',
                'handler = { column = "clerk", format = "%Y" }',
                "process.fields.handler",
                MappingProblem.NO_FORMAT,
            ),
            ('table = "from_new"', 'table = "apply_case"', "back.table", MappingProblem.SAME_TABLE),
            ('item = "local_task_code"', 'item = "secret"', "back.fields.item", MappingProblem.NOT_READ),
            (
                'address = "https',
                'time_zone = "Asia/Nowhere"\naddress = "https',
                "platform.time_zone",
                MappingProblem.ZONE_UNKNOWN,
            ),
        ],
    )
    def test_names_the_place_of_what_is_wrong(
        self, before: str, after: str, place: str, problem: MappingProblem
    ) -> None:
        assert before in MAPPING

        found = mappings.faults(mappings.read(MAPPING.replace(before, after, 1)))

        assert (place, problem) in {(fault.place, fault.problem) for fault in found}
