"""
A city issues a licence: its province, which it has joined, knows it and tells anybody, and a checker in another city,
which knows the province only, checks the code that its holder shows.
"""

from typing import Any

import httpx
import psycopg
import pytest

from tests.factories import identity as make
from tests.integration.node.running import wait_until
from tests.network.conftest import Joined, Network
from tests.network.places import AWAY, HOME, PROVINCE, NodeAt, Person
from tests.network.test_shared_seals import beside
from tongban.config.database import address_file

pytestmark = pytest.mark.slow

AGENCY = {"agency_code": HOME.agency, "division_code": HOME.division}


def verified(node: NodeAt, identifier: str) -> dict[str, Any]:
    answer = httpx.get(f"{node.url}/api/v1/verifications/licences/{identifier}", timeout=60)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def checked(node: NodeAt, code: str, check_id: str) -> dict[str, Any]:
    body = {"code": code, "check_id": check_id, "checker": "某酒店前台"}
    answer = httpx.post(f"{node.url}/api/v1/verifications/codes", json=body, timeout=60)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def indexed(node: NodeAt) -> list[tuple[str, str, str]]:
    with psycopg.connect(address_file(node.running.home).read_text().strip()) as database:
        return database.execute("SELECT source, identifier, status FROM licences_peerlicence").fetchall()


def test_a_licence_of_one_city_is_known_in_its_province_and_checked_in_another_city(
    network: Network, joined: Joined
) -> None:
    network.set_up_below(PROVINCE)
    home, away, province = network.at(HOME), network.at(AWAY), network.at(PROVINCE)
    visitor = Person(id_number=make.id_number(sequence=40, division="511602"), name="张测试", mobile="")
    with beside(home, "licence_orders") as at_home:
        identifier = at_home("issue", **AGENCY)["identifier"]
        wait_until(lambda: indexed(province))
        known = indexed(province)
        code = at_home("show", identifier=identifier)["code"]

        visitor.open(f"{province.url}/verify/")
        page = visitor.send("/verify/", number=identifier)
        elsewhere = verified(away, identifier)
        first, again = checked(away, code, "c-1"), checked(away, code, "c-1")
        another = checked(home, code, "c-2")
        at_home("revoke", identifier=identifier, **AGENCY)
        at_once = verified(province, identifier)
        revoked = [(HOME.code, identifier, "REVOKED")]
        wait_until(lambda: indexed(province) == revoked)
        keys = httpx.get(f"{away.url}/.well-known/tongban-presentation-keys.json").json()["keys"]

    assert known == [(HOME.code, identifier, "VALID")]
    assert "证照真实有效" in page
    assert "由广安市的平台签发" in page
    assert (elsewhere["verdict"], elsewhere["source"]["code"], elsewhere["as_of"]) == (
        "VALID",
        HOME.code,
        None,
    )
    assert (first["verdict"], first["status"], first["source_name"]) == ("GENUINE", "VALID", HOME.name)
    assert first == again
    assert another["verdict"] == "USED"
    # Told by the city itself, before the exchange has brought it.
    assert at_once["verdict"] == "REVOKED"
    assert {HOME.name, PROVINCE.name} <= {key.get("iss") for key in keys}
