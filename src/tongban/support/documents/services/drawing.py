"""
What the writers of all forms share: numbers, colours, runs of characters in one face, drawings as numbers.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from tongban.foundation.errors import InvalidInput
from tongban.support.documents.services.fonts import Face, face_of
from tongban.support.documents.services.setting import NotPrintable
from tongban.support.documents.values.geometry import Box
from tongban.support.documents.values.layout import Text

OPERANDS: Final = {"M": 2, "L": 2, "Q": 4, "B": 6, "C": 0}
"""How many numbers follow each command of a drawing."""

_NUMBER: Final = r" -?\d{1,7}(?:\.\d{1,9})?"
_COMMANDS: Final = "|".join(letter + _NUMBER * count for letter, count in OPERANDS.items())
_DRAWING: Final = re.compile(f"M{_NUMBER * 2}(?: (?:{_COMMANDS}))*+", re.ASCII)

ABOVE: Final = 1.16
BELOW: Final = 0.29
"""Of the box around a line of text, em: readers cut off what reaches out of it."""


@dataclass(frozen=True, slots=True)
class Run:
    """
    Neighbouring characters of a text that one face prints.
    """

    face: Face
    text: str
    offset: float
    """From the beginning of the text, mm."""
    advances: tuple[float, ...]


def runs_of(text: Text) -> Iterator[Run]:
    """
    Cut a text where the face changes; blanks at the ends are left out, and a text of blanks gives nothing.

    :raises NotPrintable: no installed font has a character
    """
    start, offset = 0, 0.0
    faces = [_face(character, text) for character in text.text]
    for place in range(1, len(faces) + 1):
        if place < len(faces) and faces[place] is faces[start]:
            continue
        run = _stripped(faces[start], text.text[start:place], offset, text.advances[start:place])
        if run.text:
            yield run
        offset += sum(text.advances[start:place])
        start = place


def _face(character: str, text: Text) -> Face:
    face = face_of(character, text.family, text.weight)
    if face is None:
        raise NotPrintable(characters=character)
    return face


def _stripped(face: Face, text: str, offset: float, advances: tuple[float, ...]) -> Run:
    first = len(text) - len(text.lstrip(" "))
    last = max(len(text.rstrip(" ")), first)
    return Run(face, text[first:last], offset + sum(advances[:first]), advances[first:last])


def point_on(text: Text, offset: float) -> tuple[float, float]:
    """
    Return the point of a page that lies `offset` along the line of a text.
    """
    angle = math.radians(text.angle)
    return text.x + offset * math.cos(angle), text.y + offset * math.sin(angle)


def box_of(text: Text, run: Run) -> Box:
    """
    Return the upright box around a run, turned text included.
    """
    x, y = point_on(text, run.offset)
    width = sum(run.advances)
    top, bottom = -ABOVE * text.size, BELOW * text.size
    if not text.angle:
        return Box(x=x, y=y + top, width=width, height=bottom - top)
    cosine, sine = math.cos(math.radians(text.angle)), math.sin(math.radians(text.angle))
    corners = [
        (x + right * cosine - down * sine, y + right * sine + down * cosine)
        for right in (0.0, width)
        for down in (top, bottom)
    ]
    left, upper = min(corner[0] for corner in corners), min(corner[1] for corner in corners)
    return Box(
        x=left,
        y=upper,
        width=max(corner[0] for corner in corners) - left,
        height=max(corner[1] for corner in corners) - upper,
    )


@lru_cache(maxsize=4_096)
def number(value: float) -> str:
    """
    Return a number with at most three digits behind the point and no needless ones.
    """
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


@lru_cache(maxsize=512)
def rgb(color: str) -> tuple[int, int, int]:
    """
    Return the red, green and blue of "#rrggbb", 0 to 255.
    """
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


@lru_cache(maxsize=128)
def checked_commands(commands: str) -> str:
    """
    Return AbbreviatedData as it is.

    :raises InvalidInput: another command, not the numbers that it needs, no point to begin with
    """
    if _DRAWING.fullmatch(commands) is None:
        raise InvalidInput(fields={"commands": commands[:80]})
    return commands


@lru_cache(maxsize=512)
def drawing_of(commands: str) -> tuple[tuple[str, tuple[float, ...]], ...]:
    """
    Return AbbreviatedData as commands with their numbers.

    :raises InvalidInput: another command, not the numbers that it needs, no point to begin with
    """
    parts = iter(checked_commands(commands).split())
    return tuple(
        (command, tuple(float(next(parts)) for _operand in range(OPERANDS[command]))) for command in parts
    )
