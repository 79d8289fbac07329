"""
Ceilings: the statements a path executes, captured from the path itself and repeated by pgbench.

pgbench sends them prepared over as many connections as the load generator has. Values are the captured ones, except
those that must differ from one transaction to the next (numbers, keys): they become SQL expressions.
"""

import re
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg.adapt import PyFormat, Transformer
from psycopg.types.json import Json, Jsonb

PLACEHOLDER = re.compile(r"%(?:\((?P<name>\w+)\))?s|%%")
THROUGHPUT = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)
FAILED = re.compile(r"number of failed transactions: (\d+)")
FREE_SECONDS = 60

#: Casts for what a text parameter cannot say by itself; everything else the server infers.
CASTS: tuple[tuple[type, str], ...] = (
    (datetime, "::timestamptz"),
    (date, "::date"),
    (UUID, "::uuid"),
    (bytes, "::bytea"),
    (Json, "::json"),
    (Jsonb, "::jsonb"),
)


class CeilingFailed(Exception):
    """
    pgbench did not end well; the text is its own.
    """


@dataclass(frozen=True, slots=True)
class Statement:
    """
    One statement as Django's cursor was given it.
    """

    sql: str
    parameters: Any


@dataclass(slots=True)
class Script:
    """
    A pgbench script and its variables.
    """

    lines: list[str] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)

    def text(self) -> str:
        """
        Return the script's file.
        """
        return "\n".join(self.lines) + "\n"


@contextmanager
def captured() -> Iterator[list[Statement]]:
    """
    Give a list that fills with the statements executed on Django's connection.
    """
    found: list[Statement] = []

    def note(execute: Callable[..., Any], sql: str, parameters: Any, many: Any, context: Any) -> Any:
        found.append(Statement(sql, parameters))
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(note):
        yield found


def script(
    statements: Sequence[Statement],
    *,
    transaction: int | None = None,
    before: Sequence[str] = (),
    variables: Mapping[str, str] | None = None,
    instead: Mapping[object, str] | None = None,
    keep: Mapping[int, str] | None = None,
) -> Script:
    """
    Return the pgbench script that repeats `statements`.

    :param transaction: position of the first statement inside the transaction that lasts until the end; None: none
    :param before: meta-commands at the head
    :param variables: what those use
    :param instead: captured value -> SQL expression that takes its place
    :param keep: position -> prefix of variables into which the statement's row is read
    """
    made = Script(lines=list(before), variables=dict(variables or {}))
    for position, statement in enumerate(statements):
        if position == transaction:
            made.lines.append("BEGIN;")
        sql = _bound(statement, made, instead or {}, position).strip().rstrip(";")
        prefix = (keep or {}).get(position)
        made.lines.append(sql + (f" \\gset {prefix}" if prefix is not None else ";"))
    if transaction is not None:
        made.lines.append("COMMIT;")
    return made


def run(
    program: str,
    url: str,
    made: Script,
    *,
    folder: Path,
    connections: int,
    seconds: int | None = None,
    transactions: int | None = None,
) -> float:
    """
    Return transactions per second.

    :param program: path of pgbench
    :param folder: where the script is written
    :param seconds: how long; or
    :param transactions: how many per connection
    :raises CeilingFailed: it ended with an error
    """
    path = folder / "ceiling.sql"
    path.write_text(made.text(), encoding="utf-8")
    length = ["-T", str(seconds)] if seconds is not None else ["-t", str(transactions)]
    command = [program, "-n", "-M", "prepared", "-c", str(connections), "-j", "2", *length, "-f", str(path)]
    for name, value in made.variables.items():
        command += ["-D", f"{name}={value}"]
    ended = subprocess.run(
        [*command, url], capture_output=True, text=True, check=False, timeout=FREE_SECONDS + (seconds or 0)
    )
    found = THROUGHPUT.search(ended.stdout)
    failed = FAILED.search(ended.stdout)
    if ended.returncode or found is None or (failed and int(failed[1])):
        raise CeilingFailed(f"{ended.stdout}\n{ended.stderr}")
    return float(found[1])


def _bound(statement: Statement, made: Script, instead: Mapping[object, str], position: int) -> str:
    turn = iter(statement.parameters if isinstance(statement.parameters, list | tuple) else ())

    def one(match: re.Match[str]) -> str:
        if match[0] == "%%":
            return "%"
        value = _plain(statement.parameters[match["name"]] if match["name"] else next(turn))
        return _expression(value, made, instead, position)

    return PLACEHOLDER.sub(one, statement.sql) if statement.parameters else statement.sql


def _expression(value: Any, made: Script, instead: Mapping[object, str], position: int) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str | UUID) and value in instead:
        return f"({instead[value]})"
    if value == "":
        return "''"  # pgbench takes no empty variable
    name = f"s{position}_{len(made.variables)}"
    made.variables[name] = _text(value)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return f":{name}::text[]"
    return f":{name}" + next((cast for kind, cast in CASTS if isinstance(value, kind)), "")


def _plain(value: Any) -> Any:
    """
    Return what an adapter's wrapper holds.
    """
    value = getattr(value, "obj", value) if not isinstance(value, Json | Jsonb) else value
    return bytes(value) if isinstance(value, bytearray | memoryview) else value


def _text(value: Any) -> str:
    """
    Return the value as the server reads it from text.
    """
    dumper = Transformer(connection.connection).get_dumper(value, PyFormat.TEXT)
    return bytes(dumper.dump(value) or b"").decode()
