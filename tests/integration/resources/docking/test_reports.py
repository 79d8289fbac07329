"""
Reports of an agency's own system: each has its effect once, in order, and none is lost.
"""

from datetime import timedelta
from typing import Any

import pytest

from tests.factories import casework as make
from tests.factories import docking as dock
from tests.factories.docking import AT, settle, tell
from tongban.business.casework.models import Case, CaseEvent
from tongban.business.handling.models import Dossier, WorkItem
from tongban.business.licences.models import Licence
from tongban.foundation.actors import system_actor
from tongban.foundation.errors import InvalidInput, NotPermitted
from tongban.resources.docking import ports, services
from tongban.resources.docking.models import DockedCase, DockedSystem, DockMessage
from tongban.resources.docking.services import alarming
from tongban.resources.docking.values import CorrectionAsked, MessageState, ReportKind, TakesFrom

LOOKER = system_actor("tests")
pytestmark = pytest.mark.django_db


@pytest.fixture
def alarmed(monkeypatch: pytest.MonkeyPatch) -> list[ports.SystemAlarm]:
    """
    Keep the alarms that operators are told of.
    """
    alarms: list[ports.SystemAlarm] = []
    monkeypatch.setattr(ports._wiring, "teller", alarms.append)
    return alarms


def kinds(number: str) -> list[str]:
    return list(CaseEvent.objects.filter(case_number=number).order_by("seq").values_list("kind", flat=True))


def told(system: DockedSystem) -> list[tuple[str, str]]:
    return list(
        DockMessage.objects.filter(system=system, direction="OUT")
        .order_by("number")
        .values_list("kind", "event")
    )


class TestGiving:
    def test_gives_an_accepted_case_in_clear_and_leaves_nothing_to_the_desk(self) -> None:
        system = dock.live()

        number = dock.given()

        message = DockMessage.objects.get(direction="OUT", kind="CASE")
        assert message.content["case"]["applyer_page_code"] == make.APPLICANT.id_number
        assert message.content["case"]["form"] == make.FORM
        assert told(system) == [("CASE", "ACCEPTED")]
        assert Dossier.objects.get(pk=number).state == "ELSEWHERE"
        assert not WorkItem.objects.open().filter(dossier_id=number).exists()

    def test_gives_a_case_at_submission_where_the_system_accepts_itself(self) -> None:
        system = dock.live(takes_from=TakesFrom.SUBMISSION)
        make.publish()
        number = make.submit().case_number
        settle()

        receipt = tell(system, number, ReportKind.ACCEPTED)
        settle()

        assert receipt.state == MessageState.APPLIED
        assert told(system) == [("CASE", "SUBMITTED"), ("CASE", "ACCEPTED")]
        assert Case.objects.get(number=number).status == "ACCEPTED"
        assert Dossier.objects.get(pk=number).state == "ELSEWHERE"

    def test_leaves_items_to_the_desk_that_the_system_does_not_handle(self) -> None:
        dock.live(items=["other-item"])

        number = dock.given()

        assert not DockedCase.objects.exists()
        assert WorkItem.objects.open().filter(dossier_id=number).exists()

    def test_takes_cases_back_when_the_system_is_suspended(self) -> None:
        dock.live()
        number = dock.given()

        returned = services.suspend(code=dock.CODE, reason="升级", actor=dock.operator(), at=AT)
        settle()

        item = WorkItem.objects.open().get(dossier_id=number)
        assert returned == 1
        assert item.stage == "REVIEW"
        assert Dossier.objects.get(pk=number).state == "OPEN"


class TestReports:
    def test_give_the_licence_the_number_of_the_system(self) -> None:
        system = dock.live()
        number = dock.given()

        receipt = tell(
            system,
            number,
            ReportKind.GRANTED,
            opinion="准予",
            certificate_number="川卫公证字〔2026〕第0012号",
        )

        assert receipt.is_good, receipt
        licence = Licence.objects.get(case_number=number)
        assert licence.number == "川卫公证字〔2026〕第0012号"
        assert licence.identifier.startswith("1.2.156.")

    def test_are_refused_where_the_number_is_another_licences(self) -> None:
        system = dock.live()
        first, second = dock.given(), make.submit("test-permit").case_number
        settle()
        make.accept(second)
        settle()
        tell(system, first, ReportKind.GRANTED, opinion="准予", certificate_number="0012")

        taken = tell(system, second, ReportKind.GRANTED, opinion="准予", certificate_number="0012")
        long = tell(system, second, ReportKind.GRANTED, opinion="准予", certificate_number="9" * 61)

        assert (taken.state, taken.code) == (MessageState.REFUSED, "licence_number_taken")
        assert (long.state, long.code) == (MessageState.REFUSED, "invalid_input")
        assert "GRANTED" not in kinds(second)

    def test_lead_a_case_to_its_licence(self) -> None:
        system = dock.live()
        number = dock.given()

        tell(system, number, ReportKind.STEP, step_name="现场核查", outcome="PASS", opinion="符合")
        receipt = tell(system, number, ReportKind.GRANTED, opinion="准予许可")
        settle()

        assert receipt.state == MessageState.APPLIED
        assert kinds(number) == [
            "SUBMITTED",
            "ACCEPTED",
            "REVIEWED",
            "GRANTED",
            "ISSUED",
            "DELIVERED",
            "CLOSED",
        ]
        review = CaseEvent.objects.get(case_number=number, kind="REVIEWED")
        assert (review.actor_kind, review.actor_name) == ("CLIENT", "周审查")
        assert review.data["stage_name"] == "现场核查"
        assert told(system) == [
            ("CASE", "ACCEPTED"),
            ("CHANGED", "GRANTED"),
            ("CHANGED", "ISSUED"),
            ("CHANGED", "DELIVERED"),
        ]
        issued = DockMessage.objects.get(event="ISSUED")
        assert issued.content["data"]["identifier"].startswith("1.2.156")
        assert DockedCase.objects.get(pk=number).ended_at == AT

    def test_have_their_effect_once(self) -> None:
        system = dock.live()
        number = dock.given()
        words = {"step_name": "审查", "outcome": "PASS"}
        first = tell(system, number, ReportKind.STEP, **words)

        again = tell(system, number, ReportKind.STEP, **words)

        assert (first.is_repeated, again.is_repeated) == (False, True)
        assert again.state == MessageState.APPLIED
        assert kinds(number).count("REVIEWED") == 1
        message = DockMessage.objects.get(direction="IN")
        assert [line[1] for line in message.story] == ["received", "applied", "repeated"]

    def test_refuse_other_words_under_an_id_that_was_applied(self) -> None:
        system = dock.live()
        number = dock.given()
        tell(system, number, ReportKind.STEP, step_name="审查", outcome="PASS")

        receipt = tell(system, number, ReportKind.STEP, step_name="审查", outcome="RETURN")

        assert (receipt.state, receipt.code) == (MessageState.REFUSED, "message_id_reused")
        assert kinds(number).count("REVIEWED") == 1

    def test_may_come_again_corrected_where_they_were_refused(self) -> None:
        system = dock.live()
        number = dock.given()
        refused = tell(system, number, ReportKind.REFUSED, reason="不符合条件")

        corrected = tell(system, number, ReportKind.REFUSED, reason="不符合条件", legal_basis=["条例第四条"])

        assert (refused.code, refused.text) == ("missing", "缺少必填内容：legal_basis")
        assert corrected.state == MessageState.APPLIED
        assert kinds(number)[-3:] == ["REFUSED", "DELIVERED", "CLOSED"]
        assert list(DockMessage.objects.filter(direction="IN").values_list("version", "state")) == [
            (1, "REFUSED"),
            (2, "APPLIED"),
        ]

    def test_follow_special_procedures_and_extensions(self) -> None:
        system = dock.live()
        number = dock.given()

        states = [
            tell(
                system,
                number,
                ReportKind.PROCEDURE_BEGINS,
                procedure="专家评审",
                reason="技术复杂",
                legal_basis=["行政许可法第四十五条"],
                days=10,
            ).state,
            tell(system, number, ReportKind.PROCEDURE_ENDS, result="通过").state,
            tell(system, number, ReportKind.EXTENDED, days=5, reason="情况复杂").state,
        ]

        assert states == [MessageState.APPLIED] * 3
        stop = CaseEvent.objects.get(case_number=number, kind="CLOCK_STOPPED")
        assert stop.data["type"] == "EXPERT_REVIEW"
        assert kinds(number)[2:] == ["CLOCK_STOPPED", "CLOCK_RESUMED", "EXTENDED"]

    def test_ask_for_corrections_by_the_names_of_materials(self) -> None:
        system = dock.live(takes_from=TakesFrom.SUBMISSION)
        make.publish()
        number = make.submit().case_number
        settle()

        receipt = tell(
            system,
            number,
            ReportKind.CORRECTION,
            items=[CorrectionAsked(name="公共场所平面图", reason="不清晰")],
        )

        event = CaseEvent.objects.get(case_number=number, kind="CORRECTION_REQUESTED")
        assert receipt.state == MessageState.APPLIED
        assert event.data["items"][0]["material_code"] == "floor_plan"

    def test_are_refused_with_the_code_of_the_statutory_life(self) -> None:
        system = dock.live()
        number = dock.given()

        receipt = tell(system, number, ReportKind.PROCEDURE_ENDS, result="无")

        assert receipt.state == MessageState.REFUSED
        assert receipt.code != "failed"
        assert receipt.text
        assert kinds(number) == ["SUBMITTED", "ACCEPTED"]

    @pytest.mark.parametrize(
        ("words", "code"),
        [
            ({"kind": ReportKind.STEP, "step_name": "审查", "outcome": "3"}, "unknown_code"),
            ({"kind": ReportKind.STEP, "outcome": "PASS"}, "missing"),
            ({"kind": ReportKind.GRANTED, "opinion": " "}, "missing"),
            ({"kind": ReportKind.GRANTED, "opinion": "准", "at": AT - timedelta(days=1)}, "time_order"),
        ],
    )
    def test_say_what_is_wrong(self, words: dict[str, Any], code: str) -> None:
        system = dock.live()
        number = dock.given()
        tell(system, number, ReportKind.STEP, id="first", step_name="收件", outcome="PASS")

        receipt = tell(system, number, words.pop("kind"), id="second", **words)

        assert (receipt.state, receipt.code) == (MessageState.REFUSED, code)

    def test_about_a_case_of_somebody_else_are_refused(self) -> None:
        dock.live()
        number = dock.given()
        other = dock.live("other-system")

        receipt = tell(other, number, ReportKind.STEP, step_name="审查", outcome="PASS")

        assert (receipt.code, kinds(number)) == ("unknown_case", ["SUBMITTED", "ACCEPTED"])

    def test_of_a_system_under_test_change_nothing(self) -> None:
        system = dock.register()
        trial = tell(system, "TRIAL-1", ReportKind.STEP, step_name="审查", outcome="PASS")

        real = tell(system, "511602", ReportKind.STEP, step_name="审查", outcome="PASS")

        assert (trial.state, real.code) == (MessageState.NOTED, "system_not_live")

    def test_that_meet_a_defect_are_tried_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        system = dock.live()
        number = dock.given()

        class Broken:
            def take(self, **_: object) -> None:
                raise RuntimeError("defect")

        with monkeypatch.context() as patch:
            patch.setattr(ports._wiring, "desk", Broken())
            broken = tell(system, number, ReportKind.STEP, step_name="审查", outcome="PASS")
        again = tell(system, number, ReportKind.STEP, step_name="审查", outcome="PASS")

        assert (broken.state, again.state) == (MessageState.FAILED, MessageState.APPLIED)
        assert kinds(number).count("REVIEWED") == 1


class TestRegistering:
    def test_is_for_operators(self) -> None:
        dock.register()

        with pytest.raises(NotPermitted):
            services.suspend(code=dock.CODE, reason="x", actor=dock.operator("DATA_REVIEWER"), at=AT)

    def test_lets_nothing_go_live_without_a_certificate(self) -> None:
        dock.register()
        services.begin_tests(code=dock.CODE, actor=dock.operator(), at=AT)

        with pytest.raises(services.SystemStateForbids):
            services.go_live(code=dock.CODE, actor=dock.operator(), at=AT)

    def test_names_what_is_wrong(self) -> None:
        with pytest.raises(InvalidInput) as raised:
            dock.register(code="A b", way="FAX", name=" ")

        assert set(raised.value.fields) == {"code", "name", "way"}


class TestAlarms:
    def alarms(self, **later: int) -> int:
        return alarming.raise_alarms(actor=LOOKER, at=AT + timedelta(**later))

    def test_tell_once_of_a_system_that_does_not_fetch(self, alarmed: list[ports.SystemAlarm]) -> None:
        dock.live()
        dock.given()

        raised = [self.alarms(hours=1), self.alarms(hours=5), self.alarms(hours=6)]

        assert raised == [0, 1, 0]
        assert [(alarm.code, alarm.reason) for alarm in alarmed] == [(dock.CODE, "UNFETCHED")]

    def test_tell_again_when_all_was_well_between(self, alarmed: list[ports.SystemAlarm]) -> None:
        system = dock.live()
        DockedSystem.objects.update(failures=3)
        self.alarms(hours=1)
        DockedSystem.objects.update(failures=0)
        self.alarms(hours=2)
        DockedSystem.objects.update(failures=1)

        raised = self.alarms(hours=3)

        assert raised == 1
        assert [alarm.reason for alarm in alarmed] == ["AWAY", "AWAY"]
        system.refresh_from_db()
        assert system.alarmed_at == AT + timedelta(hours=3)
