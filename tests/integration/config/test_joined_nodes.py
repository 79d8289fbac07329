"""
Nodes that exchange ask one another by their own keys: straight, or through the parent; never about people.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec
import pytest

from tests.factories.exchange import CITY, PROVINCE, TwoEnds, located
from tongban.config import joined_nodes
from tongban.config.joined_nodes import Asked
from tongban.foundation import clock
from tongban.foundation.crypto import sm2
from tongban.foundation.errors import InvalidInput, NotFound, NotPermitted, UpstreamError
from tongban.resources.exchange import ports as exchange
from tongban.resources.exchange.ports import Peer
from tongban.resources.exchange.services import answer_envelope
from tongban.support.federation import ports as federation
from tongban.support.federation.services import node_path
from tongban.support.federation.values import Provider, ProviderKind, Topology

pytestmark = pytest.mark.django_db(transaction=True)

AWAY, COUNTY, NATION = "510100000000", "511602000000", "000000000000"
SUBJECT = "crossregion"


@pytest.fixture
def heard() -> Iterator[list[tuple[str, str, bytes]]]:
    """
    What is answered here, instead of cross-region service: question, who asks, what.
    """
    asked: list[tuple[str, str, bytes]] = []

    def answer(*, question: str, node: Provider, message: bytes, at: datetime) -> bytes:
        asked.append((question, node.code, message))
        return b"told"

    before = federation.node_answerer(SUBJECT)
    federation.answer_nodes_by(SUBJECT, answer)
    trust = federation.trust_by(federation.FixedTrust())
    yield asked
    federation.trust_by(trust)
    assert before is not None
    federation.answer_nodes_by(SUBJECT, before)


@pytest.fixture
def ends() -> TwoEnds:
    return TwoEnds()


def peer(code: str, key: sm2.PrivateKey) -> Peer:
    return Peer(code=code, name=f"节点{code}", name_en="", url="https://node.example", keys=(key.public,))


def three(
    ends: TwoEnds,
) -> tuple[exchange.NeighbourSource, exchange.NeighbourSource, exchange.NeighbourSource]:
    """
    Return how a city, its province and another city of it see the others.
    """
    away = sm2.generate()

    def at_city() -> exchange.Neighbours:
        return replace(ends.at_city(), beyond={AWAY: "成都市"})

    def at_province() -> exchange.Neighbours:
        here = ends.at_province()
        return replace(here, children=(*here.children, peer(AWAY, away)))

    def at_away() -> exchange.Neighbours:
        return exchange.Neighbours(
            own_code=AWAY, own_key=away, parent=peer(PROVINCE, ends.province_key), beyond={CITY: "广安市"}
        )

    return at_city, at_province, at_away


def line(*ends: exchange.NeighbourSource) -> Any:
    """
    Return a line over which a question goes to whichever end it is for.
    """
    places = {source().own_code: source for source in ends}

    def bring(to: Peer, envelope: bytes, *, seconds: float) -> bytes:
        with located(places[to.code]):
            return answer_envelope(data=envelope, at=clock.now())

    return bring


def ask(node: str, subject: str = SUBJECT) -> bytes:
    known = federation.askable()
    found = next(each for each in (*known.nodes, *known.beyond) if each.code == node)
    path = node_path(subject, "guide")
    return federation.node_caller()(found, path, b"what?", seconds=4.0, at=clock.now())


class TestANeighbour:
    def test_is_asked_straight(self, ends: TwoEnds, heard: list[Any]) -> None:
        at_city, at_province, _at_away = three(ends)
        put_back = exchange.ask_by(line(at_city, at_province))

        with located(at_city):
            assert federation.askable().is_above(PROVINCE)
            assert ask(PROVINCE) == b"told"

        put_back()
        assert heard == [("guide", CITY, b"what?")]

    def test_is_not_asked_about_people(self, ends: TwoEnds, heard: list[Any]) -> None:
        at_city, at_province, _at_away = three(ends)
        put_back = exchange.ask_by(line(at_city, at_province))

        with located(at_city), pytest.raises(UpstreamError):
            ask(PROVINCE, "people")

        put_back()

    def test_that_shares_a_key_is_asked_by_it(self, ends: TwoEnds, heard: list[Any]) -> None:
        keyed = Provider(
            code=PROVINCE,
            kind=ProviderKind.NODE,
            name="四川省",
            name_en="",
            url="https://p.example",
            shared_key=b"k" * 16,
        )
        asked = []

        def by_key(node: Provider, path: str, message: bytes, *, seconds: float, at: datetime) -> bytes:
            asked.append((node.code, path))
            return b"by key"

        federation.trust_by(federation.FixedTrust(Topology(parent=PROVINCE, providers=(keyed,))))
        at_city, _at_province, _at_away = three(ends)
        with located(at_city):
            (found,) = (node for node in federation.askable().nodes if node.code == PROVINCE)
            told = joined_nodes.ByEitherKey(by_key)(
                found, node_path(SUBJECT, "guide"), b"", seconds=1.0, at=clock.now()
            )

        assert told == b"by key"
        assert asked == [(PROVINCE, "/peers/crossregion/guide/")]


class TestANodeBehindTheParent:
    def test_is_asked_through_it_in_the_askers_name(self, ends: TwoEnds, heard: list[Any]) -> None:
        sources = three(ends)
        put_back = exchange.ask_by(line(*sources))

        with located(sources[0]):
            assert [node.code for node in federation.askable().beyond] == [AWAY]
            assert ask(AWAY) == b"told"

        put_back()
        assert heard == [("guide", CITY, b"what?")]

    def test_is_asked_so_about_some_things_only(self, ends: TwoEnds, heard: list[Any]) -> None:
        sources = three(ends)
        put_back = exchange.ask_by(line(*sources))

        with located(sources[0]), pytest.raises(UpstreamError):
            ask(AWAY, "seals")

        put_back()


class TestWhoSpeaksForWhom:
    def say(self, source: exchange.NeighbourSource, node: str, **said: str) -> bytes:
        asked = Asked(subject=SUBJECT, question="guide", message=b"", **said)
        with located(source):
            return joined_nodes.answer(question=msgspec.json.encode(asked), node=node, at=clock.now())

    def test_is_oneself_those_below_and_the_parent_for_anybody(self, ends: TwoEnds, heard: list[Any]) -> None:
        at_city, at_province, _at_away = three(ends)

        self.say(at_province, CITY)
        self.say(at_province, CITY, origin=COUNTY)
        self.say(at_city, PROVINCE, origin=AWAY)

        assert [asker for _question, asker, _message in heard] == [CITY, COUNTY, AWAY]
        for origin in (AWAY, NATION, PROVINCE):
            with pytest.raises(NotPermitted):
                self.say(at_province, CITY, origin=origin)

    def test_is_nobody_where_there_is_no_way(self, ends: TwoEnds, heard: list[Any]) -> None:
        _at_city, at_province, _at_away = three(ends)

        with pytest.raises(UpstreamError):
            self.say(at_province, CITY, to="990000000000")
        with pytest.raises(NotFound):
            self.say(at_province, CITY, to=CITY)
        with located(at_province), pytest.raises(InvalidInput):
            joined_nodes.answer(question=b"?", node=CITY, at=clock.now())
        assert heard == []
