"""
What the pages show of the base registers: counts, loads, rows that wait, one record masked.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Aggregate, Count, Max, Q, QuerySet

from tongban.foundation.actors import Actor
from tongban.foundation.errors import NotFound, Text
from tongban.foundation.paging import Page, decode_cursor, encode_cursor
from tongban.resources.registers import permissions, rules
from tongban.resources.registers.models import (
    Agency,
    Batch,
    Difference,
    DisputeCase,
    Record,
    RefusedRow,
    Source,
    WaitingRow,
)
from tongban.resources.registers.values import (
    BatchState,
    BatchWay,
    Definition,
    DisputeState,
    FieldRule,
    MatchReason,
    MatchState,
    RecordState,
    RegisterCode,
    SourceRole,
    definition,
)

PAGE: Final = 20
MOST_REFUSED: Final = 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class RegisterState:
    """
    How one register stands.
    """

    code: RegisterCode
    title: Text
    records: int
    unconfirmed: int
    ended: int
    last_load_at: datetime | None
    waiting: int
    disputes: int
    differences: int


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceLine:
    """
    数源单位.
    """

    register: RegisterCode
    role: SourceRole
    agency_code: str
    agency_name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class BatchLine:
    """
    数据批次 in a list.
    """

    id: int
    register: RegisterCode
    way: BatchWay
    agency_code: str
    agency_name: str
    node_code: str
    system: str
    file_name: str
    state: BatchState
    lines: int
    created: int
    changed: int
    unchanged: int
    refused: int
    disputed: int
    differences: int
    started_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class RefusedLine:
    """
    拒绝行.
    """

    line: int
    problem: Text
    field: Text


@dataclass(frozen=True, kw_only=True, slots=True)
class WaitingLine:
    """
    待匹配行 in a list.
    """

    id: UUID
    register: RegisterCode
    agency_code: str
    agency_name: str
    line: int
    reason: MatchReason
    candidates: int
    state: MatchState
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """
    One field beside what others say of it.
    """

    name: str
    title: Text
    values: tuple[str, ...]
    """What the row says, then each candidate; masked."""
    differs: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class WaitingFacts:
    """
    A row and the records it may be of, side by side.
    """

    line: WaitingLine
    candidates: tuple[UUID, ...]
    cells: tuple[Cell, ...]
    words: str
    decided_at: datetime | None


def may_open_registers(*, actor: Actor) -> bool:
    """
    Return whether the actor may see how the registers stand. No query.
    """
    return permissions.open_registers.allows(actor)


def may_load(*, actor: Actor) -> bool:
    """
    Return whether the actor may load what his agency says. No query.
    """
    return bool(actor.agency_code) and permissions.load_register.allows(
        actor, agency_code=actor.agency_code or ""
    )


def may_appoint_sources(*, actor: Actor) -> bool:
    """
    Return whether the actor may say which agency is the source of what. No query.
    """
    return permissions.appoint_source.allows(actor)


def may_look_at_records(*, actor: Actor) -> bool:
    """
    Return whether the actor may see one record, masked. No query.
    """
    return permissions.look_at_record.allows(actor)


def register_states(*, actor: Actor) -> list[RegisterState]:
    """
    Return how each register stands. Five queries.

    :raises NotPermitted: the actor is not at work here
    """
    permissions.open_registers.require(actor)
    records: dict[str, dict[str, Any]] = {
        row["register"]: dict(row)
        for row in Record.objects.values("register").annotate(
            records=Count("id"),
            unconfirmed=Count("id", filter=Q(state=RecordState.UNCONFIRMED)),
            ended=Count("id", filter=Q(state=RecordState.ENDED)),
        )
    }
    loads: dict[str, datetime] = _by_register(Batch.objects.all(), Max("started_at"))
    waiting: dict[str, int] = _by_register(WaitingRow.objects.filter(state=MatchState.OPEN), Count("id"))
    disputes: dict[str, int] = _by_register(DisputeCase.objects.filter(state=DisputeState.OPEN), Count("id"))
    differences: dict[str, int] = _by_register(Difference.objects.all(), Count("id"), "record__register")
    return [
        RegisterState(
            code=code,
            title=code.label,
            records=records.get(code.value, {}).get("records", 0),
            unconfirmed=records.get(code.value, {}).get("unconfirmed", 0),
            ended=records.get(code.value, {}).get("ended", 0),
            last_load_at=loads.get(code.value),
            waiting=waiting.get(code.value, 0),
            disputes=disputes.get(code.value, 0),
            differences=differences.get(code.value, 0),
        )
        for code in RegisterCode
    ]


def _by_register(rows: QuerySet[Any], measure: Aggregate, column: str = "register") -> dict[str, Any]:
    return {row[column]: row["measure"] for row in rows.values(column).annotate(measure=measure)}


def sources(*, actor: Actor) -> list[SourceLine]:
    """
    Return which agency is the source of what. Two queries.

    :raises NotPermitted: the actor is not at work here
    """
    permissions.open_registers.require(actor)
    rows = list(Source.objects.order_by("register", "role", "agency_code"))
    names = _names({row.agency_code for row in rows})
    return [
        SourceLine(
            register=RegisterCode(row.register),
            role=SourceRole(row.role),
            agency_code=row.agency_code,
            agency_name=names.get(row.agency_code, ""),
        )
        for row in rows
    ]


def batches(
    *, actor: Actor, register: str = "", cursor: str | None = None, limit: int = PAGE
) -> Page[BatchLine]:
    """
    Return what was brought, newest first. Two queries, by primary key or index `register_batch_newest`.

    :raises NotPermitted: the actor is not at work here
    """
    permissions.open_registers.require(actor)
    rows = Batch.objects.order_by("-id")
    if register in RegisterCode.values:
        rows = rows.filter(register=register)
    if cursor:
        rows = rows.filter(id__lt=decode_cursor("registers.batches", cursor)[0])
    found = list(rows[: limit + 1])
    shown = found[:limit]
    names = _names({row.agency_code for row in shown})
    following = encode_cursor("registers.batches", [shown[-1].id]) if len(found) > limit else None
    return Page(items=[_batch(row, names) for row in shown], next_cursor=following)


def batch_by_id(*, batch_id: int, actor: Actor) -> BatchLine:
    """
    Return one batch. Two queries.

    :raises NotPermitted: the actor is not at work here
    :raises NotFound: there is none
    """
    permissions.open_registers.require(actor)
    row = Batch.objects.filter(id=batch_id).first()
    if row is None:
        raise NotFound
    return _batch(row, _names({row.agency_code}))


def refused_rows(*, batch_id: int, actor: Actor, limit: int = MOST_REFUSED) -> list[RefusedLine]:
    """
    Return the rows of a batch that were not taken, 10,000 at most. Two queries.

    :raises NotPermitted: the actor is not at work here
    :raises NotFound: there is no such batch
    """
    if not actor.is_system:
        permissions.open_registers.require(actor)
    batch = Batch.objects.filter(id=batch_id).first()
    if batch is None:
        raise NotFound
    register = definition(RegisterCode(batch.register))
    return [
        RefusedLine(line=row.line, problem=row.get_problem_display(), field=_title(register, row.field))
        for row in RefusedRow.objects.filter(batch_id=batch_id).order_by("line", "id")[:limit]
    ]


def waiting_rows(
    *, actor: Actor, state: MatchState = MatchState.OPEN, cursor: str | None = None, limit: int = PAGE
) -> Page[WaitingLine]:
    """
    Return the rows that wait for a person: a steward's own agency's, a reviewer's all. Two queries.

    :raises NotPermitted: the actor is not at work here
    """
    permissions.open_registers.require(actor)
    rows = _seen(actor).filter(state=state).order_by("at", "id")
    if cursor:
        at, last = decode_cursor("registers.waiting", cursor)
        rows = rows.filter(Q(at__gt=at) | Q(at=at, id__gt=last))
    found = list(rows[: limit + 1])
    shown = found[:limit]
    names = _names({row.agency_code for row in shown})
    following = None
    if len(found) > limit:
        following = encode_cursor("registers.waiting", [shown[-1].at.isoformat(), str(shown[-1].id)])
    return Page(items=[_waiting(row, names) for row in shown], next_cursor=following)


def waiting_row(*, row_id: UUID, actor: Actor) -> WaitingFacts:
    """
    Return a row and the records it may be of, masked. Three queries.

    :raises NotFound: there is none, or the actor may not decide about it
    """
    row = _seen(actor).filter(id=row_id).first()
    if row is None or not permissions.decide_match.allows(actor, agency_code=row.agency_code):
        raise NotFound
    register = definition(RegisterCode(row.register))
    held = Record.objects.in_bulk(row.candidates)
    candidates = tuple(each for each in row.candidates if each in held)
    offered: dict[str, str] = dict(row.offered["fields"]) if row.offered else {}
    if row.offered and row.offered["key_given"]:
        offered[register.key] = row.offered["key_given"]
    cells = [_cell(rule, offered, [held[each].fields for each in candidates]) for rule in register.fields]
    return WaitingFacts(
        line=_waiting(row, _names({row.agency_code})),
        candidates=candidates,
        cells=tuple(cell for cell in cells if any(cell.values)),
        words=row.words,
        decided_at=row.decided_at,
    )


def _cell(rule: FieldRule, offered: dict[str, str], held: Collection[dict[str, str]]) -> Cell:
    said = offered.get(rule.name, "")
    others = [fields.get(rule.name, "") for fields in held]
    return Cell(
        name=rule.name,
        title=rule.title,
        values=tuple(rules.masked(rule, value) for value in (said, *others)),
        differs=bool(said) and any(other and other != said for other in others),
    )


def _seen(actor: Actor) -> QuerySet[WaitingRow]:
    rows = WaitingRow.objects.all()
    if actor.roles & {permissions.REVIEWER, permissions.SUPERVISOR, permissions.OPERATOR}:
        return rows
    return rows.filter(agency_code=actor.agency_code or "-")


def _names(codes: set[str]) -> dict[str, str]:
    return dict(Agency.objects.filter(code__in=codes).values_list("code", "name"))


def _title(register: Definition, name: str) -> Text:
    rule = register.field(name)
    return rule.title if rule else name


def _batch(row: Batch, names: dict[str, str]) -> BatchLine:
    return BatchLine(
        id=row.id,
        register=RegisterCode(row.register),
        way=BatchWay(row.way),
        agency_code=row.agency_code,
        agency_name=names.get(row.agency_code, row.agency_name),
        node_code=row.node_code,
        system=row.system,
        file_name=row.file_name,
        state=BatchState(row.state),
        lines=row.lines,
        created=row.created,
        changed=row.changed,
        unchanged=row.unchanged,
        refused=row.refused,
        disputed=row.disputed,
        differences=row.differences,
        started_at=row.started_at,
        ended_at=row.ended_at,
    )


def _waiting(row: WaitingRow, names: dict[str, str]) -> WaitingLine:
    return WaitingLine(
        id=row.id,
        register=RegisterCode(row.register),
        agency_code=row.agency_code,
        agency_name=names.get(row.agency_code, row.agency_code),
        line=row.line,
        reason=MatchReason(row.reason),
        candidates=len(row.candidates),
        state=MatchState(row.state),
        at=row.at,
    )
