import re
from xml.etree import ElementTree as ET

import pytest

from tongban.support.seals.rules import seal_picture

SVG = "{http://www.w3.org/2000/svg}"


def characters(picture: bytes) -> str:
    return "".join(text.text or "" for text in ET.fromstring(picture).iter(f"{SVG}text"))


class TestSealPicture:
    def test_draws_each_character_by_itself_and_says_that_it_is_a_demonstration(self) -> None:
        picture = seal_picture("示例区民政局")

        assert characters(picture) == "示例区民政局演示专用章"

    def test_spreads_the_name_evenly_about_the_top(self) -> None:
        picture = seal_picture("示例区民政局").decode()

        angles = [float(angle) for angle in re.findall(r"rotate\((-?[\d.]+)", picture)]

        assert angles == [-60.0, -36.0, -12.0, 12.0, 36.0, 60.0]

    @pytest.mark.parametrize("length", [1, 2, 12, 24, 60])
    def test_keeps_the_arc_open_below_whatever_the_length(self, length: int) -> None:
        picture = seal_picture("局" * length).decode()

        angles = [float(angle) for angle in re.findall(r"rotate\((-?[\d.]+)", picture)]

        assert len(angles) == length
        assert max(angles) <= 120.0
        assert min(angles) >= -120.0

    def test_takes_a_name_for_text_never_for_markup(self) -> None:
        picture = seal_picture('<script>"&')

        assert characters(picture) == '<script>"&演示专用章'
