"""
What a sealed file is made of, byte range by byte range, and files with one bit of a range turned over.

Ranges have names, so that a test says which class of bytes was touched and which verdict that has. Shapes follow
GB/T 38540-2020 clauses 6 and 7, RFC 5280 4.1 and RFC 5652 5.1.
"""

import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tests.factories.ofd import zipped

VALUE_PART = "Doc_0/Signs/Sign_0/SignedValue.dat"
SEAL_PART = "Doc_0/Signs/Sign_0/Seal.esl"
LIST_PART = "Doc_0/Signs/Signatures.xml"
SIGNATURE_PART = "Doc_0/Signs/Sign_0/Signature.xml"

Shape = Sequence[Any]
"""Names of the elements of a SEQUENCE; with a shape of its own as a pair; None: none of interest."""

NAME = ("", ("country", "organisation", "name"))
CERTIFICATE: Shape = (
    (
        "tbs",
        (
            "version",
            "serial",
            "algorithm",
            "issuer",
            ("validity", ("from", "until")),
            "subject",
            ("key", ("algorithm", "point")),
            "extensions",
        ),
    ),
    "algorithm",
    "signature",
)
TIMESTAMP: Shape = (
    "kind",
    (
        "content",
        ((("data", ("version", "digests", "stamped", "certificates", "signers"))),),
    ),
)
SEAL: Shape = (
    (
        "facts",
        (
            ("header", ("id", "version", "maker")),
            "code",
            ("properties", ("kind", "name", "list kind", "listed", "created", "from", "until")),
            ("picture", ("kind", "data", "width", "height")),
        ),
    ),
    ("maker", CERTIFICATE),
    "algorithm",
    "value",
)
VALUE: Shape = (
    ("signed", ("version", ("seal", SEAL), "time", "digest", "path")),
    ("signer", CERTIFICATE),
    "algorithm",
    "value",
    ("timestamp", ((("token", TIMESTAMP)),)),
)
_OCTETS = 0x04
_BITS = 0x03
_LONG = 0x80


@dataclass(frozen=True, slots=True)
class Range:
    """
    Bytes of one class.
    """

    name: str
    begin: int
    end: int

    @property
    def middle(self) -> int:
        return (self.begin + self.end) // 2


def ranges(data: bytes, shape: Shape, name: str) -> list[Range]:
    """
    Return tag, length and content of every element that a shape names; content of elements with a shape: theirs.
    """
    return list(_ranges(data, 0, shape, name))


def turned(data: bytes, place: int, bit: int = 1) -> bytes:
    """
    Return the bytes with one bit of one of them turned over.
    """
    changed = bytearray(data)
    changed[place] ^= bit
    return bytes(changed)


def unzipped(content: bytes) -> dict[str, bytes]:
    """
    Return the parts of an OFD file by name.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def with_part(content: bytes, name: str, part: bytes | None) -> bytes:
    """
    Return the file with another part of this name; None: without it.
    """
    held = unzipped(content)
    if part is None:
        del held[name]
    else:
        held[name] = part
    return zipped(held)


def _ranges(data: bytes, at: int, shape: Any, name: str) -> Iterator[Range]:
    begin, end = _content(data, at)
    yield Range(f"{name}: tag", at, at + 1)
    yield Range(f"{name}: length", at + 1, begin)
    if shape is None:
        yield Range(name, begin, end)
        return
    if data[at] in {_OCTETS, _BITS}:
        # A certificate in an OCTET STRING, a token in a BIT STRING.
        yield from _ranges(data, begin + (data[at] == _BITS), shape, name)
        return
    place = begin
    for one in shape:
        inner, below = one if isinstance(one, tuple) else (one, None)
        yield from _ranges(data, place, below, f"{name}/{inner}")
        place = _content(data, place)[1]


def _content(data: bytes, at: int) -> tuple[int, int]:
    length, begin = data[at + 1], at + 2
    if length & _LONG:
        begin += length & ~_LONG
        length = int.from_bytes(data[at + 2 : begin])
    return begin, begin + length
