"""
Colours, lines and drawing parameters of OFD as attributes of SVG (GB/T 33190-2016, 8.3 and 8.2).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from tongban.support.documents.rules.ofd.document import Resource
from tongban.support.documents.rules.ofd.numbers import number, numbers, plain, words
from tongban.support.documents.rules.ofd.xml import Element

DEEPEST_RELATIVE: Final = 16
MOST_COMPONENTS: Final = 4
MOST_DASHES: Final = 16
MOST_SEGMENTS: Final = 64
OPAQUE: Final = 255.0
BLACK: Final = "#000000"

LINE_ATTRIBUTES: Final = frozenset(
    {"LineWidth", "Cap", "Join", "MiterLimit", "DashPattern", "DashOffset"},
)

_CAPS: Final = {"Butt": "butt", "Round": "round", "Square": "square"}
_JOINS: Final = {"Miter": "miter", "Round": "round", "Bevel": "bevel"}
_SHADES: Final = ("AxialShd", "RadialShd", "GouraudShd", "LaGouraudShd")


@dataclass(frozen=True, slots=True)
class Ink:
    """
    What to fill or draw with: a colour of CSS or a reference to a gradient, and how dense it is.
    """

    paint: str
    opacity: float = 1.0
    gradient: str = ""
    """Definition of the gradient or pattern, with `{id}` where its name goes; empty for a plain colour."""
    is_simplified: bool = False


@dataclass(frozen=True, slots=True)
class Style:
    """
    Drawing parameters in force; defaults are the standard's (table 22).
    """

    line_width: float = 0.353
    cap: str = "butt"
    join: str = "miter"
    miter_limit: float = 3.528
    dash: tuple[float, ...] = ()
    dash_offset: float = 0.0
    fill: Element | None = None
    stroke: Element | None = None

    def changed_by(self, element: Element) -> "Style":
        """
        Return the style with what an object or a set of parameters says itself.
        """
        said = element.attributes
        if not element.children and said.keys().isdisjoint(LINE_ATTRIBUTES):
            return self
        style = self
        if "LineWidth" in said:
            style = replace(style, line_width=max(number(said["LineWidth"], self.line_width), 0.0))
        if "Cap" in said:
            style = replace(style, cap=_CAPS.get(said["Cap"], self.cap))
        if "Join" in said:
            style = replace(style, join=_JOINS.get(said["Join"], self.join))
        if "MiterLimit" in said:
            style = replace(style, miter_limit=max(number(said["MiterLimit"], self.miter_limit), 1.0))
        if "DashPattern" in said:
            dash = tuple(abs(length) for length in numbers(said["DashPattern"], most=MOST_DASHES))
            style = replace(style, dash=dash if any(dash) else ())
        if "DashOffset" in said:
            style = replace(style, dash_offset=number(said["DashOffset"]))
        fill, stroke = element.child("FillColor"), element.child("StrokeColor")
        return replace(style, fill=fill or style.fill, stroke=stroke or style.stroke)

    def line_attributes(self) -> str:
        """
        Return the SVG attributes of a drawn line, without its colour.
        """
        text = f' stroke-width="{plain(self.line_width)}"'
        if self.cap != "butt":
            text += f' stroke-linecap="{self.cap}"'
        if self.join != "miter":
            text += f' stroke-linejoin="{self.join}"'
        else:
            text += f' stroke-miterlimit="{plain(self.miter_limit)}"'
        if self.dash:
            text += f' stroke-dasharray="{words(self.dash)}"'
            if self.dash_offset:
                text += f' stroke-dashoffset="{plain(self.dash_offset)}"'
        return text


def with_parameters(style: Style, reference: str, resources: Mapping[str, Resource]) -> Style:
    """
    Return the style changed by the set of drawing parameters of this ID and by those it is relative to.
    """
    chain: list[Element] = []
    while reference and len(chain) < DEEPEST_RELATIVE:
        resource = resources.get(reference)
        if resource is None or resource.element.name != "DrawParam":
            break
        chain.append(resource.element)
        reference = resource.element.get("Relative")
    for element in reversed(chain):
        style = style.changed_by(element)
    return style


def ink_of(element: Element | None, resources: Mapping[str, Resource], *, default: str) -> Ink:
    """
    Return the ink an FillColor or StrokeColor means.

    :param default: paint where there is no element, "none" for nothing
    """
    if element is None:
        return Ink(default)
    opacity = min(max(number(element.get("Alpha"), OPAQUE), 0.0), OPAQUE) / OPAQUE
    shade = next((child for child in element.children if child.name in _SHADES), None)
    if shade is not None:
        return _shaded(shade, resources, opacity)
    pattern = element.child("Pattern")
    if pattern is not None:
        # Its first colour; `Painter` puts the pattern itself in.
        return Ink(_first_color(pattern, resources) or "#c0c0c0", opacity, is_simplified=True)
    color = color_of(element, resources)
    return Ink(color or default, opacity)


def color_of(element: Element, resources: Mapping[str, Resource]) -> str | None:
    """
    Return a colour as "#rrggbb", None where none is given.

    Values are those of the colour space: grey, red-green-blue, or cyan-magenta-yellow-black, converted simply.
    """
    space = resources.get(element.get("ColorSpace"))
    value = element.get("Value")
    if not value and space is not None and element.get("Index"):
        value = _of_palette(space.element, element.get("Index"))
    components = [_component(word) for word in value.replace(",", " ").split()[:MOST_COMPONENTS]]
    if not components or any(component is None for component in components):
        return None
    known = [component or 0.0 for component in components]
    most = (
        2.0 ** min(max(number(space.element.get("BitsPerComponent"), 8.0), 1.0), 16.0) - 1
        if space
        else OPAQUE
    )
    return _css([min(max(component, 0.0), most) / most for component in known])


def _component(word: str) -> float | None:
    if word.startswith("#"):
        try:
            return float(int(word[1:5], 16))
        except ValueError:
            return None
    value = number(word, -1.0)
    return None if value < 0 else value


def _css(parts: list[float]) -> str:
    if len(parts) == 1:
        parts = parts * 3
    elif len(parts) == MOST_COMPONENTS:
        black = parts[3]
        parts = [(1 - part) * (1 - black) for part in parts[:3]]
    red, green, blue = (round(part * OPAQUE) for part in (*parts, 0.0, 0.0)[:3])
    return f"#{red:02x}{green:02x}{blue:02x}"


def _of_palette(space: Element, index: str) -> str:
    palette = space.child("Palette")
    colors = list(palette.all("CV")) if palette else []
    wanted = int(number(index, -1.0))
    return colors[wanted].text if 0 <= wanted < len(colors) else ""


def _first_color(element: Element, resources: Mapping[str, Resource]) -> str | None:
    waiting = [element]
    while waiting:
        here = waiting.pop()
        if here.name in {"FillColor", "StrokeColor", "Color"} and (color := color_of(here, resources)):
            return color
        waiting += here.children[::-1]
    return None


def _shaded(shade: Element, resources: Mapping[str, Resource], opacity: float) -> Ink:
    stops = _stops(shade, resources)
    if shade.name in {"GouraudShd", "LaGouraudShd"} or not stops:
        return Ink(_first_color(shade, resources) or BLACK, opacity, is_simplified=True)
    start = numbers(shade.get("StartPoint"), most=2)
    end = numbers(shade.get("EndPoint"), most=2)
    if len(start) < 2 or len(end) < 2:  # noqa: PLR2004 - a point has two coordinates
        return Ink(_first_color(shade, resources) or BLACK, opacity, is_simplified=True)
    plainly = _first_color(shade, resources) or BLACK
    spread = {"Repeat": "repeat", "Reflect": "reflect"}.get(shade.get("MapType"), "pad")
    frame = f'id="{{id}}" gradientUnits="userSpaceOnUse" spreadMethod="{spread}"'
    (x1, y1), (x2, y2) = start, end
    if shade.name == "AxialShd":
        place = f'x1="{plain(x1)}" y1="{plain(y1)}" x2="{plain(x2)}" y2="{plain(y2)}"'
        return Ink(plainly, opacity, f"<linearGradient {frame} {place}>{stops}</linearGradient>")
    radius = max(number(shade.get("EndRadius")), 0.0)
    inner = max(number(shade.get("StartRadius")), 0.0)
    place = f'cx="{plain(x2)}" cy="{plain(y2)}" r="{plain(radius)}" fx="{plain(x1)}" fy="{plain(y1)}"'
    if 0 < inner < radius:
        place += f' fr="{plain(inner)}"'
    return Ink(plainly, opacity, f"<radialGradient {frame} {place}>{stops}</radialGradient>")


def _stops(shade: Element, resources: Mapping[str, Resource]) -> str:
    segments = list(shade.all("Segment"))[:MOST_SEGMENTS]
    text = ""
    for index, segment in enumerate(segments):
        color = segment.child("Color")
        css = color_of(color, resources) if color else None
        if color is None or css is None:
            continue
        place = number(segment.get("Position"), index / max(len(segments) - 1, 1))
        alpha = min(max(number(color.get("Alpha"), OPAQUE), 0.0), OPAQUE) / OPAQUE
        faint = f' stop-opacity="{plain(alpha)}"' if alpha < 1 else ""
        text += f'<stop offset="{plain(min(max(place, 0.0), 1.0))}" stop-color="{css}"{faint}/>'
    return text
