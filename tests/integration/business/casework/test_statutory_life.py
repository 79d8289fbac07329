"""
The table of the statutory life, cell by cell: what is allowed happens, what is not is refused and changes nothing.
"""

import pytest
from django.db import transaction

from tests.factories import casework as make
from tests.factories.database import contents
from tests.factories.life import ACTS, AT, case_in
from tongban.business.casework.models import Case
from tongban.business.casework.values import Action, CaseStatus
from tongban.foundation.errors import RuleViolation

pytestmark = pytest.mark.django_db

A = Action
BEFORE_ANSWER = frozenset(
    {A.REQUEST_CORRECTION, A.ACCEPT, A.DEEM_ACCEPTED, A.REFUSE_ACCEPTANCE, A.WITHDRAW, A.PASS_ON, A.VOID}
)
ENDED = frozenset({A.ARCHIVE})

ALLOWED: dict[CaseStatus, frozenset[Action]] = {
    CaseStatus.SUBMITTED: BEFORE_ANSWER | {A.PASS_PRE_CHECK},
    CaseStatus.PRE_CHECKED: BEFORE_ANSWER,
    CaseStatus.CORRECTION: frozenset({A.CORRECT, A.WITHDRAW, A.LAPSE, A.VOID}),
    # Everything missing was named once; there is no second notice.
    CaseStatus.CORRECTED: (BEFORE_ANSWER | {A.PASS_PRE_CHECK}) - {A.REQUEST_CORRECTION},
    CaseStatus.ACCEPTED: frozenset(
        {A.REVIEW, A.STOP_CLOCK, A.EXTEND, A.GRANT, A.REFUSE, A.WITHDRAW, A.PASS_ON, A.VOID}
    ),
    CaseStatus.SUSPENDED: frozenset({A.RESUME_CLOCK, A.EXTEND, A.WITHDRAW}),
    CaseStatus.GRANTED: frozenset({A.ISSUE, A.DELIVER}),
    CaseStatus.REFUSED: frozenset({A.DELIVER}),
    CaseStatus.ISSUED: frozenset({A.DELIVER}),
    CaseStatus.DELIVERED: frozenset({A.CLOSE}),
    CaseStatus.CLOSED: ENDED | {A.RATE},
    CaseStatus.NOT_ACCEPTED: ENDED | {A.RATE},
    CaseStatus.WITHDRAWN: ENDED,
    CaseStatus.PASSED_ON: ENDED,
    CaseStatus.LAPSED: ENDED,
    CaseStatus.VOIDED: ENDED,
    CaseStatus.ARCHIVED: frozenset({A.RATE}),
}
"""Written by hand from the law, not from the code: the second opinion on the table."""

CLAUSE: dict[Action, str] = {
    A.PASS_PRE_CHECK: "指南-5-受理",
    A.REQUEST_CORRECTION: "许可法-32",
    A.CORRECT: "许可法-32",
    A.ACCEPT: "许可法-32",
    A.DEEM_ACCEPTED: "许可法-32",
    A.REFUSE_ACCEPTANCE: "许可法-32",
    A.REVIEW: "许可法-34",
    A.STOP_CLOCK: "许可法-45",
    A.RESUME_CLOCK: "许可法-45",
    A.EXTEND: "许可法-42",
    A.GRANT: "许可法-38",
    A.REFUSE: "许可法-38",
    A.ISSUE: "许可法-39",
    A.DELIVER: "许可法-44",
    A.CLOSE: "指南-5-办结",
    A.WITHDRAW: "指南-5-撤回",
    A.PASS_ON: "许可法-32",
    A.LAPSE: "指南-5-补正逾期",
    A.VOID: "指南-5-作废",
    A.RATE: "好差评-51",
    A.ARCHIVE: "716号令-12",
}


@pytest.fixture(autouse=True)
def offering() -> None:
    """
    Publish an offering that ends in a licence.
    """
    make.publish_permit()


class TestTable:
    def test_knows_every_state_and_every_action(self) -> None:
        assert set(ALLOWED) == set(CaseStatus)
        assert set(ACTS) == set(CLAUSE) == set(Action) - {Action.SUBMIT}

    @pytest.mark.parametrize("status", CaseStatus)
    def test_allows_what_the_law_allows(self, status: CaseStatus) -> None:
        number = case_in(status)
        version = Case.objects.get(number=number).version
        happened = set()

        for action in ALLOWED[status]:
            undo = transaction.savepoint()
            ACTS[action](number, AT)
            if Case.objects.get(number=number).version > version:
                happened.add(action)
            transaction.savepoint_rollback(undo)

        assert happened == ALLOWED[status]

    @pytest.mark.parametrize("status", CaseStatus)
    def test_refuses_everything_else_by_code_and_clause_and_changes_nothing(self, status: CaseStatus) -> None:
        number = case_in(status)
        before = contents()
        refused = {}

        for action in set(ACTS) - ALLOWED[status]:
            with pytest.raises(RuleViolation) as refusal:
                ACTS[action](number, AT)
            refused[action] = (refusal.value.code, refusal.value.clause)

        second_notice = status is CaseStatus.CORRECTED
        assert refused == {
            action: (
                "second_correction_notice"
                if second_notice and action is A.REQUEST_CORRECTION
                else "case_state_forbids_action",
                CLAUSE[action],
            )
            for action in set(ACTS) - ALLOWED[status]
        }
        assert contents() == before
