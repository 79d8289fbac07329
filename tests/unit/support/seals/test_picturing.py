import io

import pytest
from PIL import Image

from tongban.support.seals.rules.pictures import Face
from tongban.support.seals.services.picturing import SealNotDrawn, _reduced, print_picture, small_picture

LONG = "广安市广安区人力资源和社会保障局行政审批服务中心"
PNG_HEAD = b"\x89PNG\r\n\x1a\n"


class TestSmallPicture:
    @pytest.mark.parametrize(
        "face",
        [
            Face(name="广安市广安区行政审批局", code="5116020000001", is_demonstration=True),
            Face(name=LONG, code="5116020000002", caption="行政审批专用章", kind=99),
            Face(name="示例有限公司", code="91510100", caption="发票专用章", kind=3),
            Face(name="王小明", kind=5),
        ],
    )
    def test_is_small_transparent_and_red(self, face: Face) -> None:
        picture = small_picture(face)

        with Image.open(io.BytesIO(picture)) as opened:
            seen = opened.convert("RGBA")
            mode, width = opened.mode, opened.width
        assert picture.startswith(PNG_HEAD)
        assert len(picture) < 10 * 1024
        assert (mode, width) == ("P", 400)
        assert [band.getextrema() for band in seen.split()[:3]] == [(0xC8, 0xC8), (0x10, 0x10), (0x2E, 0x2E)]
        assert seen.crop((0, 0, 1, 1)).tobytes() == bytes((0xC8, 0x10, 0x2E, 0))

    def test_is_the_same_each_time(self) -> None:
        face = Face(name="示例区民政局", code="5116020000001")

        first = small_picture(face)
        small_picture.__globals__["_picture"].cache_clear()

        assert small_picture(face) == first

    def test_with_a_character_that_no_font_has_is_refused(self) -> None:
        with pytest.raises(SealNotDrawn) as refused:
            small_picture(Face(name="示例\U0010fffd局"))

        assert refused.value.facts == {"characters": "\U0010fffd"}

    def test_that_shows_nothing_is_refused(self) -> None:
        empty = io.BytesIO()
        Image.new("RGBA", (4, 4), (0, 0, 0, 0)).save(empty, "PNG")

        with pytest.raises(SealNotDrawn):
            _reduced(empty.getvalue(), 4)


class TestPrintPicture:
    def test_has_the_pixels_of_print(self) -> None:
        with Image.open(io.BytesIO(print_picture(Face(name="示例区民政局")))) as opened:
            assert opened.size == (1_200, 1_200)
