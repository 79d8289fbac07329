"""
Annotated copies (加注件) and the face as data for machines.

A copy is a document of its own: the layout of the original with words over every page that say who lets it be used and
how long. The original's file is not touched, and what its signatures cover does not change. Errors raised here::

    ServiceError
    ├── InvalidInput  422  an annotation of grade B says neither who compared nor when
    └── NotPrintable  503  no installed font has a character
"""

import math
from dataclasses import replace
from datetime import date
from html import escape
from typing import Final

from django.utils.translation import gettext_lazy as _

from tongban.foundation.clock import CHINA
from tongban.foundation.errors import InvalidInput
from tongban.support.documents.services.ofd_writing import xml_text
from tongban.support.documents.services.setting import Align, Style, set_block, set_line, text_width
from tongban.support.documents.values.annotations import AnnotatedGrade, Annotation
from tongban.support.documents.values.faces import FaceLineText
from tongban.support.documents.values.geometry import Box
from tongban.support.documents.values.layout import (
    Attachment,
    FontFamily,
    Item,
    Layout,
    LayoutPage,
    Picture,
)
from tongban.support.documents.values.licence_metadata import LicenceMetadata

FACE_FILE: Final = "face.xml"
FACE_NAMESPACE: Final = "urn:tongban:licence-face:1"
UNDER: Final = Style(family=FontFamily.SANS, color="#e2e5eb")
"""Pale words under those of the page: some readers of OFD know no transparency, and would hide the page."""

OVER: Final = Style(family=FontFamily.SANS, color="#8fa0bd", opacity=0.45)
"""Words over a scan, which would hide what lies under it; readers without transparency show them paler than ink."""

LARGE_SHARE: Final = 0.25
"""Of a page: a picture that covers so much of it is a scan."""
WATERMARK_SIZE: Final = 4.2
WATERMARK_ANGLE: Final = -24.0
WATERMARK_LINE: Final = 34.0
"""From one line of the watermark to the next, mm."""

NOTE: Final = Style(family=FontFamily.SANS, color="#1f3a68")
NOTE_SIZE: Final = 3.0
NOTE_MARGIN: Final = 8.0
NOTE_LINES: Final = 3
LONG_TERM: Final = "长期"


def annotation_text(annotation: Annotation) -> str:
    """
    Return the words of an annotation, as the guide gives them for each grade.

    The sentence is part of an official document: it is Chinese in every language of the pages.

    :raises InvalidInput: grade B without who compared and when
    """
    last = _day(annotation.valid_until) if annotation.valid_until else LONG_TERM
    until = f"仅供办理政务服务事项时使用，有效期至{last}"
    if annotation.grade == AnnotatedGrade.ISSUED:
        return f"此件由{annotation.provider}提供，{until}"
    if not annotation.verifier or annotation.verified_date is None:
        raise InvalidInput(fields={"verifier": _("B级加注须写明核对人和核对日期")})
    compared = (
        f"核对人：{annotation.provider} {annotation.verifier}，核对日期：{_day(annotation.verified_date)}"
    )
    return f"此件经与原件核对无误，{until}（{compared}）"


def annotated(layout: Layout, annotation: Annotation) -> Layout:
    """
    Return an annotated copy of a layout: the words across every page and at its foot, and in the metadata.

    The copy has an id of its own, and no place for straddle or other seals that the original does not have.

    :raises NotPrintable: no installed font has a character of the annotation
    """
    text = annotation_text(annotation)
    note = f"注：{text}"
    if annotation.purpose:
        note = f"{note}。事由：{annotation.purpose}"
    return replace(
        layout,
        pages=tuple(_annotated_page(page, text, note) for page in layout.pages),
        metadata={**layout.metadata, **_metadata(annotation)},
        created_at=annotation.made_at,
        document_id="",
    )


def structured_face(metadata: LicenceMetadata, lines: tuple[FaceLineText, ...]) -> Attachment:
    """
    Return the facts of a licence as an attachment for machines: metadata by their tags, lines of the face by key.

    XML, because checks of OFD files (ours too) let XML, fonts and pictures in and nothing else.
    """
    facts = "".join(
        f'<metadata name="{_attribute(name)}">{_content(value)}</metadata>'
        for name, value in metadata.custom_data().items()
    )
    face = "".join(
        f'<line key="{_attribute(line.key)}" label="{_attribute(line.label)}">{_content(line.value)}</line>'
        for line in lines
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<face xmlns="{FACE_NAMESPACE}" '
        f'identifier="{_attribute(metadata.identifier)}">{facts}{face}</face>'
    )
    return Attachment(
        name=FACE_FILE,
        title="照面数据",
        media_type="application/xml",
        content=content.encode(),
        is_visible=False,
    )


def _metadata(annotation: Annotation) -> dict[str, str]:
    made = annotation.made_at.astimezone(CHINA)
    data = {
        "JZJZZSJ": made.strftime("%Y-%m-%d %H:%M:%S"),
        "JZJZZZ": annotation.maker,
        "JZJZZSY": annotation.purpose,
        "JZJYXQJZSJ": f"{(annotation.valid_until or date.max).isoformat()} 23:59:59",
    }
    return {name: value for name, value in data.items() if value}


def _annotated_page(page: LayoutPage, text: str, note: str) -> LayoutPage:
    is_scan = any(
        isinstance(item, Picture) and item.width * item.height > LARGE_SHARE * page.width * page.height
        for item in page.items
    )
    words = _watermark(page, text, OVER if is_scan else UNDER)
    items = (*page.items, *words) if is_scan else (*words, *page.items)
    return replace(page, items=(*items, *_note(page, note)))


def _watermark(page: LayoutPage, text: str, style: Style) -> tuple[Item, ...]:
    """
    Return the words again and again on slanting lines over the whole page, shifted from line to line.
    """
    angle = math.radians(WATERMARK_ANGLE)
    cosine, sine = math.cos(angle), math.sin(angle)
    step = text_width(text, size=WATERMARK_SIZE, style=style) + 4 * WATERMARK_SIZE
    reach = math.hypot(page.width, page.height) / 2
    items = []
    for row in range(-int(reach / WATERMARK_LINE) - 1, int(reach / WATERMARK_LINE) + 2):
        shift = (row % 2) * step / 2
        for place in range(-int(reach / step) - 2, int(reach / step) + 2):
            along, across = place * step + shift, row * WATERMARK_LINE
            x = page.width / 2 + along * cosine - across * sine
            y = page.height / 2 + along * sine + across * cosine
            if _touches(page, x, y, step * cosine, step * sine):
                items.append(
                    set_line(text, x=x, y=y, size=WATERMARK_SIZE, style=style, angle=WATERMARK_ANGLE)
                )
    return tuple(items)


def _touches(page: LayoutPage, x: float, y: float, right: float, down: float) -> bool:
    points = ((x + right * part / 8, y + down * part / 8) for part in range(9))
    return any(0 <= across <= page.width and 0 <= along <= page.height for across, along in points)


def _note(page: LayoutPage, note: str) -> tuple[Item, ...]:
    height = NOTE_SIZE * (1 + (NOTE_LINES - 1) * 1.3)
    box = Box(
        x=NOTE_MARGIN,
        y=page.height - height - 1.5,
        width=page.width - 2 * NOTE_MARGIN,
        height=height,
    )
    return set_block(
        note,
        box=box,
        size=NOTE_SIZE,
        least_size=1.6,
        line_height=1.3,
        style=NOTE,
        align=Align.CENTER,
        vertical_align=Align.END,
    ).items


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _content(text: str) -> str:
    return escape(xml_text(text), quote=False)


def _attribute(text: str) -> str:
    return escape(xml_text(text)).replace("\n", "&#10;").replace("\t", "&#9;")
