"""
What happens by itself: silence becomes acceptance, corrections that never came end the case, what ended is archived.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import connection

from tongban.business.casework.rules import life
from tongban.business.casework.services import ending, intake
from tongban.business.casework.values import Action, CaseStatus
from tongban.foundation.clock import civil_date
from tongban.foundation.errors import Conflict
from tongban.foundation.worktime import WorkCalendar

DUE = "SELECT number FROM casework_case WHERE status = ANY(%s) AND due < %s ORDER BY due, id LIMIT %s"

FINISHED = """
SELECT number FROM casework_case WHERE status = ANY(%s) AND closed_at < %s ORDER BY closed_at, id LIMIT %s
"""

SILENT = (CaseStatus.SUBMITTED, CaseStatus.PRE_CHECKED, CaseStatus.CORRECTED)
BATCH = 500
MOST_A_NIGHT = 20_000
"""Cases archived by one sweep; the rest comes the next night."""


def sweep(*, at: datetime, calendar: WorkCalendar, limit: int = BATCH) -> int:
    """
    Do what the passing of time does to cases; return how many changed.

    :param limit: at most this many of each kind; the rest comes with the next sweep
    """
    changed = 0
    for number in _past_due(SILENT, at=at, limit=limit):
        changed += _try(intake.deem_accepted, number, at=at, calendar=calendar)
    for number in _past_due((CaseStatus.CORRECTION,), at=at, limit=limit):
        changed += _try(ending.lapse, number, at=at, calendar=calendar)
    return changed


def archive_finished(
    *, after_days: int, at: datetime, calendar: WorkCalendar, limit: int = MOST_A_NIGHT
) -> int:
    """
    Archive the cases that came to an end more than `after_days` days ago; return how many. Safe to repeat.

    Source: 国务院令第716号 art. 12 (electronic files are archived electronically); DA/T 85-2019 asks for it within a
    set time of the end.
    """
    sources = [status.value for status in life.move_for(Action.ARCHIVE).sources]
    with connection.cursor() as cursor:
        cursor.execute(FINISHED, [sources, at - timedelta(days=after_days), limit])
        numbers = [row[0] for row in cursor.fetchall()]
    return sum(_try(ending.archive, number, at=at, calendar=calendar) for number in numbers)


def _past_due(statuses: tuple[CaseStatus, ...], *, at: datetime, limit: int) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(DUE, [[status.value for status in statuses], civil_date(at), limit])
        return [row[0] for row in cursor.fetchall()]


def _try(act: Callable[..., object], number: str, *, at: datetime, calendar: WorkCalendar) -> bool:
    try:
        act(number=number, at=at, calendar=calendar)
    except Conflict:
        # Somebody was quicker, or the calendar moved the date since the row was written.
        return False
    return True
