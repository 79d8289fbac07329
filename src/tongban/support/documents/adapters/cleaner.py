"""
Rebuilds PDF and pictures, and reads OFD, in a process of their own.

Parsers of these formats are large C libraries; a crafted file may crash them or make them eat memory. So each
file is parsed by a short-lived process that may use little of both and can die alone.
"""

import json
import threading
from typing import Final

from tongban.support.documents.adapters.process import DiedError, answer_of
from tongban.support.documents.rules import Problem, Refused
from tongban.support.documents.values import FileKind

MOST_PIXELS: Final = 64_000_000
"""Width times height; telephones take pictures of 12 to 50 million."""
MOST_MEMORY_BYTES: Final = 1_536 * 1024 * 1024
MOST_CPU_SECONDS: Final = 30
MOST_SECONDS: Final = 60
MOST_AT_ONCE: Final = 2
"""Processes per web process; more would only take memory from each other."""

_PACKAGE: Final = "tongban.support.documents.adapters"
_slots: Final = threading.BoundedSemaphore(MOST_AT_ONCE)


def clean(content: bytes, *, kind: FileKind) -> tuple[bytes, tuple[str, ...]]:
    """
    Return the file rebuilt from scratch and what was taken out, codes of `Removed`; an OFD as it is, once read.

    :raises Refused: the file is damaged, encrypted, too large to decode or too complex
    """
    try:
        with _slots:
            answer = answer_of(_command(kind), content, most_seconds=MOST_SECONDS)
    except DiedError as error:
        # Killed by a limit or crashed by the file: either way nobody should open it.
        raise Refused(Problem.TOO_COMPLEX, error.how) from error
    head, _, body = answer.partition(b"\n")
    try:
        verdict = json.loads(head)
    except ValueError as error:
        raise Refused(Problem.DAMAGED) from error
    if verdict["problem"]:
        raise Refused(Problem(verdict["problem"]), verdict["detail"])
    return body, tuple(verdict["removed"])


def _command(kind: FileKind) -> list[str]:
    limits = [str(MOST_MEMORY_BYTES), str(MOST_CPU_SECONDS)]
    if kind is FileKind.PDF:
        return [f"{_PACKAGE}.clean_pdf", *limits]
    if kind is FileKind.OFD:
        return [f"{_PACKAGE}.clean_ofd", *limits]
    return [
        f"{_PACKAGE}.clean_picture",
        *limits,
        "JPEG" if kind is FileKind.JPEG else "PNG",
        str(MOST_PIXELS),
    ]
