"""
Base registers through the gateway: one record, a verification, pages; and corrections that reach answers kept before.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from django.core.cache import cache
from django.db import transaction

from tests.factories import sharing as make
from tests.factories.exchange import CITY, PROVINCE, TwoEnds, located
from tests.factories.sharing import AT, DATASET, STEWARD, call, rows
from tests.integration.resources.registers.registers import ENTITY, MARKET, POLICE, WANG, load, prepare, staff
from tests.integration.resources.registers.test_records import Known
from tongban.foundation import events, looks
from tongban.foundation.actors import Actor, ActorKind, Channel
from tongban.foundation.calendar import packaged_calendar
from tongban.foundation.errors import InvalidInput
from tongban.foundation.looks import LookFilter
from tongban.resources.datasets.values import Sharing
from tongban.resources.exchange.values import Operation, Received
from tongban.resources.registers import services as registers
from tongban.resources.registers.models import Batch, RecordUse
from tongban.resources.registers.ports import know_people_by
from tongban.resources.registers.services import sending, taking
from tongban.resources.registers.services.using import FieldsNotOpened
from tongban.resources.registers.values import Answered, RegisterCode
from tongban.resources.sharing import ports, services
from tongban.resources.sharing.models import Call, DataService
from tongban.resources.sharing.services import chaining
from tongban.resources.sharing.values import Called, Field, Parameter, ServiceKind

pytestmark = pytest.mark.django_db

OTHER = {**ENTITY, "credit_code": "91511602MA0009037E", "name": "广安示范商贸有限公司"}
STEWARD_OF_MARKET = staff("market", agency=MARKET, roles="DATA_STEWARD")
OPENED = ("credit_code", "name", "legal_representative")


@pytest.fixture(autouse=True)
def registers_loaded(tmp_path: Path) -> Iterator[None]:
    prepare()
    load(tmp_path, ENTITY, register=RegisterCode.ENTITY, agency=MARKET, at=AT)
    cache.clear()
    fields = tuple(Field(name=name, title=name) for name in OPENED)
    public = make.dataset(sharing=Sharing.UNCONDITIONAL, fields=fields, schema={"type": "object"})
    with make.wired(**{DATASET: public}):
        yield
    cache.clear()


def published(way: str, *names: str, cache_seconds: int = 0, code: str = make.SERVICE) -> None:
    make.published(
        "",
        code=code,
        kind=ServiceKind.QUERY,
        definition={"register": "ENTITY", "key": "" if way == "LIST" else "credit_code", "way": way},
        parameters=tuple(Parameter(name=name, title=name, is_required=False) for name in names),
        cache_seconds=cache_seconds,
    )


def granted(*fields: str) -> None:
    make.asked_for(fields=fields)  # shared without condition: open at once


def ask(actor: Actor = make.SYSTEM, **question: str) -> Any:
    return call(question=question, actor=actor)


def corrected(value: str) -> None:
    filed = registers.file_dispute(
        register=RegisterCode.ENTITY,
        key=ENTITY["credit_code"],
        field="legal_representative",
        proposed=value,
        words="已变更",
        actor=STEWARD,
        at=AT,
        calendar=packaged_calendar(),
    )
    registers.answer_dispute(
        number=filed.number,
        finding=Answered.ACCEPT,
        correction=value,
        words="已核实",
        actor=STEWARD_OF_MARKET,
        at=AT + timedelta(minutes=1),
    )
    events.deliver_all(at=AT + timedelta(minutes=1))


def opened_to_node(*fields: str, code: str = make.SERVICE, node_code: str = "511600000000") -> Actor:
    """
    Return a node below that the service is opened to.
    """
    node = Actor(
        kind=ActorKind.CLIENT,
        id=node_code,
        agency_code=node_code,
        division_code=node_code,
        scopes=frozenset({"data:call"}),
        channel=Channel.API,
    )
    services.open_to_node(
        service_code=code,
        node_code=node.id,
        fields=fields,
        daily_quota=10,
        until=AT.date() + timedelta(days=30),
        purpose="统一查询代理",
        legal_basis="国发〔2016〕51号",
        actor=STEWARD,
        at=AT,
    )
    return node


class TestReading:
    def test_gives_the_granted_fields_of_a_record_and_writes_down_the_use(self) -> None:
        published("READ", "credit_code")
        granted("name")

        called = ask(credit_code=ENTITY["credit_code"])

        assert rows(called) == [{"name": ENTITY["name"]}]
        use = RecordUse.objects.get()
        assert (use.act, use.fields, use.used_by, use.node_code) == ("READ", ["name"], make.CLIENT, "")

    def test_tells_the_register_which_node_asked(self) -> None:
        published("READ", "credit_code")
        granted("name")
        node = opened_to_node("name")

        ask(actor=node, credit_code=ENTITY["credit_code"])

        assert RecordUse.objects.get().node_code == "511600000000"


class TestVerifying:
    def test_answers_yes_or_no_and_never_what_the_register_says(self) -> None:
        published("VERIFY", "credit_code", "name", "legal_representative")
        granted("name", "legal_representative")

        called = ask(credit_code=ENTITY["credit_code"], name=ENTITY["name"], legal_representative="钱不是")

        assert rows(called) == [{"name": "yes", "legal_representative": "no"}]
        assert ENTITY["legal_representative"].encode() not in called.body
        assert RecordUse.objects.get().act == "VERIFIED"

    def test_refuses_a_claim_about_what_is_not_opened(self) -> None:
        published("VERIFY", "credit_code", "name", "legal_representative")
        granted("name")

        with pytest.raises(FieldsNotOpened):
            ask(credit_code=ENTITY["credit_code"], legal_representative="钱不是")
        assert Call.objects.get().result == "register_fields_not_opened"


class TestListing:
    def test_gives_pages_of_rows_with_the_values_asked_for(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        load(tmp_path, OTHER, register=RegisterCode.ENTITY, agency=MARKET, at=AT)
        monkeypatch.setattr("tongban.resources.sharing.adapters.base_registers.PAGE", 1)
        published("LIST", "legal_representative", "name", "after")
        granted("name", "legal_representative")

        first = ask(legal_representative=ENTITY["legal_representative"])
        second = ask(
            legal_representative=ENTITY["legal_representative"], after=msgspec.json.decode(first.body)["next"]
        )
        third = ask(name=OTHER["name"])

        assert {row["name"] for row in rows(first) + rows(second)} == {ENTITY["name"], OTHER["name"]}
        assert all(row["name"] == OTHER["name"] for row in rows(third))
        assert RecordUse.objects.count() == 2 + len(rows(third))

    def test_refuses_a_condition_on_what_is_not_opened(self) -> None:
        published("LIST", "legal_representative", "name")
        granted("name")

        with pytest.raises(FieldsNotOpened):
            ask(legal_representative=ENTITY["legal_representative"])

    def test_is_not_compiled_over_what_the_register_does_not_have(self) -> None:
        with pytest.raises(InvalidInput) as refused:
            published("LIST", "shoe_size")
        assert "shoe_size" in str(refused.value.fields["definition"])


class TestKeptAnswers:
    def test_are_not_given_again_after_a_correction(self) -> None:
        published("READ", "credit_code", cache_seconds=600)
        granted("legal_representative")
        ask(credit_code=ENTITY["credit_code"])
        assert ask(credit_code=ENTITY["credit_code"]).is_cached

        corrected("李示范")

        called = call(question={"credit_code": ENTITY["credit_code"]}, at=AT + timedelta(days=1))
        assert (rows(called), called.is_cached) == ([{"legal_representative": "李示范"}], False)

    def test_are_written_down_as_uses_as_often_as_they_are_given(self) -> None:
        published("READ", "credit_code", cache_seconds=600)
        granted("legal_representative")
        ask(credit_code=ENTITY["credit_code"])

        again = call(
            question={"credit_code": ENTITY["credit_code"]}, case_number="C-2", at=AT + timedelta(minutes=1)
        )

        assert again.is_cached
        uses = RecordUse.objects.order_by("at")
        assert [(use.act, use.fields, use.case_number) for use in uses] == [
            ("READ", ["legal_representative"], ""),
            ("READ", ["legal_representative"], "C-2"),
        ]
        assert uses[0].record_id == uses[1].record_id
        assert bytes(uses[0].digest) == bytes(uses[1].digest)

    def test_are_shown_to_whom_they_are_about(self) -> None:
        holder = uuid4()
        put_back = know_people_by(Known({ENTITY["credit_code"]: holder}))
        published("READ", "credit_code", cache_seconds=600)
        granted("legal_representative")
        node = opened_to_node("legal_representative")
        ask(credit_code=ENTITY["credit_code"])

        called = ask(actor=node, credit_code=ENTITY["credit_code"])
        put_back()

        assert called.is_cached
        ledger = looks.looks_at(principal_id=str(holder), wanted=LookFilter())
        assert {row.agency_code for row in ledger.items} == {make.USER, node.id}

    def test_of_an_orchestration_are_written_down_too(self) -> None:
        published("READ", "credit_code", code="company")
        make.published(
            "",
            kind=ServiceKind.ORCHESTRATED,
            definition={
                "steps": [
                    {"id": "one", "call": "company", "input": "{'credit_code': question.credit_code}"},
                ],
                "output": "steps.one",
            },
            parameters=(Parameter(name="credit_code", title="代码"),),
            cache_seconds=600,
        )
        granted("name")

        called = [ask(credit_code=ENTITY["credit_code"]) for _turn in range(2)]

        assert [each.is_cached for each in called] == [False, True]
        assert RecordUse.objects.count() == 2

    def test_are_not_given_again_after_a_load_that_changes_the_record(self, tmp_path: Path) -> None:
        published("READ", "credit_code", cache_seconds=600)
        granted("legal_representative")
        ask(credit_code=ENTITY["credit_code"])

        changed = {**ENTITY, "legal_representative": "李示范"}
        load(tmp_path, changed, register=RegisterCode.ENTITY, agency=MARKET, at=AT + timedelta(minutes=1))

        called = call(question={"credit_code": ENTITY["credit_code"]}, at=AT + timedelta(minutes=2))
        assert (rows(called), called.is_cached) == ([{"legal_representative": "李示范"}], False)

    def test_of_lists_end_with_a_load_that_brings_a_record(self, tmp_path: Path) -> None:
        published("LIST", "legal_representative", cache_seconds=600)
        granted("name", "legal_representative")
        boss = ENTITY["legal_representative"]
        assert len(rows(ask(legal_representative=boss))) == 1

        load(tmp_path, OTHER, register=RegisterCode.ENTITY, agency=MARKET, at=AT)
        events.deliver_all(at=AT)

        assert len(rows(ask(legal_representative=boss))) == 2

    def test_are_kept_through_a_load_that_changes_nothing(self, tmp_path: Path) -> None:
        published("READ", "credit_code", cache_seconds=600)
        granted("legal_representative")
        events.deliver_all(at=AT)
        ask(credit_code=ENTITY["credit_code"])

        load(tmp_path, ENTITY, register=RegisterCode.ENTITY, agency=POLICE, at=AT)
        events.deliver_all(at=AT)

        assert ask(credit_code=ENTITY["credit_code"]).is_cached

    def test_of_verifications_there_are_none(self) -> None:
        published("VERIFY", "credit_code", "name", cache_seconds=600)
        granted("name")

        called = [ask(credit_code=ENTITY["credit_code"], name="别的") for _turn in range(2)]

        assert not any(each.is_cached for each in called)
        assert RecordUse.objects.count() == 2

    def test_are_none_of_what_the_parent_writes_down(self) -> None:
        published("READ", "credit_code", code="at-province")
        opened_to_node("name", code="at-province", node_code=CITY)
        parent_service()
        granted("name")

        called = through_province(TwoEnds(), turns=2)

        assert [each.is_cached for each in called] == [False, False]
        assert RecordUse.objects.count() == 2

    def test_of_the_parent_are_forgotten_when_its_correction_comes(self) -> None:
        make.published(
            "", kind=ServiceKind.PARENT, definition={"service": "company"}, parameters=(), cache_seconds=600
        )
        content = sending.CorrectionSent(
            register="POPULATION",
            record_key=WANG["id_number"],
            field="name",
            value="王示范",
            agency_code=MARKET,
            at=AT.isoformat(),
            dispute_number="JH1",
        )
        entry = Received(
            number=1, key="x", operation=Operation.UPDATE, made_at=AT, origin="510000000000", content=content
        )

        with transaction.atomic():
            taking.take_corrections([entry], "510000000000", AT)
        events.deliver_all(at=AT)

        assert DataService.objects.get().corrections == 1

    def test_are_not_shared_by_grants_that_open_different_fields(self) -> None:
        published("READ", "credit_code", cache_seconds=600)
        granted("name")
        ask(credit_code=ENTITY["credit_code"])
        another = opened_to_node(*OPENED)

        called = ask(actor=another, credit_code=ENTITY["credit_code"])

        assert rows(called)[0].keys() == set(OPENED)


class TestCorrectionsOfWhatWasAskedFor:
    """
    A city asked its province, which asked the nation: a correction goes the same way back, by the id of the request.
    """

    def test_are_told_to_the_node_that_asked_without_the_datum(self, monkeypatch: pytest.MonkeyPatch) -> None:
        sent: list[dict[str, Any]] = []

        def publish(**entry: Any) -> int:
            sent.append(entry)
            return 1

        monkeypatch.setattr("tongban.resources.exchange.services.publish", publish)
        ends = TwoEnds()
        published("READ", "credit_code", code="at-province")
        opened_to_node("legal_representative", code="at-province", node_code=CITY)
        parent_service()
        granted("legal_representative")
        through_province(ends)
        Batch.objects.update(node_code=PROVINCE)  # the register is the province's own

        with located(ends.at_province):
            corrected("李示范")

        told = [each for each in sent if each["dataset"] == chaining.CORRECTIONS]
        assert [(each["to"], each["content"].fields, each["content"].request_ids) for each in told] == [
            (CITY, ("legal_representative",), ("request-1",))
        ]

    def test_reach_the_agency_that_asked_through_the_node(self) -> None:
        ends = TwoEnds()
        published("READ", "credit_code", code="at-province")
        opened_to_node("legal_representative", code="at-province", node_code=CITY)
        parent_service()
        granted("legal_representative")
        through_province(ends)
        content = chaining.DataCorrected(
            register="ENTITY",
            fields=("legal_representative",),
            dispute_number="JH1",
            request_ids=("request-1", "of-somebody-else"),
        )
        entry = Received(
            number=1, key="x", operation=Operation.UPDATE, made_at=AT, origin=PROVINCE, content=content
        )

        with make.wired() as told, located(ends.at_city), transaction.atomic():
            chaining.take_corrections([entry], "110000000000", AT)
            assert told.words == []
            chaining.take_corrections([entry], PROVINCE, AT)

        assert [(role, agency) for role, agency, _words in told.words] == [("DATA_STEWARD", make.USER)]
        assert "JH1" in told.words[0][2]


def parent_service() -> None:
    make.published(
        "",
        kind=ServiceKind.PARENT,
        definition={"service": "at-province"},
        parameters=(Parameter(name="credit_code", title="代码"),),
        cache_seconds=600,
    )


def through_province(ends: TwoEnds, *, turns: int = 1) -> list[Called]:
    """
    Return what a city's system was given of the province's register, through the city.
    """

    def to_province(message: bytes, *, seconds: float, at: datetime) -> bytes:
        with located(ends.at_province):
            return services.answer_node(node_code=CITY, message=message, at=at)

    before = ports.carry_to_parent_by(to_province)
    try:
        with located(ends.at_city):
            return [ask(credit_code=ENTITY["credit_code"]) for _turn in range(turns)]
    finally:
        ports.carry_to_parent_by(before)
