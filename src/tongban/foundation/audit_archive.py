"""
Old months of the audit trail: written into a file, proved against the blocks, and only then dropped.

A month is dropped by command, never by itself, and only where

* it is older than the settings keep it (TONGBAN_AUDIT_KEEP_DAYS, never less than six months: 网络安全法 art. 21);
* each of its rows was sealed, and the file that was exported holds each of them with the digest that was sealed;
* the export and the drop are written down in a list that only this node can write (a keyed digest), so that a month
  that is gone can be told from a month that was deleted.
"""

import gzip
import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec
from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit
from tongban.foundation.actors import Actor
from tongban.foundation.audit_chain import COLUMNS, moment, month_name, row_digest
from tongban.foundation.audit_check import archive_mac, sealed_digests
from tongban.foundation.clock import civil_date
from tongban.foundation.errors import Conflict, InvalidInput

BATCH: Final = 5000
NAMES: Final = (
    "id",
    "at",
    "action",
    "subject",
    "actor_kind",
    "actor_id",
    "agency_code",
    "channel",
    "request_id",
    "session_id",
    "address",
    "outcome",
    "facts",
    "tx",
)

NOTE = """
INSERT INTO foundation_audit_archive (month, step, at, row_count, file_name, file_digest, mac)
VALUES (%s, %s, %s, %s, %s, %s, %s)
"""

Progress = Callable[[int], None]


class MonthNotOver(Conflict):
    """
    The month still runs, or rows of it are not sealed yet.
    """

    code = "audit_month_not_over"
    message = _("该月尚未结束，或仍有未封存的审计记录")


class MonthStillKept(Conflict):
    """
    The month is younger than audit records are kept.
    """

    code = "audit_month_still_kept"
    message = _("该月的审计记录尚未超过保存期限（%(keep_days)s 天）")


class ExportNotProved(Conflict):
    """
    The file is not the one that was exported, or does not hold what was sealed.
    """

    code = "audit_export_not_proved"
    message = _("导出文件缺失、被改动，或与封存的摘要不符，不能清除该月")


class MonthArchived(Conflict):
    """
    The month was exported before; its file is the one to use.
    """

    code = "audit_month_archived"
    message = _("该月已经导出过")


@dataclass(frozen=True, kw_only=True, slots=True)
class Archive:
    """
    A month that was exported.
    """

    month: str
    rows: int
    file: Path
    digest: str
    """SM3 of the file."""


def export_month(
    *, month: str, folder: Path, actor: Actor, at: datetime, on_progress: Progress = lambda rows: None
) -> Archive:
    """
    Write the rows of a month into `folder`/audit-YYYYMM.jsonl.gz and note its digest; nothing is dropped.

    :param month: "YYYYMM"
    :raises InvalidInput: no such month
    :raises MonthNotOver: the month still runs, or rows of it are not sealed yet
    :raises MonthArchived: it was exported before
    """
    first, _after = _bounds(month)
    if first.strftime("%Y%m") >= civil_date(at).strftime("%Y%m") or _unsealed_rows(month):
        raise MonthNotOver(month=month)
    if _noted(month, "EXPORTED") is not None:
        raise MonthArchived(month=month)
    file = folder / f"audit-{month}.jsonl.gz"
    count = _write(month, file, on_progress)
    digest = _digest_of(file)
    with transaction.atomic():
        _note(month, "EXPORTED", count, file.name, digest, at=at)
        audit.record(
            action="foundation.audit.export_month",
            actor=actor,
            subject=month,
            at=at,
            rows=count,
            file=file.name,
            digest=digest.hex(),
        )
    return Archive(month=month, rows=count, file=file, digest=digest.hex())


def drop_month(
    *, month: str, folder: Path, actor: Actor, at: datetime, on_progress: Progress = lambda rows: None
) -> Archive:
    """
    Drop the partition of a month that was exported, after reading the file again.

    Source: 网络安全法 art. 21(3): logs are kept for at least six months.

    :param folder: where the exported file lies
    :raises MonthStillKept: it is younger than the settings keep it
    :raises ExportNotProved: the file is missing or changed, or does not hold what was sealed
    """
    _first, after = _bounds(month)
    keep_days = settings.TONGBAN_AUDIT.keep_days
    if after + timedelta(days=keep_days) > civil_date(at):
        raise MonthStillKept(month=month, keep_days=keep_days)
    noted = _noted(month, "EXPORTED")
    if noted is None:
        raise ExportNotProved(month=month)
    count, name, digest = noted
    file = folder / name
    if (
        not file.is_file()
        or _digest_of(file) != digest
        or not _holds_what_was_sealed(file, month, on_progress)
    ):
        raise ExportNotProved(month=month)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f'DROP TABLE "foundation_audit_{month}"')
        _note(month, "DROPPED", count, name, digest, at=at)
        audit.record(
            action="foundation.audit.drop_month",
            actor=actor,
            subject=month,
            at=at,
            rows=count,
            digest=digest.hex(),
        )
    return Archive(month=month, rows=count, file=file, digest=digest.hex())


def _bounds(month: str) -> tuple[date, date]:
    try:
        first = date(int(month[:4]), int(month[4:]), 1)
    except ValueError as error:
        raise InvalidInput(fields={"month": _("月份应为六位数字，如 202611")}) from error
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)", [f"foundation_audit_{month}"])
        if len(month) != len("YYYYMM") or cursor.fetchone()[0] is None:
            raise InvalidInput(fields={"month": _("没有这个月的审计记录")})
    return first, (first + timedelta(days=31)).replace(day=1)


def _unsealed_rows(month: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT EXISTS (SELECT 1 FROM "foundation_audit_{month}" WHERE tx >='  # noqa: S608 -- a checked month
            " (SELECT coalesce(max(to_tx), 0) FROM foundation_audit_block))"
        )
        return bool(cursor.fetchone()[0])


def _write(month: str, file: Path, on_progress: Progress) -> int:
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".part")
    count = 0
    sql = f'SELECT {COLUMNS} FROM "foundation_audit_{month}" ORDER BY id'  # noqa: S608 -- a checked month
    # The same rows make the same bytes: no name and no time in the head of the file.
    with draft.open("wb") as raw:
        with (
            gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) as packed,
            transaction.atomic(),
            connection.chunked_cursor() as cursor,
        ):
            cursor.execute(sql)
            while rows := cursor.fetchmany(BATCH):
                for row in rows:
                    line = dict(zip(NAMES, (row[0], moment(row[1]), *row[2:]), strict=True))
                    packed.write(msgspec.json.encode(line) + b"\n")
                count += len(rows)
                on_progress(count)
        raw.flush()
        os.fsync(raw.fileno())
    draft.replace(file)
    return count


def _holds_what_was_sealed(file: Path, month: str, on_progress: Progress) -> bool:
    kept = dict(_digests_in(file))
    for number, (row_id, row_month, digest) in enumerate(sealed_digests(), start=1):
        if month_name(row_month) == month and kept.pop(row_id, None) != digest:
            return False
        if number % BATCH == 0:
            on_progress(number)
    return not kept


def _digests_in(file: Path) -> Iterator[tuple[int, bytes]]:
    with gzip.open(file, "rb") as lines:
        for line in lines:
            row = msgspec.json.decode(line)
            values = [row[name] for name in NAMES]
            yield row["id"], row_digest([values[0], datetime.fromisoformat(values[1]), *values[2:]])


def _digest_of(file: Path) -> bytes:
    digest = hashlib.new("sm3")
    with file.open("rb") as content:
        while piece := content.read(1024 * 1024):
            digest.update(piece)
    return digest.digest()


def _noted(month: str, step: str) -> tuple[int, str, bytes] | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT row_count, file_name, file_digest, mac FROM foundation_audit_archive"
            " WHERE month = %s AND step = %s",
            [month, step],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    count, name, digest, mac = row[0], row[1], bytes(row[2]), bytes(row[3])
    return (count, name, digest) if mac == archive_mac(month, step, count, name, digest) else None


def _note(month: str, step: str, rows: int, name: str, digest: bytes, *, at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            NOTE, [month, step, at, rows, name, digest, archive_mac(month, step, rows, name, digest)]
        )
