"""
From the drawing of a seal to its picture: SVG set by typst, as a PNG of one red in a few strengths.

Four strengths are enough for 400 pixels and make less than 10 KB, which counts: the picture stands twice in every file
that is sealed. Sixteen make the picture for print.
"""

import io
import threading
from functools import lru_cache
from pathlib import Path
from typing import Final

import typst
from django.utils.translation import gettext_lazy as _
from PIL import Image

from tongban.foundation.errors import ServiceError
from tongban.support.documents import services as documents
from tongban.support.seals.models import Seal
from tongban.support.seals.rules import pictures
from tongban.support.seals.rules.pictures import Face

TEMPLATE: Final = Path(__file__).parents[1] / "templates" / "seals" / "picture.typ"
SMALL_PIXELS: Final = 400
PRINT_PIXELS: Final = 1_200
SMALL_STRENGTHS: Final = 4
PRINT_STRENGTHS: Final = 16
BITS: Final = {SMALL_STRENGTHS: 2, PRINT_STRENGTHS: 4}
RED: Final = tuple(bytes.fromhex(pictures.RED[1:]))
MILLIMETRES_PER_INCH: Final = 25.4
KEPT: Final = 64


class SealNotDrawn(ServiceError):
    """
    The picture of a seal does not come out: a font is missing, or its name has a character that no font has.
    """

    code = "seal_not_drawn"
    status = 503
    message = _("印章图像无法生成：服务器缺少中文字体，或者印章名称含有字库暂缺的字")


_setting: Final = threading.Lock()


@lru_cache(maxsize=1)
def _compiler() -> typst.Compiler:
    fonts = typst.Fonts(include_system_fonts=True, include_embedded_fonts=False)
    return typst.Compiler(root=TEMPLATE.parent, font_paths=fonts, ignore_system_fonts=True)


def face_of(seal: Seal) -> Face:
    """
    Return what the picture of a seal shows.
    """
    return Face(
        name=seal.agency_name,
        kind=seal.kind,
        code=seal.code,
        caption=seal.caption,
        is_demonstration=seal.is_demonstration,
    )


def small_picture(face: Face) -> bytes:
    """
    Return the picture that goes into the seal: PNG, 400 pixels, transparent, less than 10 KB.

    :raises SealNotDrawn: fonts are missing, or none has a character of the name
    """
    return _picture(face, SMALL_PIXELS, SMALL_STRENGTHS)


def print_picture(face: Face) -> bytes:
    """
    Return the picture for print: PNG, 1,200 pixels, transparent.

    :raises SealNotDrawn: fonts are missing
    """
    return _picture(face, PRINT_PIXELS, PRINT_STRENGTHS)


@lru_cache(maxsize=KEPT)
def _picture(face: Face, pixels: int, strengths: int) -> bytes:
    missing = documents.missing_characters("".join((face.name + face.caption).split()))
    if missing:
        # typst would draw a box in its place and say nothing.
        raise SealNotDrawn(characters=missing)
    width, _height = pictures.size_on_paper(face)
    inputs = {"picture": pictures.seal_picture(face).decode(), "width": str(width)}
    try:
        with _setting:
            drawn = _compiler().compile(
                input=TEMPLATE, format="png", ppi=pixels / width * MILLIMETRES_PER_INCH, sys_inputs=inputs
            )
    except typst.TypstError as error:
        raise SealNotDrawn(detail=error.message) from error
    if not isinstance(drawn, bytes):
        raise SealNotDrawn(detail="no picture came out")
    return _reduced(drawn, strengths)


def _reduced(drawn: bytes, strengths: int) -> bytes:
    """
    Return a PNG of one colour whose palette holds nothing but how strong the ink is.
    """
    with Image.open(io.BytesIO(drawn)) as picture:
        ink = picture.convert("RGBA").getchannel("A")
    # One channel of eight bits has one smallest and one largest value.
    strongest = max(value for value, count in enumerate(ink.histogram()) if count)
    if not strongest:
        raise SealNotDrawn(detail="the picture is empty")
    steps = strengths - 1
    marked = ink.point([min(round(value * steps / strongest), steps) for value in range(256)])
    palette = Image.frombytes("P", marked.size, marked.tobytes())
    palette.putpalette(RED * strengths)
    output = io.BytesIO()
    palette.save(
        output,
        "PNG",
        optimize=True,
        bits=BITS[strengths],
        transparency=bytes(round(step * strongest / steps) for step in range(strengths)),
    )
    return output.getvalue()
