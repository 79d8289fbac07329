"""
Reading ASN.1 that others wrote: in pieces, byte for byte, and never further than asked.

What is signed is looked at as the bytes that lie there; nothing is encoded anew before it is verified. Every reader of
this package turns whatever is wrong with its input into one error of its own: `UNREADABLE` are the exceptions that
bad input leads to, here and in asn1crypto. Sources: ITU-T X.690 (BER, DER), X.680 41 (times, strings).
"""

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Final

from asn1crypto import core

UNREADABLE: Final = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
    NotImplementedError,
    RecursionError,
    StopIteration,
)

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, OID = 1, 2, 3, 4, 6
SEQUENCE, SET = 16, 17
UTC_TIME, GENERALIZED_TIME = 23, 24
UNIVERSAL, CONTEXT = 0, 2

_BMP_STRING: Final = 30
_UNIVERSAL_STRING: Final = 28
_TIME: Final = re.compile(
    r"(\d{2}|\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?(?:[.,]\d{1,9})?(Z|[+-]\d\d(?:\d\d)?)?", re.ASCII
)
_PIVOT_YEAR: Final = 50
_ARMOUR: Final = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \1-----", re.DOTALL)
_LONGEST_OID: Final = 64
_MOST_ELEMENTS: Final = 1_000
_HIGH_TAG: Final = 0x1F
_LONG_LENGTH: Final = 0x80
_LONGEST_LENGTH: Final = 4
_CONSTRUCTED: Final = 0x20
_CONTINUED: Final = 0x80
_DEEPEST: Final = 24


@dataclass(frozen=True, slots=True)
class Piece:
    """
    One element: its tag, what is in it, and all of its bytes.
    """

    tag_class: int
    tag: int
    contents: bytes
    der: bytes

    def is_a(self, tag: int, tag_class: int = UNIVERSAL) -> bool:
        """
        Whether it has this tag.
        """
        return self.tag == tag and self.tag_class == tag_class

    def pieces(self) -> list["Piece"]:
        """
        Return what it is made of.

        :raises ValueError: cut short
        """
        return pieces(self.contents)


def piece(data: bytes, at: int = 0) -> Piece:
    """
    Return the element that begins at a place.

    :raises ValueError: cut short, or of a length that is only known at its end (BER)
    """
    first, length = data[at], data[at + 1]
    begin = at + 2
    if first & _HIGH_TAG == _HIGH_TAG:
        raise ValueError("a tag of more than one byte")
    if length & _LONG_LENGTH:
        size = length & ~_LONG_LENGTH
        if not 0 < size <= _LONGEST_LENGTH:
            raise ValueError("no length")
        begin += size
        length = int.from_bytes(data[at + 2 : begin])
    end = begin + length
    if end > len(data):
        raise ValueError("cut short")
    return Piece(first >> 6, first & _HIGH_TAG, data[begin:end], data[at:end])


def pieces(contents: bytes, *, most: int | None = None) -> list[Piece]:
    """
    Return the elements that lie one behind the other.

    :param most: how many there may be; None: any number
    :raises ValueError: the last is cut short, or there are more
    """
    found: list[Piece] = []
    at = 0
    while at < len(contents):
        if len(found) == most:
            raise ValueError("too many elements")
        found.append(piece(contents, at))
        at += len(found[-1].der)
    return found


def definite(data: bytes, *, depth: int = 0) -> bytes:
    """
    Return BER with every length written in front, as DER has it; what is signed in it stays as it was written.

    Signature containers of some makers leave lengths open. A string in parts is left in parts; see `octets`.

    :raises ValueError: cut short, or nested too deeply
    """
    return _definite(data, 0, depth)[0]


def _definite(data: bytes, at: int, depth: int) -> tuple[bytes, int]:
    if depth > _DEEPEST:
        raise ValueError("nested too deeply")
    first = data[at]
    if data[at + 1] != _LONG_LENGTH:
        found = piece(data, at)
        end = at + len(found.der)
        if not first & _CONSTRUCTED or b"\x80" not in found.contents:
            return found.der, end
        inner, inside = b"", 0
        while inside < len(found.contents):
            part, inside = _definite(found.contents, inside, depth + 1)
            inner += part
        return (found.der if len(inner) == len(found.contents) else _wrapped(first, inner)), end
    inner, end = b"", at + 2
    while data[end : end + 2] != b"\0\0":
        part, end = _definite(data, end, depth + 1)
        inner += part
    return _wrapped(first, inner), end + 2


def _wrapped(first: int, contents: bytes) -> bytes:
    size = len(contents)
    if size < _LONG_LENGTH:
        return bytes((first, size)) + contents
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes((first, _LONG_LENGTH | len(length))) + length + contents


def octets(found: Piece) -> bytes:
    """
    Return an OCTET STRING, which may be written in parts.

    :raises ValueError: another element
    """
    if not found.is_a(OCTET_STRING):
        raise ValueError("not an OCTET STRING")
    if not found.der[0] & _CONSTRUCTED:
        return found.contents
    return b"".join(part.contents for part in found.pieces())


def built(first: int, *parts: bytes) -> bytes:
    """
    Put elements together under a tag, DER.

    :param first: the byte of the tag, e.g. 0x30 for SEQUENCE
    """
    return _wrapped(first, b"".join(parts))


def retagged(found: Piece, first: int) -> bytes:
    """
    Return an element under another tag, its contents as they are.

    :param first: the byte of the tag, e.g. 0x31 for SET
    """
    return _wrapped(first, found.contents)


def only(data: bytes) -> Piece:
    """
    Return the element that `data` is.

    :raises ValueError: cut short, or something follows it
    """
    found = piece(data)
    if len(found.der) != len(data):
        raise ValueError("something follows the structure")
    return found


def children(found: Piece, *, least: int = 0, most: int = _MOST_ELEMENTS) -> list[Piece]:
    """
    Return the elements of a SEQUENCE, so many of them.

    :raises ValueError: no SEQUENCE, or too few or too many in it
    """
    if not found.is_a(SEQUENCE):
        raise ValueError("not a SEQUENCE")
    inner = pieces(found.contents, most=most)
    if len(inner) < least:
        raise ValueError("too few elements")
    return inner


def whole(data: bytes, *, most_bytes: int) -> Piece:
    """
    Return the one SEQUENCE that `data` is. Zeros and line ends behind it are overlooked: cards pad to a block.

    :raises ValueError: too long, cut short, or something else
    """
    if len(data) > most_bytes:
        raise ValueError("too long")
    found = piece(bytes(data))
    if not found.is_a(SEQUENCE) or data[len(found.der) :].strip(b"\0\r\n"):
        raise ValueError("not one SEQUENCE")
    return found


def unwrapped(data: bytes, *, most_bytes: int) -> list[bytes]:
    """
    Return the DER in a file: as it is, out of its PEM armour, or out of bare base64.

    :raises ValueError: too long, or none of these
    """
    if len(data) > most_bytes:
        raise ValueError("too long")
    if data[:1] == b"\x30":
        return [bytes(data)]
    armoured = [match.group(2) for match in _ARMOUR.finditer(data)]
    try:
        return [base64.b64decode(b"".join(text.split()), validate=True) for text in armoured or [data]]
    except binascii.Error as error:
        raise ValueError("neither DER nor PEM") from error


def armoured(der: bytes, *, label: str) -> str:
    """
    Return DER as PEM; RFC 7468.

    :param label: e.g. "CERTIFICATE"
    """
    text = base64.b64encode(der).decode()
    lines = "\n".join(text[at : at + 64] for at in range(0, len(text), 64))
    return f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n"


def oid(found: Piece) -> str:
    """
    Return an object identifier in dots.

    :raises ValueError: another element, too long, or cut short
    """
    is_whole = 0 < len(found.contents) <= _LONGEST_OID and not found.contents[-1] & _CONTINUED
    if not found.is_a(OID) or not is_whole:
        raise ValueError("not an object identifier")
    return str(core.ObjectIdentifier.load(found.der).dotted)


@lru_cache(maxsize=64)
def written_oid(dotted: str) -> bytes:
    """
    Write an object identifier, DER.
    """
    return bytes(core.ObjectIdentifier(dotted).dump())


def integer(found: Piece, *, most_bytes: int = 64) -> int:
    """
    Return a number, which may be negative.

    :raises ValueError: another element, or too long
    """
    if not found.is_a(INTEGER) or not 0 < len(found.contents) <= most_bytes:
        raise ValueError("not a number")
    return int.from_bytes(found.contents, signed=True)


def bits(found: Piece) -> bytes:
    """
    Return a BIT STRING of whole bytes.

    :raises ValueError: another element, or bits left over
    """
    if not found.is_a(BIT_STRING) or found.contents[:1] != b"\0":
        raise ValueError("not a BIT STRING of bytes")
    return found.contents[1:]


def flag(found: Piece) -> bool:
    """
    Return a BOOLEAN; anything but zero is true, as BER has it.

    :raises ValueError: another element
    """
    if not found.is_a(BOOLEAN) or len(found.contents) != 1:
        raise ValueError("not a BOOLEAN")
    return found.contents != b"\0"


def moment(found: Piece, *, zone: tzinfo = UTC) -> datetime:
    """
    Return a UTCTime or GeneralizedTime, aware, in UTC.

    :param zone: what one that names no zone is read in
    :raises ValueError: another element, or no moment
    """
    if found.tag not in {UTC_TIME, GENERALIZED_TIME} or found.tag_class != UNIVERSAL:
        raise ValueError("not a time")
    return moment_of(found.contents, is_short=found.tag == UTC_TIME, zone=zone)


def moment_of(contents: bytes, *, is_short: bool = False, zone: tzinfo = UTC) -> datetime:
    """
    Return the moment that these characters say: with seconds or without, with a zone or without.

    :param is_short: two digits for the year; below 50 they are of this century (RFC 5280 4.1.2.5.1)
    :raises ValueError: no moment
    """
    match = _TIME.fullmatch(contents.decode("ascii").strip())
    if match is None or (len(match.group(1)) == 2) != is_short:  # noqa: PLR2004 - digits
        raise ValueError("not a time")
    year, month, day, hour, minute = (int(part) for part in match.groups()[:5])
    if is_short:
        year += 2000 if year < _PIVOT_YEAR else 1900
    parts = (year, month, day, hour, minute, int(match.group(6) or 0))
    try:
        return datetime(*parts, tzinfo=_zone(match.group(7)) or zone).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError("not a time that can be") from error


def _zone(written: str | None) -> timezone | None:
    if written is None:
        return None
    if written == "Z":
        return UTC
    ahead = timedelta(hours=int(written[1:3]), minutes=int(written[3:5] or 0))
    return timezone(ahead if written[0] == "+" else -ahead)


def text(found: Piece) -> str:
    """
    Return a string of any kind, as well as it can be read.

    Makers write UTF-8 or GBK into kinds that allow neither; what is no UTF-8 is read as GB 18030, then byte by byte.
    """
    encodings: tuple[str, ...] = ("utf-8", "gb18030", "latin-1")
    if found.tag_class == UNIVERSAL and found.tag == _BMP_STRING:
        encodings = ("utf-16-be", "latin-1")
    elif found.tag_class == UNIVERSAL and found.tag == _UNIVERSAL_STRING:
        encodings = ("utf-32-be", "latin-1")
    for encoding in encodings:
        try:
            return found.contents.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise AssertionError("every byte is a character of Latin-1")
