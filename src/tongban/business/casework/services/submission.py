"""
Submission: an application becomes a case, with its number, its first event and its first deadline.

The whole act is two statements in one transaction: the day's serial, and everything else.
"""

from base64 import b64encode
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from tongban.business.casework import permissions
from tongban.business.casework.events import EventKind, topic_of
from tongban.business.casework.rules import numbers
from tongban.business.casework.rules.answers import applicant_complaints
from tongban.business.casework.rules.chain import GENESIS, event_digest
from tongban.business.casework.rules.clock import acceptance_due
from tongban.business.casework.rules.projection import CaseState, Happening, begin
from tongban.business.casework.rules.sealing import (
    applicant_index,
    seal_applicant,
    seal_dispute,
    seal_form,
    seal_key,
)
from tongban.business.casework.services.numbering import next_serial
from tongban.business.casework.services.principals import agent_facts
from tongban.business.casework.services.promise import Promised, promised
from tongban.business.casework.services.recording import event_columns
from tongban.business.casework.values import (
    NATURAL_PERSON,
    Applicant,
    CaseFact,
    CaseStatus,
    Dispute,
    Evidence,
    SubmissionReceipt,
    Terms,
)
from tongban.business.catalogue.selectors import OfferingTerms
from tongban.business.catalogue.values import ApplicantKind
from tongban.foundation import crypto, events
from tongban.foundation.actors import Actor
from tongban.foundation.clock import civil_date
from tongban.foundation.codes import mask_name
from tongban.foundation.errors import Conflict, InvalidInput, NotFound, NotPermitted
from tongban.foundation.policy import Reason
from tongban.foundation.worktime import WorkCalendar
from tongban.support.documents import services as documents
from tongban.support.documents.values import Owner
from tongban.support.identity import services as identity
from tongban.support.identity.values import HighRiskAct

QUERY_CODE_TRIES = 5
CASE_FILES = "casework.case"
LONGEST_REMARK = 500

INSERT = """
WITH new_case AS (
    INSERT INTO casework_case (
        number, query_code, version, last_digest, status, offering_id, offering_code, service_name, handling_kind,
        agency_code, division_code, channel, applicant_id, applicant_index, applicant_masked, applicant_sealed,
        form_sealed, terms, state, draft_id, submitted_at, acceptance_due, due)
    VALUES (
        %(number)s, %(query_code)s, 1, %(digest)s, %(status)s, %(offering_id)s, %(offering_code)s,
        %(service_name)s, %(handling_kind)s, %(agency_code)s, %(division_code)s, %(channel)s, %(applicant_id)s,
        %(applicant_index)s, %(applicant_masked)s, %(applicant_sealed)s, %(form_sealed)s, %(terms)s::jsonb,
        %(state)s::jsonb, %(draft_id)s, %(at)s, %(acceptance_due)s, %(acceptance_due)s)
    ON CONFLICT DO NOTHING
    RETURNING number
), own_key AS (
    INSERT INTO casework_casekey (case_number, key) SELECT number, %(key)s FROM new_case
), event AS (
    INSERT INTO casework_event (case_number, seq, at, kind, actor_kind, actor_id, actor_name, agency_code, data,
                                previous_digest, digest)
    SELECT number, 1, %(at)s, %(kind)s, %(actor_kind)s, %(actor_id)s, %(actor_name)s, %(actor_agency)s,
           %(data)s::jsonb, %(previous)s, %(digest)s FROM new_case
), audited AS (
    INSERT INTO foundation_audit (at, action, subject, actor_kind, actor_id, agency_code, channel, request_id,
                                  session_id, address, facts)
    SELECT %(at)s, 'casework.case.submit', number, %(actor_kind)s, %(actor_id)s, %(actor_agency)s,
           %(actor_channel)s, %(request_id)s, %(session_id)s, %(address)s, '{}'::jsonb FROM new_case
), fact AS (
    INSERT INTO foundation_announcement (at, topic, key, payload)
    SELECT %(at)s, %(topic)s, number, %(fact)s::jsonb FROM new_case
    RETURNING id, at, topic, key, payload
), owed AS (
    INSERT INTO foundation_delivery (announcement_id, at, topic, key, payload, subscriber, next_attempt_at)
    SELECT id, at, topic, key, payload, unnest(%(subscribers)s::text[]), at FROM fact
)
SELECT number FROM new_case
"""

EARLIER = """
SELECT c.number, c.query_code, c.submitted_at, c.acceptance_due, c.applicant_id::text, c.division_code,
       c.offering_code, e.actor_kind, e.actor_id
FROM casework_case c
LEFT JOIN casework_event e ON e.case_number = c.number AND e.seq = 1 AND e.at = c.submitted_at
WHERE c.draft_id = %s
"""
"""The first event is of the moment of submission; the log is kept by months."""


class _Taken(Exception):
    """
    The draft was submitted before, or the query code is in use; nothing was written.
    """


class MaterialsMissing(InvalidInput):
    """
    Materials that the situation requires were not handed in. `fields` names them.
    """

    code = "materials_missing"
    message = _("还有必要材料未提交")


class ApplicantNotServed(Conflict):
    """
    The offering does not serve applicants of this kind (服务对象), for example natural persons.
    """

    code = "applicant_not_served"
    message = _("该事项只受理%(served)s的申请，不能以%(kind)s的名义申请")


class LevelTooLow(NotPermitted):
    """
    The offering asks for a higher real-name level than the person has now.

    `facts`: needed, present (0 to 4), reason. What was filled in is kept in the draft; the level is raised on the page
    of the level, or by POST /api/v1/me/proofs, and the application is submitted again.
    """

    code = "assurance_too_low"
    message = _("该事项需要更高的实名等级，请先完成核验；已填写的内容已经保存")


class PrincipalLevelTooLow(NotPermitted):
    """
    The offering asks for a higher real-name level than the one has in whose name the person acts.

    `facts`: needed (0 to 4), reason. The level of somebody else is raised by himself, or by a clerk who sees his card;
    which level he has is not told.
    """

    code = "principal_assurance_too_low"
    message = _(
        "该事项要求申请人本人的实名等级更高：请申请人本人在网上完成核验，或者带证件到窗口认证，再由您代为提交；"
        "已填写的内容已经保存"
    )


def submit_application(
    *,
    offering_code: str,
    situations: Sequence[str],
    form: dict[str, str],
    applicant: Applicant,
    applicant_id: str | None,
    evidence: Sequence[Evidence],
    draft_id: UUID,
    actor: Actor,
    at: datetime,
    calendar: WorkCalendar,
    delivery: dict[str, str] | None = None,
    files_from: Owner | None = None,
    dispute: Dispute | None = None,
) -> SubmissionReceipt:
    """
    Make a case of an application; submitting a draft again gives the same receipt and no second case.

    Source: 行政许可法 arts. 29, 32; 国办函〔2016〕108号 五(二)1(2).

    :param situations: codes of the answers that describe the applicant's situation
    :param form: answers by field key, as text
    :param applicant_id: the person's id where he applies for himself or is known to the node
    :param draft_id: key of the draft; the application is submitted once under it
    :param at: moment of submission; the five working days for an answer run from the next day
    :param delivery: how the result is wanted: way, and address where it is posted
    :param files_from: to whom the files of the evidence belong so far; they become the case's
    :param dispute: what was filled in for the applicant and is wrong, as he says
    :raises NotPermitted: the actor may not apply for this applicant
    :raises NotFound: no such offering is in use
    :raises UnitNeedsMandate: a person names a unit in whose name he does not act
    :raises LevelTooLow: the offering asks for a higher real-name level than the person has now
    :raises PrincipalLevelTooLow: the same of the one he acts for
    :raises FreshCheckNeeded: the offering is of high risk, and the person was not checked anew by his face
    :raises ApplicantNotServed: the offering is not for applicants of this kind
    :raises InvalidInput: the form or the applicant's data are incomplete or wrong; `fields` says where
    :raises MaterialsMissing: a required material is not there
    """
    offer = promised(offering_code, situations=situations, on=civil_date(at))
    permissions.submit_case.require(
        actor,
        applicant_id=applicant_id,
        division_code=offer.terms.division_code,
        offering_code=offer.terms.offering_code,
    )
    permissions.submit_as_kind.require(actor, applicant_kind=applicant.kind)
    try:
        require_sureness(offer.offering, actor=actor, at=at)
    except NotPermitted:
        # Submitted before, when the level was enough or the check fresh: the receipt is the same.
        earlier = _earlier_receipt(draft_id, actor=actor)
        if earlier is None:
            raise
        return earlier
    require_served(offer.offering.applicants, applicant.kind)
    _require_sound(applicant, on=civil_date(at))
    offer.require_form(form, situations=situations, on=civil_date(at))
    _require_disputable(dispute, offer)
    _require_materials(offer.terms, evidence)
    evidence = _named(offer.terms, evidence)
    for _try in range(QUERY_CODE_TRIES):
        try:
            with transaction.atomic():
                receipt = _write(
                    offer=offer,
                    situations=situations,
                    form=form,
                    applicant=applicant,
                    applicant_id=applicant_id,
                    evidence=evidence,
                    draft_id=draft_id,
                    actor=actor,
                    at=at,
                    calendar=calendar,
                    delivery=delivery or {},
                    dispute=dispute,
                )
                if files_from is not None and any(item.file_id for item in evidence):
                    _adopt(evidence, files_from, receipt.case_number, actor=actor, at=at)
                return receipt
        except _Taken:
            earlier = _earlier_receipt(draft_id, actor=actor)
            if earlier is not None:
                return earlier
    raise RuntimeError("query codes are used up")


def require_sureness(offering: OfferingTerms, *, actor: Actor, at: datetime) -> None:
    """
    Refuse a person who is not known as surely as the offering asks, himself or whom he acts for. No query.

    :raises LevelTooLow: his real-name level is lower
    :raises PrincipalLevelTooLow: that of the one he acts for is
    :raises FreshCheckNeeded: the offering is of high risk, and he was not checked anew by his face
    """
    needed = offering.required_assurance_level
    decision = permissions.submit_at_level.decide(actor, needed=needed)
    if decision.reason is Reason.PRINCIPAL_LEVEL_TOO_LOW:
        raise PrincipalLevelTooLow(needed=needed, reason=decision.reason.value)
    if not decision:
        raise LevelTooLow(needed=needed, present=actor.assurance_level, reason=decision.reason.value)
    if offering.is_high_risk:
        identity.require_fresh_check(actor, act=HighRiskAct.APPLY, at=at)


def require_served(served: Collection[ApplicantKind], kind: str) -> None:
    """
    Refuse an applicant of a kind that the offering does not serve; an offering that names no kind serves all.

    :param kind: 申请人类型, code list T4
    :raises ApplicantNotServed: it is not among them
    """
    if served and kind not in served:
        words = dict(ApplicantKind.choices)
        raise ApplicantNotServed(
            served=_("、").join(str(ApplicantKind(one).label) for one in served),
            kind=str(words.get(kind, kind)),
        )


def _require_sound(applicant: Applicant, *, on: date) -> None:
    wrong = applicant_complaints(applicant, on=on)
    if wrong:
        raise InvalidInput(fields={f"applicant.{name}": _(text) for name, text in wrong.items()})


def _require_disputable(dispute: Dispute | None, offer: Promised) -> None:
    if dispute is None:
        return
    if not {field.key for field in offer.offering.form}.issuperset(dispute.fields):
        raise InvalidInput(fields={"dispute": _("有异议的内容不在本事项的申请表中")})
    if len(dispute.remark) > LONGEST_REMARK:
        raise InvalidInput(fields={"dispute": _("说明不能超过 500 字")})


def _require_materials(terms: Terms, evidence: Sequence[Evidence]) -> None:
    known = {material.code for material in terms.materials}
    given = {item.material_code for item in evidence}
    wrong = {code: str(_("本事项不需要此材料")) for code in given - known}
    missing = {
        material.code: str(_("请提交：%(name)s")) % {"name": material.name}
        for material in terms.materials
        if material.is_required and not material.may_follow and material.code not in given
    }
    if wrong or missing:
        raise MaterialsMissing(fields={**missing, **wrong})


def _named(terms: Terms, evidence: Sequence[Evidence]) -> list[Evidence]:
    """
    Give each material the name the offering gives it: names of files carry personal data.
    """
    names = {material.code: material.name for material in terms.materials}
    return [msgspec.structs.replace(item, name=names[item.material_code]) for item in evidence]


def _adopt(evidence: Sequence[Evidence], owner: Owner, number: str, *, actor: Actor, at: datetime) -> None:
    documents.adopt_files(
        file_ids=[UUID(item.file_id) for item in evidence if item.file_id],
        from_owner=owner,
        to_owner=Owner(kind=CASE_FILES, key=number),
        actor=actor,
        at=at,
    )


def _write(
    *,
    offer: Promised,
    situations: Sequence[str],
    form: dict[str, str],
    applicant: Applicant,
    applicant_id: str | None,
    evidence: Sequence[Evidence],
    draft_id: UUID,
    actor: Actor,
    at: datetime,
    calendar: WorkCalendar,
    delivery: dict[str, str],
    dispute: Dispute | None,
) -> SubmissionReceipt:
    terms = offer.terms
    day = civil_date(at)
    due = acceptance_due(received_on=day, calendar=calendar)
    serial = next_serial(numbers.counter_scope(prefix=terms.case_prefix, day=day))
    number = numbers.case_number(prefix=terms.case_prefix, day=day, serial=serial)
    query_code = numbers.new_query_code()
    key = crypto.new_key()
    applicant_sealed = seal_applicant(applicant, number, key)
    form_sealed = seal_form(form, number, key)
    materials = [msgspec.to_builtins(item) for item in evidence]
    # Names of organizations are public.
    masked = mask_name(applicant.name) if applicant.kind == NATURAL_PERSON else applicant.name
    index = applicant_index(applicant.id_number)
    data: dict[str, Any] = {
        "query_code": query_code,
        "terms": offer.terms_builtin,
        "applicant_id": applicant_id,
        "applicant_masked": masked,
        "applicant_index": index.hex(),
        "applicant_sealed": b64encode(applicant_sealed).decode(),
        "form_sealed": b64encode(form_sealed).decode(),
        "materials": materials,
        "situations": list(situations),
        "delivery": delivery,
        "draft_id": str(draft_id),
        "channel": actor.channel.value,
        **agent_facts(actor),
    }
    if dispute is not None:
        data["dispute_sealed"] = b64encode(seal_dispute(dispute, number, key)).decode()
    state: CaseState = begin(Happening(seq=1, at=at, kind=EventKind.SUBMITTED, data=data))
    columns = event_columns(actor)
    digest = event_digest(
        case_number=number,
        seq=1,
        at=at,
        kind=EventKind.SUBMITTED.value,
        actor_kind=columns["actor_kind"],
        actor_id=columns["actor_id"],
        actor_name=columns["actor_name"],
        agency_code=columns["actor_agency"],
        data=data,
        previous=GENESIS,
    )
    topic = topic_of(EventKind.SUBMITTED)
    fact = CaseFact(
        case_number=number,
        query_code=query_code,
        seq=1,
        at=at,
        status=CaseStatus.SUBMITTED.value,
        service_name=terms.service_name,
        service_name_en=terms.service_name_en,
        offering_code=terms.offering_code,
        agency_code=terms.agency_code,
        agency_name=terms.agency_name,
        division_code=terms.division_code,
        handling_kind=terms.handling_kind,
        applicant_id=applicant_id or "",
        applicant_masked=masked,
        channel=actor.channel.value,
        acceptance_due=due,
        statutory_due=None,
        promised_due=None,
        data={},
        agent_id=state.agent_id,
    )
    with connection.cursor() as cursor:
        cursor.execute(
            INSERT,
            {
                **columns,
                "number": number,
                "query_code": query_code,
                "digest": digest,
                "status": CaseStatus.SUBMITTED.value,
                "offering_id": terms.offering_id,
                "offering_code": terms.offering_code,
                "service_name": terms.service_name,
                "handling_kind": terms.handling_kind,
                "agency_code": terms.agency_code,
                "division_code": terms.division_code,
                "channel": actor.channel.value,
                "applicant_id": applicant_id,
                "applicant_index": index,
                "applicant_masked": masked,
                "applicant_sealed": applicant_sealed,
                "form_sealed": form_sealed,
                "key": seal_key(key),
                "terms": offer.terms_json,
                "state": msgspec.json.encode(state).decode(),
                "draft_id": draft_id,
                "at": at,
                "acceptance_due": due,
                "kind": EventKind.SUBMITTED.value,
                "data": msgspec.json.encode(data).decode(),
                "previous": GENESIS,
                "topic": topic,
                "fact": msgspec.json.encode(fact).decode(),
                "subscribers": list(events.subscribers_of(topic)),
            },
        )
        if cursor.fetchone() is None:
            raise _Taken
    return SubmissionReceipt(case_number=number, query_code=query_code, submitted_at=at, acceptance_due=due)


def _earlier_receipt(draft_id: UUID, *, actor: Actor) -> SubmissionReceipt | None:
    with connection.cursor() as cursor:
        cursor.execute(EARLIER, [draft_id])
        row = cursor.fetchone()
    if row is None:
        return None
    number, query_code, submitted_at, due, applicant_id, division_code, offering_code, *submitter = row
    may_submit = permissions.submit_case.allows(
        actor, applicant_id=applicant_id, division_code=division_code, offering_code=offering_code
    )
    # Clerks and systems apply for everybody of their area: that tells nothing about whose application this was.
    is_own = actor.is_person or submitter == [actor.kind.value, actor.id]
    if not (may_submit and is_own):
        raise NotFound(draft_id=str(draft_id))
    return SubmissionReceipt(
        case_number=number, query_code=query_code, submitted_at=submitted_at, acceptance_due=due
    )
