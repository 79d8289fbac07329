"""
Licences of a city at its province and at the nation: brought by the exchange, in order, also to who joins late.
"""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
import pytest_django
from django.db import connection, transaction

from tests.factories.exchange import only
from tests.factories.nodes import CITY, NATION, PROVINCE, Country, country, empty_tables, tables_of_nodes
from tests.integration.business.licences.conftest import AT, DECIDER, holder, issue
from tests.integration.business.licences.conftest import load_types as load
from tongban.business.licences import services
from tongban.business.licences.models import Licence, LicenceType, PeerLicence, PeerSource, PeerType
from tongban.business.licences.rules import holder_index
from tongban.business.licences.services import peers
from tongban.business.licences.services.publishing import write_type
from tongban.business.licences.values import Verdict
from tongban.foundation.actors import system_actor
from tongban.resources.exchange.models import Position
from tongban.resources.exchange.services import reconcile, send_snapshot

pytestmark = pytest.mark.django_db(transaction=True)
NODE = system_actor("tests")


@pytest.fixture(scope="module", autouse=True)
def tables(django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker) -> Iterator[None]:
    """
    Make the tables of three nodes once.
    """
    with django_db_blocker.unblock(), tables_of_nodes(NATION, PROVINCE, CITY, and_of=("licences",)):
        yield


@pytest.fixture
def three() -> Iterator[Country]:
    """
    Give a city that has joined its province, and a nation that the province has not joined yet.
    """
    with only(*peers.contracts()), country(NATION, PROVINCE, CITY) as made:
        made.join(CITY)
        yield made
    empty_tables(NATION, PROVINCE, CITY, of=("exchange", "licences"))


@pytest.fixture
def chain(three: Country) -> Country:
    """
    Give them with the province joined to the nation.
    """
    three.join(PROVINCE, parent=NATION)
    return three


def told(at: Country, code: str) -> list[tuple[str, str, str]]:
    """
    Return what a node knows of licences of others: home, by whom it was told, state.
    """
    with at.located(code):
        return list(PeerLicence.objects.values_list("source", "taken_from", "status"))


def known_types(at: Country, code: str) -> list[tuple[str, str]]:
    """
    Return what a node knows of types of others.
    """
    with at.located(code):
        return list(PeerType.objects.order_by("code").values_list("source", "state"))


def revoke(identifier: str) -> None:
    """
    Revoke a licence.
    """
    services.revoke_licence(identifier=identifier, reason="核查", legal_basis="法", actor=DECIDER, at=AT)


class TestGoingUp:
    def test_brings_each_issue_and_change_to_province_and_nation(self, chain: Country) -> None:
        chain.exchange()
        with chain.located(CITY):
            load()
            identifier = issue().identifier
        chain.exchange()
        issued = told(chain, PROVINCE), told(chain, NATION)
        with chain.located(CITY):
            revoke(identifier)

        chain.exchange()

        assert issued == ([(CITY, CITY, "VALID")], [(CITY, PROVINCE, "VALID")])
        assert told(chain, PROVINCE) == [(CITY, CITY, "REVOKED")]
        assert told(chain, NATION) == [(CITY, PROVINCE, "REVOKED")]
        assert known_types(chain, NATION) == [(CITY, "IN_USE")] * 3
        with chain.located(CITY):
            compared = reconcile(actor=NODE, at=chain.at)
        assert (compared.streams, compared.differing, compared.silent) == (2, 0, ())

    def test_lets_the_nation_verify_a_licence_of_a_city_and_read_nothing_of_its_holder(
        self, chain: Country
    ) -> None:
        with chain.located(CITY):
            load()
            identifier = issue().identifier
            revoke(identifier)
            licence = Licence.objects.get()
        chain.go_on(minutes=10)
        chain.exchange()

        with chain.located(NATION):
            found = peers.verify_everywhere(number=identifier, at=AT)
            known = PeerLicence.objects.get()

        assert found.source is not None
        assert (found.verification.verdict, found.source.code, found.source.name) == (
            Verdict.REVOKED,
            CITY,
            "广安市",
        )
        assert bytes(known.holder_index) == holder_index(holder().code)
        for secret in (licence.holder_name, licence.holder_code, "示例路1号"):
            assert secret not in json.dumps(known.content, ensure_ascii=False)

    def test_waits_for_a_silent_province_and_loses_nothing(self, chain: Country) -> None:
        chain.exchange()
        chain.silent.add(PROVINCE)
        with chain.located(CITY):
            load()
            identifier = issue().identifier
        chain.exchange()
        with chain.located(CITY):
            revoke(identifier)
        chain.silent.clear()
        chain.at += timedelta(hours=2)

        chain.exchange()

        assert told(chain, NATION) == [(CITY, PROVINCE, "REVOKED")]


class TestSnapshots:
    def test_bring_everything_of_before_to_who_is_joined_late(self, three: Country) -> None:
        with three.located(CITY):
            load()
            issue()
        with three.located(PROVINCE):
            load()
            issue(division_code="510000000000")
            Licence.objects.update(identifier="the province's own")
        three.exchange()
        before = told(three, PROVINCE)

        three.join(PROVINCE, parent=NATION)
        three.exchange()

        assert before == [(CITY, CITY, "VALID")]
        assert (CITY, PROVINCE, "VALID") in told(three, NATION)
        assert sorted(known_types(three, NATION)) == [(PROVINCE, "IN_USE")] * 3 + [(CITY, "IN_USE")] * 3

    def test_end_what_is_no_more_at_the_nation_too(self, chain: Country) -> None:
        with chain.located(CITY):
            load()
            kept, gone = issue(case_number="C-1"), issue(case_number="C-2")
        chain.exchange()
        with chain.located(CITY):
            with connection.cursor() as cursor:
                cursor.execute("DELETE FROM licences_licence WHERE identifier = %s", [gone.identifier])
            LicenceType.objects.filter(code__endswith="3").update(version=0)
            revoke(kept.identifier)
            with transaction.atomic():
                write_type(LicenceType.objects.get(code__endswith="1"), at=AT)
            for position in Position.objects.all():
                send_snapshot(actor=NODE, stream=position.stream_id, receiver=PROVINCE, at=chain.at)
        before = told(chain, NATION)

        chain.exchange()

        assert len(before) == 2
        for code in (PROVINCE, NATION):
            with chain.located(code):
                assert PeerLicence.objects.get().identifier == kept.identifier
                assert PeerType.objects.count() == 2
                assert PeerSource.objects.get().code == CITY
