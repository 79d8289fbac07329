"""
Rules of the resource catalogue: codes, whole definitions, schemas, freshness.
"""

from datetime import timedelta
from typing import Any

import jsonschema_rs
import pytest

from tests.factories.datasets import definition
from tests.factories.life import AT
from tongban.resources.datasets import rules
from tongban.resources.datasets.values import Cycle, Fault, Field, FieldType, Openness, Sharing


class TestCodes:
    def test_are_class_group_subgroup_detail_and_serial(self) -> None:
        assert rules.class_part(definition(detail_code="77")) == "30601877"

    @pytest.mark.parametrize("code", ["306018000001/000001", "306018/1", "101001/000001"])
    def test_of_the_guide_are_taken(self, code: str) -> None:
        assert rules.is_dataset_code(code)

    @pytest.mark.parametrize("code", ["406018/1", "306018", "30601/1", "306018/", "306018/1\n", "30601８/1"])
    def test_others_are_not(self, code: str) -> None:
        assert not rules.is_dataset_code(code)


class TestFaults:
    def test_are_none_in_a_whole_definition(self) -> None:
        assert rules.faults_of(definition()) == {}

    @pytest.mark.parametrize(
        ("changes", "part", "fault"),
        [
            ({"title": " "}, "title", Fault.MISSING),
            ({"group_code": "6"}, "group_code", Fault.BAD_CLASS_CODE),
            ({"provider_code": "123"}, "provider_code", Fault.BAD_PROVIDER),
            ({"sharing_condition": ""}, "sharing_condition", Fault.CONDITION_MISSING),
            ({"sharing": Sharing.NONE}, "sharing_basis", Fault.BASIS_MISSING),
            ({"modes": ()}, "modes", Fault.NO_MODE),
            ({"openness": Openness.UNCONDITIONAL}, "openness", Fault.OPEN_BUT_PERSONAL),
            ({"openness": Openness.CONDITIONAL}, "opening_condition", Fault.OPENING_MISSING),
            ({"fields": ()}, "fields", Fault.NO_FIELDS),
            ({"fields": (Field(name="1a", title="甲", length=1),)}, "fields.0.name", Fault.FIELD_NAME),
            ({"fields": (Field(name="a", title="", length=1),)}, "fields.0.title", Fault.FIELD_TITLE),
            ({"fields": (Field(name="a", title="甲"),)}, "fields.0.length", Fault.FIELD_LENGTH),
            ({"is_confidential": True}, "is_confidential", Fault.CONFIDENTIAL),
        ],
    )
    def test_name_the_part(self, changes: dict[str, object], part: str, fault: Fault) -> None:
        assert rules.faults_of(definition(**changes)) == {part: fault}

    def test_refuse_to_open_what_is_not_shared(self) -> None:
        closed = definition(
            sharing=Sharing.NONE,
            sharing_basis="某法第一条",
            openness=Openness.CONDITIONAL,
            opening_condition="x",
        )

        assert rules.faults_of(closed) == {"openness": Fault.OPEN_BUT_NOT_SHARED}


class TestDifferences:
    def test_name_parts_and_fields(self) -> None:
        before = definition()
        after = definition(
            title="低保人员",
            fields=(*before.fields[1:], Field(name="note", title="备注", type=FieldType.LONG_TEXT)),
        )

        assert [change.part for change in rules.differences(before, after)] == [
            "title",
            "fields.id_number",
            "fields.note",
        ]


class TestSchema:
    def test_is_valid_draft_2020_12(self) -> None:
        schema = rules.json_schema(definition(), address="https://node.example/schema")

        jsonschema_rs.meta.validate(schema)

    def test_refuses_what_the_fields_do_not_allow(self) -> None:
        schema = rules.json_schema(definition(), address="urn:x")
        rows: list[dict[str, Any]] = [
            {"id_number": "11010519491231002X", "granted_on": "2026-11-20", "amount": 500.5},
            {"granted_on": "2026-13-40"},
            {"id_number": "1" * 19, "more": 1},
        ]

        problems = [(each.row, each.field) for each in rules.problems_of(schema, rows)]

        assert sorted(set(problems)) == [(2, ""), (2, "granted_on"), (3, ""), (3, "id_number")]


class TestFreshness:
    def test_follows_the_update_cycle(self) -> None:
        assert rules.is_fresh(Cycle.DAILY, loaded_at=AT - timedelta(hours=30), at=AT) is True
        assert rules.is_fresh(Cycle.DAILY, loaded_at=AT - timedelta(hours=40), at=AT) is False

    def test_is_unknown_without_a_term_or_a_load(self) -> None:
        assert rules.is_fresh(Cycle.IRREGULAR, loaded_at=AT, at=AT) is None
        assert rules.is_fresh(Cycle.DAILY, loaded_at=None, at=AT) is None
