"""
Division codes: prefix and level.
"""

import pytest

from tongban.foundation.codes import subtree_prefix
from tongban.resources.registers.values import DivisionLevel, level_of


class TestSubtreePrefix:
    @pytest.mark.parametrize(
        ("code", "prefix", "level"),
        [
            ("000000000000", "", DivisionLevel.NATION),
            ("510000000000", "51", DivisionLevel.PROVINCE),
            ("511600000000", "5116", DivisionLevel.CITY),
            ("511602000000", "511602", DivisionLevel.COUNTY),
            ("511602001000", "511602001", DivisionLevel.TOWNSHIP),
            ("511602001005", "511602001005", DivisionLevel.VILLAGE),
            ("371302001000", "371302001", DivisionLevel.TOWNSHIP),
            ("500101000000", "500101", DivisionLevel.COUNTY),
            ("500100000000", "5001", DivisionLevel.CITY),
        ],
    )
    def test_is_what_all_divisions_inside_share(self, code: str, prefix: str, level: DivisionLevel) -> None:
        assert subtree_prefix(code) == prefix
        assert level_of(code) == level

    def test_takes_six_digits_too(self) -> None:
        assert subtree_prefix("511602") == "511602"
