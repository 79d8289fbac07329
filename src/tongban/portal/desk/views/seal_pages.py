"""
The pages of a file as pictures, on which somebody shows where his seal shall stand.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from tongban.foundation.errors import ServiceError
from tongban.portal.desk.forms import Typed
from tongban.support.documents import services as documents
from tongban.support.documents.values import SealPlace
from tongban.support.seals import services as seals

SIZE: Final = 42.0
"""Side of the picture of a seal, mm."""
A4: Final = (210.0, 297.0)
MOST_PAGES: Final = 12
MOST_PICTURE_BYTES: Final = 4 * 1024 * 1024
"""Of all pages together: they go out inside the page."""
OFD_START: Final = b"PK"
PDF_START: Final = b"%PDF-"

Drawn = tuple[tuple[tuple[float, float], ...], Mapping[int, tuple[str, bytes]]]
"""Sizes of all pages, mm; media type and picture by number of the page, from 1."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DrawnPage:
    """
    One page as a picture.
    """

    number: int
    """Counted from 1."""
    width: float
    """Millimetres."""
    height: float
    picture: str
    """Data address; empty: it is too large to be shown, or cannot be drawn."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PlacedPages:
    """
    Pages with the place that a seal has on one of them.
    """

    pages: tuple[DrawnPage, ...]
    page: int
    """Where the seal is to stand, counted from 1."""
    x: float
    y: float
    size: float
    is_shown: bool
    """Whether the seal is to be seen at all."""


def sizes_of(content: bytes) -> tuple[tuple[float, float], ...]:
    """
    Return width and height of the pages of a file, mm; nothing where they cannot be read.
    """
    try:
        if content.startswith(OFD_START):
            return documents.page_sizes(content)
        return documents.view_pdf(content, count=0).sizes if content.startswith(PDF_START) else ()
    except ServiceError:
        return ()


def drawn_pages(content: bytes) -> tuple[DrawnPage, ...]:
    """
    Return the first pages of a file as pictures, drawn in the sandbox, with the seals they have.
    """
    sizes, pictures = _pdf(content) if content.startswith(PDF_START) else _ofd(content)
    left = MOST_PICTURE_BYTES
    pages = []
    for number, (width, height) in enumerate(sizes[:MOST_PAGES], 1):
        media_type, drawn = pictures.get(number, ("", b""))
        left -= len(drawn)
        is_small = bool(drawn) and left > 0
        picture = f"data:{media_type};base64,{base64.b64encode(drawn).decode()}" if is_small else ""
        pages.append(DrawnPage(number=number, width=width, height=height, picture=picture))
    return tuple(pages)


def _ofd(content: bytes) -> Drawn:
    sizes = sizes_of(content)
    try:
        viewed = documents.view_ofd(content, picture_of=seals.picture_in, count=MOST_PAGES) if sizes else ()
    except ServiceError:
        viewed = ()
    return sizes, {page.number: ("image/svg+xml", page.svg) for page in viewed}


def _pdf(content: bytes) -> Drawn:
    try:
        view = documents.view_pdf(content, count=MOST_PAGES)
    except ServiceError:
        return (), {}
    return view.sizes, {number: ("image/png", png) for number, png in enumerate(view.pictures, 1)}


def placed_pages(content: bytes, *, place: SealPlace | None) -> PlacedPages:
    """
    Return the pages of a file and where the seal is to stand; without a wish, at the lower right of the last one.
    """
    pages = drawn_pages(content)
    last = pages[-1] if pages else DrawnPage(number=1, width=A4[0], height=A4[1], picture="")
    return PlacedPages(
        pages=pages,
        page=last.number if place is None else place.page + 1,
        x=round(max(last.width - SIZE - 20, 0.0), 1) if place is None else place.x,
        y=round(max(last.height - SIZE - 20, 0.0), 1) if place is None else place.y,
        size=SIZE,
        is_shown=place is not None,
    )


def place_typed(form: Typed) -> SealPlace | None:
    """
    Return the place that was typed or shown, None where the seal shall not be seen.
    """
    if not form.text("is_shown"):
        return None
    page = form.number("page")
    if not page:
        form.faults["page"] = _("请填写页码")
    return SealPlace(
        name="issuer",
        page=(page or 1) - 1,
        x=form.millimetres("x"),
        y=form.millimetres("y"),
        width=SIZE,
        height=SIZE,
    )
