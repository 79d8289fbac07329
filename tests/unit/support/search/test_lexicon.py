"""
The lexicon: its file, and how phrases are found in a query.
"""

import pytest

from tongban.support.search.rules.lexicon import (
    HEADER,
    Lexicon,
    LexiconUnreadable,
    parse_file,
    parse_target,
)
from tongban.support.search.selectors.knowledge import seed_rows
from tongban.support.search.values import LexiconKind, LexiconRow, Target


def lexicon(*phrases: str) -> Lexicon:
    return Lexicon(LexiconRow(kind=LexiconKind.TERM, phrase=phrase) for phrase in phrases)


def found(known: Lexicon, query: str) -> list[str]:
    return [row.phrase for row, _ in known.matches(query)]


class TestParseFile:
    def test_yields_a_row_for_every_phrase(self) -> None:
        rows = list(parse_file([HEADER, "term\t吃低保|低保户\t最低生活保障|临时救助*0.7\tpoverty\n"]))

        assert rows == [
            LexiconRow(
                kind=LexiconKind.TERM,
                phrase=phrase,
                targets=(Target(words=("最低生活保障",)), Target(words=("临时救助",), weight=0.7)),
                intent="poverty",
            )
            for phrase in ("吃低保", "低保户")
        ]

    @pytest.mark.parametrize(
        "line", ["term\t低保\t最低生活保障", "noun\t低保\t最低生活保障\t", "term\t低保\t最低生活保障*2\t"]
    )
    def test_names_the_line_it_cannot_read(self, line: str) -> None:
        with pytest.raises(LexiconUnreadable, match="line 2"):
            list(parse_file([HEADER, line]))


class TestParseTarget:
    @pytest.mark.parametrize("written", ["", "*0.5", "许可*0", "许可*1.1", "许可*x"])
    def test_refuses(self, written: str) -> None:
        with pytest.raises(LexiconUnreadable):
            parse_target(written)


class TestSeed:
    def test_has_no_phrase_twice(self) -> None:
        keys = [(row.kind, row.phrase) for row in seed_rows()]

        assert len(keys) == len(set(keys))

    def test_has_several_hundred_everyday_phrases(self) -> None:
        assert sum(row.kind is LexiconKind.TERM for row in seed_rows()) > 3000

    def test_gives_every_action_the_words_it_prefers(self) -> None:
        assert [row.phrase for row in seed_rows() if row.kind is LexiconKind.ACTION and not row.targets] == []


class TestMatches:
    def test_prefer_the_longest(self) -> None:
        assert found(lexicon("医保", "医保卡", "卡"), "办医保卡") == ["医保卡"]

    def test_find_parts_in_any_order(self) -> None:
        assert found(lexicon("开 饭店"), "饭店怎么开") == ["开 饭店"]

    def test_prefer_more_parts_where_lengths_agree(self) -> None:
        assert found(lexicon("小孩读书", "读书 补助"), "小孩读书补助") == ["读书 补助"]

    def test_give_a_stretch_to_one_phrase_only(self) -> None:
        assert found(lexicon("开药店", "药店", "店"), "开药店") == ["开药店"]

    def test_want_latin_phrases_to_stand_alone(self) -> None:
        assert found(lexicon("spa"), "space") == []

    def test_find_latin_phrases_beside_chinese(self) -> None:
        assert found(lexicon("ktv"), "开ktv要什么") == ["ktv"]

    def test_need_every_part_in_a_place_of_its_own(self) -> None:
        assert found(lexicon("人 人民"), "人民") == []
