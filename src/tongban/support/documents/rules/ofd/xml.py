"""
XML of foreign makers, read by expat under limits: no document type, no entity, no network.

Elements and attributes are known by their local names. Makers differ in prefixes and even in namespaces, and
GB/T 33190 uses no name twice.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from tongban.support.documents.rules.ofd.errors import NotReadable
from tongban.support.documents.values.ofd import Unreadable

MOST_XML_BYTES: Final = 16 * 1024 * 1024
MOST_NODES: Final = 300_000
"""Elements and attributes of one part; a page in which every character is an object of its own has 40,000."""
DEEPEST_ELEMENT: Final = 64
LONGEST_TEXT: Final = 256 * 1024
"""Characters directly in one element."""

_DECLARED: Final = re.compile(
    rb"""^\s{0,16}<\?xml[^>]{0,200}?encoding\s{0,8}=\s{0,8}["']([A-Za-z0-9._-]{1,20})"""
)
_ENCODINGS: Final = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "utf-16": "utf-16",
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "gb18030": "gb18030",
}
"""Encodings in use for OFD. Others are refused: each more is a way to write `<` that a limit does not see."""


@dataclass(slots=True)
class Element:
    """
    One element: local name, attributes by local name, children, text.
    """

    name: str
    attributes: dict[str, str]
    children: list["Element"] = field(default_factory=list)
    text: str = ""

    def child(self, name: str) -> "Element | None":
        """
        Return the first child of that name.
        """
        return next((child for child in self.children if child.name == name), None)

    def all(self, *names: str) -> Iterator["Element"]:
        """
        Return the children of these names in order.
        """
        return (child for child in self.children if child.name in names)

    def get(self, name: str, default: str = "") -> str:
        """
        Return an attribute.
        """
        return self.attributes.get(name, default)

    def text_of(self, *path: str) -> str:
        """
        Return the trimmed text of the first descendant along `path`, "" where there is none.
        """
        element: Element | None = self
        for name in path:
            element = element.child(name) if element else None
        return element.text.strip() if element else ""


def parse(content: bytes, *, most_nodes: int = MOST_NODES) -> Element:
    """
    Return the root of an XML part.

    :raises NotReadable: `BAD_XML` (malformed, a document type, an unknown encoding), `TOO_DEEP`, `TOO_COMPLEX`
    """
    if len(content) > MOST_XML_BYTES:
        raise NotReadable(Unreadable.TOO_COMPLEX, "xml size")
    builder = _Builder(most_nodes)
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.characters
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(_as_utf8(content), True)  # noqa: FBT003 - pyexpat takes it by position only
    except expat.ExpatError as error:
        raise NotReadable(Unreadable.BAD_XML, str(error)) from error
    if builder.root is None:
        raise NotReadable(Unreadable.BAD_XML, "empty")
    return builder.root


class _Builder:
    def __init__(self, most_nodes: int) -> None:
        self.root: Element | None = None
        self._open: list[Element] = []
        self._left = most_nodes

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._left -= 1 + len(attributes)
        if self._left < 0:
            raise NotReadable(Unreadable.TOO_COMPLEX, "xml nodes")
        if len(self._open) >= DEEPEST_ELEMENT:
            raise NotReadable(Unreadable.TOO_DEEP, "xml")
        element = Element(name.rpartition(":")[2], _local(attributes))
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)

    def end(self, _name: str) -> None:
        self._open.pop()

    def characters(self, text: str) -> None:
        element = self._open[-1]
        # Text stands before the first child or is white space between two: makers indent, the format mixes nothing.
        if element.children:
            return
        if len(element.text) + len(text) > LONGEST_TEXT:
            raise NotReadable(Unreadable.TOO_COMPLEX, "xml text")
        element.text += text


def _local(attributes: dict[str, str]) -> dict[str, str]:
    if not any(":" in name or name == "xmlns" for name in attributes):
        return attributes
    return {
        name.rpartition(":")[2]: value
        for name, value in attributes.items()
        if not name.startswith(("xmlns", "xsi:"))
    }


def _refuse_doctype(*_declaration: object) -> None:
    raise NotReadable(Unreadable.BAD_XML, "document type")


def _as_utf8(content: bytes) -> bytes:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    else:
        declared = _DECLARED.match(content[:300].removeprefix(b"\xef\xbb\xbf"))
        name = declared.group(1).decode("ascii").lower() if declared else "utf-8"
        if name not in _ENCODINGS:
            raise NotReadable(Unreadable.BAD_XML, "encoding")
        encoding = _ENCODINGS[name]
    if encoding == "utf-8":
        return content
    try:
        return content.decode(encoding).encode()
    except UnicodeError as error:
        raise NotReadable(Unreadable.BAD_XML, "encoding") from error
