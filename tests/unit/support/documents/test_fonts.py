import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
import typst
from fontTools.pens.boundsPen import BoundsPen
from fontTools.pens.recordingPen import RecordingPen
from fontTools.ttLib import TTFont

from tongban.support.documents.services import FontsMissing
from tongban.support.documents.services.font_files import FontFile, FontUnreadable
from tongban.support.documents.services.font_subsets import subset_font
from tongban.support.documents.services.fonts import Face, FontBook, face_of, glyph_of, svg_outline
from tongban.support.documents.values.layout import FontFamily

RARE = "䶮㛃喆堃昇翀燚镕㑇𬍛𬱖𫍲𬘭𬭎㸆玥頔䲟"
"""Rare characters of names that Noto CJK has."""


def face(character: str = "中", family: FontFamily = FontFamily.SERIF, weight: int = 400) -> Face:
    found = face_of(character, family, weight)
    assert found is not None
    return found


def noto(family: str, weight: int) -> tuple[str, int]:
    fonts = typst.Fonts(include_system_fonts=True, include_embedded_fonts=False).fonts()
    info = next(font for font in fonts if (font.family, font.weight) == (family, weight))
    return str(info.path), int(info.index)


def opened(path: str, index: int) -> TTFont:
    return TTFont(io.BytesIO(Path(path).read_bytes()), fontNumber=index, lazy=True)


class TestFontFile:
    @pytest.mark.parametrize(
        ("family", "weight"),
        [("Noto Serif CJK SC", 400), ("Noto Serif CJK SC", 700), ("Noto Sans CJK SC", 400)],
    )
    def test_reads_the_same_glyphs_widths_and_outlines_as_fonttools(self, family: str, weight: int) -> None:
        path, index = noto(family, weight)
        ours, theirs = FontFile(path, index), opened(path, index)
        characters = theirs.getBestCmap()

        for character in "A1,中，（龘" + RARE:
            name = characters[ord(character)]
            glyph = ours.glyph_id(ord(character))
            seen, expected = RecordingPen(), RecordingPen()
            ours.draw(glyph, seen)
            theirs.getGlyphSet()[name].draw(expected)
            assert glyph == theirs.getGlyphID(name)
            assert ours.width(glyph) == theirs["hmtx"][name][0]
            assert seen.value == expected.value

    def test_knows_exactly_the_characters_that_fonttools_knows(self) -> None:
        path, index = noto("Noto Serif CJK SC", 400)
        ours, known = FontFile(path, index), set(opened(path, index).getBestCmap())

        assert {code for code in range(0x323B0) if ours.glyph_id(code)} == known

    def test_reads_truetype_outlines_too(self) -> None:
        path, index = noto("DejaVu Sans", 400)
        ours, theirs = FontFile(path, index), opened(path, index)

        seen, expected = RecordingPen(), RecordingPen()
        ours.draw(ours.glyph_id(ord("é")), seen)
        theirs.getGlyphSet()["eacute"].draw(expected)

        assert not ours.is_cubic
        assert seen.value == expected.value

    def test_refuses_a_font_without_outlines(self, tmp_path: object) -> None:
        font = TTFont(io.BytesIO(subset_font(face(), "中")))
        del font["glyf"], font["loca"]
        file = f"{tmp_path}/bare.ttf"
        font.save(file)

        with pytest.raises(FontUnreadable):
            FontFile(file, 0)

    def test_draws_for_many_threads_at_once(self) -> None:
        path, index = noto("Noto Serif CJK SC", 400)
        characters = [chr(code) for code in range(0x4E00, 0x4E40)]
        alone = [drawn(FontFile(path, index), character) for character in characters]
        shared = FontFile(path, index)

        with ThreadPoolExecutor(4) as pool:
            together = list(pool.map(lambda character: drawn(shared, character), characters * 4))

        assert together == alone * 4


def drawn(font: FontFile, character: str) -> list[object]:
    pen = RecordingPen()
    font.draw(font.glyph_id(ord(character)), pen)
    return list(pen.value)


@dataclass(kw_only=True)
class Facts:
    family: str
    weight: int = 400
    style: str = "normal"
    path: str | None = ""
    index: int = 0


class TestFontBook:
    def test_says_which_fonts_are_missing(self) -> None:
        with pytest.raises(FontsMissing) as error:
            FontBook([Facts(family="Noto Serif CJK SC")])

        assert error.value.facts == {"missing": ["Noto Sans CJK SC"]}

    def test_looks_in_the_family_then_in_fonts_of_rare_characters_then_in_the_other_family(
        self, tmp_path: Path
    ) -> None:
        fonts = []
        for family, characters in (
            ("Noto Serif CJK SC", "甲"),
            ("Noto Sans CJK SC", "乙丙"),
            ("Plangothic P1", "甲乙丁"),
            ("Comic Sans", "戊"),
        ):
            path = tmp_path / f"{family}.ttf"
            path.write_bytes(subset_font(face(), characters))
            fonts.append(Facts(family=family, path=str(path)))
        book = FontBook([*fonts, Facts(family="Noto Serif CJK SC", style="italic")])

        found = {
            character: book.face(character, family=FontFamily.SERIF, weight=400) for character in "甲乙丙丁戊"
        }

        assert {character: face and face.family for character, face in found.items()} == {
            "甲": "Noto Serif CJK SC",
            "乙": "Plangothic P1",
            "丙": "Noto Sans CJK SC",
            "丁": "Plangothic P1",
            "戊": None,
        }

    def test_lends_the_regular_face_where_there_is_no_bold_one(self, tmp_path: Path) -> None:
        path = tmp_path / "font.ttf"
        path.write_bytes(subset_font(face(), "甲"))
        book = FontBook(
            [
                Facts(family="Noto Serif CJK SC", path=str(path)),
                Facts(family="Noto Sans CJK SC", path=str(path)),
            ]
        )

        lent = book.face("甲", family=FontFamily.SERIF, weight=700)

        assert repr(lent) == "Face(Noto Serif CJK SC 400)"


class TestFaceOf:
    def test_takes_the_weight_and_the_family_that_was_asked_for(self) -> None:
        assert repr(face("中", FontFamily.SERIF, 700)) == "Face(Noto Serif CJK SC 700)"
        assert repr(face("中", FontFamily.SANS, 400)) == "Face(Noto Sans CJK SC 400)"

    def test_has_the_rare_characters_of_names(self) -> None:
        missing = [character for character in RARE if face_of(character, FontFamily.SERIF, 400) is None]

        assert missing == []

    def test_finds_no_face_for_a_character_of_no_font(self) -> None:
        assert face_of("\U0003fffd", FontFamily.SERIF, 400) is None


class TestSubsetFont:
    def test_is_a_sound_font_with_these_characters_and_no_others(self) -> None:
        characters = "".join(sorted(set("A，中文１" + RARE)))

        content = subset_font(face(), characters)

        font = TTFont(io.BytesIO(content), checkChecksums=2)
        assert set(font.getBestCmap()) == {ord(character) for character in characters}
        assert font["maxp"].numGlyphs == len(characters) + 1
        assert font["head"].unitsPerEm == 1000
        assert font["OS/2"].usWeightClass == 400
        assert font["name"].getDebugName(4).endswith("+Noto Serif CJK SC Regular")
        for tag in font.keys():  # noqa: SIM118 – a font is no mapping
            assert font[tag] is not None

    def test_draws_each_character_within_a_thousandth_of_an_em_of_the_original(self) -> None:
        font = TTFont(io.BytesIO(subset_font(face(), "国龘A")))
        for character in "国龘A":
            glyph = font["glyf"][font.getBestCmap()[ord(character)]]
            drawn = glyph_of(face(), character)
            bounds = face_bounds(face(), character)
            assert (glyph.xMin, glyph.yMin, glyph.xMax, glyph.yMax) == drawn.box
            assert max(abs(ours - theirs) for ours, theirs in zip(drawn.box, bounds, strict=True)) <= 1
            assert font["hmtx"][font.getBestCmap()[ord(character)]][0] == round(
                face().advance(character) * 1000
            )

    def test_can_hold_a_blank_alone_or_nothing(self) -> None:
        assert TTFont(io.BytesIO(subset_font(face(), " "))).getBestCmap() == {32: "space"}
        assert TTFont(io.BytesIO(subset_font(face(), ""))).getBestCmap() == {}

    def test_names_different_subsets_differently(self) -> None:
        names = {
            TTFont(io.BytesIO(subset_font(face(), characters)))["name"].getDebugName(6)
            for characters in ("一", "二", "一二")
        }

        assert len(names) == 3

    def test_gives_the_same_bytes_again(self) -> None:
        first = subset_font(face(), "一二三")
        subset_font.cache_clear()

        assert subset_font(face(), "一二三") == first


class TestSvgOutline:
    def test_begins_with_a_point_and_closes(self) -> None:
        outline = svg_outline(face(), "一")

        assert outline.startswith("M")
        assert outline.endswith("Z")


def face_bounds(face: Face, character: str) -> tuple[float, ...]:
    pen = BoundsPen(None)
    face.draw(character, pen)
    assert pen.bounds is not None
    return tuple(pen.bounds)
