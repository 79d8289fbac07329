"""
Reads the signatures of PDF files and draws them, in processes of their own; see `read_pdf` and `view_pdf`.
"""

import json
import threading
from typing import Final, TypeVar

import msgspec

from tongban.support.documents.adapters.process import DiedError, answer_of
from tongban.support.documents.ports import NotViewable, ViewerBusy
from tongban.support.documents.values.ofd import Unreadable
from tongban.support.documents.values.pdf import PdfSignatures, PdfView

MOST_MEMORY_BYTES: Final = 768 * 1024 * 1024
"""Address space, most of it libraries."""
MOST_CPU_SECONDS: Final = 10
MOST_SECONDS: Final = 20
MOST_AT_ONCE: Final = 2
"""Processes per web process; more would only take memory from each other."""
MOST_WAITING_SECONDS: Final = 10.0

_READER: Final = "tongban.support.documents.adapters.read_pdf"
_VIEWER: Final = "tongban.support.documents.adapters.view_pdf"
Answer = TypeVar("Answer", PdfSignatures, PdfView)
_slots: Final = threading.BoundedSemaphore(MOST_AT_ONCE)


def read(content: bytes) -> PdfSignatures:
    """
    Return the signatures of a file; see `ports.PdfReader`.

    :raises NotViewable: the file cannot be read, or reading it takes too much
    :raises ViewerBusy: two others are being read, and were not finished soon
    """
    return _answer(_READER, content, PdfSignatures)


def view(content: bytes, count: int) -> PdfView:
    """
    Return the sizes of all pages and pictures of the first ones; see `ports.PdfViewer`.

    :raises NotViewable: the file cannot be read, or reading it takes too much
    :raises ViewerBusy: two others are being read, and were not finished soon
    """
    return _answer(_VIEWER, content, PdfView, str(count))


def _answer(module: str, content: bytes, kind: type[Answer], *arguments: str) -> Answer:
    command = [module, str(MOST_MEMORY_BYTES), str(MOST_CPU_SECONDS), *arguments]
    if not _slots.acquire(timeout=MOST_WAITING_SECONDS):
        raise ViewerBusy
    try:
        answer = answer_of(command, content, most_seconds=MOST_SECONDS)
    except DiedError as error:
        raise NotViewable(Unreadable.TOO_COMPLEX, error.how) from error
    finally:
        _slots.release()
    head, _, body = answer.partition(b"\n")
    try:
        if problem := json.loads(head)["problem"]:
            raise NotViewable(problem)
        return msgspec.msgpack.decode(body, type=kind)
    except (ValueError, KeyError, msgspec.DecodeError) as error:
        raise NotViewable(Unreadable.DAMAGED) from error
