"""
Words for codes and amounts.
"""

import pytest

from tongban.business.catalogue.values import LimitUnit
from tongban.portal.site.views.words import limit_words, type_words, visits_words


class TestLimitWords:
    @pytest.mark.parametrize(
        ("amount", "unit", "words"),
        [
            (None, None, ""),
            (5, None, ""),
            (0, LimitUnit.WORKING_DAY, "当场办结"),
            (5, LimitUnit.WORKING_DAY, "5 个工作日"),
            (15, LimitUnit.CALENDAR_DAY, "15 个自然日"),
            (3, LimitUnit.MONTH, "3 个月"),
            (1, LimitUnit.YEAR, "1 年"),
            (2, LimitUnit.HOUR, "2 小时"),
        ],
    )
    def test_say_amount_and_unit(self, amount: int | None, unit: LimitUnit | None, words: str) -> None:
        assert limit_words(amount, unit) == words


class TestVisitsWords:
    @pytest.mark.parametrize(
        ("visits", "grade", "words"), [(0, 4, "0 次"), (1, 2, "1 次"), (None, 4, "0 次"), (None, 3, "")]
    )
    def test_say_nothing_where_nothing_is_published(self, visits: int | None, grade: int, words: str) -> None:
        assert visits_words(visits, grade) == words


class TestTypeWords:
    def test_know_the_national_codes(self) -> None:
        assert type_words("01") == "行政许可"

    def test_are_silent_on_codes_of_provinces(self) -> None:
        assert type_words("93") == ""
