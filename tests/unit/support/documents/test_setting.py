import pytest

from tongban.foundation.errors import InvalidInput
from tongban.support.documents.services.setting import (
    Align,
    NotPrintable,
    Style,
    TextTooLong,
    fitting_sizes,
    missing_characters,
    printable,
    set_block,
    set_line,
    text_width,
)
from tongban.support.documents.values import Box, FontFamily

WIDE_BOX = Box(x=10, y=20, width=40, height=30)


def lines_of(text: str, *, width: float, size: float = 4) -> list[str]:
    box = Box(x=0, y=0, width=width, height=1000)
    return [item.text for item in set_block(text, box=box, size=size).items]


class TestTextWidth:
    def test_counts_chinese_characters_as_one_em(self) -> None:
        assert text_width("证照", size=5) == pytest.approx(10)

    def test_leaves_room_between_chinese_and_latin_on_both_sides_but_not_at_punctuation(self) -> None:
        digits = text_width("12", size=10)

        assert text_width("第12号", size=10) == pytest.approx(20 + digits + 2 * 2)
        assert text_width("，12。", size=10) == pytest.approx(20 + digits)

    def test_counts_tracking_between_characters_only(self) -> None:
        assert text_width("营业执照", size=10, style=Style(tracking=0.5)) == pytest.approx(55)


class TestSetLine:
    def test_places_each_character(self) -> None:
        line = set_line("张三", x=10, y=20, size=4, style=Style(family=FontFamily.SANS, color="#112233"))

        assert (line.x, line.y, line.text, line.advances) == (10, 20, "张三", (4, 4))
        assert (line.family, line.color) == (FontFamily.SANS, "#112233")

    @pytest.mark.parametrize(("align", "x"), [(Align.START, 50), (Align.CENTER, 46), (Align.END, 42)])
    def test_begins_has_its_middle_or_ends_at_the_point(self, align: Align, x: float) -> None:
        assert set_line("张三", x=50, y=20, size=4, align=align).x == x

    def test_turns_only_about_its_beginning(self) -> None:
        with pytest.raises(InvalidInput):
            set_line("张三", x=0, y=0, size=4, angle=30, align=Align.CENTER)


class TestSetBlock:
    def test_breaks_between_chinese_characters(self) -> None:
        assert lines_of("中华人民共和国", width=16) == ["中华人民", "共和国"]

    def test_begins_no_line_with_a_closing_mark(self) -> None:
        assert lines_of("中华人民，共和国", width=16) == ["中华人", "民，共和", "国"]

    def test_ends_no_line_with_an_opening_mark(self) -> None:
        assert lines_of("中华人（民）共", width=16) == ["中华人", "（民）共"]

    def test_keeps_words_together_and_drops_blanks_at_the_break(self) -> None:
        assert lines_of("Business License of a city", width=20) == ["Business", "License of", "a city"]

    def test_breaks_a_word_that_is_longer_than_the_line(self) -> None:
        assert "".join(lines_of("A" * 60, width=30)) == "A" * 60
        assert len(lines_of("A" * 60, width=30)) > 1

    def test_breaks_where_the_text_does(self) -> None:
        assert lines_of("甲\n\n乙\r\n丙", width=40) == ["甲", "乙", "丙"]

    def test_stands_where_the_box_says(self) -> None:
        first, second = set_block(
            "甲\n乙", box=WIDE_BOX, size=5, line_height=2, align=Align.CENTER, vertical_align=Align.END
        ).items

        assert (first.x, second.x) == (27.5, 27.5)
        assert first.y == pytest.approx(50 - 5 * 0.12 - 10)
        assert second.y == pytest.approx(50 - 5 * 0.12)

    def test_takes_the_largest_size_that_fits(self) -> None:
        text = "餐饮服务" * 10
        block = set_block(text, box=WIDE_BOX, size=8, least_size=2)

        sizes = fitting_sizes(8, 2)
        larger = sizes[sizes.index(block.size) - 1]
        assert block.height <= 30
        with pytest.raises(TextTooLong):
            set_block(text, box=WIDE_BOX, size=larger)

    def test_makes_a_single_line_smaller_instead_of_breaking_it(self) -> None:
        block = set_block("示例市示例区市场监督管理局", box=WIDE_BOX, size=5, least_size=2, most_lines=1)

        assert block.lines == 1
        assert 13 * block.size <= 40 < 13 * block.size / 0.96

    def test_refuses_what_does_not_fit_at_its_smallest(self) -> None:
        with pytest.raises(TextTooLong) as error:
            set_block("餐饮服务" * 300, box=WIDE_BOX, size=5, least_size=2)

        assert error.value.facts == {"beginning": "餐饮服务" * 3}
        assert "餐饮服务" in str(error.value)

    def test_sets_nothing_for_nothing(self) -> None:
        assert set_block(" \n ", box=WIDE_BOX, size=5).items == ()


class TestPrintable:
    def test_leaves_out_what_cannot_be_seen_and_keeps_line_breaks(self) -> None:
        assert printable("张\u200b三\u202e\x07\t李\n四\ufe0f\U000e0101") == "张三 李\n四"

    def test_composes_letters_with_their_accents(self) -> None:
        assert printable("e\u0301か\u3099") == "éが"

    def test_does_not_change_compatibility_characters_of_names(self) -> None:
        assert printable("\uf9dc\ufa11") == "\uf9dc\ufa11"


class TestMissingCharacters:
    def test_names_each_missing_character_once(self) -> None:
        assert missing_characters("张\U0003fffd三\U0003fffd\n") == "\U0003fffd"

    def test_is_empty_for_rare_names(self) -> None:
        assert missing_characters("𬍛䶮·阿卜杜拉\n〇") == ""

    @pytest.mark.parametrize("text", ["\ue000", "ก็", "x\u0489", "\ud800", "العربية"])
    def test_does_not_pretend_to_print_what_would_come_out_wrong(self, text: str) -> None:
        assert missing_characters(text) != ""

        with pytest.raises(NotPrintable) as error:
            set_line(text, x=0, y=0, size=4)
        assert str(error.value).encode()
