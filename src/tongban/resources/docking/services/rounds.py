"""
Rounds with systems: whose turn it is, one at a time for each, with pauses that grow while a system is away.
"""

from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db import connection
from django.db.models import Q

from tongban.foundation.errors import UpstreamError
from tongban.resources.docking.models import DockedSystem, DockMessage
from tongban.resources.docking.services.files import exchange_files
from tongban.resources.docking.services.interface import exchange_interface
from tongban.resources.docking.services.tables import exchange_tables
from tongban.resources.docking.values import REACHED, RoundReceipt, Way

logger = structlog.get_logger(__name__)

FIRST_PAUSE_SECONDS: Final = 15
LONGEST_PAUSE: Final = timedelta(minutes=10)
MOST_ROUNDS: Final = 50
KEPT_DAYS: Final = 400
FORGOTTEN_AT_ONCE: Final = 5000
TRY_LOCK: Final = "SELECT pg_try_advisory_lock(hashtext('docking.round'), %s)"
UNLOCK: Final = "SELECT pg_advisory_unlock(hashtext('docking.round'), %s)"
ROUNDS: Final = {Way.TABLES: exchange_tables, Way.FILES: exchange_files, Way.INTERFACE: exchange_interface}


def systems_due(*, at: datetime) -> list[str]:
    """
    Return the codes of systems whose turn it is.
    """
    due = DockedSystem.objects.filter(way__in=list(ROUNDS), state__in=REACHED)
    due = due.filter(Q(next_attempt_at=None) | Q(next_attempt_at__lte=at))
    return list(due.order_by("code").values_list("code", flat=True))


def exchange(*, code: str, at: datetime) -> RoundReceipt:
    """
    Do rounds with a system until it has nothing new; one process at a time.

    That it is away is no error: it is noted, and the next try waits longer.
    """
    system = DockedSystem.objects.filter(code=code, way__in=list(ROUNDS), state__in=REACHED).first()
    if system is None or not _is_ours(TRY_LOCK, system.pk):
        return RoundReceipt(system=code)
    total = RoundReceipt(system=code)
    try:
        for _round in range(MOST_ROUNDS):
            done = ROUNDS[Way(system.way)](system=system, at=at)
            total = _sum(total, done)
            if done.applied + done.refused + done.given == 0:
                break
    except UpstreamError as error:
        _note_failure(system, error, at=at)
        return RoundReceipt(system=code, error=system.last_error)
    finally:
        _is_ours(UNLOCK, system.pk)
    DockedSystem.objects.filter(pk=system.pk).update(
        seen_at=at, failures=0, next_attempt_at=None, last_error=""
    )
    return total


def forget_old(*, at: datetime) -> int:
    """
    Empty the contents of messages that are too old to be kept, and return of how many; digests and stories stay.
    """
    old = DockMessage.objects.filter(content__isnull=False, created_at__lt=at - timedelta(days=KEPT_DAYS))
    ids = list(old.order_by("created_at").values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE])
    return DockMessage.objects.filter(pk__in=ids).update(content=None)


def _note_failure(system: DockedSystem, error: UpstreamError, *, at: datetime) -> None:
    system.failures += 1
    pause = min(timedelta(seconds=FIRST_PAUSE_SECONDS * 2 ** min(system.failures - 1, 10)), LONGEST_PAUSE)
    system.next_attempt_at, system.last_error = at + pause, str(error)[:300]
    DockedSystem.objects.filter(pk=system.pk).update(
        failures=system.failures, next_attempt_at=system.next_attempt_at, last_error=system.last_error
    )
    logger.warning("docked_system_away", system=system.code, failures=system.failures, reason=error.code)


def _sum(one: RoundReceipt, other: RoundReceipt) -> RoundReceipt:
    return RoundReceipt(
        system=one.system,
        read=one.read + other.read,
        applied=one.applied + other.applied,
        refused=one.refused + other.refused,
        given=one.given + other.given,
        taken=one.taken + other.taken,
    )


def _is_ours(statement: str, key: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(statement, [key])
        return bool(cursor.fetchone()[0])
