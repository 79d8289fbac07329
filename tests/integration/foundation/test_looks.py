from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import Error, connection, transaction

from tongban.foundation import looks
from tongban.foundation.actors import (
    Actor,
    ActorKind,
    Channel,
    MandateFunction,
    Principal,
    PrincipalKind,
    system_actor,
)
from tongban.foundation.disclosure import Purpose, Reason, reason_of
from tongban.foundation.errors import InvalidInput
from tongban.foundation.looks import LookAct, LookFilter, ObjectKind, Thing

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
ZHANG = str(UUID(int=1))
LI = str(UUID(int=2))
CASE = Thing(kind=ObjectKind.CASE, key="C1", label="办卫生许可", label_en="Hygiene licence")
CLERK = Actor(
    kind=ActorKind.STAFF,
    id="clerk-1",
    name="王五",
    agency_code="A1",
    posts=frozenset({"ACCEPTANCE", "COUNTER"}),
)
SYSTEM = Actor(kind=ActorKind.CLIENT, id="client-1", agency_code="A2", channel=Channel.API)


def look(
    *,
    actor: Actor = CLERK,
    act: LookAct = LookAct.READ,
    thing: Thing = CASE,
    principal: str = ZHANG,
    at: datetime = AT,
    reason: Reason | None = None,
) -> None:
    looks.record(principal_id=principal, act=act, thing=thing, actor=actor, at=at, reason=reason)


def ledger(principal: str = ZHANG, **wanted: object) -> list[looks.LookRow]:
    return looks.looks_at(principal_id=principal, wanted=LookFilter(**wanted)).items  # type: ignore[arg-type]


class TestRecord:
    def test_tells_who_when_what_and_why_and_not_which_clerk(self) -> None:
        look(act=LookAct.REVEALED, reason=Reason(purpose=Purpose.EXAMINATION, words="核对住所"))

        (row,) = ledger()
        assert (row.agency_code, row.posts, row.channel) == ("A1", ("ACCEPTANCE", "COUNTER"), "1")
        assert (row.thing, row.act, row.day) == (CASE, LookAct.REVEALED, date(2026, 11, 23))
        assert (row.purpose, row.words, row.count) == ("EXAMINATION", "核对住所", 1)
        assert "王五" not in repr(row)
        assert "clerk-1" not in repr(row)

    def test_counts_the_looks_of_one_clerk_at_one_thing_on_one_day(self) -> None:
        for minutes in range(10):
            look(at=AT + timedelta(minutes=minutes))

        (row,) = ledger()
        assert (row.count, row.last_at) == (10, AT + timedelta(minutes=9))

    def test_keeps_days_clerks_things_and_purposes_apart(self) -> None:
        look()
        look(at=AT + timedelta(days=1))
        look(actor=replace(CLERK, id="clerk-2"))
        look(thing=replace(CASE, key="C2"))
        look(act=LookAct.REVEALED, reason=Reason(purpose=Purpose.CONTACT))
        look(act=LookAct.REVEALED, reason=Reason(purpose=Purpose.DECISION))

        assert [row.count for row in ledger()] == [1] * 6

    def test_leaves_one_row_of_a_system_that_asks_all_day(self) -> None:
        for hours in range(5):
            look(actor=SYSTEM, at=AT + timedelta(hours=hours))

        (row,) = ledger()
        assert (row.count, row.actor_kind, row.channel) == (1, ActorKind.CLIENT, "9")

    def test_counts_every_time_a_system_reads_in_clear(self) -> None:
        for _turn in range(3):
            look(actor=SYSTEM, act=LookAct.REVEALED, reason=Reason(purpose=Purpose.DECISION))

        assert ledger()[0].count == 3

    def test_takes_a_day_as_china_counts_it(self) -> None:
        look(at=datetime(2026, 11, 23, 15, 59, tzinfo=UTC))
        look(at=datetime(2026, 11, 23, 16, 1, tzinfo=UTC))

        assert [row.day for row in ledger()] == [date(2026, 11, 24), date(2026, 11, 23)]

    def test_says_for_whom_the_node_used_something(self) -> None:
        looks.record(
            principal_id=ZHANG, act=LookAct.USED, thing=CASE, actor=system_actor("j"), at=AT, agency_code="A9"
        )

        assert (ledger()[0].actor_kind, ledger()[0].agency_code) == (ActorKind.SYSTEM, "A9")

    def test_leaves_the_owners_own_looks_out(self) -> None:
        look(actor=Actor(kind=ActorKind.PERSON, id="account", person_id=ZHANG))

        assert ledger() == []

    @pytest.mark.parametrize(("kind", "count"), [(PrincipalKind.PERSON, 1), (PrincipalKind.LEGAL_ENTITY, 0)])
    def test_tells_a_person_of_his_agents_but_no_company_of_itself(
        self, kind: PrincipalKind, count: int
    ) -> None:
        principal = Principal(
            kind=kind, id=ZHANG, name="张*", mandate_id="m", functions=frozenset({MandateFunction.QUERY})
        )
        look(actor=Actor(kind=ActorKind.PERSON, id="account", person_id=LI, acting_for=principal))

        assert len(ledger()) == count

    def test_of_somebody_the_node_does_not_know_is_nothing(self) -> None:
        looks.record(principal_id=None, act=LookAct.READ, thing=CASE, actor=CLERK, at=AT)

        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM foundation_look")
            assert cursor.fetchone() == (0,)

    @pytest.mark.parametrize(
        "sql", ["UPDATE foundation_look SET act = 'USED'", "DELETE FROM foundation_look"]
    )
    def test_can_never_be_changed(self, sql: str) -> None:
        look()

        with pytest.raises(Error, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)

    def test_vanishes_with_the_look_that_was_not_made(self) -> None:
        with transaction.atomic():
            look()
            transaction.set_rollback(True)

        assert ledger() == []


class TestLooksAt:
    def test_shows_nobody_elses(self) -> None:
        look()
        look(principal=LI)

        assert len(ledger(LI)) == 1

    def test_goes_through_every_row_once_page_by_page(self) -> None:
        for days in range(5):
            for turn in range(3):
                look(at=AT + timedelta(days=days), thing=replace(CASE, key=f"C{turn}"))
                look(at=AT + timedelta(days=days), thing=replace(CASE, key=f"C{turn}"))

        pages, cursor = [], None
        while True:
            page = looks.looks_at(principal_id=ZHANG, wanted=LookFilter(), cursor=cursor, limit=4)
            pages.append(page.items)
            cursor = page.next_cursor
            if cursor is None:
                break

        rows = [row for page in pages for row in page]
        assert [len(page) for page in pages] == [4, 4, 4, 3]
        assert [(row.day, row.id) for row in rows] == sorted(
            ((row.day, row.id) for row in rows), reverse=True
        )
        assert len({(row.day, row.thing.key) for row in rows}) == 15
        assert {row.count for row in rows} == {2}

    def test_costs_one_statement(self, django_assert_num_queries: pytest.FixtureRequest) -> None:
        for days in range(5):
            look(at=AT + timedelta(days=days))

        with django_assert_num_queries(1):  # type: ignore[operator]
            ledger()

    def test_can_be_narrowed(self) -> None:
        look()
        look(act=LookAct.OPENED, thing=replace(CASE, key="C2"), at=AT + timedelta(days=3))

        assert [row.act for row in ledger(act=LookAct.OPENED)] == [LookAct.OPENED]
        assert [row.thing.key for row in ledger(key="C1")] == ["C1"]
        assert [row.thing.key for row in ledger(since=date(2026, 11, 24))] == ["C2"]
        assert [row.thing.key for row in ledger(until=date(2026, 11, 24))] == ["C1"]

    def test_refuses_a_cursor_of_another_list(self) -> None:
        with pytest.raises(InvalidInput):
            looks.looks_at(principal_id=ZHANG, wanted=LookFilter(), cursor="nonsense")


class TestLookOf:
    def test_finds_the_row_by_any_of_its_looks_for_its_owner_only(self) -> None:
        look()
        look()
        (row,) = ledger()

        assert looks.look_of(look_id=row.id - 1, principal_id=ZHANG) == row
        assert looks.look_of(look_id=row.id, principal_id=LI) is None
        assert looks.look_of(look_id=row.id + 100, principal_id=str(uuid4())) is None


class TestReasonOf:
    def test_takes_a_code_of_the_list(self) -> None:
        assert reason_of("CONTACT") == Reason(purpose=Purpose.CONTACT)

    def test_takes_a_sentence_as_another_purpose(self) -> None:
        assert reason_of(" 核对身份 ") == Reason(purpose=Purpose.OTHER, words="核对身份")

    @pytest.mark.parametrize(
        ("purpose", "words"),
        [("", ""), ("  ", " "), ("OTHER", ""), ("CONTACT", "长" * 201), ("长" * 201, "")],
    )
    def test_refuses_nothing_and_too_much(self, purpose: str, words: str) -> None:
        with pytest.raises(InvalidInput):
            reason_of(purpose, words)
