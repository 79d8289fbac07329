"""
The ID number at the door.
"""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories.identity import id_number
from tongban.foundation.codes import PROVINCES, Sex, id_check_character
from tongban.foundation.errors import InvalidInput
from tongban.support.identity.services import check_id_number
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
