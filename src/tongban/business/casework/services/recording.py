"""
How a case changes: lock, permit, check against the table, then one statement.

The statement appends the event, rewrites the projection, audits and announces.
"""

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import msgspec
from django.db import connection

from tongban.business.casework import permissions
from tongban.business.casework.events import EventKind, topic_of
from tongban.business.casework.rules import life
from tongban.business.casework.rules.chain import event_digest
from tongban.business.casework.rules.clock import ClockReading
from tongban.business.casework.rules.clock_keeping import days_behind
from tongban.business.casework.rules.clock_reading import clock_of
from tongban.business.casework.rules.projection import CLOCK_KINDS, SETTLING, CaseState, Happening, fold
from tongban.business.casework.services.principals import agent_facts
from tongban.business.casework.services.refusals import refuse
from tongban.business.casework.values import Action, CaseFact, CaseReceipt, CaseStatus, Terms
from tongban.foundation import events
from tongban.foundation.actors import Actor
from tongban.foundation.clock import civil_date
from tongban.foundation.context import address, request_id
from tongban.foundation.errors import NotFound, StaleVersion
from tongban.foundation.worktime import WorkCalendar

LOCK = """
SELECT number, query_code, version, last_digest, agency_code, division_code, applicant_id::text,
       applicant_masked, channel, terms::text, state::text
FROM casework_case WHERE number = %s FOR NO KEY UPDATE
"""

APPEND = """
WITH event AS (
    INSERT INTO casework_event (case_number, seq, at, kind, actor_kind, actor_id, actor_name, agency_code, data,
                                previous_digest, digest)
    VALUES (%(number)s, %(seq)s, %(at)s, %(kind)s, %(actor_kind)s, %(actor_id)s, %(actor_name)s,
            %(actor_agency)s, %(data)s::jsonb, %(previous)s, %(digest)s)
), audited AS (
    INSERT INTO foundation_audit (at, action, subject, actor_kind, actor_id, agency_code, channel, request_id,
                                  session_id, address, facts)
    VALUES (%(at)s, %(audit_action)s, %(number)s, %(actor_kind)s, %(actor_id)s, %(actor_agency)s,
            %(actor_channel)s, %(request_id)s, %(session_id)s, %(address)s, %(audit_facts)s::jsonb)
), fact AS (
    INSERT INTO foundation_announcement (at, topic, key, payload)
    VALUES (%(at)s, %(topic)s, %(number)s, %(fact)s::jsonb)
    RETURNING id, at, topic, key, payload
), owed AS (
    INSERT INTO foundation_delivery (announcement_id, at, topic, key, payload, subscriber, next_attempt_at)
    SELECT id, at, topic, key, payload, unnest(%(subscribers)s::text[]), at FROM fact
)
UPDATE casework_case SET
    version = %(seq)s, last_digest = %(digest)s, status = %(status)s, state = %(state)s::jsonb,
    form_sealed = COALESCE(%(form_sealed)s, form_sealed),
    accepted_at = %(accepted_at)s, closed_at = %(closed_at)s, acceptance_due = %(acceptance_due)s,
    statutory_due = %(statutory_due)s, promised_due = %(promised_due)s, due = %(due)s
WHERE number = %(number)s
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldCase:
    """
    A case whose row is locked until the transaction ends.
    """

    number: str
    query_code: str
    version: int
    last_digest: str
    agency_code: str
    division_code: str
    applicant_id: str | None
    applicant_masked: str
    channel: str
    terms: Terms
    state: CaseState
    reading: ClockReading | None = None
    """What `append` read on the clock; None for a case as it was found."""
    expected_version: int | None = None
    """The version the actor saw; `permit` compares it, so that a stranger learns nothing from it."""


def hold(number: str, *, expected_version: int | None = None) -> HeldCase:
    """
    Return the case, its row locked until the transaction ends.

    :param expected_version: the version the actor saw; None where nobody looked at a page first
    :raises NotFound: no case has this number
    """
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [number])
        row = cursor.fetchone()
    if row is None:
        raise NotFound(case_number=number)
    return HeldCase(
        number=row[0],
        query_code=row[1],
        version=row[2],
        last_digest=row[3],
        agency_code=row[4],
        division_code=row[5],
        applicant_id=row[6],
        applicant_masked=row[7],
        channel=row[8],
        terms=msgspec.json.decode(row[9], type=Terms),
        state=msgspec.json.decode(row[10], type=CaseState),
        expected_version=expected_version,
    )


def permit(case: HeldCase, action: Action, actor: Actor) -> None:
    """
    Refuse an actor who may not know of the case, has not the post for the action, or looked at an older version.

    :raises NotFound: the actor may not know that there is such a case
    :raises NotPermitted: the actor may see the case but not do this
    :raises StaleVersion: the case has moved on since the actor looked
    """
    place = permissions.CasePlace(
        case.agency_code, case.division_code, case.applicant_id, case.terms.offering_code
    )
    if not permissions.read_case.allows(actor, place):
        raise NotFound(case_number=case.number)
    permissions.ACT[action].require(actor, place)
    if case.expected_version is not None and case.expected_version != case.version:
        raise StaleVersion(case_number=case.number, version=case.version)


def check(
    case: HeldCase, action: Action, *, at: datetime, calendar: WorkCalendar, **wanted: Any
) -> ClockReading:
    """
    Refuse what the table of the statutory life refuses, and return what the clock shows.

    :param wanted: what the guards look at beside the case: reason, items, extension_wanted, basis
    :raises Conflict: with the refusal's own stable code and the clause
    """
    reading = case.reading or clock_of(case.state, case.terms, calendar=calendar, at=at)
    question = life.Question(
        status=case.state.status,
        today=civil_date(at),
        acceptance_due=reading.acceptance_due,
        statutory_due=reading.statutory_due,
        correction_count=case.state.correction_count,
        correction_due=case.state.correction_due,
        extension_days=case.state.extension_days,
        is_joint=False,
        has_licence=bool(case.terms.licence_type_code),
        is_rated=case.state.rating is not None,
        **wanted,
    )
    refusal = life.refusal_of(action, question)
    if refusal is not None:
        raise refuse(refusal, action=action, status=case.state.status, number=case.number)
    return reading


def append(
    case: HeldCase,
    kind: EventKind,
    *,
    action: Action,
    data: Mapping[str, Any],
    actor: Actor,
    at: datetime,
    calendar: WorkCalendar,
    told: Mapping[str, Any] | None = None,
    form_sealed: str | None = None,
) -> HeldCase:
    """
    Append an event and return the case as it is then, still held.

    :param data: what the log keeps; JSON without floats
    :param told: what subscribers are told; nothing personal. None: the same as `data`
    :param form_sealed: the new form, sealed, base64, where the event brings one
    """
    seq = case.version + 1
    body = {**data, **agent_facts(actor), **({"form_sealed": form_sealed} if form_sealed else {})}
    state, reading = _follow(case, Happening(seq=seq, at=at, kind=kind, data=body), calendar=calendar)
    if kind in SETTLING:
        body["days"] = days_behind(reading, calendar=calendar, at=at)
        state = fold(case.state, Happening(seq=seq, at=at, kind=kind, data=body))
    digest = event_digest(
        case_number=case.number,
        seq=seq,
        at=at,
        kind=kind.value,
        actor_kind=actor.kind.value,
        actor_id=actor.id,
        actor_name=actor.name,
        agency_code=actor.agency_code or "",
        data=body,
        previous=case.last_digest,
    )
    after = replace(
        case, version=seq, last_digest=digest, state=state, reading=reading, expected_version=None
    )
    topic = topic_of(kind)
    fact = fact_of(after, reading, at=at, data=dict(data if told is None else told))
    with connection.cursor() as cursor:
        cursor.execute(
            APPEND,
            {
                **event_columns(actor),
                "number": case.number,
                "seq": seq,
                "at": at,
                "kind": kind.value,
                "data": _text(body),
                "previous": case.last_digest,
                "digest": digest,
                "audit_action": f"casework.case.{action.value.lower()}",
                "audit_facts": _text({"seq": seq, "status": state.status.value}),
                "topic": topic,
                "fact": _text(fact),
                "subscribers": list(events.subscribers_of(topic)),
                "status": state.status.value,
                "state": _text(state),
                "form_sealed": b64decode(form_sealed) if form_sealed else None,
                "accepted_at": state.accepted_at,
                "closed_at": state.closed_at,
                **due_columns(state, reading),
            },
        )
    return after


def _follow(
    case: HeldCase, happening: Happening, *, calendar: WorkCalendar
) -> tuple[CaseState, ClockReading]:
    """
    Return state and reading after an event; what the clock does not hear of leaves the last reading as it is.
    """
    state = fold(case.state, happening)
    if case.reading is not None and happening.kind not in CLOCK_KINDS:
        return state, case.reading
    return state, clock_of(state, case.terms, calendar=calendar, at=happening.at)


def receipt_of(case: HeldCase, *, notice_id: int | None = None) -> CaseReceipt:
    """
    Return what the person who changed the case is told.

    :param case: as `append` returned it
    """
    if case.reading is None:
        raise ValueError("a receipt is for a case that was changed")
    return CaseReceipt(
        case_number=case.number,
        status=case.state.status.value,
        version=case.version,
        statutory_due=case.reading.statutory_due,
        promised_due=case.reading.promised_due,
        acceptance_due=case.reading.acceptance_due,
        notice_id=notice_id,
    )


def event_columns(actor: Actor) -> dict[str, Any]:
    """
    Return the columns that say who acted.
    """
    return {
        "actor_kind": actor.kind.value,
        "actor_id": actor.id,
        "actor_name": actor.name,
        "actor_agency": actor.agency_code or "",
        "actor_channel": actor.channel.value,
        "request_id": request_id(),
        "session_id": actor.session_id or "",
        "address": address()[:45],
    }


def due_columns(state: CaseState, reading: ClockReading) -> dict[str, date | None]:
    """
    Return the dates that lists sort by; `due` is the next day on which somebody has to act.
    """
    nearest: date | None
    if state.status is CaseStatus.CORRECTION:
        nearest = state.correction_due
    elif state.status is CaseStatus.SUSPENDED or state.closed_at is not None:
        nearest = None
    elif state.accepted_at is None:
        nearest = reading.acceptance_due
    elif state.decided_at is None:
        nearest = reading.promised_due
    else:
        nearest = reading.delivery_due
    accepted = state.accepted_at is not None
    return {
        "acceptance_due": reading.acceptance_due,
        "statutory_due": reading.statutory_due if accepted else None,
        "promised_due": reading.promised_due if accepted else None,
        "due": nearest,
    }


def fact_of(case: HeldCase, reading: ClockReading, *, at: datetime, data: dict[str, Any]) -> CaseFact:
    """
    Return what is announced; nothing personal in clear.
    """
    return CaseFact(
        case_number=case.number,
        query_code=case.query_code,
        seq=case.version,
        at=at,
        status=case.state.status.value,
        service_name=case.terms.service_name,
        service_name_en=case.terms.service_name_en,
        offering_code=case.terms.offering_code,
        agency_code=case.agency_code,
        agency_name=case.terms.agency_name,
        division_code=case.division_code,
        handling_kind=case.terms.handling_kind,
        applicant_id=case.applicant_id or "",
        applicant_masked=case.applicant_masked,
        channel=case.channel,
        acceptance_due=reading.acceptance_due,
        statutory_due=reading.statutory_due,
        promised_due=reading.promised_due,
        data=data,
        agent_id=case.state.agent_id,
    )


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode()
