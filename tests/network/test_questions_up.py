"""
统一查询代理: a system of a city asks its own node, which asks the province; each node answers by its own grant, counts
the call, and keeps the evidence of all.
"""

import json
from typing import Any

import httpx
import pytest

from tests.factories.sharing import agency
from tests.network.conftest import Joined, Network
from tests.network.places import HOME, PROVINCE, NodeAt
from tests.network.test_shared_seals import beside

pytestmark = pytest.mark.slow

AT_PROVINCE = {"agency_code": PROVINCE.agency, "division_code": PROVINCE.division}
AT_HOME = {"agency_code": HOME.agency, "division_code": HOME.division}


def token_of(node: NodeAt) -> str:
    """
    Let a system of the city's agency call data services; its token.
    """
    place = ["--agency", HOME.agency, "--division", HOME.division]
    made = node.running.tongban(
        "create-client", "hr-system", "--name", "人社业务系统", "--scope", "data:call", *place, "--json"
    )
    assert made.returncode == 0, made.stderr
    secret = json.loads(made.stdout)["client_secret"]
    body = {
        "grant_type": "client_credentials",
        "client_id": "hr-system",
        "client_secret": secret,
        "scope": "",
    }
    answer = httpx.post(f"{node.url}/api/v1/tokens", json=body, timeout=60)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


def ask(node: NodeAt, token: str, **body: Any) -> httpx.Response:
    body = {"question": {"id_number": "511602199001010015"}, "case_number": "511602-1", **body}
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.post(f"{node.url}/gateway/v1/births", json=body, headers=headers, timeout=120)


def test_a_city_asks_its_province_in_its_systems_stead(network: Network, joined: Joined) -> None:
    home, province = network.at(HOME), network.at(PROVINCE)
    token = token_of(home)
    with (
        agency() as source,
        beside(province, "question_orders") as above,
        beside(home, "question_orders") as below,
    ):
        above("offer", code="births-of-all", url=source.url, **AT_PROVINCE)
        above("open_to", node=HOME.code, code="births-of-all", **AT_PROVINCE)
        below("offer", code="births", service="births-of-all", **AT_HOME)
        too_soon = ask(home, token)
        below("grant", **AT_HOME)

        answer = ask(home, token, fields=["name"])
        too_much = ask(home, token, fields=["place"])
        again = ask(home, token)
        exhausted = ask(home, token)
        name = answer.headers["X-Request-Id"]
        kept_below, kept_above = below("evidence", request_id=name), above("evidence", request_id=name)

    assert (too_soon.status_code, too_soon.json()["code"]) == (403, "data_not_granted")
    assert answer.status_code == 200, answer.text
    assert answer.json()["rows"] == [{"name": "王小明"}, {"name": "李小红"}]
    assert (too_much.status_code, too_much.json()["code"]) == (403, "data_fields_not_granted")
    assert again.status_code == 200, again.text
    assert again.json()["rows"][0] == {"name": "王小明", "born": "2020-01-02"}
    assert (exhausted.status_code, exhausted.json()["code"]) == (429, "data_quota_exhausted")
    assert kept_below == {"results": ["ok"], "nodes": [PROVINCE.code, HOME.code]}
    assert kept_above == {"results": ["ok"], "nodes": [PROVINCE.code]}
    # What the province's source was asked: the question, and nothing of who asks below.
    assert source.asked[0][1] == {"id_number": "511602199001010015"}
    assert len(source.asked) == 2
