"""
样式: the face of a licence as data, boxes in millimetres that are filled with the facts of one licence.

A template has a JSON form, so that it is stored, compared and edited like any other data and runs nothing. In texts,
`{key}` stands for a field and `{key:date}` for a field that holds a day, printed as 2026年11月22日. A box with `when`
is left out where that field is empty, one with `unless` where it is not.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from tongban.support.documents.values.layout import Attachment

LARGEST_PAGE: Final = 1000.0
MOST_PAGES: Final = 10
MOST_BOXES: Final = 300
LARGEST_TEMPLATE_BYTES: Final = 2 * 1024 * 1024

Millimetres = Annotated[float, Meta(ge=0, le=LARGEST_PAGE)]
Thickness = Annotated[float, Meta(gt=0, le=20)]
Size = Annotated[float, Meta(ge=0.5, le=200)]
Share = Annotated[float, Meta(ge=0, le=1)]
Color = Annotated[str, Meta(pattern=r"^#[0-9a-fA-F]{6}$")]
NoColor = Annotated[str, Meta(pattern=r"^(#[0-9a-fA-F]{6})?$")]
Key = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_.-]{0,63}$")]
NoKey = Annotated[str, Meta(pattern=r"^([a-z][a-z0-9_.-]{0,63})?$")]
Words = Annotated[str, Meta(max_length=4_000)]
Alignment = Literal["start", "center", "end"]


class Font(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """
    What characters look like.
    """

    family: Literal["serif", "sans"] = "serif"
    """serif 宋体, sans 黑体."""
    weight: Literal[400, 700] = 400
    size: Size = 4.2
    """Em, mm."""
    least_size: Size | None = None
    """How small it may become to fit; None: it may not."""
    color: Color = "#000000"
    opacity: Share = 1.0
    tracking: Annotated[float, Meta(ge=-0.2, le=3)] = 0.0
    """Room behind each character, em."""
    line_height: Annotated[float, Meta(ge=0.8, le=4)] = 1.4
    """Em."""


class FaceBox(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag_field="kind",
):
    """
    A rectangle of the page in which something stands.
    """

    x: Millimetres
    y: Millimetres
    width: Millimetres = 0.0
    height: Millimetres = 0.0
    when: NoKey = ""
    unless: NoKey = ""


class TextBox(FaceBox, frozen=True, kw_only=True, tag="text"):
    """
    文字: fixed words and fields; smaller where they do not fit.
    """

    text: Words
    font: Font = Font()
    align: Alignment = "start"
    vertical_align: Alignment = "start"
    most_lines: Annotated[int, Meta(ge=1, le=500)] | None = None


class ExtraLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """
    A line of the table that is not among the lines of the face: the period of validity, for example.
    """

    label: Words
    text: Words
    when: NoKey = ""
    unless: NoKey = ""


class LinesBox(FaceBox, frozen=True, kw_only=True, tag="lines"):
    """
    照面要素: all lines of the face as a table of labels and values, made smaller together until they fit.
    """

    font: Font = Font(size=6.0, least_size=2.1)
    """Of the values; its sizes rule the labels too."""
    label_font: Font = Font(family="sans", color="#6b6f76")
    label_share: Annotated[float, Meta(gt=0, le=2)] = 0.92
    """Size of labels to that of values."""
    label_width: Annotated[float, Meta(gt=0, le=40)] = 8.6
    """Em of the values."""
    gap: Annotated[float, Meta(ge=0, le=20)] = 0.8
    """Between label and value, em."""
    row_gap: Annotated[float, Meta(ge=0, le=20)] = 0.85
    """Between rows, em."""
    first_bold: bool = True
    vertical_align: Alignment = "center"
    omit: tuple[str, ...] = ()
    """Keys of lines that stand elsewhere on the face."""
    extra: Annotated[tuple[ExtraLine, ...], Meta(max_length=20)] = ()


class QrBox(FaceBox, frozen=True, kw_only=True, tag="qr"):
    """
    二维码 (GB/T 18284) of a field; empty where the field is.
    """

    field: Key = "verification_url"
    color: Color = "#111111"


class SealBox(FaceBox, frozen=True, kw_only=True, tag="seal"):
    """
    印章位: where a seal stands; the seal itself comes with the signature.
    """

    name: Key = "issuer"


class PictureBox(FaceBox, frozen=True, kw_only=True, tag="picture"):
    """
    图片: of a field (the photo of the holder) or of the template itself; PNG or JPEG, as large as fits, in the middle.
    """

    field: NoKey = ""
    content: bytes = b""
    """Base64 in JSON; used where `field` is empty."""
    opacity: Share = 1.0
    name: Words = ""


class LineBox(FaceBox, frozen=True, kw_only=True, tag="line"):
    """
    线: from the top left to the bottom right corner.
    """

    stroke: Color = "#000000"
    stroke_width: Thickness = 0.25
    opacity: Share = 1.0


class FrameBox(FaceBox, frozen=True, kw_only=True, tag="frame"):
    """
    边框: a rectangle, its corners round where asked for.
    """

    stroke: NoColor = "#000000"
    stroke_width: Thickness = 0.25
    fill: NoColor = ""
    radius: Millimetres = 0.0
    opacity: Share = 1.0


class CornersBox(FaceBox, frozen=True, kw_only=True, tag="corners"):
    """
    角花: an ornament in each corner.
    """

    color: Color = "#b08d3c"
    size: Annotated[float, Meta(gt=0, le=100)] = 13.0


class WavesBox(FaceBox, frozen=True, kw_only=True, tag="waves"):
    """
    底纹: fine waves as on paper that is hard to copy; several strands are woven into each other (扭索纹).
    """

    color: Color = "#e8dcb9"
    stroke_width: Thickness = 0.09
    period: Annotated[float, Meta(ge=1, le=200)] = 12.7
    amplitude: Annotated[float, Meta(gt=0, le=50)] = 1.2
    gap: Annotated[float, Meta(ge=0.5, le=200)] = 3.175
    """From row to row."""
    strands: Annotated[int, Meta(ge=1, le=12)] = 1
    opacity: Share = 1.0


class PathBox(FaceBox, frozen=True, kw_only=True, tag="path"):
    """
    图形: any drawing, as AbbreviatedData relative to (x, y).
    """

    commands: Annotated[str, Meta(max_length=20_000)]
    stroke: NoColor = "#000000"
    stroke_width: Thickness = 0.25
    fill: NoColor = ""
    opacity: Share = 1.0


class WatermarkBox(FaceBox, frozen=True, kw_only=True, tag="watermark"):
    """
    水印: large pale words across the middle of the box.
    """

    text: Words
    font: Font = Font(weight=700, size=20.5, color="#faeaec", tracking=0.3)
    """Pale rather than transparent: some readers of OFD know no transparency. So it must lie under the text."""
    angle: Annotated[float, Meta(ge=-90, le=90)] = -24.0


AnyBox = (
    TextBox
    | LinesBox
    | QrBox
    | SealBox
    | PictureBox
    | LineBox
    | FrameBox
    | CornersBox
    | WavesBox
    | PathBox
    | WatermarkBox
)


class FacePage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """
    One page, its boxes from the lowest to the highest.
    """

    boxes: tuple[AnyBox, ...]


class FaceTemplate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """
    样式 of a type of licence.
    """

    pages: Annotated[tuple[FacePage, ...], Meta(min_length=1, max_length=MOST_PAGES)]
    width: Annotated[float, Meta(ge=20, le=LARGEST_PAGE)] = 297.0
    height: Annotated[float, Meta(ge=20, le=LARGEST_PAGE)] = 210.0


class StartingFace(StrEnum):
    """
    Faces that an editor may begin with.
    """

    ACROSS = "default"
    """横版证书, A4."""
    UPRIGHT = "upright"
    """竖版证书, A4."""
    CARD = "card"
    """卡片, 85.6 × 54 mm, with a photograph."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FaceLineText:
    """
    One line of a face: 照面要素 with its value.
    """

    key: str
    label: str
    value: str


@dataclass(frozen=True, kw_only=True, slots=True)
class FaceValues:
    """
    What one licence says.
    """

    fields: Mapping[str, str]
    """By key; days as 2026-11-22. A field that a template asks for must be there, be it empty."""
    lines: tuple[FaceLineText, ...] = ()
    """Lines without a value are left out."""
    pictures: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}))
    """PNG or JPEG by key."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DocumentFacts:
    """
    What a document says about itself.
    """

    title: str
    author: str
    created_at: datetime
    """Aware."""
    subject: str = ""
    keywords: tuple[str, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    attachments: tuple[Attachment, ...] = ()
    language: str = "zh-CN"
    document_id: str = ""
