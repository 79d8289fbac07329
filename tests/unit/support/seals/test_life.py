"""
The table of the life of seals, read row by row.
"""

import pytest

from tongban.support.seals.rules import life
from tongban.support.seals.rules.life import Fault, refusal
from tongban.support.seals.values import SealAction as A
from tongban.support.seals.values import SealState as S

FORWARD = [
    (S.APPLIED, A.REVIEW, S.REVIEWED),
    (S.APPLIED, A.REJECT, S.REJECTED),
    (S.REVIEWED, A.MAKE, S.MADE),
    (S.MADE, A.FILE, S.FILED),
    (S.APPLIED, A.WITHDRAW, S.WITHDRAWN),
    (S.REVIEWED, A.WITHDRAW, S.WITHDRAWN),
    (S.FILED, A.ISSUE, S.ISSUED),
    (S.ISSUED, A.RECEIVE, S.IN_USE),
    (S.ISSUED, A.EXPIRE, S.EXPIRED),
    (S.ISSUED, A.DESTROY, S.DESTROYED),
    (S.FILED, A.EXPIRE, S.EXPIRED),
    (S.IN_USE, A.AUTHORISE, S.IN_USE),
    (S.IN_USE, A.END_AUTHORISATION, S.IN_USE),
    (S.IN_USE, A.FREEZE, S.SUSPENDED),
    (S.IN_USE, A.REPORT_LOSS, S.SUSPENDED),
    (S.IN_USE, A.EXPIRE, S.EXPIRED),
    (S.IN_USE, A.REPLACE, S.REPLACED),
    (S.IN_USE, A.DESTROY, S.DESTROYED),
    (S.SUSPENDED, A.REPORT_LOSS, S.SUSPENDED),
    (S.SUSPENDED, A.RESUME, S.IN_USE),
    (S.SUSPENDED, A.END_AUTHORISATION, S.SUSPENDED),
    (S.SUSPENDED, A.EXPIRE, S.EXPIRED),
    (S.SUSPENDED, A.REPLACE, S.REPLACED),
    (S.SUSPENDED, A.DESTROY, S.DESTROYED),
    (S.REVIEWED, A.DESTROY, S.DESTROYED),
    (S.MADE, A.DESTROY, S.DESTROYED),
    (S.FILED, A.DESTROY, S.DESTROYED),
    (S.EXPIRED, A.REPLACE, S.REPLACED),
    (S.EXPIRED, A.DESTROY, S.DESTROYED),
    (S.EXPIRED, A.END_AUTHORISATION, S.EXPIRED),
    (S.REPLACED, A.DESTROY, S.DESTROYED),
    (S.REPLACED, A.END_AUTHORISATION, S.REPLACED),
    (S.DESTROYED, A.END_AUTHORISATION, S.DESTROYED),
]


class TestTable:
    def test_permits_exactly_these_steps(self) -> None:
        permitted = {
            (state, action, life.next_state(action, state=state))
            for state in S
            for action in life.BY_ACTION
            if refusal(action, state=state, actor_id="a", took={}) is None
        }

        assert permitted == set(FORWARD)

    @pytest.mark.parametrize("action", [A.REJECT, A.FREEZE, A.REPORT_LOSS, A.RESUME, A.DESTROY])
    def test_asks_why_something_is_taken_away_or_given_back(self, action: A) -> None:
        state = next(iter(life.BY_ACTION[action].sources))

        assert refusal(action, state=state, actor_id="a", took={}, reason=" ") is Fault.REASON_MISSING

    @pytest.mark.parametrize(
        ("state", "action", "earlier"),
        [
            (S.APPLIED, A.REVIEW, A.APPLY),
            (S.APPLIED, A.REJECT, A.APPLY),
            (S.REVIEWED, A.MAKE, A.APPLY),
            (S.REVIEWED, A.MAKE, A.REVIEW),
            (S.MADE, A.FILE, A.APPLY),
            (S.MADE, A.FILE, A.REVIEW),
            (S.MADE, A.FILE, A.MAKE),
            (S.FILED, A.ISSUE, A.FILE),
            (S.FILED, A.ISSUE, A.APPLY),
            (S.ISSUED, A.RECEIVE, A.ISSUE),
            (S.ISSUED, A.RECEIVE, A.MAKE),
            (S.SUSPENDED, A.RESUME, A.FREEZE),
            (S.SUSPENDED, A.RESUME, A.REPORT_LOSS),
            (S.IN_USE, A.DESTROY, A.APPLY),
        ],
    )
    def test_keeps_two_steps_for_two_people(self, state: S, action: A, earlier: A) -> None:
        took = {earlier: frozenset({"a"})}

        assert refusal(action, state=state, actor_id="a", took=took) is Fault.SAME_PERSON
        assert refusal(action, state=state, actor_id="b", took=took) is None

    def test_lets_the_maker_hand_out_what_he_made(self) -> None:
        took = {A.MAKE: frozenset({"a"})}

        assert refusal(A.ISSUE, state=S.FILED, actor_id="a", took=took) is None

    def test_names_what_a_role_may_do_in_a_state(self) -> None:
        assert life.actions_of(state=S.IN_USE, roles=frozenset({life.KEEPER})) == (
            A.AUTHORISE,
            A.END_AUTHORISATION,
            A.FREEZE,
            A.REPORT_LOSS,
        )
        assert life.actions_of(state=S.REJECTED, roles=frozenset({life.REGISTRAR})) == ()
