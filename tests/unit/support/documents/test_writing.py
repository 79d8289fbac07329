import io
from dataclasses import replace
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import ofdkit
import pikepdf
import pypdf
import pytest
from PIL import Image, ImageChops, ImageDraw

from tests.unit.support.documents.drawn_ofd import Package, as_png, page_svg
from tests.unit.support.documents.licences import BASE_TIME, licence
from tongban.foundation.errors import InvalidInput
from tongban.support.documents.services import (
    ofd_text,
    pdf_rectangle,
    write_ofd,
    write_pdf,
    write_png,
    write_svg,
)
from tongban.support.documents.services.font_subsets import subset_font
from tongban.support.documents.services.setting import Style, set_line
from tongban.support.documents.values import (
    Attachment,
    FontFamily,
    Layout,
    LayoutPage,
    Path,
    Picture,
    SealPlace,
    Text,
    straddle_places,
)
from tongban.support.documents.values.layout import Item

PIXELS_PER_MM = 6.0
SEAL = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><circle cx="5" cy="5" r="4" fill="#c8102e"/></svg>'
MIXED = "（示例）“引号”，《书名》——第12号A座；𬍛䶮…１２ Business Licence, AV To fi."


def layout(*items: Item, **changes: object) -> Layout:
    page = LayoutPage(width=210, height=100, items=items)
    made = Layout(pages=(page,), title="测试", author="示例机关", created_at=BASE_TIME)
    return replace(made, **changes)  # type: ignore[arg-type]


def line(text: str, *, y: float = 20, **style: object) -> Text:
    return set_line(text, x=10, y=y, size=5, style=Style(**style))  # type: ignore[arg-type]


def png(color: str = "#336699") -> bytes:
    output = io.BytesIO()
    Image.new("RGB", (30, 20), color).save(output, "PNG")
    return output.getvalue()


def everything() -> Layout:
    """
    A page with an item of every kind in every manner.
    """
    curve = "M 1 1 L 59 1 Q 59 39 30 39 B 20 39 1 30 1 20 C"
    hole = "M 0 0 L 30 0 L 30 30 L 0 30 C M 10 10 L 10 20 L 20 20 L 20 10 C"
    photo = Picture(
        x=160, y=60, width=30, height=20, content=png(), media_type="image/png", opacity=0.7, name="照片"
    )
    return layout(
        Path(x=5, y=5, width=60, height=40, commands=curve, stroke="#b08d3c", stroke_width=1, fill="#fffdf5"),
        Path(x=120, y=60, width=30, height=30, commands=hole, fill="#336699", opacity=0.5),
        line(MIXED),
        line("黑体粗字", y=30, family=FontFamily.SANS, weight=700, color="#c8102e", tracking=0.4),
        line("细字  两个空格 ", y=40, opacity=0.4),
        set_line("斜着的水印 Watermark", x=20, y=95, size=8, style=Style(opacity=0.3), angle=-24),
        photo,
    )


def difference(first: bytes, second: bytes) -> tuple[float, float]:
    """
    Return how far two pictures differ: on average, and the share of dots that are clearly different.
    """
    pictures = [Image.open(io.BytesIO(content)).convert("RGB") for content in (first, second)]
    assert pictures[0].size == pictures[1].size
    counts = ImageChops.difference(*pictures).convert("L").histogram()
    total = sum(counts)
    return sum(value * count for value, count in enumerate(counts)) / total, sum(counts[96:]) / total


def squeezed(text: str) -> str:
    return "".join(text.split())


class TestWriteOfd:
    def test_is_read_by_an_independent_reader(self) -> None:
        made = licence()

        read = ofdkit.extract_text(write_ofd(made))

        for item in made.pages[0].items:
            if isinstance(item, Text):
                assert squeezed(item.text) in squeezed(read)

    def test_looks_like_the_pdf(self) -> None:
        drawn = as_png(page_svg(Package.of(write_ofd(everything())), 0), pixels_per_mm=PIXELS_PER_MM)

        mean, clear = difference(drawn, write_png(everything(), pixels_per_mm=PIXELS_PER_MM))

        assert mean < 0.5
        assert clear < 0.0005

    def test_shows_a_whole_licence_like_the_pdf(self) -> None:
        drawn = as_png(page_svg(Package.of(write_ofd(licence())), 0), pixels_per_mm=PIXELS_PER_MM)

        mean, clear = difference(drawn, write_png(licence(), pixels_per_mm=PIXELS_PER_MM))

        assert mean < 0.8
        assert clear < 0.0005

    def test_would_look_different_were_a_character_elsewhere(self) -> None:
        moved = layout(line("示例市"), line("监督", y=40))
        other = layout(line("示例市"), replace(line("监督", y=40), x=10.7))

        _mean, clear = difference(write_png(moved, pixels_per_mm=6), write_png(other, pixels_per_mm=6))

        assert clear > 0.0005

    def test_is_equal_for_equal_layouts_whatever_was_written_before(self) -> None:
        first = write_ofd(licence())
        write_ofd(everything())
        subset_font.cache_clear()

        assert write_ofd(licence()) == first

    def test_draws_what_all_licences_share_in_a_part_that_is_always_the_same(self) -> None:
        other = licence(fields={"title": "另一种许可证", "number": "〔2026〕第9号"})

        first, second = (Package.of(write_ofd(made)).parts for made in (licence(), other))

        background = "Doc_0/Tpls/Tpl_0/Content.xml"
        assert first[background] == second[background]
        assert len(first[background]) > len(first["Doc_0/Pages/Page_0/Content.xml"])

    def test_is_different_for_different_layouts(self) -> None:
        ids = {
            Package.of(write_ofd(made)).xml("OFD.xml").findtext(".//{*}DocID")
            for made in (layout(line("甲")), layout(line("乙")), layout(line("甲"), title="另一份"))
        }

        assert len(ids) == 3
        assert all(found is not None and len(found) == 32 for found in ids)

    def test_keeps_the_id_it_was_given(self) -> None:
        package = Package.of(write_ofd(layout(line("甲"), document_id="0123456789abcdef" * 2)))

        assert package.xml("OFD.xml").findtext(".//{*}DocID") == "0123456789abcdef" * 2

    def test_is_small(self) -> None:
        assert len(write_ofd(licence())) < 50_000

    def test_puts_a_picture_that_is_shown_twice_into_the_file_once(self) -> None:
        picture = Picture(x=0, y=0, width=10, height=10, content=png(), media_type="image/png")

        package = Package.of(write_ofd(layout(picture, replace(picture, x=50))))

        assert [name for name in package.parts if name.endswith(".png")] == ["Doc_0/Res/image_4.png"]

    def test_carries_attachments_byte_by_byte(self) -> None:
        face = Attachment(name="face.xml", media_type="application/xml", content=b"<face/>", is_visible=False)

        package = Package.of(write_ofd(layout(line("甲"), attachments=(face,))))

        (entry,) = package.xml("Doc_0/Attachs/Attachments.xml")
        assert package.parts["Doc_0/Attachs/face.xml"] == b"<face/>"
        assert (entry.get("Format"), entry.get("Visible"), entry.get("Usage")) == ("xml", "false", "none")
        assert (entry.get("CreationDate"), entry.findtext("{*}FileLoc")) == (
            "2026-11-22T00:30:00",
            "face.xml",
        )

    def test_writes_days_of_china_and_metadata_in_their_order(self) -> None:
        info = Package.of(write_ofd(licence())).xml("OFD.xml").find(".//{*}DocInfo")

        assert info is not None
        assert info.findtext("{*}CreationDate") == "2026-11-22"
        assert [word.text for word in info.iter("{http://www.ofdspec.org/2016}Keyword")] == [
            "营业执照",
            "示例",
        ]
        assert [
            (data.get("Name"), data.text) for data in info.iter("{http://www.ofdspec.org/2016}CustomData")
        ] == [
            ("ZZMC", "营业执照"),
            ("ZZBH", "示例市监照〔2026〕00012号"),
        ]

    def test_stays_sound_whatever_the_texts_hold(self) -> None:
        wild = "<&>\"' ]]> &#0; </ofd:TextCode>"

        package = Package.of(
            write_ofd(
                layout(
                    line(wild), title=wild + "\x00\x0b\ufffe", author=wild, metadata={wild: wild + "\ud800"}
                )
            )
        )

        root = package.xml("OFD.xml")
        page = package.xml("Doc_0/Pages/Page_0/Content.xml")
        assert root.findtext(".//{*}Title") == wild
        assert page.findtext(".//{*}TextCode") == wild

    def test_lets_no_reader_take_a_backslash_for_the_code_of_a_character(self) -> None:
        content = write_ofd(layout(line(r"\4E00 \\4E00 \x \005C")))

        page = Package.of(content).xml("Doc_0/Pages/Page_0/Content.xml")

        assert page.findtext(".//{*}TextCode") == r"\005C4E00 \\005C4E00 \x \005C005C"
        assert ofd_text(content).strip() == r"\4E00 \\4E00 \x \005C"

    @pytest.mark.parametrize("name", ["a/b.xml", "../x", "", "a b.xml", "x" * 130])
    def test_refuses_attachments_with_names_that_lead_elsewhere(self, name: str) -> None:
        with pytest.raises(InvalidInput):
            write_ofd(layout(attachments=(Attachment(name=name, media_type="text/xml", content=b""),)))

    def test_refuses_two_attachments_of_one_name_on_a_system_that_ignores_case(self) -> None:
        first = Attachment(name="a.xml", media_type="text/xml", content=b"1")

        with pytest.raises(InvalidInput):
            write_ofd(layout(attachments=(first, replace(first, name="A.XML"))))

    def test_refuses_a_document_without_pages(self) -> None:
        with pytest.raises(InvalidInput):
            write_ofd(layout(pages=()))

    def test_refuses_pictures_of_other_kinds(self) -> None:
        with pytest.raises(InvalidInput):
            write_ofd(layout(Picture(x=0, y=0, width=1, height=1, content=b"GIF89a", media_type="image/gif")))


class TestWritePdf:
    def test_holds_the_same_text(self) -> None:
        made = licence()

        text = squeezed(pypdf.PdfReader(io.BytesIO(write_pdf(made))).pages[0].extract_text())

        for item in made.pages[0].items:
            if isinstance(item, Text):
                assert squeezed(item.text) in text

    def test_says_that_it_is_pdf_a_and_what_it_is_about(self) -> None:
        with pikepdf.open(io.BytesIO(write_pdf(licence()))) as document:
            with document.open_metadata() as metadata:
                assert metadata["pdfaid:part"] == "2"
                assert metadata["pdfaid:conformance"] == "B"
                assert metadata["dc:title"] == "营业执照（示例市监照〔2026〕00012号）"
            assert [float(side) for side in document.pages[0].MediaBox] == pytest.approx(
                [0, 0, 841.89, 595.28], abs=0.01
            )

    def test_is_equal_for_equal_layouts(self) -> None:
        assert write_pdf(licence()) == write_pdf(licence())

    def test_draws_seals_for_which_there_is_a_picture(self) -> None:
        place = SealPlace(name="issuer", page=0, x=20, y=20, width=40, height=40)
        made = layout(seal_places=(place,))

        sealed = Image.open(io.BytesIO(write_png(made, seal_pictures={"issuer": SEAL}))).convert("RGB")
        bare = Image.open(io.BytesIO(write_png(made))).convert("RGB")

        assert sealed.getpixel((240, 240)) == (200, 16, 46)
        assert bare.getpixel((240, 240)) == (255, 255, 255)

    def test_cuts_straddle_seals_at_the_edge_of_each_page(self) -> None:
        page = LayoutPage(width=100, height=100, items=())
        places = straddle_places([(100.0, 100.0)] * 2, name="issuer", size=40, middle=50)
        made = layout(pages=(page, page), seal_places=places)

        for number in (0, 1):
            content = write_png(made, page=number, seal_pictures={"issuer": SEAL})
            picture = Image.open(io.BytesIO(content)).convert("RGB")
            # The slice is the last 20 mm of the page: its own half of the circle, and nothing left of it.
            assert picture.getpixel((479, 300)) == (255, 255, 255)
            assert picture.getpixel((540, 300)) == (200, 16, 46)
            # The circle's edge is four millimetres from the picture's: left on the first page, right on the second.
            assert picture.getpixel((490 if number == 0 else 590, 300)) == (255, 255, 255)
            assert picture.getpixel((590 if number == 0 else 490, 300)) == (200, 16, 46)

    def test_tells_others_where_the_seal_goes_in_points(self) -> None:
        place = SealPlace(name="issuer", page=0, x=0, y=60, width=25.4, height=25.4)

        assert pdf_rectangle(layout(seal_places=(place,)), place) == (0, 41.39, 72, 113.39)

    def test_refuses_pages_that_are_not_there(self) -> None:
        with pytest.raises(InvalidInput):
            write_png(layout(), page=1)


class TestWriteSvg:
    def test_looks_like_the_pdf(self) -> None:
        (svg,) = write_svg(everything())

        mean, clear = difference(
            as_png(svg, pixels_per_mm=PIXELS_PER_MM), write_png(everything(), pixels_per_mm=PIXELS_PER_MM)
        )

        assert mean < 0.5
        assert clear < 0.0005

    def test_needs_nothing_from_elsewhere_and_runs_nothing(self) -> None:
        (svg,) = write_svg(everything(), seal_pictures={"issuer": SEAL})

        root = ET.fromstring(svg)
        links = [value for part in root.iter() for name, value in part.items() if name.endswith("href")]
        assert all(link.startswith(("#g", "data:image/")) for link in links)
        assert {part.tag.split("}")[1] for part in root.iter()} <= {
            "svg", "title", "desc", "defs", "path", "g", "use", "rect", "image",
        }  # fmt: skip
        assert b"onload" not in svg

    def test_says_its_words_to_who_cannot_see_it(self) -> None:
        (svg,) = write_svg(layout(line('张三 <"&>')))

        assert ET.fromstring(svg).findtext("{*}desc") == '张三 <"&>'

    def test_gives_a_picture_for_each_page(self) -> None:
        page = LayoutPage(width=100, height=100, items=())

        assert len(write_svg(layout(pages=(page, page, page)))) == 3

    def test_draws_straddle_seals_like_the_pdf(self) -> None:
        page = LayoutPage(width=100, height=100, items=())
        places = straddle_places([(100.0, 100.0)] * 3, name="issuer", size=40, middle=50)
        made = layout(pages=(page, page, page), seal_places=places)
        pictures = {"issuer": striped()}

        for number, svg in enumerate(write_svg(made, seal_pictures=pictures)):
            mean, clear = difference(
                as_png(svg, pixels_per_mm=PIXELS_PER_MM), write_png(made, page=number, seal_pictures=pictures)
            )
            assert mean < 0.3
            assert clear < 0.0005


def striped() -> bytes:
    picture = Image.new("RGBA", (120, 120), (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)
    for place, color in enumerate(("#c8102e", "#336699", "#b08d3c")):
        draw.rectangle((place * 40, 10, place * 40 + 39, 109), fill=color)
    output = io.BytesIO()
    picture.save(output, "PNG")
    return output.getvalue()


class TestTimes:
    def test_depend_on_the_layout_alone(self) -> None:
        later = replace(licence(), created_at=datetime(2027, 1, 1, tzinfo=UTC))

        assert write_ofd(later) != write_ofd(licence())
        assert write_pdf(later) != write_pdf(licence())
