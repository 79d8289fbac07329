"""
异地可办 over whole nodes: a counter of one city takes in for another that it does not know but through their province;
one case, one clock, the licence's document at the counter, and the result handed over there.
"""

from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.node.running import wait_until
from tests.network.conftest import Joined, Network, join, told
from tests.network.places import AWAY, HOME, PROVINCE
from tests.network.test_shared_seals import beside

pytestmark = pytest.mark.slow

PATIENCE_SECONDS = 180


def until(look: Callable[[], dict[str, Any]], is_so: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """
    Look until something is so; return what was seen then.
    """
    kept: dict[str, Any] = {}

    def check() -> bool:
        kept.clear()
        kept.update(look())
        return is_so(kept)

    wait_until(check, seconds=PATIENCE_SECONDS)
    return kept


def test_a_counter_takes_in_for_a_city_behind_the_province(network: Network, joined: Joined) -> None:
    join(network.at(AWAY), network.at(PROVINCE))
    with (
        beside(network.at(HOME), "crossregion_orders") as deciding,
        beside(network.at(AWAY), "crossregion_orders") as counter,
    ):
        deciding("offer")
        place = {"division_code": AWAY.code}
        until(lambda: counter("nodes", **place), lambda known: HOME.code in known["codes"])
        asked = counter("ask", node=HOME.code, **place)
        intake = counter("hand_in", node=HOME.code, **place)

        def seen() -> dict[str, Any]:
            return counter("seen", intake=intake["intake"], **place)

        taken = until(seen, lambda told: bool(told["case"]))
        there = deciding("case", number=taken["case"])
        deciding("decided", number=taken["case"])
        made = until(
            lambda: deciding("case", number=taken["case"]),
            lambda case: len(list(filter(None, case["documents"]))) == 2,
        )
        ready = until(
            seen, lambda told: told["wants_delivery"] and set(made["documents"]) <= set(told["files"])
        )
        counter("hand_over", intake=intake["intake"], **place)
        ended = until(seen, lambda told: told["state"] == "ENDED")
        closed = deciding("case", number=taken["case"])
    told(network.at(AWAY), "leave", "--reason", "演练结束")

    assert asked == {"offerings": ["hygiene-for-all"], "materials": 2}
    # One clock: it runs from the counter's receipt, and both see the same day.
    assert there["submitted_at"] == intake["at"]
    assert taken["due"] == there["due"] != ""
    assert len(ready["licences"]) == 1
    assert (ended["status"], closed["status"]) == ("CLOSED", "CLOSED")
