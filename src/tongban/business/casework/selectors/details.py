"""
One case: everything its page shows, for whoever may see it.
"""

from base64 import b64decode
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from tongban.business.casework import permissions
from tongban.business.casework.events import EventKind
from tongban.business.casework.permissions import CasePlace
from tongban.business.casework.rules import life
from tongban.business.casework.rules.clock import ClockReading
from tongban.business.casework.rules.clock_reading import clock_of
from tongban.business.casework.rules.masking import shown_answer
from tongban.business.casework.rules.numbers import normal_query_code
from tongban.business.casework.rules.projection import CaseState
from tongban.business.casework.rules.sealing import open_key, unseal_applicant, unseal_dispute, unseal_form
from tongban.business.casework.values import (
    NATURAL_PERSON,
    Action,
    Applicant,
    CaseStatus,
    NoticeKind,
    Terms,
)
from tongban.business.catalogue import selectors as catalogue
from tongban.business.catalogue.values import FormField
from tongban.foundation import looks, policy
from tongban.foundation.actors import Actor, system_actor
from tongban.foundation.clock import civil_date
from tongban.foundation.codes import mask_id, mask_mobile, mask_name
from tongban.foundation.errors import NotFound, NotPermitted
from tongban.foundation.looks import LookAct, ObjectKind
from tongban.foundation.worktime import WorkCalendar

CASE = """
SELECT number, query_code, version, status, agency_code, division_code, applicant_id::text, applicant_masked,
       applicant_sealed, form_sealed, terms::text, state::text, submitted_at, channel, offering_code,
       (SELECT key FROM casework_casekey WHERE case_number = number)
FROM casework_case WHERE number = %s
"""

NAME_EN = "COALESCE(terms->>'service_name_en', '')"

CASE_LOOKED_AT = """
WITH seen AS MATERIALIZED (SELECT * FROM casework_case WHERE number = %(number)s), looked AS (
    {look}
)
SELECT number, query_code, version, status, agency_code, division_code, applicant_id::text, applicant_masked,
       applicant_sealed, form_sealed, terms::text, state::text, submitted_at, channel, offering_code,
       (SELECT key FROM casework_casekey WHERE case_number = number)
FROM seen
"""
"""The same, and the look is written down: one statement, for whoever is not the applicant."""

TIMELINE = """
SELECT seq, at, kind, actor_kind, actor_name, data::text FROM casework_event WHERE case_number = %s ORDER BY seq
"""

NOTICES = """
SELECT id, kind, document_number, issued_at, file_id, event_seq FROM casework_notice
WHERE case_number = %s ORDER BY id
"""

SHOWN = {
    EventKind.CORRECTION_REQUESTED: ("items", "due"),
    EventKind.ACCEPTED: ("opinion",),
    EventKind.ACCEPTANCE_REFUSED: ("reason", "competent_agency"),
    EventKind.CLOCK_STOPPED: ("name", "reason", "basis", "limit"),
    EventKind.CLOCK_RESUMED: ("result",),
    EventKind.EXTENDED: ("days", "reason"),
    EventKind.GRANTED: ("conditions",),
    EventKind.REFUSED: ("reason", "legal_basis"),
    EventKind.ISSUED: ("identifier", "number", "name", "name_en"),
    EventKind.DELIVERED: ("way",),
    EventKind.PASSED_ON: ("to_agency", "reason"),
    EventKind.WITHDRAWN: ("reason",),
    EventKind.VOIDED: ("reason",),
    EventKind.RATED: ("stars",),
    EventKind.REVIEWED: ("stage", "stage_name", "outcome"),
}
"""What the applicant is shown of an event; staff see opinions too."""
STAFF_SEE = ("opinion", "tags", "comment", "note", "recipient", "approver")


@dataclass(frozen=True, kw_only=True, slots=True)
class TimelineStep:
    """
    One event on the timeline.
    """

    seq: int
    at: datetime
    kind: EventKind
    label: str
    actor_name: str
    """A member of staff by name, an agent masked; empty for the applicant and the system."""
    facts: dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class NoticeRef:
    """
    A notice on the case.
    """

    id: int
    kind: NoticeKind
    document_number: str
    issued_at: datetime
    file_id: UUID | None
    """None while the PDF is being made."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FormAnswer:
    """
    One answer of the form. Personal data come masked, except to the applicant and with a reason.
    """

    key: str
    label: str
    label_en: str
    section: str
    section_en: str
    value: str
    value_en: str
    is_masked: bool
    """`value` hides something."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownDispute:
    """
    预填信息异议: what was filled in for the applicant and is wrong, as he says.
    """

    answers: list[FormAnswer]
    """The disputed fields, with what the applicant wrote instead or let stand."""
    remark: str
    """In his own words, which may tell anything of him; empty where `is_masked`."""
    is_masked: bool
    """There is a remark, and it is read with a purpose only."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MaskedApplicant:
    """
    The applicant as pages show him.
    """

    kind: str
    name: str
    id_type: str
    id_number: str
    mobile: str
    agent_name: str
    """经办人 or 代办人; empty: nobody acts for the applicant."""
    agent_id_number: str
    agent_mobile: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ClearCase:
    """
    Who applied and what he wrote, in clear. Made only where it was written down who asked and why.
    """

    applicant: Applicant
    answers: list[FormAnswer]
    dispute: ShownDispute | None

    def __repr__(self) -> str:
        return "ClearCase(…)"


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseDetail:
    """
    Everything a case's page shows.
    """

    number: str
    query_code: str
    """Empty for staff."""
    version: int
    status: CaseStatus
    agency_code: str
    division_code: str
    channel: str
    submitted_at: datetime
    terms: Terms
    state: CaseState
    applicant: MaskedApplicant
    answers: list[FormAnswer]
    dispute: ShownDispute | None
    """None: the applicant disputes nothing of what was filled in for him."""
    clock: ClockReading
    timeline: list[TimelineStep]
    notices: list[NoticeRef]
    actions: list[Action]
    """What this actor may do now."""
    may_reveal: bool
    """This actor may read the personal data in clear, with a reason."""


def case_by_number(*, actor: Actor, number: str, at: datetime, calendar: WorkCalendar) -> CaseDetail:
    """
    Return one case. Four queries: case, timeline, notices, the labels of its form.

    That anybody but the applicant looked is written down for the applicant to read, by the first of them.

    :raises NotFound: there is no such case, or the actor may not know of it
    """
    row = _looked_at_row(number, actor, at=at) if looks.is_foreign(actor) else _visible_row(number, actor)
    terms = msgspec.json.decode(row[10], type=Terms)
    state = msgspec.json.decode(row[11], type=CaseState)
    is_staff = not actor.is_person
    clock = clock_of(state, terms, calendar=calendar, at=at)
    answers = _answers(row, terms, state, is_clear=actor.is_person)
    return CaseDetail(
        number=row[0],
        query_code="" if is_staff else row[1],
        version=row[2],
        status=CaseStatus(row[3]),
        agency_code=row[4],
        division_code=row[5],
        channel=row[13],
        submitted_at=row[12],
        terms=terms,
        state=state if is_staff else _without_opinions(state),
        applicant=_masked(row),
        answers=answers,
        dispute=_dispute(row, state, answers, is_clear=actor.is_person),
        clock=clock,
        timeline=_timeline(number, for_staff=is_staff),
        notices=_notices(number),
        actions=_open_actions(actor, row, terms, state, clock, at=at),
        may_reveal=_may_reveal(actor, row),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """
    What anybody who holds number and query code may see: no name, no form, no opinion.
    """

    number: str
    status: CaseStatus
    service_name: str
    service_name_en: str
    agency_code: str
    agency_name: str
    submitted_at: datetime
    clock: ClockReading
    timeline: list[TimelineStep]
    needs_correction: bool


def progress(*, number: str, query_code: str, at: datetime, calendar: WorkCalendar) -> Progress:
    """
    Return how far a case is, for whoever holds its number and its query code. Two queries.

    :raises NotFound: number and code do not belong together; never says which of them is wrong
    """
    row = _case_row(number.strip().upper())
    if row is None or row[1] != normal_query_code(query_code):
        raise NotFound
    terms = msgspec.json.decode(row[10], type=Terms)
    state = msgspec.json.decode(row[11], type=CaseState)
    return Progress(
        number=row[0],
        status=CaseStatus(row[3]),
        service_name=terms.service_name,
        service_name_en=terms.service_name_en,
        agency_code=terms.agency_code,
        agency_name=terms.agency_name,
        submitted_at=row[12],
        clock=clock_of(state, terms, calendar=calendar, at=at),
        timeline=_timeline(row[0], for_staff=False, names_agents=False),
        needs_correction=CaseStatus(row[3]) is CaseStatus.CORRECTION,
    )


CASE_JSON = """
SELECT json_build_object('number', number, 'version', version, 'status', status, 'service_name', service_name,
           'agency_code', agency_code, 'agency_name', terms->>'agency_name', 'division_code', division_code,
           'channel', channel, 'applicant', applicant_masked, 'submitted_at', submitted_at,
           'accepted_at', accepted_at, 'closed_at', closed_at, 'acceptance_due', acceptance_due,
           'statutory_due', statutory_due, 'promised_due', promised_due, 'due', due,
           'offering_code', offering_code, 'handling_kind', handling_kind,
           'materials', state->'materials', 'correction', state->'correction',
           'licences', COALESCE(state->'licences', '[]'), 'result_code', state->>'result_code')::text,
       agency_code, division_code, applicant_id::text, offering_code
FROM {source}
"""
CASE_JSON_LOOKED_AT = """
WITH seen AS MATERIALIZED (SELECT * FROM casework_case WHERE number = %(number)s), looked AS (
    {look}
)
"""


def case_json(*, actor: Actor, number: str, at: datetime) -> str:
    """
    Return one case as JSON text, built by the database in one statement.

    That anybody but the applicant looked is written down for the applicant to read, by the same statement.

    :raises NotFound: there is no such case, or the actor may not know of it
    """
    if looks.is_foreign(actor):
        look, arguments = _look(actor, at=at)
        sql = CASE_JSON_LOOKED_AT.format(look=look) + CASE_JSON.format(source="seen")
    else:
        sql = CASE_JSON.format(source="casework_case WHERE number = %(number)s")
        arguments = {}
    with connection.cursor() as cursor:
        cursor.execute(sql, {**arguments, "number": number})
        row = cursor.fetchone()
    if row is None or not permissions.read_case.allows(actor, CasePlace(*row[1:])):
        raise NotFound(case_number=number)
    text: str = row[0]
    return text


def timeline_of(*, actor: Actor, number: str) -> list[TimelineStep]:
    """
    Return what happened to a case, in order. Two queries.

    :raises NotFound: there is no such case, or the actor may not know of it
    """
    _visible_row(number, actor)
    return _timeline(number, for_staff=not actor.is_person)


def may_read_case(*, actor: Actor, number: str) -> bool:
    """
    Return whether the actor may know of the case. One query.
    """
    return _permits(permissions.read_case, actor, number)


def may_open_files(*, actor: Actor, number: str) -> bool:
    """
    Return whether the actor may open what was handed in and what was written: nothing in it is masked. One query.
    """
    return _permits(permissions.reveal_case, actor, number)


def _permits(asked: policy.Action[[CasePlace]], actor: Actor, number: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT agency_code, division_code, applicant_id::text, offering_code FROM casework_case"
            " WHERE number = %s",
            [number],
        )
        row = cursor.fetchone()
    return row is not None and asked.allows(actor, CasePlace(*row))


def unsealed_applicant(*, actor: Actor, number: str) -> Applicant:
    """
    Return the applicant in clear, for documents; pages show the masked form.

    :raises NotFound: there is no such case, or the actor may not know of it
    :raises NotPermitted: only the node itself calls this
    """
    return _applicant(_row_for_the_node(actor, number))


def require_reveal(*, actor: Actor, number: str) -> None:
    """
    Refuse who may not read the case's personal data in clear. One query.

    :raises NotFound: there is no such case, or the actor may not know of it
    :raises NotPermitted: the actor may see the case but has no part in deciding it
    """
    permissions.reveal_case.require(actor, _place(_visible_row(number, actor)))


def unsealed_case(*, actor: Actor, number: str) -> ClearCase:
    """
    Return applicant and form in clear. `services.disclosure.reveal_case` audits why. Two queries.

    :raises NotFound: there is no such case
    :raises NotPermitted: only the node itself calls this
    """
    row = _row_for_the_node(actor, number)
    terms = msgspec.json.decode(row[10], type=Terms)
    state = msgspec.json.decode(row[11], type=CaseState)
    answers = _answers(row, terms, state, is_clear=True)
    return ClearCase(
        applicant=_applicant(row), answers=answers, dispute=_dispute(row, state, answers, is_clear=True)
    )


def _row_for_the_node(actor: Actor, number: str) -> tuple[Any, ...]:
    if not actor.is_system:
        raise NotPermitted
    row = _case_row(number)
    if row is None:
        raise NotFound(case_number=number)
    return row


def _visible_row(number: str, actor: Actor) -> tuple[Any, ...]:
    row = _case_row(number)
    if row is None or not permissions.read_case.allows(actor, _place(row)):
        raise NotFound(case_number=number)
    return row


def _looked_at_row(number: str, actor: Actor, *, at: datetime) -> tuple[Any, ...]:
    look, arguments = _look(actor, at=at)
    with connection.cursor() as cursor:
        cursor.execute(CASE_LOOKED_AT.format(look=look), {**arguments, "number": number})
        row: tuple[Any, ...] | None = cursor.fetchone()
    if row is None or not permissions.read_case.allows(actor, _place(row)):
        raise NotFound(case_number=number)
    return row


def _look(actor: Actor, *, at: datetime) -> tuple[str, dict[str, Any]]:
    """
    Return the SQL that writes a look at the case `seen` down, where the actor may know of it, and its arguments.
    """
    condition, arguments = permissions.case_reach(actor).condition(permissions.CASE_COLUMNS)
    look = look_at("seen", where=condition)
    return look, {**arguments, **looks.arguments(act=LookAct.READ, actor=actor, at=at)}


def look_at(source: str, *, where: str) -> str:
    """
    Return the INSERT that writes down a look at the cases of `source`, for services of this app too.

    :param source: the table of cases, or a part of it
    :param where: SQL for what the actor may see
    """
    return looks.inserted_from(
        source,
        kind=ObjectKind.CASE,
        principal="applicant_id",
        key="number",
        label="service_name",
        label_en=NAME_EN,
        where=where,
    )


def _without_opinions(state: CaseState) -> CaseState:
    """
    Return what an applicant may read of the state: what the agency thought on the way is its own.
    """
    decision = {name: value for name, value in (state.decision or {}).items() if name != "opinion"}
    return msgspec.structs.replace(state, reviews=[], decision=decision or None)


def _may_reveal(actor: Actor, row: tuple[Any, ...]) -> bool:
    return permissions.reveal_case.allows(actor, _place(row))


def _place(row: tuple[Any, ...]) -> CasePlace:
    return CasePlace(agency_code=row[4], division_code=row[5], applicant_id=row[6], offering_code=row[14])


def _case_row(number: str) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        cursor.execute(CASE, [number])
        row: tuple[Any, ...] | None = cursor.fetchone()
    return row


def _applicant(row: tuple[Any, ...]) -> Applicant:
    return unseal_applicant(row[8], row[0], open_key(row[-1]))


def _masked(row: tuple[Any, ...]) -> MaskedApplicant:
    applicant = _applicant(row)
    return MaskedApplicant(
        kind=applicant.kind,
        name=row[7],
        id_type=applicant.id_type,
        id_number=mask_id(applicant.id_number) if applicant.kind == NATURAL_PERSON else applicant.id_number,
        mobile=mask_mobile(applicant.mobile),
        agent_name=mask_name(applicant.agent_name) if applicant.agent_name else "",
        agent_id_number=mask_id(applicant.agent_id_number),
        agent_mobile=mask_mobile(applicant.agent_mobile),
    )


def _answers(row: tuple[Any, ...], terms: Terms, state: CaseState, *, is_clear: bool) -> list[FormAnswer]:
    form = unseal_form(row[9], row[0], open_key(row[-1]))
    offering = catalogue.offering_terms(
        actor=system_actor("casework.case_page"),
        offering_id=terms.offering_id,
        version=terms.offering_version,
    )
    return [
        _answer(field, form.get(field.key, ""), is_clear=is_clear)
        for field in offering.fields_for(state.situations)
    ]


def _answer(field: FormField, raw: str, *, is_clear: bool) -> FormAnswer:
    value = raw if is_clear else shown_answer(field, raw)
    options = {option.value: option for option in field.options}
    # What is masked is none of the options any more.
    chosen = [options[part] for part in value.split("\n") if part in options]
    return FormAnswer(
        key=field.key,
        label=field.label,
        label_en=field.label_en,
        section=field.section,
        section_en=field.section_en,
        value="、".join(option.label for option in chosen) if chosen else value,
        value_en=", ".join(option.label_en or option.label for option in chosen) if chosen else value,
        is_masked=value != raw,
    )


def _dispute(
    row: tuple[Any, ...], state: CaseState, answers: list[FormAnswer], *, is_clear: bool
) -> ShownDispute | None:
    if not state.dispute_sealed:
        return None
    dispute = unseal_dispute(b64decode(state.dispute_sealed), row[0], open_key(row[-1]))
    if dispute is None:
        return None
    return ShownDispute(
        answers=[answer for answer in answers if answer.key in dispute.fields],
        remark=dispute.remark if is_clear else "",
        is_masked=bool(dispute.remark) and not is_clear,
    )


def _timeline(number: str, *, for_staff: bool, names_agents: bool = True) -> list[TimelineStep]:
    """
    Return what happened to a case, in order.

    :param names_agents: say who acted for the applicant, masked; not where anybody with number and code looks
    """
    with connection.cursor() as cursor:
        cursor.execute(TIMELINE, [number])
        rows = cursor.fetchall()
    steps = []
    for seq, at, kind_text, actor_kind, actor_name, data_text in rows:
        kind = EventKind(kind_text)
        data = msgspec.json.decode(data_text)
        shown = SHOWN.get(kind, ()) + (STAFF_SEE if for_staff else ())
        if data.get("recipient"):
            data["recipient"] = mask_name(data["recipient"])
        steps.append(
            TimelineStep(
                seq=seq,
                at=at,
                kind=kind,
                label=str(kind.label),
                actor_name=_who(data, actor_name if actor_kind == "STAFF" else "", names_agents=names_agents),
                facts={name: data[name] for name in shown if data.get(name)},
            )
        )
    return steps


def _who(data: dict[str, Any], staff_name: str, *, names_agents: bool) -> str:
    return str(data.get("agent_masked", "")) if names_agents and not staff_name else staff_name


def _notices(number: str) -> list[NoticeRef]:
    with connection.cursor() as cursor:
        cursor.execute(NOTICES, [number])
        return [
            NoticeRef(
                id=row[0], kind=NoticeKind(row[1]), document_number=row[2], issued_at=row[3], file_id=row[4]
            )
            for row in cursor.fetchall()
        ]


def _open_actions(
    actor: Actor, row: tuple[Any, ...], terms: Terms, state: CaseState, clock: ClockReading, *, at: datetime
) -> list[Action]:
    question = life.Question(
        status=state.status,
        today=civil_date(at),
        acceptance_due=clock.acceptance_due,
        statutory_due=clock.statutory_due,
        correction_count=state.correction_count,
        correction_due=state.correction_due,
        extension_days=state.extension_days,
        is_joint=False,
        has_licence=bool(terms.licence_type_code),
        is_rated=state.rating is not None,
    )
    place = _place(row)
    actions = []
    for action in life.open_actions(question):
        if _is_hopeless(action, question):
            continue
        if permissions.ACT[action].allows(actor, place):
            actions.append(action)
    return actions


def _is_hopeless(action: Action, question: life.Question) -> bool:
    """
    Whether the table would refuse the action whatever the person types.
    """
    if action is Action.REQUEST_CORRECTION:
        return bool(life.correction_only_once(question) or life.correction_in_time(question))
    if action is Action.EXTEND:
        return bool(life.extended_only_once(question) or life.extension_in_time(question))
    return action is Action.RATE and question.is_rated
