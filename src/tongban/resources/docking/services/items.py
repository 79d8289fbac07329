"""
Items that an item library writes into the national item tables: read whole, judged, handed to the catalogue.

A row that changes brings its whole item again, so the catalogue always gets an item as it stands. What is wrong is
written back row by row; the other rows of the item count as read and come again with the one that is corrected.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from tongban.foundation.db import business_transaction
from tongban.resources.docking import ports
from tongban.resources.docking.models import DockedSystem
from tongban.resources.docking.ports import FrontEnd, ItemRefused
from tongban.resources.docking.rules import rows as reading
from tongban.resources.docking.services.giving import system_actor_of
from tongban.resources.docking.services.receiving import note_taken, refuse_unread
from tongban.resources.docking.values import ITEM, RoundReceipt
from tongban.resources.docking.values.item_tables import DIRECTORY, FAMILIES, ITEM_TABLES, Family, Task
from tongban.resources.docking.values.tables import DELETE, FAULTY, NEW, TAKEN, Fault, Row, Table

SCOPES: Final = frozenset({"catalogue:write"})
ROWS_AT_ONCE: Final = 500
MOST_TURNS: Final = 20
"""Turns of so many rows in one round: a library of a whole area takes several rounds and holds up nobody."""
PATIENCE: Final = timedelta(days=1)
"""A row that waits longer than this for its item is a fault."""

Faults = list[tuple[Row, Fault]]


def exchange_items(*, system: DockedSystem, front_end: FrontEnd, source: str, at: datetime) -> RoundReceipt:
    """
    Read what an item library wrote, where it has the tables at all.

    :param source: data_source of the node
    :raises FrontEndAway: the database is not reached
    """
    read = applied = refused = 0
    if front_end.has(ITEM_TABLES):
        for _turn in range(MOST_TURNS):
            marks, faults, items = _turn_over(system, front_end, at=at)
            if not marks:
                break
            abnormal = [reading.abnormal_row(row, fault, at=at, source=source) for row, fault in faults]
            front_end.answer(marks, abnormal)
            read, applied, refused = read + len(marks), applied + items, refused + len(faults)
    return RoundReceipt(system=system.code, read=read, applied=applied, refused=refused)


def _turn_over(
    system: DockedSystem, front_end: FrontEnd, *, at: datetime
) -> tuple[list[tuple[Row, str]], Faults, int]:
    """
    Take the items of some unread rows; return what each row is marked, what is wrong, and how many items were taken.
    """
    pending = front_end.pending(limit=ROWS_AT_ONCE, tables=ITEM_TABLES, due=reading.local(at))
    read = {_key(row): row for row in pending}
    faults = [fault for row in pending if row.table is DIRECTORY for fault in _column_faults(row)]
    codes = sorted({row.text("catalog_code") for row in pending if row.table is DIRECTORY})
    taken = 0
    for family in FAMILIES:
        touched = [row for row in pending if row.table in (family.basic, *family.parts)]
        touched += front_end.rows_of(family.basic, "catalog_code", codes)
        items = _items(front_end, family, touched)
        there = {item.task.basic.guid for item in items}
        for row in (row for row in touched if _task_guid(row, family) not in there):
            if _is_old(row, at=at):
                faults.append((row, _LONELY))
            else:
                read.pop(_key(row), None)
        for item in items:
            read |= {_key(row): row for row in item.rows if row.text("is_sync") == NEW}
            if not _is_due(item.task.basic, at=at):
                read.pop(_key(item.task.basic), None)
                continue
            found = _take(system, item, at=at)
            faults += found
            taken += not found
    bad = {_key(row) for row, _fault in faults}
    marks = [(row, FAULTY if key in bad else TAKEN) for key, row in read.items()]
    # A fault may lie in a row that was answered before.
    return marks, [(row, fault) for row, fault in faults if _key(row) in read], taken


_LONELY: Final = Fault(code="item_missing", text="没有对应的事项基本信息（task_guid）")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Item:
    task: Task
    rows: tuple[Row, ...]
    """All of it, those too that were taken back."""


def _items(front_end: FrontEnd, family: Family, touched: Sequence[Row]) -> list[_Item]:
    """
    Return the whole items that these rows are of. As many queries as tables.
    """
    guids = list(dict.fromkeys(_task_guid(row, family) for row in touched))
    basics = front_end.rows_of(family.basic, "row_guid", guids)
    there = [basic.guid for basic in basics]
    parts: dict[str, list[Row]] = {guid: [] for guid in there}
    for table in family.parts:
        for row in front_end.rows_of(table, "task_guid", there):
            # Some databases find ABC where abc is asked for; a row is of the item that it names.
            if row.text("task_guid") in parts:
                parts[row.text("task_guid")].append(row)
    codes = sorted({basic.text("catalog_code") for basic in basics} - {""})
    directory = {row.text("catalog_code"): row for row in front_end.rows_of(DIRECTORY, "catalog_code", codes)}
    return [
        _Item(
            task=_task(family, basic, parts[basic.guid], directory.get(basic.text("catalog_code"))),
            rows=(basic, *parts[basic.guid]),
        )
        for basic in basics
    ]


def _task(family: Family, basic: Row, parts: Sequence[Row], directory: Row | None) -> Task:
    def of(table: Table) -> tuple[Row, ...]:
        kept = [row for row in parts if row.table is table and row.text("cd_operation") != DELETE]
        return tuple(sorted(kept, key=_place))

    return Task(
        basic=basic,
        extend=next(reversed(of(family.extend)), None),
        materials=of(family.material),
        fees=of(family.fee),
        questions=of(family.question),
        directory=directory,
    )


def _place(row: Row) -> int:
    number = row.text("order_num")
    return int(number) if number.isascii() and number.isdecimal() else 0


def _task_guid(row: Row, family: Family) -> str:
    return row.guid if row.table is family.basic else row.text("task_guid")


def _key(row: Row) -> tuple[str, str]:
    return row.table.name, row.guid


def _is_old(row: Row, *, at: datetime) -> bool:
    moment = row.values.get("cd_time")
    return not isinstance(moment, datetime) or moment < reading.local(at - PATIENCE)


def _is_due(basic: Row, *, at: datetime) -> bool:
    day = basic.values.get("plan_effective_date")
    return not isinstance(day, datetime) or day <= reading.local(at)


def _column_faults(row: Row) -> Faults:
    return [(row, fault) for fault in reading.faults_of(row)[:1]]


def _take(system: DockedSystem, item: _Item, *, at: datetime) -> Faults:
    """
    Hand an item to the catalogue; return what is wrong with it.
    """
    task = item.task
    extend = (task.extend,) if task.extend is not None else ()
    live = (task.basic, *extend, *task.materials, *task.fees, *task.questions)
    faults = [fault for row in live for fault in _column_faults(row)]
    if not faults and task.basic.text("dept_code") != system.agency_code:
        faults = [(task.basic, Fault(code="other_agency", text="实施主体不是本系统所属机构（dept_code）"))]
    faults = faults or _hand_over(system, item, at=at)
    if faults:
        row, fault = faults[0]
        text = f"{row.table.name} {row.guid}：{fault.text}"
        refuse_unread(**_about(system, item, at=at), code=fault.code, text=text)
    return faults


def _hand_over(system: DockedSystem, item: _Item, *, at: datetime) -> Faults:
    try:
        _keep(system, item, at=at)
    except ItemRefused as refusal:
        return [(item.task.basic, Fault(code=str(refusal.facts["reason"]), text=str(refusal)))]
    return []


@business_transaction
def _keep(system: DockedSystem, item: _Item, *, at: datetime) -> None:
    is_changed = ports.item_keeper()(
        source=f"docking.{system.code}",
        division_code=system.division_code,
        task=item.task,
        actor=replace(system_actor_of(system), scopes=SCOPES),
        at=at,
    )
    if is_changed:
        note_taken(**_about(system, item, at=at))


def _about(system: DockedSystem, item: _Item, *, at: datetime) -> dict[str, Any]:
    basic = item.task.basic
    return {
        "system": system,
        "message_id": f"{basic.table.name}:{basic.guid}",
        "kind": ITEM,
        "case_number": item.task.code,
        "content": [_plain(row) for row in item.rows],
        "at": at,
        "batch": basic.text("cd_batch"),
    }


def _plain(row: Row) -> dict[str, str]:
    kept = {name: str(value) for name, value in row.values.items() if value is not None and name != "is_sync"}
    return {"table": row.table.name, **kept}
