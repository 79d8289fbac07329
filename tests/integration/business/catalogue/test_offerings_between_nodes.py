"""
What a city offers is known at its province and at the nation, also to who joins late; and leads to the city.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import pytest_django

from tests.factories import catalogue as make
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
    url_of,
)
from tongban.business.catalogue import services
from tongban.business.catalogue.models import OfferingBelow
from tongban.business.catalogue.selectors.elsewhere import offerings_below
from tongban.business.catalogue.services import exchanging
from tongban.business.catalogue.values.elsewhere import OfferingEntry
from tongban.foundation import events
from tongban.foundation.actors import ANONYMOUS, system_actor
from tongban.resources.exchange.services import reconcile
from tongban.resources.exchange.values import Operation, Received
from tongban.support.search import selectors as search
from tongban.support.search.values import SearchKind

pytestmark = pytest.mark.django_db(transaction=True)
NODE = system_actor("tests")
NODES = (NATION, PROVINCE, CITY)


@pytest.fixture(scope="module", autouse=True)
def tables(django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker) -> Iterator[None]:
    """
    Make the tables of three nodes once.
    """
    with django_db_blocker.unblock(), tables_of_nodes(*NODES, and_of=("catalogue", "search")):
        yield


@pytest.fixture
def three() -> Iterator[Country]:
    """
    Give a city that has joined its province, and a nation that the province has not joined yet.
    """
    with only(exchanging.contract()), country(*NODES) as made:
        made.join(CITY)
        yield made
    empty_tables(*NODES, of=("exchange", "catalogue", "search"))


def publish(at: Country, code: str = "A-1", **changes: Any) -> None:
    """
    Publish at the city, and let it be told.
    """
    with at.located(CITY):
        make.publish(code, at=at.at, **changes)
        events.deliver_all(at=at.at)


def told(at: Country, code: str) -> list[tuple[str, str, bool, str]]:
    """
    Return what a node knows of offerings below: whose, by whom it was told, whether it is in use, where it leads.
    """
    with at.located(code):
        events.deliver_all(at=at.at)
        rows = OfferingBelow.objects.order_by("number")
        return list(rows.values_list("node", "taken_from", "is_in_use", "url"))


def found(at: Country, code: str, words: str) -> list[tuple[SearchKind, str]]:
    """
    Return what a node's search finds.
    """
    with at.located(code):
        hits = search.search(words, actor=ANONYMOUS).hits
        below = offerings_below(keys=[hit.ref_code for hit in hits], actor=ANONYMOUS)
        return [(hit.kind, below[hit.ref_code].node_name) for hit in hits if hit.ref_code in below]


class TestGoingUp:
    def test_is_found_at_province_and_nation_and_leads_to_the_city(self, three: Country) -> None:
        three.join(PROVINCE, parent=NATION)
        three.exchange()
        publish(three)

        three.exchange()

        guide = f"{url_of(CITY)}/items/A-1/"
        assert told(three, PROVINCE) == [(CITY, CITY, True, guide)]
        assert told(three, NATION) == [(CITY, PROVINCE, True, guide)]
        assert found(three, PROVINCE, "旅馆业许可证") == [(SearchKind.BELOW, "广安市")]
        with three.located(CITY):
            compared = reconcile(actor=NODE, at=three.at)
        assert (compared.streams, compared.differing) == (1, 0)

    def test_is_found_no_longer_once_it_is_taken_out_of_use(self, three: Country) -> None:
        three.exchange()
        publish(three)
        three.exchange()
        before = found_after(three)
        with three.located(CITY):
            services.suspend_offering(code="A-1", actor=NODE, at=three.at, reason="修订")
            events.deliver_all(at=three.at)

        three.exchange()

        assert before == [(SearchKind.BELOW, "广安市")]
        assert [row[2] for row in told(three, PROVINCE)] == [False]
        assert found(three, PROVINCE, "旅馆业许可证") == []

    def test_who_joins_late_is_told_of_everything_in_use(self, three: Country) -> None:
        for code in ("A-1", "A-2", "A-3"):
            publish(three, code)
        three.exchange()
        three.join(PROVINCE, parent=NATION)

        three.exchange()

        assert [row[:3] for row in told(three, NATION)] == [(CITY, PROVINCE, True)] * 3

    def test_a_node_that_stands_alone_tells_nobody(self, three: Country) -> None:
        with three.located(NATION):
            make.publish("A-1")

            assert exchanging.tell_offerings(codes=("A-1",), at=three.at) == 0


def found_after(at: Country) -> list[tuple[SearchKind, str]]:
    """
    Return what the province's search finds once it has indexed what came.
    """
    told(at, PROVINCE)
    return found(at, PROVINCE, "旅馆业许可证")


ENTRY = OfferingEntry(
    node=CITY,
    node_name="广安市",
    node_name_en="",
    number=1,
    code="A-1",
    name="旅馆业特种行业许可证核发",
    name_en="",
    related=(),
    service_type="01",
    agency_code="",
    agency_name="",
    division_code="511602000000",
    summary="",
    summary_en="",
    for_persons=True,
    for_legal_entities=False,
    online_grade=3,
    can_apply_online=True,
    url="https://city.example/items/A-1/",
)


class TestWhoIsBelieved:
    @pytest.mark.parametrize(
        ("changes", "origin", "source", "code"),
        [
            ({"node": OTHER}, CITY, CITY, "offering_of_other_node"),
            ({"node": OTHER}, OTHER, CITY, "offering_of_other_node"),
            ({"node": PROVINCE}, PROVINCE, CITY, "offering_of_other_node"),
            ({"division_code": "510104000000"}, CITY, CITY, "offering_outside_area"),
        ],
    )
    def test_a_node_speaks_for_itself_and_its_area_only(
        self, three: Country, changes: dict[str, str], origin: str, source: str, code: str
    ) -> None:
        entry = Received(
            number=1,
            key="k",
            operation=Operation.UPDATE,
            made_at=three.at,
            origin=origin,
            content=msgspec.structs.replace(ENTRY, **changes),
        )
        with three.located(PROVINCE):
            refused = exchanging.take_offerings([entry], source, three.at)

            assert [each.code for each in refused] == [code]
            assert OfferingBelow.objects.count() == 0

    @pytest.mark.parametrize("url", ["javascript:alert(1)", "//city.example/", "https://city example/"])
    def test_leads_to_addresses_of_pages_only(self, url: str) -> None:
        sent = msgspec.json.encode(msgspec.structs.replace(ENTRY, url=url))

        with pytest.raises(msgspec.ValidationError):
            msgspec.json.decode(sent, type=OfferingEntry)
