"""
The statutory life of a case: one table of (action, states, next state, guards, clause). Nothing else changes a state.

Sources: 行政许可法 arts. 32, 34, 37, 38, 42, 44, 45, 69, 70; 国办函〔2016〕108号 五(一); standards.md 3.7 and 10.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from tongban.business.casework.values import Action, CaseStatus
from tongban.foundation.rules import implements

S = CaseStatus

LARGEST_EXTENSION_WORKING_DAYS = 10
LARGEST_JOINT_EXTENSION_WORKING_DAYS = 15


class Refusal(StrEnum):
    """
    Why the table refuses a move; the value is the stable code of the error.
    """

    WRONG_STATE = "case_state_forbids_action"
    SECOND_CORRECTION = "second_correction_notice"
    CORRECTION_TOO_LATE = "correction_notice_too_late"
    REFUSAL_TOO_LATE = "refusal_to_accept_too_late"
    NOTHING_TO_CORRECT = "correction_names_nothing"
    NOT_YET_DEEMED = "not_yet_deemed_accepted"
    SECOND_EXTENSION = "second_extension"
    EXTENSION_TOO_LONG = "extension_too_long"
    EXTENSION_TOO_LATE = "extension_after_deadline"
    REASON_MISSING = "reason_missing"
    PROCEDURE_UNKNOWN = "special_procedure_without_basis"
    RESULT_IS_NO_LICENCE = "result_is_no_licence"
    NOT_YET_LAPSED = "correction_still_in_time"
    RATED_ALREADY = "already_rated"


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """
    What the guards look at: the case as it stands, the day, and what the actor wants.
    """

    status: CaseStatus
    today: date
    acceptance_due: date | None
    statutory_due: date | None
    correction_count: int
    correction_due: date | None
    extension_days: int
    is_joint: bool
    has_licence: bool
    is_rated: bool
    reason: str = ""
    items: int = 0
    extension_wanted: int = 0
    basis: str = ""


Guard = Callable[[Question], Refusal | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Move:
    """
    One row of the table.
    """

    action: Action
    sources: frozenset[CaseStatus]
    target: CaseStatus | None
    """None: the state stays as it is."""
    clause: str
    """Clause that gives or limits the power; shown when the move is refused."""
    guards: tuple[Guard, ...] = ()


@implements("许可法-32")
def correction_only_once(question: Question) -> Refusal | None:
    """
    Everything that is missing must be named at once: there is no second notice.
    """
    return Refusal.SECOND_CORRECTION if question.correction_count else None


@implements("许可法-32")
def correction_in_time(question: Question) -> Refusal | None:
    """
    Refuse a notice after five working days: by then the case is accepted by law.
    """
    late = question.acceptance_due is not None and question.today > question.acceptance_due
    return Refusal.CORRECTION_TOO_LATE if late else None


@implements("许可法-32")
def refusal_in_time(question: Question) -> Refusal | None:
    """
    Refuse to refuse after five working days: silence has accepted the case, whether it is written down yet or not.
    """
    late = question.acceptance_due is not None and question.today > question.acceptance_due
    return Refusal.REFUSAL_TOO_LATE if late else None


def correction_names_something(question: Question) -> Refusal | None:
    """
    Refuse a notice that names nothing.
    """
    return None if question.items else Refusal.NOTHING_TO_CORRECT


@implements("许可法-32")
def silence_lasted_long_enough(question: Question) -> Refusal | None:
    """
    Silence is acceptance only after the last day for an answer has passed.
    """
    passed = question.acceptance_due is not None and question.today > question.acceptance_due
    return None if passed else Refusal.NOT_YET_DEEMED


@implements("许可法-38", "指南-5-作废")
def reason_given(question: Question) -> Refusal | None:
    """
    Who refuses, stops, withdraws or voids must say why.
    """
    return None if question.reason.strip() else Refusal.REASON_MISSING


@implements("许可法-45")
def basis_given(question: Question) -> Refusal | None:
    """
    Only procedures named by law stop the clock, so each stop names its basis.
    """
    return None if question.basis.strip() else Refusal.PROCEDURE_UNKNOWN


@implements("许可法-42")
def extended_only_once(question: Question) -> Refusal | None:
    """
    Refuse a second extension.
    """
    return Refusal.SECOND_EXTENSION if question.extension_days else None


@implements("许可法-42")
def extension_not_too_long(question: Question) -> Refusal | None:
    """
    Ten working days at most; fifteen for joint handling.
    """
    largest = LARGEST_JOINT_EXTENSION_WORKING_DAYS if question.is_joint else LARGEST_EXTENSION_WORKING_DAYS
    return None if 1 <= question.extension_wanted <= largest else Refusal.EXTENSION_TOO_LONG


@implements("许可法-42")
def extension_in_time(question: Question) -> Refusal | None:
    """
    Refuse to extend a limit that has passed.
    """
    late = question.statutory_due is not None and question.today > question.statutory_due
    return Refusal.EXTENSION_TOO_LATE if late else None


def ends_in_a_licence(question: Question) -> Refusal | None:
    """
    Only where the result is a licence is there something to issue.
    """
    return None if question.has_licence else Refusal.RESULT_IS_NO_LICENCE


@implements("指南-5-补正逾期")
def correction_period_over(question: Question) -> Refusal | None:
    """
    Refuse to end a case while the applicant still has time to correct.
    """
    over = question.correction_due is not None and question.today > question.correction_due
    return None if over else Refusal.NOT_YET_LAPSED


@implements("好差评-51")
def not_rated_yet(question: Question) -> Refusal | None:
    """
    One case, one rating (国办发〔2019〕51号: 一事一评).
    """
    return Refusal.RATED_ALREADY if question.is_rated else None


def _row(
    action: Action,
    sources: set[CaseStatus],
    target: CaseStatus | None,
    clause: str,
    *guards: Guard,
) -> Move:
    return Move(action=action, sources=frozenset(sources), target=target, clause=clause, guards=guards)


ANSWERABLE = {S.SUBMITTED, S.PRE_CHECKED, S.CORRECTED}

LIFE: tuple[Move, ...] = (
    _row(Action.PASS_PRE_CHECK, {S.SUBMITTED, S.CORRECTED}, S.PRE_CHECKED, "指南-5-受理"),
    _row(
        Action.REQUEST_CORRECTION,
        ANSWERABLE,
        S.CORRECTION,
        "许可法-32",
        correction_only_once,
        correction_in_time,
        correction_names_something,
    ),
    _row(Action.CORRECT, {S.CORRECTION}, S.CORRECTED, "许可法-32"),
    _row(Action.ACCEPT, ANSWERABLE, S.ACCEPTED, "许可法-32"),
    _row(Action.DEEM_ACCEPTED, ANSWERABLE, S.ACCEPTED, "许可法-32", silence_lasted_long_enough),
    _row(Action.REFUSE_ACCEPTANCE, ANSWERABLE, S.NOT_ACCEPTED, "许可法-32", refusal_in_time, reason_given),
    _row(Action.REVIEW, {S.ACCEPTED}, None, "许可法-34"),
    _row(Action.STOP_CLOCK, {S.ACCEPTED}, S.SUSPENDED, "许可法-45", reason_given, basis_given),
    _row(Action.RESUME_CLOCK, {S.SUSPENDED}, S.ACCEPTED, "许可法-45"),
    _row(
        Action.EXTEND,
        {S.ACCEPTED, S.SUSPENDED},
        None,
        "许可法-42",
        reason_given,
        extended_only_once,
        extension_not_too_long,
        extension_in_time,
    ),
    _row(Action.GRANT, {S.ACCEPTED}, S.GRANTED, "许可法-38"),
    _row(Action.REFUSE, {S.ACCEPTED}, S.REFUSED, "许可法-38", reason_given),
    _row(Action.ISSUE, {S.GRANTED}, S.ISSUED, "许可法-39", ends_in_a_licence),
    _row(Action.DELIVER, {S.GRANTED, S.ISSUED, S.REFUSED}, S.DELIVERED, "许可法-44"),
    _row(Action.CLOSE, {S.DELIVERED}, S.CLOSED, "指南-5-办结"),
    _row(
        Action.WITHDRAW,
        {S.SUBMITTED, S.PRE_CHECKED, S.CORRECTION, S.CORRECTED, S.ACCEPTED, S.SUSPENDED},
        S.WITHDRAWN,
        "指南-5-撤回",
    ),
    _row(Action.PASS_ON, ANSWERABLE | {S.ACCEPTED}, S.PASSED_ON, "许可法-32", reason_given),
    _row(Action.LAPSE, {S.CORRECTION}, S.LAPSED, "指南-5-补正逾期", correction_period_over),
    _row(
        Action.VOID,
        {S.SUBMITTED, S.PRE_CHECKED, S.CORRECTION, S.CORRECTED, S.ACCEPTED},
        S.VOIDED,
        "指南-5-作废",
        reason_given,
    ),
    _row(Action.RATE, {S.CLOSED, S.NOT_ACCEPTED, S.ARCHIVED}, None, "好差评-51", not_rated_yet),
    _row(
        Action.ARCHIVE,
        {S.CLOSED, S.NOT_ACCEPTED, S.WITHDRAWN, S.PASSED_ON, S.LAPSED, S.VOIDED},
        S.ARCHIVED,
        "716号令-12",
    ),
)

BY_ACTION: dict[Action, Move] = {move.action: move for move in LIFE}


def move_for(action: Action) -> Move:
    """
    Return the row of the table for `action`.

    :raises KeyError: the action begins a case and has no row
    """
    return BY_ACTION[action]


def refusal_of(action: Action, question: Question) -> Refusal | None:
    """
    Return why `action` is refused, or None when the table allows it.
    """
    move = move_for(action)
    if question.status not in move.sources:
        return Refusal.WRONG_STATE
    return next((refusal for guard in move.guards if (refusal := guard(question)) is not None), None)


def open_actions(question: Question) -> list[Action]:
    """
    Return the actions whose state allows them now; what the person types is checked when it is sent.
    """
    return [move.action for move in LIFE if question.status in move.sources]
