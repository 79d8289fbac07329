"""
Whether the audit trail is what it was when it was sealed; every row that is not is named.

Reads one snapshot, rows and blocks side by side in the order of transactions, with bounded memory.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from hmac import compare_digest
from typing import Any, Final

from django.db import connection, transaction

from tongban.foundation import crypto
from tongban.foundation.audit_anchor import Anchor, anchors
from tongban.foundation.audit_chain import (
    COLUMNS,
    ENTRY,
    MAC_PURPOSE,
    Block,
    Head,
    Row,
    month_name,
    row_digest,
)

BATCH: Final = 5000
ARCHIVE_MAC: Final = "audit-archive"

BLOCKS = """
SELECT number, made_at, from_tx, to_tx, tx_offset, row_count, row_total, row_digests, previous, digest, mac
FROM foundation_audit_block ORDER BY number
"""
ROWS = f"SELECT {COLUMNS} FROM foundation_audit ORDER BY tx, id"  # noqa: S608 -- a text of ours

# Without them rows could be changed; they are how it shows that somebody tried.
MISSING_TRIGGERS = """
SELECT relid::regclass::text, wanted FROM (
    SELECT relid, 'audit_no_truncate' AS wanted FROM pg_partition_tree('foundation_audit')
    UNION ALL SELECT 'foundation_audit_block'::regclass, 'audit_no_truncate'
    UNION ALL SELECT 'foundation_audit_block'::regclass, 'foundation_audit_block_append_only'
    UNION ALL SELECT 'foundation_audit_archive'::regclass, 'audit_no_truncate'
    UNION ALL SELECT 'foundation_audit_archive'::regclass, 'foundation_audit_archive_append_only'
    UNION ALL SELECT relid, 'foundation_audit_append_only' FROM pg_partition_tree('foundation_audit')
) AS needed
WHERE NOT EXISTS (
    SELECT 1 FROM pg_trigger WHERE tgrelid = relid AND tgname = wanted AND tgenabled IN ('O', 'A'))
ORDER BY 1, 2
"""

Progress = Callable[[int], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditFault:
    """
    Something the audit trail cannot account for.
    """

    what: str
    """changed_row, missing_row, inserted_row, broken_block, broken_link, missing_block, wrong_mac, cut_off,
    other_history, unreadable_anchor, missing_trigger, false_archive."""
    block: int = 0
    """Number of the block; 0 where it belongs to none."""
    first_id: int = 0
    last_id: int = 0
    """Rows from `first_id` to `last_id`; the same for one row."""
    detail: str = ""


@dataclass(kw_only=True, slots=True)
class AuditReport:
    """
    What the verification found.
    """

    rows: int = 0
    blocks: int = 0
    unsealed: int = 0
    """Rows written since the last block was made."""
    archived: int = 0
    """Rows of months that were exported and dropped."""
    anchors: int = 0
    head: str = ""
    """Digest at the end of the chain."""
    faults: list[AuditFault] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        """
        Whether nothing at all was found.
        """
        return not self.faults


def count_rows() -> int:
    """
    Return about how many rows there are, so that long work can say how far it is.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(row_total), 0) FROM foundation_audit_block")
        total: int = cursor.fetchone()[0]
    return total


def verify_audit(*, on_progress: Progress = lambda rows: None) -> AuditReport:
    """
    Recompute every digest of rows and blocks, and compare the chain with the anchors outside the database.

    :param on_progress: called with the number of rows seen so far
    """
    report = AuditReport()
    # Before the snapshot: a head is written down after its block, so none can be newer than what is read below.
    outside = anchors()
    known = {one.number: b"" for one in outside if one is not None}
    with _snapshot():
        dropped = _dropped_months(report)
        rows = _Rows(report, on_progress)
        last = Head()
        for block in _blocks():
            report.blocks += 1
            _verify_block(block, last, report)
            _verify_rows(block, rows.before(block.to_tx), report, dropped=dropped)
            if block.number in known:
                known[block.number] = block.digest
            last = Head(
                number=block.number, to_tx=block.to_tx, row_total=block.row_total, digest=block.digest
            )
        report.unsealed = sum(1 for _ in rows.rest())
        report.head = last.digest.hex() if last.number else ""
        _verify_anchors(outside, last, known, report)
        report.faults += [
            AuditFault(what="missing_trigger", detail=f"{table}: {name}")
            for table, name in _fetch(MISSING_TRIGGERS)
        ]
    report.faults = list(_gathered(report.faults))
    on_progress(report.rows)
    return report


def archive_mac(month: str, step: str, rows: int, file_name: str, file_digest: bytes) -> bytes:
    """
    Return the keyed digest of a row of the list of archives.
    """
    return crypto.mac(ARCHIVE_MAC, f"{month}|{step}|{rows}|{file_name}|{file_digest.hex()}".encode())


def sealed_digests(
    *, on_block: Callable[[Block], None] = lambda block: None
) -> Iterator[tuple[int, int, bytes]]:
    """
    Yield id, month and digest of every row as it was sealed, in the order of blocks.
    """
    for block in _blocks():
        on_block(block)
        yield from ENTRY.iter_unpack(block.row_digests)


def _verify_block(block: Block, last: Head, report: AuditReport) -> None:
    number = block.number
    if number != last.number + 1:
        gap = f"{last.number + 1}-{number - 1}"
        report.faults.append(AuditFault(what="missing_block", block=number, detail=gap))
    elif (
        block.previous != last.digest
        or block.from_tx != last.to_tx
        or block.row_total != last.row_total + block.row_count
    ):
        report.faults.append(AuditFault(what="broken_link", block=number))
    if block.computed_digest() != block.digest:
        report.faults.append(AuditFault(what="broken_block", block=number))
    if not compare_digest(block.mac, crypto.mac(MAC_PURPOSE, block.digest)):
        report.faults.append(AuditFault(what="wrong_mac", block=number))


def _verify_rows(block: Block, rows: Sequence[Row], report: AuditReport, *, dropped: set[str]) -> None:
    usable = len(block.row_digests) // ENTRY.size * ENTRY.size
    sealed = {
        row_id: (month, digest) for row_id, month, digest in ENTRY.iter_unpack(block.row_digests[:usable])
    }
    for row in rows:
        entry = sealed.pop(row[0], None)
        if entry is None:
            report.faults.append(_about("inserted_row", block, row[0], row))
        elif entry[1] != row_digest(row):
            report.faults.append(_about("changed_row", block, row[0], row))
    for row_id, (month, _digest) in sealed.items():
        if month_name(month) in dropped:
            report.archived += 1
        else:
            report.faults.append(_about("missing_row", block, row_id, None))


def _about(what: str, block: Block, row_id: int, row: Row | None) -> AuditFault:
    detail = f"{row[1]:%F %T} {row[2]} {row[3]}" if row is not None else ""
    return AuditFault(what=what, block=block.number, first_id=row_id, last_id=row_id, detail=detail)


def _verify_anchors(
    outside: Sequence[Anchor | None], last: Head, known: dict[int, bytes], report: AuditReport
) -> None:
    for one in outside:
        report.anchors += 1
        if one is None or not one.is_genuine:
            report.faults.append(AuditFault(what="unreadable_anchor", block=one.number if one else 0))
        elif one.number > last.number:
            report.faults.append(
                AuditFault(
                    what="cut_off", block=one.number, detail=f"{last.number} < {one.number} ({one.at})"
                )
            )
        elif known.get(one.number, b"").hex() != one.digest:
            report.faults.append(AuditFault(what="other_history", block=one.number, detail=one.at))


def _dropped_months(report: AuditReport) -> set[str]:
    dropped = set()
    for month, step, rows, name, digest, mac in _fetch(
        "SELECT month, step, row_count, file_name, file_digest, mac FROM foundation_audit_archive ORDER BY 1, 2"
    ):
        if not compare_digest(bytes(mac), archive_mac(month, step, rows, name, bytes(digest))):
            report.faults.append(AuditFault(what="false_archive", detail=month))
        elif step == "DROPPED":
            dropped.add(month)
    return dropped


def _gathered(faults: Sequence[AuditFault]) -> Iterator[AuditFault]:
    """
    Put rows of one fault that follow one another into one line.
    """
    held: AuditFault | None = None
    for fault in faults:
        follows = (
            held is not None
            and fault.what == held.what == "missing_row"
            and fault.block == held.block
            and fault.first_id == held.last_id + 1
        )
        if held is not None and follows:
            held = replace(held, last_id=fault.last_id)
            continue
        if held is not None:
            yield held
        held = fault
    if held is not None:
        yield held


class _Rows:
    """
    All rows in the order of their transactions, handed out window by window.
    """

    def __init__(self, report: AuditReport, on_progress: Progress) -> None:
        self._rows = _stream(ROWS)
        self._next: Row | None = next(self._rows, None)
        self._report = report
        self._on_progress = on_progress

    def before(self, to_tx: int) -> list[Row]:
        """
        Return the rows that come before this transaction and were not handed out yet.
        """
        found: list[Row] = []
        while self._next is not None and self._next[-1] < to_tx:
            found.append(self._take())
        return found

    def rest(self) -> Iterator[Row]:
        """
        Yield all that are left.
        """
        while self._next is not None:
            yield self._take()

    def _take(self) -> Row:
        assert self._next is not None  # noqa: S101 -- asked by both callers
        row, self._next = self._next, next(self._rows, None)
        self._report.rows += 1
        if self._report.rows % BATCH == 0:
            self._on_progress(self._report.rows)
        return row


def _blocks() -> Iterator[Block]:
    for row in _stream(BLOCKS):
        yield Block(
            number=row[0],
            made_at=row[1],
            from_tx=row[2],
            to_tx=row[3],
            tx_offset=row[4],
            row_count=row[5],
            row_total=row[6],
            row_digests=bytes(row[7]),
            previous=bytes(row[8]),
            digest=bytes(row[9]),
            mac=bytes(row[10]),
        )


def _stream(sql: str) -> Iterator[tuple[Any, ...]]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql)
        while rows := cursor.fetchmany(BATCH):
            yield from rows


def _fetch(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


@contextmanager
def _snapshot() -> Iterator[None]:
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        if is_outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield
