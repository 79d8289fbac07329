"""
Using a register: verification first, fields only with authority, every use written down.

An answer about nobody is made the way an answer about somebody is, so that neither its time nor its shape tells.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final
from uuid import UUID, uuid4

import msgspec
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from tongban.foundation import audit, crypto, looks
from tongban.foundation.actors import Actor
from tongban.foundation.canonical import canonical_json
from tongban.foundation.clock import civil_date
from tongban.foundation.disclosure import Reason, reason_of
from tongban.foundation.errors import InvalidInput, NotPermitted
from tongban.foundation.limits import hit_limit, require_below_limit
from tongban.foundation.looks import LookAct, ObjectKind, Thing
from tongban.resources.registers import permissions, ports, rules
from tongban.resources.registers.models import Agency, Batch, Difference, Record, RecordUse
from tongban.resources.registers.services.finding import find_record
from tongban.resources.registers.values import (
    Authority,
    Definition,
    FieldShown,
    FieldsRead,
    Ground,
    Match,
    Origin,
    RecordShown,
    RecordState,
    RegisterCode,
    RowsRead,
    UseAct,
    Verification,
    definition,
)

MOST_CLAIMS: Final = 20
MOST_KEYS: Final = 100
MOST_ROWS: Final = 500
LOOK_ACTS: Final = {
    UseAct.VERIFIED: LookAct.USED,
    UseAct.READ: LookAct.HANDED_OVER,
    UseAct.LOOKED: LookAct.READ,
}
NOBODYS_NUMBER: Final = "000000000000000000"
"""Looked for where the register knows nobody, so that as many questions are asked as for somebody."""
MINUTE: Final = timedelta(minutes=1)
DAY: Final = timedelta(days=1)
LONGEST_KEPT: Final = timedelta(hours=2)
"""How long ago an answer may have been given that is given again."""


class FieldsNotOpened(NotPermitted):
    """
    A field was asked for that the authority does not open.
    """

    code = "register_fields_not_opened"
    message = _("授权没有开放这些信息项：%(fields)s")


class AuthorityExpired(NotPermitted):
    """
    The authority has lapsed.
    """

    code = "register_authority_expired"
    message = _("授权已经到期")


class CaseNotKnown(NotPermitted):
    """
    The case that is named as the reason is none the actor may know of.
    """

    code = "register_case_not_known"
    message = _("没有找到您有权查看的办件 %(case_number)s")


def verify(
    *,
    register: RegisterCode,
    key: str,
    claims: Mapping[str, str],
    ground: Ground,
    actor: Actor,
    at: datetime,
    authority: Authority | None = None,
) -> Verification:
    """
    Return for each claim whether the register says so: yes, no or unknown; never what it says.

    While an identifying field is claimed wrongly, nothing else is answered: who does not know whose number it is learns
    nothing by it.

    :param claims: field -> value as the asker has it; 20 at most
    :raises NotPermitted: the actor may not ask, or not on this ground
    :raises FieldsNotOpened: the authority does not open a field that is claimed
    :raises InvalidInput: no claims, unknown fields, no purpose, or a key that cannot be one
    :raises TooManyRequests: too many questions, or too many wrong claims about one record
    """
    asked = definition(register)
    reason = reason_of(ground.purpose, ground.words)
    _require_claims(asked, claims)
    if authority is None:
        permissions.verify_record.require(actor, case_number=ground.case_number)
    else:
        _require_opened(authority, claims.keys(), at=at)
    if ground.case_number and actor.is_staff and not ports.knows_case(actor, ground.case_number):
        raise CaseNotKnown(case_number=ground.case_number)
    asker = authority.subscriber if authority else actor.id
    guesses = f"registers.wrong:{asker}:{register}:{key.strip().upper()}"
    limits = settings.TONGBAN_REGISTERS
    hit_limit(f"registers.verify:{asker}", limit=limits.questions_per_minute, window=MINUTE, at=at)
    require_below_limit(guesses, limit=limits.wrong_per_day, window=DAY, at=at)
    with transaction.atomic():
        record = find_record(asked, key, at=at)
        answers = _compare(asked, record, claims, at=at)
        use = _write_down(
            asked,
            record,
            act=UseAct.VERIFIED,
            fields=claims.keys(),
            answer={name: match.value for name, match in answers.items()},
            question={"key": key, **claims},
            ground=ground,
            reason=reason,
            authority=authority,
            actor=actor,
            at=at,
        )
    if Match.NO in answers.values():
        hit_limit(guesses, limit=limits.wrong_per_day, window=DAY, at=at)
    return Verification(register=register, answers=answers, reference=str(use))


def read_fields(
    *,
    register: RegisterCode,
    key: str,
    fields: Collection[str],
    authority: Authority,
    actor: Actor,
    at: datetime,
) -> FieldsRead:
    """
    Return exactly the fields asked for, of those the authority opens.

    :raises FieldsNotOpened: a field is asked for that the authority does not open
    :raises AuthorityExpired: it has lapsed
    :raises InvalidInput: unknown fields, or a key that cannot be one
    """
    return read_many(register=register, keys=[key], fields=fields, authority=authority, actor=actor, at=at)[0]


@transaction.atomic
def read_many(
    *,
    register: RegisterCode,
    keys: Sequence[str],
    fields: Collection[str],
    authority: Authority,
    actor: Actor,
    at: datetime,
) -> list[FieldsRead]:
    """
    Return the same of several records, 100 at most, in the order of their keys.

    :raises FieldsNotOpened: as `read_fields`
    :raises AuthorityExpired: as `read_fields`
    :raises InvalidInput: as `read_fields`, or too many keys
    """
    asked = definition(register)
    if not 1 <= len(keys) <= MOST_KEYS:
        raise InvalidInput(fields={"keys": _("一次可查 1 至 100 条")})
    _require_fields(asked, fields)
    _require_opened(authority, fields, at=at)
    reason = reason_of(authority.ground.purpose, authority.ground.words)
    return [
        _read_one(
            asked,
            find_record(asked, key, at=at),
            key=key,
            fields=fields,
            reason=reason,
            authority=authority,
            actor=actor,
            at=at,
        )
        for key in keys
    ]


@transaction.atomic
def rows_after(
    *,
    register: RegisterCode,
    after: str,
    limit: int,
    fields: Collection[str],
    authority: Authority,
    actor: Actor,
    at: datetime,
    where: Mapping[str, str] | None = None,
) -> RowsRead:
    """
    Return a piece of a register in the order of its records' ids, for sharing by table or file.

    :param after: `next` of the piece before; "" begins
    :param limit: 500 at most; so many records are looked through
    :param where: values that fields have; of fields that the authority opens, so that nothing is learnt by asking
    :raises FieldsNotOpened: as `read_fields`
    :raises AuthorityExpired: as `read_fields`
    :raises InvalidInput: unknown fields, or values that these cannot have
    """
    asked = definition(register)
    where = where or {}
    _require_fields(asked, {*fields, *where})
    _require_opened(authority, {*fields, *where}, at=at)
    wanted = _wanted(asked, where, at=at)
    reason = reason_of(authority.ground.purpose, authority.ground.words)
    records = Record.objects.filter(register=register).exclude(state=RecordState.ENDED).order_by("id")
    if after:
        records = records.filter(id__gt=_cursor(after))
    found = list(records[: min(limit, MOST_ROWS)])
    rows = tuple(
        _read_one(
            asked,
            each,
            key=each.fields[asked.key],
            fields=fields,
            reason=reason,
            authority=authority,
            actor=actor,
            at=at,
        )
        for each in found
        if all(each.fields.get(name) == value for name, value in wanted.items())
    )
    return RowsRead(rows=rows, next=str(found[-1].id) if len(found) == min(limit, MOST_ROWS) else "")


@transaction.atomic
def use_again(
    *, references: Collection[str], authority: Authority, actor: Actor, at: datetime
) -> tuple[str, ...] | None:
    """
    Write down that answers of before are given again: each is a use, on this ground, and a look of whom it is about.

    Two queries, and what each use takes. Return the references of the new uses; None: one of the old ones is not to be
    found any more, its record has changed since, or the authority does not open what was answered, so that the register
    has to be asked.

    :param references: of uses within the last two hours
    """
    reason = reason_of(authority.ground.purpose, authority.ground.words)
    before = list(
        RecordUse.objects.filter(id__in=list(references), at__gte=at - LONGEST_KEPT, at__lte=at).order_by(
            "at"
        )
    )
    records = Record.objects.in_bulk({use.record_id for use in before if use.record_id is not None})
    is_as_it_was = all(
        use.record_id is None or (use.record_id in records and records[use.record_id].changed_at <= use.at)
        for use in before
    )
    is_open = authority.expires_at > at and authority.fields.issuperset(
        name for use in before for name in use.fields
    )
    if len(before) < len(set(references)) or not is_as_it_was or not is_open:
        return None
    return tuple(
        str(
            _note(
                definition(RegisterCode(use.register)),
                records[use.record_id] if use.record_id else None,
                act=UseAct(use.act),
                fields=use.fields,
                digest=bytes(use.digest),
                ground=authority.ground,
                reason=reason,
                authority=authority,
                actor=actor,
                at=at,
            )
        )
        for use in before
    )


@transaction.atomic
def look_at_record(
    *, register: RegisterCode, key: str, purpose: str, words: str, actor: Actor, at: datetime
) -> RecordShown:
    """
    Show one record to who looks after data: masked, where each field comes from, and what others say.

    :raises NotPermitted: the actor does not look after data
    :raises InvalidInput: no purpose, or a key that cannot be one
    """
    permissions.look_at_record.require(actor)
    asked = definition(register)
    reason = reason_of(purpose, words)
    record = find_record(asked, key, at=at)
    fields: dict[str, str] = record.fields if record else _nobody()
    _write_down(
        asked,
        record,
        act=UseAct.LOOKED,
        fields=asked.names,
        answer={},
        question={"key": key},
        ground=Ground(purpose=purpose, words=words),
        reason=reason,
        authority=None,
        actor=actor,
        at=at,
    )
    audit.record(
        action="registers.record.look",
        actor=actor,
        subject=str(record.pk) if record else "",
        at=at,
        register=register.value,
        purpose=reason.purpose.value,
    )
    if record is None:
        return RecordShown(is_found=False)
    origins = origins_of(record, asked.names)
    noted: dict[str, int] = {}
    for name in Difference.objects.filter(record=record).values_list("field", flat=True):
        noted[name] = noted.get(name, 0) + 1
    return RecordShown(
        is_found=True,
        state=RecordState(record.state),
        version=record.version,
        changed_at=record.changed_at,
        fields=tuple(
            FieldShown(
                name=rule.name,
                title=rule.title,
                value=rules.masked(rule, fields[rule.name]),
                origin=origins.get(rule.name),
                day=rules.day_of(record.lineage[rule.name]["t"]),
                differences=noted.get(rule.name, 0),
            )
            for rule in asked.fields
            if rule.name in fields
        ),
    )


def _wanted(asked: Definition, where: Mapping[str, str], *, at: datetime) -> dict[str, str]:
    """
    Return values as the register writes them.

    :raises InvalidInput: a field cannot have such a value
    """
    found: dict[str, str] = {}
    for name, text in where.items():
        rule = asked.field(name)
        value = rules.clean_value(rule, text, on=civil_date(at)) if rule else None
        if not value:
            raise InvalidInput(fields={name: _("不是这个信息项可以有的值")})
        found[name] = value
    return found


def _cursor(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise InvalidInput(fields={"after": _("翻页位置无效")}) from error


def _require_claims(asked: Definition, claims: Mapping[str, str]) -> None:
    if not 1 <= len(claims) <= MOST_CLAIMS:
        raise InvalidInput(fields={"claims": _("一次可核验 1 至 20 项")})
    _require_fields(asked, claims)


def _require_fields(asked: Definition, fields: Collection[str]) -> None:
    unknown = sorted(set(fields) - asked.names)
    if unknown or not fields:
        raise InvalidInput(
            fields={"fields": _("基础库没有这些信息项：%(columns)s") % {"columns": "、".join(unknown)}}
        )


def _require_opened(authority: Authority, fields: Collection[str], *, at: datetime) -> None:
    if authority.expires_at <= at:
        raise AuthorityExpired
    closed = sorted(set(fields) - authority.fields)
    if closed:
        raise FieldsNotOpened(fields="、".join(closed))


def _compare(
    asked: Definition, record: Record | None, claims: Mapping[str, str], *, at: datetime
) -> dict[str, Match]:
    fields: dict[str, str] = record.fields if record else _nobody()
    answers = {name: _match(asked, name, text, fields, at=at) for name, text in claims.items()}
    if record is None or record.state == RecordState.ENDED:
        return dict.fromkeys(answers, Match.UNKNOWN)
    if any(answers.get(name) is Match.NO for name in asked.identifying):
        return {
            name: match if name in asked.identifying else Match.UNKNOWN for name, match in answers.items()
        }
    return answers


def _match(asked: Definition, name: str, text: str, fields: Mapping[str, str], *, at: datetime) -> Match:
    rule = asked.field(name)
    claimed = rules.clean_value(rule, text, on=civil_date(at)) if rule else None
    held = fields.get(name, "")
    if not held:
        return Match.UNKNOWN
    return Match.YES if claimed == held else Match.NO


@cache
def _decoy() -> bytes:
    filler = {
        "name": "某某某",
        "household_address": "某省某市某区某街道某路某号某栋某单元",
        "birth_date": "1990-01-01",
    }
    return crypto.seal(msgspec.json.encode(filler), context="registers.decoy")


def _nobody() -> dict[str, str]:
    """
    Do for nobody what is done for somebody: unseal a record.
    """
    fields: dict[str, str] = msgspec.json.decode(crypto.unseal(_decoy(), context="registers.decoy"))
    return fields


def _read_one(
    asked: Definition,
    record: Record | None,
    *,
    key: str,
    fields: Collection[str],
    reason: Reason,
    authority: Authority,
    actor: Actor,
    at: datetime,
) -> FieldsRead:
    held = record.fields if record else _nobody()
    is_found = record is not None and record.state != RecordState.ENDED
    answer = {name: held[name] for name in sorted(fields) if name in held} if is_found else {}
    use = _write_down(
        asked,
        record if is_found else None,
        act=UseAct.READ,
        fields=fields,
        answer=answer,
        question={"key": key, "fields": ",".join(sorted(fields))},
        ground=authority.ground,
        reason=reason,
        authority=authority,
        actor=actor,
        at=at,
    )
    if record is None or not is_found:
        return FieldsRead(is_found=False, reference=str(use))
    return FieldsRead(
        is_found=True,
        fields=answer,
        lineage=origins_of(record, answer),
        version=record.version,
        reference=str(use),
    )


def origins_of(record: Record, names: Collection[str]) -> dict[str, Origin]:
    """
    Return where fields of a record come from. Two queries.
    """
    traces = {name: record.lineage[name] for name in names if name in record.lineage}
    batches = Batch.objects.in_bulk({trace["b"] for trace in traces.values()})
    codes = {trace["s"] for trace in traces.values()}
    agencies = dict(Agency.objects.filter(code__in=codes).values_list("code", "name"))
    return {
        name: Origin(
            agency_code=trace["s"],
            agency_name=agencies.get(trace["s"], ""),
            node_code=batches[trace["b"]].node_code if trace["b"] in batches else "",
            batch_id=trace["b"],
            at=trace["t"],
            is_authoritative=trace["a"],
        )
        for name, trace in traces.items()
    }


def _write_down(
    asked: Definition,
    record: Record | None,
    *,
    act: UseAct,
    fields: Collection[str],
    answer: Mapping[str, str],
    question: Mapping[str, str],
    ground: Ground,
    reason: Reason,
    authority: Authority | None,
    actor: Actor,
    at: datetime,
) -> UUID:
    """
    Write down a use, and the look of whom it is about; return the use's id.
    """
    said = canonical_json({"question": dict(question), "answer": dict(answer)})
    return _note(
        asked,
        record,
        act=act,
        fields=fields,
        digest=crypto.mac("registers.use", said),
        ground=ground,
        reason=reason,
        authority=authority,
        actor=actor,
        at=at,
    )


def _note(
    asked: Definition,
    record: Record | None,
    *,
    act: UseAct,
    fields: Collection[str],
    digest: bytes,
    ground: Ground,
    reason: Reason,
    authority: Authority | None,
    actor: Actor,
    at: datetime,
) -> UUID:
    use = note_use(
        register=asked.code,
        record_id=record.id if record else None,
        act=act,
        fields=fields,
        digest=digest,
        ground=ground,
        reason=reason,
        authority=authority,
        actor=actor,
        at=at,
    )
    subject = rules.subjects_of(asked, record.fields) if record else NOBODYS_NUMBER
    holder = ports.people().holder_of(subject)
    looks.record(
        principal_id=holder,
        act=LOOK_ACTS[act],
        thing=Thing(kind=ObjectKind.PERSON, key="", **_labels(asked)),
        actor=actor,
        at=at,
        reason=reason,
        agency_code=authority.agency_code if authority else "",
    )
    return use


def _labels(asked: Definition) -> dict[str, str]:
    """
    Return a register's name as the ledger keeps it: in both languages, whatever the asker's is.
    """
    with override("zh-hans"):
        chinese = str(asked.title)
    with override("en"):
        return {"label": chinese, "label_en": str(asked.title)}


def note_use(
    *,
    register: RegisterCode,
    record_id: UUID | None,
    act: UseAct,
    fields: Collection[str],
    digest: bytes,
    ground: Ground,
    reason: Reason,
    authority: Authority | None,
    actor: Actor,
    at: datetime,
) -> UUID:
    """
    Write down who used which fields of a record on which ground; return its id. One statement.
    """
    use: dict[str, Any] = {
        "id": uuid4(),
        "at": at,
        "register": register,
        "record_id": record_id,
        "act": act,
        "fields": sorted(fields),
        "actor_kind": actor.kind.value,
        "used_by": authority.subscriber if authority else actor.id,
        "agency_code": authority.agency_code if authority else actor.agency_code or "",
        "node_code": authority.node_code if authority else "",
        "authority": authority.reference if authority else "",
        "purpose": reason.purpose.value,
        "words": reason.words,
        "legal_basis": ground.legal_basis[:200],
        "case_number": ground.case_number[:64],
        "digest": digest,
    }
    RecordUse.objects.create(**use)
    return UUID(str(use["id"]))
