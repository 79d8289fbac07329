"""
Pages of a file with the seals of its signatures: what is shown, and what it is asked of.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from tongban.support.documents.rules.ofd.canvas import Allowance
from tongban.support.documents.rules.ofd.document import Document, bodies
from tongban.support.documents.rules.ofd.drawing import Gallery
from tongban.support.documents.rules.ofd.errors import NotReadable
from tongban.support.documents.rules.ofd.package import Package
from tongban.support.documents.values.ofd import StampedSeal, Unreadable, ViewedPage

MOST_VIEWED: Final = 200
"""Pages of one order."""
MOST_TOTAL_BYTES: Final = 64 * 1024 * 1024
"""Of the SVG of all pages of one order."""


def viewed(content: bytes, *, seals: Sequence[StampedSeal], first: int, count: int) -> tuple[ViewedPage, ...]:
    """
    Return pages of all documents of a file, one after the other.

    :param first: counted from 1
    :param count: at most so many, and never more than `MOST_VIEWED`
    :raises NotReadable: the file is none, has no page, or its pages are too much
    """
    package = Package(content)
    pages: list[ViewedPage] = []
    size = 0
    for number, gallery, index in _numbered(package):
        if number < first:
            continue
        if len(pages) >= min(count, MOST_VIEWED):
            break
        own = [seal for seal in seals if seal.document == gallery.index]
        page = replace(gallery.page(index, seals=own), number=number)
        size += len(page.svg)
        if size > MOST_TOTAL_BYTES:
            raise NotReadable(Unreadable.TOO_COMPLEX, "pages")
        pages.append(page)
    if not pages:
        raise NotReadable(Unreadable.MISSING_PART, f"page {first}")
    return tuple(pages)


def _numbered(package: Package) -> Iterator[tuple[int, Gallery, int]]:
    number = 0
    allowance = Allowance()
    for body in bodies(package):
        gallery = Gallery(Document(package, body), index=body.index, allowance=allowance)
        for index in range(len(gallery.document.pages)):
            number += 1
            yield number, gallery, index
