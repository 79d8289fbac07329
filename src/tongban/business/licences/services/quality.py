"""
质量检查: every night the rules look at the whole library; what they find waits in a list until it is repaired.

A rule that the database can answer is one statement. What is sealed, and what other apps keep, is looked at in one pass
over the licences in force, some hundreds at a time. What a rule does not find any more is resolved.
"""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from django.db import connection
from django.utils.translation import gettext_lazy as _

from tongban.business.catalogue import selectors as catalogue
from tongban.business.licences import permissions, rules
from tongban.business.licences.models import Licence, LicenceType, LicenceTypeVersion, QualityFinding
from tongban.business.licences.permissions import FindingNotFound
from tongban.business.licences.selectors.directory import read_definition
from tongban.business.licences.services.quality_rules import STATEMENTS
from tongban.business.licences.services.rendering import lacks_document, queue_document
from tongban.business.licences.values import HolderKind, TrustGrade, TypeDefinition, TypeState
from tongban.business.licences.values.quality import ACTS, FindingAct, FindingState, QualityRule
from tongban.foundation import audit
from tongban.foundation.actors import Actor
from tongban.foundation.clock import civil_date
from tongban.foundation.codes import check_resident_id, check_social_credit_code
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import Conflict, InvalidInput
from tongban.support.documents import selectors as documents
from tongban.support.seals import selectors as seals

logger = structlog.get_logger(__name__)

CHUNK: Final = 500
MADE_WITHIN: Final = timedelta(days=1)
LONGEST_DETAIL: Final = 200
LONGEST_NOTE: Final = 500
RESIDENT_ID: Final = "111"
CREDIT_CODE: Final = "001"
READ_ONE_BY_ONE: Final = (
    QualityRule.FACE_MISSING,
    QualityRule.FIELDS_MISSING,
    QualityRule.HOLDER_CODE_WRONG,
    QualityRule.SEAL_MISSING,
)
NOTE_FOUND: Final = """
INSERT INTO licences_qualityfinding AS known
    (id, rule, subject, licence_id, name, number, agency_code, division_code, detail, state, found_at, seen_at,
    times_found, note, acted_by)
SELECT gen_random_uuid(), %(rule)s, found.*, 'OPEN', %(at)s, %(at)s, 1, %(no_note)s, ''
FROM ({found}) AS found
ON CONFLICT (rule, subject) DO UPDATE SET
    seen_at = EXCLUDED.seen_at,
    detail = EXCLUDED.detail,
    agency_code = EXCLUDED.agency_code,
    division_code = EXCLUDED.division_code,
    state = CASE WHEN known.state IN ('RESOLVED', 'REPAIRED') THEN 'OPEN' ELSE known.state END,
    found_at = CASE WHEN known.state = 'RESOLVED' THEN EXCLUDED.found_at ELSE known.found_at END,
    times_found = known.times_found + CASE WHEN known.state = 'RESOLVED' THEN 1 ELSE 0 END,
    resolved_at = NULL
"""
FOUND_ROWS: Final = """
SELECT * FROM unnest(
    %(subjects)s::text[], %(licences)s::uuid[], %(names)s::text[], %(numbers)s::text[], %(agencies)s::text[],
    %(divisions)s::text[], %(details)s::text[]
)
"""


class FindingActNotAllowed(Conflict):
    """
    The finding is in a state in which this is not done.
    """

    code = "licence_finding_act_not_allowed"
    message = _("质量问题当前状态不允许此操作")


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """
    One licence or type that breaks a rule.
    """

    rule: QualityRule
    subject: str
    licence_id: uuid.UUID | None
    name: str
    number: str
    agency_code: str
    division_code: str
    detail: str = ""


def check_quality(*, idle_days: int, at: datetime) -> dict[QualityRule, int]:
    """
    Look at the whole library by every rule, and keep what is found; return how much each found. Safe to run twice.

    :param idle_days: a type of which none was issued for so long is not used
    """
    facts: dict[str, Any] = {
        "idle_since": at - timedelta(days=idle_days),
        "made_before": at - MADE_WITHIN,
        "today": civil_date(at),
    }
    counts = {rule: _by_statement(rule, statement, facts, at=at) for rule, statement in STATEMENTS.items()}
    counts[QualityRule.TYPE_ITEM_GONE] = _items_gone(at=at)
    counts.update(_one_by_one(at=at))
    # A file can be lost that a licence still names: found in the same pass, after the statement.
    for rule in QualityRule:
        _resolve(rule, at=at)
    return counts


@business_transaction
def _by_statement(rule: QualityRule, statement: str, facts: dict[str, Any], *, at: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(NOTE_FOUND.format(found=statement), {**facts, **_common(rule, at)})
        return int(cursor.rowcount)


@business_transaction
def _keep(found: Iterable[Found], *, at: datetime) -> None:
    by_rule: dict[QualityRule, list[Found]] = {}
    for one in found:
        by_rule.setdefault(one.rule, []).append(one)
    with connection.cursor() as cursor:
        for rule, rows in by_rule.items():
            columns: dict[str, Any] = {
                "subjects": [row.subject for row in rows],
                "licences": [row.licence_id for row in rows],
                "names": [row.name for row in rows],
                "numbers": [row.number for row in rows],
                "agencies": [row.agency_code for row in rows],
                "divisions": [row.division_code for row in rows],
                "details": [row.detail[:LONGEST_DETAIL] for row in rows],
            }
            cursor.execute(NOTE_FOUND.format(found=FOUND_ROWS), {**columns, **_common(rule, at)})


def _common(rule: QualityRule, at: datetime) -> dict[str, Any]:
    field = QualityFinding._meta.get_field("note")  # noqa: SLF001 - Django's way of looking at a model
    return {"rule": rule.value, "at": at, "no_note": field.get_db_prep_save("", connection)}


@business_transaction
def _resolve(rule: QualityRule, *, at: datetime) -> int:
    gone = QualityFinding.objects.filter(rule=rule, seen_at__lt=at).exclude(state=FindingState.RESOLVED)
    return gone.update(state=FindingState.RESOLVED, resolved_at=at)


def _items_gone(*, at: datetime) -> int:
    types = LicenceType.objects.filter(state=TypeState.IN_USE, items__len__gt=0)
    asked = {code for (codes,) in types.values_list("items") for code in codes}
    known = catalogue.known_basic_codes(codes=asked)
    found = [
        Found(
            rule=QualityRule.TYPE_ITEM_GONE,
            subject=kind.code,
            licence_id=None,
            name=kind.name,
            number="",
            agency_code=kind.defining_body_code,
            division_code="",
            detail="、".join(gone),
        )
        for kind in types
        if (gone := [code for code in kind.items if code not in known])
    ]
    _keep(found, at=at)
    return len(found)


def _one_by_one(*, at: datetime) -> dict[QualityRule, int]:
    """
    Look at what is sealed, at seals and at files, in one pass; never more than a chunk of licences in memory.
    """
    counts = dict.fromkeys((*READ_ONE_BY_ONE, QualityRule.FILE_MISSING), 0)
    definitions: dict[tuple[str, int], TypeDefinition] = {}
    for chunk in _chunks():
        found = [*_of_faces(chunk, definitions, at=at), *_of_files(chunk)]
        _keep(found, at=at)
        for one in found:
            counts[one.rule] += 1
    return counts


def _chunks() -> Iterator[list[Licence]]:
    wanted = (
        "id", "identifier", "type_code", "type_name", "type_version", "number", "issuer_code", "division_code",
        "holder_kind", "holder_code", "holder_code_type", "face", "grade", "original_id", "original_digest",
        "file_id", "file_digest",
    )  # fmt: skip
    current = Licence.objects.current().only(*wanted).order_by("id")
    chunk = list(current[:CHUNK])
    while chunk:
        yield chunk
        chunk = list(current.filter(id__gt=chunk[-1].id)[:CHUNK])


def _of_faces(
    chunk: Sequence[Licence], definitions: dict[tuple[str, int], TypeDefinition], *, at: datetime
) -> Iterator[Found]:
    for licence in chunk:
        values = {line["key"]: str(line["value"]) for line in licence.face}
        if not any(values.values()):
            yield _found(QualityRule.FACE_MISSING, licence)
        else:
            faults = rules.face_faults(_definition(licence, definitions).fields, values)
            if faults:
                yield _found(QualityRule.FIELDS_MISSING, licence, "、".join(faults))
        if not _is_holder_code(licence, at=at):
            yield _found(QualityRule.HOLDER_CODE_WRONG, licence, licence.holder_code_type)


def _definition(licence: Licence, known: dict[tuple[str, int], TypeDefinition]) -> TypeDefinition:
    key = licence.type_code, licence.type_version
    if key not in known:
        version = LicenceTypeVersion.objects.get(type_id=key[0], version=key[1])
        known[key] = read_definition(version.definition)
    return known[key]


def _is_holder_code(licence: Licence, *, at: datetime) -> bool:
    """
    Tell whether a code can be right (GB 11643, GB 32100); other kinds of codes have no checks that all share.
    """
    if licence.holder_code_type == RESIDENT_ID:
        number = check_resident_id(licence.holder_code, on=civil_date(at))
        return licence.holder_kind == HolderKind.PERSON and number.is_valid
    if licence.holder_code_type == CREDIT_CODE:
        return check_social_credit_code(licence.holder_code).is_valid
    return True


def _of_files(chunk: Sequence[Licence]) -> Iterator[Found]:
    named = {file for licence in chunk for file in (licence.original_id, licence.file_id) if file is not None}
    kept = documents.available_files(file_ids=named)
    digests = {licence.original_digest or licence.file_digest for licence in chunk} - {""}
    sealed = seals.sealed_here(digests=digests)
    for licence in chunk:
        gone = {licence.original_id, licence.file_id} - {None} - kept
        if gone:
            yield _found(QualityRule.FILE_MISSING, licence, "、".join(sorted(map(str, gone))))
        digest = licence.original_digest or licence.file_digest
        if digest and licence.grade == TrustGrade.A and digest not in sealed:
            yield _found(QualityRule.SEAL_MISSING, licence)


def _found(rule: QualityRule, licence: Licence, detail: str = "") -> Found:
    return Found(
        rule=rule,
        subject=licence.identifier,
        licence_id=licence.id,
        name=licence.type_name,
        number=licence.number,
        agency_code=licence.issuer_code,
        division_code=licence.division_code,
        detail=detail,
    )


@business_transaction
def answer_finding(
    *, finding_id: uuid.UUID, act: FindingAct, note: str, actor: Actor, at: datetime
) -> FindingState:
    """
    Say of a finding that it is repaired, why it is as it is, or that it is open after all.

    A document that was never made is queued again with it; whether it is repaired the next night finds out.

    :param note: what was done, or why it is so; needed, but to open it again
    :raises FindingNotFound: there is none, or the actor may not know of it
    :raises NotPermitted: the actor does not answer for this agency
    :raises InvalidInput: nothing is said, or too much
    :raises FindingActNotAllowed: it is in another state
    """
    finding = QualityFinding.objects.select_for_update(no_key=True).filter(id=finding_id).first()
    if finding is None or not permissions.read_finding.allows(actor, finding):
        raise FindingNotFound
    permissions.answer_finding.require(actor, finding)
    note = note.strip()
    if not note and act is not FindingAct.REOPEN:
        raise InvalidInput(fields={"note": _("请写明整改情况或原因")})
    if len(note) > LONGEST_NOTE:
        raise InvalidInput(fields={"note": _("不能超过 500 字")})
    open_in, after = ACTS[act]
    if finding.state not in open_in:
        raise FindingActNotAllowed(state=finding.state)
    finding.state, finding.note, finding.acted_by, finding.acted_at = after, note, actor.id, at
    finding.save(update_fields=["state", "note", "acted_by", "acted_at"])
    audit.record(
        action=f"licences.quality.{act.value.lower()}",
        actor=actor,
        subject=finding.subject,
        at=at,
        rule=finding.rule,
    )
    if act is FindingAct.REPAIR and finding.rule == QualityRule.FILE_MISSING:
        _make_again(finding)
    return after


def _make_again(finding: QualityFinding) -> None:
    licence = finding.licence
    if licence is not None and lacks_document(licence):
        queue_document(licence.id)
