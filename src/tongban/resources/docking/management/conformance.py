"""
`tongban conformance`: check how an agency's own system is docked, print what is missing, certify what is whole.
"""

import sys
import time
from enum import StrEnum
from typing import Annotated

import msgspec
import typer
from django.utils.translation import gettext as _
from rich.console import Console

from tongban.foundation import clock
from tongban.foundation.actors import system_actor
from tongban.foundation.errors import ServiceError
from tongban.foundation.exits import NodeProblem
from tongban.resources.docking import services
from tongban.resources.docking.values import ConformanceReport, Way

ACTOR = system_actor("docking.conformance")
PAUSE_SECONDS = 2.0


class ChosenWay(StrEnum):
    """
    How the system is docked.
    """

    TABLES = "tables"
    INTERFACE = "interface"
    FILES = "files"


class NotConformant(NodeProblem):
    """
    Something that the documents ask is missing; what, stands on the output.
    """

    exit_code = 40


class NotChecked(NodeProblem):
    """
    There is no such system, it is docked in another way, or its tests have not begun.
    """

    exit_code = 41


def conformance(
    way: Annotated[ChosenWay, typer.Argument(help="How the system is docked.")],
    *,
    system: Annotated[str, typer.Option(help="Code of the system.")],
    wait: Annotated[
        int, typer.Option(help="Seconds to wait for what the system says of the trial case.", min=0)
    ] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="For machines: one JSON object.")] = False,
) -> None:
    """
    Check a docked system and certify it where nothing is missing. Exit code 0: conformant; 40: not; 41: not checked.

    A trial case is given to the system; run the command again, or with --wait, once the system has handled it.

    :raises NotConformant: something is missing
    :raises NotChecked: there is nothing to check
    """
    chosen = Way[way.name]
    try:
        report = services.check(code=system, way=chosen, actor=ACTOR, at=clock.now())
        until = time.monotonic() + wait
        while not report.is_whole and time.monotonic() < until:
            time.sleep(PAUSE_SECONDS)
            report = services.check(code=system, way=chosen, actor=ACTOR, at=clock.now())
    except ServiceError as refusal:
        raise NotChecked(str(refusal)) from refusal
    if as_json:
        told = {**msgspec.to_builtins(report), "ok": report.is_whole}
        sys.stdout.write(msgspec.json.encode(told).decode() + "\n")
    else:
        _show(report)
    if not report.is_whole:
        missing = sum(not finding.is_met for finding in report.findings)
        raise NotConformant(_("%(count)s 项不符合") % {"count": missing})


def _show(report: ConformanceReport) -> None:
    console = Console()
    for finding in report.findings:
        mark = "[green]✓[/]" if finding.is_met else "[red]✗[/]"
        console.print(f"{mark} {finding.id:20} {finding.title}：{finding.found}", soft_wrap=True)
        if not finding.is_met:
            console.print(f"    {_('要求')}：{finding.asked}", soft_wrap=True)
            console.print(f"    {_('办法')}：{finding.mend}", soft_wrap=True)
    if report.certificate is not None:
        console.print(_("已签发证书 %(serial)s") % {"serial": report.certificate["serial"]})
