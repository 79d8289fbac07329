"""
The chain of the audit trail: rows are written freely, and sealed in blocks a few seconds later.

A block takes in the rows of whole transactions, a window [from_tx, to_tx) that begins where the one before ended.
`to_tx` is the oldest transaction that still ran: every transaction below is over, and what it wrote can be seen. So
no row is passed over, writers wait for nobody, and nobody waits for writers.

    row digest    SM3 over the row's columns as JSON
    row_digests   per row, by id: id (8 bytes), month (2), row digest (32)
    digest        SM3 over canonical JSON of the block's head, which takes in the digest of the block before
    mac           HMAC-SM3 of the digest by a key outside the database: who rewrites rows and blocks cannot make it

Because each block keeps the digest of each of its rows, a row that was changed, deleted or slipped in is not only
noticed but named (`audit_check`). What remains is the end of the chain: whoever owns the database can cut it off.
Heads that lie outside the database show that (`audit_anchor`). ADR-0053.

Transaction numbers of a database that was dumped and loaded begin anew. `tx_offset` keeps them growing: what is
written from then on is numbered from the end of the chain (`begin_era`).
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from django.db import connection, transaction

from tongban.foundation import crypto
from tongban.foundation.canonical import canonical_json
from tongban.foundation.clock import CHINA

GENESIS: Final = bytes(32)
MOST_ROWS: Final = 5000
"""Rows of a block, unless one transaction wrote more."""
SEAL_LOCK: Final = 0x61_75_64_69_74
MAC_PURPOSE: Final = "audit-block"

ENTRY: Final = struct.Struct(">qH32s")
"""What a block keeps of a row: id, month (years since 0 times 12 and months), digest."""

COLUMNS: Final = (
    "id, at, action, subject, actor_kind, actor_id, agency_code, channel, request_id, session_id, address, outcome,"
    " facts::text, tx"
)

HEAD = """
SELECT number, to_tx, tx_offset, row_total, digest FROM foundation_audit_block ORDER BY number DESC LIMIT 1
"""

ROWS = f"""
SELECT {COLUMNS} FROM foundation_audit WHERE tx >= %s AND tx < %s ORDER BY tx, id LIMIT %s
"""  # noqa: S608 -- a text of ours

BLOCK = """
INSERT INTO foundation_audit_block
    (number, made_at, from_tx, to_tx, tx_offset, row_count, row_total, row_digests, previous, digest, mac)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""

Row = Sequence[Any]
"""The columns of `COLUMNS`, in this order."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """
    Where the chain ends.
    """

    number: int = 0
    """0: nothing was sealed yet."""
    to_tx: int = 0
    tx_offset: int = 0
    row_total: int = 0
    """Rows sealed since the first block."""
    digest: bytes = GENESIS


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """
    审计区块: the rows of a window of transactions, sealed.
    """

    number: int
    made_at: datetime
    from_tx: int
    to_tx: int
    """Exclusive."""
    tx_offset: int
    row_count: int
    row_total: int
    row_digests: bytes = field(repr=False)
    previous: bytes
    digest: bytes = b""
    mac: bytes = b""

    def computed_digest(self) -> bytes:
        """
        Return the digest that this block ought to have.
        """
        return crypto.sm3(
            canonical_json(
                {
                    "from_tx": self.from_tx,
                    "made_at": moment(self.made_at),
                    "number": self.number,
                    "previous": self.previous.hex(),
                    "row_count": self.row_count,
                    "row_total": self.row_total,
                    "rows": crypto.sm3(self.row_digests).hex(),
                    "to_tx": self.to_tx,
                    "tx_offset": self.tx_offset,
                }
            )
        )


def moment(at: datetime) -> str:
    """
    Return a moment as digests take it in: UTC, to the microsecond.
    """
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def row_digest(row: Row) -> bytes:
    """
    Return the digest of a row; it takes in every column.
    """
    return crypto.sm3(msgspec.json.encode([row[0], moment(row[1]), *row[2:]]))


def month_of(at: datetime) -> int:
    """
    Return the month of a row, by which partitions are cut, as one number.
    """
    day = at.astimezone(CHINA)
    return day.year * 12 + day.month - 1


def month_name(month: int) -> str:
    """
    Return "202611" for what `month_of` gave.
    """
    return f"{month // 12:04d}{month % 12 + 1:02d}"


def entries_of(rows: Sequence[Row]) -> bytes:
    """
    Return what a block keeps of its rows, by id.
    """
    ordered = sorted(rows, key=lambda row: int(row[0]))
    return b"".join(ENTRY.pack(row[0], month_of(row[1]), row_digest(row)) for row in ordered)


def head() -> Head:
    """
    Return where the chain ends. One query.
    """
    with connection.cursor() as cursor:
        cursor.execute(HEAD)
        row = cursor.fetchone()
    if row is None:
        return Head()
    return Head(number=row[0], to_tx=row[1], tx_offset=row[2], row_total=row[3], digest=bytes(row[4]))


def seal_settled(*, at: datetime, most_rows: int = MOST_ROWS, rounds: int = 1000) -> Head | None:
    """
    Seal every row whose transaction is over; None where nothing was, or another process is doing it.

    :param most_rows: rows of one block, unless one transaction wrote more
    :param rounds: blocks at most
    """
    sealed = None
    for _ in range(rounds):
        one = seal_block(at=at, most_rows=most_rows)
        if one is None:
            break
        sealed = one
    return sealed


@transaction.atomic
def seal_block(*, at: datetime, most_rows: int = MOST_ROWS) -> Head | None:
    """
    Seal the next block; None where there are no rows for one, or another process is doing it.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [SEAL_LOCK])
        if not cursor.fetchone()[0]:
            return None
    last = _continued(head(), at=at)
    rows, to_tx = _settled_rows(last, most_rows=most_rows)
    return _append(last, rows, to_tx=to_tx, tx_offset=last.tx_offset, at=at) if rows else None


def begin_era(*, at: datetime) -> bool:
    """
    Go on numbering transactions from the end of the chain, where the database counts from lower; return whether.

    To be done before anything else is written into a database that was loaded from a dump.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SEAL_LOCK])
        last = head()
        return _continued(last, at=at) != last


def _continued(last: Head, *, at: datetime) -> Head:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
        newest = cursor.fetchone()[0]
        if last.tx_offset + newest >= last.to_tx:
            return last
        # Rows that were written after the last block and before the dump keep their numbers.
        cursor.execute("SELECT coalesce(max(tx), 0) + 1 FROM foundation_audit")
        offset = max(last.to_tx, cursor.fetchone()[0])
        cursor.execute(
            "ALTER TABLE foundation_audit ALTER COLUMN tx"
            f" SET DEFAULT ({int(offset)} + pg_current_xact_id()::text::bigint)"
        )
    return _append(last, [], to_tx=last.to_tx, tx_offset=offset, at=at)


def _settled_rows(last: Head, *, most_rows: int) -> tuple[list[Row], int]:
    """
    Return the rows of the next window and where it ends: at the oldest transaction that still runs, or before.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        horizon = last.tx_offset + cursor.fetchone()[0]
        cursor.execute(ROWS, [last.to_tx, horizon, most_rows + 1])
        rows: list[Row] = cursor.fetchall()
        if len(rows) <= most_rows:
            return rows, horizon
        cut = rows[-1][-1]
        if cut == rows[0][-1]:
            # One transaction wrote more than fits: it is a block by itself.
            cursor.execute(ROWS, [cut, cut + 1, None])
            return cursor.fetchall(), cut + 1
    return [row for row in rows if row[-1] < cut], cut


def _append(last: Head, rows: Sequence[Row], *, to_tx: int, tx_offset: int, at: datetime) -> Head:
    unsigned = Block(
        number=last.number + 1,
        made_at=at,
        from_tx=last.to_tx,
        to_tx=to_tx,
        tx_offset=tx_offset,
        row_count=len(rows),
        row_total=last.row_total + len(rows),
        row_digests=entries_of(rows),
        previous=last.digest,
    )
    digest = unsigned.computed_digest()
    with connection.cursor() as cursor:
        cursor.execute(
            BLOCK,
            [
                unsigned.number,
                unsigned.made_at,
                unsigned.from_tx,
                unsigned.to_tx,
                unsigned.tx_offset,
                unsigned.row_count,
                unsigned.row_total,
                unsigned.row_digests,
                unsigned.previous,
                digest,
                crypto.mac(MAC_PURPOSE, digest),
            ],
        )
    return Head(
        number=unsigned.number,
        to_tx=to_tx,
        tx_offset=tx_offset,
        row_total=unsigned.row_total,
        digest=digest,
    )
