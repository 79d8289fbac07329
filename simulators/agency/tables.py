"""
An agency's system that is docked by front-end tables: it knows nothing but the tables and the documents.

It reads dn_* rows that are not taken, accepts and decides what they bring, and writes up_* rows; rows that come back in
dn_audit_abnormal it corrects.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from simulators.agency.office import HANDLER, Office, guid, now
from simulators.dials import happens

WRONG_CODE = "7"
RIGHT_CODE = "1"
Values = dict[str, Any]


@dataclass
class Tables:
    """
    One agency at its front-end database.
    """

    engine: sa.Engine
    schema: str
    office: Office = field(default_factory=Office)
    clock: Callable[[], datetime] = now
    _tables: dict[str, sa.Table] = field(default_factory=dict)
    _wrong: dict[str, str] = field(default_factory=dict)
    """row_guid of rows written with a wrong code -> table."""
    _twice: list[tuple[str, str]] = field(default_factory=list)
    """Tables and row_guid of rows to be sent once more."""

    def work(self) -> int:
        """
        Do one turn, and return how many rows were read.
        """
        with self.engine.begin() as database:
            self._send_again(database)
            return (
                self._take(database, "dn_pro_apply", self._apply)
                + self._take(database, "dn_pro_accept", self._accepted)
                + self._take(database, "dn_pro_result", self._result)
                + sum(self._take(database, f"dn_pro_{name}", self._note) for name in ("process", "material"))
                + self._take(database, "dn_pro_special_procedure", self._note)
                + self._take(database, "dn_audit_abnormal", self._complained)
            )

    def work_until(self, stop: threading.Event, *, pause_seconds: float = 1.0) -> None:
        """
        Work until told to stop; a database that is away is tried again.
        """
        while not stop.is_set():
            try:
                is_idle = self.work() == 0
            except sa.exc.SQLAlchemyError:
                is_idle = True
            if is_idle:
                stop.wait(pause_seconds)

    def _take(self, database: sa.Connection, name: str, act: Callable[[sa.Connection, Values], None]) -> int:
        table = self._table(name)
        rows = database.execute(
            sa.select(table).where(table.c.is_sync == "0").order_by(table.c.cd_time)
        ).all()
        for row in rows:
            act(database, dict(row._mapping))  # noqa: SLF001 -- SQLAlchemy's documented interface
            mine = table.c.row_guid == row.row_guid
            database.execute(sa.update(table).where(mine).values(is_sync="1"))
        return len(rows)

    def _apply(self, database: sa.Connection, row: Values) -> None:
        if not self.office.is_heard_of(row["project_no"], is_accepted=False):
            return
        copied = {name: row[name] for name in row if name in self._table("up_pro_accept").c}
        self._write(
            database,
            "up_pro_accept",
            {
                **copied,
                "handle_user_name": HANDLER,
                "accept_date": self.clock(),
                "accept_doc_no": guid()[:20],
            },
        )

    def _accepted(self, database: sa.Connection, row: Values) -> None:
        number = row["project_no"]
        if self.office.is_heard_of(number, is_accepted=True):
            self._handle(database, number)

    def begin(self, accepted: Values) -> None:
        """
        Accept a case at the agency's own counter, and handle it to its end.

        :param accepted: columns of up_pro_accept
        """
        with self.engine.begin() as database:
            self._write(database, "up_pro_accept", accepted)
            self._handle(database, accepted["project_no"])

    def keep_item(self, basic: Values, *, family: str = "general", **parts: Sequence[Values]) -> str:
        """
        Write an item with its parts, as an item library does; return its row_guid.

        :param family: "general" or "public"
        :param parts: rows by the end of their table's name: extend, material, fee_project, questions
        """
        with self.engine.begin() as database:
            task = self._write(database, f"up_task_{family}_basic", basic)
            for name, rows in parts.items():
                for row in rows:
                    of_task = {"task_guid": task, "task_code": basic["task_code"], **row}
                    self._write(database, f"up_task_{family}_{name}", of_task)
        return task

    def change(self, name: str, row_guid: str, **values: object) -> None:
        """
        Write a row once more under the same row_guid.
        """
        table = self._table(name)
        said = {"cd_operation": "U", "cd_time": self.clock(), "is_sync": "0", **values}
        with self.engine.begin() as database:
            database.execute(sa.update(table).where(table.c.row_guid == row_guid).values(**said))

    def _handle(self, database: sa.Connection, number: str) -> None:
        at = self.clock()
        self._write(
            database,
            "up_pro_process",
            {
                "project_no": number,
                "process_name": "现场核查",
                "event_name": RIGHT_CODE,
                "event_start_time": at,
                "event_end_time": at,
                "handle_user_name": HANDLER,
                "handle_explain": "现场与申请材料一致",
            },
            code="event_name",
        )
        self._write(
            database,
            "up_pro_result",
            {
                "project_no": number,
                "result_type": "0",
                "result_date": at,
                "result_explain": "符合条件，准予许可",
                "is_delivery_results": "0",
                "handle_user_name": HANDLER,
            },
        )

    def _result(self, database: sa.Connection, row: Values) -> None:
        self._note(database, row)
        case = self.office.cases.get(row["project_no"])
        if case is not None and row["result_cetr_no"]:
            case.licence = row["result_cetr_no"]

    def _note(self, database: sa.Connection, row: Values) -> None:
        case = self.office.cases.get(row["project_no"])
        if case is not None:
            case.told.append(str(row.get("result_type") or row.get("process_name") or row["cd_operation"]))

    def _complained(self, database: sa.Connection, row: Values) -> None:
        self.office.complaints.append(row["err_type"])
        name = self._wrong.pop(row["table_row_guid"], "")
        if name:
            table = self._table(name)
            database.execute(
                sa.update(table)
                .where(table.c.row_guid == row["table_row_guid"])
                .values(event_name=RIGHT_CODE, cd_operation="U", cd_time=self.clock(), is_sync="0")
            )

    def _write(self, database: sa.Connection, name: str, values: Values, *, code: str = "") -> str:
        """
        Write a row, as well as the dials allow; return its row_guid.

        :param code: column that gets a wrong code where the dial says so
        """
        at = self.clock()
        row = {
            **values,
            "row_guid": guid(),
            "cd_batch": f"{at:%Y%m%d%H%M%S}",
            "cd_operation": "I",
            "cd_time": at,
            "data_source": "p51",
            "is_sync": "0",
        }
        if code and happens(self.office.dials.wrong):
            row[code] = WRONG_CODE
            self._wrong[row["row_guid"]] = name
        database.execute(sa.insert(self._table(name)), row)
        if happens(self.office.dials.twice):
            self._twice.append((name, row["row_guid"]))
        return str(row["row_guid"])

    def _send_again(self, database: sa.Connection) -> None:
        """
        Mark rows as new that the node has taken already, as a system does that forgot what it sent.
        """
        waiting, self._twice = self._twice, []
        for name, row_guid in waiting:
            table = self._table(name)
            taken = (table.c.row_guid == row_guid) & (table.c.is_sync != "0")
            if not database.execute(sa.update(table).where(taken).values(is_sync="0")).rowcount:
                self._twice.append((name, row_guid))

    def _table(self, name: str) -> sa.Table:
        if name not in self._tables:
            place = sa.MetaData(schema=self.schema or None)
            self._tables[name] = sa.Table(name, place, autoload_with=self.engine)
        return self._tables[name]
