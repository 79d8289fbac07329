"""
Templates of faces: read with clear complaints, written back, and the one that a type has until it gets its own.

Errors raised here::

    ServiceError
    └── InvalidInput  422  says which property of which box, and what is wrong with it
"""

import io
import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import msgspec
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from PIL import Image, UnidentifiedImageError

from tongban.foundation.errors import InvalidInput
from tongban.support.documents.services.drawing import drawing_of
from tongban.support.documents.values.faces import (
    LARGEST_TEMPLATE_BYTES,
    MOST_BOXES,
    AnyBox,
    FaceTemplate,
    LineBox,
    LinesBox,
    PathBox,
    PictureBox,
    QrBox,
    StartingFace,
    TextBox,
    WatermarkBox,
    WavesBox,
)

FOLDER: Final = Path(__file__).parents[1] / "templates" / "documents" / "faces"
PLACEHOLDER: Final = re.compile(r"\{([a-z][a-z0-9_.-]{0,63})(:date)?\}")
MOST_PIXELS: Final = 25_000_000
MOST_CURVES: Final = 20_000
"""Of all waves; the default face has 2,700. More would be grey paper, and megabytes."""

MOST_TABLES: Final = 20

_PLACE: Final = re.compile(r" - at `\$\.?(.*)`$")
_MISSING: Final = re.compile(r"^Object missing required field `(.+)`$")
_UNKNOWN: Final = re.compile(r"^Object contains unknown field `(.+)`$")
_KIND: Final = re.compile(r"^Invalid value '(.*)'$")


def read_template(source: bytes | str | Mapping[str, Any]) -> FaceTemplate:
    """
    Return the template that a JSON text, or an object of its form, holds.

    :raises InvalidInput: it is none; `fields` names the property, as `pages[0].boxes[3].width`, and what is wrong
    """
    text = source if isinstance(source, bytes | str) else json.dumps(source)
    if len(text) > LARGEST_TEMPLATE_BYTES:
        raise InvalidInput(fields={"template": _("样式过大，请减少图片或图形")})
    try:
        template = msgspec.json.decode(text, type=FaceTemplate)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(fields=dict([_complaint(str(error))])) from error
    complaints = dict(_complaints(template))
    if complaints:
        raise InvalidInput(fields=complaints)
    return template


def template_json(template: FaceTemplate) -> dict[str, Any]:
    """
    Return the JSON form of a template; properties that have their usual value are left out.
    """
    return dict(json.loads(msgspec.json.encode(template)))


def face_fields(template: FaceTemplate) -> frozenset[str]:
    """
    Return the keys of all fields that a template asks for.
    """
    return frozenset(key for page in template.pages for box in page.boxes for key in _keys(box))


def default_face_template() -> FaceTemplate:
    """
    Return the face of a type that has no template of its own: A4 across, golden frame, all lines as a table.
    """
    return starting_template(StartingFace.ACROSS)


@lru_cache(maxsize=len(StartingFace))
def starting_template(face: StartingFace) -> FaceTemplate:
    """
    Return a template that an editor may begin with.
    """
    return read_template((FOLDER / f"{face.value}.json").read_bytes())


def picture_size(content: bytes) -> tuple[int, int, str]:
    """
    Return width and height of a picture in dots, and its media type.

    :raises InvalidInput: neither PNG nor JPEG, or too many dots
    """
    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as picture:
            width, height, form = *picture.size, str(picture.format)
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise InvalidInput(fields={"content": _("图片不是有效的 PNG 或 JPEG 文件")}) from error
    if width * height > MOST_PIXELS:
        raise InvalidInput(fields={"content": _("图片像素过多")})
    return width, height, f"image/{form.lower()}"


def _keys(box: AnyBox) -> Iterator[str]:
    yield from filter(None, (box.when, box.unless))
    if isinstance(box, TextBox | WatermarkBox):
        yield from _placeholders(box.text)
    elif isinstance(box, LinesBox):
        for line in box.extra:
            yield from filter(None, (line.when, line.unless))
            yield from _placeholders(line.text)
    elif isinstance(box, QrBox):
        yield box.field


def _placeholders(text: str) -> Iterator[str]:
    for found in PLACEHOLDER.finditer(text):
        yield found.group(1)


Complaint = tuple[str, str | Promise]


def _complaints(template: FaceTemplate) -> Iterator[Complaint]:
    boxes = [box for page in template.pages for box in page.boxes]
    if len(boxes) > MOST_BOXES:
        yield "pages", _("样式元素过多，最多 %(most)d 个") % {"most": MOST_BOXES}
        return
    if sum(_curves(box) for box in boxes) > MOST_CURVES:
        yield "pages", _("底纹过密，请加大间距或波长")
        return
    if sum(isinstance(box, LinesBox | QrBox) for box in boxes) > MOST_TABLES:
        yield "pages", _("要素表和二维码过多，最多 %(most)d 个") % {"most": MOST_TABLES}
        return
    for number, page in enumerate(template.pages):
        for place, box in enumerate(page.boxes):
            path = f"pages[{number}].boxes[{place}]"
            yield from ((f"{path}.{name}", text) for name, text in _about(box, template))


def _curves(box: AnyBox) -> float:
    if not isinstance(box, WavesBox):
        return 0
    return box.strands * (box.height / box.gap + 1) * 2 * (box.width / box.period + 1)


def _about(box: AnyBox, template: FaceTemplate) -> Iterator[Complaint]:
    if box.x + box.width > template.width + 0.01:
        yield "width", _("元素超出页面右边")
    if box.y + box.height > template.height + 0.01:
        yield "height", _("元素超出页面下边")
    if not isinstance(box, LineBox | PathBox) and (box.width <= 0 or box.height <= 0):
        yield "width", _("元素的宽和高须大于零")
    if isinstance(box, PathBox):
        try:
            drawing_of(box.commands)
        except InvalidInput:
            yield "commands", _("图形命令有误：只能使用 M、L、Q、B、C 及其坐标，并以 M 开头")
    if isinstance(box, PictureBox):
        yield from _about_picture(box)


def _about_picture(box: PictureBox) -> Iterator[Complaint]:
    if bool(box.field) == bool(box.content):
        yield "field", _("图片须来自要素或样式本身，二者取其一")
    if box.content:
        try:
            picture_size(box.content)
        except InvalidInput as error:
            yield "content", error.fields["content"]


def _complaint(detail: str) -> Complaint:
    place = _PLACE.search(detail)
    path = place.group(1) if place else ""
    sentence = detail[: place.start()] if place else detail
    if found := _MISSING.match(sentence):
        return _joined(path, found.group(1)), _("缺少此项")
    if found := _UNKNOWN.match(sentence):
        return _joined(path, found.group(1)), _("不认识的属性")
    if (found := _KIND.match(sentence)) and path.endswith(".kind"):
        return path, _("不认识的元素类型：%(kind)s") % {"kind": found.group(1)}
    return path or "template", _("取值不正确（%(detail)s）") % {"detail": sentence}


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
