"""
Holders of travel permits between systems: the date of birth goes with them, and no digits are taken for a division.
"""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from tests.factories.identity import NODE, NOW, citizen
from tongban.foundation.errors import InvalidInput
from tongban.support.identity import services
from tongban.support.identity.models import Person
from tongban.support.identity.services import division_of_person, hand_over_person, take_over_person

pytestmark = pytest.mark.django_db

PERMIT: dict[str, Any] = {"id_number": "51160219", "name": "王台行", "mobile": ""}
"""Of a Taiwan resident; looks like the beginning of a number of Guang'an."""


def taken() -> UUID:
    return take_over_person(
        **PERMIT, born_on=date(1979, 1, 5), source="511600000000", actor=NODE, at=NOW
    ).person_id


class TestTakenOver:
    def test_they_are_known_with_their_date_of_birth(self) -> None:
        person = Person.objects.get(id=taken())

        assert (person.id_type, person.born_on) == ("511", "1979-01-05")

    def test_they_are_refused_without_it(self) -> None:
        with pytest.raises(InvalidInput) as refusal:
            take_over_person(**PERMIT, source="511600000000", actor=NODE, at=NOW)

        assert set(refusal.value.fields) == {"born_on"}
        assert not Person.objects.exists()


class TestHandedOver:
    def test_it_goes_with_them(self) -> None:
        told = hand_over_person(
            person_id=taken(), receiver="x", receiver_name="甲系统", what=["birthdate"], actor=NODE, at=NOW
        )

        assert (told.id_type, told.born_on) == ("511", "1979-01-05")

    def test_it_is_empty_where_the_number_says_it(self) -> None:
        me = citizen()

        told = hand_over_person(
            person_id=UUID(me.person_id or ""),
            receiver="x",
            receiver_name="甲系统",
            what=["name"],
            actor=NODE,
            at=NOW,
        )

        assert told.born_on == ""


class TestDivision:
    def test_of_a_travel_permit_is_none(self) -> None:
        assert division_of_person(person_id=taken(), actor=NODE) == ""

    def test_of_a_resident_is_in_the_number(self) -> None:
        assert division_of_person(person_id=UUID(citizen().person_id or ""), actor=NODE) == "511602"


class TestAddressee:
    def test_may_be_named_by_a_travel_permit(self) -> None:
        whom = services.addressee(name="王台行", number="５1160219", on=NOW.date())

        assert (whom.number, whom.number_masked) == ("51160219", "51****19")

    def test_of_neither_number_nor_mobile_is_refused(self) -> None:
        with pytest.raises(InvalidInput) as refusal:
            services.addressee(name="王台行", number="5116021", on=NOW.date())

        assert set(refusal.value.fields) == {"number"}
