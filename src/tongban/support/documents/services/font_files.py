"""
Reading OpenType files where they lie: which glyph a character has, its width, its outline (ISO/IEC 14496-22).

A Chinese font holds 65,000 glyphs in twenty megabytes. Unpacked into objects, four faces would take a quarter of a
gigabyte of every process; mapped into memory and looked up, they take what is really used, and processes share it.
"""

import mmap
import struct
import threading
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any, Final

from fontTools.misc.psCharStrings import T2CharString
from fontTools.ttLib import TTFont

COLLECTION: Final = b"ttcf"
NO_GLYPH: Final = 0

_UNICODE: Final = frozenset({(0, 3), (0, 4), (0, 6), (3, 1), (3, 10)})
"""Platforms and encodings of tables whose characters are those of Unicode."""

_SEGMENTS: Final = 4
_GROUPS: Final = 12
"""Forms of such tables: basic plane, all planes."""

# How numbers and operators are written in a DICT (Adobe Technical Note 5176, section 4).
_SHORT: Final = 28
_LONG: Final = 29
_REAL: Final = 30
_ONE_BYTE: Final = range(32, 247)
_POSITIVE: Final = range(247, 251)
_NEGATIVE: Final = range(251, 255)
_ESCAPE: Final = 12
_NIBBLES: Final = ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9", ".", "E", "E-", "", "-")
_END_OF_REAL: Final = 15

_PRIVATE: Final = 18
_SUBROUTINES: Final = 19
_DEFAULT_WIDTH: Final = 20
_NOMINAL_WIDTH: Final = 21
_CHARACTER_STRINGS: Final = 17
_FONT_ARRAY: Final = (_ESCAPE, 36)
_FONT_SELECT: Final = (_ESCAPE, 37)


class FontUnreadable(ValueError):
    """
    A font file is not of a form that is read here.
    """


class FontFile:
    """
    One face of a font file.
    """

    def __init__(self, path: str, index: int) -> None:
        """
        Map a file into memory.

        :param index: of the face within a collection
        :raises FontUnreadable: neither PostScript nor TrueType outlines, or no table of Unicode characters
        """
        with open(path, "rb") as file:  # noqa: PTH123 – a path of the system's list of fonts
            self._data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._lock = threading.Lock()
        self._tables = self._directory(index)
        self.units_per_em: int = self._numbers("H", self._tables["head"][0] + 18)[0]
        self._wide_metrics: int = self._numbers("H", self._tables["hhea"][0] + 34)[0]
        self._characters = self._character_map()
        self.is_cubic = "CFF " in self._tables
        if self.is_cubic:
            self._compact = _CompactOutlines(self._data, self._tables["CFF "][0])
        elif "glyf" in self._tables:
            self._font = TTFont(self._data, fontNumber=index, lazy=True)
        else:
            raise FontUnreadable(path)

    def glyph_id(self, code: int) -> int:
        """
        Return the number of a character's glyph, 0 for none.
        """
        firsts, lasts, glyphs = self._characters
        run = bisect_right(firsts, code) - 1
        if run < 0 or code > lasts[run]:
            return NO_GLYPH
        return glyphs[run] + code - firsts[run]

    def width(self, glyph_id: int) -> int:
        """
        Return the width of a glyph, font units.
        """
        place = self._tables["hmtx"][0] + 4 * min(glyph_id, self._wide_metrics - 1)
        return int(self._numbers("H", place)[0])

    def draw(self, glyph_id: int, pen: Any) -> None:
        """
        Draw a glyph with a pen of fontTools; font units, y upwards.
        """
        # fontTools unpacks shared pieces in place, and reads from one position in the file.
        with self._lock:
            if self.is_cubic:
                self._compact.draw(glyph_id, pen)
            else:
                self._font.getGlyphSet()[self._font.getGlyphName(glyph_id)].draw(pen)

    def _numbers(self, form: str, place: int) -> tuple[Any, ...]:
        return struct.unpack_from(f">{form}", self._data, place)

    def _directory(self, index: int) -> dict[str, tuple[int, int]]:
        start = self._numbers("I", 12 + 4 * index)[0] if self._data[:4] == COLLECTION else 0
        count = self._numbers("H", start + 4)[0]
        entries = (self._numbers("4sIII", start + 12 + 16 * place) for place in range(count))
        return {tag.decode("latin-1"): (offset, length) for tag, _checksum, offset, length in entries}

    def _character_map(self) -> tuple["array[int]", "array[int]", "array[int]"]:
        start = self._tables["cmap"][0]
        count = self._numbers("H", start + 2)[0]
        forms: dict[int, int] = {}
        for place in range(count):
            platform, encoding, offset = self._numbers("HHI", start + 4 + 8 * place)
            if (platform, encoding) in _UNICODE:
                forms.setdefault(self._numbers("H", start + offset)[0], start + offset)
        if _GROUPS in forms:
            runs = list(self._runs12(forms[_GROUPS]))
        elif _SEGMENTS in forms:
            runs = list(self._runs4(forms[_SEGMENTS]))
        else:
            raise FontUnreadable("no Unicode characters")
        runs.sort()
        firsts, lasts, glyphs = (array("L", column) for column in zip(*runs, strict=True))
        return firsts, lasts, glyphs

    def _runs12(self, table: int) -> Iterator[tuple[int, int, int]]:
        count = self._numbers("I", table + 12)[0]
        for place in range(count):
            first, last, glyph = self._numbers("III", table + 16 + 12 * place)
            yield first, last, glyph

    def _runs4(self, table: int) -> Iterator[tuple[int, int, int]]:
        count = self._numbers("H", table + 6)[0] // 2
        lasts = self._numbers(f"{count}H", table + 14)
        firsts = self._numbers(f"{count}H", table + 16 + 2 * count)
        deltas = self._numbers(f"{count}H", table + 16 + 4 * count)
        offsets_at = table + 16 + 6 * count
        offsets = self._numbers(f"{count}H", offsets_at)
        for place, (first, last, delta, offset) in enumerate(
            zip(firsts, lasts, deltas, offsets, strict=True)
        ):
            for code in range(first, last + 1):
                glyph = code
                if offset:
                    glyph = self._numbers("H", offsets_at + 2 * place + offset + 2 * (code - first))[0]
                glyph = (glyph + delta) % 0x10000 if glyph else NO_GLYPH
                if glyph:
                    yield code, code, glyph


class _Index:
    """
    An INDEX of the Compact Font Format: byte strings by number.
    """

    def __init__(self, data: mmap.mmap, start: int) -> None:
        self._data = data
        self._count: int = struct.unpack_from(">H", data, start)[0]
        self._size = data[start + 2] if self._count else 1
        self._offsets = start + 3
        self._before = self._offsets + (self._count + 1) * self._size - 1
        self.end = self._before + self._offset(self._count) if self._count else start + 2

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, number: int) -> bytes:
        if not 0 <= number < self._count:
            raise IndexError(number)
        return self._data[self._before + self._offset(number) : self._before + self._offset(number + 1)]

    def _offset(self, number: int) -> int:
        place = self._offsets + number * self._size
        return int.from_bytes(self._data[place : place + self._size], "big")


class _Subroutines:
    """
    Pieces that many outlines share, as fontTools asks for them.
    """

    def __init__(self, index: _Index | None) -> None:
        self._index = index
        self._read: dict[int, T2CharString] = {}

    def __len__(self) -> int:
        return len(self._index) if self._index is not None else 0

    def __getitem__(self, number: int) -> T2CharString:
        if self._index is None:
            raise IndexError(number)
        known = self._read.get(number)
        if known is None:
            known = self._read[number] = T2CharString(self._index[number])
        return known


class _Private:
    """
    What outlines of one part of a font have in common, as fontTools asks for it.
    """

    def __init__(self, data: mmap.mmap, start: int, size: int) -> None:
        facts = _dictionary(data[start : start + size])
        subroutines = facts.get(_SUBROUTINES)
        self.Subrs = _Subroutines(_Index(data, start + int(subroutines[0])) if subroutines else None)
        self.defaultWidthX = facts.get(_DEFAULT_WIDTH, [0])[0]
        self.nominalWidthX = facts.get(_NOMINAL_WIDTH, [0])[0]


class _CompactOutlines:
    """
    The table CFF: outlines as small programs (Adobe Technical Notes 5176 and 5177).
    """

    def __init__(self, data: mmap.mmap, start: int) -> None:
        names = _Index(data, start + data[start + 2])
        tops = _Index(data, names.end)
        strings = _Index(data, tops.end)
        top = _dictionary(tops[0])
        self._global = _Subroutines(_Index(data, strings.end))
        self._outlines = _Index(data, start + int(top[_CHARACTER_STRINGS][0]))
        if _FONT_ARRAY in top:
            parts = _Index(data, start + int(top[_FONT_ARRAY][0]))
            facts = [_dictionary(parts[number]) for number in range(len(parts))]
            self._parts = _font_select(data, start + int(top[_FONT_SELECT][0]), len(self._outlines))
        else:
            facts = [top]
            self._parts = bytes(len(self._outlines))
        self._privates = [
            _Private(data, start + int(fact[_PRIVATE][1]), int(fact[_PRIVATE][0])) for fact in facts
        ]

    def draw(self, glyph_id: int, pen: Any) -> None:
        private = self._privates[self._parts[glyph_id]]
        T2CharString(self._outlines[glyph_id], private=private, globalSubrs=self._global).draw(pen)


def _font_select(data: mmap.mmap, start: int, glyphs: int) -> bytes:
    """
    Return the part of the font that each glyph belongs to.
    """
    if data[start] == 0:
        return data[start + 1 : start + 1 + glyphs]
    count = struct.unpack_from(">H", data, start + 1)[0]
    parts = bytearray(glyphs)
    for place in range(count):
        first, part, following = struct.unpack_from(">HBH", data, start + 3 + 3 * place)
        parts[first:following] = bytes([part]) * (following - first)
    return bytes(parts)


def _dictionary(data: bytes) -> dict[Any, list[float]]:
    """
    Return a DICT: operands by operator; an operator of two bytes is a pair.
    """
    facts: dict[Any, list[float]] = {}
    operands: list[float] = []
    place = 0
    while place < len(data):
        first = data[place]
        if first in _ONE_BYTE or first in _POSITIVE or first in _NEGATIVE or first in {_SHORT, _LONG, _REAL}:
            operand, place = _operand(data, place)
            operands.append(operand)
        else:
            operator: Any = (first, data[place + 1]) if first == _ESCAPE else first
            place += 2 if first == _ESCAPE else 1
            facts[operator], operands = operands, []
    return facts


def _operand(data: bytes, place: int) -> tuple[float, int]:
    first = data[place]
    if first == _SHORT:
        return struct.unpack_from(">h", data, place + 1)[0], place + 3
    if first == _LONG:
        return struct.unpack_from(">i", data, place + 1)[0], place + 5
    if first == _REAL:
        return _real(data, place + 1)
    if first in _ONE_BYTE:
        return first - 139, place + 1
    if first in _POSITIVE:
        return (first - 247) * 256 + data[place + 1] + 108, place + 2
    return -(first - 251) * 256 - data[place + 1] - 108, place + 2


def _real(data: bytes, place: int) -> tuple[float, int]:
    text = ""
    while True:
        byte = data[place]
        place += 1
        for nibble in (byte >> 4, byte & 15):
            if nibble == _END_OF_REAL:
                return float(text), place
            text += _NIBBLES[nibble]
