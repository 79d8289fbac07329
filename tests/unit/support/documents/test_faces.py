import io
import json
from typing import Any

import pytest
import segno
from PIL import Image

from tests.unit.support.documents.licences import FACTS, FIELDS, LINES, licence
from tongban.foundation.errors import InvalidInput
from tongban.support.documents.services import (
    NotPrintable,
    TextTooLong,
    default_face_template,
    face_fields,
    read_template,
    scanned_layout,
    starting_template,
    template_json,
)
from tongban.support.documents.services.drawing import drawing_of
from tongban.support.documents.services.qr_codes import qr_commands
from tongban.support.documents.values import (
    FaceLineText,
    FaceTemplate,
    Layout,
    Path,
    Picture,
    SealPlace,
    StartingFace,
    Text,
)


def png(width: int = 40, height: int = 20) -> bytes:
    output = io.BytesIO()
    Image.new("RGB", (width, height), "#336699").save(output, "PNG")
    return output.getvalue()


def template(*boxes: dict[str, Any], **page: float) -> FaceTemplate:
    return read_template({"pages": [{"boxes": list(boxes)}], **page})


def box(kind: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "x": 10, "y": 10, "width": 100, "height": 20, **more}


def words(layout: Layout) -> list[str]:
    return [item.text for page in layout.pages for item in page.items if isinstance(item, Text)]


class TestReadTemplate:
    def test_reads_what_template_json_writes(self) -> None:
        default = default_face_template()

        assert read_template(template_json(default)) == default
        assert read_template(json.dumps(template_json(default))) == default

    @pytest.mark.parametrize(
        ("source", "place"),
        [
            (b"{", "template"),
            (b"\xff", "template"),
            ({}, "pages"),
            ({"pages": []}, "pages"),
            ({"pages": [{"boxes": [box("text")]}]}, "pages[0].boxes[0].text"),
            ({"pages": [{"boxes": [box("text", text="a", colour="red")]}]}, "pages[0].boxes[0].colour"),
            ({"pages": [{"boxes": [box("script", text="a")]}]}, "pages[0].boxes[0].kind"),
            ({"pages": [{"boxes": [box("text", text="a", width="x")]}]}, "pages[0].boxes[0].width"),
            ({"pages": [{"boxes": [box("text", text="a", width=-1)]}]}, "pages[0].boxes[0].width"),
            ({"pages": [{"boxes": [box("text", text="a", width=0)]}]}, "pages[0].boxes[0].width"),
            ({"pages": [{"boxes": [box("text", text="a", x=250)]}]}, "pages[0].boxes[0].width"),
            ({"pages": [{"boxes": [box("text", text="a", y=205)]}]}, "pages[0].boxes[0].height"),
            ({"pages": [{"boxes": [box("frame", stroke="red")]}]}, "pages[0].boxes[0].stroke"),
            (
                {"pages": [{"boxes": [box("text", text="a", font={"weight": 300})]}]},
                "pages[0].boxes[0].font.weight",
            ),
            ({"pages": [{"boxes": [box("path", commands="M 0 0 Z")]}]}, "pages[0].boxes[0].commands"),
            ({"pages": [{"boxes": [box("picture", content="bm8=")]}]}, "pages[0].boxes[0].content"),
            ({"pages": [{"boxes": [box("picture")]}]}, "pages[0].boxes[0].field"),
            ({"pages": [{"boxes": [box("qr", field="Bad Key")]}]}, "pages[0].boxes[0].field"),
            ({"pages": [{"boxes": [box("seal")] * 301}]}, "pages"),
            ({"pages": [{"boxes": [box("waves", period=1, gap=0.5, strands=12)]}]}, "pages"),
            ({"pages": [{"boxes": [box("lines")] * 21}]}, "pages"),
            ({"pages": [{"boxes": []}] * 11}, "pages"),
            ({"pages": [{"boxes": []}], "width": 10_000}, "width"),
        ],
    )
    def test_says_what_is_wrong_and_where(self, source: Any, place: str) -> None:
        with pytest.raises(InvalidInput) as error:
            read_template(source)

        assert list(error.value.fields) == [place]
        assert error.value.fields[place]

    def test_complains_about_every_box_that_leaves_the_page(self) -> None:
        with pytest.raises(InvalidInput) as error:
            template(box("seal", x=200, y=200), box("seal"), box("frame", y=199))

        assert set(error.value.fields) == {
            "pages[0].boxes[0].width",
            "pages[0].boxes[0].height",
            "pages[0].boxes[2].height",
        }

    def test_refuses_a_template_of_more_than_two_megabytes(self) -> None:
        with pytest.raises(InvalidInput):
            read_template(b" " * (2 * 1024 * 1024 + 1))


class TestFaceFields:
    def test_names_every_field_of_the_default(self) -> None:
        assert face_fields(default_face_template()) == set(FIELDS)

    def test_finds_them_in_texts_conditions_lines_and_codes(self) -> None:
        found = face_fields(
            template(
                box("text", text="{a.b} {c:date} {D} {{e}}", when="f"),
                box("lines", extra=[{"label": "x", "text": "{g}", "unless": "h"}]),
                box("qr", field="i"),
            )
        )

        assert found == {"a.b", "c", "e", "f", "g", "h", "i"}


class TestStartingTemplate:
    @pytest.mark.parametrize("face", StartingFace)
    def test_sets_a_licence_with_everything_on_one_page(self, face: StartingFace) -> None:
        layout = licence(template=starting_template(face), pictures={"photo": png(30, 40)})

        said = "".join(words(layout))
        for expected in (
            "营业执照",
            "示例市监照〔2026〕00012号",
            "示例市示例区市场监督管理局",
            "2026年11月22日",
            "长期",
            "91110000600037341L",
            FIELDS["identifier"],
            "演示用，不具法律效力",
        ):
            assert expected in said
        assert [place.name for place in layout.seal_places] == ["issuer"]
        assert len(layout.pages) == 1

    @pytest.mark.parametrize("face", StartingFace)
    def test_asks_for_nothing_but_what_every_licence_has(self, face: StartingFace) -> None:
        assert face_fields(starting_template(face)) == set(FIELDS)

    def test_shows_the_photo_on_the_card(self) -> None:
        layout = licence(template=starting_template(StartingFace.CARD), pictures={"photo": png(30, 40)})

        assert [item.name for item in layout.pages[0].items if isinstance(item, Picture)] == ["持证人照片"]


class TestLayOutFace:
    def test_sets_every_line_that_has_a_value_and_says_how_long_it_is_valid(self) -> None:
        texts = words(licence())

        for expected in (
            "营业执照",
            "Business License",
            "证照编号　示例市监照〔2026〕00012号",
            "统一社会信用代码",
            "91110000600037341L",
            "示例市示例区市场监督管理局",
            "2026年11月22日",
            "有效期",
            "自2026年11月22日起　长期有效",
            "演示证照",
            "演示用，不具法律效力",
        ):
            assert expected in texts
        assert "备注" not in texts

    def test_says_from_when_to_when_where_it_ends(self) -> None:
        texts = words(licence(fields={"last_valid_date": "2031-11-21"}))

        assert "2026年11月22日至2031年11月21日" in texts
        assert not any("长期" in text for text in texts)

    def test_says_nothing_of_demonstration_where_it_is_none(self) -> None:
        assert not any("演示" in text for text in words(licence(fields={"demonstration": ""})))

    def test_keeps_the_place_of_the_seal_free_of_drawings(self) -> None:
        layout = licence()

        assert layout.seal_places == (SealPlace(name="issuer", page=0, x=217, y=123.6, width=42, height=42),)

    def test_makes_a_long_face_smaller_until_it_fits(self) -> None:
        scope = FaceLineText(key="scope", label="经营范围", value="餐饮服务；食品销售。" * 150)

        texts = [item for item in licence(lines=(scope,)).pages[0].items if isinstance(item, Text)]

        value = [item for item in texts if "餐饮" in item.text]
        assert 2.1 <= value[0].size < 6
        assert max(item.y for item in value) <= 51.5 + 118

    def test_refuses_a_face_that_would_not_fit_at_any_size(self) -> None:
        scope = FaceLineText(key="scope", label="经营范围", value="餐饮服务；" * 2_000)

        with pytest.raises(TextTooLong) as error:
            licence(lines=(scope,))
        assert error.value.facts == {"beginning": "餐饮服务；" * 2 + "餐饮", "place": "pages[0].boxes[9]"}

    def test_refuses_a_name_that_cannot_be_printed(self) -> None:
        holder = FaceLineText(key="holder_name", label="姓名", value="张\U0003fffd")

        with pytest.raises(NotPrintable) as error:
            licence(lines=(holder,))
        assert error.value.facts == {"characters": "U+3FFFD ", "place": "pages[0].boxes[9]"}

    def test_refuses_to_leave_out_a_field_that_the_template_asks_for(self) -> None:
        with pytest.raises(InvalidInput) as error:
            licence(template=template(box("text", text="{unheard_of}")))

        assert list(error.value.fields) == ["unheard_of"]

    def test_refuses_a_day_that_is_none(self) -> None:
        with pytest.raises(InvalidInput) as error:
            licence(fields={"issued_date": "22.11.2026"})

        assert list(error.value.fields) == ["issued_date"]

    def test_takes_fields_as_text_whatever_they_look_like(self) -> None:
        value = "{number} </ofd:TextCode> #panic() $x$"

        texts = words(licence(template=template(box("text", text="{title}")), fields={"title": value}))

        assert texts == [value]

    def test_fits_pictures_into_their_boxes(self) -> None:
        face = template(box("picture", field="photo", name="照片"), box("picture", field="signature"))

        (picture,) = licence(template=face, pictures={"photo": png(40, 20)}).pages[0].items

        assert isinstance(picture, Picture)
        assert (picture.x, picture.y, picture.width, picture.height) == (40, 10, 40, 20)
        assert (picture.media_type, picture.name) == ("image/png", "照片")

    def test_draws_ornaments_inside_their_boxes(self) -> None:
        face = template(
            box("waves", strands=3),
            box("corners", size=5),
            box("frame", radius=3, fill="#ffffff"),
            box("line", height=0),
        )

        items = licence(template=face).pages[0].items

        assert len(items) > 20
        for item in items:
            assert isinstance(item, Path)
            assert 8 < item.x < 112
            assert 8 < item.y < 31
            for _command, numbers in drawing_of(item.commands):
                assert all(0 <= x <= item.width + 0.001 for x in numbers[::2])

    def test_carries_what_the_document_says_about_itself(self) -> None:
        layout = licence()

        assert (layout.title, layout.author, layout.created_at) == (
            FACTS.title,
            FACTS.author,
            FACTS.created_at,
        )
        assert dict(layout.metadata) == dict(FACTS.metadata)

    def test_gives_equal_layouts_for_equal_values(self) -> None:
        assert licence() == licence()
        assert licence() != licence(lines=LINES[:2])


class TestQrCommands:
    @pytest.mark.parametrize("text", ["1", "https://example.gov.cn/v/12", "证照" * 31])
    def test_covers_exactly_the_dark_dots(self, text: str) -> None:
        matrix = segno.make(text.encode(), error="m", mode="byte", micro=False, mask=2).matrix
        size = len(matrix)

        loops = loops_of(qr_commands(text, float(size)))

        for y in range(size):
            for x in range(size):
                assert bool(winding(loops, x + 0.5, y + 0.5)) == bool(matrix[y][x])


class TestScannedLayout:
    def test_gives_each_picture_a_page_across_or_upright(self) -> None:
        layout = scanned_layout(pictures=[png(40, 20), png(20, 40)], facts=FACTS)

        assert [(page.width, page.height) for page in layout.pages] == [(297, 210), (210, 297)]
        (picture,) = layout.pages[0].items
        assert isinstance(picture, Picture)
        assert picture.x == 10
        assert picture.width == pytest.approx(277)

    def test_refuses_what_is_no_picture(self) -> None:
        with pytest.raises(InvalidInput):
            scanned_layout(pictures=[b"%PDF-1.7"], facts=FACTS)
        with pytest.raises(InvalidInput):
            scanned_layout(pictures=[], facts=FACTS)


def loops_of(commands: str) -> list[list[tuple[float, float]]]:
    loops: list[list[tuple[float, float]]] = []
    for command, numbers in drawing_of(commands):
        if command == "M":
            loops.append([])
        if numbers:
            loops[-1].append((numbers[0], numbers[1]))
    return loops


def winding(loops: list[list[tuple[float, float]]], x: float, y: float) -> int:
    turns = 0
    for loop in loops:
        for (x1, y1), (x2, y2) in zip(loop, [*loop[1:], loop[0]], strict=True):
            if x1 == x2 > x and min(y1, y2) <= y < max(y1, y2):
                turns += 1 if y2 > y1 else -1
    return turns
