"""
Too many requests of one, and too many people at once.
"""

from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client as Browser

from tests.factories import api, identity
from tongban.config import rates, waiting_room
from tongban.config.rates import RateTable
from tongban.config.waiting_room import Room
from tongban.foundation import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def quotas(monkeypatch: pytest.MonkeyPatch, settings: Any) -> SimpleNamespace:
    """
    Let quotas be few, and nothing be counted yet.
    """
    few = SimpleNamespace(per_person=3, per_client=2, per_address=5, hosts=1)
    settings.TONGBAN_RATES = few
    monkeypatch.setattr(rates, "TABLE", RateTable())
    monkeypatch.setattr("tongban.config.rates.time.time", lambda: 1_800_000_013.0)
    return few


class TestRates:
    def test_of_an_address_end_with_429_and_say_when_to_come_back(self, quotas: SimpleNamespace) -> None:
        answers = [Browser().get("/help") for _ in range(6)]

        assert [answer.status_code for answer in answers] == [200] * 5 + [429]
        assert answers[0]["RateLimit-Policy"] == '"address";q=5;w=60'
        assert [answer["RateLimit"] for answer in answers[:2]] == ['"address";r=4;t=47', '"address";r=3;t=47']
        assert (answers[5]["Retry-After"], answers[5]["RateLimit"]) == ("47", '"address";r=0;t=47')

    @pytest.mark.parametrize(("hosts", "let_through"), [(2, 2), (5, 1), (9, 1)])
    def test_are_granted_in_parts_where_several_hosts_share_the_load(
        self, quotas: SimpleNamespace, hosts: int, let_through: int
    ) -> None:
        quotas.hosts = hosts

        answers = [Browser().get("/help") for _ in range(3)]

        assert [answer.status_code for answer in answers].count(200) == let_through
        assert answers[0]["RateLimit-Policy"] == f'"address";q={let_through};w=60'

    def test_of_a_person_hold_whatever_address_he_comes_from(self, quotas: SimpleNamespace) -> None:
        quotas.per_address = 0
        citizen = api.citizen()

        answers = [citizen.get("/me", REMOTE_ADDR=f"10.0.0.{turn}") for turn in range(4)]

        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert answers[3].json()["code"] == "too_many_requests"
        assert answers[3].json()["facts"] == {"retry_after_seconds": 47, "limit": "person"}
        assert answers[3]["Retry-After"] == "47"

    def test_of_a_system_are_its_own(self, quotas: SimpleNamespace) -> None:
        quotas.per_address = 0
        system = api.system()

        answers = [system.get("/cases") for _ in range(3)]

        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answers[0]["RateLimit-Policy"] == '"client";q=2;w=60'

    def test_count_pages_and_interface_together(self, quotas: SimpleNamespace) -> None:
        quotas.per_address = 0
        actor = identity.citizen(at=clock.now())
        browser = Browser()
        identity.log_in(browser, actor, at=clock.now())

        answers = [browser.get("/my/") for _ in range(4)]

        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert answers[0]["RateLimit"] == '"person";r=2;t=47'

    def test_leave_the_health_of_the_node_alone(self, quotas: SimpleNamespace) -> None:
        answers = [Browser().get("/healthz") for _ in range(7)]

        assert {answer.status_code for answer in answers} == {200}
        assert "RateLimit" not in answers[0]

    def test_ask_the_database_nothing(self, quotas: SimpleNamespace, django_assert_num_queries: Any) -> None:
        Browser().get("/help")

        with django_assert_num_queries(0):
            Browser().get("/help")


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> Room:
    """
    Let there be two places, and both be taken.
    """
    room = Room(2, idle_seconds=60)
    now = 1_800_000_000
    for visitor in ("one", "two"):
        assert room.enter(visitor, ticket=None, now=now) is None
    monkeypatch.setattr(waiting_room, "ROOM", room)
    monkeypatch.setattr("tongban.config.waiting_room.time.time", lambda: float(now))
    return room


class TestWaitingRoom:
    def test_keeps_the_place_of_whoever_comes_too_late(self, full: Room) -> None:
        browser = Browser(headers={"User-Agent": "late"})

        first = browser.get("/")
        again = browser.get("/")

        assert (first.status_code, again.status_code) == (503, 503)
        assert "下一位就是您" in first.content.decode()
        assert "下一位就是您" in again.content.decode()
        assert (first["Retry-After"], first["Refresh"]) == ("10", "10")
        assert first["Cache-Control"] == "no-store"
        assert "<script" not in first.content.decode()

    def test_lets_him_in_when_it_is_his_turn_and_takes_the_ticket_back(
        self, full: Room, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        browser = Browser(headers={"User-Agent": "late"})
        browser.get("/")
        monkeypatch.setattr("tongban.config.waiting_room.time.time", lambda: 1_800_000_060.0)

        response = browser.get("/")

        assert response.status_code == 200
        assert response.cookies["tongban_place"]["max-age"] == 0

    def test_says_how_long_and_how_many_in_the_readers_language(self, full: Room) -> None:
        for number in range(3):
            Browser(headers={"User-Agent": f"late {number}"}).get("/")
        response = Browser(headers={"User-Agent": "last", "Accept-Language": "en"}).get("/")

        text = response.content.decode()
        assert '<html lang="en">' in text
        assert "3 people are before you" in text
        assert "2 minutes" in text

    @pytest.mark.parametrize("ticket", ["", "1", "forged:abc", "eyJudW1iZXIiOjF9:1abc:xyz"])
    def test_believes_no_ticket_it_did_not_sign(self, full: Room, ticket: str) -> None:
        Browser(headers={"User-Agent": "late"}).get("/")
        forger = Browser(headers={"User-Agent": "forger"})
        forger.cookies["tongban_place"] = ticket

        response = forger.get("/")

        assert response.status_code == 503
        assert "您前面还有 1 人" in response.content.decode()

    def test_lets_through_who_is_logged_in(self, full: Room) -> None:
        browser = Browser(headers={"User-Agent": "late"})
        identity.log_in(browser, identity.citizen(at=clock.now()), at=clock.now())

        assert browser.get("/my/").status_code == 200

    @pytest.mark.parametrize("path", ["/healthz", "/my/login/?staff=1"])
    def test_lets_the_node_and_its_staff_through(self, full: Room, path: str) -> None:
        assert Browser(headers={"User-Agent": "late"}).get(path).status_code == 200

    def test_tells_the_interface_when_to_come_back(self, full: Room) -> None:
        response = api.nobody().get("/offerings")

        assert response.status_code == 503
        assert response.json()["code"] == "node_busy"
        assert int(response["Retry-After"]) > 0

    def test_lets_tokens_through(self, full: Room) -> None:
        assert api.system().get("/cases").status_code == 200
