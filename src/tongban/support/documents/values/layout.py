"""
A document laid out: what stands where on which page, in millimetres.

One layout is written as OFD, as PDF and as SVG. It holds everything that decides how a page looks, down to the place
of each character, so that the three cannot differ. The origin of a page is its top left corner; y grows downwards.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import takewhile
from types import MappingProxyType
from typing import Final

from tongban.support.documents.values.geometry import Box

REGULAR: Final = 400
BOLD: Final = 700
A4: Final = (210.0, 297.0)
"""Width and height, upright."""

THINNEST_SLICE: Final = 3.0
"""Of a straddle seal, mm; a thinner one would not be seen. More pages share several seals."""


class FontFamily(StrEnum):
    """
    思源宋体, 思源黑体: the two families that documents are set in.
    """

    SERIF = "serif"
    SANS = "sans"


@dataclass(frozen=True, kw_only=True, slots=True)
class Text:
    """
    Characters on one line, each with its own place.
    """

    x: float
    """Where the first character begins."""
    y: float
    """The line that characters stand on."""
    text: str
    advances: tuple[float, ...]
    """Of each character, the way to the beginning of the next one."""
    size: float
    """Height of the em, mm; 1 mm is 2.835 points."""
    family: FontFamily = FontFamily.SERIF
    weight: int = REGULAR
    """400 or 700."""
    color: str = "#000000"
    opacity: float = 1.0
    angle: float = 0.0
    """Degrees clockwise about (x, y)."""
    is_common: bool = False
    """It stands on all documents of a kind: its characters have fonts of their own, which are made once."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Path:
    """
    A drawing of lines and curves.
    """

    x: float
    y: float
    width: float
    height: float
    """Box that holds the drawing, the width of its lines included."""
    commands: str
    """AbbreviatedData of GB/T 33190 relative to (x, y): `M x y`, `L x y`, `Q x1 y1 x y`, `B x1 y1 x2 y2 x y`, `C`."""
    stroke: str = ""
    """Colour of the line; empty: no line."""
    stroke_width: float = 0.25
    fill: str = ""
    """Colour inside, by the rule of non-zero windings; empty: nothing."""
    opacity: float = 1.0
    is_common: bool = False
    """It stands on all documents of a kind."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """
    A picture of dots.
    """

    x: float
    y: float
    width: float
    height: float
    content: bytes
    media_type: str
    """image/png or image/jpeg."""
    opacity: float = 1.0
    name: str = ""
    """What it shows, for who cannot see it."""


Item = Text | Path | Picture


@dataclass(frozen=True, kw_only=True, slots=True)
class SealPlace:
    """
    Where a seal stands on one page. Readers of OFD draw it from the signature, so a layout draws nothing there.
    """

    name: str
    """Which seal: "issuer", or the name that a face gives it."""
    page: int
    """From 0."""
    x: float
    y: float
    width: float
    height: float
    """The whole picture, also where it reaches over the edge of the page."""
    clip: Box | None = None
    """The part that is shown here, relative to (x, y); None: all of it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Attachment:
    """
    A file within the document.
    """

    name: str
    """File name, unique in the document."""
    media_type: str
    content: bytes
    title: str = ""
    is_visible: bool = True
    """False: for machines; readers do not list it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LayoutPage:
    """
    One page and what stands on it, the lowest first.
    """

    width: float
    height: float
    items: tuple[Item, ...]

    @property
    def background(self) -> tuple[Item, ...]:
        """
        The lowest items, as far as they stand on all documents of a kind.
        """
        return tuple(takewhile(lambda item: not isinstance(item, Picture) and item.is_common, self.items))


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """
    A whole document. Equal layouts are written as equal bytes.
    """

    pages: tuple[LayoutPage, ...]
    title: str
    author: str
    created_at: datetime
    """Aware; written as the day in China."""
    subject: str = ""
    keywords: tuple[str, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """CustomDatas of OFD.xml by name, in this order (GB/T 36903)."""
    attachments: tuple[Attachment, ...] = ()
    seal_places: tuple[SealPlace, ...] = ()
    language: str = "zh-CN"
    document_id: str = ""
    """32 hexadecimal digits; empty: made from the content."""


def page_reference(page: int) -> int:
    """
    Return the object ID of a page (from 0) in OFD files of ours: what `StampAnnot/@PageRef` names.
    """
    return page + 1


def straddle_places(
    sizes: Sequence[tuple[float, float]], *, name: str, size: float, middle: float
) -> tuple[SealPlace, ...]:
    """
    Return the places of a straddle seal (骑缝章): one picture cut into slices, one at the right edge of each page.

    Laid one behind the other and fanned out, the pages show the whole seal; a page that was exchanged breaks it. Where
    slices would be too thin, the pages are sealed in groups of nearly equal size. A page alone shows half of the seal.

    :param sizes: width and height of each page, mm
    :param name: of the seal
    :param size: side of the square picture, mm
    :param middle: distance of its centre from the top, mm
    """
    most = max(int(size // THINNEST_SLICE), 1)
    groups = -(-len(sizes) // most)
    places: list[SealPlace] = []
    for group in range(groups):
        first, last = len(sizes) * group // groups, len(sizes) * (group + 1) // groups
        wide = size / max(last - first, 2)
        for shown, page in enumerate(range(first, last)):
            places.append(
                SealPlace(
                    name=name,
                    page=page,
                    x=round(sizes[page][0] - wide * (shown + 1), 3),
                    y=round(middle - size / 2, 3),
                    width=size,
                    height=size,
                    clip=Box(x=round(wide * shown, 3), y=0.0, width=round(wide, 3), height=size),
                )
            )
    return tuple(places)
