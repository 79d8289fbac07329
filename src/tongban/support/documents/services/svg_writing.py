"""
Writing a layout as SVG: one picture per page that needs nothing else.

Characters are drawn from their outlines, so a page looks the same in every browser, with or without the fonts, and can
be shown as `<img>`, where nothing runs and nothing is loaded. The words stand in `<title>` and `<desc>`.
"""

from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from html import escape
from types import MappingProxyType
from typing import Final

from tongban.support.documents.services.drawing import checked_commands, number, runs_of
from tongban.support.documents.services.fonts import Face, svg_outline
from tongban.support.documents.values.layout import Item, Layout, LayoutPage, Path, Picture, SealPlace, Text

NO_PICTURES: Final[Mapping[str, bytes]] = MappingProxyType({})
SVG_COMMANDS: Final = str.maketrans({"B": "C", "C": "Z"})
"""Curves and the way back to the beginning; the other commands have the same letters."""
PNG_BEGINNING: Final = b"\x89PNG"
JPEG_BEGINNING: Final = b"\xff\xd8"


def write_svg(layout: Layout, *, seal_pictures: Mapping[str, bytes] = NO_PICTURES) -> tuple[bytes, ...]:
    """
    Return each page of a layout as an SVG.

    :param seal_pictures: PNG or SVG by the name of a seal's place; places of other names stay empty. Letters in such an
        SVG look as the fonts of each reader want, unless they are outlines
    :raises NotPrintable: no installed font has a character of the layout
    """
    return tuple(
        _page(page, title=layout.title, seals=placed_seals(layout, number_, seal_pictures))
        for number_, page in enumerate(layout.pages)
    )


def placed_seals(layout: Layout, page: int, pictures: Mapping[str, bytes]) -> list[tuple[SealPlace, bytes]]:
    """
    Return the places on one page for which there is a picture, with it.
    """
    return [
        (place, pictures[place.name])
        for place in layout.seal_places
        if place.page == page and place.name in pictures
    ]


def drawn(items: Iterable[Path | Picture]) -> str:
    """
    Return drawings and pictures as elements of an SVG whose unit is the millimetre.
    """
    return "".join(_path(item) if isinstance(item, Path) else _picture(item) for item in items)


def drawn_seal(place: SealPlace, picture: bytes) -> str:
    """
    Return the picture of a seal at its place, cut to the part that the place shows.
    """
    image = _image(place.x, place.y, place.width, place.height, picture)
    if place.clip is None:
        return image
    clip = place.clip
    # A nested <svg> cuts off what lies outside of it, in every renderer, without an id that two pages could share.
    left, top = place.x + clip.x, place.y + clip.y
    inner = _image(-clip.x, -clip.y, place.width, place.height, picture)
    return (
        f'<svg x="{number(left)}" y="{number(top)}" width="{number(clip.width)}" height="{number(clip.height)}" '
        f'viewBox="0 0 {number(clip.width)} {number(clip.height)}" overflow="hidden">{inner}</svg>'
    )


def media_type_of(picture: bytes) -> str:
    """
    Return the media type of a picture by its first bytes.
    """
    if picture.startswith(PNG_BEGINNING):
        return "image/png"
    return "image/jpeg" if picture.startswith(JPEG_BEGINNING) else "image/svg+xml"


def _page(page: LayoutPage, *, title: str, seals: list[tuple[SealPlace, bytes]]) -> bytes:
    glyphs: dict[tuple[Face, str], str] = {}
    body = "".join(part for item in page.items for part in _elements(item, glyphs))
    body += "".join(drawn_seal(place, picture) for place, picture in seals)
    definitions = "".join(
        f'<path id="{name}" d="{svg_outline(face, character)}"/>'
        for (face, character), name in glyphs.items()
    )
    words = "\n".join(item.text for item in page.items if isinstance(item, Text))
    width, height = number(page.width), number(page.height)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{width}mm" height="{height}mm" viewBox="0 0 {width} {height}" role="img">'
        f"<title>{escape(title)}</title><desc>{escape(words)}</desc><defs>{definitions}</defs>"
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>{body}</svg>'
    ).encode()


def _elements(item: Item, glyphs: dict[tuple[Face, str], str]) -> Iterator[str]:
    if not isinstance(item, Text):
        yield drawn([item])
        return
    turned = f" rotate({number(item.angle)})" if item.angle else ""
    for run in runs_of(item):
        scale = item.size / run.face.units_per_em
        x, uses = 0.0, ""
        for character, advance in zip(run.text, run.advances, strict=True):
            if character != " ":
                name = glyphs.setdefault((run.face, character), f"g{len(glyphs)}")
                uses += f'<use xlink:href="#{name}" x="{number(x / scale)}"/>'
            x += advance
        offset = f" translate({number(run.offset)} 0)" if run.offset else ""
        yield (
            f'<g transform="translate({number(item.x)} {number(item.y)}){turned}{offset} '
            f'scale({scale:.7f} {-scale:.7f})" fill="{item.color}"{_opacity(item.opacity)}>{uses}</g>'
        )


def _path(path: Path) -> str:
    stroke = f' stroke="{path.stroke}" stroke-width="{number(path.stroke_width)}"' if path.stroke else ""
    commands = checked_commands(path.commands).translate(SVG_COMMANDS)
    return (
        f'<path transform="translate({number(path.x)} {number(path.y)})" d="{commands}" '
        f'fill="{path.fill or "none"}"{stroke}{_opacity(path.opacity)}/>'
    )


def _picture(picture: Picture) -> str:
    return _image(
        picture.x,
        picture.y,
        picture.width,
        picture.height,
        picture.content,
        opacity=_opacity(picture.opacity),
    )


def _image(x: float, y: float, width: float, height: float, content: bytes, *, opacity: str = "") -> str:
    return (
        f'<image x="{number(x)}" y="{number(y)}" width="{number(width)}" height="{number(height)}"{opacity} '
        f'preserveAspectRatio="none" xlink:href="{_data_url(content)}"/>'
    )


@lru_cache(maxsize=8)
def _data_url(content: bytes) -> str:
    return f"data:{media_type_of(content)};base64,{b64encode(content).decode()}"


def _opacity(opacity: float) -> str:
    return "" if opacity >= 1 else f' opacity="{number(opacity)}"'
