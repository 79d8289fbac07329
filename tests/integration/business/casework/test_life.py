"""
The life of a case, through the doors that staff and citizens use.
"""

from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest

from tests.factories import casework as make
from tongban.business.casework import selectors, services
from tongban.business.casework.models import Case, CaseEvent, Notice
from tongban.business.casework.values import CaseStatus, CorrectionItem, Limit
from tongban.business.handling import selectors as handling
from tongban.business.handling import services as work
from tongban.business.handling.values import Outcome
from tongban.foundation import events
from tongban.foundation.clock import CHINA
from tongban.foundation.errors import InvalidInput, NotFound, NotPermitted, RuleViolation

pytestmark = pytest.mark.django_db

CALENDAR = make.CALENDAR


def later(days: int, hour: int = 10) -> datetime:
    return datetime(2026, 11, 23, hour, tzinfo=CHINA) + timedelta(days=days)


class TestSubmitApplication:
    def test_gives_number_code_and_the_day_of_the_answer(self) -> None:
        make.publish()

        receipt = make.submit()

        case = Case.objects.get(number=receipt.case_number)
        assert case.status == CaseStatus.SUBMITTED
        assert receipt.case_number.endswith("202611230001")
        assert len(receipt.case_number) == 43
        assert receipt.acceptance_due == date(2026, 11, 30)
        assert case.applicant_masked == "王*明"

    def test_keeps_nothing_personal_in_clear(self) -> None:
        make.publish()

        receipt = make.submit()

        case = Case.objects.values().get(number=receipt.case_number)
        event = CaseEvent.objects.values().get(case_number=receipt.case_number)
        kept = f"{case}{event}"
        assert "11010519491231002X" not in kept
        assert "王小明" not in kept
        assert "13900000001" not in kept
        assert "清风理发店" not in kept

    def test_gives_the_same_receipt_when_a_draft_is_submitted_again(self) -> None:
        make.publish()
        draft_id = uuid4()

        first = make.submit(draft_id=draft_id)
        second = make.submit(draft_id=draft_id)

        assert second == first
        assert Case.objects.count() == 1

    def test_counts_the_day_up_without_gaps(self) -> None:
        make.publish()

        serials = [make.submit().case_number[-4:] for _ in range(3)]

        assert serials == ["0001", "0002", "0003"]

    def test_refuses_a_form_that_is_not_complete_and_changes_nothing(self) -> None:
        make.publish()

        with pytest.raises(InvalidInput) as refusal:
            make.submit(form={"shop_name": "", "floor_area": "many", "else": "x"})

        assert set(refusal.value.fields) == {"shop_name", "floor_area", "else"}
        assert not Case.objects.exists()

    def test_refuses_when_a_required_material_is_missing(self) -> None:
        make.publish()

        with pytest.raises(InvalidInput) as refusal:
            make.submit(evidence=())

        assert list(refusal.value.fields) == ["floor_plan"]
        assert not Case.objects.exists()

    def test_refuses_who_applies_for_somebody_else(self) -> None:
        make.publish()

        with pytest.raises(NotPermitted):
            make.submit(actor=make.person(make.OTHER_PERSON_ID))

        assert not Case.objects.exists()


class TestWholeLife:
    def test_goes_from_submission_to_closing(self) -> None:
        make.publish()
        number = make.submit().case_number
        counter = make.clerk("ACCEPTANCE")

        services.request_correction(
            number=number,
            items=[CorrectionItem(material_code="floor_plan", name="平面图", reason="不清晰")],
            actor=counter,
            at=later(1),
            calendar=CALENDAR,
        )
        services.correct(
            number=number, evidence=[make.evidence()], actor=make.person(), at=later(2), calendar=CALENDAR
        )
        accepted = services.accept(number=number, actor=counter, at=later(3), calendar=CALENDAR)
        events.deliver_all(at=later(3))
        assert accepted.promised_due == date(2026, 12, 3)

        reviewer = make.clerk("REVIEW")
        services.start_special_procedure(
            number=number,
            kind="EXPERT_REVIEW",
            name="专家评审",
            reason="需要专家评审",
            basis="行政许可法第四十五条",
            limit=Limit(amount=10),
            actor=reviewer,
            at=later(4),
            calendar=CALENDAR,
        )
        resumed = services.end_special_procedure(
            number=number, result="通过", actor=reviewer, at=later(8), calendar=CALENDAR
        )
        events.deliver_all(at=later(8))
        assert resumed.promised_due == date(2026, 12, 7)

        item = handling.open_item_of(actor=reviewer, case_number=number)
        assert item is not None
        work.conclude(
            item_id=item.id,
            opinion=work.Opinion(outcome=Outcome.PASS, text="符合"),
            actor=reviewer,
            at=later(9),
        )
        decider = make.clerk("DECISION")
        item = handling.open_item_of(actor=decider, case_number=number)
        assert item is not None
        work.conclude(
            item_id=item.id,
            opinion=work.Opinion(outcome=Outcome.GRANT, text="准予"),
            actor=decider,
            at=later(9),
        )
        events.deliver_all(at=later(9))

        detail = selectors.case_by_number(actor=make.person(), number=number, at=later(9), calendar=CALENDAR)
        assert detail.status is CaseStatus.CLOSED
        assert [step.kind.value for step in detail.timeline] == [
            "SUBMITTED",
            "CORRECTION_REQUESTED",
            "CORRECTED",
            "ACCEPTED",
            "CLOCK_STOPPED",
            "CLOCK_RESUMED",
            "REVIEWED",
            "GRANTED",
            "DELIVERED",
            "CLOSED",
        ]
        assert {notice.kind.value for notice in detail.notices} == {
            "receipt",
            "correction_notice",
            "acceptance",
            "clock_stop_notice",
            "grant",
        }
        assert services.verify_ledger().is_sound

    def test_lets_silence_become_acceptance(self) -> None:
        make.publish()
        number = make.submit().case_number

        early = services.sweep(at=later(7), calendar=CALENDAR)
        due = services.sweep(at=later(8), calendar=CALENDAR)

        case = Case.objects.get(number=number)
        assert (early, due) == (0, 1)
        assert case.status == CaseStatus.ACCEPTED
        assert case.promised_due == date(2026, 11, 30)


class TestRefusals:
    def test_refuses_a_second_correction_notice_naming_the_clause(self) -> None:
        make.publish()
        number = make.submit().case_number
        items = [CorrectionItem(material_code="floor_plan", name="平面图", reason="不清晰")]
        counter = make.clerk("ACCEPTANCE")
        services.request_correction(number=number, items=items, actor=counter, at=later(1), calendar=CALENDAR)
        services.correct(
            number=number, evidence=[make.evidence()], actor=make.person(), at=later(2), calendar=CALENDAR
        )
        events_before = CaseEvent.objects.count()

        with pytest.raises(RuleViolation) as refusal:
            services.request_correction(
                number=number, items=items, actor=counter, at=later(3), calendar=CALENDAR
            )

        assert refusal.value.code == "second_correction_notice"
        assert refusal.value.clause == "许可法-32"
        assert CaseEvent.objects.count() == events_before

    def test_hides_a_case_from_another_agency(self) -> None:
        make.publish()
        number = make.submit().case_number
        stranger = make.clerk("ACCEPTANCE", agency_code=make.OTHER_AGENCY)

        with pytest.raises(NotFound):
            services.accept(number=number, actor=stranger, at=later(0), calendar=CALENDAR)

        assert Case.objects.get(number=number).status == CaseStatus.SUBMITTED

    def test_refuses_acceptance_by_a_reviewer(self) -> None:
        make.publish()
        number = make.submit().case_number

        with pytest.raises(NotPermitted):
            services.accept(number=number, actor=make.clerk("REVIEW"), at=later(0), calendar=CALENDAR)

        assert not Notice.objects.exists()


class TestRebuildProjections:
    def test_makes_the_same_rows_again(self) -> None:
        make.publish()
        numbers = [make.submit().case_number for _ in range(3)]
        make.accept(numbers[0])
        services.withdraw(
            number=numbers[1], reason="不办了", actor=make.person(), at=later(1), calendar=CALENDAR
        )
        before = list(Case.objects.order_by("number").values())
        Case.objects.filter(number=numbers[0]).update(status="SUBMITTED", version=1, state={})
        Case.objects.filter(number=numbers[2]).delete()

        changed = services.rebuild_projections(at=later(1), calendar=CALENDAR)

        after = list(Case.objects.order_by("number").values())
        assert changed == 2
        assert [{**row, "id": 0} for row in after] == [{**row, "id": 0} for row in before]
