"""
The ID number at the door.
"""

from contextlib import suppress
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories.identity import id_number
from tongban.foundation.codes import PROVINCES, Sex, id_check_character
from tongban.foundation.errors import InvalidInput
from tongban.support.identity.rules import LoginForm, login_form, normal_login
from tongban.support.identity.services import check_id_number, read_id_number
from tongban.support.identity.values import IdType

TODAY = date(2026, 11, 23)


class TestCheckIdNumber:
    def test_says_birth_date_and_sex(self) -> None:
        known = check_id_number(id_number(born_on=date(1985, 2, 28), sequence=12), on=TODAY)

        assert (known.born_on, known.sex, known.id_type) == (
            date(1985, 2, 28),
            Sex.FEMALE,
            IdType.RESIDENT_ID,
        )

    def test_knows_the_card_of_a_foreign_permanent_resident(self) -> None:
        known = check_id_number(id_number(division="951156"), on=TODAY)

        assert known.id_type is IdType.FOREIGN_PERMANENT_RESIDENT

    def test_refuses_the_old_form_of_15_digits(self) -> None:
        with pytest.raises(InvalidInput) as refusal:
            check_id_number("110105491231002", on=TODAY)

        assert list(refusal.value.fields) == ["id_number"]

    @given(
        st.sampled_from([code for code in PROVINCES if code[0] != "9"]),
        st.dates(date(1900, 1, 1), TODAY),
        st.integers(0, 999),
    )
    def test_accepts_every_number_that_can_exist(self, province: str, born_on: date, sequence: int) -> None:
        known = check_id_number(
            id_number(division=f"{province}0102", born_on=born_on, sequence=sequence), on=TODAY
        )

        assert known.born_on == born_on

    @given(
        st.dates(date(1900, 1, 1), TODAY),
        st.integers(0, 999),
        st.integers(0, 16),
        st.integers(1, 9),
    )
    def test_refuses_every_single_wrong_digit(
        self, born_on: date, sequence: int, position: int, step: int
    ) -> None:
        number = id_number(born_on=born_on, sequence=sequence)
        wrong = number[:position] + str((int(number[position]) + step) % 10) + number[position + 1 :]

        with pytest.raises(InvalidInput):
            check_id_number(wrong, on=TODAY)

    @given(st.dates(date(2026, 11, 24), date(2099, 12, 31)))
    def test_refuses_births_to_come(self, born_on: date) -> None:
        with pytest.raises(InvalidInput):
            check_id_number(id_number(born_on=born_on), on=TODAY)

    @given(st.text(max_size=40))
    def test_refuses_or_accepts_any_text_and_never_fails(self, text: str) -> None:
        with suppress(InvalidInput):
            known = check_id_number(text, on=TODAY)

            assert known.number[17] == id_check_character(known.number[:17])


class TestNumberOfTravelPermit:
    @pytest.mark.parametrize(
        ("text", "number", "id_type"),
        [
            ("h 1029 3847", "H10293847", IdType.HONG_KONG_MACAO_PERMIT),
            ("Ｍ20394857", "M20394857", IdType.HONG_KONG_MACAO_PERMIT),
            ("０7654321", "07654321", IdType.TAIWAN_PERMIT),
        ],
    )
    def test_is_taken_with_the_date_of_birth_beside_it(self, text: str, number: str, id_type: IdType) -> None:
        known = check_id_number(text, on=TODAY, born_on=date(1988, 4, 12))

        assert (known.number, known.id_type, known.born_on) == (number, id_type, date(1988, 4, 12))
        assert known.sex is Sex.UNKNOWN

    @pytest.mark.parametrize("born_on", [None, TODAY + timedelta(days=1), date(1879, 12, 31)])
    def test_is_refused_without_one_that_can_be(self, born_on: date | None) -> None:
        with pytest.raises(InvalidInput) as refusal:
            check_id_number("H10293847", on=TODAY, born_on=born_on)

        assert set(refusal.value.fields) == {"born_on"}

    def test_says_nothing_of_birth_by_itself(self) -> None:
        assert read_id_number("07654321", on=TODAY).born_on is None

    def test_leaves_the_numbers_that_say_it_their_word(self) -> None:
        known = check_id_number(id_number(), on=TODAY, born_on=date(2001, 1, 1))

        assert known.born_on == date(1990, 1, 1)

    @pytest.mark.parametrize("text", ["H10293847", "h10293847", "07654321"])
    def test_logs_in(self, text: str) -> None:
        assert login_form(normal_login(text)) is LoginForm.ID_NUMBER
