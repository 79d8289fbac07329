"""
A steward publishes a service of his agency's data, another agency applies and gets it, the quota runs out, it ends.
"""

import json
import secrets
import urllib.request
from collections.abc import Callable
from datetime import timedelta
from urllib.error import HTTPError

import psycopg
import pytest

from tests.journeys.conftest import DESK, PHONE, Node, Visitor
from tongban.foundation import crypto
from tongban.foundation.clock import civil_date, now

pytestmark = pytest.mark.browser

PASSWORD = "Tongban-2026"
SYSTEM = "hr-demo"
ROOM = "/desk/data/"
SERVICE = f"{ROOM}services/at/marriage-journey/"
GATEWAY = "/gateway/v1/marriage-journey"
QUESTION = {"question": {"id_number": "511602199003079111"}}

Visit = Callable[..., Visitor]


@pytest.fixture
def token(node: Node) -> str:
    """
    Give the system of the applicant's agency a secret that is known here, and return a token of it.
    """
    secret = secrets.token_urlsafe(32)
    with psycopg.connect(node.database) as database:
        database.execute(
            "UPDATE identity_client SET secret_digest = %s WHERE client_id = %s",
            [crypto.sm3(secret.encode()), SYSTEM],
        )
    form = f"grant_type=client_credentials&client_id={SYSTEM}&client_secret={secret}"
    with urllib.request.urlopen(node.at("/api/v1/tokens"), form.encode()) as answer:
        found: str = json.load(answer)["access_token"]
    return found


@pytest.fixture
def dataset(node: Node) -> str:
    """
    Return the code of a dataset that the steward's agency has published.
    """
    with psycopg.connect(node.database) as database:
        row = database.execute(
            "SELECT dataset_code FROM sharing_dataservice WHERE code = 'demo-marriage'"
        ).fetchone()
    assert row is not None
    return str(row[0])


def staff(visit: Visit, login: str, size: dict[str, int] = DESK) -> Visitor:
    visitor = visit(size)
    visitor.open("/my/login/?as=staff")
    visitor.page.fill("#f-login", login)
    visitor.page.fill("#f-password", PASSWORD)
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url("**/desk/**")
    return visitor


def press(visitor: Visitor, name: str) -> str:
    """
    Press a button of the page's own part and return what the page that follows says.
    """
    visitor.page.get_by_role("main").get_by_role("button", name=name).first.click()
    visitor.page.wait_for_load_state("networkidle")
    return visitor.page.inner_text("main")


def called(node: Node, token: str) -> str:
    """
    Return what the gateway gave, or the code of its refusal.
    """
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(node.at(GATEWAY), json.dumps(QUESTION).encode(), headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return str(answer.read().decode())
    except HTTPError as refused:
        return str(json.load(refused)["code"])


class TestSharing:
    def test_a_steward_publishes_another_agency_uses_it_until_it_ends(
        self, visit: Visit, node: Node, token: str, dataset: str
    ) -> None:
        steward, user = staff(visit, "data.steward"), staff(visit, "data.user", PHONE)
        reviewer = staff(visit, "data.reviewer")

        steward.open(f"{ROOM}services/new/")
        steward.page.select_option("#f-dataset_code", dataset)
        fields = {"code": "marriage-journey", "title": "婚姻状况核实"}
        made = {"parameters": "id_number 身份证号码", "register": "POPULATION", "key": "id_number"}
        for name, text in (fields | made).items():
            steward.page.fill(f"#f-{name}", text)
        steward.page.check("input[name=kind][value=QUERY]")
        assert "已登记" in press(steward, "保存")
        reviewer.open(SERVICE)
        assert "提供方可以发布" in press(reviewer, "核验通过")
        steward.open(SERVICE)
        assert "其他机构可以申请使用" in press(steward, "发布")

        user.open(SERVICE)
        user.page.get_by_role("link", name="申请使用").click()
        until = civil_date(now() + timedelta(days=90)).isoformat()
        wish = {"purpose": "核定生育保险待遇", "legal_basis": "社会保险法第五十四条", "daily_quota": "2"}
        contact = {"until": until, "contact_name": "姚用数", "contact_phone": "0000-1234567"}
        user.page.select_option("#f-client_id", SYSTEM)
        for name, text in (wish | contact).items():
            user.page.fill(f"#f-{name}", text)
        user.page.get_by_label("婚姻状况").check()
        assert user.violations() == []
        assert "等待合规审核" in press(user, "提交用数申请")
        here = user.page.url.removeprefix(node.url)
        reviewer.open(here)
        assert "答复期限从今天起算" in press(reviewer, "审核通过")
        steward.open(here)
        assert steward.violations() == []
        assert "现在可以调用" in press(steward, "授权")

        answers = [called(node, token) for _turn in range(3)]
        assert answers == ['{"rows":[{"marital_status":"未婚"}]}'] * 2 + ["data_quota_exhausted"]
        user.open(here)
        user.page.get_by_role("link", name="查看授权").click()
        assert "今日次数已用完" in user.page.inner_text("main")
        assert user.overflow() <= 0
        steward.open(f"{ROOM}services/figures/?service=marriage-journey")
        assert steward.violations() == []
        assert [steward.missing_icons(), user.missing_icons()] == [[], []]

        with psycopg.connect(node.database) as database:
            database.execute(
                "UPDATE sharing_grant SET expires_at = now() - interval '1 minute' WHERE client_id = %s",
                [SYSTEM],
            )
        assert called(node, token) == "data_grant_expired"
        user.page.reload()
        assert "已到期" in user.page.inner_text("main")
