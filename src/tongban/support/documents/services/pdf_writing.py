"""
Writing a layout as PDF/A-2b (ISO 19005-2), and as PNG, by typst: every part is put at its place, nothing is laid out.

Attachments are left out: PDF/A-2 allows no files but PDF/A in a file. The OFD is the original, this is a copy of it.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

import typst

from tongban.foundation.errors import InvalidInput
from tongban.support.documents.services.drawing import Run, number, point_on, runs_of
from tongban.support.documents.services.rendering import TEMPLATES, TemplateBroken, typesetter
from tongban.support.documents.services.setting import is_ideograph
from tongban.support.documents.services.svg_writing import NO_PICTURES, drawn, drawn_seal, placed_seals
from tongban.support.documents.values.layout import Layout, LayoutPage, Path, Picture, SealPlace, Text

TEMPLATE: Final = "placed/pages"
POINTS_PER_MM: Final = 72 / 25.4
MM_PER_INCH: Final = 25.4
PLACES: Final = 4
"""Digits of millimetres."""

# typst narrows these marks beside others and at the edges of lines. Alone they stay where they are put.
_MARKS: Final = frozenset("，。、；：？！．（）《》〈〉「」『』【】〔〕〖〗［］｛｝“”‘’")


def write_pdf(layout: Layout, *, seal_pictures: Mapping[str, bytes] = NO_PICTURES) -> bytes:
    """
    Return a layout as PDF/A-2b. Equal arguments give equal bytes.

    :param seal_pictures: SVG or PNG by the name of a seal's place; places of other names stay empty
    :raises NotPrintable: no installed font has a character of the layout
    :raises FontsMissing: the machine has no Chinese fonts
    """
    return _typeset(layout, range(len(layout.pages)), seal_pictures)


def write_png(
    layout: Layout,
    *,
    page: int = 0,
    pixels_per_mm: float = 6.0,
    seal_pictures: Mapping[str, bytes] = NO_PICTURES,
) -> bytes:
    """
    Return one page of a layout as PNG.

    :param page: from 0
    :raises NotPrintable: no installed font has a character of the layout
    """
    if not 0 <= page < len(layout.pages):
        raise InvalidInput(fields={"page": str(page)})
    return _typeset(layout, [page], seal_pictures, pixels_per_inch=pixels_per_mm * MM_PER_INCH)


def pdf_rectangle(layout: Layout, place: SealPlace) -> tuple[float, float, float, float]:
    """
    Return a seal's place as PDF wants it: left, lower, right and upper edge in points from the lower left corner.
    """
    height = layout.pages[place.page].height
    edges = (place.x, height - place.y - place.height, place.x + place.width, height - place.y)
    left, lower, right, upper = (round(edge * POINTS_PER_MM, 2) for edge in edges)
    return left, lower, right, upper


def _typeset(
    layout: Layout,
    chosen: Sequence[int],
    seal_pictures: Mapping[str, bytes],
    *,
    pixels_per_inch: float | None = None,
) -> bytes:
    drawings: list[str] = []
    pages = [
        {
            "width": layout.pages[page].width,
            "height": layout.pages[page].height,
            "parts": list(_parts(layout, page, seal_pictures, drawings)),
        }
        for page in chosen
    ]
    about = {
        "title": layout.title,
        "author": layout.author,
        "keywords": list(layout.keywords),
    }
    inputs = {
        "document": json.dumps(about, ensure_ascii=False),
        "pages": json.dumps(pages, ensure_ascii=False),
        **{f"drawing-{place}": drawing for place, drawing in enumerate(drawings)},
    }
    try:
        return typesetter(TEMPLATES).typeset(
            TEMPLATE, inputs, at=layout.created_at, pixels_per_inch=pixels_per_inch
        )
    except typst.TypstError as error:
        raise TemplateBroken(template=TEMPLATE, detail=error.message) from error


def _parts(
    layout: Layout, number_: int, seal_pictures: Mapping[str, bytes], drawings: list[str]
) -> Iterator[dict[str, Any]]:
    page = layout.pages[number_]
    for is_text, items in groupby(page.items, key=lambda item: isinstance(item, Text)):
        if is_text:
            for item in items:
                if isinstance(item, Text):
                    yield from _text_parts(item)
        else:
            # What is drawn together is one picture: typst keeps pictures it has read, and ornaments come again.
            drawing = drawn(item for item in items if isinstance(item, Path | Picture))
            yield _drawing(page, drawing, drawings)
    seals = placed_seals(layout, number_, seal_pictures)
    if seals:
        yield _drawing(page, "".join(drawn_seal(*seal) for seal in seals), drawings)


def _drawing(page: LayoutPage, elements: str, drawings: list[str]) -> dict[str, Any]:
    width, height = number(page.width), number(page.height)
    drawings.append(
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{width}mm" height="{height}mm" viewBox="0 0 {width} {height}">{elements}</svg>'
    )
    return {"drawing": f"drawing-{len(drawings) - 1}"}


def _text_parts(text: Text) -> Iterator[dict[str, Any]]:
    for run in runs_of(text):
        for piece, offset, width, tracking in _even_pieces(run, text.size):
            x, y = point_on(text, offset)
            yield {
                "x": round(x, PLACES),
                "y": round(y, PLACES),
                "w": round(width, PLACES),
                "text": piece,
                "tracking": tracking,
                "size": text.size,
                "font": run.face.family,
                "weight": text.weight,
                "color": text.color,
                "opacity": text.opacity,
                "angle": text.angle,
            }


def _even_pieces(run: Run, size: float) -> Iterator[tuple[str, float, float, float]]:
    """
    Cut a run where the room between characters changes: text, offset, width and that room, mm.
    """
    rooms = [
        round(advance - run.face.advance(character) * size, 2)
        for character, advance in zip(run.text, run.advances, strict=True)
    ]
    start, offset = 0, run.offset
    for place in range(1, len(run.text) + 1):
        if place < len(run.text) and _follows(run.text, rooms, start, place):
            continue
        # Room behind the last character is nobody's business, so a piece may end with another one.
        width = sum(run.advances[start:place])
        yield run.text[start:place], offset, width, rooms[start] if place - start > 1 else 0.0
        offset += width
        start = place


def _follows(text: str, rooms: Sequence[float], start: int, place: int) -> bool:
    before, after = text[place - 1], text[place]
    if before in _MARKS or after in _MARKS or before.isascii() != after.isascii():
        return False
    # Where scripts meet, typst forgets the room between characters.
    is_tracked = rooms[start] == 0 or before.isascii() or (is_ideograph(before) and is_ideograph(after))
    return is_tracked and rooms[place - 1] == rooms[start]
