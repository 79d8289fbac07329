"""
Whatever is written: text is set whole, inside its box, and every form says the same.
"""

import io
import zipfile
from datetime import UTC, datetime
from itertools import pairwise
from xml.etree import ElementTree as ET

import ofdkit
import pypdf
from hypothesis import given, settings
from hypothesis import strategies as st

from tongban.support.documents.services import (
    NotPrintable,
    TextTooLong,
    missing_characters,
    write_ofd,
    write_pdf,
    write_svg,
)
from tongban.support.documents.services.setting import printable, set_block, set_line, text_width
from tongban.support.documents.values import Box, Layout, LayoutPage, Text

CHINESE = st.text(
    st.sampled_from("中华人民共和国张三示例市，。；（）《》“”——…、12ab -/·𬍛䶮龘１"), max_size=200
)
ANYTHING = st.text(max_size=60)
CLOSING = "，。；）》"
OPENING = "（《“"
TEXTS = CHINESE | ANYTHING


def a_page(*items: Text) -> Layout:
    return Layout(
        pages=(LayoutPage(width=210, height=297, items=items),),
        title="任意",
        author="示例",
        created_at=datetime(2026, 11, 22, tzinfo=UTC),
    )


def squeezed(text: str) -> str:
    return "".join(text.split())


class TestSetBlock:
    @given(text=TEXTS, width=st.floats(15, 200), size=st.floats(2, 10))
    def test_sets_all_of_a_text_inside_its_box_or_says_why_not(
        self, text: str, width: float, size: float
    ) -> None:
        box = Box(x=10, y=10, width=width, height=120)
        try:
            block = set_block(text, box=box, size=size, least_size=1)
        except NotPrintable:
            assert missing_characters(text)
            return
        except TextTooLong:
            assert len(text) > 20
            return

        assert squeezed("".join(item.text for item in block.items)) == squeezed(printable(text))
        for item in block.items:
            assert len(item.advances) == len(item.text)
            assert item.x >= 9.99
            # Room behind the last character may hang over.
            assert item.x + sum(item.advances[:-1]) <= 10 + width + 0.01
            assert item.y - item.size * 0.88 + 0.01 >= 10
            assert item.y + item.size * 0.12 <= 130.02

    @given(text=st.text(st.sampled_from("中华人民，。；）》（《“"), max_size=120), width=st.floats(20, 100))
    def test_separates_no_mark_from_its_words_where_another_break_is_possible(
        self, text: str, width: float
    ) -> None:
        lines = [
            item.text for item in set_block(text, box=Box(x=0, y=0, width=width, height=1e6), size=4).items
        ]

        for before, after in pairwise(lines):
            chances = [
                place
                for place in range(1, len(before))
                if before[place - 1] not in OPENING and before[place] not in CLOSING
            ]
            if chances:
                assert after[0] not in CLOSING
                assert before[-1] not in OPENING


class TestTextWidth:
    @given(first=CHINESE, second=CHINESE)
    def test_is_never_less_than_that_of_a_part(self, first: str, second: str) -> None:
        assert text_width(first + second, size=4) >= text_width(first, size=4) - 0.65


class TestWriting:
    @settings(max_examples=60, deadline=None)
    @given(text=TEXTS)
    def test_says_the_same_in_every_form(self, text: str) -> None:
        if missing_characters(text):
            return
        lines = [
            set_line(text[place : place + 20], x=10, y=20 + place, size=4)
            for place in range(0, len(text), 20)
        ]
        layout = a_page(*lines)
        wanted = squeezed("".join(line.text for line in lines))

        ofd, (svg,) = write_ofd(layout), write_svg(layout)

        with zipfile.ZipFile(io.BytesIO(ofd)) as archive:
            page = ET.fromstring(archive.read("Doc_0/Pages/Page_0/Content.xml"))
        assert squeezed("".join(code.text or "" for code in page.iterfind(".//{*}TextCode"))) == wanted
        assert squeezed(ofdkit.extract_text(ofd)) == wanted
        assert squeezed(ET.fromstring(svg).findtext("{*}desc") or "") == wanted

    @settings(max_examples=30, deadline=None)
    @given(text=CHINESE)
    def test_says_the_same_in_the_pdf(self, text: str) -> None:
        lines = [
            set_line(text[place : place + 20], x=10, y=20 + place, size=4)
            for place in range(0, len(text), 20)
        ]

        read = pypdf.PdfReader(io.BytesIO(write_pdf(a_page(*lines)))).pages[0].extract_text()

        assert squeezed(read) == squeezed(text)
