"""
Front-end databases: a schema of the node's own PostgreSQL, or an outside PostgreSQL, MySQL or MariaDB.

One description (`values.tables`) gives the DDL of both dialects. An outside one is reached by `foundation.databases`.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from django.db import connection as own_connection
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateTable

from tongban.foundation.databases import DRIVERS, DatabaseAway, outside_engine
from tongban.foundation.outgoing import AddressNotAllowed
from tongban.resources.docking.ports import FoundColumn, FrontEndAway
from tongban.resources.docking.values.item_tables import ITEM_TABLES
from tongban.resources.docking.values.tables import NEW, TABLES, UPWARD, Column, Kind, Row, Table

GUIDS_AT_ONCE: Final = 500
ALL_TABLES: Final = (*TABLES, *ITEM_TABLES)
BY_NAME: Final = {table.name: table for table in ALL_TABLES}
METADATA: Final = sa.MetaData()
MYSQL: Final[dict[str, Any]] = {
    f"{kind}_{name}": value
    for kind in ("mysql", "mariadb")
    for name, value in (("engine", "InnoDB"), ("charset", "utf8mb4"))
}
"""Said in the DDL, whatever the defaults of a server are: names hold rare characters, rows are written together."""


def _column(column: Column) -> "sa.Column[Any]":
    types: dict[Kind, Any] = {
        Kind.TEXT: sa.String(column.length),
        Kind.LONG: sa.Text(),
        Kind.INTEGER: sa.Integer(),
        Kind.MOMENT: sa.DateTime(),
    }
    is_key = column.name == "row_guid"
    return sa.Column(
        column.name,
        types[column.kind],
        primary_key=is_key,
        nullable=not column.is_required,
        server_default=NEW if column.name == "is_sync" else None,
        comment=column.title,
    )


SQL_TABLES: Final = {
    table.name: sa.Table(
        table.name,
        METADATA,
        *(_column(column) for column in table.columns),
        sa.Index(f"{table.name}_waiting", "is_sync", "cd_time"),
        *(
            sa.Index(f"{table.name}_{name}", name)
            for name in ("task_guid",)
            if name in {column.name for column in table.columns}
        ),
        comment=table.title,
        **MYSQL,
    )
    for table in ALL_TABLES
}


class SqlFrontEnd:
    """
    An open front-end database.
    """

    def __init__(self, connection: Connection, *, schema: str, is_own: bool) -> None:
        self._connection = connection
        self._schema = schema
        self._is_own = is_own

    def pending(
        self, *, limit: int, tables: Sequence[Table] = UPWARD, due: datetime | None = None
    ) -> list[Row]:
        """
        Return rows that are not read yet.
        """
        rows = []
        with self._connection.begin():
            for table in tables:
                columns = SQL_TABLES[table.name]
                wanted = sa.select(columns).where(columns.c.is_sync == NEW)
                day = columns.c.get("plan_effective_date")
                if due is not None and day is not None:
                    wanted = wanted.where(day.is_(None) | (day <= due))
                wanted = wanted.order_by(columns.c.cd_time, columns.c.row_guid).limit(limit)
                rows += self._rows(table, wanted)
        return rows

    def rows_of(self, table: Table, column: str, values: Sequence[str]) -> list[Row]:
        """
        Return rows with one of these values.
        """
        columns = SQL_TABLES[table.name]
        rows: list[Row] = []
        with self._connection.begin():
            for start in range(0, len(values), GUIDS_AT_ONCE):
                some = values[start : start + GUIDS_AT_ONCE]
                wanted = sa.select(columns).where(columns.c[column].in_(some))
                rows += self._rows(table, wanted.order_by(columns.c.cd_time, columns.c.row_guid))
        return rows

    def has(self, tables: Sequence[Table]) -> bool:
        """
        Return whether all of these are there.
        """
        with self._connection.begin():
            look = sa.inspect(self._connection)
            return all(look.has_table(table.name, schema=self._schema or None) for table in tables)

    def _rows(self, table: Table, wanted: "sa.Select[Any]") -> list[Row]:
        found = self._connection.execute(wanted)
        return [Row(table=table, values=dict(row._mapping)) for row in found]  # noqa: SLF001 -- documented

    def answer(self, marks: Sequence[tuple[Row, str]], abnormal: Sequence[Row]) -> None:
        """
        Set flags and write what is abnormal.
        """
        with self._connection.begin():
            for row, flag in marks:
                table = SQL_TABLES[row.table.name]
                as_read = (table.c.row_guid == row.guid) & (table.c.is_sync == NEW)
                moment = row.values.get("cd_time")
                as_read &= table.c.cd_time == moment if moment is not None else table.c.cd_time.is_(None)
                self._connection.execute(sa.update(table).where(as_read).values(is_sync=flag))
            self._insert(abnormal)

    def write(self, rows: Sequence[Row]) -> None:
        """
        Write rows that are not there.
        """
        with self._connection.begin():
            self._insert(rows)

    def flags(self, table: str, guids: Sequence[str]) -> dict[str, str]:
        """
        Return is_sync by row_guid.
        """
        columns = SQL_TABLES[table]
        with self._connection.begin():
            found: dict[str, str] = {}
            for start in range(0, len(guids), GUIDS_AT_ONCE):
                some = guids[start : start + GUIDS_AT_ONCE]
                wanted = sa.select(columns.c.row_guid, columns.c.is_sync).where(columns.c.row_guid.in_(some))
                found |= {str(guid): str(flag) for guid, flag in self._connection.execute(wanted)}
            return found

    def found(self) -> Mapping[str, Mapping[str, FoundColumn]]:
        """
        Return what is there.
        """
        with self._connection.begin():
            look = sa.inspect(self._connection)
            names = set(look.get_table_names(schema=self._schema or None)) & set(BY_NAME)
            names |= set(look.get_view_names(schema=self._schema or None)) & set(BY_NAME)
            return {
                name: {
                    column["name"]: FoundColumn(
                        type=str(column["type"]).lower(),
                        length=getattr(column["type"], "length", None),
                        is_nullable=column["nullable"],
                    )
                    for column in look.get_columns(name, schema=self._schema or None)
                }
                for name in sorted(names)
            }

    def keys(self, table: str) -> set[tuple[str, ...]]:
        """
        Return the columns of keys.
        """
        with self._connection.begin():
            look = sa.inspect(self._connection)
            schema = self._schema or None
            found = {tuple(look.get_pk_constraint(table, schema=schema)["constrained_columns"])}
            found |= {
                tuple(each["column_names"]) for each in look.get_unique_constraints(table, schema=schema)
            }
            return found

    def try_rights(self) -> dict[str, str]:
        """
        Try what the node does to each table, on no row.
        """
        refused = {}
        tables = ALL_TABLES if self.has(ITEM_TABLES) else TABLES
        for table in tables:
            columns = SQL_TABLES[table.name]
            nothing = columns.c.row_guid == ""
            acts: dict[str, Any] = {"SELECT": sa.select(columns.c.row_guid).where(nothing)}
            if table.is_upward:
                acts["UPDATE"] = sa.update(columns).where(nothing).values(is_sync=NEW)
            else:
                same = sa.select(*columns.c).where(nothing)
                acts["INSERT"] = sa.insert(columns).from_select([each.name for each in columns.c], same)
            for act, statement in acts.items():
                transaction = self._connection.begin()
                try:
                    self._connection.execute(statement)
                except SQLAlchemyError as error:
                    refused[f"{act} {table.name}"] = type(error).__name__
                finally:
                    transaction.rollback()
        return refused

    def create(self) -> None:
        """
        Create the schema and the tables that are not there.

        :raises FrontEndAway: the database is not the node's own
        """
        if not self._is_own:
            raise FrontEndAway(reason="not our own database")
        with self._connection.begin():
            self._connection.execute(sa.schema.CreateSchema(self._schema, if_not_exists=True))
            METADATA.create_all(self._connection)

    def _insert(self, rows: Sequence[Row]) -> None:
        for name in {row.table.name: None for row in rows}:
            table = SQL_TABLES[name]
            own = [row for row in rows if row.table.name == name]
            wanted = sa.select(table.c.row_guid).where(table.c.row_guid.in_([row.guid for row in own]))
            there = {str(guid) for (guid,) in self._connection.execute(wanted)}
            fresh = [_whole(row) for row in own if row.guid not in there]
            if fresh:
                self._connection.execute(sa.insert(table), fresh)


def _whole(row: Row) -> dict[str, Any]:
    """
    Return a value for every column; what must be there and is not known becomes the shortest thing that says so.
    """
    whole: dict[str, Any] = {}
    for column in row.table.columns:
        value = row.values.get(column.name)
        if value in {None, ""} and column.is_required:
            value = {Kind.INTEGER: 0, Kind.MOMENT: row.values["cd_time"]}.get(
                column.kind, "无"[: column.length]
            )
        whole[column.name] = value
    return whole


@contextmanager
def opened(settings: Mapping[str, Any]) -> Iterator[SqlFrontEnd]:
    """
    Open the database of a system's settings.

    :param settings: dsn, empty for the node's own database; schema
    :raises FrontEndAway: it is not reached, or something failed there
    """
    schema, dsn = str(settings.get("schema", "")), str(settings.get("dsn", ""))
    try:
        engine = engine_of(dsn).execution_options(schema_translate_map={None: schema or None})
        try:
            with engine.connect() as connection:
                yield SqlFrontEnd(connection, schema=schema, is_own=not dsn)
        finally:
            engine.dispose()
    except SQLAlchemyError as error:
        raise FrontEndAway(reason=type(error).__name__) from error
    except DatabaseAway as error:
        raise FrontEndAway(**error.facts) from error
    except AddressNotAllowed as error:
        raise FrontEndAway(reason=str(error)) from error


def engine_of(dsn: str) -> Engine:
    """
    Return an engine that keeps no connection.

    :param dsn: postgresql://…, mysql://… or mariadb://…, with ?sslmode=require where it must be encrypted; empty: the
        node's own database
    :raises DatabaseAway: the address is of no kind that is known
    """
    if not dsn:
        return sa.create_engine(_own_url(), poolclass=NullPool)
    return outside_engine(dsn)


def _own_url() -> URL:
    where = own_connection.settings_dict
    host = str(where["HOST"] or "")
    is_socket = host.startswith("/")
    return URL.create(
        "postgresql+psycopg",
        username=where["USER"] or None,
        password=where["PASSWORD"] or None,
        host=None if is_socket else host or None,
        port=None if is_socket or not where["PORT"] else int(where["PORT"]),
        database=where["NAME"],
        query={"host": host, **({"port": str(where["PORT"])} if where["PORT"] else {})} if is_socket else {},
    )


def ddl(dialect_name: str) -> str:
    """
    Return the SQL that makes the tables in a database of a kind: postgresql, mysql or mariadb.
    """
    dialect = sa.create_engine(f"{DRIVERS[dialect_name]}://").dialect
    parts = []
    for table in SQL_TABLES.values():
        parts.append(f"{str(CreateTable(table).compile(dialect=dialect)).strip()};")
        parts += [f"{sa.schema.CreateIndex(index).compile(dialect=dialect)};" for index in table.indexes]
    return "\n\n".join(parts) + "\n"


def rights(dialect_name: str, *, role: str, place: str) -> str:
    """
    Return the SQL that lets an agency's system do what it must and nothing else.

    It writes and corrects up_* rows, reads dn_* rows and marks them as taken; it deletes nothing and alters nothing.

    :param role: name of the role, of the user in MySQL; its password is set by hand
    :param place: schema in PostgreSQL, database in MySQL
    """
    lines = []
    if dialect_name == "postgresql":
        lines += [
            f'CREATE ROLE "{role}" LOGIN;',
            f"\\password {role}",
            f'GRANT USAGE ON SCHEMA "{place}" TO "{role}";',
        ]
        for table in ALL_TABLES:
            name = f'"{place}"."{table.name}"'
            what = "SELECT, INSERT, UPDATE" if table.is_upward else "SELECT, UPDATE (is_sync)"
            lines.append(f'GRANT {what} ON {name} TO "{role}";')
    else:
        lines.append(f"CREATE USER '{role}'@'%' REQUIRE SSL;")
        for table in ALL_TABLES:
            what = "SELECT, INSERT, UPDATE" if table.is_upward else "SELECT, UPDATE (is_sync)"
            lines.append(f"GRANT {what} ON `{place}`.`{table.name}` TO '{role}'@'%';")
    return "\n".join(lines) + "\n"
