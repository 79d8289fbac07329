"""
Text objects: where each character stands and which shape it has (GB/T 33190-2016, chapter 11).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

from tongban.support.documents.rules.ofd.canvas import Canvas
from tongban.support.documents.rules.ofd.document import Document, Resource
from tongban.support.documents.rules.ofd.errors import NotReadable
from tongban.support.documents.rules.ofd.numbers import Matrix, deltas, number, plain, words
from tongban.support.documents.rules.ofd.outlines import MOST_FONT_BYTES, FontNotReadError, Outlines
from tongban.support.documents.rules.ofd.xml import Element
from tongban.support.documents.values.ofd import ViewNote

MOST_CHARACTERS: Final = 20_000
"""Of one text object."""
LARGEST_SIZE: Final = 1_000.0
DEFAULT_SIZE: Final = 3.175
"""Millimetres: 9 points, for objects that forgot theirs."""
BOLD_FROM: Final = 600
PLACEHOLDER: Final = "¤"
"""Stands for glyphs that are no character (GB/T 33190-2016, 11.3)."""
SLANT: Final = -0.2126
"""Tangent of the 12 degrees by which upright outlines are slanted."""
QUARTER_TURNS: Final = frozenset({90, 180, 270})

SERIF: Final = "'Noto Serif CJK SC','Source Han Serif SC',SimSun,serif"
SANS: Final = "'Noto Sans CJK SC','Source Han Sans SC','Microsoft YaHei',sans-serif"
FIXED: Final = "'Noto Sans Mono CJK SC',monospace"

_SANS_NAMES: Final = re.compile(
    r"黑|雅黑|hei|sans|arial|helvet|gothic|yahei|verdana|tahoma|calibri|圆", re.IGNORECASE
)
_FIXED_NAMES: Final = re.compile(r"courier|mono|consol", re.IGNORECASE)
_ESCAPED: Final = re.compile(r"\\([0-9A-Fa-f]{4})")
_PLAIN_NAME: Final = re.compile(r"[^\w \-.]")
_WIDE_FROM: Final = "\u2e80"
_LAST_OF_PLANE_0: Final = "\uffff"


@dataclass(frozen=True, slots=True)
class Face:
    """
    A font as it can be shown: by name, and by outlines where the file brings them.
    """

    families: str
    is_bold: bool
    is_italic: bool
    outlines: Outlines | None
    key: object
    """Stands for the font among the definitions of a page."""


@dataclass(frozen=True, slots=True)
class Placed:
    """
    One character: its place in the object's space, and glyphs if the file names them.
    """

    character: str
    x: float
    y: float
    glyphs: tuple[int, ...] | None
    """None: find one for the character; empty: the glyph of an earlier character stands for this one too."""


class Faces:
    """
    The fonts of a document, each opened once.
    """

    def __init__(self, document: Document) -> None:
        """
        Open none yet.
        """
        self.document = document
        self._opened: dict[tuple[str, str], Face] = {}

    def face(self, resource: Resource | None, canvas: Canvas) -> Face:
        """
        Return the face of a font resource; any serif where there is none.
        """
        if resource is None or resource.element.name != "Font":
            return Face(SERIF, is_bold=False, is_italic=False, outlines=None, key="")
        key = (resource.part, resource.element.get("ID"))
        if key not in self._opened:
            # The document is part of the key: a seal may be a document of its own, with fonts of the same names.
            self._opened[key] = self._open(resource, (self.document, *key))
        face = self._opened[key]
        if face.outlines is None and resource.element.child("FontFile") is not None:
            canvas.note(ViewNote.FONT_NOT_READ)
        return face

    def _open(self, resource: Resource, key: object) -> Face:
        element = resource.element
        return Face(
            families=families(element),
            is_bold=_is_true(element.get("Bold")) or "bold" in element.get("FontName").lower(),
            is_italic=_is_true(element.get("Italic")) or "italic" in element.get("FontName").lower(),
            outlines=self._outlines(resource),
            key=key,
        )

    def _outlines(self, resource: Resource) -> Outlines | None:
        location = resource.element.text_of("FontFile")
        part = self.document.file_of(resource, location) if location else None
        if part is None:
            return None
        try:
            return Outlines(self.document.package.read(part, most_bytes=MOST_FONT_BYTES))
        except (NotReadable, FontNotReadError):
            return None


def families(font: Element) -> str:
    """
    Return the value of `font-family` for a font resource: its own names, then what every node has.
    """
    names = [font.get("FontName"), font.get("FamilyName")]
    together = " ".join(names)
    kept = [
        f"'{_PLAIN_NAME.sub('', name)[:60]}'" for name in dict.fromkeys(names) if _PLAIN_NAME.sub("", name)
    ]
    if _FIXED_NAMES.search(together) or _is_true(font.get("FixedWidth")):
        return ",".join([*kept, FIXED])
    return ",".join([*kept, SANS if _SANS_NAMES.search(together) else SERIF])


def _is_true(text: str) -> bool:
    return text.strip().lower() in {"true", "1"}


def size_of(element: Element) -> float:
    """
    Return the size of a text object in millimetres.
    """
    size = number(element.get("Size"), DEFAULT_SIZE)
    return min(size, LARGEST_SIZE) if size > 0 else DEFAULT_SIZE


def placed(element: Element, face: Face, canvas: Canvas) -> list[Placed]:
    """
    Return the characters of a text object with their places.

    A TextCode without X or Y goes on where the last one began; deltas that are too few repeat their last; without
    any, characters follow one another by their widths in the direction of reading (11.2: ReadDirection, clockwise).
    """
    codes = _codes(element)
    glyphs = _glyphs(element, [text for _, text in codes])
    size = size_of(element)
    scale = number(element.get("HScale"), 1.0) or 1.0
    way = _turned(int(number(element.get("ReadDirection"))))
    found: list[Placed] = []
    x = y = 0.0
    for code, text in codes:
        canvas.spend(len(text))
        x, y = number(code.get("X"), x), number(code.get("Y"), y)
        across = deltas(code.get("DeltaX"), most=max(len(text) - 1, 0))
        down = deltas(code.get("DeltaY"), most=max(len(text) - 1, 0))
        here_x, here_y = x, y
        for index, character in enumerate(text):
            found.append(Placed(character, here_x, here_y, glyphs.get(len(found))))
            natural = 0.0 if down else _width(character, face) * size * scale
            here_x += _step(across, index, natural * way.a)
            here_y += _step(down, index, 0.0 if across else natural * way.b)
    return found


def _step(values: list[float], index: int, natural: float) -> float:
    if not values:
        return natural
    return values[index] if index < len(values) else values[-1]


def _width(character: str, face: Face) -> float:
    if face.outlines is not None:
        glyph = face.outlines.glyph_of(character)
        if glyph is not None:
            return face.outlines.width_of(glyph)
    return 1.0 if character >= _WIDE_FROM else 0.5


def _codes(element: Element) -> list[tuple[Element, str]]:
    # Line breaks of a pretty printer are none of the text; blanks stand where a delta waits for them.
    found: list[tuple[Element, str]] = []
    left = MOST_CHARACTERS
    for code in element.all("TextCode"):
        text = code.text.strip("\r\n\t") if code.text.strip() else ""
        text = _ESCAPED.sub(lambda match: _character(match[1]), text)[:left]
        left -= len(text)
        found.append((code, text))
    return found


def _character(digits: str) -> str:
    # GB/T 33190-2016, 11.3: what XML cannot hold, and blanks, may be written as a backslash and four digits.
    character = chr(int(digits, 16))
    return character if character.isprintable() else "\ufffd"


def _glyphs(element: Element, texts: list[str]) -> dict[int, tuple[int, ...]]:
    # CGTransform, GB/T 33190-2016 11.4.2: from this code on, so many codes are drawn by these glyphs. Positions count
    # within the TextCode that follows, or the last one where none does; some makers count through all of them.
    found: dict[int, tuple[int, ...]] = {}
    starts = [sum(len(text) for text in texts[:index]) for index in range(len(texts))]
    here = 0
    for child in element.children:
        if child.name == "TextCode":
            here += 1
        elif child.name == "CGTransform" and texts:
            current = min(here, len(texts) - 1)
            position = int(number(child.get("CodePosition"), -1.0))
            start = starts[current] if position < len(texts[current]) else 0
            found |= _mapped(child, start + position if position >= 0 else -1)
    return found


def _mapped(transform: Element, start: int) -> dict[int, tuple[int, ...]]:
    codes = min(max(int(number(transform.get("CodeCount"), 1.0)), 1), MOST_CHARACTERS)
    ids = _glyph_ids(transform.text_of("Glyphs"))[:MOST_CHARACTERS]
    if not 0 <= start <= MOST_CHARACTERS or not ids:
        return {}
    if codes == len(ids):
        return {start + offset: (glyph,) for offset, glyph in enumerate(ids)}
    return {start + offset: () for offset in range(codes)} | {start: tuple(ids)}


def _glyph_ids(text: str) -> list[int]:
    return [int(word) for word in text.split() if word.isascii() and word.isdigit() and len(word) <= 6]  # noqa: PLR2004


@dataclass(frozen=True, slots=True)
class _Manner:
    # How the characters of one object are drawn.
    size: float
    scale: float
    turn: int
    is_slanted: bool
    is_bold: bool
    pen: float
    """Width of the line drawn around each, 0 for none."""


def drawn(
    element: Element, characters: list[Placed], face: Face, canvas: Canvas, *, pen: float
) -> Iterator[str]:
    """
    Return the characters as SVG: outlines where the file brings the font, else text in a font of that name.

    :param pen: width of the line drawn around each, millimetres; 0 for none
    """
    manner = _Manner(
        size=size_of(element),
        scale=number(element.get("HScale"), 1.0) or 1.0,
        turn=int(number(element.get("CharDirection"))),
        is_slanted=_is_true(element.get("Italic")),
        is_bold=face.is_bold or number(element.get("Weight")) >= BOLD_FROM,
        pen=pen,
    )
    waiting: list[Placed] = []
    for character in characters:
        outline = _outline(character, face, manner, canvas) if face.outlines is not None else None
        if outline is None:
            waiting.append(character)
        else:
            yield outline
    if waiting:
        yield from _as_text(waiting, face, manner)


def _outline(character: Placed, face: Face, manner: _Manner, canvas: Canvas) -> str | None:
    outlines = face.outlines
    if outlines is None:
        return None
    glyphs = character.glyphs
    if glyphs is None:
        glyph = outlines.glyph_of(character.character)
        if glyph is None:
            return "" if character.character.isspace() else None
        glyphs = (glyph,)
    text, x = "", character.x
    unit = manner.size / outlines.units
    slant = -SLANT * unit * manner.scale if manner.is_slanted else 0.0
    shape = _turned(manner.turn).after(Matrix(unit * manner.scale, 0, slant, -unit, 0, 0))
    around = f' stroke-width="{plain(manner.pen / unit)}"' if manner.pen else ""
    for glyph in glyphs:
        name = _glyph_name(glyph, face, outlines, canvas)
        if name:
            matrix = Matrix(e=x, f=character.y).after(shape)
            text += f'<use href="#{name}" transform="{matrix.fine}"{around}/>'
        x += outlines.width_of(glyph) * manner.size * manner.scale
    return text


def _glyph_name(glyph: int, face: Face, outlines: Outlines, canvas: Canvas) -> str:
    try:
        path = outlines.path_of(glyph)
    except FontNotReadError:
        canvas.note(ViewNote.FONT_NOT_READ)
        return ""
    if not path:
        return ""
    canvas.spend(1 + len(path) // 100)
    return canvas.define(f'<path id="{{id}}" d="{path}"/>', key=(face.key, glyph), letter="g")


def _turned(turn: int) -> Matrix:
    return {
        90: Matrix(0, 1, -1, 0, 0, 0),
        180: Matrix(-1, 0, 0, -1, 0, 0),
        270: Matrix(0, -1, 1, 0, 0, 0),
    }.get(turn, Matrix())


def _as_text(characters: list[Placed], face: Face, manner: _Manner) -> Iterator[str]:
    attributes = f' font-family="{escape(face.families)}" font-size="{plain(manner.size)}"'
    attributes += ' font-weight="bold"' if manner.is_bold else ""
    attributes += ' font-style="italic"' if face.is_italic or manner.is_slanted else ""
    attributes += f' stroke-width="{plain(manner.pen)}"' if manner.pen else ""
    shown = [character for character in characters if _is_shown(character.character)]
    if manner.scale != 1.0 or manner.turn in QUARTER_TURNS:
        shape = _turned(manner.turn).after(Matrix(a=manner.scale))
        for character in shown:
            matrix = Matrix(e=character.x, f=character.y).after(shape)
            yield f'<text{attributes} transform="{matrix.svg}">{escape(character.character)}</text>'
        return
    # A list of places counts characters beyond plane 0 once or twice, as the reader likes: those stand alone.
    lined = [character for character in shown if character.character <= _LAST_OF_PLANE_0]
    if lined:
        across = words(character.x for character in lined)
        heights = {character.y for character in lined}
        down = plain(heights.pop()) if len(heights) == 1 else words(character.y for character in lined)
        text = escape("".join(character.character for character in lined))
        yield f'<text{attributes} x="{across}" y="{down}">{text}</text>'
    for character in shown:
        if character.character > _LAST_OF_PLANE_0:
            place = f'x="{plain(character.x)}" y="{plain(character.y)}"'
            yield f"<text{attributes} {place}>{escape(character.character)}</text>"


def _is_shown(character: str) -> bool:
    # Blanks only take room, which the places already give; the rest is not allowed in XML.
    return not character.isspace() and character.isprintable()
