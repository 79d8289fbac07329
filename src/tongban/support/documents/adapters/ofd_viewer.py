"""
Draws OFD files in a process of their own; see `view_ofd` for the inside of it.
"""

import json
import threading
from typing import Final

import msgspec

from tongban.support.documents.adapters.process import DiedError, answer_of
from tongban.support.documents.ports import NotViewable, ViewerBusy
from tongban.support.documents.values.ofd import FONTS_NEEDED, Unreadable, View, ViewOrder

MOST_MEMORY_BYTES: Final = 1_024 * 1024 * 1024
"""Address space: fonts and libraries are mapped into it, most of which is never touched."""
MOST_CPU_SECONDS: Final = 12
MOST_SECONDS: Final = 30
MOST_AT_ONCE: Final = 2
"""Processes per web process; more would only take memory from each other."""
MOST_WAITING_SECONDS: Final = 5.0
"""A web process has few threads, and anybody may show it files that take long."""

_MODULE: Final = "tongban.support.documents.adapters.view_ofd"
_slots: Final = threading.BoundedSemaphore(MOST_AT_ONCE)


def view(order: ViewOrder) -> View:
    """
    Return the pages of an order; see `ports.OfdViewer`.

    :raises NotViewable: the file cannot be read, or showing it takes too much
    :raises ViewerBusy: two others are being drawn, and were not finished soon
    """
    if not _slots.acquire(timeout=MOST_WAITING_SECONDS):
        raise ViewerBusy
    try:
        try:
            # Files that bring their fonts, as they should, need none of ours: a quarter of the memory.
            return _answer(order, "bare")
        except NotViewable as error:
            if error.reason != FONTS_NEEDED:
                raise
            return _answer(order, "fonts")
    finally:
        _slots.release()


def _answer(order: ViewOrder, tools: str) -> View:
    command = [_MODULE, str(MOST_MEMORY_BYTES), str(MOST_CPU_SECONDS), tools]
    try:
        answer = answer_of(command, msgspec.msgpack.encode(order), most_seconds=MOST_SECONDS)
    except DiedError as error:
        raise NotViewable(Unreadable.TOO_COMPLEX, error.how) from error
    head, _, body = answer.partition(b"\n")
    try:
        verdict = json.loads(head)
        if verdict["problem"]:
            raise NotViewable(verdict["problem"], verdict["detail"])
        return msgspec.msgpack.decode(body, type=View)
    except (ValueError, KeyError, msgspec.DecodeError) as error:
        raise NotViewable(Unreadable.DAMAGED) from error
