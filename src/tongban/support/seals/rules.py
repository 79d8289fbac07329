"""
How the picture of a seal is drawn.

One text element per character, turned about the centre: every renderer of SVG places these alike, which they do
not do for text on a path.
"""

import math
from html import escape
from typing import Final

RED: Final = "#c8102e"
SIZE: Final = 500
"""Side of the square picture, in its own units; 42 mm on paper."""
CENTRE: Final = SIZE / 2
RING_RADIUS: Final = 236
RING_WIDTH: Final = 11
LARGEST_CHARACTER: Final = 62
SMALLEST_CHARACTER: Final = 18
WIDEST_ARC_DEGREES: Final = 240
DEGREES_PER_CHARACTER: Final = 24
CAPTION: Final = "演示专用章"
FONTS: Final = "Noto Serif CJK SC, Songti SC, SimSun, serif"


def seal_picture(agency_name: str) -> bytes:
    """
    Return the picture of the demonstration seal of an agency: ring, name on the arc, star, 演示专用章.

    :param agency_name: full name; the longer it is, the smaller its characters
    :returns: SVG, UTF-8
    """
    name = "".join(agency_name.split())
    step = min(DEGREES_PER_CHARACTER, WIDEST_ARC_DEGREES / max(len(name) - 1, 1))
    size = max(min(LARGEST_CHARACTER, round(math.radians(step) * 182)), SMALLEST_CHARACTER)
    first = -step * (len(name) - 1) / 2
    arc = "".join(
        _turned(character, angle=first + step * place, size=size) for place, character in enumerate(name)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE} {SIZE}" role="img">'
        f"<title>{escape(name)} {CAPTION}</title>"
        f'<g fill="{RED}" fill-opacity="0.86" font-family="{FONTS}" font-weight="700" text-anchor="middle">'
        f'<circle cx="{CENTRE}" cy="{CENTRE}" r="{RING_RADIUS}" fill="none" stroke="{RED}" '
        f'stroke-opacity="0.86" stroke-width="{RING_WIDTH}"/>'
        f'{arc}<polygon points="{_star(CENTRE, 244, 70)}"/>{_caption()}</g></svg>'
    ).encode()


def _turned(character: str, *, angle: float, size: int) -> str:
    top = CENTRE - RING_RADIUS + RING_WIDTH + 10
    return (
        f'<text transform="rotate({angle:.2f} {CENTRE} {CENTRE})" x="{CENTRE}" y="{top + size * 0.88:.1f}" '
        f'font-size="{size}">{escape(character)}</text>'
    )


def _caption() -> str:
    size, gap = 46, 50
    left = CENTRE - gap * (len(CAPTION) - 1) / 2
    return "".join(
        f'<text x="{left + gap * place:.1f}" y="392" font-size="{size}">{character}</text>'
        for place, character in enumerate(CAPTION)
    )


def _star(x: float, y: float, radius: float) -> str:
    inner = radius * math.sin(math.radians(18)) / math.sin(math.radians(54))
    corners = []
    for corner in range(10):
        distance = radius if corner % 2 == 0 else inner
        angle = math.radians(36 * corner - 90)
        corners.append(f"{x + distance * math.cos(angle):.1f},{y + distance * math.sin(angle):.1f}")
    return " ".join(corners)
