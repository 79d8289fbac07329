"""
`tongban verify-ledger`: whether every case's log holds, and its row says what the log says.
"""

import json
import sys
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tongban.business.casework import services
from tongban.business.casework.management.progress import case_bar
from tongban.business.casework.services.ledger import LedgerReport

MOST_SHOWN = 50
MEANINGS = {
    "broken_digest": "事件内容与其摘要不符",
    "broken_link": "事件未接续前一事件的摘要",
    "missing_event": "缺少事件",
    "missing_case": "有事件而无办件",
    "missing_log": "有办件而无事件",
    "stale_projection": "办件与其事件不符",
    "missing_number": "已发编号而无办件",
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
    with case_bar("核验", total=total, is_quiet=as_json) as on_progress:
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
    console.print(f"办件 {report.cases} 件，事件 {report.events} 条，问题 {len(report.faults)} 处")
    if report.is_sound:
        return
    table = Table("办件编号", "序号", "问题", "说明")
    for fault in report.faults[:MOST_SHOWN]:
        table.add_row(fault.case_number, str(fault.seq), MEANINGS[fault.what], fault.detail)
    console.print(table)
    if len(report.faults) > MOST_SHOWN:
        console.print(f"其余 {len(report.faults) - MOST_SHOWN} 处请用 --json 查看")
