"""
An old platform's PostgreSQL, MySQL or MariaDB. It is asked as little and as simply as can be: others still work on it.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import NoSuchTableError, SQLAlchemyError

from tongban.foundation.databases import DatabaseAway, outside_engine
from tongban.foundation.outgoing import AddressNotAllowed
from tongban.resources.movein.ports import OldPlatformAway
from tongban.resources.movein.values import Row

STATEMENT_SECONDS: Final = 300
"""Counting the columns of a large table takes a while; it is done once in a run."""
KEYS_AT_ONCE: Final = 500


class SqlOldDatabase:
    """
    Port `OldDatabase` by SQL.
    """

    def __init__(self, connection: Connection, *, schema: str) -> None:
        """
        Keep an open connection.
        """
        self._connection = connection
        self._schema = schema or None
        self._metadata = sa.MetaData(schema=self._schema)

    def tables(self) -> Mapping[str, Collection[str]]:
        """
        Return tables and views with their columns.
        """
        return self._tables

    @cached_property
    def _tables(self) -> dict[str, set[str]]:
        look = sa.inspect(self._connection)
        names = [*look.get_table_names(schema=self._schema), *look.get_view_names(schema=self._schema)]
        found = {
            name: {column["name"] for column in look.get_columns(name, schema=self._schema)}
            for name in sorted(names)
        }
        self._connection.rollback()
        return found

    def count(self, table: str) -> int:
        """
        Return how many rows a table has.
        """
        return int(self._one(sa.select(sa.func.count()).select_from(self._table(table))))

    def filled(self, table: str, columns: Sequence[str]) -> dict[str, int]:
        """
        Return in how many rows each column holds something.
        """
        if not columns:
            return {}
        there = self._table(table).c
        # An empty text holds nothing.
        held = {
            name: sa.func.nullif(there[name], "") if isinstance(there[name].type, sa.String) else there[name]
            for name in columns
        }
        (counts,) = self._all(sa.select(*(sa.func.count(what).label(name) for name, what in held.items())))
        return {name: int(counts[name]) for name in columns}

    def repeated(self, table: str, column: str) -> int:
        """
        Return how many values of a column several rows have.
        """
        there = self._table(table).c[column]
        several = sa.select(there).group_by(there).having(sa.func.count() > 1).subquery()
        return int(self._one(sa.select(sa.func.count()).select_from(several)))

    def orphans(self, table: str, column: str, *, of: str, key: str) -> int:
        """
        Return how many rows name something in `column` that `of`.`key` does not have.
        """
        there, parent = self._table(table), self._table(of)
        is_there = sa.exists().where(parent.c[key] == there.c[column])
        return int(self._one(sa.select(sa.func.count()).select_from(there).where(~is_there)))

    def page(self, table: str, columns: Sequence[str], *, key: str, after: Any, limit: int) -> list[Row]:
        """
        Return rows in the order of their key.
        """
        there = self._table(table).c
        wanted = sa.select(*(there[name] for name in columns)).order_by(there[key]).limit(limit)
        if after is not None:
            wanted = wanted.where(there[key] > after)
        return self._all(wanted)

    def rows_of(
        self, table: str, columns: Sequence[str], *, column: str, values: Sequence[Any], key: str
    ) -> list[Row]:
        """
        Return rows whose `column` is one of the values, in the order of their key.
        """
        there = self._table(table).c
        found: list[Row] = []
        for start in range(0, len(values), KEYS_AT_ONCE):
            some = values[start : start + KEYS_AT_ONCE]
            wanted = sa.select(*(there[name] for name in columns)).where(there[column].in_(some))
            found += self._all(wanted.order_by(there[key]))
        return found

    def changed(
        self, table: str, *, column: str, changed: str, since: str, limit: int
    ) -> list[tuple[Any, str]]:
        """
        Return `column` and moment of change of rows that changed at that moment or later, oldest first.
        """
        there = self._table(table).c
        # As text in both directions: a moment without offset stays what it is, whatever zone a server lives in.
        wanted = sa.select(there[column], sa.cast(there[changed], sa.String(64)).label("moment"))
        wanted = (
            wanted.where(there[changed].is_not(None)).order_by(there[changed], there[column]).limit(limit)
        )
        if since:
            wanted = wanted.where(there[changed] >= sa.cast(sa.literal(since), there[changed].type))
        with self._connection.begin():
            return [(row[0], str(row[1])) for row in self._connection.execute(wanted)]

    def newest(self, table: str, changed: str) -> str:
        """
        Return the moment of the last change, as `changed` tells it; empty: there is none.
        """
        there = self._table(table).c[changed]
        found = self._one(sa.select(sa.cast(sa.func.max(there), sa.String(64))))
        return str(found) if found is not None else ""

    def write(self, table: str, *, key: str, rows: Sequence[Row]) -> None:
        """
        Write rows, in the place of those that have their keys; all or none.
        """
        there = self._table(table)
        with self._connection.begin():
            for row in rows:
                same = there.c[key] == row[key]
                done = self._connection.execute(sa.update(there).where(same).values(row))
                # MySQL counts rows that change; whoever is told the same again is not missing.
                if not done.rowcount and not self._connection.scalar(sa.select(sa.exists().where(same))):
                    self._connection.execute(sa.insert(there).values(row))

    def _table(self, name: str) -> sa.Table:
        known = f"{self._schema}.{name}" if self._schema else name
        if known not in self._metadata.tables:
            sa.Table(name, self._metadata, autoload_with=self._connection, resolve_fks=False)
            self._connection.rollback()
        return self._metadata.tables[known]

    def _all(self, wanted: "sa.Select[*tuple[Any, ...]]") -> list[Row]:
        with self._connection.begin():
            return [dict(row) for row in self._connection.execute(wanted).mappings()]

    def _one(self, wanted: "sa.Select[*tuple[Any, ...]]") -> Any:
        with self._connection.begin():
            return self._connection.scalar(wanted)


@contextmanager
def opened(settings: Mapping[str, Any]) -> Iterator[SqlOldDatabase]:
    """
    Open the database of an old platform.

    :param settings: dsn; schema
    :raises OldPlatformAway: it is not reached, or something failed there
    """
    try:
        engine = outside_engine(str(settings.get("dsn", "")), statement_seconds=STATEMENT_SECONDS)
        try:
            with engine.connect() as connection:
                yield SqlOldDatabase(connection, schema=str(settings.get("schema", "")))
        finally:
            engine.dispose()
    except NoSuchTableError as error:
        raise OldPlatformAway(reason=f"no table {error}") from error
    except SQLAlchemyError as error:
        raise OldPlatformAway(reason=type(error).__name__) from error
    except DatabaseAway as error:
        raise OldPlatformAway(**error.facts) from error
    except AddressNotAllowed as error:
        raise OldPlatformAway(reason=str(error)) from error
