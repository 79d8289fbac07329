"""
What the table asks beyond the state: once, in time, with reasons. Each refusal has its own code and changes nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.factories import casework as make
from tests.factories.database import contents
from tests.factories.life import ACTS, AT, MONTHS_LATER, case_in
from tongban.business.casework import services
from tongban.business.casework.models import Case
from tongban.business.casework.values import Action, CaseStatus, CorrectionItem, Limit
from tongban.foundation.errors import InvalidInput, NotFound, NotPermitted, RuleViolation, StaleVersion

pytestmark = pytest.mark.django_db

SIXTH_DAY = datetime.fromisoformat("2026-12-01T09:00:00+08:00")
FIFTH_DAY = datetime.fromisoformat("2026-11-30T23:59:59+08:00")
ALL = make.clerk("ACCEPTANCE", "COUNTER", "REVIEW", "DECISION", "DELIVERY")
STOP: dict[str, Any] = {
    "kind": "HEARING",
    "name": "听证",
    "reason": "利害关系人申请",
    "basis": "行政许可法第四十五条",
    "limit": Limit(amount=10),
}


@dataclass(frozen=True, kw_only=True)
class Refused:
    """
    One act that the table refuses although the state allows it.
    """

    status: CaseStatus
    service: Callable[..., object]
    wanted: dict[str, Any]
    code: str
    clause: str
    at: datetime = AT


BLANK = "　 \t"
REFUSED = {
    "correction notice after five days": Refused(
        status=CaseStatus.SUBMITTED,
        service=services.request_correction,
        wanted={"items": make.correction()},
        at=SIXTH_DAY,
        code="correction_notice_too_late",
        clause="许可法-32",
    ),
    "correction notice that names nothing": Refused(
        status=CaseStatus.SUBMITTED,
        service=services.request_correction,
        wanted={"items": []},
        code="correction_names_nothing",
        clause="许可法-32",
    ),
    "refusal to accept after five days": Refused(
        status=CaseStatus.SUBMITTED,
        service=services.refuse_acceptance,
        wanted={"reason": "不属于本机关职权范围"},
        at=SIXTH_DAY,
        code="refusal_to_accept_too_late",
        clause="许可法-32",
    ),
    "refusal to accept without a reason": Refused(
        status=CaseStatus.SUBMITTED,
        service=services.refuse_acceptance,
        wanted={"reason": BLANK},
        code="reason_missing",
        clause="许可法-32",
    ),
    "special procedure without a reason": Refused(
        status=CaseStatus.ACCEPTED,
        service=services.start_special_procedure,
        wanted={**STOP, "reason": BLANK},
        code="reason_missing",
        clause="许可法-45",
    ),
    "special procedure without a basis": Refused(
        status=CaseStatus.ACCEPTED,
        service=services.start_special_procedure,
        wanted={**STOP, "basis": BLANK},
        code="special_procedure_without_basis",
        clause="许可法-45",
    ),
    "extension without a reason": Refused(
        status=CaseStatus.ACCEPTED,
        service=services.extend,
        wanted={"days": 10, "reason": BLANK},
        code="reason_missing",
        clause="许可法-42",
    ),
    "extension by eleven days": Refused(
        status=CaseStatus.ACCEPTED,
        service=services.extend,
        wanted={"days": 11, "reason": "情况复杂"},
        code="extension_too_long",
        clause="许可法-42",
    ),
    "extension by no day": Refused(
        status=CaseStatus.ACCEPTED,
        service=services.extend,
        wanted={"days": 0, "reason": "情况复杂"},
        code="extension_too_long",
        clause="许可法-42",
    ),
    "extension after the limit": Refused(
        status=CaseStatus.ACCEPTED,
        service=services.extend,
        wanted={"days": 1, "reason": "情况复杂"},
        at=MONTHS_LATER,
        code="extension_after_deadline",
        clause="许可法-42",
    ),
    "refusal without a reason": Refused(
        status=CaseStatus.ACCEPTED,
        service=services.refuse,
        wanted={"reason": BLANK, "legal_basis": ["公共场所卫生管理条例第四条"]},
        code="reason_missing",
        clause="许可法-38",
    ),
    "passing on without a reason": Refused(
        status=CaseStatus.ACCEPTED,
        service=services.pass_on,
        wanted={"to_agency": "示例市卫生健康委员会", "reason": BLANK},
        code="reason_missing",
        clause="许可法-32",
    ),
    "voiding without a reason": Refused(
        status=CaseStatus.SUBMITTED,
        service=services.void,
        wanted={"reason": BLANK},
        code="reason_missing",
        clause="指南-5-作废",
    ),
}


@pytest.fixture(autouse=True)
def offering() -> None:
    """
    Publish an offering that ends in a licence.
    """
    make.publish_permit()


class TestGuards:
    @pytest.mark.parametrize("name", REFUSED)
    def test_refuse_by_code_and_clause_and_change_nothing(self, name: str) -> None:
        act = REFUSED[name]
        number = case_in(act.status)
        before = contents()

        with pytest.raises(RuleViolation) as refusal:
            act.service(number=number, actor=ALL, at=act.at, calendar=make.CALENDAR, **act.wanted)

        assert (refusal.value.code, refusal.value.clause) == (act.code, act.clause)
        assert str(refusal.value)
        assert contents() == before

    def test_allow_an_answer_until_midnight_of_the_fifth_day(self) -> None:
        number = case_in(CaseStatus.SUBMITTED)

        services.refuse_acceptance(
            number=number, reason="不需要许可", actor=ALL, at=FIFTH_DAY, calendar=make.CALENDAR
        )

        assert Case.objects.get(number=number).status == CaseStatus.NOT_ACCEPTED

    def test_refuse_a_second_extension(self) -> None:
        number = case_in(CaseStatus.ACCEPTED)
        ACTS[Action.EXTEND](number, AT)
        before = contents()

        with pytest.raises(RuleViolation) as refusal:
            ACTS[Action.EXTEND](number, AT)

        assert (refusal.value.code, refusal.value.clause) == ("second_extension", "许可法-42")
        assert contents() == before

    def test_refuse_a_second_rating(self) -> None:
        number = case_in(CaseStatus.CLOSED)
        ACTS[Action.RATE](number, AT)
        before = contents()

        with pytest.raises(RuleViolation) as refusal:
            ACTS[Action.RATE](number, AT)

        assert (refusal.value.code, refusal.value.clause) == ("already_rated", "好差评-51")
        assert contents() == before

    def test_refuse_to_deem_accepted_what_can_still_be_answered(self) -> None:
        number = case_in(CaseStatus.SUBMITTED)
        before = contents()

        with pytest.raises(RuleViolation) as refusal:
            services.deem_accepted(number=number, at=FIFTH_DAY, calendar=make.CALENDAR)

        assert (refusal.value.code, refusal.value.clause) == ("not_yet_deemed_accepted", "许可法-32")
        assert contents() == before

    def test_refuse_to_end_what_can_still_be_corrected(self) -> None:
        number = case_in(CaseStatus.CORRECTION)
        before = contents()

        with pytest.raises(RuleViolation) as refusal:
            services.lapse(number=number, at=AT + timedelta(days=14), calendar=make.CALENDAR)

        assert (refusal.value.code, refusal.value.clause) == ("correction_still_in_time", "指南-5-补正逾期")
        assert contents() == before

    def test_refuse_to_issue_where_the_result_is_no_licence(self) -> None:
        make.publish()
        number = make.submit(delivery={"way": "counter"}).case_number
        ACTS[Action.ACCEPT](number, AT)
        ACTS[Action.GRANT](number, AT)
        before = contents()

        with pytest.raises(RuleViolation) as refusal:
            ACTS[Action.ISSUE](number, AT)

        assert (refusal.value.code, refusal.value.clause) == ("result_is_no_licence", "许可法-39")
        assert contents() == before


class TestInput:
    @pytest.mark.parametrize(
        ("status", "service", "wanted", "fields"),
        [
            (CaseStatus.ACCEPTED, services.start_special_procedure, {**STOP, "kind": "LUNCH"}, {"kind"}),
            (CaseStatus.ACCEPTED, services.start_special_procedure, {**STOP, "name": BLANK}, {"name"}),
            (
                CaseStatus.ACCEPTED,
                services.start_special_procedure,
                {**STOP, "limit": Limit(amount=0)},
                {"limit"},
            ),
            (
                CaseStatus.ACCEPTED,
                services.start_special_procedure,
                {**STOP, "limit": Limit(amount=1, unit="FORTNIGHT")},
                {"limit"},
            ),
            (
                CaseStatus.ACCEPTED,
                services.refuse,
                {"reason": "不符合条件", "legal_basis": [BLANK]},
                {"legal_basis"},
            ),
            (CaseStatus.ACCEPTED, services.pass_on, {"to_agency": BLANK, "reason": "x"}, {"to_agency"}),
            (
                CaseStatus.SUBMITTED,
                services.request_correction,
                {"items": [CorrectionItem(material_code="", name="申请表", reason=BLANK)]},
                {"items.0.reason"},
            ),
            (
                CaseStatus.SUBMITTED,
                services.request_correction,
                {"items": make.correction(), "working_days": 0},
                {"working_days"},
            ),
            (CaseStatus.REFUSED, services.deliver, {"way": "pigeon", "recipient": "王*明"}, {"way"}),
            (CaseStatus.CORRECTION, services.correct, {"evidence": []}, {"floor_plan"}),
            (
                CaseStatus.CORRECTION,
                services.correct,
                {"evidence": [make.evidence(), make.evidence("passport")]},
                {"passport"},
            ),
        ],
    )
    def test_names_what_is_wrong_and_changes_nothing(
        self, status: CaseStatus, service: Callable[..., object], wanted: dict[str, Any], fields: set[str]
    ) -> None:
        number = case_in(status)
        before = contents()

        with pytest.raises(InvalidInput) as refusal:
            service(number=number, actor=ALL, at=AT, calendar=make.CALENDAR, **wanted)

        assert set(refusal.value.fields) == fields
        assert contents() == before


class TestStrangers:
    def test_learn_nothing_from_the_version_they_guess(self) -> None:
        number = case_in(CaseStatus.SUBMITTED)
        stranger = make.clerk("ACCEPTANCE", agency_code=make.OTHER_AGENCY)

        with pytest.raises(NotFound):
            services.accept(number=number, version=7, actor=stranger, at=AT, calendar=make.CALENDAR)

    def test_are_refused_before_the_version_is_looked_at(self) -> None:
        number = case_in(CaseStatus.SUBMITTED)

        with pytest.raises(NotPermitted):
            services.accept(
                number=number, version=7, actor=make.clerk("REVIEW"), at=AT, calendar=make.CALENDAR
            )


class TestVersions:
    def test_refuse_who_looked_at_an_older_case(self) -> None:
        number = case_in(CaseStatus.SUBMITTED)
        services.pass_pre_check(number=number, version=1, actor=ALL, at=AT, calendar=make.CALENDAR)
        before = contents()

        with pytest.raises(StaleVersion) as refusal:
            services.accept(number=number, version=1, actor=ALL, at=AT, calendar=make.CALENDAR)

        assert refusal.value.facts == {"case_number": number, "version": 2}
        assert contents() == before
