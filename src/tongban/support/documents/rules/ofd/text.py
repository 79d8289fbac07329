"""
The text of a page in the order in which it is read.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

SAME_LINE: Final = 0.5
"""Share of the size by which two pieces of one line may stand higher or lower."""
GAP: Final = 0.6
"""Share of the size from which a gap between two pieces is a blank."""


@dataclass(frozen=True, slots=True)
class Piece:
    """
    A run of characters on a page, in millimetres.
    """

    x: float
    y: float
    """Baseline."""
    width: float
    size: float
    text: str


def read_off(pieces: Iterable[Piece]) -> str:
    """
    Return the pieces as lines, from top to bottom and from left to right.
    """
    lines: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda piece: (piece.y, piece.x)):
        last = lines[-1][0] if lines else None
        if last is not None and piece.y - last.y <= SAME_LINE * max(min(last.size, piece.size), 0.1):
            lines[-1].append(piece)
        else:
            lines.append([piece])
    return "\n".join(_line(sorted(line, key=lambda piece: piece.x)) for line in lines)


def _line(pieces: list[Piece]) -> str:
    text, end = "", 0.0
    for piece in pieces:
        if text and piece.x - end > GAP * piece.size and not text.endswith(" "):
            text += " "
        text += piece.text
        end = piece.x + piece.width
    return text.rstrip()
