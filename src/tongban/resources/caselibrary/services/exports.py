"""
Exports that somebody asks for and fetches later: made by a job, sealed on disk, gone after a week.

A job that was broken off begins anew; a stop takes effect with the next few hundred cases.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Final
from uuid import UUID

import structlog
from django.conf import settings
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit, crypto, jobs
from tongban.foundation.actors import Actor
from tongban.foundation.db import business_transaction
from tongban.foundation.disclosure import Reason
from tongban.foundation.errors import Conflict, NotFound
from tongban.foundation.sealed_files import open_sealed, sealed_pieces
from tongban.foundation.storage import FolderStore, StorageUnavailable, Store
from tongban.resources.caselibrary import permissions
from tongban.resources.caselibrary.models import LibraryExport
from tongban.resources.caselibrary.services import exporting
from tongban.resources.caselibrary.values import ExportForm, ExportQuestion, ExportStandard, ExportState

logger = structlog.get_logger(__name__)

JOB: Final = "caselibrary.make_export"
KEPT_FOR: Final = timedelta(days=7)
LARGEST_BYTES: Final = 256 * 1024**3
UNDER_WAY: Final = [state.value for state in ExportState if state.is_under_way]


class ExportUnknown(NotFound):
    """
    No such export, or somebody else's.
    """

    code = "export_unknown"
    message = _("没有这个导出任务")


class ExportUnderWay(Conflict):
    """
    An export of this person is being made.
    """

    code = "export_under_way"
    message = _("您有一个导出正在进行，完成或停止后再导出")


class ExportNotReady(Conflict):
    """
    The export has no file: not yet, or not any more.
    """

    code = "export_not_ready"
    message = _("导出文件还没有生成，或者已删除")


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenedExport:
    """
    The file of an export.
    """

    name: str
    size: int
    content: BinaryIO
    """Whoever reads it closes it."""


@business_transaction
def ask_for_export(*, wanted: ExportQuestion, reason: Reason, actor: Actor, at: datetime) -> UUID:
    """
    Have an export made in the background; return its id.

    :raises NotPermitted: the area is not the actor's
    :raises InvalidInput: the days are in the wrong order
    :raises ExportUnderWay: one of the actor's is being made
    """
    exporting.permit(wanted=wanted, actor=actor, at=at, reason=reason)
    row = LibraryExport(
        standard=wanted.standard,
        form=wanted.form,
        since=wanted.since,
        until=wanted.until,
        division_code=wanted.division_code,
        purpose=reason.purpose,
        asked_by=actor.id,
        asked_at=at,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise ExportUnderWay from error
    jobs.defer(JOB, export_id=str(row.pk))
    return row.pk


def make_export(*, export_id: UUID, at: datetime) -> None:
    """
    Make an export that was asked for; nothing happens where it was stopped.
    """
    mine = LibraryExport.objects.filter(pk=export_id)
    if not mine.filter(state__in=UNDER_WAY).update(state=ExportState.RUNNING, done=0):
        return
    row = mine.get()
    key = crypto.new_key()
    try:
        mine.update(total=exporting.count_of(_question(row)))
        tables = exporting.tables_of(_question(row), at=at, tell=lambda cases: _tell(export_id, cases))
        size = _Size()
        packed = size.of(exporting.zipped(tables))
        stored = _store().save(sealed_pieces(packed, key), limit_bytes=LARGEST_BYTES)
    except _Stopped:
        return
    except (StorageUnavailable, DatabaseError):
        logger.exception("export_failed", export=str(export_id))
        mine.filter(state__in=UNDER_WAY).update(state=ExportState.FAILED, ended_at=at)
        return
    row.state, row.stored_as, row.key, row.size = ExportState.READY, stored.digest, key.hex(), size.count
    row.ended_at, row.expires_at = at, at + KEPT_FOR
    _finish(row)


@business_transaction
def _finish(row: LibraryExport) -> None:
    if LibraryExport.objects.select_for_update().get(pk=row.pk).state == ExportState.RUNNING:
        row.save(update_fields=["state", "stored_as", "key", "size", "ended_at", "expires_at"])
    else:
        _store().delete(row.stored_as)


@business_transaction
def stop_export(*, export_id: UUID, actor: Actor, at: datetime) -> None:
    """
    Stop an export that is being made, or delete the file of one that is.

    :raises ExportUnknown: the actor has no such export
    """
    row = _own(export_id, actor, for_update=True)
    if ExportState(row.state).is_under_way:
        row.state, row.ended_at = ExportState.STOPPED, at
        row.save(update_fields=["state", "ended_at"])
    elif row.state == ExportState.READY:
        _drop(row)
        audit.record(action="caselibrary.export.delete", actor=actor, subject=str(row.pk), at=at)


def open_export(*, export_id: UUID, actor: Actor, at: datetime) -> OpenedExport:
    """
    Return the file of one's own export; each time it goes out is in the audit trail.

    :raises ExportUnknown: the actor has no such export
    :raises NotPermitted: the actor may export nothing of this area any more
    :raises ExportNotReady: it has no file
    :raises SealBroken: the file was changed on disk
    """
    row = _own(export_id, actor)
    permissions.export_cases.require(actor, division_code=row.division_code)
    if row.state != ExportState.READY or row.expires_at is None or row.expires_at <= at:
        raise ExportNotReady
    content = open_sealed(_store().open(row.stored_as), bytes.fromhex(row.key))
    audit.record(action="caselibrary.export.download", actor=actor, subject=str(row.pk), at=at)
    return OpenedExport(
        name=f"case-library-{row.since:%Y%m%d}-{row.until:%Y%m%d}.zip", size=row.size, content=content
    )


def expire_exports(*, at: datetime) -> int:
    """
    Delete files whose week is over, and what broken writes left; return how many exports lost theirs.
    """
    due = LibraryExport.objects.filter(state=ExportState.READY, expires_at__lte=at)
    gone = [_expire(export_id) for export_id in due.values_list("pk", flat=True)]
    store = _store()
    for digest in store.older_than(at - KEPT_FOR - timedelta(days=1)):
        store.delete(digest)
    return sum(gone)


@business_transaction
def _expire(export_id: UUID) -> bool:
    row = LibraryExport.objects.select_for_update().filter(pk=export_id, state=ExportState.READY).first()
    if row is not None:
        _drop(row)
    return row is not None


def _drop(row: LibraryExport) -> None:
    _store().delete(row.stored_as)
    row.state, row.stored_as, row.key = ExportState.GONE, "", None
    row.save(update_fields=["state", "stored_as", "key"])


def _own(export_id: UUID, actor: Actor, *, for_update: bool = False) -> LibraryExport:
    rows = LibraryExport.objects.filter(pk=export_id, asked_by=actor.id)
    row = (rows.select_for_update() if for_update else rows).first()
    if row is None or not actor.is_staff:
        raise ExportUnknown
    return row


def _question(row: LibraryExport) -> ExportQuestion:
    return ExportQuestion(
        standard=ExportStandard(row.standard),
        form=ExportForm(row.form),
        since=row.since,
        until=row.until,
        division_code=row.division_code,
    )


class _Stopped(Exception):
    """
    Somebody stopped the export.
    """


def _tell(export_id: UUID, cases: int) -> None:
    running = LibraryExport.objects.filter(pk=export_id, state=ExportState.RUNNING)
    if not running.update(done=F("done") + cases):
        raise _Stopped


class _Size:
    """
    Counts what goes by.
    """

    count = 0

    def of(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            self.count += len(piece)
            yield piece


def _store() -> Store:
    """
    Return where exports lie: apart from files of cases, whose sweep knows of no export.
    """
    return FolderStore(Path(settings.TONGBAN_HOME) / "exports")
