"""
Queries that are numbers.
"""

import pytest

from tongban.support.search.rules import codes
from tongban.support.search.values import CodeHint, HintKind

CASE_NUMBER = "12441500196720244T3442199806003" + "20220623" + "0068"
LICENCE = "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U"


class TestHint:
    @pytest.mark.parametrize(
        ("typed", "kind", "value"),
        [
            (CASE_NUMBER.lower(), HintKind.CASE_NUMBER, CASE_NUMBER),
            (
                CASE_NUMBER[:31] + "20220623" + "10068",
                HintKind.CASE_NUMBER,
                CASE_NUMBER[:31] + "2022062310068",
            ),
            ("7k2m-84xq", HintKind.QUERY_CODE, "7K2M-84XQ"),
            ("7k2m 84xq", HintKind.QUERY_CODE, "7K2M-84XQ"),
            (LICENCE.lower(), HintKind.LICENCE_IDENTIFIER, LICENCE),
            ("511a62001005", HintKind.ITEM_CODE, "511A62001005"),
            (
                "511z07001006-511602000000-000-11511301008778183n-1-00",
                HintKind.ITEM_CODE,
                "511Z07001006-511602000000-000-11511301008778183N-1-00",
            ),
        ],
    )
    def test_names(self, typed: str, kind: HintKind, value: str) -> None:
        assert codes.hint(typed) == CodeHint(kind=kind, value=value)

    @pytest.mark.parametrize(
        "typed", ["", "身份证", "ktv", "asdfghjk", "80周岁", "1234567", "business license"]
    )
    def test_is_none_for(self, typed: str) -> None:
        assert codes.hint(typed) is None
