"""
What a page is drawn on: pieces of SVG, definitions, notes, and how much may still be drawn.
"""

from typing import TYPE_CHECKING, Final

from tongban.support.documents.rules.ofd.paint import Ink
from tongban.support.documents.values.ofd import ViewNote

if TYPE_CHECKING:
    from tongban.support.documents.rules.ofd.text import Piece

MOST_STEPS: Final = 300_000
"""Objects, characters and segments of one page; a dense one has 20,000."""
MOST_STEPS_OF_A_FILE: Final = 1_500_000
"""Some ten seconds of work."""
MOST_SVG_BYTES: Final = 24 * 1024 * 1024
LONGEST_ID: Final = 40


class EnoughError(Exception):
    """
    The page holds more than is drawn.
    """


class Allowance:
    """
    What may be drawn of all pages of a file together.
    """

    def __init__(self, steps: int = MOST_STEPS_OF_A_FILE) -> None:
        """
        Start full.
        """
        self.left = steps


class Canvas:
    """
    One page being drawn.
    """

    def __init__(self, allowance: Allowance | None = None) -> None:
        """
        Start empty.

        :param allowance: shared with the other pages of the file
        """
        self._allowance = allowance or Allowance()
        self.parts: list[str] = []
        self.definitions: list[str] = []
        self.notes: set[ViewNote] = set()
        self.pieces: list[Piece] = []
        self._known: dict[object, str] = {}
        self._names = 0
        self._steps = MOST_STEPS
        self._bytes = MOST_SVG_BYTES

    def spend(self, steps: int = 1) -> None:
        """
        Count work.

        :raises EnoughError: there was enough
        """
        self._steps -= steps
        self._allowance.left -= steps
        if self._steps < 0 or self._allowance.left < 0:
            raise EnoughError

    def put(self, text: str) -> None:
        """
        Draw a piece.

        :raises EnoughError: the page grows too large
        """
        self._bytes -= len(text)
        if self._bytes < 0:
            raise EnoughError
        self.parts.append(text)

    def name(self, letter: str) -> str:
        """
        Return a name that nothing on the page has.
        """
        self._names += 1
        return f"{letter}{self._names}"

    def define(self, text: str, *, key: object = None, letter: str = "d") -> str:
        """
        Keep a definition with `{id}` in it, once for each key, and return its name.

        :raises EnoughError: the page grows too large
        """
        if key is not None and key in self._known:
            return self._known[key]
        name = self.name(letter)
        self._bytes -= len(text)
        if self._bytes < 0:
            raise EnoughError
        self.definitions.append(text.replace("{id}", name, 1))
        if key is not None:
            self._known[key] = name
        return name

    def known(self, key: object) -> str | None:
        """
        Return the name of the definition kept for this key, None if there is none yet.
        """
        return self._known.get(key)

    def note(self, note: ViewNote) -> None:
        """
        Remember that something is not shown as it was meant.
        """
        self.notes.add(note)

    def paint(self, attribute: str, ink: Ink) -> str:
        """
        Return `fill` or `stroke` with its opacity as attributes.
        """
        if ink.is_simplified:
            self.note(ViewNote.PATTERN_SIMPLIFIED)
        paint = f"url(#{self.define(ink.gradient)})" if ink.gradient else ink.paint
        text = f' {attribute}="{paint}"'
        if ink.opacity < 1:
            text += f' {attribute}-opacity="{ink.opacity:.3g}"'
        return text
