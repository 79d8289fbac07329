"""
Rectangles on a page, in millimetres.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Box:
    """
    A rectangle: its top left corner, y growing downwards, and its size.
    """

    x: float
    y: float
    width: float
    height: float
