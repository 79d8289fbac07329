"""
Both platforms beside one another: what changed there is taken, what changed here is written back.
"""

from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
import structlog
from django.db.models import Q

from tongban.foundation.clock import civil_date
from tongban.foundation.errors import InvalidInput, UpstreamError
from tongban.resources.caselibrary.values import Kind
from tongban.resources.movein.models import MoveRun, OldPlatform
from tongban.resources.movein.services import rounds, writing_back
from tongban.resources.movein.services.taking import CASES_AT_ONCE, Taking
from tongban.resources.movein.values import LossReport, PlatformState, RunKind, RunState, TableMapping

logger = structlog.get_logger(__name__)

FIRST_PAUSE: Final = timedelta(seconds=30)
LONGEST_PAUSE: Final = timedelta(minutes=30)
CHANGES_AT_ONCE: Final = 2000


def platforms_due(*, at: datetime) -> list[str]:
    """
    Return the codes of old platforms whose turn it is.
    """
    due = OldPlatform.objects.filter(state=PlatformState.FOLLOWING)
    due = due.filter(Q(next_attempt_at=None) | Q(next_attempt_at__lte=at))
    return list(due.order_by("code").values_list("code", flat=True))


def follow_once(*, code: str, at: datetime) -> int:
    """
    Take what changed in an old platform and write back what changed here; return how many cases that was.

    That it is away is no error: it is noted, and the next try waits longer.
    """
    platform = OldPlatform.objects.filter(code=code, state=PlatformState.FOLLOWING).first()
    if platform is None:
        return 0
    try:
        with rounds.alone(code), rounds.reached(platform, at=at) as taking:
            count = _take_changes(platform, taking) + writing_back.write(taking)
    except rounds.PlatformBusy:
        return 0
    except (UpstreamError, InvalidInput) as error:
        _note_failure(platform, error, at=at)
        return 0
    OldPlatform.objects.filter(pk=code).update(
        followed_at=at, failures=0, next_attempt_at=None, last_error=""
    )
    return count


def _take_changes(platform: OldPlatform, taking: Taking) -> int:
    keys: dict[Any, None] = {}
    until = dict(platform.followed_until)
    for kind, table in taking.mapping.tables().items():
        if table.changed:
            column = table.key if kind is Kind.CASE else table.case
            found, until[kind.value] = _changed(taking, table, column, since=until.get(kind.value, ""))
            keys |= dict.fromkeys(found)
    if not keys:
        return 0
    run = _run_of_the_day(platform, taking)
    case, wanted = taking.mapping.case, list(keys)
    for start in range(0, len(wanted), CASES_AT_ONCE):
        rows = taking.database.rows_of(
            case.table,
            case.reads(),
            column=case.key,
            values=wanted[start : start + CASES_AT_ONCE],
            key=case.key,
        )
        taking.take(rows)
        run.cases += len(rows)
    # Only now: broken off before, everything is read again, and what is the same changes nothing.
    OldPlatform.objects.filter(pk=platform.pk).update(followed_until=until)
    rounds.keep(run, taking, state=RunState.DONE, at=taking.at)
    return len(wanted)


def _changed(taking: Taking, table: TableMapping, column: str, *, since: str) -> tuple[list[Any], str]:
    """
    Return keys of cases of which something changed, and until when that is all.

    The moment at which the last page ended is read again: more may have happened in the same second.
    """
    limit = CHANGES_AT_ONCE
    while True:
        page = taking.database.changed(
            table.table, column=column, changed=table.changed, since=since, limit=limit
        )
        until = page[-1][1] if page else since
        if len(page) < limit or until != since:
            return [key for key, _moment in page if key is not None], until
        limit *= 2


def _run_of_the_day(platform: OldPlatform, taking: Taking) -> MoveRun:
    run = platform.runs.filter(kind=RunKind.FOLLOW).order_by("-id").first()
    if run is not None and civil_date(run.started_at) == civil_date(taking.at):
        taking.report = msgspec.convert(run.report, LossReport)
        return run
    return MoveRun.objects.create(platform=platform, kind=RunKind.FOLLOW, started_at=taking.at)


def _note_failure(platform: OldPlatform, error: UpstreamError | InvalidInput, *, at: datetime) -> None:
    failures = platform.failures + 1
    pause = min(FIRST_PAUSE * 2 ** min(failures - 1, 10), LONGEST_PAUSE)
    OldPlatform.objects.filter(pk=platform.pk).update(
        failures=failures, next_attempt_at=at + pause, last_error=str(error)[:300]
    )
    logger.warning("old_platform_away", platform=platform.code, failures=failures, reason=error.code)
