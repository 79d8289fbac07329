"""
How nodes stand is told upward and drawn as a tree: who is heard of, and who is not.
"""

from collections.abc import Iterator
from datetime import timedelta

import msgspec
import pytest
import pytest_django

from tests.factories.exchange import only
from tests.factories.nodes import (
    CITY,
    NATION,
    OTHER,
    PROVINCE,
    Country,
    country,
    empty_tables,
    tables_of_nodes,
)
from tongban.foundation.actors import ANONYMOUS, system_actor
from tongban.foundation.errors import NotAuthenticated
from tongban.resources.exchange import selectors, services
from tongban.resources.exchange.models import NodeLiveness
from tongban.resources.exchange.services import liveness
from tongban.resources.exchange.values import Operation, Received
from tongban.resources.exchange.values.liveness import Liveness, LivenessEntry
from tongban.resources.exchange.values.watching import Health

pytestmark = pytest.mark.django_db(transaction=True)
NODE = system_actor("tests")
NODES = (NATION, PROVINCE, CITY)


@pytest.fixture(scope="module", autouse=True)
def tables(django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker) -> Iterator[None]:
    """
    Make the tables of three nodes once.
    """
    with django_db_blocker.unblock(), tables_of_nodes(*NODES):
        yield


@pytest.fixture
def chain() -> Iterator[Country]:
    """
    Give a city, its province and the nation, joined, that have told one another how they stand.
    """
    with only(liveness.contract()), country(*NODES) as made:
        made.join(CITY)
        made.join(PROVINCE, parent=NATION)
        made.go_on()
        made.exchange()
        tell(made)
        yield made
    empty_tables(*NODES, of=("exchange",))


def tell(at: Country) -> list[bool]:
    """
    Let every node tell how it stands, those below first; whether each did.
    """
    told = []
    for code in reversed(NODES):
        with at.located(code):
            told.append(liveness.tell_liveness(actor=NODE, at=at.at))
        at.exchange()
    return told


def seen(at: Country, code: str) -> list[tuple[str, str, Liveness, bool]]:
    """
    Return the tree as a node sees it.
    """
    with at.located(code):
        tree = selectors.network(actor=NODE, at=at.at)
        return [(node.code, node.parent, node.liveness, node.is_told) for node in tree.nodes]


class TestTree:
    def test_shows_the_nation_every_node_and_each_city_what_is_next_to_it(self, chain: Country) -> None:
        assert seen(chain, NATION) == [
            (NATION, "", Liveness.UP, False),
            (PROVINCE, NATION, Liveness.UP, False),
            (CITY, PROVINCE, Liveness.UP, True),
        ]
        assert seen(chain, CITY) == [
            (PROVINCE, "", Liveness.UP, False),
            (CITY, PROVINCE, Liveness.UP, False),
        ]

    def test_a_city_that_is_silent_is_told_of_at_the_nation(self, chain: Country) -> None:
        chain.silent.add(CITY)
        chain.at += timedelta(minutes=3)
        with chain.located(PROVINCE):
            is_told = liveness.tell_liveness(actor=NODE, at=chain.at)
            bring(chain, NATION)

        assert is_told
        assert [row[2] for row in seen(chain, NATION)] == [Liveness.UP, Liveness.UP, Liveness.SILENT]

    def test_nobody_knows_what_lies_below_a_province_that_is_silent(self, chain: Country) -> None:
        chain.at += timedelta(minutes=3)

        assert [row[2] for row in seen(chain, NATION)][1:] == [Liveness.SILENT, Liveness.UNKNOWN]

    def test_is_shown_to_those_who_watch_the_exchange(self, chain: Country) -> None:
        with chain.located(NATION), pytest.raises(NotAuthenticated):
            selectors.network(actor=ANONYMOUS, at=chain.at)


def bring(at: Country, receiver: str) -> None:
    """
    Bring a node what the one where this is has for it.
    """
    services.number_entries(at=at.at)
    while services.send_to(receiver=receiver, at=at.at).is_more:
        pass


class TestTelling:
    def test_tells_nothing_while_nothing_changes_and_again_after_a_quarter_of_an_hour(
        self, chain: Country
    ) -> None:
        with chain.located(CITY):
            liveness.tell_liveness(actor=NODE, at=chain.at)
            at_once = liveness.tell_liveness(actor=NODE, at=chain.at)
            later = liveness.tell_liveness(actor=NODE, at=chain.at + timedelta(minutes=16))

        assert (at_once, later) == (False, True)

    def test_a_node_that_stands_alone_tells_nothing(self) -> None:
        with only(liveness.contract()), country(NATION) as alone, alone.located(NATION):
            assert liveness.tell_liveness(actor=NODE, at=alone.at) is False

    @pytest.mark.parametrize(("node", "origin"), [(OTHER, CITY), (OTHER, OTHER), (PROVINCE, PROVINCE)])
    def test_a_node_speaks_for_itself_and_its_area_only(self, chain: Country, node: str, origin: str) -> None:
        entry = LivenessEntry(
            node=node, name="", name_en="", health=Health.WELL, streams=1, waiting=0, links=()
        )
        received = Received(
            number=99, key=node, operation=Operation.UPDATE, made_at=chain.at, origin=origin, content=entry
        )
        with chain.located(PROVINCE):
            refused = liveness.take_liveness([received], CITY, chain.at)

            assert [each.code for each in refused] == ["liveness_of_other_node"]
            assert set(NodeLiveness.objects.values_list("node", flat=True)) == {CITY, PROVINCE}

    def test_says_nothing_but_numbers(self, chain: Country) -> None:
        with chain.located(NATION):
            content = NodeLiveness.objects.get(node=CITY).content

        assert set(content) == set(LivenessEntry.__struct_fields__)
        assert msgspec.convert(content, LivenessEntry).links == ()
