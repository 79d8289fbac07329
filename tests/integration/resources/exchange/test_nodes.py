"""
Node life: asking to join, being admitted, the trust list, suspension, leaving, routes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import msgspec
import pytest
import pytest_django
from django.test import override_settings

from tests.factories.exchange import Library, Thing
from tests.factories.nodes import (
    CITY,
    FAR,
    NATION,
    OTHER,
    PROVINCE,
    Country,
    country,
    tables_of_nodes,
    url_of,
)
from tests.factories.trust import administrator
from tongban.foundation.errors import NotPermitted
from tongban.resources.exchange import ports, services
from tongban.resources.exchange.models import KnownList, Node, NodeKey, Position
from tongban.resources.exchange.rules import trust_lists
from tongban.resources.exchange.selectors import nodes as selectors
from tongban.resources.exchange.services import nodes, nodes_calls, nodes_joining, nodes_keys, nodes_lists
from tongban.resources.exchange.services.nodes_calls import ParentRefuses
from tongban.resources.exchange.values import Contract, Direction, FeedTrouble, Operation
from tongban.resources.exchange.values.nodes import JoinAnswer, KeyState, ListTrouble, NodeState
from tongban.support.identity.values import Role

pytestmark = pytest.mark.django_db
OPERATOR = administrator(Role.OPERATOR)


@pytest.fixture(scope="module", autouse=True)
def tables(django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker) -> Iterator[None]:
    """
    Make the tables of five nodes once.
    """
    with django_db_blocker.unblock(), tables_of_nodes(NATION, PROVINCE, CITY, OTHER, FAR):
        yield


@pytest.fixture
def two() -> Iterator[Country]:
    """
    Give a city and its province.
    """
    with country(PROVINCE, CITY) as made:
        yield made


class TestJoining:
    def test_is_admitted_by_the_fingerprint_and_known_at_both_ends(self, two: Country) -> None:
        fingerprint = two.ask(CITY)

        assert two.states(PROVINCE) == {CITY: NodeState.REQUESTED}
        assert two.seen(PROVINCE)[CITY].fingerprint == fingerprint
        assert two.neighbours(PROVINCE).children == ()

        with two.located(PROVINCE):
            spoken = fingerprint.lower().replace("-", " ")
            receipt = nodes.approve(code=CITY, fingerprint=spoken, actor=two.actor, at=two.at)
        two.go_on()

        assert receipt.state is NodeState.ACTIVE
        assert two.own(CITY).state == NodeState.ACTIVE
        assert two.own(CITY).keys[0].is_certified
        above, below = two.neighbours(CITY), two.neighbours(PROVINCE)
        assert above.parent is not None
        assert (above.parent.code, above.parent.url) == (PROVINCE, url_of(PROVINCE))
        assert [(peer.code, peer.url) for peer in below.children] == [(CITY, url_of(CITY))]

    def test_is_the_same_request_when_it_is_asked_again(self, two: Country) -> None:
        first = two.ask(CITY)
        with two.located(PROVINCE):
            number = Node.objects.get(code=CITY).request_id

        assert two.ask(CITY) == first

        with two.located(PROVINCE):
            assert Node.objects.get(code=CITY).request_id == number

    def test_of_another_key_is_refused_while_one_waits(self, two: Country) -> None:
        two.ask(CITY)
        with two.located(CITY):
            nodes_joining.leave(reason="", actor=two.actor, at=two.at)
        with two.located(PROVINCE):
            Node.objects.filter(code=CITY).update(state=NodeState.REQUESTED)
        with two.located(CITY):
            NodeKey.objects.all().delete()

        with pytest.raises(ParentRefuses) as refused:
            two.ask(CITY)

        assert refused.value.facts["error"] == "node_known"

    def test_once_more_tells_another_address_without_another_approval(self, two: Country) -> None:
        two.join(CITY)
        two.at += timedelta(minutes=1)

        with two.located(CITY), override_settings(TONGBAN_BASE_URL="https://moved.example"):
            receipt = nodes_joining.ask_to_join(parent_url=url_of(PROVINCE), actor=two.actor, at=two.at)

        assert receipt.state is NodeState.ACTIVE
        assert two.neighbours(PROVINCE).children[0].url == "https://moved.example"
        assert two.neighbours(CITY).find(PROVINCE) is not None

    def test_by_a_wrong_fingerprint_is_not_admitted(self, two: Country) -> None:
        two.ask(CITY)

        with two.located(PROVINCE), pytest.raises(nodes.FingerprintDiffers):
            nodes.approve(code=CITY, fingerprint="0000", actor=two.actor, at=two.at)

        assert two.states(PROVINCE) == {CITY: NodeState.REQUESTED}

    def test_ends_with_a_reason_that_the_city_reads(self, two: Country) -> None:
        two.ask(CITY)
        with two.located(PROVINCE):
            nodes.refuse(code=CITY, reason="请先完成等级保护测评", actor=two.actor, at=two.at)

        two.go_on()

        own = two.own(CITY)
        assert (own.state, own.reason) == (NodeState.REFUSED, "请先完成等级保护测评")

    def test_is_over_after_a_week_and_may_be_asked_again(self, two: Country) -> None:
        fingerprint = two.ask(CITY)
        two.at += nodes.REQUEST_VALID_FOR

        with two.located(PROVINCE), pytest.raises(nodes.NodeRequestOver):
            nodes.approve(code=CITY, fingerprint=fingerprint, actor=two.actor, at=two.at)
        two.go_on()
        assert two.own(CITY).state == NodeState.REFUSED

        two.join(CITY)
        assert two.own(CITY).state == NodeState.ACTIVE

    def test_below_a_node_with_another_fingerprint_is_not_asked(self, two: Country) -> None:
        with pytest.raises(nodes_joining.ParentNotBelieved):
            two.ask(CITY, fingerprint="1111-2222")

        assert two.states(PROVINCE) == {}

    def test_outside_the_area_is_not_asked(self, two: Country) -> None:
        with pytest.raises(nodes_joining.ParentNotBelieved):
            two.ask(PROVINCE, parent=CITY)

    def test_takes_a_security_administrator(self, two: Country) -> None:
        fingerprint = two.ask(CITY)

        with two.located(PROVINCE), pytest.raises(NotPermitted):
            nodes.approve(code=CITY, fingerprint=fingerprint, actor=OPERATOR, at=two.at)
        with two.located(CITY), pytest.raises(NotPermitted):
            nodes_joining.leave(reason="", actor=OPERATOR, at=two.at)


class TestATrustList:
    def test_is_taken_from_the_parent_only(self, two: Country) -> None:
        two.join(CITY)
        with country_of_strangers(two) as forged, two.located(CITY):
            with pytest.raises(trust_lists.NotBelieved):
                nodes_lists.take_list(content=forged, issuer=PROVINCE, at=two.at)

            assert KnownList.objects.get(issuer=PROVINCE).trouble == ""

    def test_with_a_lower_number_is_not_taken(self, two: Country) -> None:
        two.join(CITY)
        with two.located(PROVINCE):
            old = selectors.own_list()
            nodes.suspend(code=CITY, reason="演练", actor=two.actor, at=two.at)
        two.go_on()

        assert old is not None
        with two.located(CITY), pytest.raises(nodes_lists.ListIsOlder):
            nodes_lists.take_list(content=old[1], issuer=PROVINCE, at=two.at)

    def test_is_fetched_whole_only_when_it_has_changed(self, two: Country) -> None:
        two.join(CITY)
        with two.located(CITY):
            number = KnownList.objects.get(issuer=PROVINCE).number

        two.go_on(minutes=2)

        with two.located(CITY):
            row = KnownList.objects.get(issuer=PROVINCE)
        assert (row.number, row.trouble, row.checked_at) == (number, "", two.at)

    def test_says_since_when_its_issuer_is_silent(self, two: Country) -> None:
        two.join(CITY)
        two.silent.add(PROVINCE)

        two.go_on()

        told = {each.issuer: each for each in two.own(CITY).lists}
        assert told[PROVINCE].trouble == ListTrouble.SILENT
        assert told[PROVINCE].checked_at == two.at - timedelta(minutes=1)
        assert two.neighbours(CITY).parent is not None

    def test_is_made_anew_before_it_ends(self, two: Country) -> None:
        two.join(CITY)
        before = {each.issuer: each for each in two.own(PROVINCE).lists}[PROVINCE]

        two.at += timedelta(days=2)
        two.go_on()

        after = {each.issuer: each for each in two.own(CITY).lists}[PROVINCE]
        assert after.number > before.number
        assert after.valid_until > before.valid_until

    def test_tells_a_city_of_the_nation_and_of_other_cities(self) -> None:
        with country(NATION, PROVINCE, CITY, OTHER) as whole:
            whole.join(CITY)
            whole.join(OTHER)
            whole.join(PROVINCE, parent=NATION)
            whole.go_on(minutes=2)

            assert set(whole.seen(CITY)) == {NATION, PROVINCE, OTHER}
            assert set(whole.seen(NATION)) == {PROVINCE, CITY, OTHER}
            assert whole.seen(NATION)[CITY].parent == PROVINCE
            way = whole.neighbours(NATION).way_to(CITY)
            assert way is not None
            assert way.code == PROVINCE


class TestASuspendedNode:
    def test_is_refused_at_once_and_hears_of_it_within_a_minute(self, two: Country) -> None:
        two.join(CITY)
        with two.located(PROVINCE):
            nodes.suspend(code=CITY, reason="证书疑似泄露", actor=two.actor, at=two.at)

        assert two.neighbours(PROVINCE).find(CITY) is None
        assert [peer.is_suspended for peer in two.neighbours(PROVINCE).children] == [True]

        two.go_on()
        assert two.own(CITY).state == NodeState.SUSPENDED
        assert two.neighbours(CITY).find(PROVINCE) is None

    def test_goes_on_where_it_was_when_it_is_resumed(self, two: Country) -> None:
        two.join(CITY)
        with two.located(PROVINCE):
            nodes.suspend(code=CITY, reason="演练", actor=two.actor, at=two.at)
        two.go_on()
        with two.located(PROVINCE):
            nodes.resume(code=CITY, actor=two.actor, at=two.at)
        two.go_on()

        assert two.own(CITY).state == NodeState.ACTIVE
        assert two.neighbours(CITY).find(PROVINCE) is not None
        assert two.neighbours(PROVINCE).find(CITY) is not None


class TestANodeThatLeaves:
    def test_is_known_as_left_and_may_join_again(self, two: Country) -> None:
        two.join(CITY)
        with two.located(CITY):
            assert nodes_joining.leave(reason="并入省平台", actor=two.actor, at=two.at)

        assert two.states(PROVINCE) == {CITY: NodeState.LEFT}
        assert two.neighbours(PROVINCE).children == ()
        assert two.neighbours(CITY).parent is None
        assert two.seen(CITY) == {}

        two.at += timedelta(minutes=1)
        two.join(CITY)
        assert two.states(PROVINCE) == {CITY: NodeState.ACTIVE}

    def test_is_not_dismissed_by_an_order_of_before(self, two: Country) -> None:
        two.join(CITY)
        sent: list[bytes] = []

        def keep(_url: str, order: bytes) -> JoinAnswer:
            sent.append(order)
            return JoinAnswer(id="", state=NodeState.LEFT)

        patch = pytest.MonkeyPatch()
        patch.setattr(nodes_calls, "send_order", keep)
        with two.located(CITY):
            nodes_joining.leave(reason="", actor=two.actor, at=two.at)
        patch.undo()
        with two.located(PROVINCE):
            nodes.receive_order(data=sent[0], at=two.at)
        two.at += timedelta(minutes=1)
        two.join(CITY)

        with two.located(PROVINCE), pytest.raises(nodes.RequestNotBelieved):
            nodes.receive_order(data=sent[0], at=two.at)

        assert two.states(PROVINCE) == {CITY: NodeState.ACTIVE}

    def test_is_dismissed_by_its_parent(self, two: Country) -> None:
        two.join(CITY)
        with two.located(PROVINCE):
            nodes.dismiss(code=CITY, reason="停用", actor=two.actor, at=two.at)
        two.go_on()

        assert two.own(CITY).state == NodeState.LEFT
        assert two.neighbours(CITY).parent is None


class TestAChangeOfKeys:
    def test_lets_the_exchange_go_on_all_the_time(self, two: Country) -> None:
        library = Library()
        contract = Contract(
            code="tests.keys", title="物", shape=Thing, direction=Direction.UP, take=library.take
        )
        ports.exchange_by(contract)
        two.join(CITY)
        before = {code: two.own(code).fingerprint for code in (CITY, PROVINCE)}
        for code in (CITY, PROVINCE):
            with two.located(code):
                nodes_keys.rotate_key(actor=two.actor, at=two.at, overlap=timedelta(minutes=2))

        most = set()
        for minute in range(20):
            assert self.bring(two, f"k{minute}") == 1, minute
            most.add(len(two.neighbours(PROVINCE).children[0].keys))
            two.go_on()

        assert len(library.rows) == 20
        assert most == {1, 2}
        for code in (CITY, PROVINCE):
            assert [key.state for key in two.own(code).keys] == [KeyState.CURRENT]
            assert two.own(code).fingerprint != before[code]
        parent, child = two.neighbours(CITY).parent, two.neighbours(PROVINCE).children[0]
        assert parent is not None
        assert [trust_lists.fingerprint_of(key.point) for key in parent.keys] == [
            two.own(PROVINCE).fingerprint
        ]
        assert [trust_lists.fingerprint_of(key.point) for key in child.keys] == [two.own(CITY).fingerprint]

    def test_waits_for_a_parent_that_is_away(self, two: Country) -> None:
        two.join(CITY)
        before = two.own(CITY).fingerprint
        two.silent.add(PROVINCE)
        with two.located(CITY):
            nodes_keys.rotate_key(actor=two.actor, at=two.at, overlap=timedelta(minutes=2))
            with pytest.raises(nodes_keys.KeyChangeUnderWay):
                nodes_keys.rotate_key(actor=two.actor, at=two.at)

        two.go_on(minutes=5)
        assert two.own(CITY).fingerprint == before

        two.silent.clear()
        two.go_on(minutes=18)
        assert two.own(CITY).fingerprint != before
        assert [key.state for key in two.own(CITY).keys] == [KeyState.CURRENT]

    def bring(self, two: Country, key: str) -> int:
        """
        Publish at the city and send; return how much arrived.
        """
        with two.located(CITY):
            services.publish(
                dataset="tests.keys",
                key=key,
                operation=Operation.UPDATE,
                content=Thing(title=key),
                at=two.at,
            )
            services.number_entries(at=two.at)
            return services.send_to(receiver=PROVINCE, at=two.at).count


class TestRoutes:
    def test_lead_over_the_nation_to_another_province_and_never_back(self) -> None:
        libraries = {}
        with country(NATION, PROVINCE, CITY, FAR) as whole:
            whole.join(PROVINCE, parent=NATION)
            whole.join(CITY)
            whole.join(FAR, parent=NATION)
            whole.go_on(minutes=2)
            libraries[FAR] = Library()
            contract = Contract(
                code="tests.far",
                title="物",
                shape=Thing,
                direction=Direction.ADDRESSED,
                take=libraries[FAR].take,
            )
            ports.exchange_by(contract)

            for key, to in (("a", FAR), ("b", "519900000000")):
                with whole.located(CITY):
                    assert services.publish(
                        dataset="tests.far",
                        key=key,
                        operation=Operation.INSERT,
                        content=Thing(title=key),
                        at=whole.at,
                        to=to,
                    )
            for code, receiver in ((CITY, PROVINCE), (PROVINCE, NATION), (NATION, FAR)):
                with whole.located(code):
                    services.number_entries(at=whole.at)
                    services.send_to(receiver=receiver, at=whole.at)

            assert list(libraries[FAR].rows) == ["a"]
            with whole.located(PROVINCE):
                lost = Position.objects.get(stream__audience="519900000000")
                assert (lost.receiver, lost.trouble) == (NATION, FeedTrouble.REFUSED)

    def test_lead_by_the_parent_until_both_may_go_straight(self) -> None:
        with country(PROVINCE, CITY, OTHER) as three:
            three.join(CITY)
            three.join(OTHER)
            assert way(three, CITY, OTHER) == PROVINCE

            with three.located(PROVINCE):
                nodes.choose_route(code=CITY, is_direct=True, actor=three.actor, at=three.at)
            three.go_on()
            assert way(three, CITY, OTHER) == PROVINCE

            with three.located(PROVINCE):
                nodes.choose_route(code=OTHER, is_direct=True, actor=three.actor, at=three.at)
            three.go_on()
            assert (way(three, CITY, OTHER), way(three, OTHER, CITY)) == (OTHER, CITY)

            three.silent.add(PROVINCE)
            three.at += nodes_lists.VALID_FOR
            assert way(three, CITY, OTHER) == PROVINCE


def way(nodes_: Country, source: str, to: str) -> str:
    """
    Return to whom a node gives what is for another one.
    """
    found = nodes_.neighbours(source).way_to(to)
    assert isinstance(found, ports.Peer)
    return found.code


@contextmanager
def country_of_strangers(two: Country) -> Iterator[bytes]:
    """
    Give the province's list once more, with a higher number, signed by a node of another authority.
    """
    with two.located(PROVINCE):
        own = selectors.own_list()
    assert own is not None
    _signed, told = trust_lists.read_list(own[1])
    with two.located(CITY):
        key = nodes_lists.current_key()
        assert key is not None
        forged = trust_lists.packed(
            msgspec.structs.replace(told, number=told.number + 1),
            sign=nodes_lists.secret_of(key),
            signer=bytes(key.home_certificate),
            chain=[bytes.fromhex(der) for der in key.home_chain],
        )
    yield forged
