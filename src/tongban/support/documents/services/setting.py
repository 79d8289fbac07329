"""
Setting text: how wide it is, where its lines break, how small it must be to fit.

Every character gets its place here, once, for all forms that a layout is written in. Widths are those of the fonts,
without kerning or ligatures; between Chinese and Latin letters there is a little room. Lines break between Chinese
characters except where punctuation forbids it (GB/T 15834-2011, 5.1: no mark that closes begins a line, none that opens
ends one); a word without blanks is broken only when it is longer than the line. Errors raised here::

    ServiceError
    ├── NotPrintable  503  no installed font has a character
    └── TextTooLong   422  a text does not fit its box at its smallest size
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

from django.utils.translation import gettext_lazy as _

from tongban.foundation.errors import InvalidInput, ServiceError
from tongban.support.documents.services.fonts import face_of, glyph_of
from tongban.support.documents.values.geometry import Box
from tongban.support.documents.values.layout import REGULAR, FontFamily, Text

ASCENT: Final = 0.88
"""From the line that characters stand on to the top of the em box; the rest is below."""

CHINESE_LATIN_GAP: Final = 0.2
"""Room between a Chinese and a Latin character, em."""

STEP: Final = 0.96
"""One size is so much smaller than the one before, while a text is made to fit."""

PLACES: Final = 3
"""Digits behind the point: micrometres."""

KEPT_LINES: Final = 256
"""A line is measured again and again while its size is sought."""

DASH: Final = "—"
OPENING: Final = frozenset("（《〈「『【〔〖［｛“‘([{<")
CLOSING: Final = frozenset("，。、；：？！）》〉」』】〕〗］｝”’…—～·,.;:?!)]}>%％℃")
_WIDE: Final = frozenset("WF")

# Kept are line breaks and blanks. What is left out has no glyph: controls, joiners, marks of direction, selectors of
# variants, fillers. A variant selector chooses a shape of a character, not another character.
_INVISIBLE: Final = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u180b-\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    r"\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_PARTS: Final = re.compile(r".[\u0300-\u036f\u3099\u309a]+|[\u1100-\u11ff]+")


class Align(StrEnum):
    """
    Where lines stand in their box.
    """

    START = "start"
    CENTER = "center"
    END = "end"


class NotPrintable(ServiceError):
    """
    No installed font has a character: a document must not misspell a name, nor show an empty box in its place.
    """

    code = "characters_not_printable"
    status = 503
    message = _("文字含有系统字库暂缺的字：%(characters)s，请管理员安装含该字的字体后重试")


class TextTooLong(ServiceError):
    """
    A text does not fit its box even at the smallest size that the box allows.
    """

    code = "text_too_long"
    status = 422
    message = _("文字过长，在版面中放不下：%(beginning)s……")


@dataclass(frozen=True, kw_only=True, slots=True)
class SetBlock:
    """
    A text set into a box.
    """

    items: tuple[Text, ...]
    """One for each line that is not blank."""
    size: float
    """That it came to, mm."""
    lines: int
    height: float
    """From the top of the first line's em box to the bottom of the last one's, mm."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Style:
    """
    What characters look like.
    """

    family: FontFamily = FontFamily.SERIF
    weight: int = REGULAR
    color: str = "#000000"
    opacity: float = 1.0
    tracking: float = 0.0
    """Room behind each character, em."""


PLAIN: Final = Style()


def printable(text: str) -> str:
    """
    Return `text` as it can be printed: no invisible characters, accents and Korean letters composed, tabs as blanks.
    """
    text = _INVISIBLE.sub("", text.replace("\t", " "))
    return _PARTS.sub(lambda part: unicodedata.normalize("NFC", part.group()), text)


def missing_characters(text: str) -> str:
    """
    Return the characters of `text` that no installed font has, each once; empty: all of it can be printed.

    :raises FontsMissing: the machine has no Chinese fonts
    """
    wanted = dict.fromkeys(printable(text).replace("\n", ""))
    return "".join(character for character in wanted if not _is_printable(character))


def text_width(text: str, *, size: float, style: Style = PLAIN) -> float:
    """
    Return how wide `text` is on one line, mm; without the room behind its last character.

    :raises NotPrintable: no installed font has a character
    """
    return _width(_advances(_checked(text), style), style) * size


def set_line(
    text: str,
    *,
    x: float,
    y: float,
    size: float,
    style: Style = PLAIN,
    align: Align = Align.START,
    angle: float = 0.0,
) -> Text:
    """
    Return one line of text; line breaks count as blanks.

    :param x: where it begins, has its middle or ends, after `align`
    :param y: the line that characters stand on
    :param angle: degrees clockwise about (x, y); not with another `align` than START
    :raises NotPrintable: no installed font has a character
    """
    if angle and align is not Align.START:
        raise InvalidInput(fields={"angle": "a turned line begins at its point"})
    line = _checked(text).replace("\n", " ")
    advances = _advances(line, style)
    width = _width(advances, style) * size
    return _text(line, advances, x=_begin(x, width, align), y=y, size=size, style=style, angle=angle)


def set_block(
    text: str,
    *,
    box: Box,
    size: float,
    least_size: float | None = None,
    line_height: float = 1.5,
    style: Style = PLAIN,
    align: Align = Align.START,
    vertical_align: Align = Align.START,
    most_lines: int | None = None,
) -> SetBlock:
    """
    Return `text` broken into lines that fit `box`, at `size` or as much smaller as need be.

    :param size: em, mm
    :param least_size: smallest size to try; None: `size` alone
    :param line_height: from line to line, em
    :param most_lines: 1 sets a line that is never broken
    :raises NotPrintable: no installed font has a character
    :raises TextTooLong: it does not fit at `least_size`
    """
    paragraphs = [(line, _advances(line, style)) for line in _checked(text).split("\n")]
    if most_lines == 1 and len(paragraphs) > 1:
        line = " ".join(line for line, _advances_ in paragraphs)
        paragraphs = [(line, _advances(line, style))]
    for attempt in fitting_sizes(size, least_size):
        lines = _broken(paragraphs, box.width / attempt, style, most_lines=most_lines)
        height = block_height(len(lines), size=attempt, line_height=line_height)
        if height <= box.height + 0.01 and (most_lines is None or len(lines) <= most_lines):
            if most_lines == 1 and _width(lines[0][1], style) * attempt > box.width + 0.01:
                continue
            items = _placed(
                lines,
                box,
                size=attempt,
                line_height=line_height,
                style=style,
                align=align,
                vertical_align=vertical_align,
            )
            return SetBlock(items=items, size=attempt, lines=len(lines), height=height)
    raise TextTooLong(beginning=text[:12])


@lru_cache(maxsize=256)
def fitting_sizes(size: float, least_size: float | None) -> Sequence[float]:
    """
    Return the sizes to try, the largest first: each four hundredths smaller than the one before.
    """
    least = size if least_size is None else min(least_size, size)
    sizes = [size]
    while sizes[-1] * STEP > least:
        sizes.append(round(sizes[-1] * STEP, PLACES))
    if sizes[-1] > least:
        sizes.append(least)
    return tuple(sizes)


def block_height(lines: int, *, size: float, line_height: float) -> float:
    """
    Return the height of so many lines: em boxes of the first and the last one included.
    """
    return size * (1 + (lines - 1) * line_height) if lines else 0.0


def broken_lines(text: str, *, width: float, size: float, style: Style = PLAIN) -> int:
    """
    Return how many lines `text` takes at `size` in `width`.

    :raises NotPrintable: no installed font has a character
    """
    paragraphs = [(line, _advances(line, style)) for line in _checked(text).split("\n")]
    return len(_broken(paragraphs, width / size, style, most_lines=None))


Line = tuple[str, tuple[float, ...]]


def _checked(text: str) -> str:
    text = printable(text)
    missing = [
        character for character in dict.fromkeys(text) if character != "\n" and not _is_printable(character)
    ]
    if missing:
        raise NotPrintable(characters="".join(_named(character) for character in missing))
    return text


@lru_cache(maxsize=20_000)
def _is_printable(character: str) -> bool:
    # Marks above or below others need a font's rules: beside its letter one would be a misprint. Characters of private
    # use are another character on every machine.
    if unicodedata.category(character) in {"Mn", "Me", "Mc", "Cs", "Co"}:
        return False
    return face_of(character, FontFamily.SERIF, REGULAR) is not None


def _named(character: str) -> str:
    code = ord(character)
    return character if character.isprintable() else f"U+{code:04X} "


@lru_cache(maxsize=KEPT_LINES)
def _advances(text: str, style: Style) -> tuple[float, ...]:
    advances: list[float] = []
    before = ""
    for character in text:
        if before and _is_gap(before, character):
            advances[-1] += CHINESE_LATIN_GAP
        if before == character == DASH:
            advances[-1] = _dash_width(style.family, style.weight) + style.tracking
        advances.append(_advance(character, style.family, style.weight) + style.tracking)
        before = character
    return tuple(advances)


@lru_cache(maxsize=20_000)
def _advance(character: str, family: FontFamily, weight: int) -> float:
    face = face_of(character, family, weight)
    if face is None:
        raise NotPrintable(characters=_named(character))
    return face.advance(character)


@lru_cache(maxsize=16)
def _dash_width(family: FontFamily, weight: int) -> float:
    """
    Return the way from a dash to the next one, so that the two are one line (破折号, GB/T 15834-2011, 4.13).
    """
    face = face_of(DASH, family, weight)
    if face is None:
        raise NotPrintable(characters=DASH)
    left, _bottom, right, _top = glyph_of(face, DASH).box
    return (right - left) / face.units_per_em


def _is_gap(first: str, second: str) -> bool:
    if first.isascii() == second.isascii():
        return False
    latin, other = (first, second) if first.isascii() else (second, first)
    return latin.isalnum() and is_ideograph(other)


@lru_cache(maxsize=20_000)
def is_ideograph(character: str) -> bool:
    """
    Say whether a character is one of Chinese, or a syllable that is set like one.
    """
    return unicodedata.east_asian_width(character) in _WIDE and unicodedata.category(character) == "Lo"


@lru_cache(maxsize=20_000)
def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in _WIDE or character in "“”‘’…—·"


def _width(advances: Sequence[float], style: Style) -> float:
    return max(sum(advances) - style.tracking, 0.0) if advances else 0.0


def _broken(paragraphs: Sequence[Line], width: float, style: Style, *, most_lines: int | None) -> list[Line]:
    """
    Return paragraphs as lines no wider than `width` (em).
    """
    lines: list[Line] = []
    for paragraph in paragraphs:
        lines += [paragraph] if most_lines == 1 else _wrapped(*paragraph, width=width + style.tracking)
    return lines


def _wrapped(text: str, advances: tuple[float, ...], *, width: float) -> list[Line]:
    if sum(advances) <= width:
        return [_trimmed(text, advances, 0, len(text))]
    lines: list[Line] = []
    start, chance, used = 0, 0, 0.0
    place = 0
    while place < len(text):
        if place > start and _may_break(text[place - 1], text[place]):
            chance = place
        used += advances[place]
        # A blank may hang over the edge; it is dropped there.
        if used > width + 1e-9 and place > start and text[place] != " ":
            end = chance if chance > start else place
            lines.append(_trimmed(text, advances, start, end))
            start = end
            while start < len(text) and text[start] == " ":
                start += 1
            place, chance, used = start, start, 0.0
            continue
        place += 1
    lines.append(_trimmed(text, advances, start, len(text)))
    return lines


def _trimmed(text: str, advances: tuple[float, ...], start: int, end: int) -> Line:
    while end > start and text[end - 1] == " ":
        end -= 1
    return text[start:end], advances[start:end]


def _may_break(before: str, after: str) -> bool:
    if after in CLOSING or before in OPENING or after == " ":
        return False
    return before in " -" or _is_wide(before) or _is_wide(after)


def _placed(
    lines: Sequence[Line],
    box: Box,
    *,
    size: float,
    line_height: float,
    style: Style,
    align: Align,
    vertical_align: Align,
) -> tuple[Text, ...]:
    spare = box.height - block_height(len(lines), size=size, line_height=line_height)
    top = box.y + {Align.START: 0.0, Align.CENTER: spare / 2, Align.END: spare}[vertical_align]
    edge = box.x + {Align.START: 0.0, Align.CENTER: box.width / 2, Align.END: box.width}[align]
    return tuple(
        _text(
            line,
            advances,
            x=_begin(edge, _width(advances, style) * size, align),
            y=top + size * (ASCENT + number * line_height),
            size=size,
            style=style,
            angle=0.0,
        )
        for number, (line, advances) in enumerate(lines)
        if line.strip()
    )


def _begin(x: float, width: float, align: Align) -> float:
    return x - {Align.START: 0.0, Align.CENTER: width / 2, Align.END: width}[align]


def _text(
    text: str, advances: Sequence[float], *, x: float, y: float, size: float, style: Style, angle: float
) -> Text:
    return Text(
        x=round(x, PLACES),
        y=round(y, PLACES),
        text=text,
        advances=tuple(round(advance * size, PLACES) for advance in advances),
        size=round(size, PLACES),
        family=style.family,
        weight=style.weight,
        color=style.color,
        opacity=style.opacity,
        angle=angle,
    )
