"""
How badly a simulated party behaves, and chance.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

_CHANCE = random.Random(20161220)  # noqa: S311


@dataclass
class Dials:
    """
    What every party can be made to do; some can do worse. Shares are 0 … 1: the part of requests it happens to.
    """

    slow_seconds: float = 0.0
    """Every answer comes so much later."""
    down: float = 0.0
    """Answers 503 and does nothing."""
    wrong: float = 0.0
    """Answers 200 with a page of HTML; what was asked is done all the same, as with a broken proxy between."""

    def turn(self, values: Mapping[str, Any]) -> None:
        """
        Set some of the dials.

        :raises ValueError: no such dial, or not a number of its range; none is turned then
        """
        known = {dial.name for dial in fields(self)}
        for name, value in values.items():
            if name not in known or isinstance(value, bool) or not isinstance(value, int | float):
                raise ValueError(f"no dial {name}={value!r}")
            if value < 0 or (name != "slow_seconds" and value > 1):
                raise ValueError(f"{name}={value!r} is out of range")
        for name, value in values.items():
            setattr(self, name, float(value))


@dataclass
class TellingDials(Dials):
    """
    Dials of a party that tells something, rather than doing it.
    """

    disagree: float = 0.0
    """What it tells is not so: no for yes, somebody else, another key."""


def happens(share: float) -> bool:
    """
    Whether something of this share happens now.
    """
    return share > 0 and _CHANCE.random() < share
