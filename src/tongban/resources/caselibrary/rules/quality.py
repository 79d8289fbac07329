"""
What a row must be to be taken: codes that exist, times in their order, a case it belongs to.

Sources: C 0110 (accept before process, special procedure and material, those before result; a result only after
acceptance), GB/T 39046-2020 tables 5-9 and annex A; standards.md 3.3, 3.4.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tongban.foundation.clock import civil_date
from tongban.foundation.codes import (
    PROVINCES,
    check_implementation_code,
    is_resident_id,
    is_social_credit_code,
    subtree_prefix,
)
from tongban.resources.caselibrary.values import (
    CaseContent,
    CaseState,
    Content,
    Fault,
    LicenceContent,
    MaterialContent,
    PartContent,
    ProcessContent,
    RatingContent,
    ResultContent,
    SpecialContent,
)

TOLERATED_SKEW: Final = timedelta(hours=1)
"""Clocks of other systems may be ahead by this much."""
RESIDENT_ID: Final = "111"
IMPLEMENTATION_LENGTH: Final = 31

HANDLING_KINDS: Final = frozenset({"1", "2", "9"})
"""T6."""
APPLICANT_KINDS: Final = frozenset({"1", "2", "3", "4", "5", "6", "7", "9"})
"""T4 of C 0109."""
CHANNELS: Final = frozenset({"", "0", "1", "2", "3", "4", "5", "8", "9"})
"""T27."""
ACTIONS: Final = frozenset({"1", "2", "9"})
"""T23."""
STEP_STATES: Final = frozenset({"1", "2"})
"""T24."""
SPECIAL_TYPES: Final = frozenset({"1", "2"})
"""T7."""
WAYS: Final = frozenset({"1", "2", "3", "9"})
"""T25."""
RESULTS: Final = frozenset({"0", "1", "2", "3", "4", "5", "6"})
"""T22."""
DECIDED: Final = frozenset({"0", "1"})
"""Results that only an accepted case can have."""
ENDED: Final = frozenset({CaseState.ENDED, CaseState.NOT_ACCEPTED, CaseState.RETURNED})
AFTER_ACCEPTANCE: Final = frozenset({CaseState.ACCEPTED, CaseState.SUSPENDED, CaseState.UNDER_WAY})


@dataclass(frozen=True, kw_only=True, slots=True)
class Surroundings:
    """
    What is known when rows arrive.
    """

    at: datetime
    area: str = ""
    """What the codes of nodes may begin with from which the teller passes rows on; empty: of the whole country."""
    known_agencies: Collection[str] = ()
    """Codes of the register; some were published with a wrong check character and are what they are."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseFacts:
    """
    What the library holds of the case that a row belongs to.
    """

    applied_at: datetime
    accepted_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """
    Why a row is not taken now.
    """

    fault: Fault
    waits: bool = False
    """It may be taken later: what it needs is told by another stream."""


def case_fault(case: CaseContent, known: Surroundings) -> Fault | None:
    """
    Return what is wrong with a case, the first that applies; None: nothing.
    """
    checks = (_place_fault, _item_fault, _code_fault, _case_times_fault, _state_fault)
    return next((fault for check in checks if (fault := check(case, known))), None)


def part_verdict(row: PartContent, case: CaseFacts | None, known: Surroundings) -> Verdict | None:
    """
    Return why a row of a case is not taken; None: it is.

    :param case: None: its case has not come
    """
    if fault := area_fault(row, known):
        return Verdict(fault=fault)
    if fault := _of_kind(row, known):
        return Verdict(fault=fault)
    if case is None:
        return Verdict(fault=Fault.CASE_MISSING, waits=True)
    if case.accepted_at is None and _needs_acceptance(row):
        return Verdict(fault=Fault.NOT_ACCEPTED, waits=True)
    moments = _moments(row)
    is_too_early = bool(moments) and civil_date(moments[0]) < civil_date(_earliest(row, case))
    return Verdict(fault=Fault.TIMES_OUT_OF_ORDER) if is_too_early else None


def area_fault(row: Content, known: Surroundings) -> Fault | None:
    """
    Return why a teller is not believed about a row of this node, whatever it says, also that it is no more.
    """
    return None if row.node.startswith(known.area) else Fault.NODE_OUTSIDE_AREA


def _place_fault(case: CaseContent, known: Surroundings) -> Fault | None:
    if fault := area_fault(case, known):
        return fault
    is_inside = case.division_code.startswith(subtree_prefix(case.node))
    is_somewhere = case.division_code[:2] in PROVINCES or case.division_code == case.node
    if not (is_somewhere and is_inside):
        return Fault.DIVISION_INVALID
    is_agency = is_social_credit_code(case.agency_code) or case.agency_code in known.known_agencies
    return None if is_agency else Fault.AGENCY_CODE_INVALID


def _item_fault(case: CaseContent, known: Surroundings) -> Fault | None:
    if not (case.task_code or case.local_task_code):
        return Fault.ITEM_CODE_MISSING
    is_national = len(case.task_code) == IMPLEMENTATION_LENGTH
    if is_national and not check_implementation_code(case.task_code).is_valid:
        return Fault.ITEM_CODE_INVALID
    return None


def _code_fault(case: CaseContent, known: Surroundings) -> Fault | None:
    if case.state not in CaseState.values:
        return Fault.STATE_UNKNOWN
    applicant = case.applicant
    are_known = (
        case.handling_kind in HANDLING_KINDS
        and case.channel in CHANNELS
        and applicant.kind in APPLICANT_KINDS
    )
    if not are_known:
        return Fault.CODE_UNKNOWN
    is_resident = applicant.id_type == RESIDENT_ID and applicant.id_number != ""
    if is_resident and not is_resident_id(applicant.id_number, on=civil_date(known.at)):
        return Fault.ID_NUMBER_INVALID
    return None


def _case_times_fault(case: CaseContent, known: Surroundings) -> Fault | None:
    moments = [moment for moment in (case.applied_at, case.accepted_at, case.ended_at) if moment is not None]
    if _is_future(moments, known):
        return Fault.TIME_IN_FUTURE
    days = [civil_date(moment) for moment in moments]
    return None if days == sorted(days) else Fault.TIMES_OUT_OF_ORDER


def _state_fault(case: CaseContent, known: Surroundings) -> Fault | None:
    has_ended = case.ended_at is not None
    is_accepted = case.accepted_at is not None
    agrees = has_ended is (case.state in ENDED) and (is_accepted or case.state not in AFTER_ACCEPTANCE)
    return None if agrees else Fault.STATE_CONTRADICTS_TIMES


def _of_kind(row: PartContent, known: Surroundings) -> Fault | None:
    if not _codes_exist(row):
        return Fault.CODE_UNKNOWN
    moments = _moments(row)
    if _is_future(moments, known):
        return Fault.TIME_IN_FUTURE
    return None if moments == sorted(moments) else Fault.TIMES_OUT_OF_ORDER


def _codes_exist(row: PartContent) -> bool:
    match row:
        case ProcessContent():
            return row.action in ACTIONS and row.state in STEP_STATES
        case SpecialContent():
            return row.special_type in SPECIAL_TYPES
        case MaterialContent():
            return row.way in WAYS
        case ResultContent():
            return row.result_type in RESULTS
    return True


def _moments(row: Content) -> list[datetime]:
    """
    Return the moments that a row names, as they must follow one another.
    """
    match row:
        case ProcessContent():
            return [row.started_at, row.ended_at]
        case SpecialContent():
            return [row.started_at, *([row.ended_at] if row.ended_at else [])]
        case ResultContent():
            return [row.ended_at]
        case LicenceContent():
            return [row.issued_at]
        case RatingContent():
            return [row.rated_at]
    return []


def _needs_acceptance(row: PartContent) -> bool:
    is_decided = isinstance(row, ResultContent) and row.result_type in DECIDED
    return is_decided or isinstance(row, SpecialContent | LicenceContent)


def _earliest(row: PartContent, case: CaseFacts) -> datetime:
    if _needs_acceptance(row) and case.accepted_at is not None:
        return case.accepted_at
    return case.applied_at


def _is_future(moments: Iterable[datetime], known: Surroundings) -> bool:
    return any(moment > known.at + TOLERATED_SKEW for moment in moments)
