"""
A node and authorities that misbehave, over HTTP.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from django.db import connection

from simulators.authority.registers import Registers
from tests.factories.authority import PAUSE, adapter, fixed_authorities, simulated_authorities
from tests.factories.identity import NODE
from tongban.support.identity import ports, services
from tongban.support.identity.adapters.http_authority import HttpAuthorities
from tongban.support.identity.values import Answer, Authority

PERSON = {"id_number": "511602199003079111", "name": "王示例"}
CARD = {**PERSON, "card_number": "6222000000000000012"}


@pytest.fixture
def now() -> datetime:
    """
    The simulator has a clock of its own and refuses requests of another day.
    """
    return datetime.now(UTC)  # noqa: TID251


@pytest.fixture
def registers() -> Iterator[Registers]:
    with simulated_authorities() as running:
        yield running


@pytest.fixture
def wired(registers: Registers) -> HttpAuthorities:
    made = ports.authorities()
    assert isinstance(made, HttpAuthorities)
    return made


def bank_card_of(registers: Registers) -> dict[str, str]:
    return {**PERSON, "card_number": registers.people[PERSON["id_number"]]["bank_card"]}


class TestWellBehaved:
    def test_says_yes_to_what_fits(self, wired: HttpAuthorities, now: datetime) -> None:
        assert wired.check(authority=Authority.POPULATION, facts=PERSON, at=now) is Answer.YES

    @pytest.mark.parametrize(
        "facts",
        [
            {**PERSON, "name": "王例示"},
            {**PERSON, "id_number": "511602198506129227"},
            {"id_number": "511602199003070000", "name": "王示例"},
            {**PERSON, "sex": "2"},
            {**PERSON, "ethnicity": "08"},
        ],
    )
    def test_says_no_to_what_does_not(
        self, wired: HttpAuthorities, now: datetime, facts: dict[str, str]
    ) -> None:
        assert wired.check(authority=Authority.POPULATION, facts=facts, at=now) is Answer.NO

    @pytest.mark.parametrize(
        "asked",
        [
            (Authority.MOBILE_OPERATOR, "mobile", "mobile"),
            (Authority.SOCIAL_SECURITY, "card_number", "social_security_card"),
            (Authority.BANK, "card_number", "bank_card"),
            (Authority.PROVIDENT_FUND, "account_number", "provident_fund_account"),
            (Authority.DRIVING_LICENCE, "file_number", "driving_licence_file"),
        ],
    )
    def test_knows_what_belongs_to_whom(
        self,
        registers: Registers,
        wired: HttpAuthorities,
        now: datetime,
        asked: tuple[Authority, str, str],
    ) -> None:
        authority, fact, kept = asked
        own, foreign = (
            registers.people[number][kept] for number in (PERSON["id_number"], "511602198506129227")
        )

        assert wired.check(authority=authority, facts={**PERSON, fact: own}, at=now) is Answer.YES
        assert wired.check(authority=authority, facts={**PERSON, fact: foreign}, at=now) is Answer.NO

    def test_knows_a_legal_entity_by_its_representative(
        self, registers: Registers, wired: HttpAuthorities, now: datetime
    ) -> None:
        entity = next(iter(registers.entities.values()))
        ask = {name: entity[name] for name in ("credit_code", "name", "representative_number", "status")}

        assert wired.check(authority=Authority.LEGAL_ENTITY, facts=ask, at=now) is Answer.YES
        gone = {**ask, "status": "CANCELED"}
        assert wired.check(authority=Authority.LEGAL_ENTITY, facts=gone, at=now) is Answer.NO

    def test_never_says_more_than_yes_or_no(
        self, registers: Registers, wired: HttpAuthorities, now: datetime
    ) -> None:
        said = registers.check("population", PERSON)

        assert said == {"code": "OK", "msg": "成功", "result": "YES"}

    def test_believes_a_stranger_once(self, now: datetime) -> None:
        with simulated_authorities(believes_strangers=True):
            wired, stranger = ports.authorities(), "511602199902029999"
            first = {"id_number": stranger, "name": "陌生人"}

            assert wired.check(authority=Authority.POPULATION, facts=first, at=now) is Answer.YES
            again = {**first, "name": "另一人"}
            assert wired.check(authority=Authority.POPULATION, facts=again, at=now) is Answer.NO
            known = {**PERSON, "name": "陌生人"}
            assert wired.check(authority=Authority.POPULATION, facts=known, at=now) is Answer.NO


class TestFaces:
    def test_are_looked_at_when_the_phone_shows_one(
        self, registers: Registers, wired: HttpAuthorities, now: datetime
    ) -> None:
        token = wired.begin_capture(facts=PERSON, at=now)
        assert token is not None
        waiting = wired.capture_answer(token=token, at=now)

        registers.finish_capture(token, is_same=True)

        assert waiting is None
        assert wired.capture_answer(token=token, at=now) is Answer.YES

    def test_of_somebody_else_are_told_apart(
        self, registers: Registers, wired: HttpAuthorities, now: datetime
    ) -> None:
        token = wired.begin_capture(facts=PERSON, at=now)

        registers.finish_capture(token, is_same=False)

        assert wired.capture_answer(token=token or "", at=now) is Answer.NO

    def test_are_told_once(self, registers: Registers, wired: HttpAuthorities, now: datetime) -> None:
        token = wired.begin_capture(facts=PERSON, at=now) or ""
        registers.finish_capture(token, is_same=True)
        wired.capture_answer(token=token, at=now)

        assert wired.capture_answer(token=token, at=now) is Answer.UNAVAILABLE


class TestMisbehaving:
    @pytest.mark.parametrize("dials", [{"down": 1.0}, {"wrong": 1.0}, {"slow_seconds": 1.3}])
    def test_is_unavailable(
        self, registers: Registers, wired: HttpAuthorities, now: datetime, dials: dict[str, float]
    ) -> None:
        registers.dials.turn(dials)

        assert wired.check(authority=Authority.POPULATION, facts=PERSON, at=now) is Answer.UNAVAILABLE

    def test_disagrees_where_it_is_told_to(
        self, registers: Registers, wired: HttpAuthorities, now: datetime
    ) -> None:
        registers.dials.turn({"disagree": 1.0})

        assert wired.check(authority=Authority.POPULATION, facts=PERSON, at=now) is Answer.NO

    def test_can_be_one_of_them_while_the_others_serve(
        self, wired: HttpAuthorities, registers: Registers, now: datetime
    ) -> None:
        answer = httpx.put(f"{wired.url}/dials/bank", json={"down": 1.0})

        assert answer.json()["down"] == 1.0
        card = bank_card_of(registers)
        assert wired.check(authority=Authority.BANK, facts=card, at=now) is Answer.UNAVAILABLE
        assert wired.check(authority=Authority.POPULATION, facts=PERSON, at=now) is Answer.YES

    def test_is_left_alone_after_some_failures_and_tried_again_later(
        self, registers: Registers, wired: HttpAuthorities, now: datetime
    ) -> None:
        registers.dials.turn({"down": 1.0})
        for _try in range(3):
            wired.check(authority=Authority.POPULATION, facts=PERSON, at=now)
        registers.dials.turn({"down": 0.0})

        paused = wired.check(authority=Authority.POPULATION, facts=PERSON, at=now)
        other = wired.check(authority=Authority.BANK, facts=bank_card_of(registers), at=now)
        later = wired.check(authority=Authority.POPULATION, facts=PERSON, at=now + PAUSE)
        after = wired.check(authority=Authority.POPULATION, facts=PERSON, at=now + PAUSE)

        assert (paused, other, later, after) == (Answer.UNAVAILABLE, Answer.YES, Answer.YES, Answer.YES)

    @pytest.mark.parametrize("facts", [{}, {"name": "王示例"}, {**PERSON, "name": "王" * 300}])
    def test_is_no_answer_to_a_question_that_is_none(
        self, registers: Registers, wired: HttpAuthorities, now: datetime, facts: dict[str, str]
    ) -> None:
        assert wired.check(authority=Authority.POPULATION, facts=facts, at=now) is Answer.UNAVAILABLE


class TestSignedRequests:
    def test_are_believed_from_customers_only(self, wired: HttpAuthorities, now: datetime) -> None:
        stranger = adapter(wired.url, secret=b"guessed")

        assert stranger.check(authority=Authority.POPULATION, facts=PERSON, at=now) is Answer.UNAVAILABLE

    def test_are_believed_at_their_time_only(self, wired: HttpAuthorities, now: datetime) -> None:
        old = now - timedelta(minutes=6)

        assert wired.check(authority=Authority.POPULATION, facts=PERSON, at=old) is Answer.UNAVAILABLE


class TestTurningDials:
    @pytest.mark.parametrize(
        "dials", [{"down": 2}, {"down": "much"}, {"down": True}, {"upside": 1}, [1], {"slow_seconds": -1}]
    )
    def test_refuses_what_is_none(self, wired: HttpAuthorities, dials: Any) -> None:
        assert httpx.put(f"{wired.url}/dials", content=json.dumps(dials)).status_code == 422

    @pytest.mark.parametrize("path", ["/dials/nobody", "/bank", "/face/check", "/population/begin"])
    def test_finds_only_what_is_there(self, wired: HttpAuthorities, path: str) -> None:
        assert httpx.put(f"{wired.url}{path}", json={}).status_code == 404
        assert httpx.post(f"{wired.url}{path}", json={}).status_code == 404


@pytest.mark.django_db
class TestAsking:
    def test_is_written_down_without_the_facts(self, now: datetime) -> None:
        with fixed_authorities(BANK=Answer.NO):
            answer = services.ask_authority(
                authority=Authority.BANK, facts=CARD, subject="someone", actor=NODE, at=now
            )

        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT subject, at, facts::text FROM foundation_audit WHERE action = 'identity.authority.ask'"
            )
            ((subject, at, facts),) = cursor.fetchall()
        assert (answer, subject, at) == (Answer.NO, "someone", now)
        told = json.loads(facts)
        assert {key: told[key] for key in ("authority", "answer")} == {"authority": "BANK", "answer": "NO"}
        assert len(told["digest"]) >= 32
        assert not [value for value in CARD.values() if value in facts]

    def test_says_that_nothing_can_be_checked_where_nobody_is_wired(self, now: datetime) -> None:
        answer = services.ask_authority(
            authority=Authority.POPULATION, facts=PERSON, subject="", actor=NODE, at=now
        )

        assert answer is Answer.UNAVAILABLE
