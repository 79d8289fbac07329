"""
A round with a system that is docked by front-end tables: read, take, answer, give, look what was taken.

What was read is committed here before it is marked there, and what is given is marked here after it was written there.
A crash between the two repeats, and repeating changes nothing: reports have their effect once, rows the same row_guid.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from django.conf import settings as node

from tongban.foundation.db import business_transaction
from tongban.foundation.errors import NotFound
from tongban.resources.docking import ports
from tongban.resources.docking.models import DockedSystem, DockMessage
from tongban.resources.docking.ports import FrontEnd
from tongban.resources.docking.rules import rows as reading
from tongban.resources.docking.services.giving import note
from tongban.resources.docking.services.items import exchange_items
from tongban.resources.docking.services.receiving import receive, refuse_unread
from tongban.resources.docking.values import (
    Direction,
    GivenCase,
    MessageState,
    Outgoing,
    OutKind,
    Receipt,
    RoundReceipt,
    SystemState,
    Way,
)
from tongban.resources.docking.values.tables import FAULTY, TAKEN, Fault, Row

ROWS_AT_ONCE: Final = 200
GIVEN_AT_ONCE: Final = 100
PROVINCE_DIGITS: Final = 2


def place_of(system: DockedSystem) -> dict[str, Any]:
    """
    Return where the tables of a system lie: its settings, with the schema of the node's own database filled in.
    """
    settings = dict(system.settings)
    if not settings.get("dsn") and not settings.get("schema"):
        settings["schema"] = schema_of(system.code)
    return settings


def schema_of(code: str) -> str:
    """
    Return the schema of the node's own database in which a system's tables lie.
    """
    return f"dock_{code.replace('-', '_')}"


def source_of_node() -> str:
    """
    Return the node's data_source: p and the two digits of its province, e.g. p51.
    """
    return f"p{node.TONGBAN_NODE.division_code[:PROVINCE_DIGITS]}"


def make_tables(*, code: str) -> bool:
    """
    Make a system's tables where they lie in the node's own database and are not there; False where they lie outside.

    :raises NotFound: no system of this code is docked by tables
    :raises FrontEndAway: the database does not permit it
    """
    system = DockedSystem.objects.filter(code=code, way=Way.TABLES).first()
    if system is None:
        raise NotFound(system_code=code)
    if system.settings.get("dsn"):
        return False
    with ports.front_end(place_of(system)) as front_end:
        front_end.create()
    return True


def exchange_tables(*, system: DockedSystem, at: datetime) -> RoundReceipt:
    """
    Do one round with a system's tables.

    :raises FrontEndAway: the database is not reached; what was read before is marked next time
    """
    with ports.front_end(place_of(system)) as front_end:
        read = _take_in(system, front_end, at=at)
        given = _give(system, front_end, at=at)
        taken = _look(system, front_end, at=at)
        items = _items(system, front_end, at=at)
    return msgspec.structs.replace(
        read,
        given=given,
        taken=taken,
        read=read.read + items.read,
        applied=read.applied + items.applied,
        refused=read.refused + items.refused,
    )


def _items(system: DockedSystem, front_end: FrontEnd, *, at: datetime) -> RoundReceipt:
    """
    Take items of a system that is live: nothing that is only tried gets into the catalogue.
    """
    if system.state != SystemState.LIVE:
        return RoundReceipt(system=system.code)
    return exchange_items(system=system, front_end=front_end, source=source_of_node(), at=at)


def _take_in(system: DockedSystem, front_end: FrontEnd, *, at: datetime) -> RoundReceipt:
    found = reading.in_order(front_end.pending(limit=ROWS_AT_ONCE))
    rows = reading.up_to_horizon(found, limit=ROWS_AT_ONCE)
    marks: list[tuple[Row, str]] = []
    abnormal: list[Row] = []
    for row in rows:
        bad = _take(system, row, at=at)
        if bad is None:
            marks.append((row, TAKEN))
        elif bad.state is MessageState.REFUSED:
            marks.append((row, FAULTY))
            fault = Fault(code=bad.code, text=bad.text)
            abnormal.append(reading.abnormal_row(row, fault, at=at, source=source_of_node()))
    if marks:
        front_end.answer(marks, abnormal)
    refused = len(abnormal)
    return RoundReceipt(system=system.code, read=len(rows), applied=len(marks) - refused, refused=refused)


def _take(system: DockedSystem, row: Row, *, at: datetime) -> Receipt | None:
    """
    Take what a row reports; return the first receipt that is not good, None where all are.
    """
    batch = row.text("cd_batch")
    try:
        reports = reading.reports_of(row)
    except reading.Unreadable as unreadable:
        return refuse_unread(
            system=system,
            message_id=f"{row.table.name}:{row.guid}",
            kind=row.table.name.removeprefix("up_pro_"),
            case_number=row.text("project_no"),
            content={name: str(value) for name, value in row.values.items() if value is not None},
            code=unreadable.fault.code,
            text=unreadable.fault.text,
            at=at,
            batch=batch,
        )
    for report in reports:
        receipt = receive(system=system, report=report, at=at, batch=batch)
        if not receipt.is_good:
            return receipt
    return None


def _give(system: DockedSystem, front_end: FrontEnd, *, at: datetime) -> int:
    waiting = list(DockMessage.objects.to_send().filter(system=system).order_by("number")[:GIVEN_AT_ONCE])
    if not waiting:
        return 0
    batch = f"{at:%Y%m%d%H%M%S}-{waiting[0].number}"
    front_end.write([row for message in waiting for row in _rows(system, message, batch)])
    mark(waiting, MessageState.SENT, at=at, batch=batch)
    return len(waiting)


def _look(system: DockedSystem, front_end: FrontEnd, *, at: datetime) -> int:
    """
    See what the system has taken of what was given: every row of a message marked 1, or one of them 9.
    """
    sent = list(
        DockMessage.objects.filter(system=system, direction=Direction.OUT, state=MessageState.SENT).order_by(
            "number"
        )[:GIVEN_AT_ONCE]
    )
    rows = {message.pk: _rows(system, message, message.batch) for message in sent}
    flags = _flags(front_end, [row for each in rows.values() for row in each])
    taken = [message for message in sent if {flags.get(row.guid) for row in rows[message.pk]} <= {TAKEN}]
    declined = [message for message in sent if FAULTY in {flags.get(row.guid) for row in rows[message.pk]}]
    mark(taken, MessageState.TAKEN, at=at)
    mark(declined, MessageState.DECLINED, at=at)
    return len(taken)


def _flags(front_end: FrontEnd, rows: Sequence[Row]) -> dict[str, str]:
    flags: dict[str, str] = {}
    for name in {row.table.name for row in rows}:
        flags |= front_end.flags(name, [row.guid for row in rows if row.table.name == name])
    return flags


def _rows(system: DockedSystem, message: DockMessage, batch: str) -> list[Row]:
    return reading.rows_of(outgoing_of(message), system=system.code, source=source_of_node(), batch=batch)


def outgoing_of(message: DockMessage) -> Outgoing:
    """
    Return what is given, as it was queued.
    """
    content: Mapping[str, Any] = message.content or {}
    case = content.get("case")
    return Outgoing(
        id=message.message_id,
        number=message.number,
        version=message.version,
        kind=OutKind(message.kind),
        case_number=message.case_number,
        at=message.created_at,
        event=message.event,
        data=content.get("data") or {},
        case=msgspec.convert(case, GivenCase) if case else None,
    )


@business_transaction
def mark(messages: Sequence[DockMessage], state: MessageState, *, at: datetime, batch: str = "") -> None:
    """
    Say of messages that were given what became of them.
    """
    for message in messages:
        message.state = state
        message.batch = batch or message.batch
        message.attempts += 1 if state is MessageState.SENT else 0
        message.settled_at = None if state is MessageState.SENT else at
        note(message, state.value.lower(), at=at, words=batch)
    DockMessage.objects.bulk_update(
        messages, ["state", "batch", "attempts", "settled_at", "story"], batch_size=GIVEN_AT_ONCE
    )
