"""
Pictures inside a file, encoded anew: what is shown was written by us, pixel by pixel.

PNG, JPEG, BMP, GIF, TIFF and JBIG2 are read, in the process that draws strangers' pages and can open nothing.
"""

import io
import struct
import warnings
from dataclasses import dataclass
from typing import Final

from PIL import Image, UnidentifiedImageError

from tongban.support.documents.rules.ofd import jbig2

FORMATS: Final = ("PNG", "JPEG", "BMP", "GIF", "TIFF")
MOST_PIXELS: Final = 16_000_000
MOST_JPEG_PIXELS: Final = 64_000_000
"""JPEG is decoded at a fraction of its size."""
LONGEST_SIDE: Final = 2_400
"""Pixels kept of a side: 300 dots per inch over the width of A4."""
JPEG_QUALITY: Final = 85
DEEP_MODES: Final = frozenset({"I", "I;16", "I;16B", "I;16L", "I;16N"})
"""Greys of 16 bits."""

_ERRORS: Final = (
    UnidentifiedImageError,
    Image.DecompressionBombError,
    OSError,
    SyntaxError,
    struct.error,
    ValueError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    OverflowError,
    MemoryError,
)


class PictureNotShownError(Exception):
    """
    The picture is damaged, too large, or of a format that is not read.
    """


@dataclass(frozen=True, slots=True)
class EncodedPicture:
    """
    A picture as it goes into a page.
    """

    media_type: str
    content: bytes


def encoded(content: bytes, *, mask: bytes | None = None) -> EncodedPicture:
    """
    Return a picture encoded anew, not larger than `LONGEST_SIDE`.

    :param mask: picture whose lightness is this one's opacity
    :raises PictureNotShownError: it cannot be read
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            picture = _decoded(content)
            if mask is not None:
                picture = _masked(picture, _decoded(mask))
            return _encoded(picture)
    except _ERRORS as error:
        raise PictureNotShownError from error


def _decoded(content: bytes) -> Image.Image:
    if jbig2.is_jbig2(content):
        return jbig2.decoded(content, longest_side=LONGEST_SIDE)
    picture: Image.Image = Image.open(io.BytesIO(content), formats=FORMATS)
    is_jpeg = picture.format == "JPEG"
    if picture.width * picture.height > (MOST_JPEG_PIXELS if is_jpeg else MOST_PIXELS):
        raise PictureNotShownError
    if is_jpeg:
        picture.draft(None, (LONGEST_SIDE, LONGEST_SIDE))
    picture.load()
    if picture.mode in DEEP_MODES:
        # Converted plainly, whatever is above 255 would be white.
        picture = picture.convert("I").point(lambda level: level * (1 / 256)).convert("L")
    if max(picture.size) <= LONGEST_SIDE:
        return picture
    wanted = "RGBA" if _is_transparent(picture) else "RGB"
    # A copy of a large picture takes as much memory again.
    smaller = picture if picture.mode == wanted else picture.convert(wanted)
    smaller.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return smaller


def _is_transparent(picture: Image.Image) -> bool:
    return picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info


def _masked(picture: Image.Image, mask: Image.Image) -> Image.Image:
    whole = picture.convert("RGB")
    whole.putalpha(mask.convert("L").resize(whole.size))
    return whole


def _encoded(picture: Image.Image) -> EncodedPicture:
    output = io.BytesIO()
    if picture.format == "JPEG":
        plain = picture.convert("L" if picture.mode == "L" else "RGB")
        plain.info = {}
        plain.save(output, "JPEG", quality=JPEG_QUALITY)
        return EncodedPicture("image/jpeg", output.getvalue())
    if _is_transparent(picture):
        plain = picture.convert("RGBA")
    else:
        plain = picture.convert("L" if picture.mode in {"1", "L", "F"} else "RGB")
    plain.info = {}
    plain.save(output, "PNG", compress_level=3)
    return EncodedPicture("image/png", output.getvalue())
