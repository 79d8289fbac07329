"""
Pictures of seals that are SVG themselves, rewritten from a short list of what a picture needs.

Left out is everything else: scripts, styles, references to other files, foreign objects, animation, filters.
"""

import re
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from tongban.support.documents.rules.ofd.errors import NotReadable
from tongban.support.documents.rules.ofd.numbers import number, numbers, words
from tongban.support.documents.rules.ofd.xml import Element, parse
from tongban.support.documents.values.ofd import Unreadable

MOST_NODES: Final = 20_000
LONGEST_VALUE: Final = 100_000
VIEW_BOX_NUMBERS: Final = 4
FAMILY: Final = "'Noto Serif CJK SC',SimSun,serif"
"""Of text that names no font, or one that is not there."""

ELEMENTS: Final = frozenset(
    {
        "g", "path", "circle", "ellipse", "rect", "line", "polyline", "polygon", "text", "tspan",
        "defs", "linearGradient", "radialGradient", "stop", "clipPath",
    }
)  # fmt: skip
ATTRIBUTES: Final = frozenset(
    {
        "id", "d", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry", "fx", "fy", "dx", "dy",
        "width", "height", "points", "transform", "rotate", "textLength", "lengthAdjust",
        "fill", "fill-opacity", "fill-rule", "stroke", "stroke-width", "stroke-opacity", "stroke-linecap",
        "stroke-linejoin", "stroke-miterlimit", "stroke-dasharray", "opacity", "clip-path", "clip-rule",
        "font-family", "font-size", "font-weight", "font-style", "text-anchor", "letter-spacing",
        "dominant-baseline", "gradientUnits", "gradientTransform", "offset", "stop-color", "stop-opacity",
        "clipPathUnits", "spreadMethod",
    }
)  # fmt: skip

_REFERENCE: Final = re.compile(r"url\(\s*#([A-Za-z_][\w.-]{0,80})\s*\)")
_NAME: Final = re.compile(r"[A-Za-z_][\w.-]{0,80}")
_SUSPECT: Final = re.compile(r"url\s*\(|javascript:|expression\s*\(|@import|\\", re.IGNORECASE)


def rewritten(content: bytes, *, x: float, y: float, width: float, height: float, prefix: str) -> str:
    """
    Return the picture as a nested `<svg>` that fills a rectangle.

    :param prefix: of the names inside, so that two pictures on a page do not meet
    :raises NotReadable: the bytes are no SVG
    """
    root = parse(content, most_nodes=MOST_NODES)
    if root.name != "svg":
        raise NotReadable(Unreadable.BAD_XML, "no svg")
    view = numbers(root.get("viewBox"), most=VIEW_BOX_NUMBERS)
    if len(view) < VIEW_BOX_NUMBERS or view[2] <= 0 or view[3] <= 0:
        view = [0, 0, _length(root.get("width")), _length(root.get("height"))]
    inner = "".join(_written(child, prefix) for child in root.children)
    frame = f'x="{x:.4f}" y="{y:.4f}" width="{width:.4f}" height="{height:.4f}"'
    own = _attributes(root, prefix, but={"x", "y", "width", "height", "transform", "id"})
    picture = f'<svg {frame} viewBox="{words(view)}" preserveAspectRatio="none"{own}>{inner}</svg>'
    return f'<g font-family="{FAMILY}">{picture}</g>'


def _length(text: str) -> float:
    value = number(text.strip().rstrip("pxmtcin%"), 100.0)
    return value if value > 0 else 100.0


def _written(element: Element, prefix: str) -> str:
    if element.name not in ELEMENTS:
        return ""
    inner = escape(element.text) if element.name in {"text", "tspan"} else ""
    inner += "".join(_written(child, prefix) for child in element.children)
    return f"<{element.name}{_attributes(element, prefix)}>{inner}</{element.name}>"


def _attributes(element: Element, prefix: str, *, but: set[str] | None = None) -> str:
    said = dict(element.attributes)
    for declaration in said.pop("style", "").split(";")[:100]:
        name, _, value = declaration.partition(":")
        said[name.strip()] = value.strip()
    text = ""
    for name, value in said.items():
        harmless = _harmless(name, value, prefix)
        if name in ATTRIBUTES and name not in (but or ()) and harmless is not None:
            text += f" {name}={quoteattr(harmless)}"
    return text


def _harmless(name: str, value: str, prefix: str) -> str | None:
    if len(value) > LONGEST_VALUE:
        return None
    if name == "id":
        return f"{prefix}{value}" if _NAME.fullmatch(value) else None
    if reference := _REFERENCE.fullmatch(value.strip()):
        return f"url(#{prefix}{reference[1]})"
    if _SUSPECT.search(value):
        return None
    return f"{value},{FAMILY}" if name == "font-family" else value
