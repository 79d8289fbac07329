"""
Writing the ZIP an OFD is, by hand: `zipfile` can only pack anew what it copies, and writes each entry twice.

Sizes stand before the data, nothing in between. Times are constant, so that equal parts give equal bytes.
"""

import struct
import zlib
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final

from tongban.foundation.crypto import sm3
from tongban.support.documents.rules.ofd.package import OpenPart, PackedPart

LEVEL: Final = 3
"""Of zlib: files of a licence are four hundredths larger than at the usual 6, and made in two thirds of the time."""
KEPT: Final = 64
"""Seals, fonts and backgrounds that are the same in many files are packed once."""

_DOS_DATE: Final = 0x21
"""1980-01-01: the time of an entry says nothing, and equal files shall have equal bytes."""
_VERSION: Final = 20
_UTF8_NAME: Final = 0x800
_STORED: Final = 0
_DEFLATED: Final = 8


def packed(name: str, content: bytes, *, is_packed_already: bool = False) -> OpenPart:
    """
    Return a part as it lies in the ZIP.

    :param is_packed_already: a picture, which would not become smaller
    """
    method, data = (_STORED, content) if is_packed_already else (_DEFLATED, _deflated(content))
    return OpenPart(name, data, method, zlib.crc32(content), len(content), content, sm3(content))


def packed_once(name: str, content: bytes) -> OpenPart:
    """
    Return a part that is the same in many files.
    """
    return replace(_kept(content), name=name)


def zipped(parts: Sequence[PackedPart]) -> bytes:
    """
    Return the ZIP of these parts, in their order.
    """
    output = bytearray()
    directory = bytearray()
    for part in parts:
        name = part.name.encode()
        common = struct.pack(
            "<HHHHHLLLHH",
            _VERSION,
            _UTF8_NAME,
            part.method,
            0,
            _DOS_DATE,
            part.crc,
            len(part.data),
            part.size,
            len(name),
            0,
        )
        directory += b"PK\x01\x02" + struct.pack("<H", _VERSION) + common
        directory += struct.pack("<HHHLL", 0, 0, 0, 0, len(output)) + name
        output += b"PK\x03\x04" + common + name + part.data
    end = struct.pack("<HHHHLLH", 0, 0, len(parts), len(parts), len(directory), len(output), 0)
    return bytes(output + directory + b"PK\x05\x06" + end)


@lru_cache(maxsize=KEPT)
def _kept(content: bytes) -> OpenPart:
    return packed("", content)


def _deflated(content: bytes) -> bytes:
    deflate = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    return deflate.compress(content) + deflate.flush()
