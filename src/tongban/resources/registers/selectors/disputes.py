"""
Disputes, as those see them who filed them, have to answer them or watch over both.
"""

from datetime import date
from typing import Final

from django.db.models import Q, QuerySet

from tongban.foundation.actors import Actor
from tongban.foundation.errors import NotFound
from tongban.foundation.paging import Page, decode_cursor, encode_cursor
from tongban.foundation.policy import NOTHING, visible_rows
from tongban.resources.registers import permissions, rules
from tongban.resources.registers.models import DisputeCase, Record
from tongban.resources.registers.values import (
    Dispute,
    DisputeState,
    FieldRule,
    Filer,
    RegisterCode,
    definition,
)

PAGE: Final = 20


def disputes(
    *,
    actor: Actor,
    on: date,
    state: DisputeState | None = None,
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[Dispute]:
    """
    Return the disputes the actor may know of, the first to fall due first. One query.

    :param on: today, for what is late
    :param state: only these; None: all
    """
    rows = _seen(actor).order_by("due", "id")
    if state is not None:
        rows = rows.filter(state=state)
    if cursor:
        due, last = decode_cursor("registers.disputes", cursor)
        rows = rows.filter(Q(due__gt=due) | Q(due=due, id__gt=last))
    found = list(rows[: limit + 1])
    shown = found[:limit]
    following = None
    if len(found) > limit:
        following = encode_cursor("registers.disputes", [shown[-1].due.isoformat(), str(shown[-1].id)])
    return Page(items=[_line(row, on=on) for row in shown], next_cursor=following)


def dispute_by_number(*, number: str, actor: Actor, on: date) -> Dispute:
    """
    Return one dispute with its words. Two queries.

    What the register says is masked, except to the source that has to answer and to the person it is about.

    :raises NotFound: there is none, or the actor may not know of it
    """
    row = _seen(actor).filter(number=number).first()
    if row is None:
        raise NotFound
    rule = definition(RegisterCode(row.register)).field(row.field)
    held: str = Record.objects.get(pk=row.record_id).fields.get(row.field, "") if row.record_id else ""
    is_clear = (not row.owner_node and may_answer_dispute(row_agency=row.owner_agency, actor=actor)) or (
        actor.is_person and row.filer_person_id is not None
    )
    shown = _line(row, on=on)
    return Dispute(
        **{name: getattr(shown, name) for name in _COPIED},
        words=row.words,
        held=held if is_clear else _masked(rule, held),
        proposed=row.proposed if is_clear else _masked(rule, row.proposed),
    )


def may_answer_dispute(*, row_agency: str, actor: Actor) -> bool:
    """
    Return whether the actor answers disputes for this agency. No query.
    """
    return permissions.answer_dispute.allows(actor, owner_agency=row_agency)


def may_file_disputes(*, actor: Actor) -> bool:
    """
    Return whether the actor may say that a datum is wrong. No query.
    """
    return permissions.file_dispute.allows(actor)


_COPIED: Final = (
    "number",
    "register",
    "field",
    "state",
    "filer",
    "filer_agency",
    "owner_agency",
    "owner_node",
    "filed_at",
    "due",
    "is_late",
    "answered_at",
    "answer",
)


def _masked(rule: FieldRule | None, value: str) -> str:
    return rules.masked(rule, value) if rule else ""


def _seen(actor: Actor) -> QuerySet[DisputeCase]:
    reach = permissions.dispute_reach(actor)
    own = Q(filed_by=actor.id) if actor.is_staff else NOTHING
    return DisputeCase.objects.filter(visible_rows(reach, permissions.DISPUTE_COLUMNS) | own)


def _line(row: DisputeCase, *, on: date) -> Dispute:
    return Dispute(
        number=row.number,
        register=RegisterCode(row.register),
        field=row.field,
        state=DisputeState(row.state),
        filer=Filer(row.filer),
        filer_agency=row.filer_agency,
        owner_agency=row.owner_agency,
        owner_node=row.owner_node,
        words="",
        held="",
        proposed="",
        filed_at=row.filed_at,
        due=row.due,
        is_late=row.state == DisputeState.OPEN and row.due < on,
        answered_at=row.answered_at,
        answer=row.answer,
    )
