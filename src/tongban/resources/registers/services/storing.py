"""
Rows into records: a chunk at a time, two statements for as many rows as there are.

Whoever brings rows into a register holds its lock for a chunk, so that two loads never make two records of one key.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid4

import msgspec
from django.db import connection

from tongban.foundation import crypto, events
from tongban.foundation.clock import civil_date
from tongban.foundation.db import require_transaction
from tongban.resources.registers import rules
from tongban.resources.registers.events import RECORDS_CHANGED, RecordsChanged
from tongban.resources.registers.models import (
    Batch,
    Difference,
    Record,
    RecordAlias,
    RecordVersion,
    RefusedRow,
    Source,
    WaitingRow,
)
from tongban.resources.registers.models.indexes import alias_index, key_index
from tongban.resources.registers.rules import Cleaned, Held, Merged, Said, Verdict
from tongban.resources.registers.services import sending
from tongban.resources.registers.values import (
    AliasKind,
    Definition,
    Offer,
    RecordState,
    RegisterCode,
    definition,
)

LOCK: Final = "SELECT pg_advisory_xact_lock(hashtext('registers.register'), hashtext(%s))"
RECORD_COLUMNS: Final = "id, register, key_index, fields, lineage, feeds, version, state, changed_at"
STAGE_RECORDS: Final = (
    "CREATE TEMP TABLE registers_incoming (LIKE registers_record INCLUDING DEFAULTS) ON COMMIT DROP"
)
COPY_RECORDS: Final = f"COPY registers_incoming ({RECORD_COLUMNS}) FROM STDIN"
MERGE_RECORDS: Final = f"""
INSERT INTO registers_record ({RECORD_COLUMNS}) SELECT {RECORD_COLUMNS} FROM registers_incoming
ON CONFLICT (id) DO UPDATE SET key_index = excluded.key_index, fields = excluded.fields, lineage = excluded.lineage,
    feeds = excluded.feeds, version = excluded.version, state = excluded.state, changed_at = excluded.changed_at
"""  # noqa: S608 -- names only
STAGE_ALIASES: Final = """
CREATE TEMP TABLE registers_alias_incoming (record_id uuid, kind varchar(20), alias_index bytea) ON COMMIT DROP
"""
COPY_ALIASES: Final = "COPY registers_alias_incoming (record_id, kind, alias_index) FROM STDIN"
MERGE_ALIASES: Final = """
INSERT INTO registers_recordalias (record_id, kind, alias_index) SELECT * FROM registers_alias_incoming
ON CONFLICT (record_id, kind) DO UPDATE SET alias_index = excluded.alias_index
"""


@dataclass
class _Work:
    """
    A record while a chunk goes through it.
    """

    id: UUID
    fields: dict[str, str]
    lineage: dict[str, dict[str, Any]]
    feeds: dict[str, int]
    version: int
    state: str
    before: tuple[dict[str, str], dict[str, Any], str] | None = None
    """As it stood in the database; None: it is new."""
    is_new: bool = False
    is_touched: bool = False
    changed: set[str] = field(default_factory=set)
    is_counted: bool = False


@dataclass
class Chunk:
    """
    What a chunk of rows does to a register.
    """

    counts: Counter[str] = field(default_factory=Counter)
    work: dict[UUID, _Work] = field(default_factory=dict)
    keys: dict[str, UUID] = field(default_factory=dict)
    refused: list[RefusedRow] = field(default_factory=list)
    waiting: list[WaitingRow] = field(default_factory=list)
    differences: dict[tuple[UUID, str], Difference] = field(default_factory=dict)
    settled: set[tuple[UUID, str]] = field(default_factory=set)
    refusals: dict[int, str] = field(default_factory=dict)
    """Line -> code, for rows of another node."""


def take_rows(offers: Sequence[Offer], *, batch: Batch, at: datetime) -> Chunk:
    """
    Take rows into the register of a batch, in the open transaction; return what became of them.

    :param offers: in the order in which they were said
    :param at: now
    """
    require_transaction()
    register = definition(RegisterCode(batch.register))
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [batch.register])
    cleaned = [rules.clean_row(register, offer.fields, on=civil_date(at)) for offer in offers]
    chunk = Chunk()
    _fetch(register, chunk, _keys(register, cleaned))
    aliases = _aliased(register, chunk, cleaned)
    appointed = appointed_of(batch.register)
    for offer, row in zip(offers, cleaned, strict=True):
        _take(register, chunk, offer, row, aliases, batch=batch, appointed=appointed, at=at)
    write(chunk, batch=batch, at=at)
    return chunk


def appointed_of(register: str) -> dict[str, set[str]]:
    """
    Return which agencies have which role in a register. One query.
    """
    found: dict[str, set[str]] = {}
    for role, agency_code in Source.objects.filter(register=register).values_list("role", "agency_code"):
        found.setdefault(role, set()).add(agency_code)
    return found


def _keys(register: Definition, cleaned: Iterable[Cleaned]) -> list[str]:
    return list(dict.fromkeys(row.fields[register.key] for row in cleaned if register.key in row.fields))


def _fetch(register: Definition, chunk: Chunk, keys: Sequence[str]) -> None:
    indexes = [key_index(register.code, key) for key in keys]
    for record in _held_records().filter(register=register.code, key_index__in=indexes):
        _remember(register, chunk, record)


def _held_records() -> Any:
    return Record.objects.select_for_update(no_key=True)


def _remember(register: Definition, chunk: Chunk, record: Record) -> None:
    fields, lineage = dict(record.fields), dict(record.lineage)
    chunk.keys[fields[register.key]] = record.id
    chunk.work.setdefault(
        record.id,
        _Work(
            id=record.id,
            fields=fields,
            lineage=lineage,
            feeds=dict(record.feeds),
            version=record.version,
            state=record.state,
            before=(dict(fields), dict(lineage), record.state),
        ),
    )


def _aliased(
    register: Definition, chunk: Chunk, cleaned: Sequence[Cleaned]
) -> dict[tuple[AliasKind, bytes], list[UUID]]:
    """
    Fetch the records that rows without a right key may be of, and return them by alias.
    """
    wanted = {
        bytes(alias_index(register.code, kind, text)): None
        for row in cleaned
        if row.problem is None and register.key not in row.fields
        for kind, text in rules.aliases_of(register, row.fields, key_given=row.key_given).items()
    }
    if not wanted:
        return {}
    found: dict[tuple[AliasKind, bytes], list[UUID]] = {}
    rows = RecordAlias.objects.filter(alias_index__in=list(wanted), record__register=register.code)
    for record_id, kind, index in rows.values_list("record_id", "kind", "alias_index"):
        found.setdefault((AliasKind(kind), bytes(index)), []).append(record_id)
    ids = {record_id for ids in found.values() for record_id in ids} - chunk.work.keys()
    for record in _held_records().filter(id__in=ids):
        _remember(register, chunk, record)
    return found


def _take(
    register: Definition,
    chunk: Chunk,
    offer: Offer,
    row: Cleaned,
    aliases: Mapping[tuple[AliasKind, bytes], list[UUID]],
    *,
    batch: Batch,
    appointed: Mapping[str, set[str]],
    at: datetime,
) -> None:
    by_key = chunk.keys.get(row.fields.get(register.key, ""))
    held = chunk.work[by_key] if by_key else None
    if held is not None and offer.node_code and held.feeds.get(offer.node_code, 0) >= offer.number > 0:
        chunk.counts["unchanged"] += 1
        return
    sure, likely = ([], []) if held or not aliases else _relatives(register, chunk, row, aliases)
    confirmed = (
        offer.confirmed if offer.node_code else _confirmed(register, row.fields, held, batch, appointed)
    )
    outcome = rules.decide(
        register,
        row,
        by_key=_held(held),
        sure=sure,
        likely=likely,
        is_identity_source=register.identifying <= confirmed | (register.identifying - row.fields.keys()),
    )
    match outcome.verdict:
        case Verdict.REFUSE:
            chunk.counts["refused"] += 1
            chunk.refusals[offer.line] = str(outcome.problem)
            chunk.refused.append(
                RefusedRow(batch=batch, line=offer.line, problem=outcome.problem or "", field=outcome.field)
            )
        case Verdict.WAIT:
            chunk.counts["disputed"] += 1
            chunk.waiting.append(_waiting(offer, row, outcome, batch=batch, at=at))
        case Verdict.TAKE | Verdict.CREATE:
            work = chunk.work[outcome.record_id] if outcome.record_id else _new(register, chunk, row)
            if not offer.node_code and work.id != by_key:
                confirmed = _confirmed(register, row.fields, work, batch, appointed)
            said = Said(
                batch_id=batch.pk,
                agency_code=batch.agency_code,
                confirmed=confirmed,
                at=moment(at),
                agencies=offer.agencies,
                times=offer.times,
            )
            absorb(register, chunk, work, row.fields, said=said, offer=offer, batch=batch, at=at)


def _held(work: _Work | None) -> Held | None:
    return None if work is None else Held(id=work.id, fields=work.fields)


def _relatives(
    register: Definition,
    chunk: Chunk,
    row: Cleaned,
    aliases: Mapping[tuple[AliasKind, bytes], list[UUID]],
) -> tuple[list[Held], list[Held]]:
    sure: list[Held] = []
    likely: list[Held] = []
    for kind, text in rules.aliases_of(register, row.fields, key_given=row.key_given).items():
        for form in crypto.all_forms(alias_index(register.code, kind, text)):
            for record_id in aliases.get((kind, form), ()):
                work = chunk.work[record_id]
                (sure if kind.is_sure else likely).append(Held(id=work.id, fields=work.fields))
    return sure, likely


def _confirmed(
    register: Definition,
    fields: Mapping[str, str],
    held: _Work | None,
    batch: Batch,
    appointed: Mapping[str, set[str]],
) -> frozenset[str]:
    known = {**(held.fields if held else {}), register.key: fields.get(register.key, "")}
    if not known[register.key] and held:
        known[register.key] = held.fields[register.key]
    known.setdefault("issuer_code", fields.get("issuer_code", ""))
    return frozenset(
        rule.name
        for rule in register.fields
        if rule.name in fields
        and rules.is_authoritative(
            register, rule, fields=known, agency_code=batch.agency_code, appointed=appointed
        )
    )


def _new(register: Definition, chunk: Chunk, row: Cleaned) -> _Work:
    work = _Work(
        id=uuid4(), fields={}, lineage={}, feeds={}, version=1, state=RecordState.UNCONFIRMED, is_new=True
    )
    chunk.work[work.id] = work
    chunk.keys[row.fields[register.key]] = work.id
    return work


def _waiting(offer: Offer, row: Cleaned, outcome: rules.Outcome, *, batch: Batch, at: datetime) -> WaitingRow:
    return WaitingRow(
        batch=batch,
        register=batch.register,
        agency_code=batch.agency_code,
        line=offer.line,
        reason=outcome.reason or "",
        offered={"fields": row.fields, "key_given": row.key_given},
        candidates=list(outcome.candidates),
        at=at,
    )


def absorb(
    register: Definition,
    chunk: Chunk,
    work: _Work,
    fields: Mapping[str, str],
    *,
    said: Said,
    offer: Offer,
    batch: Batch,
    at: datetime,
) -> Merged:
    """
    Let a record take what was said of it.
    """
    merged = rules.merge(work.fields, work.lineage, fields, said=said)
    work.fields, work.lineage = merged.fields, merged.lineage
    state = _state(register, work, ends=offer.ends)
    is_fed = bool(offer.node_code) and offer.number > 0
    if is_fed:
        work.feeds[offer.node_code] = offer.number
    is_changed = bool(merged.changed) or state != work.state
    work.state = state
    work.is_touched = work.is_touched or merged.is_touched or is_changed or is_fed
    work.changed.update(merged.changed)
    if work.is_new and not work.is_counted:
        chunk.counts["created"] += 1
    else:
        chunk.counts["changed" if is_changed else "unchanged"] += 1
    work.is_counted = True
    for noted in merged.differences:
        chunk.counts["differences"] += 1
        chunk.differences[work.id, noted.field] = Difference(
            record_id=work.id,
            field=noted.field,
            agency_code=said.agency_code,
            offered=noted.value,
            batch=batch,
            at=at,
        )
    for name in (*merged.settled, *merged.changed):
        chunk.settled.add((work.id, name))
    return merged


def _state(register: Definition, work: _Work, *, ends: bool) -> str:
    if ends:
        return RecordState.ENDED
    return RecordState.CONFIRMED if work.lineage[register.key]["a"] else RecordState.UNCONFIRMED


def moment(at: datetime) -> str:
    """
    Return a moment as lineage has it: UTC, to the second, so that text compares as time does.
    """
    return at.astimezone(UTC).isoformat(timespec="milliseconds")


def write(chunk: Chunk, *, batch: Batch, at: datetime) -> None:
    """
    Write what a chunk does, and count it into its batch.
    """
    register = definition(RegisterCode(batch.register))
    touched = [work for work in chunk.work.values() if work.is_touched]
    _write_versions(touched, batch=batch, at=at)
    _write_records(register, touched, at=at)
    _write_aliases(register, [work for work in touched if work.changed])
    RefusedRow.objects.bulk_create(chunk.refused)
    WaitingRow.objects.bulk_create(chunk.waiting)
    _write_differences(chunk, batch=batch)
    for name in ("created", "changed", "unchanged", "refused", "disputed", "differences"):
        setattr(batch, name, getattr(batch, name) + chunk.counts[name])
    changed = [
        work for work in touched if work.changed or work.before is None or work.state != work.before[2]
    ]
    if changed:
        tell_of_changes(register, len(changed), at=at)
    if not sending.is_sent_up(register):
        return
    for work in changed:
        sending.tell_parent(
            register,
            record_id=work.id,
            fields=work.fields,
            lineage=work.lineage,
            state=work.state,
            is_new=work.is_new,
            at=at,
        )


def tell_of_changes(register: Definition, records: int, *, at: datetime) -> None:
    """
    Announce once for a chunk that records of a register are not as they were.
    """
    events.announce(
        topic=RECORDS_CHANGED,
        key=register.code.value,
        at=at,
        payload=RecordsChanged(register=register.code.value, records=records),
    )


def _write_versions(touched: Sequence[_Work], *, batch: Batch, at: datetime) -> None:
    versions = []
    for work in touched:
        if work.before is None:
            continue
        fields, lineage, state = work.before
        if not work.changed and state == work.state:
            continue
        versions.append(
            RecordVersion(
                record_id=work.id,
                number=work.version,
                fields=fields,
                lineage=lineage,
                state=state,
                changed=sorted(work.changed),
                batch=batch,
                ended_at=at,
            )
        )
        work.version += 1
    RecordVersion.objects.bulk_create(versions)


def _write_records(register: Definition, touched: Sequence[_Work], *, at: datetime) -> None:
    if not touched:
        return
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS registers_incoming")
        cursor.execute(STAGE_RECORDS)
        with cursor.copy(COPY_RECORDS) as copy:
            for work in touched:
                copy.write_row(
                    (
                        work.id,
                        register.code.value,
                        bytes(key_index(register.code, work.fields[register.key])),
                        crypto.seal(msgspec.json.encode(work.fields), context="registers.record"),
                        msgspec.json.encode(work.lineage).decode(),
                        msgspec.json.encode(work.feeds).decode(),
                        work.version,
                        str(work.state),
                        at,
                    )
                )
        cursor.execute(MERGE_RECORDS)


def _write_aliases(register: Definition, changed: Sequence[_Work]) -> None:
    rows = [
        (work.id, kind.value, bytes(alias_index(register.code, kind, text)))
        for work in changed
        for kind, text in rules.aliases_of(register, work.fields).items()
    ]
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS registers_alias_incoming")
        cursor.execute(STAGE_ALIASES)
        with cursor.copy(COPY_ALIASES) as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(MERGE_ALIASES)


def _write_differences(chunk: Chunk, *, batch: Batch) -> None:
    """
    Write what others say otherwise, and forget what they said before and agree with now.
    """
    gone = chunk.settled - chunk.differences.keys()
    if gone:
        ids = {record_id for record_id, _name in gone}
        kept = Difference.objects.filter(record_id__in=ids).only("id", "record_id", "field", "agency_code")
        dead = [each.pk for each in kept if _is_settled(each, chunk, batch)]
        Difference.objects.filter(pk__in=dead).delete()
    Difference.objects.bulk_create(
        chunk.differences.values(),
        update_conflicts=True,
        unique_fields=["record", "field", "agency_code"],
        update_fields=["offered", "batch", "at"],
    )


def _is_settled(noted: Difference, chunk: Chunk, batch: Batch) -> bool:
    if (noted.record_id, noted.field) not in chunk.settled:
        return False
    return noted.agency_code == batch.agency_code or noted.offered == chunk.work[noted.record_id].fields.get(
        noted.field
    )
