"""
`tongban verify-ledger`: whether every case's log holds, and its row says what the log says.
"""

import json
import sys
from dataclasses import asdict
from typing import Annotated

import typer
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from rich.console import Console
from rich.table import Table

from tongban.business.casework import services
from tongban.business.casework.management.progress import case_bar
from tongban.business.casework.services.ledger import LedgerReport

MOST_SHOWN = 50
MEANINGS = {
    "broken_digest": gettext_lazy("事件内容与其摘要不符"),
    "broken_link": gettext_lazy("事件未接续前一事件的摘要"),
    "missing_event": gettext_lazy("缺少事件"),
    "missing_case": gettext_lazy("有事件而无办件"),
    "missing_log": gettext_lazy("有办件而无事件"),
    "stale_projection": gettext_lazy("办件与其事件不符"),
    "missing_number": gettext_lazy("已发编号而无办件"),
}


def verify_ledger(
    case_number: Annotated[str | None, typer.Option("--case", help="Only this case, by its number.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines: one JSON object.")] = False,
) -> None:
    """
    Verify the digest chain of every case, and that its row says what its events say. Exit code 1: faults found.

    Reads one snapshot; the node may go on working meanwhile.
    """
    total = 1 if case_number else services.count_cases()
    with case_bar(_("核验"), total=total, is_quiet=as_json) as on_progress:
        report = services.verify_ledger(case_number=case_number, on_progress=on_progress)
    if as_json:
        sys.stdout.write(json.dumps(_machine(report), ensure_ascii=False) + "\n")
    else:
        _show(report)
    if not report.is_sound:
        raise typer.Exit(1)


def _machine(report: LedgerReport) -> dict[str, object]:
    return {
        "ok": report.is_sound,
        "cases": report.cases,
        "events": report.events,
        "faults": [asdict(fault) for fault in report.faults],
    }


def _show(report: LedgerReport) -> None:
    console = Console()
    words = {"cases": report.cases, "events": report.events, "faults": len(report.faults)}
    console.print(_("办件 %(cases)s 件，事件 %(events)s 条，问题 %(faults)s 处") % words)
    if report.is_sound:
        return
    table = Table(_("办件编号"), _("序号"), _("问题"), _("说明"))
    for fault in report.faults[:MOST_SHOWN]:
        table.add_row(fault.case_number, str(fault.seq), str(MEANINGS[fault.what]), fault.detail)
    console.print(table)
    if len(report.faults) > MOST_SHOWN:
        more = len(report.faults) - MOST_SHOWN
        console.print(
            ngettext("其余 %(more)s 处请用 --json 查看", "其余 %(more)s 处请用 --json 查看", more)
            % {"more": more}
        )
