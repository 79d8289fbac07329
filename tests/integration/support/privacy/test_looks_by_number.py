"""
Whoever is found by the number of his card reads it in his ledger: who (agency and post), when, what was found.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from tests.factories import api
from tests.factories import casework as make
from tests.factories import identity as people
from tongban.business.casework import selectors as casework
from tongban.business.licences import selectors as licences
from tongban.foundation import clock, looks
from tongban.foundation.actors import Actor, ActorKind, Channel
from tongban.foundation.looks import LookAct, LookFilter, LookRow, ObjectKind
from tongban.support.identity import services as identity
from tongban.support.identity.values import Post

pytestmark = pytest.mark.django_db

NUMBER = people.id_number(sequence=881)
CARD: dict[str, Any] = {"id_number": NUMBER, "name": "张三丰", "mobile": "19900001234"}


@pytest.fixture
def person() -> Actor:
    return people.citizen(name="张三丰", number=NUMBER, phone="19900001234")


@pytest.fixture
def clerk() -> Actor:
    counter = people.staff(Post.COUNTER, agency_code=make.AGENCY, division_code=make.DIVISION)
    return replace(counter, channel=Channel.COUNTER)


def ledger(person: Actor) -> list[LookRow]:
    return looks.looks_at(principal_id=str(person.person_id), wanted=LookFilter()).items


def found_cases(person: Actor, clerk: Actor, *, times: int = 1) -> list[casework.OpenCase]:
    at, code = clock.now(), make.publish("test-hygiene", at=clock.now() - timedelta(days=1))
    make.submit(
        code,
        at=at,
        applicant_id=person.person_id,
        actor=person,
        applicant=msgspec.structs.replace(make.APPLICANT, id_number=NUMBER),
    )
    return [
        case
        for _turn in range(times)
        for case in casework.open_cases_of(actor=clerk, id_number=NUMBER, offering_code=code, at=at)
    ]


class TestOpenCasesOf:
    def test_leaves_a_row_with_agency_post_and_case(self, person: Actor, clerk: Actor) -> None:
        (case,) = found_cases(person, clerk)

        (row,) = ledger(person)
        assert (row.act, row.thing.kind, row.thing.key) == (LookAct.FOUND, ObjectKind.CASE, case.number)
        assert (row.agency_code, row.posts, row.channel) == (make.AGENCY, ("COUNTER",), Channel.COUNTER)
        assert row.thing.label

    def test_leaves_one_row_however_often_the_form_is_shown(self, person: Actor, clerk: Actor) -> None:
        found_cases(person, clerk, times=3)

        assert [row.count for row in ledger(person)] == [1]

    def test_leaves_none_where_nothing_may_be_found(self, person: Actor, clerk: Actor) -> None:
        elsewhere = replace(
            clerk, posts=frozenset({Post.ACCEPTANCE}), agency_code=make.OTHER_AGENCY, division_code=None
        )

        assert found_cases(person, elsewhere) == []
        assert ledger(person) == []


class TestSearchLicences:
    @pytest.fixture
    def world(self) -> api.World:
        return api.world()

    def test_by_the_holders_number_leaves_a_row(self, world: api.World) -> None:
        before = len(ledger(world.citizen.actor))

        page = licences.search_licences(actor=world.clerk.actor, at=clock.now(), text="11010519491231002X")

        after = ledger(world.citizen.actor)
        assert len(page.items) == 1
        assert len(after) == before + 1
        assert (after[0].act, after[0].thing.kind) == (LookAct.FOUND, ObjectKind.LICENCE)
        assert after[0].thing.key == page.items[0].number

    def test_by_anything_else_leaves_none(self, world: api.World) -> None:
        before = len(ledger(world.citizen.actor))

        page = licences.search_licences(
            actor=world.clerk.actor, at=clock.now(), text=world.licence_identifier
        )

        assert (len(page.items), len(ledger(world.citizen.actor))) == (1, before)


class TestAtTheCounter:
    def test_a_person_who_is_known_reads_that_he_was_found(self, person: Actor, clerk: Actor) -> None:
        receipt = identity.find_or_register_by_counter(**CARD, actor=clerk, at=people.NOW)

        (row,) = ledger(person)
        assert str(receipt.person_id) == person.person_id
        assert (row.act, row.thing.kind, row.agency_code) == (LookAct.FOUND, ObjectKind.PERSON, make.AGENCY)

    def test_so_does_one_whose_card_is_certified(self, person: Actor, clerk: Actor) -> None:
        identity.request_counter_code(**CARD, actor=clerk, address="127.0.0.1", at=people.NOW)

        assert [row.act for row in ledger(person)] == [LookAct.FOUND]

    def test_who_was_not_known_before_reads_nothing(self, clerk: Actor) -> None:
        receipt = identity.find_or_register_by_counter(**CARD, actor=clerk, at=people.NOW)

        stranger = Actor(kind=ActorKind.PERSON, id="", person_id=str(receipt.person_id))
        assert ledger(stranger) == []
