"""
Vocabulary of the documents app.

Nothing of values loads the ORM: processes that open strangers' files start with each of them.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import BinaryIO
from uuid import UUID


class FileKind(StrEnum):
    """
    Types of file that people may upload; the value is the media type.
    """

    PDF = "application/pdf"
    JPEG = "image/jpeg"
    PNG = "image/png"
    OFD = "application/ofd"


EXTENSIONS: dict[str, FileKind] = {
    "pdf": FileKind.PDF,
    "jpg": FileKind.JPEG,
    "jpeg": FileKind.JPEG,
    "png": FileKind.PNG,
    "ofd": FileKind.OFD,
}
"""Allowed endings of file names."""


class Purpose(StrEnum):
    """
    文件用途.
    """

    EVIDENCE = "EVIDENCE"
    NOTICE = "NOTICE"
    LICENCE = "LICENCE"
    ATTACHMENT = "ATTACHMENT"


class FileStatus(StrEnum):
    """
    文件状态.
    """

    AVAILABLE = "AVAILABLE"
    DISCARDED = "DISCARDED"


class Removed(StrEnum):
    """
    What cleaning took out of a file; told to the clerk, because a removed signature proves nothing any more.
    """

    SCRIPT = "SCRIPT"
    ACTION = "ACTION"
    ATTACHMENT = "ATTACHMENT"
    MEDIA = "MEDIA"
    FORM = "FORM"
    SIGNATURE = "SIGNATURE"
    METADATA = "METADATA"


@dataclass(frozen=True, kw_only=True, slots=True)
class Owner:
    """
    What a file belongs to: its access is decided by the app that registered the kind.
    """

    kind: str
    """Registered kind, e.g. "apply.draft" or "casework.case"."""
    key: str
    """Key within the kind, e.g. a draft id or a case number."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FileReceipt:
    """
    A file is kept; nothing acknowledged by this is ever lost.
    """

    id: UUID
    name: str
    media_type: str
    size: int
    """Bytes of the file as kept."""
    digest: str
    """SM3 of the file as kept, hexadecimal."""
    removed: tuple[str, ...]
    """`Removed` codes: what cleaning took out."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FileFacts:
    """
    A file as lists show it.
    """

    id: UUID
    name: str
    media_type: str
    size: int
    digest: str
    purpose: str
    owner: Owner
    created_at: datetime
    removed: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenedFile:
    """
    A file opened for one reader; the caller closes `content`.
    """

    content: BinaryIO
    name: str
    media_type: str
    size: int
    digest: str
