"""
Rules over elements: situations, contradictions, quality, numbers.
"""

from typing import Any

import msgspec
import pytest

from tests.factories.catalogue import row
from tongban.business.catalogue import rules
from tongban.business.catalogue.values import OfferingElements
from tongban.foundation.canonical import canonical_json

SITUATIONS = [
    {
        "code": "venue",
        "question": "哪一类场所？",
        "options": [{"code": "venue.bath", "label": "沐浴"}, {"code": "venue.pool", "label": "游泳"}],
    },
    {
        "code": "air",
        "question": "集中空调？",
        "options": [{"code": "air.yes", "label": "是"}, {"code": "air.no", "label": "否"}],
    },
]
MATERIALS = [
    {"code": "always", "name": "申请表"},
    {"code": "water", "name": "水质报告", "situations": ["venue.bath", "venue.pool"]},
    {"code": "air", "name": "空调报告", "situations": ["air.yes"]},
    {"code": "both", "name": "综合报告", "situations": ["venue.pool", "air.yes"]},
]


def elements(**changes: Any) -> OfferingElements:
    return msgspec.convert(row(**changes)["elements"], OfferingElements)


class TestMaterialsFor:
    @pytest.mark.parametrize(
        ("chosen", "wanted"),
        [
            ((), ["always"]),
            (("venue.bath",), ["always", "water"]),
            (("air.yes",), ["always", "air"]),
            (("venue.bath", "air.yes"), ["always", "water", "air"]),
            (("venue.pool", "air.yes"), ["always", "water", "air", "both"]),
            (("venue.pool", "air.no"), ["always", "water"]),
        ],
    )
    def test_lists_what_the_answers_call_for(self, chosen: tuple[str, ...], wanted: list[str]) -> None:
        offering = elements(situations=SITUATIONS, materials=MATERIALS)

        assert [material.code for material in rules.materials_for(offering, chosen)] == wanted


class TestFieldsFor:
    def test_leaves_out_fields_of_other_situations(self) -> None:
        form = [
            {"key": "name", "label": "名称"},
            {"key": "depth", "label": "水深", "situations": ["venue.pool"]},
        ]
        offering = elements(situations=SITUATIONS, form=form)

        assert [field.key for field in rules.fields_for(offering, ["venue.bath"])] == ["name"]


class TestVariantFor:
    def test_is_the_first_that_fits_the_answers(self) -> None:
        variants = [
            {"code": "01", "name": "沐浴", "situations": ["venue.bath"]},
            {"code": "02", "name": "游泳", "situations": ["venue.pool"]},
        ]
        offering = elements(situations=SITUATIONS, variants=variants)

        found = rules.variant_for(offering, ["venue.pool"])

        assert found is not None
        assert found.code == "02"

    def test_is_none_where_nothing_is_split(self) -> None:
        assert rules.variant_for(elements(), ["venue.pool"]) is None


class TestContradictions:
    @pytest.mark.parametrize(
        ("changes", "named"),
        [
            (
                {"materials": [{"code": "a", "name": "甲", "situations": ["venue.sea"]}]},
                "materials.situations",
            ),
            ({"form": [{"key": "a", "label": "甲", "situations": ["venue.sea"]}]}, "form.situations"),
            ({"variants": [{"code": "1", "name": "甲", "situations": ["venue.sea"]}]}, "variants.situations"),
            ({"materials": [{"code": "a", "name": "甲"}, {"code": "a", "name": "乙"}]}, "materials.code"),
            ({"form": [{"key": "a", "label": "甲"}, {"key": "a", "label": "乙"}]}, "form.key"),
            ({"can_apply_online": True}, "can_apply_online"),
            ({"form": [{"key": "a", "label": "甲", "pattern": "("}]}, "form.pattern"),
            ({"situations": [{**SITUATIONS[0], "code": "other"}]}, "situations.options.code"),
        ],
    )
    def test_names_the_field(self, changes: dict[str, Any], named: str) -> None:
        offering = elements(**{"situations": SITUATIONS, **changes})

        assert rules.contradictions(offering) == [named]

    def test_are_none_in_sound_elements(self) -> None:
        assert rules.contradictions(elements(situations=SITUATIONS, materials=MATERIALS)) == []


PHONES = {"enquiry_phone": "0000-1234567", "complaint_phone": "0000-7654321"}
FLOW = [
    {"name": "受理", "stage": "ACCEPTANCE"},
    {"name": "审查", "stage": "REVIEW"},
    {"name": "决定", "stage": "DECISION"},
    {"name": "送达", "stage": "DELIVERY"},
]
SOUND: dict[str, Any] = {
    **PHONES,
    "steps": FLOW,
    "questions": [{"question": "要多久？", "answer": "五个工作日。"}],
}


class TestFindings:
    def test_are_none_for_a_sound_permit(self) -> None:
        assert rules.findings(elements(**SOUND)) == ()

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"handling_kind": "ON_THE_SPOT"}, "kind_and_promise"),
            ({"promised_limit": {"amount": 0}}, "kind_and_promise"),
            ({"promised_limit": {"amount": 21}}, "promise_within_statute"),
            ({"steps": [{**FLOW[0], "limit": {"amount": 6}}, *FLOW[1:]]}, "step_sum"),
            ({"results": [{"kind": "DOCUMENT", "name": "卫生许可证", "sample": "样本"}]}, "result_name"),
            ({"results": [{"kind": "LICENCE", "name": "准予决定书", "sample": "样本"}]}, "result_name"),
            ({"results": [{"kind": "LICENCE", "name": "卫生许可证"}]}, "result_sample"),
            ({"visits": 1}, "visits_reason"),
            ({"visits": 0, "online_grade": 4, "visits_reason": "要签字"}, "visits_reason"),
            ({"visits": 0, "online_grade": 3}, "no_visit_needs_courier"),
            ({"visits": 1, "visits_reason": "要签字", "online_grade": 4}, "grade_four_means_no_visit"),
            ({"is_charged": True}, "fee_details"),
            ({"has_online_payment": True}, "fee_details"),
            ({"complaint_phone": ""}, "phones"),
            ({"complaint_phone": "0000-1234567"}, "phones"),
            ({"complaint_phone": "1234567"}, "phones"),
            ({"person_themes": ["005"]}, "themes_fit_audience"),
            ({"questions": []}, "permit_questions"),
            ({"steps": FLOW[:3]}, "permit_steps"),
            ({"materials": [{"code": "a", "name": "申请表"}]}, "material_basis"),
            ({"materials": [{"code": "a", "name": "其他材料", "legal_basis": "某法"}]}, "catch_all_material"),
            (
                {"materials": [{"code": "a", "name": "证明", "kind": "CERTIFICATE", "legal_basis": "某法"}]},
                "issuer_of_certificate",
            ),
        ],
    )
    def test_name_the_rule_that_is_broken(self, changes: dict[str, Any], code: str) -> None:
        found = rules.findings(elements(**{**SOUND, **changes}))

        assert [finding.code for finding in found] == [code]

    def test_time_outside_the_promise_is_not_held_against_the_steps(self) -> None:
        check = {"name": "实地核查", "stage": "REVIEW", "is_counted": False, "limit": {"amount": 60}}

        assert rules.findings(elements(**{**SOUND, "steps": [*FLOW, check]})) == ()


class TestLocalCasePrefix:
    @pytest.mark.parametrize(
        ("agency_code", "prefix"),
        [
            ("115113016823646795", "11511301682364679549"),
            ("083372204", "00000000008337220449"),
            ("11511301452259996u", "11511301452259996U49"),
            ("机构-1", "00000000000000000149"),
            ("X" * 30, "X" * 18 + "49"),
        ],
    )
    def test_has_20_characters_whatever_the_code(self, agency_code: str, prefix: str) -> None:
        assert rules.local_case_prefix(agency_code=agency_code, use_level="4") == prefix


class TestIsImplementationCode:
    @pytest.mark.parametrize(
        ("code", "valid"),
        [
            ("11450721MB155808114000104002000", True),
            ("12441500196720244T3442199806003", True),
            ("11450721MB155808124000104002000", False),
            ("11450721MB155808117000104002000", False),
            ("11450721MB15580811400010400200", False),
            ("511A0148700000-511112000000", False),
            ("", False),
        ],
    )
    def test_follows_the_national_rule(self, code: str, *, valid: bool) -> None:
        assert rules.is_implementation_code(code) is valid


class TestCanonicalElements:
    def test_are_the_foundation_s_canonical_json(self) -> None:
        offering = elements(situations=SITUATIONS, materials=MATERIALS, **SOUND)

        assert rules.canonical_elements(offering) == canonical_json(msgspec.to_builtins(offering))

    def test_do_not_depend_on_the_order_of_the_feed(self) -> None:
        one = row(**SOUND)["elements"]
        other = dict(reversed(one.items()))

        digests = {
            rules.digest_of(rules.canonical_elements(msgspec.convert(part, OfferingElements)))
            for part in (one, other)
        }

        assert len(digests) == 1
