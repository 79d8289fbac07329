"""
Entries, their digests and their chain; a batch as bytes.

The digest of an entry is SM3 over number, key, operation, moment, origin and the SM3 digest of its content as it is
kept and sent, packed; the chain is SM3 over the chain before and the digest. Whoever has the chain at a number has
everything before it unchanged.
"""

import hashlib
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import msgspec

from tongban.foundation.crypto import sm3
from tongban.resources.exchange.values.wire import DayCount, Line

START: Final = bytes(32)
"""Chain before the first entry."""
MOST_LINES: Final = 2_000
MOST_RATIO: Final = 16
"""Contents that pack better are not packed: nobody is to unpack much more than he was sent."""
MOST_BYTES: Final = 32 * 1024 * 1024
"""Of the contents of a batch, unpacked."""
FASTEST: Final = 1
RAW: Final = -zlib.MAX_WBITS


class NotABatch(Exception):
    """
    These bytes are no batch: not packed, too large, or a line is none.
    """


@dataclass(frozen=True, slots=True)
class Entry:
    """
    A line, its content and its digest.
    """

    line: Line
    content: bytes
    digest: bytes


def entry_digest(
    *, number: int, key: str, operation: str, made: int, origin: str, content_digest: bytes
) -> bytes:
    """
    Return the digest of an entry, 32 bytes.
    """
    text = f"{number}\n{key}\n{operation}\n{made}\n{origin}\n".encode()
    return sm3(text + content_digest)


def extended(chain: bytes, digests: Iterable[bytes]) -> bytes:
    """
    Return the chain after these digests.
    """
    for digest in digests:
        chain = sm3(chain + digest)
    return chain


def milliseconds(microseconds: int) -> int:
    """
    Return a moment of the epoch as the line has it.
    """
    return (microseconds + 500) // 1000


def packed(content: bytes) -> bytes:
    """
    Return a content as it is kept and sent.
    """
    made = _deflated(content, FASTEST)
    return made if len(made) * MOST_RATIO >= len(content) else _deflated(content, 0)


def pack(lines: Sequence[Line]) -> bytes:
    """
    Return the body of a batch.
    """
    return msgspec.msgpack.encode(lines)


def unpack(body: bytes, *, first: int, count: int) -> list[Entry]:
    """
    Return the entries of a batch.

    :raises NotABatch: too large, or not these numbers in this order
    """
    if not 0 <= count <= MOST_LINES:
        raise NotABatch("too many lines")
    entries = _entries(body)
    if [entry.line.number for entry in entries] != list(range(first, first + count)):
        raise NotABatch("numbers are missing")
    return entries


def unpack_part(body: bytes, *, number: int) -> list[Entry]:
    """
    Return what a part of a snapshot holds.

    :raises NotABatch: too large, or a line does not bear the number of the snapshot
    """
    entries = _entries(body)
    if len(entries) > MOST_LINES or any(entry.line.number != number for entry in entries):
        raise NotABatch("too many lines, or of another number")
    return entries


def _entries(body: bytes) -> list[Entry]:
    try:
        lines = _DECODER.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise NotABatch("a line is none") from error
    entries = []
    left = MOST_BYTES
    for line in lines:
        content = _inflated(line.content, left)
        left -= len(content)
        entries.append(Entry(line, content, digest_of(line)))
    return entries


def digest_of(line: Line) -> bytes:
    """
    Return the digest of an entry as it came.
    """
    return entry_digest(
        number=line.number,
        key=line.key,
        operation=line.operation,
        made=line.made,
        origin=line.origin,
        content_digest=sm3(line.content),
    )


def day_count(day: date, entries: Iterable[tuple[int, bytes]]) -> DayCount:
    """
    Return how many entries a day has, and the digest over their numbers and digests, in their order.
    """
    total, count = hashlib.new("sm3"), 0
    for number, digest in entries:
        total.update(b"%d " % number + bytes(digest))
        count += 1
    return DayCount(day=day, count=count, digest=total.hexdigest())


def _deflated(content: bytes, level: int) -> bytes:
    return zlib.compress(content, level=level, wbits=RAW)


def _inflated(content: bytes, most: int) -> bytes:
    inflater = zlib.decompressobj(wbits=RAW)
    try:
        text = inflater.decompress(content, max(most, 1))
    except zlib.error as error:
        raise NotABatch("not packed") from error
    if not inflater.eof or inflater.unused_data:
        raise NotABatch("cut, or too large")
    return text


_DECODER: Final = msgspec.msgpack.Decoder(list[Line])
