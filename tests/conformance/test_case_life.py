"""
What each article asks of the life of a case, told by cases. How days are counted stands beside this, in the test of
the clock.
"""

from datetime import date, datetime, timedelta

import pytest

from tests.factories import casework as make
from tests.factories.life import ACTS, AT, MONTHS_LATER, case_in
from tongban.business.casework import selectors, services
from tongban.business.casework.models import Case, CaseEvent, Notice
from tongban.business.casework.values import Action, CaseStatus
from tongban.business.catalogue.values import HandlingKind
from tongban.business.handling.models import WorkItem
from tongban.business.licences.models import Licence
from tongban.foundation import events
from tongban.foundation.errors import InvalidInput, NotPermitted, RuleViolation

pytestmark = pytest.mark.django_db

A = Action
SIXTH_DAY = datetime.fromisoformat("2026-12-01T00:00:00+08:00")


@pytest.fixture(autouse=True)
def offering() -> None:
    """
    Publish an offering that ends in a licence.
    """
    make.publish_permit()


def status_of(number: str) -> str:
    return Case.objects.get(number=number).status


def notice(number: str, kind: str) -> Notice:
    return Notice.objects.get(case_number=number, kind=kind)


class TestArticle32:
    """
    受理: told once, of everything, within five days; silence is acceptance; both answers in writing.
    """

    def test_a_correction_notice_names_everything_in_writing(self) -> None:
        number = case_in(CaseStatus.CORRECTION)

        written = notice(number, "correction_notice")
        assert [item["reason"] for item in written.content["items"]] == ["不清晰"]
        assert written.document_number.endswith("号")

    def test_there_is_no_second_notice(self) -> None:
        number = case_in(CaseStatus.CORRECTED)

        with pytest.raises(RuleViolation) as refusal:
            ACTS[A.REQUEST_CORRECTION](number, AT)

        assert refusal.value.code == "second_correction_notice"

    def test_silence_becomes_acceptance_on_the_sixth_working_day(self) -> None:
        number = case_in(CaseStatus.SUBMITTED)

        on_the_fifth = services.sweep(at=SIXTH_DAY - timedelta(seconds=1), calendar=make.CALENDAR)
        on_the_sixth = services.sweep(at=SIXTH_DAY, calendar=make.CALENDAR)

        assert (on_the_fifth, on_the_sixth) == (0, 1)
        assert status_of(number) == CaseStatus.ACCEPTED

    def test_what_silence_accepted_counts_from_the_day_the_materials_arrived(self) -> None:
        number = case_in(CaseStatus.SUBMITTED)

        services.sweep(at=MONTHS_LATER, calendar=make.CALENDAR)

        case = Case.objects.get(number=number)
        assert (case.accepted_at, case.statutory_due) == (AT, date(2026, 12, 21))

    def test_a_correction_begins_the_five_days_anew(self) -> None:
        number = case_in(CaseStatus.CORRECTION)

        services.correct(
            number=number,
            evidence=[make.evidence()],
            actor=make.person(),
            at=AT + timedelta(days=4),
            calendar=make.CALENDAR,
        )

        assert Case.objects.get(number=number).acceptance_due == date(2026, 12, 4)

    def test_acceptance_and_refusal_are_written(self) -> None:
        accepted, refused = case_in(CaseStatus.ACCEPTED), case_in(CaseStatus.NOT_ACCEPTED)

        assert notice(accepted, "acceptance").issued_at == AT
        assert notice(refused, "refusal_to_accept").content["reason"] == "不属于本机关职权范围"

    def test_deemed_acceptance_is_written_too(self) -> None:
        number = case_in(CaseStatus.SUBMITTED)

        ACTS[A.DEEM_ACCEPTED](number, AT)

        assert notice(number, "acceptance").content == {"deemed": True}


class TestArticle34:
    """
    审查: what can be decided at once is decided at once.
    """

    def test_a_case_decided_on_the_spot_goes_straight_to_the_decision(self) -> None:
        make.publish(handling_kind=HandlingKind.ON_THE_SPOT)
        number = make.submit().case_number
        make.accept(number)
        events.deliver_all(at=AT)

        assert list(WorkItem.objects.values_list("stage", flat=True)) == ["DECISION"]

    def test_the_steps_of_the_examination_stand_on_the_log(self) -> None:
        number = case_in(CaseStatus.ACCEPTED)

        ACTS[A.REVIEW](number, AT)

        event = CaseEvent.objects.get(case_number=number, kind="REVIEWED")
        assert (event.data["stage"], event.data["outcome"], event.actor_name) == ("REVIEW", "PASS", "李受理")


class TestArticles37To39:
    """
    决定: only after acceptance, in writing, a refusal with reasons, basis and remedies; a grant ends in its licence.
    """

    @pytest.mark.parametrize("action", [A.GRANT, A.REFUSE])
    @pytest.mark.parametrize("status", [CaseStatus.SUBMITTED, CaseStatus.CORRECTED, CaseStatus.SUSPENDED])
    def test_nothing_is_decided_that_is_not_under_examination(
        self, action: Action, status: CaseStatus
    ) -> None:
        number = case_in(status)

        with pytest.raises(RuleViolation) as refusal:
            ACTS[action](number, AT)

        assert refusal.value.clause == "许可法-38"

    def test_a_refusal_gives_reasons_and_basis_in_writing(self) -> None:
        number = case_in(CaseStatus.REFUSED)

        assert notice(number, "refusal").content == {
            "reason": "不符合条件",
            "legal_basis": ["公共场所卫生管理条例第四条"],
        }

    @pytest.mark.parametrize(("reason", "basis"), [("", ["第四条"]), ("不符合条件", [])])
    def test_a_refusal_without_reason_or_basis_is_none(self, reason: str, basis: list[str]) -> None:
        number = case_in(CaseStatus.ACCEPTED)

        with pytest.raises((RuleViolation, InvalidInput)):
            services.refuse(
                number=number,
                reason=reason,
                legal_basis=basis,
                actor=make.clerk("DECISION"),
                at=AT,
                calendar=make.CALENDAR,
            )

        assert status_of(number) == CaseStatus.ACCEPTED

    def test_a_grant_issues_the_licence_at_once(self) -> None:
        number = case_in(CaseStatus.ACCEPTED)

        ACTS[A.GRANT](number, AT)

        issued = CaseEvent.objects.get(case_number=number, kind="ISSUED")
        assert issued.data["identifier"] == Licence.objects.get().identifier
        assert notice(number, "grant").issued_at == AT


class TestArticle42:
    """
    期限: twenty working days from acceptance; ten more, once, with the reason told.
    """

    def test_the_decision_is_due_within_twenty_working_days(self) -> None:
        assert Case.objects.get(number=case_in(CaseStatus.ACCEPTED)).statutory_due == date(2026, 12, 21)

    def test_an_extension_is_told_with_its_reason(self) -> None:
        number = case_in(CaseStatus.ACCEPTED)

        ACTS[A.EXTEND](number, AT)

        written = notice(number, "extension_notice").content
        assert (written["days"], written["reason"], written["previous_due"]) == (10, "情况复杂", "2026-12-21")
        assert Case.objects.get(number=number).statutory_due == date(2027, 1, 5)

    def test_only_who_decides_extends(self) -> None:
        number = case_in(CaseStatus.ACCEPTED)

        with pytest.raises(NotPermitted):
            services.extend(
                number=number,
                days=1,
                reason="情况复杂",
                actor=make.clerk("REVIEW"),
                at=AT,
                calendar=make.CALENDAR,
            )


class TestArticle44:
    """
    送达: the result reaches the applicant, and that it did is on record.
    """

    def test_delivery_is_due_within_ten_working_days_of_the_decision(self) -> None:
        assert Case.objects.get(number=case_in(CaseStatus.ISSUED)).due == date(2026, 12, 7)

    def test_delivery_is_recorded_and_closes_the_case(self) -> None:
        number = case_in(CaseStatus.ISSUED)

        services.deliver(
            number=number,
            way="counter",
            recipient="王小明",
            actor=make.clerk("DELIVERY"),
            at=AT,
            calendar=make.CALENDAR,
        )

        assert status_of(number) == CaseStatus.CLOSED
        assert notice(number, "delivery_record").content == {"way": "counter", "recipient": "王小明"}
        delivered = CaseEvent.objects.get(case_number=number, kind="DELIVERED")
        assert delivered.data["recipient"] == "王*明"


class TestArticle45:
    """
    特别程序: not counted, with its basis, and its length told in writing.
    """

    def test_the_applicant_is_told_how_long_it_takes(self) -> None:
        written = notice(case_in(CaseStatus.SUSPENDED), "clock_stop_notice").content

        assert (written["name"], written["basis"]) == ("专家评审", "行政许可法第四十五条")
        assert written["limit"] == {"amount": 10, "unit": "WORKING_DAY"}

    def test_the_days_are_not_counted(self) -> None:
        number = case_in(CaseStatus.SUSPENDED)
        before = Case.objects.get(number=number).statutory_due

        ACTS[A.RESUME_CLOCK](number, AT + timedelta(days=7))

        after = Case.objects.get(number=number).statutory_due
        assert (before, after) == (date(2026, 12, 21), date(2026, 12, 25))


class TestDecree716Article12:
    """
    归档: electronic files are archived; the archive keeps the whole record.
    """

    @pytest.mark.parametrize(
        "status",
        [
            CaseStatus.CLOSED,
            CaseStatus.NOT_ACCEPTED,
            CaseStatus.WITHDRAWN,
            CaseStatus.PASSED_ON,
            CaseStatus.LAPSED,
            CaseStatus.VOIDED,
        ],
    )
    def test_every_ended_case_is_archived_with_its_whole_log(self, status: CaseStatus) -> None:
        number = case_in(status)
        log = list(CaseEvent.objects.filter(case_number=number).order_by("seq").values())

        ACTS[A.ARCHIVE](number, AT)

        kept = list(CaseEvent.objects.filter(case_number=number).order_by("seq").values())
        assert kept[:-1] == log
        assert (kept[-1]["kind"], status_of(number)) == ("ARCHIVED", CaseStatus.ARCHIVED)

    def test_nothing_under_way_is_archived(self) -> None:
        number = case_in(CaseStatus.ACCEPTED)

        with pytest.raises(RuleViolation) as refusal:
            ACTS[A.ARCHIVE](number, AT)

        assert refusal.value.clause == "716号令-12"


class TestRatings:
    """
    好差评（国办发〔2019〕51号）: one matter, one rating, by the applicant, after the end.
    """

    @pytest.mark.parametrize("status", [CaseStatus.CLOSED, CaseStatus.NOT_ACCEPTED, CaseStatus.ARCHIVED])
    def test_an_ended_case_is_rated_once(self, status: CaseStatus) -> None:
        number = case_in(status)

        ACTS[A.RATE](number, AT)

        with pytest.raises(RuleViolation) as refusal:
            ACTS[A.RATE](number, AT)
        assert refusal.value.code == "already_rated"

    def test_the_words_are_for_staff_only(self) -> None:
        number = case_in(CaseStatus.CLOSED)
        ACTS[A.RATE](number, AT)

        steps = selectors.timeline_of(actor=make.person(), number=number)

        assert [step.facts for step in steps if step.kind.value == "RATED"] == [{"stars": 5}]

    def test_nobody_but_the_applicant_rates(self) -> None:
        number = case_in(CaseStatus.CLOSED)

        with pytest.raises(NotPermitted):
            services.rate(
                number=number,
                stars=5,
                tags=[],
                comment="",
                actor=make.clerk("DECISION"),
                at=AT,
                calendar=make.CALENDAR,
            )
