import threading
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from tests.integration.business.licences.conftest import (
    AT,
    CLERK,
    COMPANY,
    DECIDER,
    ISSUER,
    LI,
    LONG_TERM,
    ONLY_ONE,
    OTHER_AGENCY,
    SEVERAL,
    ZHANG,
    holder,
    issue,
    load_types,
    type_row,
)
from tongban.business.licences.models import Licence, LicenceEvent, LicenceType
from tongban.business.licences.permissions import LicenceNotFound
from tongban.business.licences.rules import parsed_identifier
from tongban.business.licences.services import (
    HolderNotAllowed,
    LicenceIsSuspended,
    LicenceTypeInvalid,
    UnknownLicenceType,
    amend_licence,
    issue_licence,
    load_licence_types,
    suspend_licence,
)
from tongban.foundation.actors import ANONYMOUS, Actor, system_actor
from tongban.foundation.errors import InvalidInput, NotPermitted
from tongban.foundation.models import Announcement, AuditEntry

pytestmark = pytest.mark.django_db


@pytest.mark.usefixtures("types")
class TestIssueLicence:
    def test_gives_it_an_identifier_whose_check_character_holds(self) -> None:
        receipt = issue()

        parsed = parsed_identifier(receipt.identifier)
        assert parsed is not None
        assert (parsed.type_code, parsed.issuer_code, parsed.version) == (SEVERAL, ISSUER, 1)
        assert parsed.serial.startswith("2026")
        assert receipt.number == f"511602001{parsed.serial}"

    def test_counts_the_period_from_the_day_of_issue_in_china(self) -> None:
        receipt = issue(at=AT.replace(hour=17))

        assert (receipt.valid_from, receipt.valid_until) == (date(2026, 11, 22), date(2027, 11, 22))

    def test_has_no_end_where_the_type_says_so_unless_the_decision_sets_one(self) -> None:
        assert issue(LONG_TERM, holder=COMPANY).valid_until is None

        assert issue(LONG_TERM, case_number="C-2", holder=COMPANY, validity_months=6).valid_until == date(
            2027, 5, 21
        )

    def test_fills_the_face_from_holder_and_form_and_nothing_else(self) -> None:
        issue()

        lines = Licence.objects.get().face
        assert [(line["key"], line["value"]) for line in lines] == [
            ("holder_name", "张小三"),
            ("holder_code", "11010519491231002X"),
            ("venue", "示例大酒店"),
            ("home", "示例路1号"),
        ]

    def test_keeps_personal_data_unreadable_in_the_database(self) -> None:
        issue()

        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT l::text || encode(holder_name, 'escape') || encode(holder_code, 'escape')"
                " || encode(face, 'escape') FROM licences_licence l"
            )
            (row,) = cursor.fetchone()
        for personal in ("张小三", "11010519491231002X", "示例路1号"):
            assert personal not in row
        assert "11010519491231002X" not in str(AuditEntry.objects.values_list("facts", flat=True))
        assert "11010519491231002X" not in str(Announcement.objects.values_list("payload", flat=True))

    def test_leaves_event_audit_entry_announcement_and_job(self) -> None:
        receipt = issue()

        event = LicenceEvent.objects.get()
        assert (event.kind, event.case_number, event.actor_id) == ("ISSUED", "C-1", "decider")
        assert AuditEntry.objects.get(action="licences.licence.issued").subject == receipt.identifier
        fact = Announcement.objects.get(topic="licences.licence_issued")
        assert (fact.key, fact.payload["person_id"]) == (receipt.number, "zhang")
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT args->>'licence_id' FROM procrastinate_jobs WHERE task_name = %s",
                ["licences.render_licence"],
            )
            assert cursor.fetchall() == [(str(receipt.id),)]

    def test_gives_the_same_licence_when_repeated_for_the_case(self) -> None:
        first = issue()

        second = issue(at=AT + timedelta(minutes=1))

        assert second == first
        assert Licence.objects.count() == 1
        assert LicenceEvent.objects.count() == 1

    def test_gives_a_holder_several_where_the_type_allows(self) -> None:
        first, second = issue(), issue(case_number="C-2")

        assert first.number != second.number
        assert Licence.objects.filter(status="VALID").count() == 2

    def test_gives_an_only_licence_a_new_version_instead_of_a_second_one(self) -> None:
        first = issue(ONLY_ONE)

        second = issue(ONLY_ONE, case_number="C-2")

        assert (second.version, second.number) == (2, first.number)
        old, new = Licence.objects.order_by("version")
        assert (old.status, new.status, new.replaces) == ("REPLACED", "VALID", first.identifier)
        assert (
            Announcement.objects.get(topic="licences.licence_replaced").payload["replaced_by"]
            == second.identifier
        )

    def test_begins_a_new_chain_where_another_agency_issues_the_only_licence(self) -> None:
        first = issue(ONLY_ONE)

        second = issue(ONLY_ONE, case_number="C-2", issuer_code=OTHER_AGENCY.agency_code, actor=OTHER_AGENCY)

        assert second.version == 1
        assert Licence.objects.get(identifier=second.identifier).replaces == first.identifier

    def test_leaves_another_holders_only_licence_alone(self) -> None:
        issue(ONLY_ONE)

        issue(ONLY_ONE, case_number="C-2", holder=holder(code="440524188001010014", person_id="li"))

        assert Licence.objects.filter(status="VALID").count() == 2

    def test_refuses_to_replace_a_suspended_licence(self) -> None:
        first = issue(ONLY_ONE)
        suspend_licence(identifier=first.identifier, reason="核查", legal_basis="x", actor=DECIDER, at=AT)

        with pytest.raises(LicenceIsSuspended):
            issue(ONLY_ONE, case_number="C-2")

        assert Licence.objects.get().status == "SUSPENDED"

    def test_writes_the_division_into_the_identifier_where_the_agencys_code_is_none(self) -> None:
        issuer = Actor(kind=DECIDER.kind, id="d", agency_code="无码")

        receipt = issue(issuer_code="无码", actor=issuer)

        parsed = parsed_identifier(receipt.identifier)
        assert parsed is not None
        assert parsed.issuer_code == "511602"

    @pytest.mark.parametrize("actor", [ANONYMOUS, ZHANG, LI, OTHER_AGENCY])
    def test_refuses_everybody_but_the_issuing_agency(self, actor: Actor) -> None:
        with pytest.raises(NotPermitted):
            issue(actor=actor)

        assert not Licence.objects.exists()

    def test_lets_the_node_issue_for_the_agency(self) -> None:
        assert issue(actor=system_actor("casework.decide")).version == 1

    def test_refuses_an_unknown_type(self) -> None:
        with pytest.raises(UnknownLicenceType):
            issue("11510100MB1500000X999")

    def test_refuses_a_holder_the_type_is_not_for(self) -> None:
        with pytest.raises(HolderNotAllowed):
            issue(LONG_TERM)

        assert not Licence.objects.exists()


@pytest.mark.django_db(transaction=True)
class TestIssueUnderConcurrency:
    def test_refuses_to_run_outside_a_transaction(self) -> None:
        load_types()

        with pytest.raises(RuntimeError):
            issue_licence(
                type_code=SEVERAL, holder=holder(), face={}, issuer_code=ISSUER, issuer_name="x",
                division_code="511602000000", case_number="C", actor=DECIDER, at=AT,
            )  # fmt: skip

    def run(self, count: int, work: Any) -> list[Exception]:
        errors: list[Exception] = []

        def guarded(number: int) -> None:
            try:
                work(number)
            except Exception as error:  # noqa: BLE001 - reported to the test
                errors.append(error)
            finally:
                connection.close()

        threads = [threading.Thread(target=guarded, args=(number,)) for number in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return errors

    def test_never_gives_two_licences_one_identifier(self) -> None:
        load_types()

        def work(number: int) -> None:
            for turn in range(10):
                issue(case_number=f"C-{number}-{turn}")

        errors = self.run(8, work)

        identifiers = list(Licence.objects.values_list("identifier", flat=True))
        assert errors == []
        assert (len(identifiers), len(set(identifiers))) == (80, 80)
        assert all(parsed_identifier(identifier) is not None for identifier in identifiers)

    def test_issues_once_for_one_case_however_many_ask(self) -> None:
        load_types()

        errors = self.run(8, lambda _number: issue())

        assert errors == []
        assert Licence.objects.count() == 1
        assert LicenceEvent.objects.count() == 1

    def test_keeps_one_current_version_of_an_only_licence(self) -> None:
        load_types()

        errors = self.run(8, lambda number: issue(ONLY_ONE, case_number=f"C-{number}"))

        assert errors == []
        assert sorted(Licence.objects.values_list("version", flat=True)) == [1, 2, 3, 4, 5, 6, 7, 8]
        assert Licence.objects.get(status="VALID").version == 8


@pytest.mark.usefixtures("types")
class TestAmendLicence:
    def amend(self, identifier: str, **changes: Any) -> Any:
        told: dict[str, Any] = {
            "face": {"venue": "新店名"},
            "case_number": "C-9",
            "reason": "持证人申请变更",
            "legal_basis": "《行政许可法》第四十九条",
            "actor": DECIDER,
            "at": AT,
        } | changes
        return amend_licence(identifier=identifier, **told)

    def test_makes_a_new_version_with_the_same_number_and_period(self) -> None:
        first = issue()

        second = self.amend(first.identifier)

        assert (second.version, second.number, second.valid_until) == (2, first.number, first.valid_until)
        new = Licence.objects.get(version=2)
        assert [line["value"] for line in new.face] == ["张小三", "11010519491231002X", "新店名", "示例路1号"]
        assert Licence.objects.get(version=1).status == "REPLACED"

    def test_writes_down_why(self) -> None:
        first = issue()

        self.amend(first.identifier)

        events = LicenceEvent.objects.order_by("id").values_list(
            "kind", "reason", "legal_basis", "case_number"
        )
        assert list(events)[1:] == [
            ("REPLACED", "持证人申请变更", "《行政许可法》第四十九条", "C-9"),
            ("ISSUED", "持证人申请变更", "《行政许可法》第四十九条", "C-9"),
        ]

    @pytest.mark.parametrize(
        ("changes", "fields"),
        [
            ({"reason": " "}, ["reason"]),
            ({"legal_basis": ""}, ["legal_basis"]),
            ({"case_number": " "}, ["case_number"]),
            ({"case_number": "C-1"}, ["case_number"]),
            ({"case_number": "C" * 51}, ["case_number"]),
            ({"face": {}}, ["face"]),
            ({"face": {"venue": "示例大酒店"}}, ["face"]),
            ({"face": {"nothing": "x"}}, ["nothing"]),
            ({"face": {"holder_name": "别人"}}, ["holder_name"]),
            ({"face": {"holder_code": "x"}}, ["holder_code"]),
            ({"face": {"venue": " "}}, ["venue"]),
            ({"face": {"venue": "长" * 501}}, ["venue"]),
        ],
    )
    def test_refuses_what_cannot_be_and_changes_nothing(
        self, changes: dict[str, Any], fields: list[str]
    ) -> None:
        first = issue()

        with pytest.raises(InvalidInput) as refusal:
            self.amend(first.identifier, **changes)

        assert sorted(refusal.value.fields) == fields
        assert Licence.objects.get().status == "VALID"

    def test_refuses_the_case_of_another_licence(self) -> None:
        first = issue()
        issue(case_number="C-2")

        with pytest.raises(InvalidInput) as refusal:
            self.amend(first.identifier, case_number="C-2")

        assert list(refusal.value.fields) == ["case_number"]

    def test_begins_a_new_period_where_one_is_given(self) -> None:
        first = issue()

        later = AT + timedelta(days=30)
        second = self.amend(first.identifier, validity_months=24, at=later)

        assert (second.valid_from, second.valid_until) == (date(2026, 12, 21), date(2028, 12, 21))

    def test_gives_the_same_version_when_repeated_for_the_case(self) -> None:
        first = issue()

        assert self.amend(first.identifier) == self.amend(first.identifier)
        assert Licence.objects.count() == 2

    def test_refuses_a_version_that_was_replaced(self) -> None:
        first = issue()
        self.amend(first.identifier)

        with pytest.raises(LicenceNotFound):
            self.amend(first.identifier, case_number="C-10")

    @pytest.mark.parametrize(
        ("actor", "refusal"),
        [(ZHANG, NotPermitted), (CLERK, NotPermitted), (OTHER_AGENCY, LicenceNotFound)],
    )
    def test_is_for_deciders_of_the_issuer(self, actor: Actor, refusal: type[Exception]) -> None:
        first = issue()

        with pytest.raises(refusal):
            self.amend(first.identifier, actor=actor)

        assert Licence.objects.get().status == "VALID"

    def test_refuses_an_identifier_that_is_none(self) -> None:
        with pytest.raises(LicenceNotFound):
            self.amend("nothing")


class TestLoadLicenceTypes:
    def load(self, *rows: dict[str, Any]) -> Any:
        return load_licence_types(rows=rows, actor=system_actor("tests"), at=AT)

    def test_loads_once_and_counts_a_version_for_a_change(self) -> None:
        self.load(type_row(SEVERAL))

        again = self.load(type_row(SEVERAL))
        changed = self.load(type_row(SEVERAL, name="新名称"))

        assert (again.added, again.changed, again.unchanged) == (0, 0, 1)
        assert (changed.added, changed.changed, changed.unchanged) == (0, 1, 0)
        kind = LicenceType.objects.get()
        assert (kind.name, kind.version) == ("新名称", 2)

    @pytest.mark.parametrize(
        "row",
        [
            {},
            type_row("123"),
            type_row("11510100MB1500000X0 1"),
            type_row(SEVERAL, face="x"),
            type_row(SEVERAL, face=[{"label": "no key"}]),
            type_row(SEVERAL, validity_months="12"),
            type_row(SEVERAL, name=None),
        ],
    )
    def test_refuses_a_bad_row_and_loads_none(self, row: dict[str, Any]) -> None:
        with pytest.raises(LicenceTypeInvalid):
            self.load(type_row(ONLY_ONE), row)

        assert not LicenceType.objects.exists()

    def test_is_for_the_node_only(self) -> None:
        with pytest.raises(NotPermitted):
            load_licence_types(rows=[], actor=DECIDER, at=AT)


@pytest.mark.usefixtures("types")
class TestLicenceEvent:
    def test_cannot_be_changed(self) -> None:
        issue()

        with (
            pytest.raises(DatabaseError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute("DELETE FROM licences_licenceevent")
