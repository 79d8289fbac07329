"""
谁看过我的数据, as the person reads it.
"""

from tongban.foundation import looks
from tongban.foundation.actors import Actor
from tongban.foundation.errors import NotFound
from tongban.foundation.looks import LookFilter, LookRow
from tongban.foundation.paging import Page
from tongban.support.privacy import permissions


def ledger(
    *, actor: Actor, wanted: LookFilter, cursor: str | None = None, limit: int = looks.PAGE
) -> Page[LookRow]:
    """
    Return who looked at the actor's records, or at those of whom he acts for, newest first. One query.

    :raises NotPermitted: the actor is no person, or his mandate lacks QUERY
    :raises InvalidInput: the cursor is not one of this list
    """
    return looks.looks_at(principal_id=principal_of(actor), wanted=wanted, cursor=cursor, limit=limit)


def whole_ledger(*, actor: Actor, wanted: LookFilter) -> list[LookRow]:
    """
    Return the same for taking away, at most 10,000 rows. One query.

    :raises NotPermitted: the actor is no person, or his mandate lacks QUERY
    """
    return looks.all_looks_at(principal_id=principal_of(actor), wanted=wanted)


def look(*, look_id: int, actor: Actor) -> LookRow:
    """
    Return one row of the ledger. One query.

    :raises NotFound: there is none such in the actor's
    """
    row = looks.look_of(look_id=look_id, principal_id=principal_of(actor))
    if row is None:
        raise NotFound
    return row


def principal_of(actor: Actor) -> str:
    """
    Return whose ledger the actor reads.

    :raises NotPermitted: nobody's
    """
    permissions.read_ledger.require(actor)
    return str(actor.principal_id)
