"""
Pictures of the kinds that foreign files have, each made here, and what is shown of them.
"""

import io
import struct
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageDraw

from tests.factories import ofd
from tongban.support.documents.rules.ofd import jbig2
from tongban.support.documents.rules.ofd.pictures import PictureNotShownError, encoded

HEAD = b"\x97JB2\r\n\x1a\n"
END_OF_STRIPE, END_OF_PAGE, END_OF_FILE, COMMENT, SYMBOLS = 50, 49, 51, 62, 0


def shown(content: bytes) -> Image.Image:
    with Image.open(io.BytesIO(encoded(content).content)) as picture:
        picture.load()
        return picture


def scan(size: tuple[int, int] = (70, 50)) -> Image.Image:
    picture = Image.new("1", size, 1)
    draw = ImageDraw.Draw(picture)
    draw.ellipse((5, 5, 40, 45), fill=0)
    draw.line((0, 0, *size), fill=0)
    return picture


def colored() -> Image.Image:
    """
    Return black to yellow from left to right, over some blue.
    """
    ramp = Image.linear_gradient("L").rotate(90)
    return Image.merge("RGB", (ramp, ramp, Image.new("L", ramp.size, 50)))


def saved(picture: Image.Image, kind: str, **more: Any) -> bytes:
    output = io.BytesIO()
    picture.save(output, kind, **more)
    return output.getvalue()


class TestJbig2:
    @pytest.mark.parametrize(
        "content",
        [
            ofd.jbig2(scan()),
            ofd.jbig2(scan(), head=b""),
            ofd.jbig2(scan(), head=HEAD + b"\x03"),
            ofd.jbig2(scan(), head=HEAD + b"\x02", in_turn=False, more=[(END_OF_PAGE, b""), (END_OF_FILE, b"")]),
            ofd.jbig2(scan(), page=7, more=[(COMMENT, b"x" * 99)]),
            ofd.jbig2(scan(), height=jbig2.UNKNOWN, more=[(END_OF_STRIPE, struct.pack(">I", 49))]),
        ],
        ids=["file", "bare", "pages unknown", "data at the end", "another page", "striped"],
    )  # fmt: skip
    def test_shows_every_dot(self, content: bytes) -> None:
        picture = shown(content)

        assert (picture.mode, picture.size) == ("L", (70, 50))
        assert ImageChops.difference(picture, scan().convert("L")).getbbox() is None

    def test_makes_large_scans_smaller(self) -> None:
        assert shown(ofd.jbig2(scan((4_800, 100)))).size == (2_400, 50)

    @pytest.mark.parametrize(
        "content",
        [
            HEAD,
            HEAD + b"\x01\0\0\0\x01",
            ofd.jbig2(scan())[:40],
            ofd.jbig2(scan(), height=100_000_000),
            ofd.jbig2(scan(), height=0),
            ofd.jbig2(scan(), height=jbig2.UNKNOWN),
            ofd.jbig2(scan(), more=[(38, struct.pack(">II", 2**31, 2**31))]),
            ofd.jbig2(scan(), more=[(38, struct.pack(">IIIIBB", 60_000, 60_000, 0, 0, 0, 1))]),
            b"\0\0\0\0" * 9,
            b"\0\0\0\0\x30\xa0" + b"\0" * 30,
            b"\0\0\0\0\x30\xe0\xff\xff\xff" + b"\0" * 30,
            b"\0\0\0\0\x26\0\x01\xff\xff\xff\xff" + b"\0" * 30,
        ],
    )
    def test_refuses_what_is_damaged_or_too_large(self, content: bytes) -> None:
        with pytest.raises(PictureNotShownError):
            encoded(content)


class TestKinds:
    @pytest.mark.parametrize(
        "content",
        [
            saved(colored(), "PNG"),
            saved(colored().convert("CMYK"), "JPEG", quality=95),
            saved(colored(), "BMP"),
            saved(colored().convert("RGBA"), "BMP"),
            saved(colored(), "GIF"),
            saved(colored().convert("CMYK"), "TIFF"),
            saved(colored().convert("YCbCr"), "TIFF"),
            saved(colored(), "TIFF", compression="tiff_lzw"),
            saved(colored(), "TIFF", compression="jpeg", quality=95),
            saved(colored(), "TIFF", save_all=True, append_images=[scan()]),
        ],
        ids=[
            "png",
            "jpeg-cmyk",
            "bmp",
            "bmp-32",
            "gif",
            "tiff-cmyk",
            "tiff-ycc",
            "tiff-lzw",
            "tiff-jpeg",
            "tiff-pages",
        ],
    )
    def test_keep_their_colours(self, content: bytes) -> None:
        difference = ImageChops.difference(shown(content).convert("RGB"), colored())

        assert difference.convert("L").point(lambda level: 255 * (level > 8)).getbbox() is None

    @pytest.mark.parametrize(
        "content",
        [saved(scan(), "PNG"), saved(scan(), "BMP"), saved(scan(), "TIFF", compression="group4")],
        ids=["png", "bmp", "tiff-g4"],
    )
    def test_keep_two_colours(self, content: bytes) -> None:
        assert ImageChops.difference(shown(content), scan().convert("L")).getbbox() is None

    @pytest.mark.parametrize("kind", ["PNG", "TIFF"])
    def test_keep_greys_of_16_bits(self, kind: str) -> None:
        deep = Image.frombytes("I;16", (3, 1), struct.pack("<3H", 0, 0x8000, 0xFFFF))

        picture = shown(saved(deep, kind))

        assert [picture.getpixel((x, 0)) for x in range(3)] == [0, 128, 255]

    def test_keep_what_is_transparent(self) -> None:
        flat = colored().quantize(16)

        alpha = shown(saved(flat, "GIF", transparency=flat.getpixel((0, 0)))).getchannel("A")

        assert (alpha.getpixel((0, 0)), alpha.getpixel((255, 255))) == (0, 255)
