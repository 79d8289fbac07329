"""
Rules of quality: each fault by the smallest row that has it, and none on rows as they should be.
"""

from datetime import timedelta

import pytest

from tests.factories import library as make
from tests.factories.exchange import CITY
from tongban.resources.caselibrary.rules.quality import (
    CaseFacts,
    Surroundings,
    case_fault,
    part_verdict,
)
from tongban.resources.caselibrary.values import ApplicantContent, CaseContent, Fault, PartContent

KNOWN = Surroundings(at=make.AT, area="5116")
CASE = CaseFacts(applied_at=make.APPLIED, accepted_at=make.APPLIED + timedelta(days=1))
TOMORROW = make.AT + timedelta(days=1)
BEFORE = make.APPLIED - timedelta(days=1)
WRONG_NUMBER = ApplicantContent(name="王", kind="1", id_type="111", id_number="110105194912310021")


class TestACase:
    @pytest.mark.parametrize(
        "content", [make.case(), make.ended_case(), make.case(accepted_at=None, state="02")]
    )
    def test_as_it_should_be_has_no_fault(self, content: CaseContent) -> None:
        assert case_fault(content, KNOWN) is None

    @pytest.mark.parametrize(
        ("content", "fault"),
        [
            (make.case(node="440100000000"), Fault.NODE_OUTSIDE_AREA),
            (make.case(division_code="511300000000"), Fault.DIVISION_INVALID),
            (make.case(agency_code="12441500196720244X"), Fault.AGENCY_CODE_INVALID),
            (make.case(local_task_code=""), Fault.ITEM_CODE_MISSING),
            (make.case(task_code="1" * 31), Fault.ITEM_CODE_INVALID),
            (make.case(state="03"), Fault.STATE_UNKNOWN),
            (make.case(handling_kind="3"), Fault.CODE_UNKNOWN),
            (make.case(channel="7"), Fault.CODE_UNKNOWN),
            (make.case(applicant=WRONG_NUMBER), Fault.ID_NUMBER_INVALID),
            (make.case(accepted_at=TOMORROW), Fault.TIME_IN_FUTURE),
            (make.case(accepted_at=BEFORE), Fault.TIMES_OUT_OF_ORDER),
            (make.ended_case(ended_at=BEFORE), Fault.TIMES_OUT_OF_ORDER),
            (make.case(state="10"), Fault.STATE_CONTRADICTS_TIMES),
            (make.case(accepted_at=None), Fault.STATE_CONTRADICTS_TIMES),
            (make.ended_case(state="12"), Fault.STATE_CONTRADICTS_TIMES),
        ],
    )
    def test_has_the_fault_that_applies_first(self, content: CaseContent, fault: Fault) -> None:
        assert case_fault(content, KNOWN) is fault

    def test_may_be_of_an_agency_that_was_registered_with_an_odd_code(self) -> None:
        odd = "12441500196720244X"
        known = Surroundings(at=make.AT, area="5116", known_agencies={odd})

        assert case_fault(make.case(agency_code=odd), known) is None


class TestARowOfACase:
    @pytest.mark.parametrize("row", make.whole()[1:])
    def test_as_it_should_be_is_taken(self, row: PartContent) -> None:
        assert part_verdict(row, CASE, KNOWN) is None

    @pytest.mark.parametrize(
        ("row", "fault"),
        [
            (make.step(node="440100000000"), Fault.NODE_OUTSIDE_AREA),
            (make.step(action="8"), Fault.CODE_UNKNOWN),
            (make.step(state="3"), Fault.CODE_UNKNOWN),
            (make.special(special_type="3"), Fault.CODE_UNKNOWN),
            (make.material(way="8"), Fault.CODE_UNKNOWN),
            (make.result(result_type="9"), Fault.CODE_UNKNOWN),
            (make.rating(rated_at=TOMORROW), Fault.TIME_IN_FUTURE),
            (make.step(ended_at=make.APPLIED), Fault.TIMES_OUT_OF_ORDER),
            (make.step(started_at=BEFORE), Fault.TIMES_OUT_OF_ORDER),
            (make.result(ended_at=make.APPLIED), Fault.TIMES_OUT_OF_ORDER),
            (make.licence(issued_at=make.APPLIED), Fault.TIMES_OUT_OF_ORDER),
        ],
    )
    def test_is_refused_with_the_fault_that_applies_first(self, row: PartContent, fault: Fault) -> None:
        verdict = part_verdict(row, CASE, KNOWN)

        assert verdict is not None
        assert (verdict.fault, verdict.waits) == (fault, False)

    def test_waits_for_what_another_stream_tells(self) -> None:
        without = part_verdict(make.step(), None, KNOWN)
        unaccepted = part_verdict(make.result(), CaseFacts(applied_at=make.APPLIED, accepted_at=None), KNOWN)

        assert without is not None
        assert unaccepted is not None
        assert (without.fault, without.waits) == (Fault.CASE_MISSING, True)
        assert (unaccepted.fault, unaccepted.waits) == (Fault.NOT_ACCEPTED, True)

    def test_of_a_refused_application_needs_no_acceptance(self) -> None:
        unaccepted = CaseFacts(applied_at=make.APPLIED, accepted_at=None)

        assert part_verdict(make.result(result_type="6"), unaccepted, KNOWN) is None
        assert CITY.startswith(KNOWN.area)
