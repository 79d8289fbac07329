"""
What bringing records to another node costs: signed, sealed, validated, applied with its position, acknowledged.

Sender and receiver are processes of their own with one PostgreSQL between them, as two nodes on this machine would be;
envelopes travel through a pipe. The ceiling is what the receiver's app does in the end with the same rows, and nothing
else: COPY into a table of its own and a merge that takes only what is newer, in batches of the same size.
"""

import os
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, Final

import msgspec
from django.db import connection, transaction

from bench.report import Row, against
from tongban.foundation import crypto
from tongban.foundation.clock import now
from tongban.foundation.crypto import sm2
from tongban.foundation.processes import loading
from tongban.resources.exchange import ports, services
from tongban.resources.exchange.rules import batches
from tongban.resources.exchange.services.publishing import SEALED_AS
from tongban.resources.exchange.values import Contract, Direction, Received, Refused

RECORDS: Final = 30_000
RANDOM: Final = 600
"""Characters of a record that do not pack well, as numbers and names do not."""
LETTERS: Final = 1_016
"""Of the longest column; 2 KB as JSON in UTF-8."""
AIM: Final = 0.4
DELAYS: Final = 40
LOAD: Final = 0.3
"""Part of what can be brought that comes all the time while delays under load are measured: writing costs too."""
LOAD_SECONDS: Final = 10.0
CITY, PROVINCE = "511600000000", "510000000000"
DATASET: Final = "bench.case"
CEILING_IS: Final = "COPY + merge of the same rows, same run"

TABLE: Final = """
CREATE TABLE IF NOT EXISTS bench_taken (
    source varchar(12) NOT NULL, key varchar(100) NOT NULL, number bigint NOT NULL, title text NOT NULL,
    division varchar(12) NOT NULL, state varchar(16) NOT NULL, at timestamptz NOT NULL, body text NOT NULL,
    PRIMARY KEY (source, key));
CREATE TEMPORARY TABLE IF NOT EXISTS bench_arrived (LIKE bench_taken);
"""
COPY: Final = "COPY bench_arrived (source, key, number, title, division, state, at, body) FROM STDIN"
MERGE: Final = """
INSERT INTO bench_taken SELECT DISTINCT ON (source, key) * FROM bench_arrived ORDER BY source, key, number DESC
ON CONFLICT (source, key) DO UPDATE SET number = excluded.number, title = excluded.title,
    division = excluded.division, state = excluded.state, at = excluded.at, body = excluded.body
WHERE bench_taken.number < excluded.number;
TRUNCATE bench_arrived;
"""
INSERT: Final = """
COPY exchange_outbox (dataset, audience, key, operation, origin, made_at, content, content_digest)
FROM STDIN (FORMAT BINARY)
"""
TYPES: Final = ("varchar", "varchar", "varchar", "varchar", "varchar", "timestamptz", "bytea", "bytea")


class Case(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    A case of two kilobytes.
    """

    number: str
    title: str
    division: str
    state: str
    at: datetime
    body: str


def rows(rounds: int) -> Iterator[Row]:
    """
    Yield the figures; tables are there.
    """
    ports.exchange_by(Contract(code=DATASET, title="", shape=Case, direction=Direction.UP, take=take))
    keys = {code: sm2.generate() for code in (CITY, PROVINCE)}
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
    ours, theirs = get_context("fork").Pipe()
    receiver = get_context("fork").Process(target=_receive, args=(theirs, keys), daemon=True)
    receiver.start()
    ports.know_neighbours_by(lambda: _neighbours(CITY, keys))
    ports.carry_by(lambda _peer, envelope: _carry(ours, envelope))
    pairs = []
    for turn in range(rounds):
        cases = [_case(turn, number) for number in range(RECORDS)]
        _write(cases)
        while services.number_entries(at=now()):
            pass
        services.send_to(receiver=PROVINCE, at=now())  # the first batch of a round finds everything warm
        left = _left()
        began = time.perf_counter()
        ahead: services.Ahead = {}
        while services.send_to(receiver=PROVINCE, at=now(), ahead=ahead).is_more:
            pass
        brought = left / (time.perf_counter() - began)
        pairs.append((brought, _ceiling(cases)))
    yield against("records to another node, 2 KB", pairs, unit="/s", ceiling_is=CEILING_IS, aim=AIM)
    yield from _delays()
    yield from _delays_under_load(rate=LOAD * min(brought for brought, _ceiling in pairs))
    yield Row(name="memory of the receiving process", value=_memory(receiver.pid), unit="MB")
    receiver.kill()


def take(entries: Sequence[Received], source: str, _at: datetime) -> Sequence[Refused]:
    """
    Apply cases as an app does that expects many.
    """
    _merge(
        (source, row.key, row.number, case.title, case.division, case.state, case.at, case.body)
        for row in entries
        for case in (row.content,)
    )
    return ()


def _merge(lines: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(TABLE)
        with cursor.copy(COPY) as copy:
            for line in lines:
                copy.write_row(line)
        for statement in MERGE.split(";\n")[:2]:
            cursor.execute(statement)


def _ceiling(cases: list[Case]) -> float:
    """
    Merge the same rows, of another source, in batches of the size the exchange uses.
    """
    began = time.perf_counter()
    size = 700
    for start in range(0, len(cases), size):
        with transaction.atomic():
            _merge(
                (PROVINCE, case.number, start + n, case.title, case.division, case.state, case.at, case.body)
                for n, case in enumerate(cases[start : start + size])
            )
    return len(cases) / (time.perf_counter() - began)


def _delays() -> Iterator[Row]:
    """
    Measure one record at a time, from before it is written until it is acknowledged.
    """
    spent = []
    for number in range(DELAYS):
        case = _case(10**6, number)
        began = time.perf_counter()
        _write([case])
        services.number_entries(at=now())
        services.send_to(receiver=PROVINCE, at=now())
        spent.append((time.perf_counter() - began) * 1000)
    spent.sort()
    yield Row(
        name="one record, at rest: p50 without the wait for a turn",
        value=round(spent[DELAYS // 2], 1),
        unit="ms",
    )
    yield Row(
        name="one record, at rest: p95 without the wait for a turn", value=round(spent[-3], 1), unit="ms"
    )


def _delays_under_load(*, rate: float) -> Iterator[Row]:
    """
    Measure every record while others come all the time, from before it is written until it is acknowledged.

    :param rate: records a second
    """
    spent: list[float] = []
    written = 0
    began = time.perf_counter()
    while (elapsed := time.perf_counter() - began) < LOAD_SECONDS:
        due = int(elapsed * rate) - written
        if due <= 0:
            time.sleep(0.001)
            continue
        # Each counts from the moment it was due, so that a slow turn hides nobody's wait.
        moments = [began + (written + number) / rate for number in range(1, due + 1)]
        _write([_case(10**7, written + number) for number in range(due)])
        written += due
        services.number_entries(at=now())
        while services.send_to(receiver=PROVINCE, at=now()).is_more:
            pass
        acknowledged = time.perf_counter()
        spent += [(acknowledged - moment) * 1000 for moment in moments]
    spent.sort()
    for name, place in (("p50", 0.5), ("p95", 0.95)):
        yield Row(
            name=f"one record, while {round(rate):,} come a second: {name}",
            value=round(spent[int(len(spent) * place)], 1),
            unit="ms",
        )


def _case(turn: int, number: int) -> Case:
    body = (os.urandom(RANDOM // 2).hex() + "四川省广安市广安区政务服务中心受理窗口" * 40)[:LETTERS]
    return Case(
        number=f"{turn}-{number:08d}",
        title="食品经营许可",
        division="511602000000",
        state="ACCEPTED",
        at=now(),
        body=body,
    )


def _write(cases: list[Case]) -> None:
    at = now()
    with transaction.atomic(), connection.cursor() as cursor, cursor.copy(INSERT) as copy:
        copy.set_types(TYPES)
        for case in cases:
            content = batches.packed(msgspec.json.encode(case))
            sealed = crypto.seal(content, context=SEALED_AS)
            copy.write_row(
                (DATASET, "PARENT", case.number, "I", CITY, at, sealed, crypto.sm3(content)),
            )


def _left() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.last - p.number FROM exchange_stream s JOIN exchange_position p ON p.stream_id = s.id "
            "WHERE s.dataset = %s",
            [DATASET],
        )
        return int(cursor.fetchone()[0])


def _neighbours(code: str, keys: dict[str, sm2.PrivateKey]) -> ports.Neighbours:
    other = PROVINCE if code == CITY else CITY
    peer = ports.Peer(code=other, name="", name_en="", url="", keys=(keys[other].public,))
    if code == CITY:
        return ports.Neighbours(own_code=code, own_key=keys[code], parent=peer)
    return ports.Neighbours(own_code=code, own_key=keys[code], children=(peer,))


def _receive(line: Connection, keys: dict[str, sm2.PrivateKey]) -> None:
    with loading():  # as every process of a node begins
        ports.know_neighbours_by(lambda: _neighbours(PROVINCE, keys))
    while True:
        line.send_bytes(services.answer_envelope(data=line.recv_bytes(), at=now()))


def _carry(line: Connection, envelope: bytes) -> bytes:
    line.send_bytes(envelope)
    return line.recv_bytes()


def _memory(pid: int | None) -> float:
    with open(f"/proc/{pid}/status", encoding="utf-8") as status:  # noqa: PTH123 -- no file of ours
        line = next(line for line in status if line.startswith("VmHWM"))
    return round(int(line.split()[1]) / 1024)
