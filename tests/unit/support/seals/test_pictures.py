import re
from xml.etree import ElementTree as ET

import pytest

from tongban.support.seals.rules.pictures import Face, seal_picture, size_on_paper

SVG = "{http://www.w3.org/2000/svg}"


def characters(picture: bytes) -> str:
    return "".join(text.text or "" for text in ET.fromstring(picture).iter(f"{SVG}text"))


def name_angles(face: Face) -> list[float]:
    found = re.findall(r"rotate\((-?[\d.]+)", seal_picture(face).decode())
    return [float(angle) for angle in found][: len(face.name)]


class TestSealPicture:
    def test_draws_each_character_by_itself(self) -> None:
        picture = seal_picture(Face(name="示例区民政局", code="5116020000001", caption="行政审批专用章"))

        assert characters(picture) == "示例区民政局行政审批专用章5116020000001"

    def test_of_a_demonstration_says_so_whatever_its_caption(self) -> None:
        face = Face(name="示例区民政局", caption="行政审批专用章", is_demonstration=True)

        assert characters(seal_picture(face)) == "示例区民政局演示专用章"

    def test_of_a_person_in_a_demonstration_is_round_and_says_so(self) -> None:
        face = Face(name="王小明", kind=5, is_demonstration=True)

        assert characters(seal_picture(face)) == "王小明演示专用章"
        assert size_on_paper(face) == (42, 42)

    def test_spreads_the_name_evenly_about_the_top(self) -> None:
        assert name_angles(Face(name="示例区民政局")) == [-60.0, -36.0, -12.0, 12.0, 36.0, 60.0]

    @pytest.mark.parametrize("length", [1, 2, 12, 24, 60])
    def test_keeps_the_arc_open_below_whatever_the_length(self, length: int) -> None:
        angles = name_angles(Face(name="局" * length))

        assert len(angles) == length
        assert max(angles) <= 108.0
        assert min(angles) >= -108.0

    def test_writes_the_code_from_left_to_right_along_the_foot(self) -> None:
        found = re.findall(
            r"rotate\((-?[\d.]+) [^>]*>(\d)<", seal_picture(Face(name="局", code="123")).decode()
        )

        assert found == [("5.60", "1"), ("0.00", "2"), ("-5.60", "3")]

    def test_takes_a_name_for_text_never_for_markup(self) -> None:
        assert characters(seal_picture(Face(name='<script>"&'))) == '<script>"&'

    @pytest.mark.parametrize(
        ("kind", "box", "size"),
        [(1, "0 0 500 500", (42, 42)), (3, "0 0 500 375", (40, 30)), (5, "0 0 500 500", (20, 20))],
    )
    def test_has_the_shape_of_its_kind(self, kind: int, box: str, size: tuple[int, int]) -> None:
        face = Face(name="王小明", kind=kind)

        assert ET.fromstring(seal_picture(face)).get("viewBox") == box
        assert size_on_paper(face) == size

    def test_of_a_person_reads_downward_from_the_right(self) -> None:
        picture = seal_picture(Face(name="王小明", kind=5)).decode()

        found = re.findall(r'<text x="([\d.]+)"[^>]*>(\w)<', picture)

        assert found == [("360.0", "王"), ("360.0", "小"), ("140.0", "明"), ("140.0", "印")]
