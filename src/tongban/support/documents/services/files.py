"""
Keeping, handing out, moving and discarding files.
"""

import uuid
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import BinaryIO, Final

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit, crypto
from tongban.foundation.actors import Actor
from tongban.foundation.canonical import sm3_hex
from tongban.foundation.db import business_transaction, require_transaction
from tongban.foundation.errors import Conflict
from tongban.foundation.sealed_files import open_sealed, sealed_pieces, sealed_size
from tongban.foundation.storage import ContentMissing, Store, StoredContent, chunks_of, default_store
from tongban.support.documents import permissions, ports
from tongban.support.documents.models import StoredFile
from tongban.support.documents.values import FileReceipt, FileStatus, OpenedFile, Owner, Purpose

ORPHANS_KEPT_FOR: Final = timedelta(days=1)
"""Content without a row is left alone so long: its transaction may still be open."""

SEALED_AT_ONCE: Final = 500
"""Files from before files were sealed that one night's job takes."""

_LOCK_SPACE: Final = 0x746F6E67
"""First half of the advisory locks on contents."""


class FileMoved(Conflict):
    """
    A file does not belong, or no longer belongs, to the owner named.
    """

    code = "file_moved"
    message = _("文件已被移动或删除，请刷新后重试")


@business_transaction
def keep_content(
    *,
    content: bytes,
    original_digest: str,
    name: str,
    media_type: str,
    purpose: Purpose,
    owner: Owner,
    removed: tuple[str, ...],
    actor: Actor,
    at: datetime,
) -> FileReceipt:
    """
    Write checked content to the store and its row to the database; for this app's own services.
    """
    digest = sm3_hex(content)
    key = crypto.new_key()
    sealed = b"".join(sealed_pieces([content], key))
    stored_as = sm3_hex(sealed)
    _lock_content(stored_as)
    default_store().save([sealed], limit_bytes=len(sealed))
    file = StoredFile.objects.create(
        digest=digest,
        stored_as=stored_as,
        key=key.hex(),
        original_digest=original_digest,
        size=len(content),
        media_type=media_type,
        name=name,
        purpose=purpose,
        owner_kind=owner.kind,
        owner_key=owner.key,
        uploaded_by_kind=actor.kind.value,
        uploaded_by_id=actor.id,
        removed=list(removed),
        created_at=at,
    )
    audit.record(
        action="documents.file.keep",
        actor=actor,
        subject=str(file.id),
        at=at,
        digest=digest,
        size=len(content),
        media_type=media_type,
        owner_kind=owner.kind,
        owner_key=owner.key,
    )
    return _receipt(file)


def keep_document(
    *,
    content: bytes,
    name: str,
    media_type: str,
    purpose: Purpose,
    owner: Owner,
    actor: Actor,
    at: datetime,
) -> FileReceipt:
    """
    Keep a document that this node made itself: a notice, a licence.

    :param content: not judged again; never pass on what somebody else sent
    :param owner: the caller has made sure that `actor` may add to it
    :raises StorageUnavailable: the store cannot be written
    """
    return keep_content(
        content=content,
        original_digest=sm3_hex(content),
        name=name,
        media_type=media_type,
        purpose=purpose,
        owner=owner,
        removed=(),
        actor=actor,
        at=at,
    )


@business_transaction
def open_file(*, file_id: uuid.UUID, actor: Actor, at: datetime) -> OpenedFile:
    """
    Open one file for reading and write down who did.

    :raises FileNotFound: no such file, discarded, or the actor may not know of it
    :raises ContentMissing: the row is there but the store lost the content
    :raises StorageUnavailable: the store cannot be read
    """
    file = permissions.seen_file(actor, StoredFile.objects.available().filter(id=file_id).first())
    content = _opened(file)
    audit.record(
        action="documents.file.open", actor=actor, subject=str(file.id), at=at, owner_key=file.owner_key
    )
    ports.note_look(file.owner_kind, file.owner_key, actor, at)
    return OpenedFile(
        content=content, name=file.name, media_type=file.media_type, size=file.size, digest=file.digest
    )


@business_transaction
def adopt_files(
    *, file_ids: Collection[uuid.UUID], from_owner: Owner, to_owner: Owner, actor: Actor, at: datetime
) -> None:
    """
    Move files to another owner, all or none: a draft's evidence to the case that grew out of it.

    :raises FileNotFound: the actor may not see `from_owner`
    :raises FileMoved: one of them is not, or no longer, a file of `from_owner`
    """
    permissions.read_file.require(actor, from_owner)
    wanted = set(file_ids)
    files = (
        StoredFile.objects.available()
        .owned_by(kind=from_owner.kind, key=from_owner.key)
        .filter(id__in=wanted)
        .order_by("id")
        .locked()
    )
    missing = wanted - {file.id for file in files}
    if missing:
        raise FileMoved(file_ids=sorted(str(file_id) for file_id in missing))
    StoredFile.objects.filter(id__in=wanted).update(owner_kind=to_owner.kind, owner_key=to_owner.key)
    audit.record(
        action="documents.file.adopt",
        actor=actor,
        subject=to_owner.key,
        at=at,
        from_kind=from_owner.kind,
        from_key=from_owner.key,
        files=sorted(str(file_id) for file_id in wanted),
    )


@business_transaction
def discard_file(*, file_id: uuid.UUID, actor: Actor, at: datetime) -> None:
    """
    Take a file back; its content leaves the store with the next sweep unless others hold the same.

    :raises NotPermitted: the actor could not have handed it in: he acts for another who does not let him apply
    :raises FileNotFound: no such file, already discarded, or the actor may not know of it
    """
    permissions.add_file.require(actor)
    file = permissions.seen_file(actor, StoredFile.objects.available().filter(id=file_id).locked().first())
    file.status = FileStatus.DISCARDED
    file.save(update_fields=["status"])
    audit.record(
        action="documents.file.discard", actor=actor, subject=str(file.id), at=at, owner_key=file.owner_key
    )


@business_transaction
def discard_abandoned(*, owner_kind: str, before: datetime, actor: Actor, at: datetime) -> int:
    """
    Take back every file of one kind of owner that was kept before a moment; return how many.

    For the job of the app that owns them.

    :raises NotPermitted: anybody but the node asks
    """
    permissions.discard_abandoned.require(actor)
    old = StoredFile.objects.available().filter(owner_kind=owner_kind, created_at__lt=before)
    discarded = old.update(status=FileStatus.DISCARDED)
    if discarded:
        audit.record(
            action="documents.file.discard_abandoned",
            actor=actor,
            subject=owner_kind,
            at=at,
            files=discarded,
            before=before.isoformat(),
        )
    return discarded


def sweep_storage(*, at: datetime) -> int:
    """
    Remove content that no available file refers to and that is older than a day; return how many.

    No two files share a content that is sealed. Those from before may: each content is looked at under its own lock.
    """
    require_no_transaction = not connection.in_atomic_block
    store = default_store()
    removed = 0
    for digest in store.older_than(at - ORPHANS_KEPT_FOR):
        with transaction.atomic(durable=require_no_transaction):
            removed += _sweep_content(store, digest)
    return removed


def _sweep_content(store: Store, digest: str) -> int:
    _lock_content(digest)
    if StoredFile.objects.available().filter(stored_as=digest).exists():
        return 0
    store.delete(digest)
    return 1


def _lock_content(digest: str) -> None:
    require_transaction()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, %s)",
            [_LOCK_SPACE, int.from_bytes(bytes.fromhex(digest[:8]), signed=True)],
        )


def seal_files_in_clear(*, limit: int = SEALED_AT_ONCE) -> int:
    """
    Seal content that lies in the store in clear, from before files were sealed; return how many files were.

    What lay there in clear goes with the next sweep, once no file refers to it.
    """
    sealed = 0
    for file_id in list(StoredFile.objects.filter(key__isnull=True).values_list("id", flat=True)[:limit]):
        with transaction.atomic():
            sealed += _seal_in_place(file_id)
    return sealed


def _seal_in_place(file_id: uuid.UUID) -> int:
    file = StoredFile.objects.filter(id=file_id, key__isnull=True).locked().first()
    if file is None:
        return 0
    key = crypto.new_key()
    store = default_store()
    try:
        with store.open(file.stored_as) as content:
            stored = store.save(sealed_pieces(chunks_of(content), key), limit_bytes=sealed_size(file.size))
    except ContentMissing:
        # Nothing is left to be sealed; opening the file says so too.
        stored = StoredContent(digest=file.stored_as, size=0)
    file.stored_as = stored.digest
    file.key = key.hex()
    file.save(update_fields=["stored_as", "key"])
    return 1


def _opened(file: StoredFile) -> BinaryIO:
    content = default_store().open(file.stored_as)
    return open_sealed(content, bytes.fromhex(file.key)) if file.key else content


def _receipt(file: StoredFile) -> FileReceipt:
    return FileReceipt(
        id=file.id,
        name=file.name,
        media_type=file.media_type,
        size=file.size,
        digest=file.digest,
        removed=tuple(file.removed),
    )
