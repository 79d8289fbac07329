"""
Glyphs of fonts that a file brings along, as outlines.

The reader's machine need not have the font, and never loads one from a stranger. Parsing is fontTools' and pure
Python. A crafted font can make outlines call one another without end; every call and every stroke is counted.
"""

import io
from typing import TYPE_CHECKING, Any, Final

from fontTools.cffLib import CFFFontSet
from fontTools.misc.psCharStrings import T2OutlineExtractor
from fontTools.pens.basePen import BasePen
from fontTools.ttLib import TTFont

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_FONT_BYTES: Final = 24 * 1024 * 1024
MOST_STROKES: Final = 20_000
"""Segments of one glyph; the densest Chinese characters have 400."""
MOST_CALLS: Final = 2_000
MAGICS: Final = (b"\x00\x01\x00\x00", b"OTTO", b"true", b"ttcf")
"""No WOFF: it is packed, and no OFD has it."""
CFF_MAGIC: Final = b"\x01\x00"
DEFAULT_UNITS: Final = 1000

SYMBOLS_FROM: Final = 0xF000


class FontNotReadError(Exception):
    """
    The embedded font is damaged, of another kind, or too complex.
    """


class _TooComplexError(Exception):
    pass


class _SvgPen(BasePen):  # type: ignore[misc] # the library is not typed throughout
    # Integer units of the font, y upwards, as SVG path data.
    def __init__(self, glyphs: Any) -> None:
        super().__init__(glyphs)
        self.data: list[str] = []
        self._left = MOST_STROKES
        self._calls = MOST_CALLS

    def _add(self, letter: str, *points: tuple[float, float]) -> None:
        self._left -= 1
        if self._left < 0:
            raise _TooComplexError
        self.data.append(letter + " ".join(f"{_short(x)} {_short(y)}" for x, y in points))

    def _moveTo(self, pt: tuple[float, float]) -> None:  # noqa: N802 - names of the library
        self._add("M", pt)

    def _lineTo(self, pt: tuple[float, float]) -> None:  # noqa: N802
        self._add("L", pt)

    def _curveToOne(  # noqa: N802
        self, pt1: tuple[float, float], pt2: tuple[float, float], pt3: tuple[float, float]
    ) -> None:
        self._add("C", pt1, pt2, pt3)

    def _qCurveToOne(self, pt1: tuple[float, float], pt2: tuple[float, float]) -> None:  # noqa: N802
        self._add("Q", pt1, pt2)

    def _closePath(self) -> None:  # noqa: N802
        self.data.append("Z")

    def addComponent(self, glyphName: str, transformation: Any) -> None:  # noqa: N802, N803
        self._calls -= 1
        if self._calls < 0:
            raise _TooComplexError
        super().addComponent(glyphName, transformation)


class _BoundedExtractor(T2OutlineExtractor):  # type: ignore[misc] # as above
    # Subroutines may call subroutines ten deep, each ten times: counted, not timed.
    def execute(self, charString: Any) -> Any:  # noqa: N803
        self.calls = getattr(self, "calls", 0) + 1
        if self.calls > MOST_CALLS:
            raise _TooComplexError
        return super().execute(charString)


def _short(value: float) -> str:
    return str(round(value)) if abs(value) < 1e6 else "0"  # noqa: PLR2004 - far outside any em


class Outlines:
    """
    One embedded font.
    """

    def __init__(self, content: bytes) -> None:
        """
        Open TrueType, OpenType, the first font of a collection, or a bare CFF.

        :raises FontNotReadError: anything else
        """
        if len(content) > MOST_FONT_BYTES:
            raise FontNotReadError
        self._drawn: dict[int, str] = {}
        self._codes: dict[int, int] = {}
        self._charstrings: Any = None
        if not content.startswith((*MAGICS, CFF_MAGIC)):
            raise FontNotReadError
        try:
            if content.startswith(MAGICS):
                self._open(content)
            else:
                self._open_bare(content)
        except Exception as error:
            # fontTools raises whatever the bytes make it raise.
            raise FontNotReadError from error

    def _open(self, content: bytes) -> None:
        font: Any = TTFont(io.BytesIO(content), lazy=True, fontNumber=0, recalcBBoxes=False)
        self.units = max(int(font["head"].unitsPerEm), 1)
        self._order = font.getGlyphOrder()
        self._glyphs = font.getGlyphSet()
        self._widths: Callable[[str], float] = lambda name: float(self._glyphs[name].width)
        if "CFF " in font:
            self._charstrings = font["CFF "].cff.topDictIndex[0].CharStrings
        index_of = {name: index for index, name in enumerate(self._order)}
        self._codes = _codes(font, index_of)

    def _open_bare(self, content: bytes) -> None:
        fonts: Any = CFFFontSet()
        fonts.decompile(io.BytesIO(content), None)
        top = fonts.topDictIndex[0]
        scale = float(top.FontMatrix[0]) if hasattr(top, "FontMatrix") else 0.001
        self.units = round(1 / scale) if scale > 0 else DEFAULT_UNITS
        self._order = list(top.charset)
        self._glyphs = top.CharStrings
        self._widths = lambda _name: float(self.units)
        self._charstrings = top.CharStrings

    def glyph_of(self, character: str) -> int | None:
        """
        Return the glyph of a character, None if the font has none.
        """
        return self._codes.get(ord(character))

    def width_of(self, glyph: int) -> float:
        """
        Return the advance of a glyph in ems.
        """
        try:
            return self._widths(self._order[glyph]) / self.units
        except Exception:  # noqa: BLE001 - as above
            return 1.0

    def path_of(self, glyph: int) -> str:
        """
        Return the outline of a glyph as SVG path data, y upwards; empty for a blank or a glyph that is not there.

        :raises FontNotReadError: the glyph is damaged or too complex
        """
        if glyph not in self._drawn:
            self._drawn[glyph] = self._outline(glyph)
        return self._drawn[glyph]

    def _outline(self, glyph: int) -> str:
        if not 0 <= glyph < len(self._order):
            return ""
        name = self._order[glyph]
        pen = _SvgPen(self._glyphs)
        try:
            if self._charstrings is not None and name in self._charstrings:
                charstring = self._charstrings[name]
                charstring.outlineExtractor = _BoundedExtractor
                charstring.draw(pen)
            else:
                self._glyphs[name].draw(pen)
        except Exception as error:
            raise FontNotReadError from error
        return "".join(pen.data)


def _codes(font: Any, index_of: dict[str, int]) -> dict[int, int]:
    # Subsets often come without a cmap, or with one only for symbols, which adds 0xF000 to each code.
    if "cmap" not in font:
        return {}
    best = font.getBestCmap()
    if best is None:
        tables = [table.cmap for table in font["cmap"].tables if hasattr(table, "cmap")]
        best = {_unsymbolic(code): name for table in tables for code, name in table.items()}
    return {code: index_of[name] for code, name in best.items() if name in index_of}


def _unsymbolic(code: int) -> int:
    return code - SYMBOLS_FROM if SYMBOLS_FROM <= code <= SYMBOLS_FROM + 0xFF else code
