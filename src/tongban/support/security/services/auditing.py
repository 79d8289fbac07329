"""
Taking entries of the audit trail out of the node, and verifying it every day.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import msgspec
from django.utils.translation import gettext as _

from tongban.foundation import audit
from tongban.foundation.actors import Actor
from tongban.foundation.audit_check import AuditReport, verify_audit
from tongban.foundation.clock import CHINA
from tongban.foundation.db import business_transaction
from tongban.foundation.sheets import csv_lines
from tongban.support.security import permissions, selectors
from tongban.support.security.models import TrailPosition
from tongban.support.security.values import AuditFilter, AuditLine, ExportForm

MOST_EXPORTED: Final = 200_000
PAGE: Final = 1000
MOST_NAMED: Final = 50
"""Faults that become entries of the trail; the command names all."""


def export_audit(*, wanted: AuditFilter, form: ExportForm, actor: Actor, at: datetime) -> Iterator[bytes]:
    """
    Return the entries that are looked for as a file, oldest last, at most 200,000; written down before the first line.

    Source: GB/T 22239-2019 8.1.4.3 c), 8.1.5.3.

    :raises NotPermitted: the actor is no audit administrator
    """
    permissions.export_audit.require(actor)
    audit.record(
        action="security.audit.export",
        actor=actor,
        subject=f"{wanted.since:%Y%m%d}-{wanted.until:%Y%m%d}",
        at=at,
        form=form.value,
        filter=msgspec.to_builtins(wanted),
    )
    lines = _lines(wanted, actor)
    return _as_csv(lines) if form is ExportForm.CSV else _as_jsonl(lines)


def verify_trail(*, actor: Actor, at: datetime) -> AuditReport:
    """
    Verify the whole trail and write down what was found; what is wrong becomes a security event.

    :raises NotPermitted: somebody else than the node asks
    """
    permissions.watch_trail.require(actor)
    report = verify_audit()
    note_verification(report=report, actor=actor, at=at)
    return report


@business_transaction
def note_verification(*, report: AuditReport, actor: Actor, at: datetime) -> None:
    """
    Write down what a verification found.

    :raises NotPermitted: somebody else than the node asks
    """
    permissions.watch_trail.require(actor)
    TrailPosition.objects.update_or_create(
        id=TrailPosition.ONE, defaults={"verified_at": at, "faults": len(report.faults)}
    )
    for fault in report.faults[:MOST_NAMED]:
        audit.record(
            action="security.audit.find_fault",
            actor=actor,
            subject=f"{fault.what} {fault.first_id or fault.block or fault.detail}"[:128],
            at=at,
            outcome=audit.Outcome.FAILED,
            **msgspec.to_builtins(fault),
        )
    audit.record(
        action="security.audit.verify",
        actor=actor,
        subject=str(report.blocks),
        at=at,
        rows=report.rows,
        faults=len(report.faults),
        head=report.head,
    )


def _lines(wanted: AuditFilter, actor: Actor) -> Iterator[AuditLine]:
    cursor: str | None = None
    for _page in range(MOST_EXPORTED // PAGE):
        page = selectors.audit_entries(wanted=wanted, actor=actor, cursor=cursor, limit=PAGE)
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return


def _as_csv(lines: Iterator[AuditLine]) -> Iterator[bytes]:
    headings = (
        _("编号"),
        _("时间"),
        _("动作"),
        _("动作名称"),
        _("对象"),
        _("结果"),
        _("行为主体类别"),
        _("行为主体"),
        _("姓名"),
        _("机构编码"),
        _("来源地址"),
        _("会话"),
        _("请求编号"),
        _("事实"),
    )
    return csv_lines(
        headings,
        (
            (
                line.id,
                line.at.astimezone(CHINA).isoformat(sep=" ", timespec="milliseconds"),
                line.action,
                line.action_title,
                line.subject,
                line.outcome,
                line.actor_kind,
                line.actor_id,
                line.actor_name,
                line.agency_code,
                line.address,
                line.session_id,
                line.request_id,
                msgspec.json.encode(line.facts).decode(),
            )
            for line in lines
        ),
    )


def _as_jsonl(lines: Iterator[AuditLine]) -> Iterator[bytes]:
    return (msgspec.json.encode(line) + b"\n" for line in lines)
