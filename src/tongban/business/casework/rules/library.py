"""
A case as the case library keeps it: what of its state and of its log goes into which table (C 0110, standards.md 3.4).
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from tongban.business.casework.events import EventKind
from tongban.business.casework.rules.projection import CaseState
from tongban.business.casework.values import Applicant, CaseStatus, ResultCode, Terms
from tongban.foundation.actors import ActorKind
from tongban.foundation.codes import check_implementation_code
from tongban.resources.caselibrary.values import (
    ApplicantContent,
    CaseContent,
    Content,
    LicenceContent,
    MaterialContent,
    ProcessContent,
    RatingContent,
    ResultContent,
    SpecialContent,
)
from tongban.resources.caselibrary.values import CaseState as LibraryState

SYSTEM: Final = "tongban"
LONGEST_WORDS: Final = 2000
HANDLING_KINDS: Final = {"ON_THE_SPOT": "1", "COMMITTED": "2"}
"""T6; anything else is 9."""
PASSED, RETURNED, OTHER = "1", "2", "9"
"""T23."""
ACTIONS: Final = {
    EventKind.PRE_CHECKED: PASSED,
    EventKind.CORRECTION_REQUESTED: RETURNED,
    EventKind.ACCEPTED: PASSED,
    EventKind.DEEMED_ACCEPTED: PASSED,
    EventKind.ACCEPTANCE_REFUSED: RETURNED,
    EventKind.GRANTED: PASSED,
    EventKind.REFUSED: RETURNED,
}
OUTCOMES: Final = {"PASS": PASSED, "RETURN": RETURNED}
NO_STEPS: Final = frozenset(
    {
        EventKind.CLOCK_STOPPED,
        EventKind.CLOCK_RESUMED,
        EventKind.EXTENDED,
        EventKind.RATED,
        EventKind.ARCHIVED,
    }
)
"""They have tables of their own, or are no handling."""
BY_RESULT: Final = {
    ResultCode.NOT_ACCEPTED.value: LibraryState.NOT_ACCEPTED,
    ResultCode.LAPSED.value: LibraryState.RETURNED,
}
BEFORE_THE_END: Final = {
    CaseStatus.CORRECTION: LibraryState.CORRECTING,
    CaseStatus.SUSPENDED: LibraryState.SUSPENDED,
    CaseStatus.ACCEPTED: LibraryState.ACCEPTED,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class LoggedEvent:
    """
    One line of a case's log.
    """

    seq: int
    at: datetime
    kind: EventKind
    actor_kind: str
    actor_name: str
    agency_code: str
    data: dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class WholeRow:
    """
    All that is known of a case.
    """

    node: str
    number: str
    division_code: str
    channel: str
    promised_due: date | None
    terms: Terms
    state: CaseState
    applicant: Applicant
    acceptance_document: str
    log: Sequence[LoggedEvent]


def contents_of(row: WholeRow, *, label: Callable[[EventKind], str]) -> tuple[Content, ...]:
    """
    Return the case and everything of it; the case comes first.

    :param label: name of a kind of event, in Chinese
    """
    return (
        _case(row),
        *_process(row, label),
        *_special(row, label),
        *_materials(row),
        *_result(row),
        *_licences(row),
        *_ratings(row),
    )


def _case(row: WholeRow) -> CaseContent:
    terms, state = row.terms, row.state
    is_national = check_implementation_code(terms.case_prefix).is_valid
    is_basic = len(terms.basic_code) == len("000000000000")
    return CaseContent(
        **_known_by(row),
        catalog_code=terms.basic_code if is_basic else "",
        local_catalog_code="" if is_basic else terms.basic_code[:50],
        task_code=terms.case_prefix if is_national else "",
        local_task_code=terms.offering_code[:50],
        variant_code=terms.variant_code[:50],
        item_name=terms.service_name,
        item_version=terms.offering_version,
        summary=state.summary[:1000],
        handling_kind=HANDLING_KINDS.get(terms.handling_kind, "9"),
        applicant=_applicant(row.applicant),
        applied_at=state.submitted_at,
        channel=row.channel,
        agency_code=terms.agency_code,
        agency_name=terms.agency_name[:200],
        division_code=row.division_code,
        handler=next((_handler(event) for event in row.log if event.kind is EventKind.ACCEPTED), ""),
        accepted_at=state.accepted_at,
        acceptance_document=row.acceptance_document,
        promised_on=row.promised_due,
        state=_state(state).value,
        ended_at=state.closed_at,
    )


def _applicant(applicant: Applicant) -> ApplicantContent:
    return ApplicantContent(
        name=applicant.name,
        kind=applicant.kind,
        id_type=applicant.id_type,
        id_number=applicant.id_number,
        legal_representative=applicant.legal_representative,
        contact_name=applicant.agent_name,
        contact_id_type=applicant.agent_id_type,
        contact_id_number=applicant.agent_id_number,
        contact_mobile=applicant.agent_mobile or applicant.mobile,
        address=applicant.address,
    )


def _state(state: CaseState) -> LibraryState:
    if state.closed_at is not None:
        return BY_RESULT.get(state.result_code, LibraryState.ENDED)
    if state.status in BEFORE_THE_END:
        has_begun = state.status is CaseStatus.ACCEPTED and bool(state.reviews)
        return LibraryState.UNDER_WAY if has_begun else BEFORE_THE_END[state.status]
    return LibraryState.UNDER_WAY if state.accepted_at is not None else LibraryState.RECEIVED


def _known_by(row: WholeRow) -> dict[str, Any]:
    return {"node": row.node, "system": SYSTEM, "number": row.number}


def _process(row: WholeRow, label: Callable[[EventKind], str]) -> Iterator[ProcessContent]:
    for event in row.log:
        if event.kind in NO_STEPS:
            continue
        is_review = event.kind is EventKind.REVIEWED
        action = ACTIONS.get(event.kind, OTHER)
        yield ProcessContent(
            **_known_by(row),
            part=str(event.seq),
            name=(str(event.data.get("stage_name") or "") if is_review else "") or label(event.kind),
            action=OUTCOMES.get(str(event.data.get("outcome")), OTHER) if is_review else action,
            started_at=event.at,
            ended_at=event.at,
            handler=_handler(event),
            agency_code=event.agency_code,
            explanation=_words(event, "opinion", "reason", "note"),
        )


def _special(row: WholeRow, label: Callable[[EventKind], str]) -> Iterator[SpecialContent]:
    ends = iter([event for event in row.log if event.kind is EventKind.CLOCK_RESUMED])
    for event in row.log:
        if event.kind is EventKind.CLOCK_STOPPED:
            end = next(ends, None)
            yield SpecialContent(
                **_known_by(row),
                part=str(event.seq),
                special_type="2",
                name=str(event.data.get("name") or label(event.kind))[:200],
                started_at=event.at,
                reason=_words(event, "reason"),
                approver=str(event.data.get("approver") or "")[:200],
                handler=_handler(event),
                explanation=_words(event, "basis"),
                result=_words(end, "result") if end else "",
                ended_at=end.at if end else None,
            )
        if event.kind is EventKind.EXTENDED:
            yield SpecialContent(
                **_known_by(row),
                part=str(event.seq),
                special_type="1",
                name=label(event.kind),
                started_at=event.at,
                reason=_words(event, "reason"),
                handler=_handler(event),
                ended_at=event.at,
            )


def _materials(row: WholeRow) -> Iterator[MaterialContent]:
    for material in row.state.materials:
        known_by = f"{material['material_code']}|{material['file_id']}|{material.get('licence', '')}"
        yield MaterialContent(
            **_known_by(row),
            part=hashlib.sha256(known_by.encode()).hexdigest()[:16],
            name=material["name"][:500] or material["material_code"],
            way=material.get("get_type") or "2",
        )


def _result(row: WholeRow) -> Iterator[ResultContent]:
    state = row.state
    if state.closed_at is None:
        return
    deciding = {EventKind.GRANTED, EventKind.REFUSED}
    decided = next((event for event in row.log if event.kind in deciding), None)
    last = decided or max(
        (event for event in row.log if event.kind not in NO_STEPS), key=lambda event: event.seq
    )
    issued = [event.data for event in row.log if event.kind is EventKind.ISSUED]
    yield ResultContent(
        **_known_by(row),
        part="1",
        result_type=state.result_code or ResultCode.GRANTED.value,
        ended_at=state.closed_at,
        explanation=_words(last, "opinion", "reason"),
        certificate_name=str(issued[0].get("name") or "")[:200] if issued else "",
        certificate_number=",".join(str(one.get("number") or "") for one in issued)[:LONGEST_WORDS],
        is_delivered=state.delivered_at is not None,
        handler=_handler(last),
    )


def _licences(row: WholeRow) -> Iterator[LicenceContent]:
    for event in row.log:
        if event.kind is EventKind.ISSUED:
            yield LicenceContent(
                **_known_by(row),
                part=str(event.seq),
                identifier=str(event.data["identifier"]),
                licence_number=str(event.data.get("number") or "")[:200],
                name=str(event.data.get("name") or "")[:200],
                issued_at=event.at,
            )


def _ratings(row: WholeRow) -> Iterator[RatingContent]:
    for event in row.log:
        if event.kind is EventKind.RATED:
            yield RatingContent(
                **_known_by(row),
                part="1",
                satisfaction=event.data["stars"],
                rated_at=event.at,
                tags=tuple(event.data.get("tags", ())),
                text=_words(event, "comment"),
            )


def _handler(event: LoggedEvent) -> str:
    """
    Return who handled it; whoever applies, and the node itself, handle nothing.
    """
    works = event.actor_kind in {ActorKind.STAFF.value, ActorKind.CLIENT.value}
    return event.actor_name[:200] if works else ""


def _words(event: LoggedEvent, *names: str) -> str:
    found = (str(event.data[name]) for name in names if event.data.get(name))
    return next(found, "")[:LONGEST_WORDS]
