from uuid import UUID

import pytest

from tests.factories import mandates as make
from tests.factories.mandates import NOW
from tongban.foundation import holdings, rotation
from tongban.support.mandates import selectors
from tongban.support.mandates.models import LegalEntity, Mandate
from tongban.support.mandates.services import holding

pytestmark = pytest.mark.django_db


class TestHolding:
    def test_is_declared_and_its_indexes_can_be_made_anew(self) -> None:
        assert not [label for label in holdings.undeclared() if label.startswith("mandates.")]
        assert not [label for label in rotation.undeclared_indexes() if label.startswith("mandates.")]

    def test_follows_from_the_rows(self) -> None:
        make.mandate(make.representative(name="刘长寿"), make.representative(name="唐代办"))
        before = list(Mandate.objects.values_list("grantee_index", "grantee_name_index"))
        Mandate.objects.update(grantee_index=b"\0" * 16, grantee_name_index=b"\0" * 16)

        rotation.index_anew()

        after = list(Mandate.objects.values_list("grantee_index", "grantee_name_index"))
        assert [tuple(map(bytes, row)) for row in after] == [tuple(map(bytes, row)) for row in before]

    def test_tells_a_person_who_acts_for_whom(self) -> None:
        elder, relative = make.representative(name="刘长寿"), make.representative(name="唐代办")
        make.mandate(elder, relative)

        [line] = holding.mandates_of(UUID(elder.person_id or ""))

        assert (line["类别"], line["被授权人"]) == ("亲友代办", relative.name)
        assert holding.count_mandates(UUID(relative.person_id or "")) == 1


class TestEraseMandates:
    def test_ends_them_and_empties_what_was_written(self) -> None:
        elder, relative = make.representative(name="刘长寿"), make.representative(name="唐代办")
        make.mandate(elder, relative)

        erased = holding.erase_mandates(UUID(relative.person_id or ""), NOW)

        assert erased == 1
        row = Mandate.objects.get()
        assert (row.grantee_name, row.grantee_number) == ("", "")
        assert row.ended_at == NOW
        assert selectors.choices(actor=relative, at=NOW) == []

    def test_leaves_an_entity_without_anybody_who_can_grant(self) -> None:
        boss = make.representative()
        make.company(boss)

        holding.erase_mandates(UUID(boss.person_id or ""), NOW)

        assert LegalEntity.objects.get().representative_lost_at == NOW
        assert selectors.choices(actor=boss, at=NOW) == []
