import json
from datetime import date
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import msgspec
import pytest

from tongban.business.licences.rules import (
    DIRECTORY_LIFE,
    canonical_definition,
    definition_of,
    differences,
    face_as_data,
    face_faults,
    faults_of,
    filled_face,
    is_type_code,
    json_schema,
    open_directory_acts,
    row_of,
    valid_until,
)
from tongban.business.licences.values import (
    Difference,
    DirectoryAct,
    FaceField,
    Fault,
    FieldKind,
    Holder,
    IssuingBody,
    LicenceTypeRow,
    SharingCategory,
    TypeDefinition,
    ValidityKind,
    ValidityRule,
    VersionState,
)

CODE = "11510100MB1500000X001"
NAME = FaceField(key="holder_name", label="持证主体", source="holder.name")
NUMBER = FaceField(key="holder_code", label="持证主体代码", source="holder.code", masked=True)
SHOP = FaceField(key="shop", label="场所名称", label_en="Shop", source="form.shop_name", max_length=5)
AREA = FaceField(key="area", label="面积", kind=FieldKind.NUMBER, minimum=1, maximum=500, unit="平方米")
STAFF = FaceField(key="staff", label="人数", kind=FieldKind.INTEGER, minimum=0)
OPENED = FaceField(key="opened", label="开业日期", kind=FieldKind.DATE)
CLASS = FaceField(key="class", label="类别", kind=FieldKind.CHOICE, choices=("甲", "乙"), is_required=True)
FIELDS = (NAME, NUMBER, SHOP, AREA, STAFF, OPENED, CLASS)
GOOD = {
    "holder_name": "张三",
    "holder_code": "11010519491231002X",
    "shop": "清风",
    "area": "120.5",
    "staff": "3",
    "opened": "2026-02-28",
    "class": "甲",
}
HOLDER = Holder(kind="1", name="张三", code="11010519491231002X", code_type="111")


def definition(**changes: Any) -> TypeDefinition:
    told: dict[str, Any] = {
        "name": "演示许可证",
        "defining_body_code": "11510100MB1500000X",
        "defining_body_name": "示例区行政审批局",
        "fields": FIELDS,
        "validity": ValidityRule(kind=ValidityKind.MONTHS, months=12),
        "sharing_condition": "经持证主体授权",
    } | changes
    return TypeDefinition(**told)


class TestTypeCode:
    @pytest.mark.parametrize("code", [CODE, "11100000000013338W011"])
    def test_is_a_body_and_three_digits(self, code: str) -> None:
        assert is_type_code(code)

    @pytest.mark.parametrize("code", ["", CODE[:-1], CODE + "1", CODE.lower(), CODE[:-1] + "A", CODE + "\n"])
    def test_is_nothing_else(self, code: str) -> None:
        assert not is_type_code(code)


class TestFaultsOf:
    def test_finds_none_in_a_whole_definition(self) -> None:
        assert faults_of(definition()) == {}

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"name": " "}, {"name": Fault.MISSING}),
            ({"defining_body_name": ""}, {"defining_body_name": Fault.MISSING}),
            ({"defining_body_code": "1151"}, {"defining_body_code": Fault.BAD_CODE}),
            ({"holder_kinds": ()}, {"holder_kinds": Fault.MISSING}),
            ({"holder_kinds": ("DOG",)}, {"holder_kinds": Fault.UNKNOWN_KIND}),
            ({"sharing_condition": ""}, {"sharing_condition": Fault.NO_BASIS}),
            ({"fields": (NAME,)}, {"fields": Fault.NO_HOLDER}),
            ({"fields": (NAME, NUMBER, SHOP, SHOP)}, {"fields.3.key": Fault.TWICE}),
            ({"issuers": (IssuingBody(code="无"),)}, {"issuers": Fault.BAD_CODE}),
            ({"issuers": (IssuingBody(code="A1"), IssuingBody(code="A1"))}, {"issuers": Fault.TWICE}),
            ({"items": ("000101001000", "x y")}, {"items": Fault.BAD_CODE}),
            ({"validity": ValidityRule(kind=ValidityKind.MONTHS)}, {"validity.months": Fault.MISSING}),
            (
                {"validity": ValidityRule(kind=ValidityKind.FIXED_DATE, until="2026-02-30")},
                {"validity.until": Fault.BAD_DATE},
            ),
            (
                {"validity": ValidityRule(kind=ValidityKind.HOLDER_EVENT, event=" ")},
                {"validity.event": Fault.MISSING},
            ),
        ],
    )
    def test_names_each_part(self, changes: dict[str, Any], expected: dict[str, Fault]) -> None:
        assert faults_of(definition(**changes)) == expected

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"key": "Shop"}, {"fields.2.key": Fault.BAD_KEY}),
            ({"key": ""}, {"fields.2.key": Fault.BAD_KEY}),
            ({"label": " "}, {"fields.2.label": Fault.MISSING}),
            ({"source": "holder.code"}, {"fields.2.source": Fault.BAD_SOURCE}),
            ({"source": "form."}, {"fields.2.source": Fault.BAD_SOURCE}),
            ({"kind": FieldKind.CHOICE}, {"fields.2.choices": Fault.NO_CHOICES}),
            ({"choices": ("甲", "甲")}, {"fields.2.choices": Fault.TWICE}),
            ({"choices": ("甲", " ")}, {"fields.2.choices": Fault.MISSING}),
            ({"minimum": 2, "maximum": 1}, {"fields.2.minimum": Fault.BAD_RANGE}),
        ],
    )
    def test_names_each_part_of_a_field(self, changes: dict[str, Any], expected: dict[str, Fault]) -> None:
        field = msgspec.structs.replace(SHOP, **changes)

        assert faults_of(definition(fields=(NAME, NUMBER, field))) == expected

    def test_wants_the_holders_lines_from_the_holder(self) -> None:
        made_up = msgspec.structs.replace(NAME, source="form.name")

        assert faults_of(definition(fields=(made_up, NUMBER))) == {"fields.0.source": Fault.BAD_SOURCE}

    def test_lets_what_is_open_go_without_a_condition(self) -> None:
        assert faults_of(definition(sharing=SharingCategory.OPEN, sharing_condition="")) == {}


class TestJsonSchema:
    def schema(self, **changes: Any) -> dict[str, Any]:
        return json_schema(definition(**changes), address="https://example.org/schema")

    def test_is_one_of_its_dialect(self) -> None:
        schema = self.schema()

        jsonschema.Draft202012Validator.check_schema(schema)
        assert (schema["$schema"], schema["$id"]) == (
            "https://json-schema.org/draft/2020-12/schema",
            "https://example.org/schema",
        )
        assert schema["required"] == ["holder_name", "holder_code", "class"]
        assert schema["properties"]["area"] == {
            "title": "面积",
            "type": "number",
            "minimum": 1,
            "maximum": 500,
            "x-tongban": {"order": 4, "source": "", "masked": False, "title_en": "", "unit": "平方米"},
        }

    def test_takes_a_face_without_fault(self) -> None:
        data = face_as_data(FIELDS, GOOD)

        assert face_faults(FIELDS, GOOD) == {}
        assert data == {**GOOD, "area": 120.5, "staff": 3}
        jsonschema.validate(data, self.schema(), format_checker=jsonschema.FormatChecker())

    @pytest.mark.parametrize(
        ("change", "fault"),
        [
            ({"holder_name": ""}, Fault.MISSING),
            ({"class": ""}, Fault.MISSING),
            ({"class": "丙"}, Fault.NOT_A_CHOICE),
            ({"shop": "一二三四五六"}, Fault.TOO_LONG),
            ({"area": "0"}, Fault.TOO_SMALL),
            ({"area": "500.5"}, Fault.TOO_LARGE),
            ({"staff": "-1"}, Fault.TOO_SMALL),
            ({"opened": "2026-02-29"}, Fault.BAD_DATE),
            ({"other": "x"}, Fault.NO_SUCH_FIELD),
        ],
    )
    def test_refuses_what_the_check_refuses(self, change: dict[str, str], fault: Fault) -> None:
        values = GOOD | change

        faults = face_faults(FIELDS, values)

        assert faults == dict.fromkeys(change, fault)
        told = {**face_as_data(FIELDS, values), **({"other": "x"} if "other" in change else {})}
        validator = jsonschema.Draft202012Validator(self.schema(), format_checker=jsonschema.FormatChecker())
        assert not validator.is_valid(told)

    @pytest.mark.parametrize(
        ("key", "value", "fault"),
        [
            ("area", "about 5", Fault.NOT_A_NUMBER),
            ("area", "１２", Fault.NOT_A_NUMBER),
            ("area", "1e3", Fault.NOT_A_NUMBER),
            ("area", "12\n", Fault.NOT_A_NUMBER),
            ("staff", "3.0", Fault.NOT_AN_INTEGER),
            ("opened", "2026年2月", Fault.BAD_DATE),
            ("opened", "20260228", Fault.BAD_DATE),
        ],
    )
    def test_leaves_what_is_no_number_or_day_out(self, key: str, value: str, fault: Fault) -> None:
        assert face_faults(FIELDS, GOOD | {key: value}) == {key: fault}

    def test_lets_what_need_not_be_there_be_empty(self) -> None:
        values = {"holder_name": "张三", "holder_code": "1", "class": "乙"}

        assert face_faults(FIELDS, values) == {}
        assert face_as_data(FIELDS, values | {"shop": ""}) == values


class TestFilledFace:
    def test_takes_holder_and_form_and_nothing_else(self) -> None:
        form = {"shop_name": "清风", "area": 12, "class": ["甲", "乙"], "unused": "x", "staff": None}

        lines = filled_face(FIELDS, holder=HOLDER, form=form, is_person=True)

        assert [(line["key"], line["value"], line["masked"]) for line in lines] == [
            ("holder_name", "张三", False),
            ("holder_code", "11010519491231002X", True),
            ("shop", "清风", False),
            ("area", "12", False),
            ("staff", "", False),
            ("opened", "", False),
            ("class", "甲、乙", False),
        ]

    def test_masks_nothing_of_an_organization(self) -> None:
        lines = filled_face((NUMBER,), holder=HOLDER, form={}, is_person=False)

        assert lines[0]["masked"] is False


class TestRows:
    def test_come_back_as_they_went(self) -> None:
        whole = definition(
            issuers=(IssuingBody(code="A1", name="甲局"),),
            check_months=24,
            sharing=SharingCategory.CLOSED,
            items=("000101001000",),
            template={"width": 297.0, "pages": []},
            note="说明",
        )

        row = row_of(CODE, whole)
        again = msgspec.convert(json.loads(msgspec.json.encode(row)), LicenceTypeRow)

        assert (again.code, definition_of(again)) == (CODE, whole)

    def test_of_old_files_say_how_long_and_on_what_condition(self) -> None:
        old = msgspec.convert(
            {
                "code": CODE,
                "name": "证",
                "defining_body_code": CODE[:18],
                "defining_body_name": "局",
                "validity_months": 12,
                "offering_file": "x",
            },
            LicenceTypeRow,
        )

        made = definition_of(old)

        assert made.validity == ValidityRule(kind=ValidityKind.MONTHS, months=12)
        assert made.sharing is SharingCategory.CONDITIONAL
        assert made.sharing_condition.startswith("经持证主体授权")

    def test_have_one_text_for_one_definition(self) -> None:
        assert canonical_definition(definition()) == canonical_definition(
            msgspec.convert(msgspec.to_builtins(definition()), TypeDefinition)
        )


class TestDifferences:
    def test_are_none_between_equals(self) -> None:
        assert differences(definition(), definition()) == ()

    def test_name_parts_and_fields(self) -> None:
        longer = msgspec.structs.replace(SHOP, max_length=9)
        new = FaceField(key="floor", label="楼层")
        after = definition(name="新许可证", fields=(NAME, NUMBER, longer, AREA, STAFF, OPENED, new))

        found = differences(definition(), after)

        assert [(one.part, one.key, bool(one.before), bool(one.after)) for one in found] == [
            ("name", "", True, True),
            ("fields", "shop", True, True),
            ("fields", "floor", False, True),
            ("fields", "class", True, False),
        ]
        assert found[0] == Difference(part="name", key="", before="演示许可证", after="新许可证")

    def test_tell_a_new_order(self) -> None:
        found = differences(definition(), definition(fields=(NUMBER, NAME, *FIELDS[2:])))

        assert [(one.part, one.key) for one in found] == [("fields", "")]
        assert found[0].after.startswith("持证主体代码、持证主体、")

    def test_against_nothing_are_all_that_is_said(self) -> None:
        assert "name" in {one.part for one in differences(None, definition())}


class TestValidUntil:
    ON = date(2026, 1, 31)

    def test_counts_months_from_the_day_of_issue(self) -> None:
        rule = ValidityRule(kind=ValidityKind.MONTHS, months=1)

        assert valid_until(rule, valid_from=self.ON) == date(2026, 2, 28)

    def test_is_the_day_after_a_fixed_last_day(self) -> None:
        rule = ValidityRule(kind=ValidityKind.FIXED_DATE, until="2026-12-31")

        assert valid_until(rule, valid_from=self.ON) == date(2027, 1, 1)

    @pytest.mark.parametrize("kind", [ValidityKind.LONG_TERM, ValidityKind.HOLDER_EVENT])
    def test_has_no_day_where_there_is_none(self, kind: ValidityKind) -> None:
        assert valid_until(ValidityRule(kind=kind), valid_from=self.ON) is None

    def test_is_what_the_decision_says_where_it_says(self) -> None:
        rule = ValidityRule(kind=ValidityKind.LONG_TERM)

        assert valid_until(rule, valid_from=self.ON, months=12) == date(2027, 1, 31)


class TestDirectoryLife:
    @pytest.mark.parametrize(
        ("state", "acts"),
        [
            (VersionState.DRAFT, {DirectoryAct.SAVE, DirectoryAct.SUBMIT, DirectoryAct.DISCARD}),
            (VersionState.IN_REVIEW, {DirectoryAct.RETURN, DirectoryAct.APPROVE}),
            (VersionState.APPROVED, {DirectoryAct.RETURN, DirectoryAct.PUBLISH}),
            (VersionState.PUBLISHED, set()),
            (VersionState.REPLACED, set()),
            (VersionState.DISCARDED, set()),
        ],
    )
    def test_leads_only_forward(self, state: VersionState, acts: set[DirectoryAct]) -> None:
        assert set(open_directory_acts(state)) == acts

    def test_never_lets_one_hand_compile_and_publish(self) -> None:
        by_reviewers = {act for act, step in DIRECTORY_LIFE.items() if not step.is_editors}

        assert by_reviewers == {DirectoryAct.RETURN, DirectoryAct.APPROVE, DirectoryAct.PUBLISH}
