"""
The ZIP an OFD is: parts by name, whatever their case, under limits; nothing is ever written to a disk.

Paths in OFD (ST_Loc, GB/T 33190-2016 7.2) are absolute from the root of the ZIP or relative to the part that names
them. Files in use name parts in another case than they have, with backslashes, or relative to the root without
saying so: all of these are found, always the same one.

Refused is whatever makes two readers show two documents: names that differ in case only, a second name in an extra
field, a link, a header before the data that contradicts the directory.
"""

import hashlib
import io
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tongban.support.documents.rules.ofd.errors import NotReadable
from tongban.support.documents.rules.ofd.xml import Element, parse
from tongban.support.documents.values.ofd import Unreadable

MOST_BYTES: Final = 64 * 1024 * 1024
MOST_PARTS: Final = 2_000
MOST_UNPACKED_BYTES: Final = 128 * 1024 * 1024
MOST_RATIO: Final = 200
"""Unpacked to packed bytes of one part; XML of tables reaches 60, a bomb 1,000."""
RATIO_MATTERS_FROM_BYTES: Final = 1024 * 1024
MOST_PART_BYTES: Final = 32 * 1024 * 1024
"""Of a part that is held in memory as a whole; larger ones are only ever digested."""
MOST_KEPT_BYTES: Final = 64 * 1024
MOST_KEPT: Final = 32
"""Parts that are parsed once only: OFD.xml, Document.xml, resources."""
DEEPEST_PATH: Final = 16
LONGEST_NAME: Final = 500
ROOT_PART: Final = "OFD.xml"
ENCRYPTION_PART: Final = "Encryptions.xml"
"""In files encrypted after GM/T 0099-2020, beside OFD.xml."""

_PIECE: Final = 256 * 1024
_DIRECTORY_MAGIC: Final = b"PK\x01\x02"
_LOCAL_HEADER: Final = "<4s5H3L2H"
_LOCAL_HEADER_BYTES: Final = 30
_IN_EXTRA_FIELD: Final = 0xFFFFFFFF
"""A size of ZIP64, which stands elsewhere."""
_EXTRA_HEADER_BYTES: Final = 4
_UNICODE_PATH: Final = 0x7075
_TYPE_MASK: Final = 0o170000
_LINK: Final = 0o120000
_END_RECORD: Final = b"PK\x05\x06"
_END_RECORD_BYTES: Final = 22
_ZIP64_RECORD_BYTES: Final = 76
_ENCRYPTED: Final = 0x1
_HAS_DESCRIPTOR: Final = 0x8
_UTF8_NAME: Final = 0x800
_ZIP_ERRORS: Final = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    struct.error,
    OSError,
    ValueError,
    IndexError,
    OverflowError,
)


@dataclass(frozen=True, slots=True)
class PackedPart:
    """
    A part as it lies in the ZIP, to be copied without unpacking.
    """

    name: str
    data: bytes
    """Compressed, if `method` says so."""
    method: int
    crc: int
    size: int
    """Unpacked bytes."""


@dataclass(frozen=True, slots=True)
class OpenPart(PackedPart):
    """
    A part that was just written: packed, and as it was before.
    """

    content: bytes
    sm3: bytes
    """Digest of the content."""


class Package:
    """
    An OFD file, opened.
    """

    def __init__(self, content: bytes) -> None:
        """
        Read the directory of the ZIP; parts are unpacked when asked for.

        :raises NotReadable: any reason but those of XML
        """
        self._content = content
        self._entries, archive = _directory(content)
        self.stray_bytes = _stray_bytes(content, archive)
        """Bytes of the file that belong to no part and to no directory of parts."""
        self._left = MOST_UNPACKED_BYTES
        self._list(self._entries)

    def _list(self, names: Iterable[str]) -> None:
        self._by_folded = {name.casefold(): name for name in names}
        self.names = tuple(self._by_folded.values())
        """Of the parts, in the order of the ZIP."""
        root = self._by_folded.get(ROOT_PART.casefold())
        if root is None:
            raise NotReadable(Unreadable.NOT_AN_OFD)
        if ENCRYPTION_PART.casefold() in self._by_folded:
            # Its parts are not what was signed, nor what can be shown, until somebody with the key has opened it.
            raise NotReadable(Unreadable.ENCRYPTED, ENCRYPTION_PART)
        self.root = root
        self._digests: dict[tuple[str, str], bytes] = {}
        self._parsed: dict[str, Element] = {}

    def size(self, part: str) -> int:
        """
        Return the unpacked bytes of a part, as the directory claims them.
        """
        return self._entries[part].file_size

    def find(self, location: str, *, beside: str = "") -> str | None:
        """
        Return the part that a path means, None if there is none.

        :param location: ST_Loc as written
        :param beside: part that names it; relative paths start in its folder, and failing that at the root
        """
        path = location.strip().replace("\\", "/")
        if not path or len(path) > LONGEST_NAME:
            return None
        starts = [""] if path.startswith("/") else [beside.rpartition("/")[0], ""]
        for start in starts:
            name = _joined(start, path)
            if name is not None:
                found = self._by_folded.get(name.casefold())
                if found:
                    return found
        return None

    def require(self, location: str, *, beside: str = "") -> str:
        """
        Return the part that a path means.

        :raises NotReadable: `MISSING_PART`
        """
        part = self.find(location, beside=beside)
        if part is None:
            raise NotReadable(Unreadable.MISSING_PART, location)
        return part

    def read(self, part: str, *, most_bytes: int = MOST_PART_BYTES) -> bytes:
        """
        Return the content of a part.

        :param part: a name of `names`
        :raises NotReadable: `DAMAGED`, `BOMB`, `TOO_LARGE`
        """
        if self._entries[part].file_size > most_bytes:
            raise NotReadable(Unreadable.TOO_LARGE, part)
        return b"".join(self._pieces(part))

    def xml(self, part: str) -> Element:
        """
        Return the root element of a part; small ones are kept, so nobody may change what comes out.

        :raises NotReadable: as `read` and `xml.parse`
        """
        if part in self._parsed:
            return self._parsed[part]
        root = parse(self.read(part))
        if self.size(part) <= MOST_KEPT_BYTES and len(self._parsed) < MOST_KEPT:
            self._parsed[part] = root
        return root

    def digest(self, part: str, algorithm: str) -> bytes:
        """
        Return the digest of a part's content, made once.

        :param algorithm: a name of hashlib
        :raises NotReadable: as `read`
        """
        key = (part, algorithm)
        if key not in self._digests:
            digest = hashlib.new(algorithm, usedforsecurity=False)
            for piece in self._pieces(part):
                digest.update(piece)
            self._digests[key] = digest.digest()
        return self._digests[key]

    def packed(self, part: str) -> PackedPart:
        """
        Return a part as it is packed.

        :raises NotReadable: `DAMAGED`
        """
        entry = self._entries[part]
        return PackedPart(part, bytes(self._data(entry)), entry.compress_type, entry.CRC, entry.file_size)

    def _pieces(self, part: str) -> Iterator[bytes]:
        # By hand: zipfile spends more on opening a part than unpacking a small one takes. The declared size may lie:
        # what really comes out is counted, and no more is made than that.
        entry = self._entries[part]
        unpacked, crc = 0, 0
        try:
            for piece in _unpacked(self._data(entry), entry):
                unpacked += len(piece)
                crc = zlib.crc32(piece, crc)
                self._left -= len(piece)
                if unpacked > entry.file_size or self._left < 0:
                    raise NotReadable(Unreadable.BOMB, part)
                yield piece
        except zlib.error as error:
            raise NotReadable(Unreadable.DAMAGED, part) from error
        if unpacked != entry.file_size or crc != entry.CRC:
            raise NotReadable(Unreadable.DAMAGED, part)

    def _data(self, entry: zipfile.ZipInfo) -> memoryview:
        start = _data_start(self._content, entry)
        data = memoryview(self._content)[start : start + entry.compress_size]
        if len(data) != entry.compress_size:
            raise NotReadable(Unreadable.DAMAGED, entry.orig_filename)
        return data


class OpenPackage(Package):
    """
    An OFD file that was just written: nothing is read out of its ZIP.
    """

    def __init__(self, parts: Sequence[OpenPart]) -> None:
        """
        Take parts as they were written.
        """
        self._parts = {part.name: part for part in parts}
        self.stray_bytes = 0
        self._list(self._parts)

    def size(self, part: str) -> int:
        """
        Return the unpacked bytes of a part.
        """
        return self._parts[part].size

    def read(self, part: str, *, most_bytes: int = MOST_PART_BYTES) -> bytes:
        """
        Return the content of a part.

        :raises NotReadable: `TOO_LARGE`
        """
        if self._parts[part].size > most_bytes:
            raise NotReadable(Unreadable.TOO_LARGE, part)
        return self._parts[part].content

    def digest(self, part: str, algorithm: str) -> bytes:
        """
        Return the digest of a part's content.
        """
        found = self._parts[part]
        if algorithm == "sm3":
            return found.sm3
        return hashlib.new(algorithm, found.content, usedforsecurity=False).digest()

    def packed(self, part: str) -> PackedPart:
        """
        Return a part as it is packed.
        """
        return self._parts[part]


def _unpacked(data: memoryview, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    if entry.compress_type == zipfile.ZIP_STORED:
        yield from (bytes(data[start : start + _PIECE]) for start in range(0, len(data), _PIECE))
        return
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    # One byte more than promised shows that the promise is a lie.
    most = min(entry.file_size + 1, _PIECE)
    piece = unpacker.decompress(data, most)
    while piece:
        yield piece
        piece = unpacker.decompress(unpacker.unconsumed_tail, most)
    if not unpacker.eof or unpacker.unused_data:
        raise zlib.error("the data end before or after what they hold")


def _directory(content: bytes) -> tuple[dict[str, zipfile.ZipInfo], zipfile.ZipFile]:
    if len(content) > MOST_BYTES:
        raise NotReadable(Unreadable.TOO_LARGE)
    # Counted before zipfile builds an object for each.
    if content.count(_DIRECTORY_MAGIC) > MOST_PARTS:
        raise NotReadable(Unreadable.TOO_MANY_PARTS)
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        infos = archive.infolist()
    except _ZIP_ERRORS as error:
        raise NotReadable(Unreadable.NOT_A_ZIP) from error
    entries: dict[str, zipfile.ZipInfo] = {}
    folded: set[str] = set()
    for entry in infos:
        name = _name(entry)
        if name.endswith("/"):
            continue
        _require_sane(entry, name)
        if name.casefold() in folded:
            raise NotReadable(Unreadable.DUPLICATE_PART, name)
        folded.add(name.casefold())
        entries[name] = entry
    if sum(entry.file_size for entry in entries.values()) > MOST_UNPACKED_BYTES:
        raise NotReadable(Unreadable.BOMB)
    return entries, archive


def _name(entry: zipfile.ZipInfo) -> str:
    name = entry.orig_filename
    if not entry.flag_bits & _UTF8_NAME:
        # zipfile took it for code page 437; makers in China write GBK, or UTF-8 without saying so.
        raw = _raw_name(entry)
        for encoding in ("utf-8", "gb18030"):
            try:
                name = raw.decode(encoding)
                break
            except UnicodeError:
                continue
    name = name.replace("\\", "/")
    return name.removeprefix("./")


def _require_sane(entry: zipfile.ZipInfo, name: str) -> None:
    parts = name.split("/")
    unsafe = any(part in {"", ".", ".."} or "\0" in part for part in parts)
    if unsafe or len(parts) > DEEPEST_PATH or len(name) > LONGEST_NAME:
        raise NotReadable(Unreadable.UNSAFE_PATH, name)
    is_link = (entry.external_attr >> 16) & _TYPE_MASK == _LINK
    if is_link or _other_name(entry):
        raise NotReadable(Unreadable.UNSAFE_PATH, name)
    if entry.flag_bits & _ENCRYPTED:
        raise NotReadable(Unreadable.ENCRYPTED, name)
    if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise NotReadable(Unreadable.DAMAGED, name)
    if entry.file_size > RATIO_MATTERS_FROM_BYTES and entry.file_size > MOST_RATIO * max(
        entry.compress_size, 1
    ):
        raise NotReadable(Unreadable.BOMB, name)


def _other_name(entry: zipfile.ZipInfo) -> bool:
    # Info-ZIP's Unicode Path, which some readers prefer to the name.
    extra = entry.extra
    while len(extra) >= _EXTRA_HEADER_BYTES:
        kind, size = struct.unpack_from("<HH", extra)
        if kind == _UNICODE_PATH and extra[9 : 4 + size].decode("utf-8", "replace") != _name(entry):
            return True
        extra = extra[_EXTRA_HEADER_BYTES + size :]
    return False


def _joined(folder: str, path: str) -> str | None:
    parts = [part for part in folder.split("/") if part]
    for part in path.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts) or None


def _data_start(content: bytes, entry: zipfile.ZipInfo) -> int:
    try:
        head = struct.unpack_from(_LOCAL_HEADER, content, entry.header_offset)
    except struct.error as error:
        raise NotReadable(Unreadable.DAMAGED, entry.orig_filename) from error
    magic, _version, flags, method, _time, _date, crc, packed, unpacked, name_bytes, extra_bytes = head
    known = (entry.CRC, entry.compress_size, entry.file_size)
    is_told = not flags & _HAS_DESCRIPTOR and _IN_EXTRA_FIELD not in (packed, unpacked)
    if (
        magic != b"PK\x03\x04"
        or method != entry.compress_type
        or (is_told and (crc, packed, unpacked) != known)
    ):
        raise NotReadable(Unreadable.DAMAGED, entry.orig_filename)
    name_start = entry.header_offset + _LOCAL_HEADER_BYTES
    if content[name_start : name_start + name_bytes] != _raw_name(entry):
        raise NotReadable(Unreadable.DAMAGED, entry.orig_filename)
    return int(name_start + name_bytes + extra_bytes)


def _raw_name(entry: zipfile.ZipInfo) -> bytes:
    is_utf8 = entry.flag_bits & _UTF8_NAME
    return entry.orig_filename.encode("utf-8" if is_utf8 else "cp437", "replace")


def _stray_bytes(content: bytes, archive: zipfile.ZipFile) -> int:
    position, stray = 0, 0
    for entry in sorted(archive.infolist(), key=lambda entry: entry.header_offset):
        gap = entry.header_offset - position
        if gap < 0:
            # Two parts that share bytes are how a small file unpacks to a large one.
            raise NotReadable(Unreadable.DAMAGED, entry.orig_filename)
        stray += gap
        position = _data_start(content, entry) + entry.compress_size
        if entry.flag_bits & _HAS_DESCRIPTOR:
            position += _descriptor_bytes(content, position)
    end = content.rfind(_END_RECORD)
    stray += max(archive.start_dir - position, 0)
    stray += _between_directory_and_end(content, archive, end)
    return stray + max(len(content) - end - _END_RECORD_BYTES, 0)


def _between_directory_and_end(content: bytes, archive: zipfile.ZipFile, end: int) -> int:
    (directory_bytes,) = struct.unpack_from("<L", content, end + 12)
    gap = end - archive.start_dir - directory_bytes
    # The records of a ZIP64 stand there rightfully.
    return 0 if gap < 0 or gap == _ZIP64_RECORD_BYTES else int(gap)


def _descriptor_bytes(content: bytes, position: int) -> int:
    # Sizes written after the data: with or without a signature, of 32 or of 64 bits each.
    marked = content[position : position + 4] == b"PK\x07\x08"
    for size in (12, 16, 20, 24):
        following = content[position + size : position + size + 4]
        if following in {b"PK\x03\x04", _DIRECTORY_MAGIC} and (size in {16, 24}) == marked:
            return size
    return 16 if marked else 12
