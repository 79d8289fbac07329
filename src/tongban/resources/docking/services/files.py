"""
A round with a system that is docked by files: take what came with its manifest, give what waits, see what was fetched.
"""

from datetime import datetime
from typing import Any, Final

import msgspec

from tongban.resources.docking import ports
from tongban.resources.docking.models import DockedSystem, DockMessage
from tongban.resources.docking.ports import Arrival, Folder
from tongban.resources.docking.rules.rows import Unreadable
from tongban.resources.docking.rules.sheets import report_of
from tongban.resources.docking.services.receiving import receive, refuse_unread
from tongban.resources.docking.services.tables import GIVEN_AT_ONCE, mark, outgoing_of
from tongban.resources.docking.values import Direction, MessageState, Receipt, RoundReceipt

FILES_AT_ONCE: Final = 20
ACCEPTED, REJECTED, QUARANTINE = "accepted", "rejected", "quarantine"


class FileReport(msgspec.Struct, frozen=True, kw_only=True):
    """
    What is written beside a file that was read.
    """

    name: str
    at: datetime
    place: str
    taken: int = 0
    refused: int = 0
    problem: dict[str, str] | None = None
    rows: list[dict[str, Any]] = []
    """Rows that were refused: row (1 first, the heading not counted), id, code, text."""


def exchange_files(*, system: DockedSystem, at: datetime) -> RoundReceipt:
    """
    Do one round with a system's folder.

    :raises FolderAway: it cannot be read or written
    """
    folder = ports.folder(system.code)
    total = RoundReceipt(system=system.code)
    for arrival in folder.arrivals(limit=FILES_AT_ONCE):
        done = _take_file(system, folder, arrival, at=at)
        total = msgspec.structs.replace(
            total,
            read=total.read + done.taken + done.refused,
            applied=total.applied + done.taken,
            refused=total.refused + done.refused,
        )
    given = _give(system, folder, at=at)
    taken = _look(system, folder, at=at)
    return msgspec.structs.replace(total, given=given, taken=taken)


def _take_file(system: DockedSystem, folder: Folder, arrival: Arrival, *, at: datetime) -> FileReport:
    """
    Take a file row by row. One in which a row met a defect stays and is read again: rows have their effect once.
    """
    if arrival.problem is not None:
        code, text = arrival.problem
        report = FileReport(name=arrival.name, at=at, place=QUARANTINE, problem={"code": code, "text": text})
        folder.settle(arrival, QUARANTINE, _written(report))
        return report
    receipts = [_take(system, row, arrival.name, at=at) for row in arrival.rows]
    if any(receipt.state is MessageState.FAILED for receipt in receipts):
        return FileReport(name=arrival.name, at=at, place="")
    bad = [(number, receipt) for number, receipt in enumerate(receipts, 1) if not receipt.is_good]
    place = REJECTED if bad else ACCEPTED
    report = FileReport(
        name=arrival.name,
        at=at,
        place=place,
        taken=len(receipts) - len(bad),
        refused=len(bad),
        rows=[
            {"row": number, "id": receipt.id, "code": receipt.code, "text": receipt.text}
            for number, receipt in bad
        ],
    )
    folder.settle(arrival, place, _written(report))
    return report


def _take(system: DockedSystem, row: dict[str, Any], name: str, *, at: datetime) -> Receipt:
    try:
        report = report_of(row)
    except Unreadable as unreadable:
        return refuse_unread(
            system=system,
            message_id=str(row.get("id") or f"{name}?"),
            kind=str(row.get("kind", "")),
            case_number=str(row.get("case_number", "")),
            content={column: str(value) for column, value in row.items()},
            code=unreadable.fault.code,
            text=unreadable.fault.text,
            at=at,
            batch=name,
        )
    return receive(system=system, report=report, at=at, batch=name)


def _give(system: DockedSystem, folder: Folder, *, at: datetime) -> int:
    waiting = list(DockMessage.objects.to_send().filter(system=system).order_by("number")[:GIVEN_AT_ONCE])
    if not waiting:
        return 0
    # The name follows from the messages: after a crash the same file is written again, not a second one.
    name = f"{system.code}-{waiting[0].number:010}.jsonl"
    lines = [msgspec.json.encode(outgoing_of(message)) for message in waiting]
    folder.put(name, b"\n".join([*lines, b""]), rows=len(lines))
    mark(waiting, MessageState.SENT, at=at, batch=name)
    return len(waiting)


def _look(system: DockedSystem, folder: Folder, *, at: datetime) -> int:
    sent = DockMessage.objects.filter(system=system, direction=Direction.OUT, state=MessageState.SENT)
    still_there = folder.waiting()
    fetched = list(sent.exclude(batch__in=still_there).order_by("number")[:GIVEN_AT_ONCE])
    mark(fetched, MessageState.TAKEN, at=at)
    return len(fetched)


def _written(report: FileReport) -> bytes:
    return msgspec.json.format(msgspec.json.encode(report), indent=2)
