"""
How the picture of a seal is drawn: ring or frame, name, star, caption, code.

One text element per character, turned about the centre: every renderer of SVG places these alike, which they do
not do for text on a path.
Source: 国发〔1999〕25号 (sizes and shapes of the seals of state organs); 发票专用章 by 国家税务总局公告2011年第7号.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Final

RED: Final = "#c8102e"
OPACITY: Final = 0.86
"""Ink lets what is under it be read."""
SIZE: Final = 500
"""Longer side of the picture, in its own units."""
CENTRE: Final = SIZE / 2
RING_RADIUS: Final = 236
RING_WIDTH: Final = 11
LARGEST_CHARACTER: Final = 62
SMALLEST_CHARACTER: Final = 18
WIDEST_ARC_DEGREES: Final = 216
DEGREES_PER_CHARACTER: Final = 24
CODE_DEGREES_PER_CHARACTER: Final = 5.6
CODE_SIZE: Final = 26
CAPTION_SIZE: Final = 46
WIDEST_CAPTION: Final = 300
DEMONSTRATION: Final = "演示专用章"
FONTS: Final = "Noto Serif CJK SC, Songti SC, SimSun, serif"

COMPANY_SEAL: Final = 1
INVOICE_SEAL: Final = 3
NAME_SEAL: Final = 5
OVAL_FLATNESS: Final = 0.75
SQUARE_FRAME_WIDTH: Final = 16


@dataclass(frozen=True, kw_only=True, slots=True)
class Face:
    """
    印模: what the picture of a seal shows.
    """

    name: str
    """Full name of the agency; of a person, on a 法定代表人名章."""
    kind: int = COMPANY_SEAL
    """印章类型, number of the standard's table."""
    code: str = ""
    """印章编码, on the lower arc; empty: none."""
    caption: str = ""
    """Words across the middle, e.g. "行政审批专用章"; empty: only the star."""
    is_demonstration: bool = False
    """Says 演示专用章, whatever else it would say."""

    @property
    def is_square(self) -> bool:
        """
        Whether it is the square seal of a person; a demonstration is round, for it has to say that it is one.
        """
        return self.kind == NAME_SEAL and not self.is_demonstration

    @property
    def is_oval(self) -> bool:
        """
        Whether it is the oval seal of invoices.
        """
        return self.kind == INVOICE_SEAL


def size_on_paper(face: Face) -> tuple[int, int]:
    """
    Return width and height of the printed seal, millimetres: 42 round, 40 by 30 oval, 20 square.
    """
    if face.is_square:
        return 20, 20
    return (40, 30) if face.is_oval else (42, 42)


def seal_picture(face: Face) -> bytes:
    """
    Return the picture of a seal: SVG, UTF-8, transparent, in one red.

    The longer the name, the smaller its characters.
    """
    words = DEMONSTRATION if face.is_demonstration else face.caption
    drawn = _square(face) if face.is_square else _ring(face, words)
    title = f"{''.join(face.name.split())} {words}".strip()
    height = SIZE * OVAL_FLATNESS if face.is_oval else SIZE
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE} {height:g}" role="img">'
        f"<title>{escape(title)}</title>"
        f'<g fill="{RED}" fill-opacity="{OPACITY}" font-family="{FONTS}" font-weight="700" text-anchor="middle">'
        f"{''.join(drawn)}</g></svg>"
    ).encode()


def _ring(face: Face, words: str) -> Iterator[str]:
    if face.is_oval:
        # A circle pressed flat, characters and all: how oval seals are cut.
        yield f'<g transform="scale(1 {OVAL_FLATNESS})">'
    yield (
        f'<circle cx="{CENTRE:g}" cy="{CENTRE:g}" r="{RING_RADIUS}" fill="none" stroke="{RED}" '
        f'stroke-opacity="{OPACITY}" stroke-width="{RING_WIDTH}"/>'
    )
    yield from _name("".join(face.name.split()))
    if not face.is_oval:
        yield f'<polygon points="{_star(CENTRE, 244, 70)}"/>'
    yield from _caption(words, middle=CENTRE + (60 if face.is_oval else 142))
    yield from _code(face.code)
    if face.is_oval:
        yield "</g>"


def _name(name: str) -> Iterator[str]:
    step = min(DEGREES_PER_CHARACTER, WIDEST_ARC_DEGREES / max(len(name) - 1, 1))
    size = max(min(LARGEST_CHARACTER, round(math.radians(step) * 182)), SMALLEST_CHARACTER)
    first = -step * (len(name) - 1) / 2
    top = CENTRE - RING_RADIUS + RING_WIDTH + 10
    for place, character in enumerate(name):
        yield _turned(character, angle=first + step * place, y=top + size * 0.88, size=size)


def _code(code: str) -> Iterator[str]:
    # Read from left to right along the foot: the angle falls from character to character.
    first = CODE_DEGREES_PER_CHARACTER * (len(code) - 1) / 2
    bottom = CENTRE + RING_RADIUS - RING_WIDTH - 8
    for place, character in enumerate(code):
        yield _turned(character, angle=first - CODE_DEGREES_PER_CHARACTER * place, y=bottom, size=CODE_SIZE)


def _turned(character: str, *, angle: float, y: float, size: int) -> str:
    return (
        f'<text transform="rotate({angle:.2f} {CENTRE:g} {CENTRE:g})" x="{CENTRE:g}" y="{y:.1f}" '
        f'font-size="{size}">{escape(character)}</text>'
    )


def _caption(words: str, *, middle: float) -> Iterator[str]:
    if not words:
        return
    gap = min(CAPTION_SIZE + 4, WIDEST_CAPTION / len(words))
    size = min(CAPTION_SIZE, round(gap * 0.92))
    left = CENTRE - gap * (len(words) - 1) / 2
    for place, character in enumerate(words):
        x = left + gap * place
        yield f'<text x="{x:.1f}" y="{middle:g}" font-size="{size}">{escape(character)}</text>'


def _square(face: Face) -> Iterator[str]:
    inner = SIZE - SQUARE_FRAME_WIDTH * 2
    yield (
        f'<rect x="{SQUARE_FRAME_WIDTH}" y="{SQUARE_FRAME_WIDTH}" width="{inner}" height="{inner}" fill="none" '
        f'stroke="{RED}" stroke-opacity="{OPACITY}" stroke-width="{SQUARE_FRAME_WIDTH}"/>'
    )
    name = "".join(face.name.split())
    text = f"{name}印" if len(name) < 4 else name  # noqa: PLR2004 - two columns of two characters
    rows = max(math.ceil(len(text) / 2), 1)
    size = min(round(inner / rows * 0.86), round(inner / 2 * 0.86))
    for place, character in enumerate(text):
        column, row = divmod(place, rows)
        # Seals of persons read downward, the right column first.
        x = SIZE * (0.72 if column == 0 else 0.28)
        y = SQUARE_FRAME_WIDTH * 1.5 + inner / rows * (row + 0.5) + size * 0.36
        yield f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}">{escape(character)}</text>'


def _star(x: float, y: float, radius: float) -> str:
    inner = radius * math.sin(math.radians(18)) / math.sin(math.radians(54))
    corners = []
    for corner in range(10):
        distance = radius if corner % 2 == 0 else inner
        angle = math.radians(36 * corner - 90)
        corners.append(f"{x + distance * math.cos(angle):.1f},{y + distance * math.sin(angle):.1f}")
    return " ".join(corners)
