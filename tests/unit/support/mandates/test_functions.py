"""
What a mandate can hold and what is asked of it, kept together: no page may promise a right that nothing uses.
"""

import re
from pathlib import Path

import pytest

import tongban
from tongban.foundation.actors import MandateFunction
from tongban.support.mandates.values import NOT_USED_YET

SOURCE = Path(tongban.__file__).parent
ASKED = re.compile(r"function=MandateFunction\.([A-Z]+)|MandateFunction\.([A-Z]+) in principal\.functions")


def asked() -> set[str]:
    """
    Return the functions that some rule of permission asks a mandate for.
    """
    texts = (path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py"))
    return {name for text in texts for pair in ASKED.findall(text) for name in pair if name}


class TestNotUsedYet:
    @pytest.mark.parametrize("function", MandateFunction)
    def test_names_exactly_what_no_rule_asks_for(self, function: MandateFunction) -> None:
        assert (function in NOT_USED_YET) is (function.value not in asked())
