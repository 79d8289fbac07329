"""
Check characters: right for what they were made for, wrong after any slip of one character.
"""

import re
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc
from stdnum.iso7064 import mod_37_36

from tongban.foundation.codes import (
    PROVINCES,
    IdProblem,
    check_basic_code,
    check_implementation_code,
    check_resident_id,
    check_social_credit_code,
    credit_code_check_character,
    id_check_character,
    is_licence_checked,
    is_organisation_code,
    licence_check_character,
    mask,
    mask_name,
    mobile_number,
)

TODAY = date(2026, 11, 21)
CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
BASE_36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

births = st.dates(min_value=date(1880, 1, 1), max_value=TODAY)


@st.composite
def resident_ids(draw: st.DrawFn) -> str:
    province = draw(st.sampled_from(sorted(PROVINCES)))
    county = draw(st.integers(0, 9999))
    born = draw(births)
    sequence = draw(st.integers(0, 999))
    body = f"{province}{county:04}{born:%Y%m%d}{sequence:03}"
    return body + id_check_character(body)


@st.composite
def credit_codes(draw: st.DrawFn) -> str:
    department = draw(st.sampled_from("123456789ANY"))
    division = draw(st.integers(0, 999999))
    body = draw(st.text(CREDIT_ALPHABET, min_size=9, max_size=9))
    first = f"{department}1{division:06}{body}"
    return first + credit_code_check_character(first)


class TestResidentId:
    @given(number=resident_ids())
    def test_is_valid_when_built_by_the_standard(self, number: str) -> None:
        check = check_resident_id(number, on=TODAY)

        assert check.problem is None
        assert check.birth_date is not None
        assert f"{check.birth_date:%Y%m%d}" == number[6:14]

    @given(number=resident_ids(), place=st.integers(0, 17), character=st.sampled_from("0123456789X"))
    def test_is_never_valid_with_one_character_changed(self, number: str, place: int, character: str) -> None:
        changed = number[:place] + character + number[place + 1 :]

        assert check_resident_id(changed, on=TODAY).is_valid == (changed == number)

    @given(number=resident_ids(), days=st.integers(1, 4000))
    def test_is_not_valid_before_its_birth(self, number: str, days: int) -> None:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))

        check = check_resident_id(number, on=born - timedelta(days=days))

        assert check.problem is IdProblem.BIRTH_IN_FUTURE

    @given(text=st.text(max_size=40))
    def test_check_never_fails_on_any_text(self, text: str) -> None:
        check = check_resident_id(text, on=TODAY)

        assert check.is_valid == (check.problem is None)


class TestSocialCreditCode:
    @given(number=credit_codes())
    def test_agrees_with_an_independent_implementation(self, number: str) -> None:
        assert check_social_credit_code(number).is_valid
        assert uscc.calc_check_digit(number[:17]) == number[17]

    @given(number=credit_codes(), place=st.integers(0, 17), character=st.sampled_from(CREDIT_ALPHABET))
    def test_is_never_valid_with_one_character_changed(self, number: str, place: int, character: str) -> None:
        changed = number[:place] + character + number[place + 1 :]

        assert check_social_credit_code(changed).is_valid == (changed == number)

    @given(text=st.text(max_size=40))
    def test_check_never_fails_on_any_text(self, text: str) -> None:
        check = check_social_credit_code(text)

        assert check.is_valid == (check.problem is None)


class TestLicenceIdentifier:
    @given(text=st.text(BASE_36, min_size=1, max_size=80))
    def test_agrees_with_an_independent_implementation(self, text: str) -> None:
        assert licence_check_character(text) == mod_37_36.calc_check_digit(text)

    @given(text=st.text(BASE_36, min_size=1, max_size=80), data=st.data())
    def test_fails_after_one_character_is_changed(self, text: str, data: st.DataObject) -> None:
        number = text + licence_check_character(text)
        place = data.draw(st.integers(0, len(number) - 1))
        character = data.draw(st.sampled_from(BASE_36))

        changed = number[:place] + character + number[place + 1 :]

        assert is_licence_checked(changed) == (changed == number)

    @given(text=st.text(max_size=40))
    def test_check_never_fails_on_any_text(self, text: str) -> None:
        assert is_licence_checked(text) in {True, False}


class TestAnyText:
    @given(text=st.text(max_size=60))
    def test_is_read_without_failing(self, text: str) -> None:
        assert is_organisation_code(text) in {True, False}
        assert check_basic_code(text).code == text.strip()
        assert check_implementation_code(text).code == text.strip().upper()
        number = mobile_number(text)
        assert number is None or re.fullmatch(r"1[3-9][0-9]{9}", number)

    @given(text=st.text(max_size=40), head=st.integers(0, 10), tail=st.integers(0, 10))
    def test_masked_keeps_its_length_and_never_shows_all(self, text: str, head: int, tail: int) -> None:
        masked = mask(text, head=head, tail=tail)

        assert len(masked) == len(text)
        assert not text or "*" in masked

    @given(name=st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=8))
    def test_name_masked_hides_at_least_one_character(self, name: str) -> None:
        assert "*" in mask_name(name)
        assert len(mask_name(name)) == len(name)
