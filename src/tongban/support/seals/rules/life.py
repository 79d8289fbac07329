"""
印章的生命周期: one table of (action, states, next state, role, who may not be the same person).

Nothing else changes the state of a seal.

Source: standards.md 6.3 (申请 → 审核 → 制作 → 备案 → 发放 → 授权 → 挂失 → 销毁; 变更, 续期, 冻结/解冻).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tongban.foundation.rules import implements
from tongban.support.seals.values import SealAction as A
from tongban.support.seals.values import SealState as S

KEEPER: Final = "SEAL_KEEPER"
REVIEWER: Final = "SEAL_REVIEWER"
MAKER: Final = "SEAL_MAKER"
REGISTRAR: Final = "SEAL_REGISTRAR"
NODE: Final = "NODE"
"""The node itself: nobody's role."""


class Fault(StrEnum):
    """
    Why the table refuses a step.
    """

    WRONG_STATE = "seal_state_forbids_step"
    SAME_PERSON = "seal_step_by_same_person"
    REASON_MISSING = "seal_step_without_reason"


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """
    One row of the table.
    """

    action: A
    sources: frozenset[S]
    target: S | None
    """None: the state stays as it is."""
    roles: frozenset[str]
    """Who may take it; one of these roles."""
    others_than: frozenset[A] = frozenset()
    """Whoever took one of these steps with this seal may not take this one (职责分离)."""
    needs_reason: bool = False


def _row(
    action: A,
    sources: set[S],
    target: S | None,
    roles: set[str],
    *,
    others_than: tuple[A, ...] = (),
    needs_reason: bool = False,
) -> Step:
    return Step(
        action=action,
        sources=frozenset(sources),
        target=target,
        roles=frozenset(roles),
        others_than=frozenset(others_than),
        needs_reason=needs_reason,
    )


WAITING: Final = {S.REVIEWED, S.MADE, S.FILED, S.ISSUED}
"""Approved, and not in use yet."""
LIVING: Final = {S.IN_USE, S.SUSPENDED}

LIFE: Final[tuple[Step, ...]] = (
    _row(A.WITHDRAW, {S.APPLIED, S.REVIEWED}, S.WITHDRAWN, {KEEPER}),
    _row(A.REVIEW, {S.APPLIED}, S.REVIEWED, {REVIEWER}, others_than=(A.APPLY,)),
    _row(A.REJECT, {S.APPLIED}, S.REJECTED, {REVIEWER}, others_than=(A.APPLY,), needs_reason=True),
    _row(A.MAKE, {S.REVIEWED}, S.MADE, {MAKER}, others_than=(A.APPLY, A.REVIEW)),
    _row(A.FILE, {S.MADE}, S.FILED, {REGISTRAR}, others_than=(A.APPLY, A.REVIEW, A.MAKE)),
    _row(A.ISSUE, {S.FILED}, S.ISSUED, {MAKER}, others_than=(A.APPLY, A.REVIEW, A.FILE)),
    # Whoever hands it out does not confirm that it has come.
    _row(A.RECEIVE, {S.ISSUED}, S.IN_USE, {KEEPER}, others_than=(A.MAKE, A.FILE, A.ISSUE)),
    _row(A.AUTHORISE, {S.IN_USE}, None, {KEEPER}),
    _row(A.END_AUTHORISATION, LIVING | {S.EXPIRED, S.REPLACED, S.DESTROYED}, None, {KEEPER, REGISTRAR}),
    _row(A.FREEZE, {S.IN_USE}, S.SUSPENDED, {KEEPER, REVIEWER, REGISTRAR}, needs_reason=True),
    _row(A.REPORT_LOSS, LIVING, S.SUSPENDED, {KEEPER, REVIEWER, REGISTRAR}, needs_reason=True),
    # What one person has stopped, another lets go on.
    _row(
        A.RESUME,
        {S.SUSPENDED},
        S.IN_USE,
        {REGISTRAR},
        others_than=(A.FREEZE, A.REPORT_LOSS),
        needs_reason=True,
    ),
    _row(A.EXPIRE, LIVING | {S.FILED, S.ISSUED}, S.EXPIRED, {NODE}),
    _row(A.REPLACE, LIVING | {S.EXPIRED}, S.REPLACED, {NODE}),
    _row(
        A.DESTROY,
        LIVING | WAITING | {S.EXPIRED, S.REPLACED},
        S.DESTROYED,
        {REGISTRAR},
        others_than=(A.APPLY,),
        needs_reason=True,
    ),
)

BY_ACTION: Final = {step.action: step for step in LIFE}
ENDED: Final = frozenset({S.REJECTED, S.WITHDRAWN, S.DESTROYED})
"""States that nothing leads out of."""


@implements("印章-生命周期")
def refusal(
    action: A, *, state: S, actor_id: str, took: Mapping[A, frozenset[str]], reason: str = "-"
) -> Fault | None:
    """
    Return why a step cannot be taken, or None.

    :param state: in which the seal is
    :param actor_id: who wants to take it
    :param took: who took which steps with this version of the seal
    :param reason: as given; asked for where something is taken away
    """
    step = BY_ACTION[action]
    if state not in step.sources:
        return Fault.WRONG_STATE
    if any(actor_id in took.get(other, frozenset()) for other in step.others_than):
        return Fault.SAME_PERSON
    if step.needs_reason and not reason.strip():
        return Fault.REASON_MISSING
    return None


def next_state(action: A, *, state: S) -> S:
    """
    Return the state after a step that is permitted.
    """
    return BY_ACTION[action].target or state


TURNS: Final[Mapping[S, str]] = {
    S.APPLIED: REVIEWER,
    S.REVIEWED: MAKER,
    S.MADE: REGISTRAR,
    S.FILED: MAKER,
    S.ISSUED: KEEPER,
    S.SUSPENDED: REGISTRAR,
}
"""Whose turn it is in a state, by role."""


def actions_of(*, state: S, roles: frozenset[str]) -> tuple[A, ...]:
    """
    Return the steps that these roles may take in a state, in the order of the table.
    """
    return tuple(step.action for step in LIFE if state in step.sources and step.roles & roles)
