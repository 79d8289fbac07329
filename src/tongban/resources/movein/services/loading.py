"""
The first time: a mapping is held against the old platform, tried without keeping anything, then loaded whole.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

import msgspec

from tongban.foundation import audit, jobs
from tongban.foundation.actors import Actor, system_actor
from tongban.foundation.errors import InvalidInput, NotFound, ServiceError
from tongban.resources.movein import permissions
from tongban.resources.movein.models import MoveRun, OldPlatform
from tongban.resources.movein.services import rounds
from tongban.resources.movein.services.platforms import PlatformStateForbids
from tongban.resources.movein.services.taking import CASES_AT_ONCE, Taking
from tongban.resources.movein.values import (
    LossReport,
    PlatformState,
    Progress,
    RunKind,
    RunLine,
    RunState,
    TableLoss,
)

RUNNER: Final = system_actor("movein.run_platform")

Tell = Callable[[Progress], None]


def check(*, code: str, actor: Actor, at: datetime) -> list[TableLoss]:
    """
    Hold a mapping against the tables of the old platform, and return what of them stays behind.

    :raises MappingWrong: it names what is not there
    :raises OldPlatformAway: the old platform is not reached
    """
    permissions.watch_platforms.require(actor)
    with rounds.reached(_platform(code), at=at) as taking:
        return rounds.losses_of_tables(taking)


def try_load(
    *, code: str, actor: Actor, at: datetime, most: int | None = None, tell: Tell | None = None
) -> RunLine:
    """
    Do all that a load does and keep nothing but the report.

    :param most: cases that are tried at most; None: all
    :raises PlatformBusy: another run is under way
    """
    permissions.manage_platforms.require(actor)
    platform = _platform(code)
    with (
        rounds.alone(code, patience_seconds=rounds.PATIENCE_SECONDS),
        rounds.reached(platform, at=at, is_try=True) as taking,
    ):
        run = MoveRun.objects.create(platform=platform, kind=RunKind.TRY, started_at=at)
        taking.report.tables = rounds.losses_of_tables(taking)
        _go_through(taking, run, after=None, most=most, tell=tell)
        rounds.keep(run, taking, state=RunState.DONE, at=at)
    return run.line


def load(*, code: str, actor: Actor, at: datetime, tell: Tell | None = None) -> RunLine:
    """
    Take every case of the old platform. Broken off, it goes on where it stopped; loaded again, it changes what differs.

    :raises PlatformStateForbids: the platform has ended
    :raises PlatformBusy: another run is under way
    """
    permissions.manage_platforms.require(actor)
    platform = _platform(code)
    if platform.state == PlatformState.ENDED:
        raise PlatformStateForbids(platform=code, state=str(PlatformState(platform.state).label))
    with (
        rounds.alone(code, patience_seconds=rounds.PATIENCE_SECONDS),
        rounds.reached(platform, at=at) as taking,
    ):
        run = _begun(platform, taking, at=at)
        audit.record(action="movein.platform.load", actor=actor, subject=code, at=at)
        _go_through(taking, run, after=platform.after_key, most=None, tell=tell)
        _end(platform, run, taking, at=at)
    return run.line


def begin_run(*, code: str, kind: RunKind, actor: Actor) -> None:
    """
    Let a try or a load begin in the background.

    :raises NotPermitted: the actor does not run the node
    :raises NotFound: there is no such platform
    """
    permissions.manage_platforms.require(actor)
    _platform(code)
    jobs.defer("movein.run_platform", once=f"movein.run:{code}", code=code, kind=kind.value)


def run_in_background(*, code: str, kind: RunKind, at: datetime) -> None:
    """
    Try or load; why it could not be done stands on the platform's page.
    """
    work = try_load if kind is RunKind.TRY else load
    try:
        work(code=code, actor=RUNNER, at=at)
    except ServiceError as error:
        fields = error.fields if isinstance(error, InvalidInput) else {}
        says = "；".join([str(error), *(f"{place} {text}" for place, text in fields.items())])
        OldPlatform.objects.filter(pk=code).update(last_error=says[:300])
    else:
        OldPlatform.objects.filter(pk=code).update(last_error="")


def _begun(platform: OldPlatform, taking: Taking, *, at: datetime) -> MoveRun:
    """
    Return the load that was broken off, or a new one.
    """
    run = platform.runs.filter(kind=RunKind.LOAD).order_by("-id").first()
    if run is not None and platform.after_key is not None and run.state != RunState.DONE:
        taking.report = msgspec.convert(run.report, LossReport)
        run.state = RunState.RUNNING
        return run
    taking.report.tables = rounds.losses_of_tables(taking)
    if platform.state == PlatformState.REGISTERED:
        # What changes while the load goes on is followed from here.
        platform.followed_until = {
            kind.value: taking.database.newest(table.table, table.changed)
            for kind, table in taking.mapping.tables().items()
            if table.changed
        }
    platform.after_key = None
    platform.save(update_fields=["followed_until", "after_key"])
    return MoveRun.objects.create(platform=platform, kind=RunKind.LOAD, started_at=at)


def _go_through(
    taking: Taking, run: MoveRun, *, after: int | str | None, most: int | None, tell: Tell | None
) -> None:
    case = taking.mapping.case
    total = taking.database.count(case.table) if tell else None
    while most is None or run.cases < most:
        limit = CASES_AT_ONCE if most is None else min(CASES_AT_ONCE, most - run.cases)
        rows = taking.database.page(case.table, case.reads(), key=case.key, after=after, limit=limit)
        if not rows:
            return
        try:
            taking.take(rows)
        except BaseException:
            rounds.keep(run, taking, state=RunState.BROKEN, at=None)
            raise
        last = rows[-1][case.key]
        after = last if isinstance(last, int) else str(last)
        run.cases += len(rows)
        if not taking.is_try:
            OldPlatform.objects.filter(pk=taking.platform.pk).update(after_key=after)
        rounds.keep(run, taking, state=RunState.RUNNING, at=None)
        if tell:
            tell(Progress(cases=run.cases, total=total))


def _end(platform: OldPlatform, run: MoveRun, taking: Taking, *, at: datetime) -> None:
    rounds.keep(run, taking, state=RunState.DONE, at=at)
    OldPlatform.objects.filter(pk=platform.pk).update(after_key=None)
    OldPlatform.objects.filter(pk=platform.pk, state=PlatformState.REGISTERED).update(
        state=PlatformState.LOADED, changed_at=at
    )


def _platform(code: str) -> OldPlatform:
    platform = OldPlatform.objects.filter(code=code).first()
    if platform is None:
        raise NotFound(platform=code)
    return platform
