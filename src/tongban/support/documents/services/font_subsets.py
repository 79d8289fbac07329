"""
Fonts that hold no more characters than a document has: TrueType, put together from glyphs that are already at hand.

Only what a reader needs is in them (ISO/IEC 14496-22): outlines, widths and the table from characters to glyphs; no
hints, no kerning, no layout rules, because the document says itself where each character stands. Equal characters give
equal bytes.
"""

import struct
from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Final

from tongban.foundation.canonical import sm3_hex
from tongban.support.documents.services.fonts import KEPT_GLYPHS, Face, Glyph, glyph_of
from tongban.support.documents.values.layout import BOLD

KEPT_SUBSETS: Final = 64
KEPT_WIDTHS: Final = 20_000
EPOCH: Final = 0x7C25B080
"""1970-01-01 in seconds since 1904: a font that depended on the clock would not be the same twice."""

HIGHEST_BMP: Final = 0xFFFF
CHECKSUM_MAGIC: Final = 0xB1B0AFBA
ASCENT: Final = 1.151
DESCENT: Final = -0.286
"""Of Noto CJK, in em; a line of the highest characters needs as much."""

_TAG_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@lru_cache(maxsize=KEPT_SUBSETS)
def subset_font(face: Face, characters: str) -> bytes:
    """
    Return a TrueType font with the glyphs of `characters` and no others.

    :param characters: sorted, each once, each with a glyph in `face`
    """
    glyphs = [Glyph(b"", (0, 0, 0, 0), 0, 0), *(glyph_of(face, character) for character in characters)]
    units = face.units_per_em
    widths = [units, *(_width(face, character) for character in characters)]
    outlines, places, checksum = _outlines(glyphs)
    lefts, bottoms, rights, tops = zip(
        *([glyph.box for glyph in glyphs if glyph.data] or [(0, 0, 0, 0)]), strict=True
    )
    box = (min(lefts), min(bottoms), max(rights), max(tops))
    tables = {
        b"OS/2": _os2(face, characters, widths),
        b"cmap": _cmap(characters),
        b"glyf": outlines,
        b"head": _head(face, box),
        b"hhea": _hhea(units, widths, glyphs, box),
        b"hmtx": _hmtx(widths, glyphs),
        b"loca": places,
        b"maxp": _maxp(glyphs),
        b"name": _name(face, characters),
        b"post": struct.pack(">IIhhIIIII", 0x00030000, 0, -units // 10, units // 20, 0, 0, 0, 0, 0),
    }
    return _font_file(tables, {b"glyf": checksum})


@lru_cache(maxsize=KEPT_WIDTHS)
def _width(face: Face, character: str) -> int:
    return round(face.advance(character) * face.units_per_em)


def _outlines(glyphs: Sequence[Glyph]) -> tuple[bytes, bytes, int]:
    """
    Return the outlines, where each begins and the last one ends, and the checksum of all: the sum of theirs.
    """
    parts = [_padded(glyph.data) for glyph in glyphs]
    offsets = list(accumulate((len(data) for data, _checksum in parts), initial=0))
    outlines = b"".join([data for data, _checksum in parts])
    return outlines, struct.pack(f">{len(offsets)}I", *offsets), sum(checksum for _data, checksum in parts)


@lru_cache(maxsize=KEPT_GLYPHS)
def _padded(data: bytes) -> tuple[bytes, int]:
    padded = data + b"\0" * (-len(data) % 4)
    return padded, _checksum(padded)


def _head(face: Face, box: tuple[int, int, int, int]) -> bytes:
    style = 1 if face.weight >= BOLD else 0
    return struct.pack(
        ">IIIIHHQQhhhhHHhhh",
        0x00010000, 0x00010000, 0, 0x5F0F3CF5, 0x0003, face.units_per_em, EPOCH, EPOCH, *box, style, 8, 2, 1, 0,
    )  # fmt: skip


def _hhea(
    units: int, widths: Sequence[int], glyphs: Sequence[Glyph], box: tuple[int, int, int, int]
) -> bytes:
    seen = [(width, glyph.box) for width, glyph in zip(widths, glyphs, strict=True) if glyph.data]
    right = min((width - box[2] for width, box in seen), default=0)
    return struct.pack(
        ">IhhhHhhhhhhhhhhhH",
        0x00010000, round(ASCENT * units), round(DESCENT * units), 0, max(widths), box[0], right, box[2],
        1, 0, 0, 0, 0, 0, 0, 0, len(widths),
    )  # fmt: skip


def _hmtx(widths: Sequence[int], glyphs: Sequence[Glyph]) -> bytes:
    return b"".join(
        struct.pack(">Hh", width, glyph.box[0]) for width, glyph in zip(widths, glyphs, strict=True)
    )


def _maxp(glyphs: Sequence[Glyph]) -> bytes:
    points = max(glyph.points for glyph in glyphs)
    contours = max(glyph.contours for glyph in glyphs)
    return struct.pack(
        ">IHHHHHHHHHHHHHH", 0x00010000, len(glyphs), points, contours, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0
    )


def _os2(face: Face, characters: str, widths: Sequence[int]) -> bytes:
    units = face.units_per_em
    codes = [min(ord(character), HIGHEST_BMP) for character in characters] or [0]
    selection = 0x20 if face.weight >= BOLD else 0x40
    return struct.pack(
        ">HhHHHhhhhhhhhhhh10sIIII4sHHHhhhHHIIhhHHH",
        4, sum(widths) // len(widths), face.weight, 5, 0,
        units // 2, units // 2, 0, units // 7, units // 2, units // 2, 0, units // 3, units // 20, units // 4, 0,
        b"\0" * 10, 0, 0, 0, 0, b"TBAN", selection, min(codes), max(codes),
        round(ASCENT * units), round(DESCENT * units), 0, round(ASCENT * units), round(-DESCENT * units), 0, 0,
        units // 2, round(0.73 * units), 0, 32, 0,
    )  # fmt: skip


def _cmap(characters: str) -> bytes:
    codes = [ord(character) for character in characters]
    basic = codes[: bisect_left(codes, HIGHEST_BMP)]
    tables = [(3, 1, _cmap4(basic))]
    if len(basic) < len(codes):
        tables.append((3, 10, _cmap12(codes)))
    header = struct.pack(">HH", 0, len(tables))
    offset = len(header) + 8 * len(tables)
    for platform, encoding, table in tables:
        header += struct.pack(">HHI", platform, encoding, offset)
        offset += len(table)
    return header + b"".join(table for _platform, _encoding, table in tables)


def _cmap4(codes: Sequence[int]) -> bytes:
    # Glyphs follow the order of their characters, so every run of codes is one segment with a difference.
    runs = [*_runs(codes), (HIGHEST_BMP, HIGHEST_BMP, 0)]
    count = len(runs)
    power = 1 << (count.bit_length() - 1)
    body = struct.pack(
        f">HHHH{count}HH{count}H{count}H{count}H",
        count * 2, power * 2, power.bit_length() - 1, (count - power) * 2,
        *(last for _first, last, _glyph in runs), 0,
        *(first for first, _last, _glyph in runs),
        *((glyph - first) % 0x10000 for first, _last, glyph in runs),
        *(0 for _run in runs),
    )  # fmt: skip
    return struct.pack(">HHH", 4, 6 + len(body), 0) + body


def _cmap12(codes: Sequence[int]) -> bytes:
    runs = _runs(codes)
    groups = b"".join(struct.pack(">III", *run) for run in runs)
    return struct.pack(">HHIII", 12, 0, 16 + len(groups), 0, len(runs)) + groups


def _runs(codes: Sequence[int]) -> list[tuple[int, int, int]]:
    """
    Return runs of neighbouring codes: first, last, glyph of the first.
    """
    runs: list[tuple[int, int, int]] = []
    for glyph, code in enumerate(codes, start=1):
        if runs and runs[-1][1] == code - 1:
            first, _last, start = runs[-1]
            runs[-1] = (first, code, start)
        else:
            runs.append((code, code, glyph))
    return runs


def _name(face: Face, characters: str) -> bytes:
    # As in PDF, six letters before the name tell subsets of one font apart; some readers keep fonts by name.
    digest = int(sm3_hex(f"{face.key} {characters}".encode())[:12], 16)
    tag = "".join(_TAG_LETTERS[digest // 26**place % 26] for place in range(6))
    style = "Bold" if face.weight >= BOLD else "Regular"
    family = f"{tag}+{face.family}"
    texts = {
        1: family,
        2: style,
        3: f"{family} {style}",
        4: f"{family} {style}",
        6: f"{tag}+{face.family.replace(' ', '')}-{style}",
    }
    records, strings = b"", b""
    for number, text in texts.items():
        encoded = text.encode("utf-16-be")
        records += struct.pack(">HHHHHH", 3, 1, 0x409, number, len(encoded), len(strings))
        strings += encoded
    return struct.pack(">HHH", 0, len(texts), 6 + len(records)) + records + strings


def _font_file(tables: dict[bytes, bytes], known: dict[bytes, int]) -> bytes:
    """
    Put tables together.

    :param known: checksums of tables, as far as they are known
    """
    count = len(tables)
    power = 1 << (count.bit_length() - 1)
    offset = 12 + 16 * count
    head_at = 0
    directory = struct.pack(
        ">IHHHH", 0x00010000, count, power * 16, power.bit_length() - 1, (count - power) * 16
    )
    body = bytearray()
    total = 0
    for tag, content in tables.items():
        if tag == b"head":
            head_at = offset + len(body)
        checksum = (known[tag] if tag in known else _checksum(content)) % 2**32
        total += checksum
        directory += struct.pack(">4sIII", tag, checksum, offset + len(body), len(content))
        body += content + b"\0" * (-len(content) % 4)
    font = bytearray(directory + body)
    # The sum of the whole is that of its parts: each of them begins at a word.
    struct.pack_into(">I", font, head_at + 8, (CHECKSUM_MAGIC - total - _checksum(directory)) % 2**32)
    return bytes(font)


def _checksum(content: bytes) -> int:
    padded = content + b"\0" * (-len(content) % 4)
    total: int = sum(struct.unpack(f">{len(padded) // 4}I", padded))
    return total % 2**32
