"""
Running the conformance suite: a trial case, a round, the checks of the way, and judgement.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from django.utils import translation

from tongban.foundation.actors import Actor
from tongban.foundation.errors import NotFound
from tongban.resources.docking.models import DockedSystem
from tongban.resources.docking.services.conformance import begin_trial, judge
from tongban.resources.docking.services.conformance_files import file_findings
from tongban.resources.docking.services.conformance_interface import interface_findings
from tongban.resources.docking.services.conformance_tables import table_findings
from tongban.resources.docking.services.receiving import CHINESE
from tongban.resources.docking.services.rounds import exchange
from tongban.resources.docking.values import ConformanceReport, Finding, Way

CHECKS: Final[dict[Way, Callable[[DockedSystem], list[Finding]]]] = {
    Way.TABLES: table_findings,
    Way.FILES: file_findings,
    Way.INTERFACE: interface_findings,
}


def check(*, code: str, way: Way, actor: Actor, at: datetime) -> ConformanceReport:
    """
    Check a system and certify it where nothing is missing. Its place is looked at outside any transaction.

    :raises NotFound: there is no such system
    :raises WrongWay: it is docked in another way
    :raises SystemStateForbids: its tests have not begun
    """
    begin_trial(code=code, way=way, actor=actor, at=at)
    exchange(code=code, at=at)
    system = DockedSystem.objects.filter(code=code).first()
    if system is None:
        raise NotFound(system_code=code)
    with translation.override(CHINESE):
        findings = CHECKS[way](system)
    return judge(code=code, findings=findings, actor=actor, at=at)
