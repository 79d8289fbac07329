"""
Objections, as the person and the agency see them.
"""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet

from tongban.foundation.actors import Actor
from tongban.foundation.looks import LookAct, ObjectKind, Thing
from tongban.foundation.paging import Page, decode_cursor, encode_cursor
from tongban.foundation.policy import Reason, no, visible_rows
from tongban.support.privacy import permissions
from tongban.support.privacy.models import Objection
from tongban.support.privacy.selectors.ledger import principal_of
from tongban.support.privacy.values import Finding, ObjectionRow, ObjectionState

PAGE = 20
MOST_OF_ONE = 100
_CURSOR = "privacy.objections"


def my_objections(*, actor: Actor, on: date) -> list[ObjectionRow]:
    """
    Return what the person, or whom he acts for, has objected to, newest first, at most 100. One query.

    :raises NotPermitted: the actor is no person, or his mandate lacks QUERY
    """
    rows = Objection.objects.filter(principal_id=principal_of(actor)).order_by("-raised_at", "-id")
    return [_row(row, on=on) for row in rows[:MOST_OF_ONE]]


def objected_looks(*, actor: Actor, look_ids: Collection[int]) -> dict[int, ObjectionState]:
    """
    Return which of these rows of the ledger were objected to. One query.
    """
    rows = Objection.objects.filter(principal_id=principal_of(actor), look_id__in=look_ids)
    return {look_id: ObjectionState(state) for look_id, state in rows.values_list("look_id", "state")}


def objection(*, objection_id: UUID, actor: Actor, on: date) -> ObjectionRow:
    """
    Return one objection. One query.

    :raises NotFound: there is none such, or the actor may not know of it
    """
    return _row(known_objection(Objection.objects.filter(id=objection_id).first(), actor=actor), on=on)


def known_objection(row: Objection | None, *, actor: Actor) -> Objection:
    """
    Return the objection to who may know of it; whoever may not is refused alike whether it is there or not.

    :param row: None where there is no such objection
    :raises NotFound: there is none such, or the actor may not know of it
    """
    permissions.read_objection.require(
        actor,
        principal_id=str(row.principal_id) if row else "",
        agency_code=row.agency_code if row else "",
        division_code=row.division_code if row else "",
    )
    if row is None:
        permissions.read_objection.refuse(actor, no(Reason.NOT_OWN))
    return row


def objections_to_answer(
    *,
    actor: Actor,
    on: date,
    state: ObjectionState = ObjectionState.OPEN,
    late_only: bool = False,
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[ObjectionRow]:
    """
    Return the objections the actor's agency (a supervisor: area) has to answer, the nearest date first. One query.

    :raises NotPermitted: the actor answers none
    """
    permissions.list_objections.require(actor)
    rows = _within(actor).filter(state=state).order_by("due", "id")
    if late_only:
        rows = rows.filter(due__lt=on)
    if cursor:
        due, last = decode_cursor(_CURSOR, cursor)
        rows = rows.filter(Q(due__gt=due) | Q(due=due, id__gt=last))
    found = [_row(row, on=on) for row in rows[: limit + 1]]
    if len(found) <= limit:
        return Page(items=found, next_cursor=None)
    last_row = found[limit - 1]
    return Page(
        items=found[:limit],
        next_cursor=encode_cursor(_CURSOR, [last_row.due.isoformat(), str(last_row.id)]),
    )


def sees_objections(*, actor: Actor) -> bool:
    """
    Return whether there may be objections the actor has to answer. No query.
    """
    return permissions.list_objections.allows(actor)


def waiting_count(*, actor: Actor) -> int:
    """
    Return how many objections wait for the actor's agency; 0 for who answers none. One query at most.
    """
    if not sees_objections(actor=actor):
        return 0
    return _within(actor).filter(state=ObjectionState.OPEN).count()


def _within(actor: Actor) -> QuerySet[Objection]:
    reach = permissions.objection_reach(actor)
    return Objection.objects.filter(visible_rows(reach, permissions.OBJECTION_COLUMNS))


def _row(row: Objection, *, on: date) -> ObjectionRow:
    state = ObjectionState(row.state)
    return ObjectionRow(
        id=row.id,
        state=state,
        act=LookAct(row.act),
        day=row.day,
        count=row.count,
        purpose=row.purpose,
        purpose_words=row.purpose_words,
        agency_code=row.agency_code,
        thing=Thing(
            kind=ObjectKind(row.object_kind), key=row.object_key, label=row.label, label_en=row.label_en
        ),
        words=row.words,
        raised_at=row.raised_at,
        due=row.due,
        is_late=state is ObjectionState.OPEN and row.due < on,
        finding=Finding(row.finding) if row.finding else None,
        answer=row.answer or "",
        answered_at=row.answered_at,
    )
