"""
What each act costs: a number of statements that grows neither with other cases nor with what happened before.
"""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import casework as make
from tests.factories.life import ACTS, AT, case_in
from tongban.business.casework.values import Action, CaseStatus

pytestmark = pytest.mark.django_db

A, S = Action, CaseStatus
MANY = 4
MOST = 24
"""A grant decides, issues the licence, delivers it and closes the case, each with its notice or job."""

STATES: dict[Action, CaseStatus] = {
    A.PASS_PRE_CHECK: S.SUBMITTED,
    A.REQUEST_CORRECTION: S.SUBMITTED,
    A.CORRECT: S.CORRECTION,
    A.ACCEPT: S.SUBMITTED,
    A.DEEM_ACCEPTED: S.SUBMITTED,
    A.REFUSE_ACCEPTANCE: S.SUBMITTED,
    A.REVIEW: S.ACCEPTED,
    A.STOP_CLOCK: S.ACCEPTED,
    A.RESUME_CLOCK: S.SUSPENDED,
    A.EXTEND: S.ACCEPTED,
    A.GRANT: S.ACCEPTED,
    A.REFUSE: S.ACCEPTED,
    A.ISSUE: S.GRANTED,
    A.DELIVER: S.ISSUED,
    A.CLOSE: S.DELIVERED,
    A.WITHDRAW: S.SUBMITTED,
    A.PASS_ON: S.SUBMITTED,
    A.LAPSE: S.CORRECTION,
    A.VOID: S.ACCEPTED,
    A.RATE: S.CLOSED,
    A.ARCHIVE: S.CLOSED,
}


def cost(action: Action) -> int:
    number = case_in(STATES[action])
    with CaptureQueriesContext(connection) as statements:
        ACTS[action](number, AT)
    return len(statements)


class TestActs:
    def test_are_all_looked_at(self) -> None:
        assert STATES.keys() == ACTS.keys()

    @pytest.mark.parametrize("action", ACTS)
    def test_cost_the_same_with_many_cases(self, action: Action) -> None:
        make.publish_permit()
        cost(action)
        first = cost(action)
        for status in (S.SUBMITTED, S.SUSPENDED, S.CORRECTED, S.CLOSED) * MANY:
            case_in(status)

        assert cost(action) == first <= MOST
