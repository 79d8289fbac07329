"""
One round with an old platform at a time, its database open, its run written down.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

import msgspec
from django.db import connection
from django.utils.translation import gettext_lazy as _

from tongban.foundation.errors import Conflict
from tongban.resources.movein import ports
from tongban.resources.movein.models import MoveRun, OldPlatform
from tongban.resources.movein.rules import mapping as mappings
from tongban.resources.movein.services.platforms import refuse_faults
from tongban.resources.movein.services.taking import Taking
from tongban.resources.movein.values import LossReport, RunState, TableLoss

PATIENCE_SECONDS: Final = 60.0
"""A round of following seldom takes longer; a load does."""
PAUSE_SECONDS: Final = 0.5
TRY_LOCK: Final = "SELECT pg_try_advisory_lock(hashtext('movein.round'), hashtext(%s))"
UNLOCK: Final = "SELECT pg_advisory_unlock(hashtext('movein.round'), hashtext(%s))"


class PlatformBusy(Conflict):
    """
    Another run with this old platform is under way.
    """

    code = "old_platform_busy"
    message = _("这个原平台正在进行另一次运行，请稍后再试")


@contextmanager
def alone(code: str, *, patience_seconds: float = 0) -> Iterator[None]:
    """
    Let no other process run with this old platform meanwhile.

    :param patience_seconds: how long another round is waited for
    :raises PlatformBusy: another one goes on
    """
    until = time.monotonic() + patience_seconds
    while not _ask(TRY_LOCK, code):
        if time.monotonic() >= until:
            raise PlatformBusy
        time.sleep(PAUSE_SECONDS)
    try:
        yield
    finally:
        _ask(UNLOCK, code)


@contextmanager
def reached(platform: OldPlatform, *, at: datetime, is_try: bool = False) -> Iterator[Taking]:
    """
    Open the database of an old platform, whose mapping must fit it.

    :raises OldPlatformAway: it is not reached
    :raises MappingWrong: the mapping names what is not there
    """
    mapping = mappings.read(platform.mapping)
    with ports.opened(platform.settings) as database:
        refuse_faults(mappings.faults_against(mapping, database.tables()))
        yield Taking(
            platform=platform,
            mapping=mapping,
            database=database,
            report=LossReport(),
            at=at,
            is_try=is_try,
        )


def losses_of_tables(taking: Taking) -> list[TableLoss]:
    """
    Return every table of the old platform, and what of it stays behind whatever its rows say.
    """
    read = {table.table: (kind, table) for kind, table in taking.mapping.tables().items()}
    left = set(taking.mapping.platform.leave)
    if taking.mapping.back:
        left.add(taking.mapping.back.table)
    case = taking.mapping.case
    losses = []
    for name, columns in taking.database.tables().items():
        if name in left:
            continue
        loss = TableLoss(name=name, rows=taking.database.count(name))
        losses.append(loss)
        if name not in read:
            continue
        kind, table = read[name]
        loss.kind = kind.value
        behind = sorted(set(columns) - set(table.reads()) - set(table.leave))
        filled = taking.database.filled(name, behind)
        loss.columns = {column: rows for column, rows in filled.items() if rows}
        if name == case.table:
            loss.repeated = taking.database.repeated(name, table.sources()["number"].column or table.key)
        else:
            loss.orphans = taking.database.orphans(name, table.case, of=case.table, key=case.key)
    return losses


def keep(run: MoveRun, taking: Taking, *, state: RunState, at: datetime | None) -> None:
    """
    Write down how far a run is.
    """
    run.state, run.ended_at = state, at
    run.report = msgspec.to_builtins(taking.report)
    run.save()


def _ask(statement: str, code: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(statement, [code])
        return bool(cursor.fetchone()[0])
