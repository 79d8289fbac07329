"""
What a file must look like, decided from its name and its bytes alone.

Only the outer form is judged here; pictures and PDF are afterwards rebuilt from scratch by the cleaner, so
that what is kept holds nothing but what we wrote. An OFD carries its signatures over its own files and cannot
be rebuilt: it is checked entry by entry and kept or refused as it is.
"""

import io
import re
import struct
import unicodedata
import zipfile
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import quote

from tongban.support.documents.values import EXTENSIONS, FileKind

LONGEST_NAME: Final = 150
"""Characters of a file name."""

GENERIC_TYPES: Final = frozenset({"", "application/octet-stream", "binary/octet-stream"})
"""What browsers declare for a file whose type they do not know, an OFD for example."""

DECLARED_TYPES: Final[dict[FileKind, frozenset[str]]] = {
    FileKind.PDF: frozenset({"application/pdf", "application/x-pdf"}),
    FileKind.JPEG: frozenset({"image/jpeg", "image/jpg", "image/pjpeg"}),
    FileKind.PNG: frozenset({"image/png", "image/x-png"}),
    FileKind.OFD: frozenset({"application/ofd", "application/x-ofd", "application/zip"}),
}

MOST_ENTRIES: Final = 2_000
MOST_UNPACKED_BYTES: Final = 200 * 1024 * 1024
MOST_RATIO: Final = 100
"""Unpacked to packed bytes of one entry; XML reaches 20 to 40, a bomb 1,000."""
RATIO_MATTERS_FROM_BYTES: Final = 1024 * 1024
DEEPEST_PATH: Final = 10

XML_EXTENSIONS: Final = frozenset({"xml", "xbrl", "xsd"})
ENTRY_EXTENSIONS: Final = (
    XML_EXTENSIONS
    | {"png", "jpg", "jpeg", "bmp", "gif", "tif", "tiff", "jb2", "gbig2"}
    | {"ttf", "otf", "ttc", "cff"}
    | {"esl", "dat", "cer", "txt", "json"}
)
"""What an OFD is made of (GB/T 33190); anything else in it is a passenger."""

ARCHIVE_MAGICS: Final = (b"PK\x03\x04", b"Rar!", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")
PROGRAM_MAGICS: Final = (b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"#!")

_END_RECORD: Final = b"PK\x05\x06"
_END_RECORD_BYTES: Final = 22
_LOCAL_HEADER_BYTES: Final = 30
_ENCRYPTED_FLAG: Final = 0x1
_SYMLINK_MODE: Final = 0o120000
_TYPE_MASK: Final = 0o170000


class Problem(StrEnum):
    """
    Why a file is refused.
    """

    EMPTY = "EMPTY"
    NAME = "NAME"
    TYPE_NOT_ALLOWED = "TYPE_NOT_ALLOWED"
    TYPE_MISMATCH = "TYPE_MISMATCH"
    DAMAGED = "DAMAGED"
    ENCRYPTED = "ENCRYPTED"
    BOMB = "BOMB"
    TOO_MANY_PIXELS = "TOO_MANY_PIXELS"
    HIDDEN_CONTENT = "HIDDEN_CONTENT"
    UNSAFE_ARCHIVE = "UNSAFE_ARCHIVE"
    TOO_COMPLEX = "TOO_COMPLEX"


@dataclass(frozen=True, slots=True)
class Refused(Exception):
    """
    The file breaks a rule; services turn this into the error that people see.
    """

    problem: Problem
    detail: str = ""


def checked_name(name: str) -> str:
    """
    Return `name` in Unicode NFC if it is a plain file name.

    Refused are paths, control characters, the characters that turn the writing direction (they make `fdp.exe`
    look like `exe.pdf`), names that are only dots, and names longer than 150 characters.

    :raises Refused: with `Problem.NAME`
    """
    name = unicodedata.normalize("NFC", name).strip()
    hidden = any(unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn"} for character in name)
    if (
        not name
        or len(name) > LONGEST_NAME
        or hidden
        or re.search(r'[/\\:*?"<>|]', name)
        or name.startswith(".")
    ):
        raise Refused(Problem.NAME)
    return name


def kind_by_name(name: str) -> FileKind:
    """
    Return the type that the ending of the name promises.

    :raises Refused: with `Problem.TYPE_NOT_ALLOWED`
    """
    ending = PurePosixPath(name).suffix.lower().removeprefix(".")
    if ending not in EXTENSIONS:
        raise Refused(Problem.TYPE_NOT_ALLOWED, ending)
    return EXTENSIONS[ending]


def require_kind(content: bytes, *, kind: FileKind, declared_type: str) -> None:
    """
    Refuse content that is not of `kind`, or that was declared as something else.

    :param declared_type: media type the sender gave, parameters allowed; empty or generic is no statement
    :raises Refused: `EMPTY`, `TYPE_MISMATCH` or, for a PDF or picture with something before it, the same
    """
    if not content:
        raise Refused(Problem.EMPTY)
    declared = declared_type.partition(";")[0].strip().lower()
    if declared not in GENERIC_TYPES and declared not in DECLARED_TYPES[kind]:
        raise Refused(Problem.TYPE_MISMATCH, declared)
    if not content.startswith(_MAGIC[kind]):
        raise Refused(Problem.TYPE_MISMATCH)


_MAGIC: Final[dict[FileKind, bytes]] = {
    FileKind.PDF: b"%PDF-",
    FileKind.JPEG: b"\xff\xd8\xff",
    FileKind.PNG: b"\x89PNG\r\n\x1a\n",
    FileKind.OFD: b"PK\x03\x04",
}


def require_sound_ofd(content: bytes) -> None:
    """
    Refuse an OFD that is not exactly one tidy ZIP of the parts an OFD has.

    :raises Refused: `TYPE_MISMATCH` (a ZIP, but no OFD), `DAMAGED`, `ENCRYPTED`, `BOMB`, `UNSAFE_ARCHIVE`
        (paths, links, programs, archives in the archive) or `HIDDEN_CONTENT` (bytes that belong to no entry)
    """
    _require_plain_ending(content)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            _require_directory(entries)
            _require_no_gaps(content, archive, entries)
            for entry in entries:
                if not entry.is_dir():
                    _require_entry(archive, entry)
    except (
        zipfile.BadZipFile,
        EOFError,
        NotImplementedError,
        struct.error,
        UnicodeDecodeError,
        OSError,
    ) as error:
        raise Refused(Problem.DAMAGED) from error
    except ValueError as error:
        raise Refused(Problem.DAMAGED) from error


def _require_plain_ending(content: bytes) -> None:
    # A second file can hide behind a ZIP or in its comment: the end record is the end, without a comment.
    position = content.rfind(_END_RECORD)
    if position < 0 or position + _END_RECORD_BYTES > len(content):
        raise Refused(Problem.DAMAGED)
    if position + _END_RECORD_BYTES < len(content):
        raise Refused(Problem.HIDDEN_CONTENT)


def _require_directory(entries: list[zipfile.ZipInfo]) -> None:
    names = [entry.filename for entry in entries]
    if "OFD.xml" not in names:
        raise Refused(Problem.TYPE_MISMATCH)
    if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > MOST_UNPACKED_BYTES:
        raise Refused(Problem.BOMB)
    if len({name.casefold() for name in names}) != len(names):
        raise Refused(Problem.UNSAFE_ARCHIVE, "names")
    for entry in entries:
        _require_safe_header(entry)


def _require_safe_header(entry: zipfile.ZipInfo) -> None:
    if entry.flag_bits & _ENCRYPTED_FLAG:
        raise Refused(Problem.ENCRYPTED)
    if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise Refused(Problem.UNSAFE_ARCHIVE, "method")
    if (entry.external_attr >> 16) & _TYPE_MASK == _SYMLINK_MODE:
        raise Refused(Problem.UNSAFE_ARCHIVE, "link")
    # orig_filename: zipfile itself cuts a name at the first zero byte.
    parts = entry.orig_filename.rstrip("/").split("/")
    unsafe = any(part in {"", ".", ".."} or "\0" in part or "\\" in part or ":" in part for part in parts)
    if unsafe or len(parts) > DEEPEST_PATH:
        raise Refused(Problem.UNSAFE_ARCHIVE, "path")
    if entry.file_size > RATIO_MATTERS_FROM_BYTES and entry.file_size > MOST_RATIO * max(
        entry.compress_size, 1
    ):
        raise Refused(Problem.BOMB)


def _require_no_gaps(content: bytes, archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> None:
    position = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        if not position <= entry.header_offset <= position + _descriptor_bytes(content, position):
            raise Refused(Problem.HIDDEN_CONTENT)
        name_bytes, extra_bytes = struct.unpack_from("<HH", content, entry.header_offset + 26)
        position = entry.header_offset + _LOCAL_HEADER_BYTES + name_bytes + extra_bytes + entry.compress_size
    if not position <= archive.start_dir <= position + _descriptor_bytes(content, position):
        raise Refused(Problem.HIDDEN_CONTENT)


def _descriptor_bytes(content: bytes, position: int) -> int:
    # A data descriptor (sizes written after the data) is 12 or 16 bytes, 24 with 64-bit sizes.
    return 24 if content[position : position + 4] == b"PK\x07\x08" else 12 * (position > 0)


def _require_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    ending = PurePosixPath(entry.filename).suffix.lower().removeprefix(".")
    if ending not in ENTRY_EXTENSIONS:
        raise Refused(Problem.UNSAFE_ARCHIVE, "type")
    unpacked = 0
    with archive.open(entry) as reader:
        start = reader.read(64 * 1024)
        _require_harmless(start, ending=ending)
        tail = start[-16:]
        unpacked = len(start)
        # The declared size may lie: count what really comes out; reading to the end also checks the CRC.
        while piece := reader.read(256 * 1024):
            unpacked += len(piece)
            if unpacked > entry.file_size:
                raise Refused(Problem.BOMB)
            if ending in XML_EXTENSIONS:
                _require_no_doctype(tail + piece)
            tail = piece[-16:]


def _require_harmless(start: bytes, *, ending: str) -> None:
    if start.startswith(ARCHIVE_MAGICS + PROGRAM_MAGICS):
        raise Refused(Problem.UNSAFE_ARCHIVE, "content")
    if ending in XML_EXTENSIONS:
        _require_no_doctype(start)


def _require_no_doctype(piece: bytes) -> None:
    # Entities are how XML explodes. Without the zero bytes, UTF-16 reads like ASCII.
    text = piece.replace(b"\0", b"").upper()
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise Refused(Problem.BOMB)


INLINE_TYPES: Final = frozenset({"application/pdf", "image/jpeg", "image/png"})
"""Types that we have rebuilt ourselves; anything else is only ever saved, never shown."""
PICTURE_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; sandbox"
# No sandbox for PDF: browsers switch their own viewer off in one. Scripts inside were removed, and none may load.
PDF_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'self'"


def file_headers(*, name: str, media_type: str, size: int, shown: bool) -> dict[str, str]:
    """
    Return the headers under which a file is handed out.

    :param name: as its sender named it
    :param size: bytes
    :param shown: the reader wants to see it in the browser; granted where that is safe
    """
    is_pdf = media_type == FileKind.PDF
    is_inline = shown and media_type in INLINE_TYPES
    headers = {
        "Content-Length": str(size),
        "Content-Disposition": _disposition("inline" if is_inline else "attachment", name),
        "Content-Security-Policy": PDF_POLICY if is_pdf else PICTURE_POLICY,
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "private, no-store",
    }
    return {**headers, "X-Frame-Options": "SAMEORIGIN"} if is_inline and is_pdf else headers


def _disposition(kind: str, name: str) -> str:
    # RFC 6266: the name once in ASCII for old clients, once in UTF-8.
    ending = name.rpartition(".")[2] if "." in name else "bin"
    return f"{kind}; filename=\"file.{ending}\"; filename*=UTF-8''{quote(name, safe='')}"
