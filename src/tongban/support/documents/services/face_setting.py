"""
Setting faces: a template and the facts of one licence become a layout.

Nothing but the arguments and the fonts decides: equal arguments give equal layouts. Errors raised here::

    ServiceError
    ├── InvalidInput  422  a field that the template asks for is not given, or a picture is none
    ├── NotPrintable  503  no installed font has a character
    └── TextTooLong   422  a text does not fit its box at its smallest size
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from tongban.foundation.errors import InvalidInput
from tongban.support.documents.services.drawing import drawing_of, number
from tongban.support.documents.services.face_templates import PLACEHOLDER, picture_size
from tongban.support.documents.services.qr_codes import qr_commands
from tongban.support.documents.services.setting import (
    ASCENT,
    Align,
    NotPrintable,
    Style,
    TextTooLong,
    broken_lines,
    fitting_sizes,
    set_block,
    set_line,
    text_width,
)
from tongban.support.documents.values.faces import (
    AnyBox,
    CornersBox,
    DocumentFacts,
    FaceTemplate,
    FaceValues,
    Font,
    FrameBox,
    LineBox,
    LinesBox,
    PathBox,
    PictureBox,
    QrBox,
    SealBox,
    TextBox,
    WatermarkBox,
    WavesBox,
)
from tongban.support.documents.values.geometry import Box
from tongban.support.documents.values.layout import (
    A4,
    BOLD,
    FontFamily,
    Item,
    Layout,
    LayoutPage,
    Path,
    Picture,
    SealPlace,
    Text,
)

ROUND: Final = 0.5523
"""How far the handles of a curve lie along its edges for a quarter of a circle."""

WAVE: Final = 2
"""The handle of a curve lies so much higher than its peak."""

SCAN_MARGIN: Final = 10.0
KEPT_BOXES: Final = 1_024
"""That look the same on all licences of a type."""
NO_VALUES: Final = FaceValues(fields={}, lines=())


def lay_out_face(*, template: FaceTemplate, values: FaceValues, facts: DocumentFacts) -> Layout:
    """
    Return the layout of a licence.

    :raises InvalidInput: a field that the template asks for is not given, or a picture is neither PNG nor JPEG
    :raises NotPrintable: no installed font has a character; `place` names the box, as `pages[0].boxes[3]`
    :raises TextTooLong: a text does not fit its box at its smallest size; `place` as above
    """
    pages: list[LayoutPage] = []
    seals: list[SealPlace] = []
    for number_, page in enumerate(template.pages):
        items: list[Item] = []
        for place, box in enumerate(page.boxes):
            if not _is_shown(box.when, box.unless, values):
                continue
            if isinstance(box, SealBox):
                seals.append(_seal(box, number_))
            else:
                items += _set_items(box, values, f"pages[{number_}].boxes[{place}]")
        pages.append(LayoutPage(width=template.width, height=template.height, items=tuple(items)))
    return document(tuple(pages), facts=facts, seal_places=tuple(seals))


def scanned_layout(*, pictures: Sequence[bytes], facts: DocumentFacts) -> Layout:
    """
    Return a layout with one picture a page, as large as fits on A4 upright or across: scans of paper licences.

    :param pictures: PNG or JPEG
    :raises InvalidInput: no picture, or one that is neither PNG nor JPEG
    """
    if not pictures:
        raise InvalidInput(fields={"pictures": _("没有图片")})
    return document(tuple(_scanned_page(picture) for picture in pictures), facts=facts)


def document(
    pages: tuple[LayoutPage, ...], *, facts: DocumentFacts, seal_places: tuple[SealPlace, ...] = ()
) -> Layout:
    """
    Return pages as a document.
    """
    return Layout(
        pages=pages,
        seal_places=seal_places,
        title=facts.title,
        author=facts.author,
        created_at=facts.created_at,
        subject=facts.subject,
        keywords=facts.keywords,
        metadata=facts.metadata,
        attachments=facts.attachments,
        language=facts.language,
        document_id=facts.document_id,
    )


def _scanned_page(picture: bytes) -> LayoutPage:
    wide, high, media_type = picture_size(picture)
    width, height = A4 if high >= wide else A4[::-1]
    area = Box(x=SCAN_MARGIN, y=SCAN_MARGIN, width=width - 2 * SCAN_MARGIN, height=height - 2 * SCAN_MARGIN)
    return LayoutPage(
        width=width, height=height, items=(_fitted(area, picture, (wide, high), media_type=media_type),)
    )


# --- Fields --------------------------------------------------------------------------------------------------------


def _is_shown(when: str, unless: str, values: FaceValues) -> bool:
    return (not when or bool(_field(when, values))) and (not unless or not _field(unless, values))


def _field(key: str, values: FaceValues) -> str:
    try:
        return values.fields[key]
    except KeyError:
        raise InvalidInput(fields={key: _("样式需要此要素，但没有提供")}) from None


def _filled(text: str, values: FaceValues) -> str:
    def value(found: Any) -> str:
        field = _field(found.group(1), values)
        return _day(found.group(1), field) if found.group(2) else field

    return PLACEHOLDER.sub(value, text)


def _day(key: str, text: str) -> str:
    if not text:
        return ""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(fields={key: _("日期应为“2026-11-22”的形式")}) from None
    return f"{day.year}年{day.month}月{day.day}日"


# --- Boxes ---------------------------------------------------------------------------------------------------------


def _set_items(box: AnyBox, values: FaceValues, place: str) -> tuple[Item, ...]:
    try:
        return _fixed_items(box) if _is_fixed(box) else tuple(_MAKERS[type(box)](box, values))
    except (TextTooLong, NotPrintable) as error:
        raise type(error)(**error.facts, place=place) from error


def _is_fixed(box: AnyBox) -> bool:
    """
    Tell whether a box looks the same on all licences.
    """
    if isinstance(box, TextBox | WatermarkBox):
        return "{" not in box.text
    return isinstance(box, LineBox | FrameBox | CornersBox | WavesBox | PathBox)


@lru_cache(maxsize=KEPT_BOXES)
def _fixed_items(box: AnyBox) -> tuple[Item, ...]:
    return tuple(_common(_MAKERS[type(box)](box, NO_VALUES)))


def _common(items: Iterable[Item]) -> Iterator[Item]:
    return (replace(item, is_common=True) if isinstance(item, Text | Path) else item for item in items)


def _seal(box: SealBox, page: int) -> SealPlace:
    return SealPlace(name=box.name, page=page, x=box.x, y=box.y, width=box.width, height=box.height)


def _style(font: Font) -> Style:
    return Style(
        family=FontFamily(font.family),
        weight=font.weight,
        color=font.color,
        opacity=font.opacity,
        tracking=font.tracking,
    )


def _place(box: AnyBox) -> Box:
    return Box(x=box.x, y=box.y, width=box.width, height=box.height)


def _text(box: TextBox, values: FaceValues) -> Iterator[Item]:
    text = _filled(box.text, values)
    if not text.strip():
        return
    block = set_block(
        text,
        box=_place(box),
        size=box.font.size,
        least_size=box.font.least_size,
        line_height=box.font.line_height,
        style=_style(box.font),
        align=Align(box.align),
        vertical_align=Align(box.vertical_align),
        most_lines=box.most_lines,
    )
    yield from block.items


@dataclass(frozen=True, slots=True)
class _Row:
    label: str
    value: str
    style: Style


def _lines(box: LinesBox, values: FaceValues) -> Iterator[Item]:
    rows = _rows(box, values)
    for size in fitting_sizes(box.font.size, box.font.least_size):
        heights = [_row_height(row, box, size) for row in rows]
        height = sum(heights) + box.row_gap * size * (len(rows) - 1)
        if height <= box.height:
            break
    else:
        raise TextTooLong(beginning=max((row.value for row in rows), key=len)[:12])
    spare = box.height - height
    top = box.y + {"start": 0.0, "center": spare / 2, "end": spare}[box.vertical_align]
    for row, tall in zip(rows, heights, strict=True):
        yield from _row(row, box, size, Box(x=box.x, y=top, width=box.width, height=tall))
        top += tall + box.row_gap * size


def _rows(box: LinesBox, values: FaceValues) -> list[_Row]:
    shown = [(line.label, line.value) for line in values.lines if line.value and line.key not in box.omit]
    shown += [
        (line.label, _filled(line.text, values))
        for line in box.extra
        if _is_shown(line.when, line.unless, values)
    ]
    style = _style(box.font)
    bold = Style(
        family=style.family, weight=BOLD, color=style.color, opacity=style.opacity, tracking=style.tracking
    )
    return [
        _Row(label, value, bold if box.first_bold and not place else style)
        for place, (label, value) in enumerate(shown)
    ]


def _widths(box: LinesBox, size: float) -> tuple[float, float]:
    label = min(box.label_width * size, box.width / 2)
    return label, box.width - label - box.gap * size


def _row_height(row: _Row, box: LinesBox, size: float) -> float:
    label, value = _widths(box, size)
    wanted = (
        _height(row.label, label, size * box.label_share, _style(box.label_font), box.label_font.line_height),
        _height(row.value, value, size, row.style, box.font.line_height),
    )
    return max(wanted)


def _height(text: str, width: float, size: float, style: Style, line_height: float) -> float:
    lines = broken_lines(text, width=width, size=size, style=style)
    return size * (1 + (lines - 1) * line_height)


def _row(row: _Row, box: LinesBox, size: float, place: Box) -> Iterator[Item]:
    label, value = _widths(box, size)
    # Smaller labels stand on the line of their value.
    lower = size * ASCENT * (1 - box.label_share)
    yield from _label(
        row.label, box, size, Box(x=place.x, y=place.y + lower, width=label, height=place.height)
    )
    yield from set_block(
        row.value,
        box=Box(x=place.x + place.width - value, y=place.y, width=value, height=place.height),
        size=size,
        line_height=box.font.line_height,
        style=row.style,
    ).items


@lru_cache(maxsize=KEPT_BOXES)
def _label(text: str, box: LinesBox, size: float, place: Box) -> tuple[Item, ...]:
    block = set_block(
        text,
        box=place,
        size=size * box.label_share,
        line_height=box.label_font.line_height,
        style=_style(box.label_font),
    )
    return tuple(_common(block.items))


def _qr(box: QrBox, values: FaceValues) -> Iterator[Item]:
    text = _field(box.field, values)
    if not text:
        return
    side = min(box.width, box.height)
    yield Path(
        x=box.x + (box.width - side) / 2,
        y=box.y + (box.height - side) / 2,
        width=side,
        height=side,
        commands=qr_commands(text, side),
        fill=box.color,
    )


def _picture(box: PictureBox, values: FaceValues) -> Iterator[Item]:
    content = values.pictures.get(box.field, b"") if box.field else box.content
    if not content:
        return
    wide, high, media_type = picture_size(content)
    yield _fitted(
        _place(box), content, (wide, high), media_type=media_type, opacity=box.opacity, name=box.name
    )


def _fitted(
    box: Box,
    content: bytes,
    dots: tuple[int, int],
    *,
    media_type: str,
    opacity: float = 1.0,
    name: str = "",
) -> Picture:
    scale = min(box.width / dots[0], box.height / dots[1])
    width, height = dots[0] * scale, dots[1] * scale
    return Picture(
        x=box.x + (box.width - width) / 2,
        y=box.y + (box.height - height) / 2,
        width=width,
        height=height,
        content=content,
        media_type=media_type,
        opacity=opacity,
        name=name,
    )


def _line(box: LineBox, _values: FaceValues) -> Iterator[Item]:
    yield _drawn(
        Box(x=box.x, y=box.y, width=box.width, height=box.height),
        f"M 0 0 L {number(box.width)} {number(box.height)}",
        stroke=box.stroke,
        stroke_width=box.stroke_width,
        opacity=box.opacity,
    )


def _frame(box: FrameBox, _values: FaceValues) -> Iterator[Item]:
    yield _drawn(
        _place(box),
        _rounded(box.width, box.height, min(box.radius, box.width / 2, box.height / 2)),
        stroke=box.stroke,
        stroke_width=box.stroke_width,
        fill=box.fill,
        opacity=box.opacity,
    )


def _path(box: PathBox, _values: FaceValues) -> Iterator[Item]:
    yield _drawn(
        _place(box),
        box.commands,
        stroke=box.stroke,
        stroke_width=box.stroke_width,
        fill=box.fill,
        opacity=box.opacity,
    )


def _watermark(box: WatermarkBox, values: FaceValues) -> Iterator[Item]:
    yield turned_text(
        _filled(box.text, values),
        box=_place(box),
        size=box.font.size,
        style=_style(box.font),
        angle=box.angle,
    )


def turned_text(text: str, *, box: Box, size: float, style: Style, angle: float) -> Text:
    """
    Return one turned line whose middle is the middle of `box`.
    """
    width = text_width(text, size=size, style=style)
    cosine, sine = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    lower = size * (ASCENT - 0.5)
    x = box.x + box.width / 2 - width / 2 * cosine - lower * sine
    y = box.y + box.height / 2 - width / 2 * sine + lower * cosine
    return set_line(text, x=x, y=y, size=size, style=style, angle=angle)


def _corners(box: CornersBox, _values: FaceValues) -> Iterator[Item]:
    size = box.size
    for right in (False, True):
        for bottom in (False, True):
            x = box.x + box.width - size if right else box.x
            y = box.y + box.height - size if bottom else box.y
            for part in _CORNER:
                points = [
                    (1 - across if right else across, 1 - down if bottom else down)
                    for across, down in part.points
                ]
                yield _drawn(
                    Box(x=x, y=y, width=size, height=size),
                    _polygon(points, size, closed=part.is_filled),
                    stroke="" if part.is_filled else box.color,
                    stroke_width=part.stroke_width,
                    fill=box.color if part.is_filled else "",
                )


@dataclass(frozen=True, slots=True)
class _CornerPart:
    points: tuple[tuple[float, float], ...]
    stroke_width: float = 0.35
    is_filled: bool = False


_CORNER: Final = (
    _CornerPart(((1.0, 0.0), (0.0, 0.0), (0.0, 1.0))),
    _CornerPart(((0.77, 0.154), (0.154, 0.154), (0.154, 0.77)), 0.21),
    _CornerPart(((0.277, 0.277), (0.462, 0.277), (0.462, 0.462), (0.277, 0.462)), is_filled=True),
)


def _polygon(points: Sequence[tuple[float, float]], scale: float, *, closed: bool) -> str:
    corners = [f"{number(x * scale)} {number(y * scale)}" for x, y in points]
    return "M " + " L ".join(corners) + (" C" if closed else "")


def _waves(box: WavesBox, _values: FaceValues) -> Iterator[Item]:
    rows = int((box.height - 2 * box.amplitude) / box.gap) + 1
    spare = (box.height - (rows - 1) * box.gap) / 2
    periods = max(round(box.width / box.period), 1)
    for strand in range(box.strands):
        amplitude = box.amplitude * math.cos(math.pi * strand / box.strands)
        commands = _wave(periods, box.width / periods, amplitude, box.amplitude)
        for row in range(rows):
            # Every row is drawn by the same words, so that all of them together take hardly more room than one.
            yield _drawn(
                Box(
                    x=box.x,
                    y=box.y + spare + row * box.gap - box.amplitude,
                    width=box.width,
                    height=2 * box.amplitude,
                ),
                commands,
                stroke=box.color,
                stroke_width=box.stroke_width,
                opacity=box.opacity,
            )


@lru_cache(maxsize=64)
def _wave(periods: int, period: float, amplitude: float, middle: float) -> str:
    half = period / 2
    parts = [f"M 0 {_hundredth(middle)}"]
    for place in range(2 * periods):
        handle = middle + (-1 if place % 2 == 0 else 1) * amplitude * WAVE
        across = (_hundredth((place + 0.5) * half), _hundredth((place + 1) * half))
        parts.append(f"Q {across[0]} {_hundredth(handle)} {across[1]} {_hundredth(middle)}")
    return " ".join(parts)


def _hundredth(value: float) -> str:
    # Waves are the largest part of a page; a hundredth of a millimetre is finer than any printer.
    return number(round(value, 2))


def _rounded(width: float, height: float, radius: float) -> str:
    if radius <= 0:
        return f"M 0 0 L {number(width)} 0 L {number(width)} {number(height)} L 0 {number(height)} C"
    left, right = number(radius), number(width - radius)
    upper, lower = number(radius), number(height - radius)
    near, far_x, far_y = (
        number(radius * (1 - ROUND)),
        number(width - radius * (1 - ROUND)),
        number(height - radius * (1 - ROUND)),
    )
    wide, high = number(width), number(height)
    return (
        f"M {left} 0 L {right} 0 B {far_x} 0 {wide} {near} {wide} {upper} L {wide} {lower} "
        f"B {wide} {far_y} {far_x} {high} {right} {high} L {left} {high} B {near} {high} 0 {far_y} 0 {lower} "
        f"L 0 {upper} B 0 {near} {near} 0 {left} 0 C"
    )


def _drawn(
    box: Box,
    commands: str,
    *,
    stroke: str = "",
    stroke_width: float = 0.25,
    fill: str = "",
    opacity: float = 1.0,
) -> Path:
    """
    Return a drawing whose commands are relative to `box`, in a box that holds its lines too.
    """
    room = round(stroke_width, 3) if stroke else 0.0
    return Path(
        x=box.x - room,
        y=box.y - room,
        width=box.width + 2 * room,
        height=box.height + 2 * room,
        commands=_shifted(commands, room) if room else commands,
        stroke=stroke,
        stroke_width=stroke_width,
        fill=fill,
        opacity=opacity,
    )


@lru_cache(maxsize=256)
def _shifted(commands: str, by: float) -> str:
    return " ".join(
        " ".join((command, *(number(value + by) for value in values)))
        for command, values in drawing_of(commands)
    )


_MAKERS: Final[Mapping[type, Callable[[Any, FaceValues], Iterator[Item]]]] = {
    TextBox: _text,
    LinesBox: _lines,
    QrBox: _qr,
    PictureBox: _picture,
    LineBox: _line,
    FrameBox: _frame,
    CornersBox: _corners,
    WavesBox: _waves,
    PathBox: _path,
    WatermarkBox: _watermark,
}
