"""
Changing keys while the node runs: every sealed column is sealed anew, every blind index made anew.

Which columns there are is found by looking at the models, so that none can be forgotten. Rows are taken in batches
that skip what somebody else holds just now (SKIP LOCKED) and come back for it: nobody waits, no update is lost. A row
says itself with which key it is sealed, so a run that was broken off goes on where it stopped.

What a row with a key of its own (a case, a file) holds is not touched: only its key is sealed anew.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.apps import apps
from django.db import IntegrityError, connection, models, transaction

from tongban.foundation import crypto
from tongban.foundation.fields import BlindIndexField, SealedTextField

BATCH: Final = 500
MOST_PASSES: Final = 200
PAUSE_SECONDS: Final = 1.5
"""Between passes; longer than a process may go on without noticing that keys have changed."""

Progress = Callable[[int], None]
IndexOf = Callable[[Any], bytes | None]


class RotationIncomplete(Exception):
    """
    Rows were held by others for so long that the change was given up; running it again goes on.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedTable:
    """
    A table with sealed columns.
    """

    label: str
    """Its model, e.g. "identity.Person"."""
    table: str
    key: tuple[str, ...]
    """Columns of the primary key; more than one where a table is partitioned."""
    columns: dict[str, str]
    """Sealed column -> its context."""
    member: str = ""
    """The one column holds JSON, and this member of it is sealed and written in hexadecimal; empty: it is sealed."""

    @property
    def key_columns(self) -> str:
        """
        Return the columns of the primary key as SQL.
        """
        return ", ".join(f'"{column}"' for column in self.key)

    def read(self, column: str) -> str:
        """
        Return the SQL of what is sealed in a column.
        """
        return f"""decode("{column}" ->> '{self.member}', 'hex')""" if self.member else f'"{column}"'

    def assign(self, column: str) -> str:
        """
        Return the SQL that puts another sealed value into a column.
        """
        if not self.member:
            return f'"{column}" = %s'
        return f""""{column}" = jsonb_set("{column}", '{{{self.member}}}', to_jsonb(encode(%s, 'hex')))"""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexColumn:
    """
    A blind index of a model, and how it is made.
    """

    label: str
    column: str
    index_of: IndexOf | None
    """From a row to its index under the root in use; None: rows live so briefly that they lapse by themselves."""
    lapses: str = ""
    """Column with the moment a row that cannot be made anew lapses; empty: nobody misses it."""


@dataclass(kw_only=True, slots=True)
class RotationReport:
    """
    What a change of keys did.
    """

    sealed: dict[str, int] = field(default_factory=dict)
    """Model -> rows that were sealed anew."""
    left: dict[str, int] = field(default_factory=dict)
    """Model -> rows that still need another key than the active one, after the last look."""

    @property
    def is_complete(self) -> bool:
        """
        Whether nothing needs an old key any more.
        """
        return not any(self.left.values())


@dataclass(kw_only=True, slots=True)
class IndexReport:
    """
    What a change of the index root did.
    """

    changed: dict[str, int] = field(default_factory=dict)
    """Model -> rows whose index was made anew."""
    conflicts: list[str] = field(default_factory=list)
    """Rows that turn out to be about somebody another row is about already; people have to merge them."""
    unmakeable: list[str] = field(default_factory=list)
    """Rows whose index cannot follow from them; they have to be written again before the old root can go."""


class CannotFollow(Exception):
    """
    A row does not hold what its index was made of.
    """


_INDEXES: dict[tuple[str, str], IndexColumn] = {}
_MEMBERS: dict[tuple[str, str, str], str] = {}
_COLUMNS: dict[tuple[str, str], str] = {}


def sealed_column(label: str, column: str, *, context: str) -> None:
    """
    Say that a column of bytes is sealed that is no sealed column of a model: its app seals and opens it by itself.

    :param label: the model, e.g. "exchange.Entry"
    """
    _COLUMNS[label, column] = context


def sealed_member(label: str, column: str, member: str, *, context: str) -> None:
    """
    Say that a member of a JSON column is sealed, in hexadecimal: tables that others define have no sealed columns.

    :param label: the model, e.g. "mfa.Authenticator"
    """
    _MEMBERS[label, column, member] = context


def index_by(label: str, column: str, index_of: IndexOf) -> None:
    """
    Say how a blind index is made from its row, in the app's `AppConfig.ready()`.

    :param label: the model, e.g. "identity.Person"
    :param index_of: raises `CannotFollow` where a row does not hold what its index is made of
    """
    _INDEXES[label, column] = IndexColumn(label=label, column=column, index_of=index_of)


def index_lapses(label: str, column: str, *, at: str = "") -> None:
    """
    Say that the rows of a blind index live so briefly that it is not made anew (codes, counters).

    :param at: column with the moment a row lapses: the old root is kept till then; empty: nobody misses it
    """
    _INDEXES[label, column] = IndexColumn(label=label, column=column, index_of=None, lapses=at)


def sealed_tables() -> list[SealedTable]:
    """
    Return every table with sealed columns, in the order of their names.
    """
    found = []
    for model in apps.get_models():
        columns = {
            str(part.column): part.context
            for part in model._meta.concrete_fields  # noqa: SLF001 -- Django's way of looking at a model
            if isinstance(part, SealedTextField)
        }
        meta = model._meta  # noqa: SLF001 -- as above
        columns |= {column: context for (label, column), context in _COLUMNS.items() if label == meta.label}
        if columns:
            found.append(
                SealedTable(label=meta.label, table=meta.db_table, key=_key_of(meta), columns=columns)
            )
    for (label, column, member), context in _MEMBERS.items():
        meta = apps.get_model(label)._meta  # noqa: SLF001 -- as above
        found.append(
            SealedTable(
                label=f"{label}.{member}",
                table=meta.db_table,
                key=_key_of(meta),
                columns={column: context},
                member=member,
            )
        )
    return sorted(found, key=lambda table: table.label)


def _key_of(meta: Any) -> tuple[str, ...]:
    return tuple(str(part.column) for part in meta.pk_fields)


def index_columns() -> list[IndexColumn]:
    """
    Return every blind index that was declared, in the order of their names.
    """
    return [_INDEXES[name] for name in sorted(_INDEXES)]


def undeclared_indexes() -> list[str]:
    """
    Return the blind indexes of models that nobody has said how to make; there must be none.
    """
    return sorted(
        f"{model._meta.label}.{part.name}"  # noqa: SLF001 -- as above
        for model in apps.get_models()
        for part in model._meta.concrete_fields  # noqa: SLF001 -- as above
        if isinstance(part, BlindIndexField) and (model._meta.label, part.name) not in _INDEXES  # noqa: SLF001
    )


def rows_of_other_keys(table: SealedTable, *, key_id: int | None = None) -> int:
    """
    Return how many rows need another key than the active one, or need exactly this one.
    """
    condition, arguments = _condition(table, key_id)
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT count(*) FROM "{table.table}" WHERE {condition}', arguments)  # noqa: S608
        count: int = cursor.fetchone()[0]
    return count


def uses_of(key_id: int) -> dict[str, int]:
    """
    Return how many rows of which model need this key; models that need it nowhere are left out.
    """
    counted = {table.label: rows_of_other_keys(table, key_id=key_id) for table in sealed_tables()}
    return {label: count for label, count in counted.items() if count}


def seal_anew(
    *, on_progress: Progress = lambda rows: None, batch: int = BATCH, pause_seconds: float = PAUSE_SECONDS
) -> RotationReport:
    """
    Seal every row that needs another key with the active one; the node may go on working.

    Ends with `prove`: what was written while this ran is looked at too.

    :param on_progress: called with the number of rows done so far
    :raises RotationIncomplete: rows were held by others through all passes
    """
    report = RotationReport()
    done = 0
    for _pass in range(MOST_PASSES):
        for table in sealed_tables():
            for rows in _rounds(table, batch=batch):
                report.sealed[table.label] = report.sealed.get(table.label, 0) + rows
                done += rows
                on_progress(done)
        report.left = prove(pause_seconds=pause_seconds)
        if report.is_complete:
            return report
        time.sleep(pause_seconds)
    raise RotationIncomplete


def prove(*, pause_seconds: float = PAUSE_SECONDS) -> dict[str, int]:
    """
    Count what needs another key, once nobody can be writing with one any more.

    A process learns of a new key within a second, and a transaction may have sealed before that and not be seen yet:
    so first a moment is waited, then until every transaction of that time has ended.
    """
    time.sleep(max(pause_seconds, 0))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        mark: int = cursor.fetchone()[0]
    for _try in range(MOST_PASSES):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint > %s", [mark])
            if cursor.fetchone()[0]:
                break
        time.sleep(pause_seconds)
    else:
        raise RotationIncomplete
    return {table.label: count for table in sealed_tables() if (count := rows_of_other_keys(table))}


def index_anew(
    *, on_progress: Progress = lambda rows: None, batch: int = BATCH, pause_seconds: float = PAUSE_SECONDS
) -> IndexReport:
    """
    Make every blind index anew under the root in use; rows are found under either root meanwhile.

    :param on_progress: called with the number of rows looked at so far
    :raises RotationIncomplete: rows were held by others through all passes
    """
    report = IndexReport()
    done = 0
    for column in index_columns():
        if column.index_of is None:
            continue
        for _pass in range(MOST_PASSES):
            held = 0
            for seen, skipped in _index_rounds(column, report, batch=batch):
                held += skipped
                done += seen
                on_progress(done)
            if held == 0:
                break
            time.sleep(pause_seconds)
        else:
            raise RotationIncomplete
    return report


def last_lapse(*, at: datetime) -> datetime | None:
    """
    Return when the last row that lapses by itself and is there now will have lapsed; None: none is.
    """
    moments = [
        _model(column)._default_manager.aggregate(last=models.Max(column.lapses))["last"]  # noqa: SLF001 -- as above
        for column in index_columns()
        if column.lapses
    ]
    return max((moment for moment in moments if moment is not None and moment > at), default=None)


def count_indexed() -> int:
    """
    Return how many rows have a blind index that can be made anew.
    """
    return sum(
        _model(column)._default_manager.count()  # noqa: SLF001 -- as above
        for column in index_columns()
        if column.index_of
    )


def _rounds(table: SealedTable, *, batch: int) -> Iterator[int]:
    """
    Go through a table once, in the order of its key, and yield how many rows each batch sealed anew.
    """
    last: tuple[Any, ...] | None = None
    while True:
        with transaction.atomic():
            rows = _take(table, after=last, batch=batch)
            if rows:
                _write(table, rows)
        if not rows:
            return
        last = rows[-1][: len(table.key)]
        yield len(rows)


def _take(table: SealedTable, *, after: tuple[Any, ...] | None, batch: int) -> list[tuple[Any, ...]]:
    condition, arguments = _condition(table, None)
    columns = ", ".join(map(table.read, table.columns))
    marks = {f"after{number}": value for number, value in enumerate(after or ())}
    compared = f"({table.key_columns}) > ({', '.join(f'%({mark})s' for mark in marks)})"
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT {table.key_columns}, {columns} FROM "{table.table}" '  # noqa: S608
            f"WHERE {condition} {'AND ' + compared if marks else ''} "
            f"ORDER BY {table.key_columns} LIMIT %(batch)s FOR NO KEY UPDATE SKIP LOCKED",
            {**arguments, **marks, "batch": batch},
        )
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _write(table: SealedTable, rows: Sequence[tuple[Any, ...]]) -> None:
    assigned = ", ".join(map(table.assign, table.columns))
    contexts = list(table.columns.values())
    width = len(table.key)
    marks = ", ".join(["%s"] * width)
    with connection.cursor() as cursor:
        cursor.executemany(
            f'UPDATE "{table.table}" SET {assigned} WHERE ({table.key_columns}) = ({marks})',  # noqa: S608
            [
                [
                    *(_anew(blob, context) for blob, context in zip(row[width:], contexts, strict=True)),
                    *row[:width],
                ]
                for row in rows
            ],
        )


def _anew(blob: Any, context: str) -> bytes | None:
    if blob is None:
        return None
    sealed = bytes(blob)
    if crypto.key_id_of(sealed) == crypto.keys().active:
        return sealed
    return crypto.seal(crypto.unseal(sealed, context=context), context=context)


def _condition(table: SealedTable, key_id: int | None) -> tuple[str, dict[str, Any]]:
    compared = "=" if key_id is not None else "<>"
    parts = [f"substring({table.read(column)} from 2 for 1) {compared} %(key)s" for column in table.columns]
    wanted = key_id if key_id is not None else crypto.keys().active
    return f"({' OR '.join(parts)})", {"key": bytes((wanted,))}


def _index_rounds(column: IndexColumn, report: IndexReport, *, batch: int) -> Iterator[tuple[int, int]]:
    """
    Go through a model once and yield for each batch how many rows were seen, and how many others held.
    """
    query = _model(column)._default_manager.order_by("pk")  # noqa: SLF001 -- as above
    last: Any = None
    while True:
        rows = list((query.filter(pk__gt=last) if last is not None else query)[:batch])
        if not rows:
            return
        last = rows[-1].pk
        stale = [row.pk for row in rows if _is_stale(column, row, report)]
        written = _index_rows(column, query.filter(pk__in=stale), report) if stale else 0
        yield len(rows), len(stale) - written


def _index_rows(column: IndexColumn, rows: models.QuerySet[Any], report: IndexReport) -> int:
    assert column.index_of is not None  # noqa: S101 -- others are not gone through
    settled = 0
    with transaction.atomic():
        for row in rows.select_for_update(skip_locked=True, no_key=True):
            index = column.index_of(row)
            try:
                with transaction.atomic():
                    rows.model._default_manager.filter(pk=row.pk).update(  # noqa: SLF001 -- as above
                        **{column.column: None if index is None else bytes(index)}
                    )
                report.changed[column.label] = report.changed.get(column.label, 0) + 1
            except IntegrityError:
                report.conflicts.append(_name(column, row))
            settled += 1
    return settled


def _name(column: IndexColumn, row: models.Model) -> str:
    return f"{column.label} {row.pk}"


def _is_stale(column: IndexColumn, row: models.Model, report: IndexReport) -> bool:
    assert column.index_of is not None  # noqa: S101 -- others are not gone through
    name = _name(column, row)
    if name in report.conflicts or name in report.unmakeable:
        return False
    try:
        made, kept = column.index_of(row), getattr(row, column.column)
    except CannotFollow:
        report.unmakeable.append(name)
        return False
    if made is None or kept is None:
        return made is not kept
    return bytes(made) != bytes(kept)


def _model(column: IndexColumn) -> type[models.Model]:
    return apps.get_model(column.label)
