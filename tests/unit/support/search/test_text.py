"""
Text in one form, its lexemes and its sounds.
"""

import pytest

from tongban.support.search.rules import text


class TestNormalize:
    @pytest.mark.parametrize(
        ("typed", "normal"),
        [
            ("身份證遺失", "身份证遗失"),
            ("ＫＴＶ", "ktv"),
            ("  a　 b ", "a b"),
            ("（市级）", "(市级)"),
            ("a\0b", "a b"),
        ],
    )
    def test_makes_one_form_of(self, typed: str, normal: str) -> None:
        assert text.normalize(typed) == normal

    def test_reads_no_more_than_the_limit(self) -> None:
        assert text.normalize("身" * 200, limit=100) == "身" * 100


class TestLexemes:
    def test_of_a_name_are_its_words_and_its_characters(self) -> None:
        assert text.name_lexemes("居民身份证") == sorted(
            ["居", "居民", "居民身份证", "民", "身", "身份", "身份证", "份", "证"]
        )

    @pytest.mark.parametrize("term", ["身份证挂失", "网约车", "慢特病", "社会保障卡密码", "不动产权", "ktv"])
    def test_of_a_query_are_in_every_name_that_holds_it(self, term: str) -> None:
        name = text.name_lexemes(f"办理{term}的申请（县级）")

        assert set(text.query_lexemes(term)) <= set(name)

    def test_of_a_body_leave_single_characters_out(self) -> None:
        assert text.body_lexemes("提交身份证") == ["提交", "身份", "身份证"]

    def test_hold_nothing_that_could_end_a_quotation(self) -> None:
        assert not [word for word in text.name_lexemes("o'neil \\ 办'证") if "'" in word or "\\" in word]


class TestSounds:
    def test_are_pinyin_and_first_letters(self) -> None:
        assert text.sounds("身份证") == ("shenfenzheng", "sfz")

    def test_keep_other_letters_whole(self) -> None:
        assert text.sounds("ktv许可") == ("ktvxuke", "ktvxk")

    @pytest.mark.parametrize(
        ("place", "spoken"),
        [("重庆市长寿区", "chongqingshichangshouqu"), ("单县", "shanxian"), ("犍为", "qianwei")],
    )
    def test_read_places_as_people_there_do(self, place: str, spoken: str) -> None:
        assert text.pinyin(place) == spoken


class TestCore:
    def test_leaves_out_what_stands_in_brackets(self) -> None:
        assert text.core("取水许可(市级)") == "取水许可"

    def test_of_a_name_all_in_brackets_is_the_name(self) -> None:
        assert text.core("(市级)") == "市级"
