"""
Nodes in the data room: a security administrator admits one by its fingerprint, suspends it, and dismisses it.
"""

from datetime import datetime
from typing import Any

import pytest
from django.conf import settings
from django.test import Client as Browser

from tests.factories import identity, trust
from tongban.foundation import clock
from tongban.foundation.crypto import names, sm2
from tongban.foundation.crypto.algorithms import Algorithm
from tongban.foundation.crypto.issuing import make_request
from tongban.resources.exchange.models import Node
from tongban.resources.exchange.rules import trust_lists
from tongban.resources.exchange.services import nodes, nodes_keys
from tongban.resources.exchange.values.nodes import JoinRequest, NodeState
from tongban.support.identity.values import Role

pytestmark = pytest.mark.django_db

ROOM = "/desk/data/nodes/"
COUNTY = "511602000000"


def browser_of(role: Role, *, at: datetime) -> Browser:
    browser = Browser()
    identity.log_in(browser, identity.staff(roles=(role,), at=at), at=at)
    return browser


def text(response: Any) -> str:
    found: str = response.content.decode()
    return found


def ask(*, at: datetime) -> str:
    """
    Have a county ask to join; the fingerprint of its key.
    """
    trust.establish(at=at)
    nodes_keys.ensure_identity(actor=trust.NODE, at=at)
    key = sm2.generate()
    subject = names.name_of(C="CN", CN=COUNTY)
    asked = JoinRequest(
        code=COUNTY,
        parent=settings.TONGBAN_NODE.division_code,
        name="广安区",
        name_en="Guang'an District",
        url="https://county.example",
        request=make_request(subject=subject, algorithm=Algorithm.SM2, point=key.public.point, sign=key.sign),
        at=at,
    )
    nodes.receive_request(data=trust_lists.signed_order(asked, sign=key, code=COUNTY), at=at)
    return trust_lists.fingerprint_of(key.public.point)


def test_an_administrator_admits_a_node_suspends_it_and_lets_it_go() -> None:
    at = clock.now()
    fingerprint, browser = ask(at=at), browser_of(Role.SECURITY_ADMINISTRATOR, at=at)

    shown = text(browser.get(ROOM))
    assert "待批准 1" in shown
    assert fingerprint in shown
    assert "1 个节点等待批准" in text(browser.get("/desk/data/"))
    assert browser.get("/desk/data/nodes.csv").getvalue().decode().count(COUNTY) == 1

    wrong = browser.post(f"{ROOM}{COUNTY}/approve/", {"fingerprint": "1234-5678"})
    assert wrong.status_code == 409
    assert "密钥指纹不一致" in text(wrong)
    assert 'value="1234-5678"' in text(wrong)

    spoken = fingerprint.lower().replace("-", "")
    right = browser.post(f"{ROOM}{COUNTY}/approve/", {"fingerprint": spoken}, follow=True)
    assert "已批准，该节点一分钟内取得证书和信任列表" in text(right)
    assert "批准加入" not in text(right)

    assert "请填写原因" in text(browser.post(f"{ROOM}{COUNTY}/suspend/", {"reason": " "}))
    for deed, fields, state in (
        ("suspend", {"reason": "演练"}, NodeState.SUSPENDED),
        ("resume", {}, NodeState.ACTIVE),
        ("direct", {}, NodeState.ACTIVE),
        ("leave", {"reason": "停用"}, NodeState.LEFT),
    ):
        assert browser.get(f"{ROOM}{COUNTY}/{deed}/").status_code == 200
        assert browser.post(f"{ROOM}{COUNTY}/{deed}/", fields).status_code == 302
        assert Node.objects.get(code=COUNTY).state == state
    assert "没有其他节点" in text(browser.get(f"{ROOM}?state=ACTIVE"))


def test_an_operator_sees_nodes_and_decides_nothing() -> None:
    at = clock.now()
    ask(at=at)
    browser = browser_of(Role.OPERATOR, at=at)

    assert "广安区" in text(browser.get(ROOM))
    assert "批准加入" not in text(browser.get(f"{ROOM}{COUNTY}/"))
    assert browser.get(f"{ROOM}{COUNTY}/approve/").status_code == 404
    assert browser_of(Role.DATA_STEWARD, at=at).get(ROOM).status_code == 403
