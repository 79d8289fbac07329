"""
A store of files by content.

A file is named by the SM3 digest of its bytes (GB/T 32905): equal content is kept once, and a name proves
what it holds. `Store` is the port; `FolderStore` keeps files below one folder of the node. Another engine (an
S3-compatible service) takes its place by implementing the same six methods.

Errors raised here::

    ServiceError
    ├── ContentTooLarge      413  more bytes arrived than the caller allows
    ├── ContentMissing       404  no content has this digest
    └── StorageUnavailable   503  the folder cannot be written or read (disk full, permissions)
"""

import hashlib
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, ClassVar, Final, Protocol

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from tongban.foundation.errors import NotFound, ServiceError

CHUNK_BYTES: Final = 256 * 1024
"""How much is read at a time: large enough for throughput, small enough for a hundred uploads at once."""

_DIGEST = re.compile(r"[0-9a-f]{64}")


class ContentTooLarge(ServiceError):
    """
    More bytes arrived than the caller allows; nothing was kept.
    """

    code = "content_too_large"
    status = 413
    message = _("文件超过大小上限")


class ContentMissing(NotFound):
    """
    The store holds no content with this digest.
    """

    code = "content_missing"
    message = _("文件不存在")


class StorageUnavailable(ServiceError):
    """
    The store cannot be written or read: disk full, wrong permissions, folder gone.
    """

    code = "storage_unavailable"
    status = 503
    message = _("文件存储暂时不可用，请稍后再试")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredContent:
    """
    What the store now holds.
    """

    digest: str
    """SM3 of the bytes, 64 lower-case hexadecimal digits; the name of the content."""
    size: int
    """Length in bytes."""


class Store(Protocol):
    """
    Content by digest. Every method is safe to repeat and safe to call from many processes at once.
    """

    def save(self, chunks: Iterable[bytes], *, limit_bytes: int) -> StoredContent:
        """
        Keep the bytes of `chunks` and return their name once they would survive a power cut.

        :param limit_bytes: reading stops as soon as more than this has arrived
        :raises ContentTooLarge: the content is longer than `limit_bytes`
        :raises StorageUnavailable: the engine refused
        """
        ...

    def open(self, digest: str) -> BinaryIO:
        """
        Return a reader over the content; the caller closes it.

        :raises ContentMissing: nothing is kept under this digest
        """
        ...

    def size(self, digest: str) -> int:
        """
        Return the length of the content in bytes.

        :raises ContentMissing: nothing is kept under this digest
        """
        ...

    def exists(self, digest: str) -> bool:
        """
        Tell whether the content is kept.
        """
        ...

    def delete(self, digest: str) -> None:
        """
        Remove the content; removing what is not there is no error.

        Content may be shared: the caller makes sure that nobody refers to it any more.
        """
        ...

    def older_than(self, before: datetime) -> Iterator[str]:
        """
        Yield the digests of contents last written before `before`; leftovers of broken writes are removed.
        """
        ...


def chunks_of(reader: BinaryIO) -> Iterator[bytes]:
    """
    Yield the rest of `reader` in pieces of `CHUNK_BYTES`.
    """
    while piece := reader.read(CHUNK_BYTES):
        yield piece


class FolderStore:
    """
    Content below one folder, fanned out by the first four digits: `ab/cd/abcd…`.

    Bytes go to a temporary file in the same folder, are flushed to disk, and only then get their name; the
    folder entry is flushed too. A crash leaves either the whole content under its name or a temporary file
    that nobody refers to, never half a content.
    """

    TEMPORARY: ClassVar[str] = "incoming"

    def __init__(self, root: Path) -> None:
        """
        Use `root`, which is made on the first write if it does not exist.
        """
        self._root = root

    def save(self, chunks: Iterable[bytes], *, limit_bytes: int) -> StoredContent:
        """
        Keep the bytes of `chunks`; see `Store.save`.
        """
        with _writing(), self._temporary() as (handle, path):
            content = _copy(chunks, handle, limit_bytes=limit_bytes)
            self._publish(path, content)
        return content

    def open(self, digest: str) -> BinaryIO:
        """
        Return a reader over the content; see `Store.open`.
        """
        with _reading(digest):
            return self._path(digest).open("rb")

    def size(self, digest: str) -> int:
        """
        Return the length in bytes; see `Store.size`.
        """
        with _reading(digest):
            return self._path(digest).stat().st_size

    def exists(self, digest: str) -> bool:
        """
        Tell whether the content is kept; see `Store.exists`.
        """
        with _reading(digest):
            return self._path(digest).is_file()

    def delete(self, digest: str) -> None:
        """
        Remove the content; see `Store.delete`.
        """
        path = self._path(digest)
        with _writing(), suppress(FileNotFoundError):
            path.unlink()
            _flush_folder(path.parent)

    def older_than(self, before: datetime) -> Iterator[str]:
        """
        Yield digests last written before `before`; see `Store.older_than`.
        """
        with _writing():
            self._remove_leftovers(before)
            for path in self._root.glob("??/??/*"):
                with suppress(FileNotFoundError):
                    if path.stat().st_mtime < before.timestamp():
                        yield path.name

    def _remove_leftovers(self, before: datetime) -> None:
        for path in (self._root / self.TEMPORARY).glob("*"):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < before.timestamp():
                    path.unlink()

    def _path(self, digest: str) -> Path:
        # A digest may come from a request: nothing but 64 hexadecimal digits ever reaches the file system.
        if not _DIGEST.fullmatch(digest):
            raise ContentMissing(digest=digest)
        return self._root / digest[:2] / digest[2:4] / digest

    @contextmanager
    def _temporary(self) -> Iterator[tuple[BinaryIO, Path]]:
        folder = self._root / self.TEMPORARY
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, name = tempfile.mkstemp(dir=folder)
        path = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as handle:
                yield handle, path
        finally:
            path.unlink(missing_ok=True)

    def _publish(self, temporary: Path, content: StoredContent) -> None:
        target = self._path(content.digest)
        for folder in (target.parent.parent, target.parent):
            folder.mkdir(exist_ok=True, mode=0o700)
            # Flushed even when it was there already: whoever made it may not have come to its own flush.
            _flush_folder(folder.parent)
        # Replacing equal content by equal content is harmless, and heals a file that was damaged on disk.
        temporary.replace(target)
        _flush_folder(target.parent)


def default_store() -> Store:
    """
    Return the store of this node: the folder `files` in its data folder (setting `TONGBAN_HOME`).
    """
    return FolderStore(Path(settings.TONGBAN_HOME) / "files")


def _copy(chunks: Iterable[bytes], handle: BinaryIO, *, limit_bytes: int) -> StoredContent:
    digest = hashlib.new("sm3")
    size = 0
    for piece in chunks:
        size += len(piece)
        if size > limit_bytes:
            raise ContentTooLarge(limit_bytes=limit_bytes)
        digest.update(piece)
        handle.write(piece)
    handle.flush()
    os.fsync(handle.fileno())
    return StoredContent(digest=digest.hexdigest(), size=size)


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageUnavailable(reason=error.strerror or "") from error


@contextmanager
def _reading(digest: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise ContentMissing(digest=digest) from error
    except OSError as error:
        raise StorageUnavailable(reason=error.strerror or "") from error
