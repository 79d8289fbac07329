"""
The fonts that documents are set in: which character has a glyph, how wide it is, what it looks like.

Outlines come out of the files as quadratic curves, the form of TrueType, and are kept, because writing a document then
only puts ready pieces together: a subset font takes a millisecond where cutting it out of the font anew takes a second.

Errors raised here::

    ServiceError
    └── FontsMissing  503  the machine has no Chinese fonts
"""

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Protocol

import typst
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.pens.ttGlyphPen import TTGlyphPen

from tongban.support.documents.services.font_files import NO_GLYPH, FontFile
from tongban.support.documents.services.rendering import RARE_FONTS, REQUIRED_FONTS, FontsMissing
from tongban.support.documents.values.layout import BOLD, REGULAR, FontFamily

LARGEST_ERROR: Final = 0.001
"""Of a curve's quadratic approximation, em: a micrometre and a half at the size of a title."""

KEPT_GLYPHS: Final = 20_000


@dataclass(frozen=True, slots=True)
class Glyph:
    """
    One glyph as TrueType keeps it.
    """

    data: bytes
    """Entry of the table glyf; empty for a blank."""
    box: tuple[int, int, int, int]
    """Smallest x and y, largest x and y, font units."""
    points: int
    contours: int


_BLANK: Final = Glyph(b"", (0, 0, 0, 0), 0, 0)


class Face:
    """
    One face of one font.
    """

    def __init__(self, *, family: str, weight: int, path: str, index: int) -> None:
        """
        Open a font file.

        :param index: of the face within a collection
        """
        self.family = family
        self.weight = weight
        self._file = FontFile(path, index)
        self.is_cubic = self._file.is_cubic
        self.units_per_em = self._file.units_per_em

    def __repr__(self) -> str:
        return f"Face({self.family} {self.weight})"

    @property
    def key(self) -> str:
        """
        Name the face: family and weight.
        """
        return f"{self.family} {self.weight}"

    def has(self, character: str) -> bool:
        """
        Say whether a character has a glyph.
        """
        return self._file.glyph_id(ord(character)) != NO_GLYPH

    def advance(self, character: str) -> float:
        """
        Return the width of a character that has a glyph, in em.
        """
        return self._file.width(self._file.glyph_id(ord(character))) / self.units_per_em

    def draw(self, character: str, pen: Any) -> None:
        """
        Draw the glyph of a character that has one; font units, y upwards.
        """
        self._file.draw(self._file.glyph_id(ord(character)), pen)


class FontFacts(Protocol):
    """
    What is known of a font before its file is opened.
    """

    family: str
    weight: int
    style: str
    path: str | None
    """None: within a program, where it cannot be read."""
    index: int


class FontBook:
    """
    The faces of this machine that may be printed with, in the order in which a character is looked for.
    """

    def __init__(self, fonts: Iterable[FontFacts]) -> None:
        """
        Take note of the fonts of a machine; files are opened when they are first needed.

        :param fonts: as typst lists them
        :raises FontsMissing: the required fonts are not among them
        """
        self._lock = threading.Lock()
        self._infos: dict[tuple[str, int], FontFacts] = {}
        for font in fonts:
            if font.path is not None and font.style.lower() == "normal":
                self._infos.setdefault((font.family, int(font.weight)), font)
        missing = [name for name in REQUIRED_FONTS if (name, REGULAR) not in self._infos]
        if missing:
            raise FontsMissing(missing=missing)
        self._rare = [name for name in RARE_FONTS if (name, REGULAR) in self._infos]
        self._faces: dict[tuple[str, int], Face] = {}

    def face(self, character: str, *, family: FontFamily, weight: int) -> Face | None:
        """
        Return the first face that has a glyph: the family's, one of rare characters, the other family's; None: no face.
        """
        for name in self._order(family):
            face = self._face(name, weight)
            if face.has(character):
                return face
        return None

    def _order(self, family: FontFamily) -> Iterable[str]:
        serif, sans = REQUIRED_FONTS
        first, last = (serif, sans) if family is FontFamily.SERIF else (sans, serif)
        return (first, *self._rare, last)

    def _face(self, name: str, weight: int) -> Face:
        wanted = (name, weight if (name, weight) in self._infos else REGULAR)
        face = self._faces.get(wanted)
        if face is None:
            with self._lock:
                face = self._faces.get(wanted)
                if face is None:
                    info = self._infos[wanted]
                    face = Face(family=name, weight=wanted[1], path=str(info.path), index=int(info.index))
                    self._faces[wanted] = face
        return face


@lru_cache(maxsize=1)
def font_book() -> FontBook:
    """
    Return the fonts of this process.

    :raises FontsMissing: the required fonts are not installed
    """
    return FontBook(typst.Fonts(include_system_fonts=True, include_embedded_fonts=False).fonts())


@lru_cache(maxsize=KEPT_GLYPHS)
def face_of(character: str, family: FontFamily, weight: int) -> Face | None:
    """
    Return the face that a character is printed with, None where no font has it.

    :param weight: 400 or 700; a font without a bold face lends its regular one
    """
    return font_book().face(character, family=family, weight=BOLD if weight >= BOLD else REGULAR)


@lru_cache(maxsize=KEPT_GLYPHS)
def glyph_of(face: Face, character: str) -> Glyph:
    """
    Return the outline of a character that `face` has.
    """
    pen = TTGlyphPen(None)
    # PostScript outlines turn the other way than TrueType's.
    curves = Cu2QuPen(pen, LARGEST_ERROR * face.units_per_em, reverse_direction=face.is_cubic)
    face.draw(character, curves)
    glyph = pen.glyph()
    data = glyph.compile(None)
    if not data:
        return _BLANK
    box = (glyph.xMin, glyph.yMin, glyph.xMax, glyph.yMax)
    return Glyph(data, box, len(glyph.coordinates), glyph.numberOfContours)


@lru_cache(maxsize=KEPT_GLYPHS)
def svg_outline(face: Face, character: str) -> str:
    """
    Return the outline of a character that `face` has as the path of an SVG; font units, y upwards.
    """
    pen = SVGPathPen(None, ntos=lambda number: str(round(number)))
    face.draw(character, pen)
    return str(pen.getCommands())
