"""
Base registers: loads, whose word holds, matching, verification, disputes.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.db import connection
from openpyxl import Workbook

from tests.factories.catalogue import AT, NODE
from tests.integration.resources.registers.registers import (
    CIVIL,
    CIVIL_STEWARD,
    CLIENT,
    ENTITY,
    GROUND,
    LI,
    MARKET,
    POLICE,
    POLICE_STEWARD,
    REVIEWER,
    WANG,
    authority,
    load,
    prepare,
    staff,
)
from tongban.foundation import events, looks
from tongban.foundation.actors import Actor, ActorKind
from tongban.foundation.codes import mask_name
from tongban.foundation.errors import InvalidInput, NotPermitted, TooManyRequests
from tongban.foundation.looks import LookAct, LookFilter
from tongban.foundation.worktime import WorkCalendar
from tongban.resources.registers import ports, selectors, services
from tongban.resources.registers.models import (
    Batch,
    Difference,
    DisputeCase,
    Record,
    RecordUse,
    RecordVersion,
    RefusedRow,
    WaitingRow,
)
from tongban.resources.registers.values import (
    AgencyRow,
    Answered,
    DecisionKind,
    DisputeState,
    Ground,
    LoadReport,
    Match,
    RecordState,
    RegisterCode,
)

pytestmark = pytest.mark.django_db
PEOPLE = RegisterCode.POPULATION
CALENDAR = WorkCalendar()


@pytest.fixture(autouse=True)
def registers() -> None:
    prepare()


def one() -> Record:
    return Record.objects.get()


def counts(report: LoadReport) -> tuple[int, ...]:
    """
    Return rows, created, changed, unchanged, refused, disputed, differences.
    """
    return (
        report.rows,
        report.created,
        report.changed,
        report.unchanged,
        report.refused,
        report.disputed,
        report.differences,
    )


class TestLoadFile:
    def test_cleans_what_it_takes(self, tmp_path: Path) -> None:
        report = load(
            tmp_path,
            {
                "id_number": " ５１１６０２９００３０７９１１ ",
                "name": "王 示例",
                "sex": "男",
                "birth_date": "1990年3月7日",
            },
        )

        assert counts(report) == (1, 1, 0, 0, 0, 0, 0)
        assert one().fields == {
            "id_number": "511602199003079111",
            "name": "王示例",
            "sex": "1",
            "birth_date": "1990-03-07",
        }
        assert one().state == RecordState.CONFIRMED

    def test_keeps_nothing_readable_in_the_database(self, tmp_path: Path) -> None:
        load(tmp_path, WANG)

        with connection.cursor() as cursor:
            cursor.execute("SELECT to_jsonb(r)::text, r.fields FROM registers_record r")
            text, sealed = cursor.fetchone()

        for told in (WANG["name"], WANG["id_number"]):
            assert told not in text
            assert told.encode() not in bytes(sealed)

    def test_changes_nothing_when_the_same_file_comes_again(self, tmp_path: Path) -> None:
        load(tmp_path, WANG)

        again = load(tmp_path, WANG)

        assert not again.is_new
        assert (Batch.objects.count(), Record.objects.count()) == (1, 1)

    def test_goes_on_where_it_was_broken_off(self, tmp_path: Path) -> None:
        load(tmp_path, WANG, LI)
        Batch.objects.update(state="RUNNING", lines=1, created=1)
        Record.objects.filter(
            key_index__in=[r.key_index for r in Record.objects.all() if r.fields["name"] == "李示范"]
        ).delete()

        report = load(tmp_path, WANG, LI)

        assert counts(report)[:3] == (2, 2, 0)
        assert Record.objects.count() == 2

    def test_says_of_every_refused_row_why(self, tmp_path: Path) -> None:
        report = load(
            tmp_path,
            {"id_number": "511602199003079112", "name": "王示例"},
            {"id_number": WANG["id_number"]},
            {**LI, "birth_date": "1985-13-01"},
            {"name": "无号码"},
        )

        assert counts(report) == (4, 0, 0, 0, 4, 0, 0)
        assert list(RefusedRow.objects.order_by("line").values_list("line", "problem", "field")) == [
            (1, "KEY_WRONG", "id_number"),
            (2, "FIELD_MISSING", "name"),
            (3, "FIELD_WRONG", "birth_date"),
            (4, "KEY_MISSING", "id_number"),
        ]

    def test_reads_excel_and_csv_headed_by_titles(self, tmp_path: Path) -> None:
        book = Workbook()
        book.active.append(["公民身份号码", "姓名"])
        book.active.append([WANG["id_number"], WANG["name"]])
        book.save(tmp_path / "a.xlsx")
        (tmp_path / "b.csv").write_bytes(
            "公民身份号码,姓名\r\n511602198506129227,李示范\r\n坏行\r\n".encode("gb18030")
        )

        reports = [
            services.load_file(register=PEOPLE, path=tmp_path / name, agency_code=POLICE, actor=NODE, at=AT)
            for name in ("a.xlsx", "b.csv")
        ]

        assert [counts(report)[:5] for report in reports] == [(1, 1, 0, 0, 0), (2, 1, 0, 0, 1)]

    def test_refuses_columns_the_register_does_not_have(self, tmp_path: Path) -> None:
        with pytest.raises(services.RegisterColumnsUnknown):
            load(tmp_path, {**WANG, "blood": "A"})

    def test_is_for_stewards_of_that_agency(self, tmp_path: Path) -> None:
        path = tmp_path / "none.csv"

        with pytest.raises(NotPermitted):
            services.load_file(register=PEOPLE, path=path, agency_code=POLICE, actor=CIVIL_STEWARD, at=AT)


class TestOneSource:
    def test_keeps_the_source_s_word_and_notes_what_others_say(self, tmp_path: Path) -> None:
        load(tmp_path, WANG)

        report = load(tmp_path, {**WANG, "household_address": "别处", "marital_status": "已婚"}, agency=CIVIL)

        assert counts(report) == (1, 0, 1, 0, 0, 0, 1)
        assert one().fields["household_address"] == WANG["household_address"]
        assert one().fields["marital_status"] == "已婚"
        noted = Difference.objects.get()
        assert (noted.field, noted.agency_code, noted.offered) == ("household_address", CIVIL, "别处")
        assert {name: (trace["s"], trace["a"]) for name, trace in one().lineage.items()} == {
            "id_number": (POLICE, True),
            "name": (POLICE, True),
            "household_address": (POLICE, True),
            "marital_status": (CIVIL, True),
        }

    def test_lets_the_source_overrule_others_and_settles_the_difference(self, tmp_path: Path) -> None:
        load(tmp_path, {**WANG, "household_address": "别处"}, agency=CIVIL)
        assert one().state == RecordState.UNCONFIRMED

        load(tmp_path, WANG)
        report = load(tmp_path, {**WANG, "mobile": ""}, agency=CIVIL)

        assert one().state == RecordState.CONFIRMED
        assert one().fields["household_address"] == WANG["household_address"]
        assert counts(report)[-1] == 0
        version = RecordVersion.objects.get()
        assert (version.number, version.changed, version.fields["household_address"]) == (
            1,
            ["household_address"],
            "别处",
        )
        assert one().version == 2

    def test_lets_the_registrar_of_the_code_s_first_character_speak(self, tmp_path: Path) -> None:
        load(tmp_path, ENTITY, register=RegisterCode.ENTITY, agency=MARKET)

        report = load(
            tmp_path, {**ENTITY, "legal_representative": "别人"}, register=RegisterCode.ENTITY, agency=CIVIL
        )

        assert one().fields["legal_representative"] == "孙创业"
        assert counts(report)[-1] == 1


class TestMatching:
    def test_finds_an_entity_by_its_old_number(self, tmp_path: Path) -> None:
        load(
            tmp_path,
            {**ENTITY, "registration_number": "511602000012345"},
            register=RegisterCode.ENTITY,
            agency=MARKET,
        )

        report = load(
            tmp_path,
            {"credit_code": "511602000012345", "status": "存续"},
            register=RegisterCode.ENTITY,
            agency=MARKET,
        )

        assert counts(report)[:3] == (1, 0, 1)
        assert one().fields["status"] == "存续"

    def test_leaves_a_wrong_number_with_a_known_name_and_birth_to_a_person(self, tmp_path: Path) -> None:
        load(tmp_path, WANG)
        wrong = {
            "id_number": "511602199003079112",
            "name": "王示例",
            "birth_date": "19900307",
            "marital_status": "未婚",
        }

        report = load(tmp_path, wrong, agency=CIVIL)

        row = WaitingRow.objects.get()
        assert counts(report)[5] == 1
        assert (row.reason, row.candidates) == ("KEY_WRONG", [one().id])
        with pytest.raises(NotPermitted):
            decide(row, DecisionKind.MERGE, POLICE_STEWARD)
        decide(row, DecisionKind.MERGE, CIVIL_STEWARD)
        assert one().fields["marital_status"] == "未婚"
        assert WaitingRow.objects.get().offered is None
        with pytest.raises(services.WaitingRowDecided):
            decide(row, DecisionKind.MERGE, REVIEWER)

    def test_leaves_another_name_for_a_known_number_to_a_person(self, tmp_path: Path) -> None:
        load(tmp_path, WANG)

        load(tmp_path, {**WANG, "name": "王改名"}, agency=CIVIL)

        row = WaitingRow.objects.get()
        assert row.reason == "IDENTITY_DIFFERS"
        with pytest.raises(InvalidInput):
            decide(row, DecisionKind.DISCARD, REVIEWER, words="")
        decide(row, DecisionKind.DISCARD, REVIEWER, words="号码录错")
        assert (one().fields["name"], one().version) == ("王示例", 1)

    def test_takes_a_new_name_from_the_police(self, tmp_path: Path) -> None:
        load(tmp_path, WANG)

        load(tmp_path, {**WANG, "name": "王改名"})

        assert (one().fields["name"], one().version) == ("王改名", 2)


def decide(row: WaitingRow, decision: DecisionKind, actor: Actor, *, words: str = "核对原件") -> None:
    services.decide_waiting_row(
        row_id=row.id,
        decision=decision,
        record_id=row.candidates[0] if row.candidates else None,
        words=words,
        actor=actor,
        at=AT,
    )


def ask(
    actor: Actor = CLIENT, *, key: str = WANG["id_number"], ground: Ground = GROUND, **claims: str
) -> dict[str, Match]:
    answered = services.verify(register=PEOPLE, key=key, claims=claims, ground=ground, actor=actor, at=AT)
    return dict(answered.answers)


class TestVerify:
    @pytest.fixture(autouse=True)
    def loaded(self, registers: None, tmp_path: Path) -> None:
        load(tmp_path, WANG)

    def test_answers_yes_no_or_unknown(self) -> None:
        assert ask(name="王 示例", household_address="别处", marital_status="已婚") == {
            "name": Match.YES,
            "household_address": Match.NO,
            "marital_status": Match.UNKNOWN,
        }

    def test_answers_nothing_to_who_does_not_know_the_name(self) -> None:
        assert ask(name="李四", household_address=WANG["household_address"]) == {
            "name": Match.NO,
            "household_address": Match.UNKNOWN,
        }

    def test_says_unknown_of_somebody_it_does_not_have(self) -> None:
        assert ask(key=LI["id_number"], name="李示范") == {"name": Match.UNKNOWN}
        assert RecordUse.objects.get().record_id is None

    def test_writes_down_who_asked_and_why_but_not_what_was_answered(self) -> None:
        person = uuid4()
        put_back = ports.know_people_by(Known({WANG["id_number"]: person}))

        ask(name="王示例")
        put_back()

        use = RecordUse.objects.get()
        assert (use.used_by, use.agency_code, use.fields, use.legal_basis) == (
            "hr-system",
            CIVIL,
            ["name"],
            GROUND.legal_basis,
        )
        assert len(use.digest) == 32
        ledger = looks.looks_at(principal_id=str(person), wanted=LookFilter())
        assert [(row.act, row.agency_code) for row in ledger.items] == [(LookAct.USED, CIVIL)]

    def test_stops_answering_who_guesses(self) -> None:
        for number in range(5):
            ask(name=f"猜{number}")

        with pytest.raises(TooManyRequests):
            ask(name="王示例")
        assert ask(CIVIL_STEWARD, ground=Ground(purpose="SUPERVISION"), name="王示例") == {"name": Match.YES}

    @pytest.mark.parametrize(
        "actor",
        [
            Actor(kind=ActorKind.CLIENT, id="other", agency_code=CIVIL),
            Actor(kind=ActorKind.PERSON, id="p", person_id=str(UUID(int=1))),
            staff("none", agency=CIVIL),
        ],
    )
    def test_refuses_who_has_no_business_to_ask(self, actor: Actor) -> None:
        with pytest.raises(NotPermitted):
            ask(actor, name="王示例")

    def test_asks_clerks_for_a_case_and_everybody_for_a_purpose(self) -> None:
        clerk = staff("clerk", agency=CIVIL, posts="ACCEPTANCE")

        with pytest.raises(NotPermitted):
            ask(clerk, ground=Ground(purpose="ACCEPTANCE"), name="王示例")
        with pytest.raises(services.CaseNotKnown):
            ask(clerk, name="王示例")
        with pytest.raises(InvalidInput):
            ask(ground=Ground(purpose=""), name="王示例")


class TestReadFields:
    def test_opens_exactly_what_was_granted(self, tmp_path: Path) -> None:
        load(tmp_path, WANG)
        granted = authority("name", "household_address")

        read = services.read_fields(
            register=PEOPLE, key=WANG["id_number"], fields=["name"], authority=granted, actor=CLIENT, at=AT
        )

        assert (read.is_found, read.fields, read.version) == (True, {"name": "王示例"}, 1)
        assert (read.lineage["name"].agency_name, read.lineage["name"].is_authoritative) == (
            "区公安分局",
            True,
        )
        with pytest.raises(services.FieldsNotOpened):
            services.read_fields(
                register=PEOPLE, key=WANG["id_number"], fields=["sex"], authority=granted, actor=CLIENT, at=AT
            )
        with pytest.raises(services.AuthorityExpired):
            services.read_fields(
                register=PEOPLE,
                key=WANG["id_number"],
                fields=["name"],
                authority=granted,
                actor=CLIENT,
                at=AT + timedelta(days=31),
            )

    def test_goes_through_a_register_piece_by_piece(self, tmp_path: Path) -> None:
        load(tmp_path, WANG, LI)
        granted = authority("name")
        asked = {
            "register": PEOPLE,
            "limit": 1,
            "fields": ["name"],
            "authority": granted,
            "actor": CLIENT,
            "at": AT,
        }

        first = services.rows_after(after="", **asked)  # type: ignore[arg-type]
        second = services.rows_after(after=first.next, **asked)  # type: ignore[arg-type]
        third = services.rows_after(after=second.next, **asked)  # type: ignore[arg-type]

        assert {row.fields["name"] for row in (*first.rows, *second.rows)} == {"王示例", "李示范"}
        assert (third.rows, third.next) == ((), "")


class Known:
    """
    Knows a few people.
    """

    def __init__(self, people: dict[str, UUID]) -> None:
        self.people = people

    def holder_of(self, number: str) -> UUID | None:
        return self.people.get(number)

    def number_of(self, person_id: UUID) -> str | None:
        return next((number for number, each in self.people.items() if each == person_id), None)


class TestDispute:
    @pytest.fixture(autouse=True)
    def told(self, registers: None, tmp_path: Path) -> Iterator[list[ports.DisputeNotice]]:
        load(tmp_path, WANG)
        self.person = uuid4()
        self.citizen = Actor(kind=ActorKind.PERSON, id="account", person_id=str(self.person))
        self.notices: list[ports.DisputeNotice] = []
        self.corrections: list[ports.RecordCorrection] = []
        put_back = ports.know_people_by(Known({WANG["id_number"]: self.person}))
        ports.tell_by(self.notices.append)
        ports.tell_users_by(self.corrections.append)
        yield self.notices
        put_back()
        ports.tell_by(lambda _notice: None)
        ports.tell_users_by(lambda _correction: None)

    def file(self, actor: Actor | None = None, *, key: str = "", field: str = "household_address") -> str:
        return services.file_dispute(
            register=PEOPLE,
            key=key,
            field=field,
            proposed="广安市广安区新居路2号" if field == "household_address" else "",
            words="已于去年迁居，有户口簿",
            actor=actor or self.citizen,
            at=AT,
            calendar=CALENDAR,
        ).number

    def answer(self, number: str, finding: Answered, *, actor: Actor = POLICE_STEWARD) -> None:
        services.answer_dispute(
            number=number,
            finding=finding,
            correction="广安市广安区新居路2号",
            words="经核实",
            actor=actor,
            at=AT + timedelta(days=1),
        )

    def test_corrects_the_datum_and_tells_who_used_it(self) -> None:
        ask(name="王示例")
        ask(name="王示例", household_address="广安市广安区演示路1号")
        number = self.file()

        self.answer(number, Answered.ACCEPT)
        events.deliver_all(at=AT + timedelta(days=2))

        dispute = DisputeCase.objects.get()
        assert (dispute.state, dispute.due.isoformat(), dispute.version) == (
            DisputeState.ACCEPTED,
            "2026-12-07",
            2,
        )
        assert one().fields["household_address"] == "广安市广安区新居路2号"
        assert one().lineage["household_address"]["s"] == POLICE
        assert [(n.what, n.agency_code, n.person_id) for n in self.notices] == [
            ("FILED", POLICE, None),
            ("ANSWERED", "", self.person),
        ]
        correction = self.corrections[0]
        assert (correction.fields, [user.actor_id for user in correction.users]) == (
            ("household_address",),
            ["hr-system"],
        )

    def test_leaves_the_datum_with_a_reason(self) -> None:
        self.answer(self.file(), Answered.REJECT)

        assert (one().version, DisputeCase.objects.get().answer) == (1, "经核实")

    def test_is_answered_by_the_source_alone_and_once(self) -> None:
        number = self.file()

        with pytest.raises(NotPermitted):
            self.answer(number, Answered.REJECT, actor=CIVIL_STEWARD)
        self.answer(number, Answered.REJECT)
        with pytest.raises(services.DisputeAnswered):
            self.answer(number, Answered.ACCEPT)

    def test_is_filed_of_oneself_or_by_an_agency_once_at_a_time(self) -> None:
        self.file()

        with pytest.raises(services.AlreadyDisputed):
            self.file()
        with pytest.raises(services.NothingToDispute):
            self.file(field="mobile")
        with pytest.raises(services.NothingToDispute):
            self.file(Actor(kind=ActorKind.PERSON, id="other", person_id=str(uuid4())))
        assert self.file(CIVIL_STEWARD, key=WANG["id_number"])

    def test_reminds_the_source_and_calls_in_others_when_late(self) -> None:
        self.file()

        pressed = [
            services.press_disputes(at=AT + timedelta(days=days), calendar=CALENDAR)
            for days in (1, 12, 13, 15, 16)
        ]

        assert pressed == [0, 1, 0, 1, 0]
        assert [notice.what for notice in self.notices] == ["FILED", "DUE_SOON", "LATE"]


class TestDemonstration:
    def test_loads_once_with_something_for_everybody_to_do(self, tmp_path: Path) -> None:
        area = Path(__file__).parents[4] / "data/guangan"
        services.load_agencies(rows=services.read_rows(area / "agencies.jsonl", AgencyRow), actor=NODE, at=AT)

        first = services.load_demo_registers(path=area / "registers", actor=NODE, at=AT, calendar=CALENDAR)
        again = services.load_demo_registers(path=area / "registers", actor=NODE, at=AT, calendar=CALENDAR)

        assert (first, again) == (8, 0)
        assert (Record.objects.filter(register=PEOPLE).count(), DisputeCase.objects.count()) == (12, 1)
        assert set(WaitingRow.objects.values_list("reason", flat=True)) == {"KEY_WRONG", "IDENTITY_DIFFERS"}
        assert (RefusedRow.objects.count(), Difference.objects.count()) == (1, 1)


class TestPages:
    def test_say_how_the_registers_stand(self, tmp_path: Path) -> None:
        load(tmp_path, WANG, {"name": "无号码"})
        load(tmp_path, {**WANG, "household_address": "别处"}, agency=CIVIL)

        people = selectors.register_states(actor=REVIEWER)[0]

        assert (people.records, people.differences, people.waiting) == (1, 1, 0)
        batch = selectors.batches(actor=REVIEWER).items[-1]
        assert [str(row.problem) for row in selectors.refused_rows(batch_id=batch.id, actor=REVIEWER)] == [
            "没有主键，也匹配不到已有记录"
        ]
        with pytest.raises(NotPermitted):
            selectors.register_states(actor=CLIENT)

    def test_show_a_record_masked_with_where_it_comes_from(self, tmp_path: Path) -> None:
        load(tmp_path, WANG)

        shown = services.look_at_record(
            register=PEOPLE, key=WANG["id_number"], purpose="SUPERVISION", words="", actor=REVIEWER, at=AT
        )

        values = {field.name: field.value for field in shown.fields}
        assert values["name"] == mask_name("王示例")
        assert WANG["id_number"] not in values["id_number"]
        assert shown.fields[0].origin is not None
        assert shown.fields[0].origin.agency_name == "区公安分局"
        assert RecordUse.objects.get().act == "LOOKED"
        with pytest.raises(InvalidInput):
            services.look_at_record(
                register=PEOPLE, key=WANG["id_number"], purpose="", words="", actor=REVIEWER, at=AT
            )
        with pytest.raises(NotPermitted):
            services.look_at_record(
                register=PEOPLE, key=WANG["id_number"], purpose="SUPERVISION", words="", actor=CLIENT, at=AT
            )
