"""
The legal clock in words: one day is a day, two are days.
"""

from datetime import date

import pytest
from django.utils import translation

from tongban.business.casework.rules.explanations import Because, ExplanationLine, Fact
from tongban.business.casework.selectors.explaining import sentence
from tongban.foundation.worktime import PeriodUnit

DAY = date(2026, 12, 1)


def line(code: Because, **facts: Fact) -> ExplanationLine:
    return ExplanationLine(code=code, facts=facts)


class TestSentence:
    @pytest.mark.parametrize(
        ("amount", "unit", "words"),
        [
            (1, PeriodUnit.WORKING_DAY, "1 working day;"),
            (20, PeriodUnit.WORKING_DAY, "20 working days;"),
            (1, PeriodUnit.NATURAL_DAY, "1 calendar day;"),
            (1, PeriodUnit.MONTH, "1 month;"),
            (2, PeriodUnit.YEAR, "2 years;"),
            (1, PeriodUnit.HOUR, "1 hour;"),
        ],
    )
    def test_of_a_limit_agrees_with_its_amount(self, amount: int, unit: PeriodUnit, words: str) -> None:
        limit = line(Because.STATUTORY_LIMIT, amount=amount, unit=unit, due=DAY)

        with translation.override("en"):
            assert sentence(limit) == f"Statutory limit: {words} the last day is 1 Dec 2026"

    @pytest.mark.parametrize(
        ("code", "facts", "one", "many"),
        [
            (
                Because.STOP,
                {"first": DAY, "last": DAY, "kind": "", "reason": "x"},
                "1 working day of it is not counted",
                "3 working days of it are not counted",
            ),
            (
                Because.EXTENSION,
                {"day": DAY, "approver": "x", "reason": "y"},
                "extended by 1 working day,",
                "extended by 3 working days,",
            ),
            (
                Because.DELIVERY_DUE,
                {"due": DAY},
                "(1 working day after the decision)",
                "(3 working days after the decision)",
            ),
        ],
    )
    def test_agrees_with_its_days(self, code: Because, facts: dict[str, Fact], one: str, many: str) -> None:
        with translation.override("en"):
            assert one in sentence(line(code, working_days=1, **facts))
            assert many in sentence(line(code, working_days=3, **facts))

    def test_has_one_form_in_chinese(self) -> None:
        limits = [
            line(Because.PROMISED_LIMIT, amount=amount, unit=PeriodUnit.WORKING_DAY, due=DAY)
            for amount in (1, 2)
        ]

        with translation.override("zh-hans"):
            assert [sentence(limit) for limit in limits] == [
                "承诺办结时限 1 个工作日，最后一日为 2026年12月1日",
                "承诺办结时限 2 个工作日，最后一日为 2026年12月1日",
            ]
