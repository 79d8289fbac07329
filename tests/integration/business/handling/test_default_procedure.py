"""
The default procedure: stages, posts, claims, returns; it meets casework in announcements only.
"""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from tests.factories import casework as make
from tests.factories.database import contents
from tests.factories.life import ACTS, AT
from tongban.business.casework import services as casework
from tongban.business.casework.models import Case, CaseEvent
from tongban.business.casework.values import Action, CaseStatus
from tongban.business.catalogue.values import HandlingKind
from tongban.business.handling import selectors, services
from tongban.business.handling.models import Dossier, WorkItem
from tongban.business.handling.values import Outcome, Stage
from tongban.foundation import events
from tongban.foundation.errors import InvalidInput, NotFound, NotPermitted, ServiceError
from tongban.foundation.worktime import DayKind, NamedDay

pytestmark = pytest.mark.django_db

SOMEBODY = UUID("00000000-0000-4000-8000-0000000000bb")
PASS = services.Opinion(outcome=Outcome.PASS, text="符合")
GRANT = services.Opinion(outcome=Outcome.GRANT, text="准予")
RETURN = services.Opinion(outcome=Outcome.RETURN, text="请核对面积")
REFUSE = services.Opinion(
    outcome=Outcome.REFUSE, text="不符合条件", legal_basis=("公共场所卫生管理条例第四条",)
)


def accepted(**changes: Any) -> str:
    make.publish(**changes)
    number = make.submit(applicant_id=None, actor=make.clerk("ACCEPTANCE")).case_number
    make.accept(number)
    events.deliver_all(at=AT)
    return number


def open_item(number: str) -> WorkItem:
    return WorkItem.objects.open().get(dossier_id=number)


def conclude(number: str, post: str, opinion: services.Opinion) -> None:
    services.conclude(item_id=open_item(number).id, opinion=opinion, actor=make.clerk(post), at=AT)


def settle() -> None:
    events.deliver_all(at=AT)


class TestCalendar:
    def test_moves_the_dates_of_the_work_with_those_of_the_case(self) -> None:
        number = accepted()
        later = make.CALENDAR.with_days({date(2026, 11, 25): NamedDay(DayKind.HOLIDAY, "新增假日")})

        casework.recompute_deadlines(at=AT, calendar=later)
        settle()

        case, dossier = Case.objects.get(), Dossier.objects.get(pk=number)
        assert open_item(number).due == case.promised_due == dossier.promised_due
        assert dossier.statutory_due == case.statutory_due == date(2026, 12, 22)


class TestProcedure:
    def test_begins_when_acceptance_is_announced(self) -> None:
        number = accepted()

        item = open_item(number)
        assert (item.step, item.stage, item.state, item.post) == (1, "REVIEW", "READY", "REVIEW")
        assert Dossier.objects.get(pk=number).state == "OPEN"

    def test_hearing_of_acceptance_twice_changes_nothing(self) -> None:
        number = accepted()
        fact = CaseEvent.objects.get(case_number=number, kind="ACCEPTED")
        before = contents()

        services.open_dossier(
            events.Announced(
                id=1,
                topic="casework.case_accepted",
                key=number,
                at=fact.at,
                payload={
                    "case_number": number,
                    "service_name": "x",
                    "agency_code": make.AGENCY,
                    "agency_name": "x",
                    "division_code": make.DIVISION,
                    "handling_kind": "COMMITTED",
                    "applicant_masked": "x",
                    "statutory_due": None,
                    "promised_due": None,
                },
            )
        )

        assert contents() == before

    def test_goes_from_review_to_decision_and_ends_with_the_case(self) -> None:
        number = accepted()

        conclude(number, "REVIEW", PASS)
        conclude(number, "DECISION", GRANT)
        settle()

        assert Case.objects.get(number=number).status == CaseStatus.CLOSED
        assert Dossier.objects.get(pk=number).state == "DONE"
        kinds = CaseEvent.objects.filter(case_number=number).order_by("seq").values_list("kind", flat=True)
        assert list(kinds) == ["SUBMITTED", "ACCEPTED", "REVIEWED", "GRANTED", "DELIVERED", "CLOSED"]

    def test_returns_to_whoever_did_the_step_before(self) -> None:
        number = accepted()
        conclude(number, "REVIEW", PASS)

        conclude(number, "DECISION", RETURN)

        item = open_item(number)
        assert (item.step, item.stage, item.state) == (3, "REVIEW", "CLAIMED")
        assert item.claimed_by == UUID(make.clerk().id)

    def test_refuses_with_its_legal_basis(self) -> None:
        number = accepted()
        conclude(number, "REVIEW", PASS)

        conclude(number, "DECISION", REFUSE)
        settle()

        event = CaseEvent.objects.get(case_number=number, kind="REFUSED")
        assert event.data == {
            "reason": "不符合条件",
            "legal_basis": ["公共场所卫生管理条例第四条"],
            "days": [],
        }

    def test_has_one_stage_where_a_case_is_decided_on_the_spot(self) -> None:
        number = accepted(handling_kind=HandlingKind.ON_THE_SPOT)

        assert open_item(number).stage == "DECISION"

    def test_stands_still_with_the_clock(self) -> None:
        number = accepted()
        conclude(number, "REVIEW", PASS)
        settle()
        ACTS[Action.STOP_CLOCK](number, AT)
        settle()
        before = contents()

        with pytest.raises(services.ClockStandsStill):
            conclude(number, "DECISION", GRANT)

        assert contents() == before
        ACTS[Action.RESUME_CLOCK](number, AT)
        settle()
        conclude(number, "DECISION", GRANT)
        settle()
        assert Case.objects.get(number=number).status == CaseStatus.CLOSED

    def test_gives_a_decision_back_that_the_case_could_not_take(self) -> None:
        number = accepted()
        conclude(number, "REVIEW", PASS)
        settle()
        # The clock is stopped before the decision, already reported, has arrived.
        conclude(number, "DECISION", GRANT)
        ACTS[Action.STOP_CLOCK](number, AT)
        settle()

        item = open_item(number)
        assert (item.step, item.stage, item.state) == (3, "DECISION", "CLAIMED")
        assert "特别程序" in item.note
        assert Case.objects.get(number=number).status == CaseStatus.SUSPENDED

    def test_takes_back_what_is_open_when_the_applicant_withdraws(self) -> None:
        number = accepted()

        casework.withdraw(
            number=number,
            reason="",
            actor=make.clerk("COUNTER"),
            at=AT,
            calendar=make.CALENDAR,
        )
        settle()

        assert not WorkItem.objects.open().exists()
        assert Dossier.objects.get(pk=number).state == "CANCELLED"


class TestWorkItems:
    def test_are_claimed_by_one(self) -> None:
        number = accepted()
        item = open_item(number)
        services.claim(item_id=item.id, actor=make.clerk("REVIEW"), at=AT)
        WorkItem.objects.filter(pk=item.id).update(claimed_by=SOMEBODY, claimed_name="张审查")
        before = contents()

        for act in (
            lambda: services.claim(item_id=item.id, actor=make.clerk("REVIEW"), at=AT),
            lambda: conclude(number, "REVIEW", PASS),
            lambda: services.hand_over(
                item_id=item.id, to_account=SOMEBODY, actor=make.clerk("REVIEW"), at=AT
            ),
        ):
            with pytest.raises(services.WorkItemTaken):
                act()

        assert contents() == before

    @pytest.mark.parametrize(
        ("post", "agency_code", "opinion", "error"),
        [
            ("DECISION", make.AGENCY, PASS, NotPermitted),
            ("REVIEW", make.OTHER_AGENCY, PASS, NotFound),
            ("REVIEW", make.AGENCY, GRANT, services.OutcomeNotAllowed),
            ("REVIEW", make.AGENCY, RETURN, services.OutcomeNotAllowed),
            ("REVIEW", make.AGENCY, services.Opinion(outcome=Outcome.PASS, text="长" * 2001), InvalidInput),
        ],
    )
    def test_refuse_and_change_nothing(
        self, post: str, agency_code: str, opinion: services.Opinion, error: type[ServiceError]
    ) -> None:
        number = accepted()
        item = open_item(number)
        before = contents()

        with pytest.raises(error):
            services.conclude(
                item_id=item.id, opinion=opinion, actor=make.clerk(post, agency_code=agency_code), at=AT
            )

        assert contents() == before

    @pytest.mark.parametrize(
        "opinion",
        [
            services.Opinion(outcome=Outcome.RETURN, text=" "),
            services.Opinion(outcome=Outcome.GRANT, text="　"),
            services.Opinion(outcome=Outcome.REFUSE, text="不符合", legal_basis=(" ",)),
        ],
    )
    def test_want_words_where_something_is_decided(self, opinion: services.Opinion) -> None:
        number = accepted()
        conclude(number, "REVIEW", PASS)
        before = contents()

        with pytest.raises(InvalidInput):
            conclude(number, "DECISION", opinion)

        assert contents() == before

    def test_are_done_once(self) -> None:
        number = accepted()
        item = open_item(number)
        conclude(number, "REVIEW", PASS)

        with pytest.raises(services.WorkItemNotOpen):
            services.conclude(item_id=item.id, opinion=PASS, actor=make.clerk("REVIEW"), at=AT)


class TestLedger:
    def test_holds_after_a_whole_procedure(self) -> None:
        number = accepted()
        conclude(number, "REVIEW", PASS)
        conclude(number, "DECISION", RETURN)
        conclude(number, "REVIEW", PASS)
        conclude(number, "DECISION", GRANT)
        settle()

        assert casework.verify_ledger().faults == []
        stages = CaseEvent.objects.filter(case_number=number, kind="REVIEWED").order_by("seq")
        assert [(event.data["stage"], event.data["outcome"]) for event in stages] == [
            ("REVIEW", "PASS"),
            ("DECISION", "RETURN"),
            ("REVIEW", "PASS"),
        ]


class TestQuestions:
    def test_count_and_list_by_stage_what_waits_for_the_posts(self) -> None:
        number = accepted()
        both, reviewer = make.clerk("REVIEW", "DECISION"), make.clerk("REVIEW")
        assert selectors.work_counts(actor=both) == {Stage.REVIEW: 1}

        conclude(number, "REVIEW", PASS)

        assert selectors.work_counts(actor=both) == {Stage.DECISION: 1}
        assert selectors.work_counts(actor=reviewer) == {}
        deciding = selectors.work_items(actor=both, stage=Stage.DECISION)
        assert [item.case_number for item in deciding.items] == [number]
        assert selectors.work_items(actor=both, stage=Stage.REVIEW).items == []

    def test_know_a_report_from_the_decision_until_the_case_has_taken_it_over(self) -> None:
        number = accepted()
        conclude(number, "REVIEW", PASS)
        own = make.clerk("DECISION")
        stranger = make.clerk("COUNTER", agency_code=make.OTHER_AGENCY)
        assert not selectors.is_reported(actor=own, case_number=number)

        conclude(number, "DECISION", GRANT)

        assert selectors.is_reported(actor=own, case_number=number)
        assert not selectors.is_reported(actor=stranger, case_number=number)
        settle()
        assert not selectors.is_reported(actor=own, case_number=number)
