"""
What goes over the line between two nodes.

An envelope is

    "TBX1" | length of header (4) | header, JSON | length of key (2) | session key, sealed (SM2)
    | length of signature (2) | signature (SM2) | body, sealed (SM4-GCM, the header as associated data)

The signature covers header, sealed key and the SM3 digest of the sealed body, under the sender's code as id. The body
of a batch is MessagePack, an array with an array for each entry.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

import msgspec

Code = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{12}\Z")]
Digest = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
Number = Annotated[int, msgspec.Meta(ge=0, le=2**62)]


class MessageKind(StrEnum):
    """
    What an envelope holds.
    """

    BATCH = "BATCH"
    SNAPSHOT = "SNAPSHOT"
    DAYS = "DAYS"
    ENTRIES = "ENTRIES"
    REWIND = "REWIND"
    QUESTION = "QUESTION"
    ANSWER = "ANSWER"


class Header(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    Who says what to whom.
    """

    kind: MessageKind
    id: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32}\Z")]
    """A question's own; an answer bears that of its question."""
    sender: Code
    receiver: Code
    sent_at: datetime
    batch: "BatchHeader | None" = None


class BatchHeader(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    Which stretch of which stream a batch is.
    """

    dataset: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    version: Annotated[int, msgspec.Meta(ge=1, le=10_000)]
    audience: Annotated[str, msgspec.Meta(min_length=1, max_length=12)]
    day: date
    """China day on which its entries were numbered; a batch has one."""
    first: Number
    last: Number
    """First and last number, nothing missing between; last = first - 1: nothing to say but to be heard."""
    previous: Digest
    """Chain up to the entry before the first."""
    chain: Digest
    """Chain up to the last."""
    part: Annotated[int, msgspec.Meta(ge=0)] = 0
    """Of a snapshot: counted from 1. Its lines bear the number `last`, up to which it speaks. Part 0 has no lines: go
    on behind `last`, what lies before will never come."""
    is_complete: bool = False
    """The last part of a snapshot."""


class Line(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """
    One entry of a batch.
    """

    number: Number
    key: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    operation: str
    made: int
    """Milliseconds of the epoch at which it was made."""
    origin: Code
    content: bytes
    """JSON, packed by deflate (RFC 1951) when it was written."""


class AnswerKind(StrEnum):
    """
    What became of a batch.
    """

    TAKEN = "TAKEN"
    """Whatever of it was new, and could be taken."""
    BEHIND = "BEHIND"
    """Entries before it are missing: send from the position on."""
    FORKED = "FORKED"
    """At its position this end has another history."""
    LATER = "LATER"
    """Not now: no space, no database, too busy."""
    UNKNOWN = "UNKNOWN"
    """This end does not exchange this dataset, in this version, with this node."""


class RefusedLine(msgspec.Struct, frozen=True, kw_only=True):
    """
    An entry that was not taken, and why.
    """

    number: Number
    code: str
    text: str
    key: str = ""
    """In a snapshot, where all have one number."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """
    What the receiver of a batch says. It alone decides what is sent next.
    """

    kind: AnswerKind
    position: Number
    chain: Digest
    refused: tuple[RefusedLine, ...] = ()
    wait_seconds: int = 0
    part: int = 0
    """Of a snapshot: parts of it that are here."""


class StreamQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """
    About one stream of the asker's.
    """

    dataset: str
    audience: str
    day: date | None = None
    number: Number = 0


class DayCount(msgspec.Struct, frozen=True, kw_only=True):
    """
    How many entries of a day one end has, and the digest over their numbers and digests.
    """

    day: date
    count: int
    digest: Digest


class DayAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """
    The days of a stream at the receiver.
    """

    position: Number
    after: Number
    """What lies before came as a snapshot and is not counted."""
    days: tuple[DayCount, ...]


class EntriesAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """
    What the receiver has of one day: number and digest of each entry.
    """

    entries: tuple[tuple[int, str], ...]


class Question(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    What one node asks another that belongs to no stream.
    """

    subject: Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_.]{0,63}\Z")]
    """Which app answers."""
    content: bytes


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """
    The answer to a question, or why there is none.
    """

    content: bytes = b""
    code: str = ""
    """Of the refusal; empty: it was answered."""
    text: str = ""
