"""
Systems for a demonstration: under test, so that they take no case, with a trial case and what they said of it.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from tongban.foundation.actors import Actor
from tongban.foundation.db import business_transaction
from tongban.resources.docking.models import DockedSystem
from tongban.resources.docking.services.conformance import begin_trial
from tongban.resources.docking.services.receiving import receive
from tongban.resources.docking.services.registering import SystemForm, begin_tests, register_system
from tongban.resources.docking.values import Report, TakesFrom, Way


class DemoSystem(msgspec.Struct, frozen=True, kw_only=True):
    """
    A system of a file of the sample area.
    """

    code: str
    name: str
    agency_code: str
    way: Way
    takes_from: TakesFrom
    reports: list[dict[str, Any]] = []
    """Reports without case number and moment; `minutes` says how long after the trial case was given."""


def load_demo_systems(*, path: Path, actor: Actor, at: datetime) -> int:
    """
    Register the systems of a file that are not there, and return how many there were to register.
    """
    rows = msgspec.json.decode(path.read_bytes(), type=list[DemoSystem])
    return sum(_load(row, actor=actor, at=at) for row in rows)


@business_transaction
def _load(row: DemoSystem, *, actor: Actor, at: datetime) -> bool:
    if DockedSystem.objects.filter(code=row.code).exists():
        return False
    form = SystemForm(
        code=row.code,
        name=row.name,
        agency_code=row.agency_code,
        way=row.way,
        takes_from=row.takes_from,
    )
    system = register_system(form=form, actor=actor, at=at, is_demo=True)
    begin_tests(code=row.code, actor=actor, at=at)
    number = begin_trial(code=row.code, way=row.way, actor=actor, at=at)
    system.refresh_from_db()
    for said in row.reports:
        receive(system=system, report=_report(said, number, at=at), at=at)
    return True


def _report(said: Mapping[str, Any], number: str, *, at: datetime) -> Report:
    words = {name: value for name, value in said.items() if name != "minutes"}
    moment = at + timedelta(minutes=int(said["minutes"]))
    return msgspec.convert({**words, "case_number": number, "at": moment.isoformat()}, Report)
