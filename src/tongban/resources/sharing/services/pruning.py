"""
The evidence of calls goes when its term is over: whole months, by night.

What was asked of whom for what is looked up while a grant lasts and while somebody may complain; after that it is one
more collection of who dealt with whom (个人信息保护法 art. 19). How much went stays in the audit trail.
"""

from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction

from tongban.foundation import audit
from tongban.foundation.actors import Actor, system_actor
from tongban.foundation.partitions import months_before

ACTOR: Final = system_actor("sharing.prune_calls")
PATIENCE: Final = "SET LOCAL lock_timeout = '5s'"
"""Calls are not made to wait; the next night is soon enough."""
SHORTEST_TERM: Final = timedelta(days=183)
"""网络安全法 art. 21: not less than six months, whatever was asked for."""


def prune_calls(*, at: datetime, keep: timedelta, actor: Actor = ACTOR) -> int:
    """
    Drop the months of evidence that ended before its term; return how many. Not inside a transaction.

    :param keep: how long each call is kept at least
    :raises ValueError: that is less than the law asks for
    """
    if keep < SHORTEST_TERM:
        raise ValueError(keep)
    months = months_before("sharing_call", before=at - keep)
    for month in months:
        _drop(month, actor=actor, at=at)
    return len(months)


@transaction.atomic
def _drop(month: str, *, actor: Actor, at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(PATIENCE)
        cursor.execute(f'SELECT count(*) FROM "{month}"')  # noqa: S608 -- names only
        (rows,) = cursor.fetchone()
        cursor.execute(f'DROP TABLE "{month}"')
    audit.record(action="sharing.call.prune", actor=actor, subject=month, at=at, rows=rows)
