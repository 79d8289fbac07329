"""
疑义校核 between nodes: a datum that came from another node is answered by its source there; who filed is told here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import pytest_django
from django.db import transaction

from tests.factories.casework import CALENDAR
from tests.factories.exchange import only
from tests.factories.mandates import credit_code
from tests.factories.nodes import CITY, OTHER, PROVINCE, Country, country, tables_of_nodes
from tests.integration.resources.registers.registers import (
    CIVIL,
    CIVIL_STEWARD,
    ENTITY,
    MARKET,
    load,
    prepare,
    staff,
)
from tongban.foundation import events
from tongban.foundation.errors import NotFound
from tongban.resources.exchange.values import Operation, Received
from tongban.resources.registers import ports, selectors, services
from tongban.resources.registers.models import DisputeCase, Record, RecordUse
from tongban.resources.registers.services import taking, travelling
from tongban.resources.registers.values import Answered, DisputeState, Filer, RegisterCode, UseAct

pytestmark = pytest.mark.django_db

MARKET_STEWARD = staff("market", agency=MARKET, roles="DATA_STEWARD")
FIELD = "legal_representative"
KEY = ENTITY["credit_code"]
STRANGER = credit_code()
"""Of a company that no register knows."""


@pytest.fixture(scope="module", autouse=True)
def tables(django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker) -> Iterator[None]:
    """
    Make the tables of three nodes once.
    """
    with django_db_blocker.unblock(), tables_of_nodes(PROVINCE, CITY, OTHER, and_of=("registers",)):
        yield


@pytest.fixture
def three(db: None, tmp_path: Path) -> Iterator[Country]:
    """
    A province and two of its cities, one of which registers a company.
    """
    # What goes up has no snapshot here: a test is one transaction.
    exchanged = [
        replace(each, snapshot=None, sweep=None) for each in (*taking.contracts(), *travelling.contracts())
    ]
    with only(*exchanged), country(PROVINCE, CITY, OTHER) as made:
        made.join(CITY)
        made.join(OTHER)
        made.go_on(minutes=2)
        for code in (PROVINCE, CITY, OTHER):
            with made.located(code):
                prepare()
        with made.located(CITY):
            load(tmp_path, ENTITY, register=RegisterCode.ENTITY, agency=MARKET, at=made.at)
        go(made)
        yield made


@pytest.fixture
def told() -> Iterator[list[ports.DisputeNotice]]:
    """
    Who was told what of disputes.
    """
    notices: list[ports.DisputeNotice] = []
    before = ports._wiring.tell
    ports.tell_by(notices.append)
    yield notices
    ports.tell_by(before)


def go(made: Country) -> None:
    """
    Let entries arrive, three nodes far.
    """
    for _hop in range(4):
        made.at += timedelta(minutes=1)
        made.exchange()


def file(made: Country, at_node: str, **changes: Any) -> str:
    facts = {
        "register": RegisterCode.ENTITY,
        "key": KEY,
        "field": FIELD,
        "proposed": "李示范",
        "words": "营业执照上是李示范",
        "actor": CIVIL_STEWARD,
        "at": made.at,
        "calendar": CALENDAR,
        **changes,
    }
    with made.located(at_node):
        return services.file_dispute(**facts).number


def answer(
    made: Country, at_node: str, number: str, finding: Answered = Answered.ACCEPT, **changes: Any
) -> None:
    facts = {
        "correction": "李示范",
        "words": "已核对登记档案",
        "actor": MARKET_STEWARD,
        "at": made.at,
        **changes,
    }
    with made.located(at_node):
        services.answer_dispute(number=number, finding=finding, **facts)


@contextmanager
def dispute(made: Country, at_node: str, number: str) -> Iterator[DisputeCase]:
    with made.located(at_node):
        yield DisputeCase.objects.get(number=number)


def use(at: datetime) -> None:
    """
    Write down that an agency here has used the datum.
    """
    RecordUse.objects.create(
        id=uuid4(),
        at=at,
        register=RegisterCode.ENTITY,
        record_id=Record.objects.get().pk,
        act=UseAct.READ,
        fields=[FIELD],
        actor_kind="CLIENT",
        used_by="hr-system",
        agency_code=CIVIL,
        purpose="ACCEPTANCE",
        digest=b"\0" * 32,
    )


class TestADatumOfACityDisputedAtItsProvince:
    def test_is_answered_by_the_city_and_corrected_at_both(
        self, three: Country, told: list[ports.DisputeNotice]
    ) -> None:
        with three.located(PROVINCE):
            use(three.at)
        number = file(three, PROVINCE)
        with dispute(three, PROVINCE, number) as here:
            assert (here.owner_node, here.owner_agency) == (CITY, MARKET)
            assert (
                selectors.dispute_by_number(number=number, actor=CIVIL_STEWARD, on=three.at.date()).owner_node
                == CITY
            )
        assert told == []
        with pytest.raises(NotFound):
            answer(three, PROVINCE, number)

        go(three)

        with dispute(three, CITY, number) as there:
            assert (there.asker_node, there.owner_agency, there.filer_agency) == (PROVINCE, MARKET, CIVIL)
            assert (there.due, there.words, there.proposed) == (here.due, "营业执照上是李示范", "李示范")
        assert [(notice.what, notice.agency_code) for notice in told] == [("FILED", MARKET)]

        answer(three, CITY, number)
        go(three)

        with dispute(three, PROVINCE, number) as answered:
            assert (answered.state, answered.answer) == (DisputeState.ACCEPTED, "已核对登记档案")
            assert answered.answered_by == f"node:{CITY}"
        assert [(notice.what, notice.agency_code) for notice in told][1:] == [("ANSWERED", CIVIL)]
        corrections: list[ports.RecordCorrection] = []
        before = ports._wiring.tell_users
        ports.tell_users_by(corrections.append)
        with three.located(PROVINCE):
            assert Record.objects.get().fields[FIELD] == "李示范"
            events.deliver_all(at=three.at)
        ports.tell_users_by(before)
        # Both streams say so; who is told twice of one number has one message.
        assert {(one.dispute_number, one.users[0].agency_code) for one in corrections} == {(number, CIVIL)}

    def test_stays_with_a_reason(self, three: Country, told: list[ports.DisputeNotice]) -> None:
        number = file(three, PROVINCE)
        go(three)

        answer(three, CITY, number, Answered.REJECT, words="档案与现值一致")
        go(three)

        with dispute(three, PROVINCE, number) as answered:
            assert (answered.state, answered.answer) == (DisputeState.REJECTED, "档案与现值一致")
        with three.located(PROVINCE):
            assert Record.objects.get().fields[FIELD] == ENTITY[FIELD]

    def test_is_pressed_where_it_is_answered(self, three: Country, told: list[ports.DisputeNotice]) -> None:
        number = file(three, PROVINCE)
        go(three)
        late = three.at + timedelta(days=40)

        with three.located(PROVINCE):
            assert services.press_disputes(at=late, calendar=CALENDAR) == 0
        with three.located(CITY):
            assert services.press_disputes(at=late, calendar=CALENDAR) == 1
        assert told[-1].what == "LATE"
        assert told[-1].number == number


class TestADatumThatIsNotHeldHere:
    def test_is_disputed_at_the_node_above_and_goes_on_to_its_source(
        self, three: Country, told: list[ports.DisputeNotice]
    ) -> None:
        number = file(three, OTHER)
        go(three)

        with dispute(three, PROVINCE, number) as between:
            assert (between.asker_node, between.owner_node) == (OTHER, CITY)
        answer(three, CITY, number)
        go(three)

        with dispute(three, OTHER, number) as answered:
            assert (answered.state, answered.owner_agency) == (DisputeState.ACCEPTED, MARKET)
        assert [notice.what for notice in told] == ["FILED", "ANSWERED"]

    def test_and_not_there_either_comes_back_at_once(
        self, three: Country, told: list[ports.DisputeNotice]
    ) -> None:
        number = file(three, OTHER, key=STRANGER)
        go(three)

        with dispute(three, OTHER, number) as answered:
            assert answered.state == DisputeState.REJECTED
            assert "没有这项信息" in answered.answer
        with three.located(PROVINCE):
            assert not DisputeCase.objects.exists()

    def test_is_nothing_where_nobody_is_above(self, three: Country) -> None:
        with pytest.raises(services.NothingToDispute):
            file(three, PROVINCE, key=STRANGER)


class TestWhoIsBelieved:
    def test_is_the_node_that_was_asked(self, three: Country) -> None:
        number = file(three, PROVINCE)
        said = travelling.DisputeAnswer(number=number, state=DisputeState.REJECTED, answer="不改")
        entry = Received(
            number=1, key=number, operation=Operation.UPDATE, made_at=three.at, origin=OTHER, content=said
        )

        with three.located(PROVINCE), transaction.atomic():
            refused = travelling.take_answers([entry], OTHER, three.at)

        assert [each.code for each in refused] == ["not_asked"]
        with dispute(three, PROVINCE, number) as open_still:
            assert open_still.state == DisputeState.OPEN

    def test_takes_a_dispute_once_and_a_number_from_one_node(
        self, three: Country, told: list[ports.DisputeNotice]
    ) -> None:
        number = file(three, PROVINCE)
        go(three)
        with dispute(three, CITY, number) as there:
            sent = travelling.DisputeSent(
                number=number,
                register="ENTITY",
                record_key=KEY,
                field=FIELD,
                words="又说一遍",
                filer=Filer(there.filer),
                due=there.due,
            )
            codes = []
            for origin in (PROVINCE, OTHER):
                entry = Received(
                    number=9,
                    key=number,
                    operation=Operation.INSERT,
                    made_at=three.at,
                    origin=origin,
                    content=sent,
                )
                with transaction.atomic():
                    codes.append([each.code for each in travelling.take_disputes([entry], origin, three.at)])

            assert codes == [[], ["unknown_datum"]]
            assert DisputeCase.objects.get().words == "营业执照上是李示范"
