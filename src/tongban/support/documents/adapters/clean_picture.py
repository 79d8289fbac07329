"""
Rebuild one JPEG or PNG from its pixels: metadata, comments, tails and second frames do not survive.

Run by `cleaner` as `python -m …clean_picture MEMORY CPU FORMAT MOST_PIXELS`.
"""

import io
import sys
import warnings

from PIL import Image, ImageOps, MpoImagePlugin, TiffImagePlugin, UnidentifiedImageError

from tongban.support.documents.adapters.sandbox import CannotCleanError, run

JPEG_QUALITY = 90
GRAY_MODES = frozenset({"1", "L", "I", "I;16", "F"})
LOADED_BEFOREHAND = (MpoImagePlugin, TiffImagePlugin)
"""Pillow loads these when a picture asks for them, when no file can be opened any more."""
METADATA = ("exif", "xmp", "comment", "XML:com.adobe.xmp")


def clean(content: bytes, *, wanted: str, most_pixels: int) -> tuple[bytes, set[str]]:
    """
    Return the picture encoded anew, upright, and whether metadata was dropped.

    :param wanted: "JPEG" or "PNG"; nothing else is even tried
    :param most_pixels: width times height, checked before anything is decoded
    :raises CannotCleanError: `TOO_MANY_PIXELS` or `DAMAGED`
    """
    picture = _decoded(content, wanted=wanted, most_pixels=most_pixels)
    dropped = {"METADATA"} if any(picture.info.get(key) for key in METADATA) else set[str]()
    upright = ImageOps.exif_transpose(picture)
    return (_jpeg(upright) if wanted == "JPEG" else _png(upright)), dropped


def _decoded(content: bytes, *, wanted: str, most_pixels: int) -> Image.Image:
    Image.MAX_IMAGE_PIXELS = most_pixels
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            picture = Image.open(io.BytesIO(content), formats=(wanted,))
            if picture.width * picture.height > most_pixels:
                raise CannotCleanError("TOO_MANY_PIXELS", f"{picture.width}x{picture.height}")
            picture.load()
    except Image.DecompressionBombError as error:
        raise CannotCleanError("TOO_MANY_PIXELS") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as error:
        raise CannotCleanError("DAMAGED", str(error)) from error
    return picture


def _jpeg(picture: Image.Image) -> bytes:
    output = io.BytesIO()
    plain = picture.convert("L" if picture.mode in GRAY_MODES else "RGB")
    plain.info = {}
    plain.save(output, "JPEG", quality=JPEG_QUALITY)
    return output.getvalue()


def _png(picture: Image.Image) -> bytes:
    output = io.BytesIO()
    transparent = picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info
    opaque_mode = "L" if picture.mode in {"1", "L"} else "RGB"
    plain = picture.convert("RGBA" if transparent else opaque_mode)
    plain.info = {}
    plain.save(output, "PNG")
    return output.getvalue()


if __name__ == "__main__":
    Image.preinit()
    run(lambda content: clean(content, wanted=sys.argv[3], most_pixels=int(sys.argv[4])))
