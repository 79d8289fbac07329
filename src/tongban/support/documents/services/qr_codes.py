"""
QR codes as outlines (GB/T 18284), made quickly: every licence has one.

For texts of one length the dots depend on the bits of the text by addition only (of bits, without carrying): placing,
error correction (a linear code) and masking change nothing about that. So which dots a bit of the text turns over is
learned once from a code with that bit and one without it; a code is then the sum of what its bits turn over.
"""

from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from itertools import compress
from typing import Final

import segno

from tongban.support.documents.services.drawing import number

MASK: Final = 2
LENGTHS: Final = 16
"""Kept are codes of so many lengths of text, and what their bits turn over."""
BITS: Final = 8_192

Edges = dict[int, int]
Runs = tuple[list[int], list[int]]


def qr_commands(text: str, side: float) -> str:
    """
    Return `text` as a QR code of `side` millimetres: outlines of the dark areas, error level M or better.

    Areas are drawn whole, not dot by dot: between dots that touch, readers leave fine bright lines. The mask is not the
    best of the eight but always the same: choosing takes longer than the rest of a page, and readers read them all.
    """
    rows = dots(text)
    corners = _corners(len(rows), side)
    loops = (" L ".join([corners[point] for point in loop]) for loop in _outlines(rows))
    return " ".join([f"M {loop} C" for loop in loops])


def dots(text: str) -> list[bytes]:
    """
    Return the rows of a QR code, a byte for each dot, 1 where it is dark.
    """
    content = text.encode()
    code = _coded(len(content))
    bits = int.from_bytes(content)
    while bits:
        highest = bits.bit_length() - 1
        code ^= _turned_over(len(content), highest)
        bits ^= 1 << highest
    size = _size(len(content))
    flat = code.to_bytes(size * size)
    return [flat[start : start + size] for start in range(0, size * size, size)]


def _made(content: bytes) -> tuple[bytearray, ...]:
    return segno.make(content, error="m", mode="byte", micro=False, mask=MASK).matrix


@lru_cache(maxsize=LENGTHS)
def _size(length: int) -> int:
    return len(_made(bytes(length)))


@lru_cache(maxsize=LENGTHS)
def _coded(length: int) -> int:
    return int.from_bytes(b"".join(_made(bytes(length))))


@lru_cache(maxsize=BITS)
def _turned_over(length: int, place: int) -> int:
    return int.from_bytes(b"".join(_made((1 << place).to_bytes(length)))) ^ _coded(length)


# --- Outlines: a point is its row times the points of a row, and its column -------------------------------------------


@lru_cache(maxsize=LENGTHS)
def _corners(size: int, side: float) -> list[str]:
    places = [number(place * side / size) for place in range(size + 1)]
    # Twice: points where areas touch have two numbers.
    return [f"{across} {down}" for down in places for across in places] * 2


@lru_cache(maxsize=LENGTHS)
def _mirrored(size: int) -> list[int]:
    return [x * (size + 1) + y for y in range(size + 1) for x in range(size + 1)]


def _outlines(dark: list[bytes]) -> Iterator[list[int]]:
    """
    Return the corners of the dark areas as closed loops, dark on the right hand: holes turn the other way.

    :param dark: rows of a square, as `dots` returns them
    """
    size = len(dark)
    points = range((size + 1) * (size + 1))
    mirrored = _mirrored(size)
    flat = b"".join(dark)
    (tops, top_ends), (bottoms, bottom_ends) = _edges(dark, points)
    (lefts, left_ends), (rights, right_ends) = _edges([flat[x::size] for x in range(size)], mirrored)
    rightward = dict(zip(tops, top_ends, strict=True))
    leftward = dict(zip(bottom_ends, bottoms, strict=True))
    upward = dict(zip(left_ends, lefts, strict=True))
    downward = dict(zip(rights, right_ends, strict=True))
    # Where two dark dots touch at a corner only, two edges end and two begin. Turning right keeps each dot within its
    # own loop: the point gets a second number for the edges that go left, or up.
    for one, other, before in ((rightward, leftward, downward), (downward, upward, leftward)):
        _split(one.keys() & other.keys(), other, before, len(points))
    across, down = rightward | leftward, upward | downward
    while across:
        point, corner = across.popitem()
        loop = [point]
        while corner >= 0:
            loop.append(corner)
            loop.append(point := down[corner])
            corner = across.pop(point, -1)
        # The last point is the first again.
        yield loop[:-1]


def _split(points: Collection[int], edges: Edges, before: Edges, second: int) -> None:
    """
    Let what begins at these points among `edges`, and what ends there among `before`, have their second number.
    """
    if not points:
        return
    begins = {end: begin for begin, end in before.items()}
    for point in points:
        edges[point + second] = edges.pop(point)
        before[begins[point]] = point + second


def _edges(dark: Sequence[bytes], points: Sequence[int]) -> tuple[Runs, Runs]:
    """
    Return the edges between rows, where each begins and where each ends: those above dark dots, and those below such.
    """
    wide = len(dark) + 1
    # A bright dot ends each row, and a bright row ends them all: a dot has the place of its upper left corner.
    flat = int.from_bytes(b"\0".join([*dark, bytes(wide)]))
    above, below = (_changes(edges, 1) for edges in _changes(flat, wide))
    begins_above, ends_above, begins_below, ends_below = (
        list(compress(points, places.to_bytes(wide * wide))) for places in (*above, *below)
    )
    return (begins_above, ends_above), (begins_below, ends_below)


def _changes(flat: int, distance: int) -> tuple[int, int]:
    """
    Return where dots are set and are not so much earlier, and where it is the other way round.
    """
    earlier = flat >> 8 * distance
    both = flat & earlier
    return flat ^ both, earlier ^ both
