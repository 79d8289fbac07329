"""
`tongban verify-ledger`: whether every case's log holds, and its row says what the log says; and the audit trail's.
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
from tongban.foundation.audit_check import AuditFault, AuditReport, count_rows, verify_audit

MOST_SHOWN = 50
AUDIT_MEANINGS = {
    "changed_row": gettext_lazy("审计记录被改动"),
    "missing_row": gettext_lazy("审计记录被删除"),
    "inserted_row": gettext_lazy("封存之后插入的审计记录"),
    "broken_block": gettext_lazy("审计区块与其摘要不符"),
    "broken_link": gettext_lazy("审计区块未接续前一区块"),
    "missing_block": gettext_lazy("缺少审计区块"),
    "wrong_mac": gettext_lazy("审计区块不是本平台封存的"),
    "cut_off": gettext_lazy("审计链的末尾被截去"),
    "other_history": gettext_lazy("审计链与锚不符，曾被整段改写"),
    "unreadable_anchor": gettext_lazy("锚被改动或无法读取"),
    "missing_trigger": gettext_lazy("防改动的触发器被停用"),
    "false_archive": gettext_lazy("归档登记不是本平台所写"),
}
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
    Verify the digest chain of every case, that its row says what its events say, and the chain of the audit trail.

    Exit code 1: faults found. Reads snapshots; the node may go on working meanwhile.
    """
    total = 1 if case_number else services.count_cases()
    with case_bar(_("核验"), total=total, is_quiet=as_json) as on_progress:
        report = services.verify_ledger(case_number=case_number, on_progress=on_progress)
    audited = None if case_number else _verify_audit(is_quiet=as_json)
    if as_json:
        sys.stdout.write(json.dumps(_machine(report, audited), ensure_ascii=False) + "\n")
    else:
        _show(report)
        if audited is not None:
            _show_audit(audited)
    if not report.is_sound or (audited is not None and not audited.is_sound):
        raise typer.Exit(1)


def _verify_audit(*, is_quiet: bool) -> AuditReport:
    with case_bar(_("核验审计记录"), total=count_rows(), is_quiet=is_quiet) as on_progress:
        return verify_audit(on_progress=on_progress)


def _machine(report: LedgerReport, audited: AuditReport | None) -> dict[str, object]:
    told: dict[str, object] = {
        "ok": report.is_sound and (audited is None or audited.is_sound),
        "cases": report.cases,
        "events": report.events,
        "faults": [asdict(fault) for fault in report.faults],
    }
    return told if audited is None else {**told, "audit": {"ok": audited.is_sound, **asdict(audited)}}


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


def _show_audit(report: AuditReport) -> None:
    console = Console()
    words = {
        "rows": report.rows,
        "blocks": report.blocks,
        "unsealed": report.unsealed,
        "faults": len(report.faults),
    }
    console.print(
        _("审计记录 %(rows)s 条，区块 %(blocks)s 个，待封存 %(unsealed)s 条，问题 %(faults)s 处") % words
    )
    if report.is_sound:
        return
    table = Table(_("审计记录"), _("区块"), _("问题"), _("说明"))
    for fault in report.faults[:MOST_SHOWN]:
        table.add_row(_rows_of(fault), str(fault.block or ""), str(AUDIT_MEANINGS[fault.what]), fault.detail)
    console.print(table)


def _rows_of(fault: AuditFault) -> str:
    if not fault.first_id:
        return ""
    return str(fault.first_id) if fault.first_id == fault.last_id else f"{fault.first_id}-{fault.last_id}"
