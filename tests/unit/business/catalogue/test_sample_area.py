"""
The sample area is what the README of its folder says.
"""

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tongban.business.catalogue import rules
from tongban.business.catalogue.values import (
    ApplicantKind,
    FeedItem,
    FieldType,
    HandlingKind,
    ResultKind,
)
from tongban.foundation.codes import is_mobile, is_resident_id
from tongban.resources.registers.values import AgencyRow, DivisionRow

AREA = Path(__file__).parents[4] / "data" / "guangan"
DESCRIBED = {
    path.stem: msgspec.json.decode(path.read_bytes(), type=FeedItem)
    for path in sorted((AREA / "offerings").glob("*.json"))
}
ONLINE = {name: item for name, item in DESCRIBED.items() if item.elements.can_apply_online}


def rows(name: str) -> list[Any]:
    return [json.loads(line) for line in (AREA / name).read_text("utf-8").splitlines()]


def ending_in(kind: ResultKind) -> list[str]:
    return [name for name, item in ONLINE.items() if item.elements.results[0].kind is kind]


class TestItems:
    def test_hold_the_867_published_ones_each_in_one_place(self) -> None:
        listed = [msgspec.convert(row, FeedItem).code for row in rows("items.jsonl")]
        described = [item.code for item in DESCRIBED.values() if not item.code.startswith("511602-demo-")]

        assert len(listed) + len(described) == len({*listed, *described}) == 867

    def test_are_marked_where_themes_were_assigned(self) -> None:
        assert all(row["elements"]["is_assigned"] for row in rows("items.jsonl"))

    def test_keep_the_faulty_codes_of_the_list(self) -> None:
        codes = [
            row["elements"].get("body_code") or row["elements"]["agency_code"] for row in rows("items.jsonl")
        ]

        assert sum(not rules.is_body_code(code) for code in codes) == 120

    def test_can_all_be_published(self) -> None:
        wrong = [
            row["code"]
            for row in rows("items.jsonl")
            if rules.contradictions(msgspec.convert(row, FeedItem).elements)
        ]

        assert wrong == []


class TestOfferings:
    def test_twenty_can_be_applied_for(self) -> None:
        assert (len(ONLINE), len(DESCRIBED)) == (20, 26)

    @pytest.mark.parametrize("name", DESCRIBED)
    def test_hold_no_contradiction(self, name: str) -> None:
        assert rules.contradictions(DESCRIBED[name].elements) == []

    @pytest.mark.parametrize("name", ONLINE)
    def test_break_no_quality_rule(self, name: str) -> None:
        assert rules.findings(ONLINE[name].elements) == ()

    def test_end_in_licences_documents_entries_and_a_certificate(self) -> None:
        counts = {kind.value: len(ending_in(kind)) for kind in ResultKind if ending_in(kind)}

        assert counts == {"LICENCE": 14, "DOCUMENT": 3, "ENTRY": 2, "CERTIFICATE": 1}

    def test_cover_what_the_demonstration_must_show(self) -> None:
        elements = {name: item.elements for name, item in ONLINE.items()}

        on_the_spot = [
            name for name, part in elements.items() if part.handling_kind is HandlingKind.ON_THE_SPOT
        ]
        assert on_the_spot == ["employment-agency-permit", "insurance-record"]
        assert [name for name, part in elements.items() if not part.materials] == ["insurance-record"]
        charged = [name for name, part in elements.items() if part.is_charged]
        assert charged == ["ordinary-passport", "temporary-street-occupation"]
        only_persons = [name for name, part in elements.items() if part.applicants == (ApplicantKind.PERSON,)]
        assert only_persons == [
            "disability-certificate",
            "insurance-record",
            "old-age-allowance",
            "ordinary-passport",
        ]
        limits = {
            step.limit.amount
            for step in elements["river-construction-approval"].steps
            if step.limit and not step.is_counted
        }
        assert limits == {30, 65}

    @pytest.mark.parametrize("name", ONLINE)
    def test_have_english_beside_every_main_text(self, name: str) -> None:
        elements = ONLINE[name].elements

        texts = [elements.name_en, elements.summary_en, elements.agency_name_en, elements.remedies_en]
        texts += [field.label_en for field in elements.form]
        texts += [option.label_en for field in elements.form for option in field.options]
        texts += [material.name_en for material in elements.materials]
        texts += [step.name_en for step in elements.steps]
        texts += [result.name_en for result in elements.results]
        texts += [option.label_en for situation in elements.situations for option in situation.options]
        texts += [entry.answer_en for entry in elements.questions]
        assert all(texts)

    @pytest.mark.parametrize("name", DESCRIBED)
    def test_name_their_source_and_use_made_up_telephones(self, name: str) -> None:
        elements = DESCRIBED[name].elements

        assert "示例" in elements.source_note
        phones = [
            elements.enquiry_phone,
            elements.complaint_phone,
            *(place.phone for place in elements.places),
        ]
        assert all(phone.startswith("0000-") for phone in phones)

    @pytest.mark.parametrize("name", ONLINE)
    def test_bind_choices_and_patterns_a_person_can_satisfy(self, name: str) -> None:
        for field in ONLINE[name].elements.form:
            assert bool(field.options) == (field.type in (FieldType.CHOICE, FieldType.CHOICES))


class TestLicenceTypes:
    def test_are_those_the_offerings_end_in_or_take_instead_of_a_material(self) -> None:
        types = {row["code"] for row in json.loads((AREA / "licence_types.json").read_text("utf-8"))}
        ends = {ONLINE[name].elements.results[0].licence_type for name in ending_in(ResultKind.LICENCE)}
        taken = {material.licence_type for item in ONLINE.values() for material in item.elements.materials}

        assert types == ends | taken - {""}
        assert {row["type_code"] for row in rows("licences.jsonl")} == taken - {""}

    def test_have_codes_of_21_characters_that_begin_with_a_valid_body(self) -> None:
        for row in json.loads((AREA / "licence_types.json").read_text("utf-8")):
            assert re.fullmatch(r"[0-9A-Z]{18}\d{3}", row["code"])
            assert rules.is_body_code(row["defining_body_code"])
            assert row["code"].startswith(row["defining_body_code"])

    def test_fill_their_faces_from_the_holder_and_the_form(self) -> None:
        for row in json.loads((AREA / "licence_types.json").read_text("utf-8")):
            if "offering_file" not in row:
                continue  # issued elsewhere: its lines come with the licence
            form = {f"form.{field.key}" for field in ONLINE[row["offering_file"]].elements.form}

            assert {field["source"] for field in row["face"]} <= {"holder.name", "holder.code", *form}


class TestRegisters:
    def test_agencies_are_the_34_of_the_list(self) -> None:
        agencies = [msgspec.convert(row, AgencyRow) for row in rows("agencies.jsonl")]

        assert len({agency.code for agency in agencies}) == len(agencies) == 34
        assert [agency.short_name for agency in agencies if not rules.is_body_code(agency.code)] == [
            "区烟草专卖局"
        ]

    def test_every_division_but_the_province_lies_in_another(self) -> None:
        divisions = [msgspec.convert(row, DivisionRow) for row in rows("divisions.jsonl")]

        codes = {division.code for division in divisions}
        outside = [division.code for division in divisions if division.parent_code not in codes]
        assert outside == ["510000000000"]
        assert {"511600000000", "511602000000", "511602001000"} <= codes


class TestPeople:
    def test_persons_have_numbers_that_can_exist_and_made_up_mobiles(self) -> None:
        for person in rows("persons.jsonl"):
            assert is_resident_id(person["id_number"], on=date(2026, 11, 23))
            assert is_mobile(person["mobile"])
            assert person["mobile"].startswith("1540000")
            assert int(person["id_number"][14:17]) >= 900

    def test_every_agency_that_decides_online_has_somebody_at_each_post(self) -> None:
        held: dict[str, set[str]] = {}
        for member in rows("staff.jsonl"):
            held.setdefault(member["agency_code"], set()).update(member["posts"])

        deciding = {item.elements.agency_code for item in ONLINE.values()}
        lacking = {
            code for code in deciding if not held.get(code, set()) >= {"ACCEPTANCE", "REVIEW", "DECISION"}
        }
        assert lacking == set()
