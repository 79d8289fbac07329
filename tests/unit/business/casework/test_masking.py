"""
What staff see of an answer before they have said why they need it.
"""

import pytest

from tongban.business.casework.rules.masking import shown_answer
from tongban.business.catalogue.values import FieldType, FormField, Prefill


def field(kind: FieldType = FieldType.TEXT, prefill: Prefill = Prefill.NONE, **more: object) -> FormField:
    return FormField(key="a", label="一项", type=kind, prefill=prefill, **more)  # type: ignore[arg-type]


class TestAnAnswer:
    @pytest.mark.parametrize(
        ("wanted", "answer", "shown"),
        [
            (field(FieldType.ID_NUMBER), "11010519491231002X", "110***********002X"),
            (field(FieldType.MOBILE), "13900001234", "139****1234"),
            (field(FieldType.ADDRESS), "四川省广安市广安区示例路1号", "四川省广安市广安区****"),
            (field(prefill=Prefill.PERSON_NAME), "王示例", "王*例"),
            (field(prefill=Prefill.LEGAL_REPRESENTATIVE), "欧阳示例", "欧阳*例"),
            (field(prefill=Prefill.PERSON_ID_NUMBER), "11010519491231002X", "110***********002X"),
            (field(prefill=Prefill.PERSON_MOBILE), "13900001234", "139****1234"),
            (field(prefill=Prefill.PERSON_ADDRESS), "示例路1号", "****"),
            (field(prefill=Prefill.LEGAL_ADDRESS), "广安区示例路1号", "广安区****"),
            (field(FieldType.DATE, Prefill.PERSON_BIRTH_DATE), "1949-12-31", "1949-**-**"),
            (field(is_personal=True), "王示例", "王*例"),
            (field(is_personal=True), "6222 0000 0000 1234", "***************1234"),
            (field(FieldType.CHOICE, is_personal=True), "A", "****"),
            (field(FieldType.CHOICES, is_personal=True), "A\nB", "****"),
            (field(FieldType.TEXTAREA, is_personal=True), "第一行\n第二行", "****"),
        ],
    )
    def test_about_a_person_is_masked(self, wanted: FormField, answer: str, shown: str) -> None:
        assert shown_answer(wanted, answer) == shown

    @pytest.mark.parametrize(
        ("label", "answer", "shown"),
        [
            ("联系人姓名", "王示例", "王*例"),
            ("联系电话", "0000-1234567", "********4567"),
            ("残疾证号", "12345678", "****5678"),
        ],
    )
    def test_of_an_offering_from_before_fields_said_so_is_masked_by_its_label(
        self, label: str, answer: str, shown: str
    ) -> None:
        assert shown_answer(FormField(key="a", label=label), answer) == shown

    @pytest.mark.parametrize(
        ("wanted", "answer"),
        [
            (field(), "清风理发店"),
            (field(FieldType.TEXTAREA), "第一行\n第二行"),
            (field(FieldType.NUMBER), "86"),
            (field(FieldType.DATE), "2026-11-22"),
            (field(FieldType.CHOICE), "A"),
            (field(FieldType.SOCIAL_CREDIT_CODE), "91350100M000100Y43"),
            (field(prefill=Prefill.LEGAL_NAME), "清风理发店"),
            (field(FieldType.SOCIAL_CREDIT_CODE, Prefill.LEGAL_SOCIAL_CREDIT_CODE), "91350100M000100Y43"),
        ],
    )
    def test_about_anything_else_stays(self, wanted: FormField, answer: str) -> None:
        assert shown_answer(wanted, answer) == answer

    @pytest.mark.parametrize("kind", FieldType)
    def test_that_was_not_given_shows_nothing(self, kind: FieldType) -> None:
        assert shown_answer(field(kind, is_personal=True), "") == ""

    @pytest.mark.parametrize(
        "prefill", [prefill for prefill in Prefill if prefill.value.startswith("person.")]
    )
    def test_filled_in_from_what_is_known_of_a_person_never_comes_whole(self, prefill: Prefill) -> None:
        assert shown_answer(field(prefill=prefill), "1949-12-31") != "1949-12-31"
