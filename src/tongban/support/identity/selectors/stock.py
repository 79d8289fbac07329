"""
Accounts of other systems, as their owners and operators see them.
"""

from datetime import datetime
from uuid import UUID

from django.db.models import Q

from tongban.foundation import codes, policy
from tongban.foundation.actors import Actor
from tongban.foundation.paging import Page, decode_cursor, encode_cursor
from tongban.support.identity import permissions
from tongban.support.identity.models import StockAccount
from tongban.support.identity.values import StockFacts, StockProblem, StockState

PAGE = 50
CURSOR = "identity.disputed_stock"


def pending_merges(*, actor: Actor) -> list[StockFacts]:
    """
    Return which accounts of other systems one is asked about. One query, index `stock_pending_of_person`.

    :raises NotAuthenticated: nobody is logged in as a person
    """
    person_id = policy.require_person(actor)
    rows = StockAccount.objects.filter(person_id=person_id, state=StockState.PENDING).order_by("imported_at")
    return [_facts(row) for row in rows]


def has_pending_merges(*, account_id: UUID) -> bool:
    """
    Return whether the owner of an account is to be asked; at the door, when he has just come in. One query.
    """
    return StockAccount.objects.filter(person__account_id=account_id, state=StockState.PENDING).exists()


def disputed_stock(*, actor: Actor, cursor: str | None = None, limit: int = PAGE) -> Page[StockFacts]:
    """
    Return what an operator has to decide about, oldest first. One query, index `stock_disputed`.

    :raises NotPermitted: the actor is no system administrator
    """
    permissions.operate.require(actor)
    rows = StockAccount.objects.filter(state=StockState.DISPUTED).select_related("person")
    if cursor:
        at, key = decode_cursor(CURSOR, cursor)
        moment = datetime.fromisoformat(str(at))
        rows = rows.filter(Q(imported_at__gt=moment) | Q(imported_at=moment, id__gt=str(key)))
    found = list(rows.order_by("imported_at", "id")[: limit + 1])
    shown = found[:limit]
    last = shown[-1] if len(found) > limit else None
    return Page(
        items=[_facts(row, with_known=True) for row in shown],
        next_cursor=encode_cursor(CURSOR, [last.imported_at.isoformat(), str(last.id)]) if last else None,
    )


def _facts(row: StockAccount, *, with_known: bool = False) -> StockFacts:
    known = row.person if with_known else None
    return StockFacts(
        id=row.id,
        source=row.source,
        state=StockState(row.state),
        problem=row.problem,
        problem_label=str(StockProblem(row.problem).label) if row.problem else "",
        name_masked=codes.mask_name(row.name or ""),
        id_number_masked=codes.mask_id(row.id_number or ""),
        mobile_masked=codes.mask_mobile(row.mobile or ""),
        level=row.level,
        imported_at=row.imported_at,
        known_name_masked=known.name_masked if known else "",
        known_mobile_masked=codes.mask_mobile(known.mobile or "") if known else "",
    )
