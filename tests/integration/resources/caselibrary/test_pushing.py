"""
回流: rows of an area that others handled go back to the node of that area, to nobody else, and from above only.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from django.db import connection, transaction

from tests.factories import library as make
from tests.factories.exchange import CITY, PROVINCE, TwoEnds, located
from tongban.foundation.actors import Actor, ActorKind
from tongban.foundation.errors import InvalidInput, NotPermitted
from tongban.resources.caselibrary import services
from tongban.resources.caselibrary.models import LibraryPlace
from tongban.resources.caselibrary.services import exchanging, pushing
from tongban.resources.caselibrary.values import Content, Kind, key_of, kind_of
from tongban.resources.caselibrary.values.pushed import PushedRow
from tongban.resources.exchange.ports import Peer
from tongban.resources.exchange.values import Operation, Received, Refused

pytestmark = pytest.mark.django_db

COUNTY, OTHER_COUNTY, OTHER_CITY, NATION = "511602000000", "511621000000", "510100000000", "000000000000"


def reviewer(division_code: str = PROVINCE) -> Actor:
    return Actor(
        kind=ActorKind.STAFF,
        id="reviewer",
        name="张审核",
        agency_code="11510000MB0000000N",
        division_code=division_code,
        roles=frozenset({"DATA_REVIEWER"}),
    )


@pytest.fixture
def province() -> Iterator[None]:
    """
    Be the province, with a city, another city and a county that has a node of its own.
    """
    ends = TwoEnds()
    here = ends.at_province()
    below = tuple(
        Peer(code=code, name="", name_en="", url="", keys=(ends.city_key.public,))
        for code in (CITY, OTHER_CITY, COUNTY, OTHER_COUNTY)
    )
    with located(lambda: replace(here, children=below)):
        yield


def begin(division_code: str = COUNTY, node: str = COUNTY, **changes: Any) -> int:
    return services.begin_push_back(
        division_code=division_code, node=node, **{"actor": reviewer(), "at": make.AT, **changes}
    )


def told(
    *contents: Content, source: str = CITY, first: int = 1, operation: Operation = Operation.UPDATE
) -> None:
    """
    Have a node below tell rows.
    """
    for number, content in enumerate(contents, start=first):
        with transaction.atomic():
            exchanging.take_from(
                kind_of(content), [make.received(content, number, operation)], source, make.AT
            )


def sent() -> list[tuple[str, str, str]]:
    """
    Return what waits to go back: to whom, which row, what.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT audience, key, operation FROM exchange_outbox WHERE dataset = %s ORDER BY id",
            [pushing.DATASET],
        )
        return [(audience, key, operation) for audience, key, operation in cursor.fetchall()]


def pushed(content: Content, number: int = 1) -> Received:
    row = PushedRow(kind=kind_of(content).value, row=msgspec.to_builtins(content))
    return Received(
        number=number,
        key=key_of(content),
        operation=Operation.UPDATE,
        made_at=make.AT,
        origin=content.node,
        content=row,
    )


def take(*contents: Content, source: str) -> list[str]:
    entries = [pushed(content, number) for number, content in enumerate(contents, start=1)]
    with transaction.atomic():
        refused: list[Refused] = list(pushing.take_pushed(entries, source, make.AT))
    return [each.code for each in refused]


@pytest.mark.usefixtures("province")
class TestGoingBack:
    def test_is_for_rows_of_the_division_and_all_below_it(self) -> None:
        begin()

        told(make.case("K1"), make.step("K1"), make.case("K2", division_code=OTHER_COUNTY), make.step("K2"))
        told(make.case("K3", division_code="511602001000"), first=5)

        assert [(audience, key) for audience, key, _operation in sent()] == [
            (COUNTY, f"{CITY}/old/K1"),
            (COUNTY, f"{CITY}/old/K1/1"),
            (COUNTY, f"{CITY}/old/K3"),
        ]

    def test_of_a_case_that_is_of_another_area_now_is_whole_and_ends_where_it_was(self) -> None:
        begin()
        begin(OTHER_COUNTY, OTHER_COUNTY)
        told(make.case("K1"), make.step("K1"), make.material("K1"))
        before = len(sent())

        told(make.case("K1", division_code=OTHER_COUNTY), first=7)

        assert [(audience, key, operation) for audience, key, operation in sent()[before:]] == [
            (COUNTY, f"{CITY}/old/K1", "D"),
            (OTHER_COUNTY, f"{CITY}/old/K1", "U"),
            (OTHER_COUNTY, f"{CITY}/old/K1/1", "U"),
            (OTHER_COUNTY, f"{CITY}/old/K1/1", "U"),
        ]

        told(make.case("K1", division_code="511621001000"), first=8)

        assert sent()[before + 4 :] == [(OTHER_COUNTY, f"{CITY}/old/K1", "U")]

    def test_is_not_to_where_a_row_came_from_or_was_made(self) -> None:
        begin(CITY, CITY)

        told(make.case("K1"))
        # The county's own row, told by the city; the city's area, but not the city's row.
        told(make.case("K2", node=COUNTY), source=OTHER_CITY, first=9)

        assert [key for _audience, key, _operation in sent()] == []

    def test_happens_once_and_ends(self) -> None:
        number = begin()
        told(make.case("K1"))
        told(make.case("K1"), first=2)
        services.end_push_back(push_back_id=number, actor=reviewer(), at=make.AT)
        told(make.case("K2"), first=3)

        assert [key for _audience, key, _operation in sent()] == [f"{CITY}/old/K1"]

    def test_tells_of_a_case_that_was_taken_away(self) -> None:
        begin()
        told(make.case("K1"))

        told(make.case("K1"), first=2, operation=Operation.DELETE)

        assert [operation for _audience, _key, operation in sent()] == ["U", "D"]

    def test_brings_rows_that_came_before_their_case(self) -> None:
        begin()

        told(make.step("K1"), make.result("K1"), source=CITY)
        before = sent()
        told(make.ended_case("K1"), first=3)

        assert before == []
        assert sorted(key for _audience, key, _operation in sent()) == [
            f"{CITY}/old/K1",
            f"{CITY}/old/K1/1",
            f"{CITY}/old/K1/1",
        ]

    def test_tells_of_what_a_snapshot_has_no_longer(self) -> None:
        begin()
        told(make.case("K1"), make.case("K2"))

        with transaction.atomic():
            exchanging.sweep(Kind.CASE, CITY, 2, make.AT)

        assert [(key, operation) for _audience, key, operation in sent()][2:] == [(f"{CITY}/old/K1", "D")]

    def test_is_begun_by_a_reviewer_of_the_area_for_its_own_node_only(self) -> None:
        with pytest.raises(NotPermitted):
            begin(actor=reviewer(OTHER_CITY))
        with pytest.raises(InvalidInput):
            begin(node="511603000000")
        with pytest.raises(InvalidInput) as elsewhere:
            begin(node=OTHER_CITY)
        begin()
        with pytest.raises(pushing.AlreadyPushedBack):
            begin()
        with pytest.raises(NotPermitted):
            services.end_push_back(push_back_id=begin(CITY, CITY), actor=reviewer(OTHER_CITY), at=make.AT)
        with pytest.raises(pushing.PushBackUnknown):
            services.end_push_back(push_back_id=0, actor=reviewer(), at=make.AT)

        assert "辖区" in elsewhere.value.fields["node"]


class TestComingBack:
    @pytest.fixture(autouse=True)
    def city(self) -> Iterator[None]:
        with located(TwoEnds().at_city):
            yield

    def test_is_taken_from_above(self) -> None:
        away = make.case("K1", node=OTHER_CITY, division_code="510104000000")
        codes = [
            take(away, source=PROVINCE),
            take(make.case("K2", node=NATION), source=NATION),
        ]

        assert codes == [[], []]
        assert set(LibraryPlace.objects.values_list("node", "source")) == {
            (OTHER_CITY, PROVINCE),
            (NATION, NATION),
        }

    @pytest.mark.parametrize("source", [OTHER_CITY, COUNTY, CITY])
    def test_is_taken_from_nobody_else(self, source: str) -> None:
        codes = take(make.case("K1", node=OTHER_CITY), source=source)

        assert codes == ["not_from_above"]
        assert not LibraryPlace.objects.exists()

    def test_changes_nothing_of_ones_own_cases(self) -> None:
        codes = take(make.case("K1"), source=PROVINCE)

        assert codes == []
        assert not LibraryPlace.objects.exists()
