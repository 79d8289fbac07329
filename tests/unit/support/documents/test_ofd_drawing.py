import base64
import io
from collections.abc import Sequence
from xml.etree import ElementTree as ET

import pytest
from PIL import Image

from tests.factories import ofd
from tests.factories.ofd_mutations import unsafe
from tongban.support.documents.rules.ofd.document import Document, bodies
from tongban.support.documents.rules.ofd.drawing import Gallery
from tongban.support.documents.rules.ofd.errors import NotReadable
from tongban.support.documents.rules.ofd.harmless_svg import rewritten
from tongban.support.documents.rules.ofd.numbers import deltas
from tongban.support.documents.rules.ofd.outlines import FontNotReadError, Outlines
from tongban.support.documents.rules.ofd.package import Package
from tongban.support.documents.rules.ofd.viewing import viewed
from tongban.support.documents.values.geometry import Box
from tongban.support.documents.values.ofd import SealPicture, StampedSeal, Unreadable, ViewedPage, ViewNote

SVG = "{http://www.w3.org/2000/svg}"
PLACE = Box(x=150, y=220, width=40, height=40)


def draw(
    content: str = "", *, seals: Sequence[StampedSeal] = (), index: int = 0, **more: object
) -> ViewedPage:
    made = ofd.parts(pages=[ofd.page_xml(content)], **more)  # type: ignore[arg-type]
    return drawn(made, seals=seals, index=index)


def drawn(made: dict[str, bytes], *, seals: Sequence[StampedSeal] = (), index: int = 0) -> ViewedPage:
    package = Package(ofd.zipped(made))
    return Gallery(Document(package, bodies(package)[0])).page(index, seals=seals)


def elements(page: ViewedPage, name: str) -> list[ET.Element]:
    return ET.fromstring(page.svg).findall(f".//{SVG}{name}")


def text(code: str, *, attributes: str = 'Size="5"', inside: str = "") -> str:
    return f'<ofd:TextObject ID="1" Boundary="10 20 100 10" Font="3" {attributes}>{inside}{code}</ofd:TextObject>'


def path(data: str, *, attributes: str = "", inside: str = "") -> str:
    return (
        f'<ofd:PathObject ID="1" Boundary="10 20 30 40" {attributes}>{inside}'
        f"<ofd:AbbreviatedData>{data}</ofd:AbbreviatedData></ofd:PathObject>"
    )


def seal(media_type: str, content: bytes, *, clip: Box | None = None) -> StampedSeal:
    picture = SealPicture(media_type=media_type, content=content, width=40, height=40)
    return StampedSeal(document=0, page=0, box=PLACE, clip=clip, picture=picture)


class TestDeltas:
    @pytest.mark.parametrize(
        ("written", "most", "values"),
        [
            ("1 2 3", 3, [1, 2, 3]),
            ("g 3 5", 3, [5, 5, 5]),
            ("1 g 2 5 7", 4, [1, 5, 5, 7]),
            ("g 999999999 5", 2, [5, 5]),
            ("g -3 5 1", 2, [1]),
            ("g", 2, []),
            ("x nan 1e999", 3, [0, 0, 0]),
            ("", 3, []),
        ],
    )
    def test_repeats_what_is_to_be_repeated_and_no_more(
        self, written: str, most: int, values: list[float]
    ) -> None:
        assert deltas(written, most=most) == values


class TestText:
    def test_places_each_character(self) -> None:
        page = draw(text('<ofd:TextCode X="1" Y="5" DeltaX="g 2 6 7">测试文件</ofd:TextCode>'))

        (element,) = elements(page, "text")
        assert (element.text, element.get("x"), element.get("y")) == ("测试文件", "1 7 13 20", "5")
        assert page.text == "测试文件"

    def test_repeats_the_last_delta_where_there_are_too_few(self) -> None:
        page = draw(text('<ofd:TextCode X="0" Y="5" DeltaX="6">测试文件</ofd:TextCode>'))

        assert elements(page, "text")[0].get("x") == "0 6 12 18"

    def test_goes_by_widths_where_there_is_no_delta(self) -> None:
        page = draw(text('<ofd:TextCode X="0" Y="5">测a试</ofd:TextCode>'))

        assert elements(page, "text")[0].get("x") == "0 5 7.5"

    def test_goes_down_where_only_the_height_changes(self) -> None:
        page = draw(text('<ofd:TextCode X="3" Y="5" DeltaY="g 2 6">竖排字</ofd:TextCode>'))

        element = elements(page, "text")[0]
        assert (element.get("x"), element.get("y")) == ("3 3 3", "5 11 17")

    @pytest.mark.parametrize(
        ("direction", "x", "y"),
        [("0", "0 5 10", "9"), ("90", "0", "9 14 19"), ("180", "0 -5 -10", "9"), ("270", "0", "9 4 -1")],
    )
    def test_goes_the_way_it_is_read_where_there_is_no_delta(self, direction: str, x: str, y: str) -> None:
        code = '<ofd:TextCode X="0" Y="9">测试字</ofd:TextCode>'

        page = draw(text(code, attributes=f'Size="5" ReadDirection="{direction}"'))

        (element,) = elements(page, "text")
        assert (element.get("x"), element.get("y")) in {(x, y), ("0 0 0", y)}

    def test_turns_and_narrows_each_character(self) -> None:
        code = '<ofd:TextCode X="0" Y="9">测试</ofd:TextCode>'

        page = draw(text(code, attributes='Size="5" CharDirection="90" HScale="0.5"'))

        assert [element.get("transform") for element in elements(page, "text")] == [
            "matrix(0 0.5 -1 0 0 9)",
            "matrix(0 0.5 -1 0 2.5 9)",
        ]

    def test_draws_embedded_fonts_as_outlines_by_code_and_by_glyph(self) -> None:
        fonts = '<ofd:Font ID="3" FontName="X"><ofd:FontFile>x.ttf</ofd:FontFile></ofd:Font>'
        counted = 'CodePosition="1" CodeCount="1" GlyphCount="1"'
        glyphs = f"<ofd:CGTransform {counted}><ofd:Glyphs>2</ofd:Glyphs></ofd:CGTransform>"
        code = '<ofd:TextCode X="0" Y="5" DeltaX="6">甲丙</ofd:TextCode>'

        page = draw(
            text(code, inside=glyphs),
            resources=ofd.resources_xml(fonts=fonts),
            more={"Doc_0/Res/x.ttf": ofd.font("甲乙")},
        )

        outlines = [element.get("d") for element in elements(page, "path")]
        assert outlines == ["M100 0L100 800L900 800L900 0Z", "M100 0L100 800L900 800Z"]
        assert [element.get("transform") for element in elements(page, "use")] == [
            "matrix(0.005 0 0 -0.005 0 5)",
            "matrix(0.005 0 0 -0.005 6 5)",
        ]
        assert elements(page, "text") == []
        assert page.text == "甲丙"

    @pytest.mark.parametrize(
        ("inside", "glyphs"),
        [
            ("{2}<TextCode X='0' Y='5'>甲</TextCode>{1}<TextCode X='0' Y='9'>乙</TextCode>", [2, 1]),
            ("{2}{1@1}<TextCode X='0' Y='5'>甲</TextCode><TextCode X='0' Y='9'>乙</TextCode>", [2, 1]),
            ("<TextCode X='0' Y='5' DeltaX='6'>甲乙</TextCode>{2}{1@1}", [2, 1]),
            ("{2}<TextCode X='0' Y='5' DeltaX='6'>¤乙</TextCode>", [2, 2]),
            (("<CGTransform CodePosition='0' CodeCount='2'><Glyphs>1</Glyphs></CGTransform>"
             "<TextCode X='0' Y='5' DeltaX='6'>甲乙</TextCode>"), [1]),
            (("<CGTransform CodePosition='0' CodeCount='1'><Glyphs>2 1</Glyphs></CGTransform>"
             "<TextCode X='0' Y='5' DeltaX='6'>甲乙</TextCode>"), [2, 1, 2]),
            ("<CGTransform CodePosition='-1'><Glyphs>2</Glyphs></CGTransform><TextCode>甲</TextCode>", [1]),
        ],
    )  # fmt: skip
    def test_finds_glyphs_wherever_makers_put_their_numbers(self, inside: str, glyphs: list[int]) -> None:
        fonts = '<ofd:Font ID="3" FontName="X"><ofd:FontFile>x.ttf</ofd:FontFile></ofd:Font>'
        for short, position, glyph in (("{2}", 0, 2), ("{1}", 0, 1), ("{1@1}", 1, 1)):
            transform = f"<CGTransform CodePosition='{position}'><Glyphs>{glyph}</Glyphs></CGTransform>"
            inside = inside.replace(short, transform)

        page = draw(
            text(inside), resources=ofd.resources_xml(fonts=fonts), more={"Doc_0/Res/x.ttf": ofd.font("甲乙")}
        )

        shapes = {1: "M100 0L100 800L900 800L900 0Z", 2: "M100 0L100 800L900 800Z"}
        names = {f"#{element.get('id')}": element.get("d") for element in elements(page, "path")}
        assert [names[element.get("href", "")] for element in elements(page, "use")] == [
            shapes[glyph] for glyph in glyphs
        ]
        assert "¤" not in page.text

    def test_reads_characters_written_as_numbers(self) -> None:
        page = draw(text(r'<ofd:TextCode X="0" Y="5" DeltaX="g 4 6">甲\4E59\0020\0007\12</ofd:TextCode>'))

        assert page.text == "甲乙 \ufffd\\12"

    def test_falls_back_to_the_name_of_a_font_that_cannot_be_read(self) -> None:
        fonts = '<ofd:Font ID="3" FontName="方正&lt;宋&gt;"><ofd:FontFile>x.ttf</ofd:FontFile></ofd:Font>'

        page = draw(
            ofd.TEXT, resources=ofd.resources_xml(fonts=fonts), more={"Doc_0/Res/x.ttf": b"\0\1\0\0broken"}
        )

        (element,) = elements(page, "text")
        assert element.get("font-family") == "'方正宋','Noto Serif CJK SC','Source Han Serif SC',SimSun,serif"
        assert page.notes == (ViewNote.FONT_NOT_READ,)

    @pytest.mark.parametrize("flavor", ["glyf", "cff"])
    def test_knows_both_kinds_of_outlines(self, flavor: str) -> None:
        outlines = Outlines(ofd.font("甲乙", flavor=flavor))

        assert outlines.glyph_of("乙") == 2
        assert outlines.path_of(2) == "M100 0L100 800L900 800Z"
        assert (outlines.path_of(0), outlines.path_of(99)) == ("", "")

    def test_stops_fonts_whose_outlines_call_one_another(self) -> None:
        outlines = Outlines(ofd.endless_font())

        with pytest.raises(FontNotReadError):
            outlines.path_of(1)

    def test_reads_lines_from_top_to_bottom(self) -> None:
        lower = text('<ofd:TextCode X="0" Y="60">下</ofd:TextCode>')
        upper = text(
            '<ofd:TextCode X="20" Y="5">右</ofd:TextCode><ofd:TextCode X="0" Y="5">左</ofd:TextCode>'
        )

        assert draw(lower + upper).text == "左 右\n下"


class TestPaths:
    @pytest.mark.parametrize(
        ("data", "written"),
        [
            ("M 0 0 L 1 2 C", "M0 0 L1 2 Z"),
            ("S 0 0 L 1 2", "M0 0 L1 2"),
            ("M 0,0 Q 1 2 3 4 B 1 2 3 4 5 6", "M0 0 Q1 2 3 4 C1 2 3 4 5 6"),
            ("M 0 0 A 5 -5 0 7 1 10 10", "M0 0 A5 5 0 1 1 10 10"),
            ("M 0 0 L 1 2 L 3", "M0 0 L1 2"),
            ("M 0 0 L nan 1e99 X 1 2", "M0 0 L0 0"),
        ],
    )
    def test_writes_shapes_as_svg(self, data: str, written: str) -> None:
        assert [element.get("d") for element in elements(draw(path(data)), "path")] == [written]

    @pytest.mark.parametrize("data", ["", "L 1 2", "C", "<script/>", "url(x)"])
    def test_draws_nothing_that_begins_nowhere(self, data: str) -> None:
        assert elements(draw(path(data.replace("<", "&lt;"))), "path") == []

    def test_takes_the_standards_defaults(self) -> None:
        (element,) = elements(draw(path("M 0 0 L 1 1")), "path")

        assert (element.get("fill"), element.get("stroke"), element.get("stroke-width")) == (
            "none",
            "#000000",
            "0.353",
        )

    def test_inherits_drawing_parameters(self) -> None:
        more = (
            '<ofd:DrawParams><ofd:DrawParam ID="30" LineWidth="1" Cap="Round"><ofd:StrokeColor Value="0 150 0"/>'
            '</ofd:DrawParam><ofd:DrawParam ID="31" Relative="30" DashPattern="3 2"/></ofd:DrawParams>'
        )

        page = draw(
            path("M 0 0 L 1 1", attributes='DrawParam="31" LineWidth="2"'),
            resources=ofd.resources_xml(more=more),
        )

        (element,) = elements(page, "path")
        assert element.get("stroke") == "#009600"
        assert element.get("stroke-width") == "2"
        assert (element.get("stroke-linecap"), element.get("stroke-dasharray")) == ("round", "3 2")

    def test_survives_drawing_parameters_relative_to_themselves(self) -> None:
        more = '<ofd:DrawParams><ofd:DrawParam ID="30" Relative="30" LineWidth="1"/></ofd:DrawParams>'

        page = draw(path("M 0 0 L 1 1", attributes='DrawParam="30"'), resources=ofd.resources_xml(more=more))

        assert elements(page, "path")[0].get("stroke-width") == "1"

    @pytest.mark.parametrize(
        ("color", "css"),
        [
            ('Value="255 0 10"', "#ff000a"),
            ('Value="#FF #00 #0A"', "#ff000a"),
            ('Value="128"', "#808080"),
            ('Value="0 255 255 0"', "#ff0000"),
            ('Value="300 0 0"', "#ff0000"),
            ('Value="red"', "#000000"),
            ('ColorSpace="9" Index="1"', "#00ff00"),
        ],
    )
    def test_knows_colours(self, color: str, css: str) -> None:
        spaces = (
            '<ofd:ColorSpaces><ofd:ColorSpace ID="9" Type="RGB"><ofd:Palette><ofd:CV>1 1 1</ofd:CV>'
            "<ofd:CV>0 255 0</ofd:CV></ofd:Palette></ofd:ColorSpace></ofd:ColorSpaces>"
        )

        page = draw(
            path("M 0 0 L 1 1", inside=f"<ofd:StrokeColor {color}/>"),
            resources=ofd.resources_xml(more=spaces),
        )

        assert elements(page, "path")[0].get("stroke") == css

    def test_clips(self) -> None:
        clips = (
            '<ofd:Clips><ofd:Clip><ofd:Area CTM="2 0 0 2 0 0"><ofd:Path Boundary="1 1 5 5"><ofd:AbbreviatedData>'
            "M 0 0 L 5 0 L 5 5 C</ofd:AbbreviatedData></ofd:Path></ofd:Area></ofd:Clip></ofd:Clips>"
        )

        page = draw(path("M 0 0 L 9 9", attributes='CTM="1 0 0 1 3 3"', inside=clips))

        (clip,) = elements(page, "clipPath")
        assert [(item.get("d"), item.get("transform")) for item in clip] == [
            ("M0 0 L5 0 L5 5 Z", "matrix(2 0 0 2 2 2)")
        ]
        groups = elements(page, "g")
        assert [group.get("clip-path") or group.get("transform") for group in groups] == [
            "translate(10 20)",
            f"url(#{clip.get('id')})",
            "translate(3 3)",
        ]


def pattern(attributes: str, *, cell: str | None = None) -> str:
    cell = path("M 0 0 L 2 2") if cell is None else cell
    return (
        f"<ofd:FillColor><ofd:Pattern {attributes}><ofd:CellContent>{cell}</ofd:CellContent></ofd:Pattern>"
        "</ofd:FillColor>"
    )


class TestPatterns:
    def test_repeat_their_cell_in_the_objects_space(self) -> None:
        inside = pattern('Width="3" Height="4" XStep="5" CTM="2 0 0 2 1 1"')

        page = draw(path("M 0 0 L 30 0 L 30 40 C", attributes='Fill="true" Stroke="false"', inside=inside))

        (tile,) = elements(page, "pattern")
        assert (tile.get("width"), tile.get("height")) == ("5", "4")
        assert tile.get("patternTransform") == "matrix(2 0 0 2 1 1)"
        assert [item.get("d") for item in tile.iter(f"{SVG}path")] == ["M0 0 L2 2"]
        assert elements(page, "path")[-1].get("fill") == f"url(#{tile.get('id')})"
        assert page.notes == ()

    def test_stand_still_on_the_page_where_they_belong_to_it(self) -> None:
        inside = pattern('Width="3" Height="4" RelativeTo="Page"')

        page = draw(path("M 0 0 C", attributes='Fill="true" CTM="2 0 0 4 6 8"', inside=inside))

        # The object's space begins at (16, 28) of the page, twice as wide and four times as high.
        assert elements(page, "pattern")[0].get("patternTransform") == "matrix(0.5 0 0 0.25 -8 -7)"

    def test_keep_their_words_out_of_the_pages_text(self) -> None:
        inside = pattern('Width="30" Height="9"', cell=text("<ofd:TextCode>水印</ofd:TextCode>"))

        page = draw(path("M 0 0 C", attributes='Fill="true"', inside=inside))

        assert (page.text, len(elements(page, "text"))) == ("", 1)

    @pytest.mark.parametrize(
        "attributes",
        ["", 'Width="3" Height="0"', 'Width="3" Height="3" XStep="0.001"', 'Width="-3" Height="3"'],
    )
    def test_are_a_colour_where_they_have_no_size(self, attributes: str) -> None:
        page = draw(path("M 0 0 C", attributes='Fill="true"', inside=pattern(attributes)))

        assert elements(page, "pattern") == []
        assert page.notes == (ViewNote.PATTERN_SIMPLIFIED,)

    @pytest.mark.parametrize(
        ("inside", "fill"),
        [
            (pattern('Width="3" Height="3"'), "#c0c0c0"),
            (("<ofd:FillColor><ofd:AxialShd StartPoint='0 0' EndPoint='9 0'><ofd:Segment><ofd:Color Value='200 0 0'/>"
              "</ofd:Segment></ofd:AxialShd></ofd:FillColor>"), "#c80000"),
        ],
    )  # fmt: skip
    def test_are_a_colour_in_text(self, inside: str, fill: str) -> None:
        page = draw(text("<ofd:TextCode>甲</ofd:TextCode>", inside=inside))

        assert fill in {group.get("fill") for group in elements(page, "g")}
        assert page.notes == (ViewNote.PATTERN_SIMPLIFIED,)

    def test_survive_patterns_in_patterns(self) -> None:
        inside = ""
        for _depth in range(14):
            cell = path("M 0 0 C", attributes='Fill="true"', inside=inside)
            inside = pattern('Width="3" Height="3"', cell=cell)

        page = draw(path("M 0 0 C", attributes='Fill="true"', inside=inside))

        assert 0 < len(elements(page, "pattern")) <= 12


class TestPages:
    def test_draws_some_of_everything(self) -> None:
        page = drawn(ofd.rich_parts())

        assert page.notes == (ViewNote.PICTURE_NOT_SHOWN,)
        assert page.text.splitlines()[:3] == ["模板标题", "测试文件甲", "甲乙丙 甲乙"]
        assert "仅供演示" in page.text
        assert len(elements(page, "image")) == 2
        assert len(elements(page, "linearGradient")) == len(elements(page, "radialGradient")) == 1

    def test_draws_layers_and_templates_in_their_order(self) -> None:
        layers = "".join(
            f'<ofd:Layer ID="{index}" Type="{kind}">{text(f"<ofd:TextCode>{kind}</ofd:TextCode>")}</ofd:Layer>'
            for index, kind in enumerate(["Foreground", "Body", "Background"])
        )
        used = '<ofd:Template TemplateID="50" ZOrder="Foreground"/><ofd:Template TemplateID="51"/>'
        template = "<ofd:TemplatePage ID='{}' BaseLoc='T{}.xml'/>"
        page = f"{ofd.HEAD}<ofd:Page {ofd.XMLNS}>{used}<ofd:Content>{layers}</ofd:Content></ofd:Page>"
        made = ofd.parts(
            pages=[page],
            common=template.format(50, 50) + template.format(51, 51),
            more={
                f"Doc_0/T{number}.xml": ofd.page_xml(text(f"<ofd:TextCode>T{number}</ofd:TextCode>"))
                for number in (50, 51)
            },
        )

        shown = [element.text for element in elements(drawn(made), "text")]

        assert shown == ["T51", "Background", "Body", "Foreground", "T50"]

    def test_leaves_out_what_is_invisible(self) -> None:
        page = draw(text("<ofd:TextCode>不见</ofd:TextCode>", attributes='Visible="false"'))

        assert (elements(page, "text"), page.text) == ([], "")

    def test_draws_annotations_unless_they_are_hidden(self) -> None:
        def annotated(attributes: str) -> ViewedPage:
            content = ofd.annotation_xml(ofd.TEXT, attributes=attributes)
            return draw(
                document="<ofd:Annotations>Annotations.xml</ofd:Annotations>",
                more={"Doc_0/Annotations.xml": ofd.annotations_xml("A.xml"), "Doc_0/A.xml": content},
            )

        assert annotated("").text == "测试文件甲"
        assert annotated('Visible="false"').text == ""

    @pytest.mark.parametrize(
        ("change", "note"),
        [
            ({"Doc_0/TPLS/Tpl_0/Content.xml": b"<a"}, ViewNote.TEMPLATE_NOT_READ),
            ({"Doc_0/Annots/Page_0/Annotation.xml": b"<a"}, ViewNote.ANNOTATION_NOT_READ),
            ({"Doc_0/Pages/Page_0/Content.xml": b"<a"}, ViewNote.PAGE_NOT_READ),
            ({"Doc_0/Pages/Page_0/Content.xml": b"<a/>"}, ViewNote.PAGE_NOT_READ),
            ({"Doc_0/Res/shapes.ttf": b"x"}, ViewNote.FONT_NOT_READ),
        ],
    )
    def test_notes_what_cannot_be_read_and_shows_the_rest(
        self, change: dict[str, bytes], note: ViewNote
    ) -> None:
        page = drawn(ofd.rich_parts() | change)

        assert note in page.notes
        assert elements(page, "rect")

    def test_stops_where_a_page_holds_too_much(self) -> None:
        lines = "".join(f"L {count} {count * 7 % 1013} " for count in range(5_000))

        page = draw(path("M 0 0 " + lines) * 100)

        assert ViewNote.CUT_SHORT in page.notes
        assert len(page.svg) < 24 * 1024 * 1024

    def test_survives_units_inside_themselves(self) -> None:
        unit = (
            '<ofd:CompositeGraphicUnits><ofd:CompositeGraphicUnit ID="40"><ofd:Content>'
            + '<ofd:CompositeObject ID="41" Boundary="0 0 1 1" ResourceID="40"/>' * 3
            + "</ofd:Content></ofd:CompositeGraphicUnit></ofd:CompositeGraphicUnits>"
        )

        page = draw(
            '<ofd:CompositeObject ID="1" Boundary="0 0 1 1" ResourceID="40"/>',
            resources=ofd.resources_xml(more=unit),
        )

        assert ViewNote.CUT_SHORT in page.notes

    def test_numbers_the_pages_of_all_documents(self) -> None:
        made = ofd.parts() | {
            "OFD.xml": ofd.ofd_xml(documents=2).encode(),
            "Doc_1/Document.xml": ofd.document_xml().encode(),
            "Doc_1/Pages/Page_0/Content.xml": ofd.page_xml("").encode(),
        }

        pages = viewed(ofd.zipped(made), seals=(), first=1, count=9)

        assert [(page.number, page.text) for page in pages] == [(1, "测试文件甲"), (2, "")]

    def test_refuses_pages_beyond_the_last(self) -> None:
        with pytest.raises(NotReadable) as refusal:
            viewed(ofd.plain_ofd(), seals=(), first=2, count=1)

        assert refusal.value.reason is Unreadable.MISSING_PART


class TestSeals:
    def test_draws_a_scan(self) -> None:
        page = draw(seals=[seal("image/tiff", ofd.picture("TIFF", size=(9, 7)))])

        shown = elements(page, "image")[0].get("href", "").removeprefix("data:image/png;base64,")
        with Image.open(io.BytesIO(base64.b64decode(shown))) as picture:
            assert (picture.size, picture.getpixel((8, 6))) == ((9, 7), (0x1F, 0x5F, 0xBF))

    def test_draws_a_picture_in_its_place(self) -> None:
        clip = Box(x=20, y=0, width=20, height=40)

        page = draw(seals=[seal("image/png", ofd.picture(), clip=clip)])

        (use,) = elements(page, "use")
        assert use.get("transform") == "matrix(40 0 0 40 0 0)"
        assert elements(page, "image")[0].get("href", "").startswith("data:image/png;base64,")
        assert elements(page, "clipPath")[0][0].get("x") == "20"
        assert page.notes == ()

    def test_draws_a_seal_that_is_itself_an_ofd(self) -> None:
        content = ofd.zipped(ofd.parts(pages=[ofd.page_xml(path("M 0 0 L 210 297"))]))

        page = draw(seals=[seal("application/ofd", content)])

        assert [element.get("d") for element in elements(page, "path")] == ["M0 0 L210 297"]
        assert elements(page, "clipPath")[0][0].attrib == {
            "x": "0",
            "y": "0",
            "width": "210",
            "height": "297",
        }
        assert "matrix(0.1904762 0 0 0.1346801 0 0)" in page.svg.decode()

    def test_keeps_the_fonts_of_a_seal_apart_from_those_of_the_page(self) -> None:
        fonts = ofd.resources_xml(
            fonts='<ofd:Font ID="3" FontName="X"><ofd:FontFile>x.ttf</ofd:FontFile></ofd:Font>'
        )
        code = text("<ofd:TextCode>甲</ofd:TextCode>")
        inner = ofd.parts(
            pages=[ofd.page_xml(code)], resources=fonts, more={"Doc_0/Res/x.ttf": ofd.font("乙甲")}
        )

        page = draw(
            code,
            resources=fonts,
            more={"Doc_0/Res/x.ttf": ofd.font("甲乙")},
            seals=[seal("application/ofd", ofd.zipped(inner))],
        )

        assert [element.get("d") for element in elements(page, "path")] == [
            "M100 0L100 800L900 800L900 0Z",
            "M100 0L100 800L900 800Z",
        ]
        assert page.text == "甲"

    @pytest.mark.parametrize(
        ("media_type", "content"),
        [("image/png", b"no picture"), ("application/ofd", b"no file"), ("image/svg+xml", b"<html/>")],
    )
    def test_frames_the_place_of_a_seal_that_cannot_be_read(self, media_type: str, content: bytes) -> None:
        page = draw(seals=[seal(media_type, content)])

        assert page.notes == (ViewNote.SEAL_NOT_SHOWN,)
        assert elements(page, "rect")[-1].get("stroke") == "#c00000"

    def test_draws_no_seal_of_another_page(self) -> None:
        made = ofd.parts(pages=[ofd.page_xml(""), ofd.page_xml("")])

        assert elements(drawn(made, index=1, seals=[seal("image/png", ofd.picture())]), "use") == []


EVIL = (
    b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 10 10' onload='alert(1)'><script>alert(1)</script>"
    b"<style>@import 'http://x.example/'</style><foreignObject/><image href='http://x.example/a.png'/>"
    b"<a href='javascript:alert(1)'><path d='M0 0'/></a><use href='http://x.example/#a'/>"
    b"<circle id='a' r='5' fill='url(http://x.example/#b)' onclick='alert(1)' style='stroke:url(#b);fill:\\75rl(x)'/>"
    b"<animate attributeName='href'/><set/></svg>"
)


class TestHarmless:
    def test_keeps_only_what_a_picture_needs(self) -> None:
        written = rewritten(EVIL, x=1, y=2, width=3, height=4, prefix="p-")

        assert written == (
            "<g font-family=\"'Noto Serif CJK SC',SimSun,serif\">"
            '<svg x="1.0000" y="2.0000" width="3.0000" height="4.0000" viewBox="0 0 10 10" preserveAspectRatio="none">'
            '<circle id="p-a" r="5" stroke="url(#p-b)"></circle></svg></g>'
        )

    def test_refers_to_nothing_outside_the_page(self) -> None:
        evil = '"/><script>alert(1)</script><a href="javascript:x'
        escaped = evil.replace('"', "&quot;").replace("<", "&lt;")
        fonts = f'<ofd:Font ID="3" FontName="{escaped}" FamilyName="url(http://x.example)"/>'
        made = ofd.rich_parts() | {
            "Doc_0/PublicRes.xml": ofd.resources_xml(fonts=fonts, more=ofd.RICH_RESOURCES).encode(),
            "Doc_0/Pages/Page_0/Content.xml": ofd.page_xml(
                text(f"<ofd:TextCode>{escaped}</ofd:TextCode>")
                + path(
                    "M 0 0 L 1 1", attributes=f'LineWidth="{escaped}" Cap="{escaped}" DashPattern="{escaped}"'
                )
                + ofd.RICH_PAGE
            ).encode(),
        }

        page = drawn(made, seals=[seal("image/svg+xml", EVIL)])

        assert unsafe(page.svg) == []
