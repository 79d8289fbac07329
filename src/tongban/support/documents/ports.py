"""
What the documents app needs from others.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from tongban.foundation import looks
from tongban.foundation.actors import Actor
from tongban.support.documents.values import FileKind
from tongban.support.documents.values.ofd import View, ViewOrder
from tongban.support.documents.values.pdf import PdfSignatures, PdfView

OwnerPolicy = Callable[[Actor, str], bool]
"""Tells whether an actor may see the files of the owner with this key; exactly one query."""

LookNoter = Callable[[str, Actor, datetime], None]
"""Writes down, for the person whose it is, that an actor opened a file of the owner with this key."""

CASE_FILES: Final = "casework.case"
"""The kind of owner of most files."""
NOBODY: Final = str(UUID(int=0))
"""Key of an owner that never was."""
_policies: Final[dict[str, OwnerPolicy]] = {}
_noters: Final[dict[str, LookNoter]] = {}


def register_owner(kind: str, policy: OwnerPolicy, *, look_noter: LookNoter | None = None) -> None:
    """
    Let files belong to objects of `kind`; called in AppConfig.ready() of the app that owns them.

    :param kind: "app.noun", e.g. "casework.case"
    :param policy: who may see the files of one such object
    :param look_noter: writes down who opened one; None: nobody but the owner himself ever can
    """
    _policies[kind] = policy
    if look_noter is not None:
        _noters[kind] = look_noter


def note_look(kind: str, key: str, actor: Actor, at: datetime) -> None:
    """
    Let the app that owns a file write down who opened it; the owner's own looks are none.
    """
    noter = _noters.get(kind)
    if noter is not None and looks.is_foreign(actor):
        noter(key, actor, at)


def policy_of(kind: str) -> OwnerPolicy | None:
    """
    Return the policy registered for `kind`, or None.
    """
    return _policies.get(kind)


def ask_in_vain(actor: Actor) -> None:
    """
    Ask the policy of some kind of owner about one that never was: costs what asking about a real one costs.
    """
    if policy := policy_of(CASE_FILES):
        policy(actor, NOBODY)


class ByteSource(Protocol):
    """
    Anything that hands out bytes: an open file, a part of a form.
    """

    def read(self, size: int = -1, /) -> bytes:
        """
        Return up to `size` bytes, none at the end.
        """
        ...


class Cleaner(Protocol):
    """
    Rebuilds a file so that it holds nothing but what its reader shall see.
    """

    def __call__(self, content: bytes, *, kind: FileKind) -> tuple[bytes, tuple[str, ...]]:
        """
        Return the clean file and what was taken out, codes of `Removed`.

        :raises Refused: the file cannot be made safe
        """
        ...


class VirusScanner(Protocol):
    """
    Looks into a file for known malware.
    """

    def find(self, content: bytes) -> str | None:
        """
        Return the name of what was found, or None.

        :raises ScannerUnavailable: the scanner did not answer; the file must not be accepted
        """
        ...


class NoScanner:
    """
    The scanner of a node that runs none: finds nothing.
    """

    def find(self, content: bytes) -> str | None:
        """
        Return None.
        """
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Engines:
    """
    The outside parties of this node.
    """

    cleaner: Cleaner
    scanner: VirusScanner


_installed: Final[list[Engines]] = []


def install(engines: Engines) -> None:
    """
    Use `engines` from now on; called in AppConfig.ready().
    """
    _installed[:] = [engines]


def engines() -> Engines:
    """
    Return the engines of this node.
    """
    return _installed[0]


class OfdViewer(Protocol):
    """
    Draws the pages of OFD files of strangers.
    """

    def __call__(self, order: ViewOrder) -> View:
        """
        Return the pages.

        :raises NotViewable: they cannot be drawn
        :raises ViewerBusy: others are being drawn, and it would take too long to wait for them
        """
        ...


class NotViewable(Exception):
    """
    A file cannot be shown; `reason` is a code of `values.ofd.Unreadable`.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        """
        Say why.
        """
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


class ViewerBusy(NotViewable):
    """
    Too many files are being drawn; try again later.
    """

    def __init__(self) -> None:
        """
        Say so.
        """
        super().__init__("BUSY")


_viewers: Final[list[OfdViewer]] = []


def install_viewer(viewer: OfdViewer) -> None:
    """
    Draw OFD files with `viewer` from now on; called in AppConfig.ready().
    """
    _viewers[:] = [viewer]


def viewer() -> OfdViewer:
    """
    Return the viewer of this node.
    """
    return _viewers[0]


class PdfReader(Protocol):
    """
    Finds and computes the signatures of PDF files of strangers.
    """

    def __call__(self, content: bytes) -> PdfSignatures:
        """
        Return the signatures.

        :raises NotViewable: the file cannot be read
        :raises ViewerBusy: others are being read, and it would take too long to wait for them
        """
        ...


_readers: Final[list[PdfReader]] = []


def install_pdf_reader(reader: PdfReader) -> None:
    """
    Read PDF files with `reader` from now on; called in AppConfig.ready().
    """
    _readers[:] = [reader]


def pdf_reader() -> PdfReader:
    """
    Return the reader of this node.
    """
    return _readers[0]


class PdfViewer(Protocol):
    """
    Draws the pages of PDF files of strangers.
    """

    def __call__(self, content: bytes, count: int) -> PdfView:
        """
        Return the sizes of all pages, and pictures of the first ones.

        :param count: how many are drawn; 0: none
        :raises NotViewable: the file cannot be read
        :raises ViewerBusy: others are being read, and it would take too long to wait for them
        """
        ...


_pdf_viewers: Final[list[PdfViewer]] = []


def install_pdf_viewer(viewer: PdfViewer) -> None:
    """
    Draw PDF files with `viewer` from now on; called in AppConfig.ready().
    """
    _pdf_viewers[:] = [viewer]


def pdf_viewer() -> PdfViewer:
    """
    Return the viewer of PDF files of this node.
    """
    return _pdf_viewers[0]
