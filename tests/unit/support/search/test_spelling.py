"""
Slips of the pen, sound and pinyin.
"""

import pytest

from tongban.support.search.rules.spelling import Speller, folded

WORDS = {
    "身份证": 900, "社会保障卡": 50, "失业保险金": 30, "工伤保险": 40, "残疾人证": 20, "食品": 60, "经营": 200,
    "许可": 500, "许可证": 300, "营业执照": 10, "外国人": 5, "烟花": 5, "专卖": 8, "烟草": 9, "挂失": 12,
}  # fmt: skip


@pytest.fixture
def speller() -> Speller:
    return Speller(WORDS, idle=["的", "怎么办"])


class TestCorrected:
    @pytest.mark.parametrize(
        ("typed", "meant"),
        [
            ("身分正挂失", "身份证挂失"),
            ("社会保章卡", "社会保障卡"),
            ("营业执罩怎么办", "营业执照怎么办"),
            ("残废人证", "残疾人证"),
            ("失业保金险", "失业保险金"),
            ("失业保险经", "失业保险金"),
            ("工商保险", "工伤保险"),
            ("烟草转卖许可证", "烟草专卖许可证"),
            ("营业照", "营业执照"),
        ],
    )
    def test_puts_right(self, speller: Speller, typed: str, meant: str) -> None:
        assert speller.corrected(typed) == meant

    @pytest.mark.parametrize("typed", ["身份证挂失", "外星人", "养花", "食品经营许可", "天气", "的"])
    def test_leaves_alone(self, speller: Speller, typed: str) -> None:
        assert speller.corrected(typed) is None


class TestFromLetters:
    @pytest.mark.parametrize(
        ("letters", "meant"),
        [
            ("shenfenzheng", ["身份证"]),
            ("shipinjingyingxuke", ["食品经营许可"]),
            ("shbzk", ["社会保障卡"]),
            ("qwertyuiop", []),
            ("yh", []),
        ],
    )
    def test_reads(self, speller: Speller, letters: str, meant: list[str]) -> None:
        assert speller.from_letters(letters) == meant


class TestFolded:
    @pytest.mark.parametrize(
        ("syllable", "common"), [("zheng", "zen"), ("lan", "nan"), ("shi", "si"), ("ji", "ji")]
    )
    def test_makes_one_of_what_southerners_do_not_tell_apart(self, syllable: str, common: str) -> None:
        assert folded(syllable) == common
