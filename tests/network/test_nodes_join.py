"""
A city joins its province by the commands of the tutorial, is approved by its fingerprint, and its entries arrive.

Suspended it is heard no more; resumed it goes on where it was.
"""

from typing import Any

import psycopg
import pytest

from tests.integration.node.running import wait_until
from tests.network.conftest import Joined, Network
from tests.network.places import HOME, PROVINCE, NodeAt
from tests.network.test_shared_seals import beside
from tongban.config.database import address_file

pytestmark = pytest.mark.slow


def asked(node: NodeAt, statement: str) -> list[tuple[Any, ...]]:
    """
    Ask a node's database.
    """
    with psycopg.connect(address_file(node.running.home).read_text().strip()) as database:
        return database.execute(statement).fetchall()


def arrived(province: NodeAt) -> int:
    """
    Return how many entries of the city the province has.
    """
    found = asked(
        province,
        "SELECT position FROM exchange_inbound "
        f"WHERE dataset = 'caselibrary.rating' AND source = '{HOME.code}'",
    )
    return int(found[0][0]) if found else 0


def test_a_city_joins_its_province_and_its_entries_arrive(network: Network, joined: Joined) -> None:
    city, province = network.at(HOME), network.at(PROVINCE)

    assert (joined.asked["parent_code"], joined.asked["state"]) == (PROVINCE.code, "REQUESTED")
    assert joined.after["state"] == "ACTIVE"
    assert [each["issuer"] for each in joined.after["lists"]] == [PROVINCE.code, HOME.code]
    with beside(city, "node_orders") as at_city, beside(province, "node_orders") as at_province:
        assert at_city("publish", key="C-1")["is_written"]
        wait_until(lambda: arrived(province) == 1)

        at_province("suspend", code=HOME.code)
        at_city("publish", key="C-2")
        trouble = "SELECT 1 FROM exchange_position WHERE trouble <> ''"
        wait_until(lambda: asked(city, trouble))
        assert arrived(province) == 1

        at_province("resume", code=HOME.code)
        # It asks each minute, and less often after failures.
        wait_until(lambda: arrived(province) == 2)
