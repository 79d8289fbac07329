"""
Numbers, boxes and matrices as OFD writes them: texts with blanks in between.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

from tongban.support.documents.values.geometry import Box

LARGEST: Final = 1e6
"""Millimetres; larger numbers are slips or attacks, and other programs overflow on them."""
SMALLEST_AREA: Final = 1e-9
"""A matrix that leaves less of a square is taken for one that leaves nothing."""
BOX_NUMBERS: Final = 4
MATRIX_NUMBERS: Final = 6


def number(text: str, default: float = 0.0) -> float:
    """
    Return `text` as a finite number within `LARGEST`, else `default`.
    """
    try:
        value = float(text)
    except ValueError:
        return default
    return value if math.isfinite(value) and abs(value) <= LARGEST else default


def numbers(text: str, *, most: int) -> list[float]:
    """
    Return the numbers of a text, at most so many; reading stops at the first that is none.
    """
    found: list[float] = []
    for word in text.replace(",", " ").split(None, most)[:most]:
        value = number(word, math.nan)
        if math.isnan(value):
            break
        found.append(value)
    return found


def box_of(text: str) -> Box | None:
    """
    Return ST_Box "x y width height", None where the text is not one.
    """
    found = numbers(text, most=BOX_NUMBERS)
    if len(found) < BOX_NUMBERS or found[2] < 0 or found[3] < 0:
        return None
    return Box(x=found[0], y=found[1], width=found[2], height=found[3])


def plain(value: float) -> str:
    """
    Return a number as short as SVG takes it, four digits behind the point.
    """
    text = f"{value:.4f}".rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def words(values: Iterable[float]) -> str:
    """
    Return numbers with blanks in between.
    """
    return " ".join(plain(value) for value in values)


@dataclass(frozen=True, slots=True)
class Matrix:
    """
    CTM "a b c d e f": (x, y) becomes (ax + cy + e, bx + dy + f), as in SVG.
    """

    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 1.0
    e: float = 0.0
    f: float = 0.0

    @classmethod
    def of(cls, text: str) -> Self | None:
        """
        Return the matrix of a text, None where it is not one.
        """
        found = numbers(text, most=MATRIX_NUMBERS)
        return cls(*found) if len(found) == MATRIX_NUMBERS else None

    def after(self, first: "Matrix") -> "Matrix":
        """
        Return the matrix that applies `first`, then this one.
        """
        return Matrix(
            self.a * first.a + self.c * first.b,
            self.b * first.a + self.d * first.b,
            self.a * first.c + self.c * first.d,
            self.b * first.c + self.d * first.d,
            self.a * first.e + self.c * first.f + self.e,
            self.b * first.e + self.d * first.f + self.f,
        )

    def point(self, x: float, y: float) -> tuple[float, float]:
        """
        Return where a point goes.
        """
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f

    @property
    def inverse(self) -> "Matrix | None":
        """
        The matrix that leads back, None where there is none.
        """
        area = self.a * self.d - self.b * self.c
        if abs(area) < SMALLEST_AREA:
            return None
        a, b, c, d = self.d / area, -self.b / area, -self.c / area, self.a / area
        return Matrix(a, b, c, d, -(a * self.e + c * self.f), -(b * self.e + d * self.f))

    @property
    def svg(self) -> str:
        """
        The value of a `transform` attribute.
        """
        if (self.a, self.b, self.c, self.d) == (1.0, 0.0, 0.0, 1.0):
            return f"translate({plain(self.e)} {plain(self.f)})"
        return f"matrix({words((self.a, self.b, self.c, self.d, self.e, self.f))})"

    @property
    def fine(self) -> str:
        """
        The same in seven digits, for scales far from one: units of a font are a thousandth of a character.
        """
        values = (self.a, self.b, self.c, self.d, self.e, self.f)
        return f"matrix({' '.join(f'{value:.7g}' for value in values)})"


def deltas(text: str, *, most: int) -> list[float]:
    """
    Return DeltaX or DeltaY: numbers, of which "g n v" stands for n times v.

    Source: GB/T 33190-2016, 11.3 table 46.

    :param most: values wanted; no more are made however large n is
    """
    found: list[float] = []
    waiting = iter(text.replace(",", " ").split(None, 4 * most + 3)[: 4 * most + 3])
    for word in waiting:
        if len(found) >= most:
            break
        if word in {"g", "G"}:
            times = _count(next(waiting, "0"), most=most - len(found))
            found += [number(next(waiting, "0"))] * times
        else:
            found.append(number(word))
    return found


def _count(text: str, *, most: int) -> int:
    if not (text.isascii() and text.isdigit()):
        return 0
    return most if len(text) > len(str(most)) else min(int(text), most)
