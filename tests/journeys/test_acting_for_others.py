"""
One log-in, another's name: the agent of a company applies for it, a relative applies for an elder.
"""

import re
from collections.abc import Callable

import pytest

from tests.journeys.conftest import DESK, NARROW, PHONE, Visitor

pytestmark = pytest.mark.browser

PASSWORD = "Tongban-2026"
AGENT = "511602200309039468"
RELATIVE = "511602200111309442"
COMPANY = "广安演示建筑有限公司"
ELDER = "刘*寿"
PERMIT = "511A0188100003-511602000000-000-115113016823646795-1-00"
ALLOWANCE = "512B0003600037-511602000000-000-11511301008778298W-1-00"

Visit = Callable[..., Visitor]


def log_in(visitor: Visitor, login: str) -> None:
    visitor.open("/my/login/")
    visitor.page.fill("#f-login", login)
    visitor.page.fill("#f-password", PASSWORD)
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url("**/my/")


def switch_to(visitor: Visitor, name: str) -> None:
    visitor.open("/my/acting/")
    row = visitor.page.locator("#choices li", has_text=name)
    row.get_by_role("button").click()
    visitor.page.wait_for_url("**/my/")
    visitor.page.locator(".tb-acting--other", has_text=name).wait_for()


def is_sound(visitor: Visitor, name: str) -> None:
    visitor.keep(name)
    assert visitor.violations() == []
    assert visitor.overflow() <= 0
    assert visitor.missing_icons() == []
    assert visitor.complaints == []


class TestAgentOfACompany:
    def test_begins_in_the_companys_name_with_what_is_known_of_it(self, visit: Visit) -> None:
        visitor = visit(DESK)
        log_in(visitor, AGENT)
        is_sound(visitor, "acting-home-oneself-desk")
        switch_to(visitor, COMPANY)
        is_sound(visitor, "acting-home-company-desk")

        visitor.open(f"/apply/{PERMIT}/")
        visitor.page.locator("main form button[type=submit]").first.click()
        visitor.page.wait_for_url(re.compile(r"/apply/drafts/|/apply/.+/(situation|form)/"))

        assert COMPANY in visitor.page.locator(".tb-acting").inner_text()
        visitor.open("/my/")
        assert "还没有提交" in visitor.page.inner_text("main")
        visitor.open("/my/acting/")
        visitor.page.get_by_role("button", name="以本人身份办理").click()
        visitor.page.wait_for_url("**/my/")
        assert visitor.page.locator(".tb-acting--other").count() == 0
        assert "还没有提交" not in visitor.page.inner_text("main")

    def test_sees_the_company_and_its_pages_on_a_narrow_phone(self, visit: Visit) -> None:
        visitor = visit(NARROW)
        log_in(visitor, AGENT)

        for path, name in (
            ("/my/acting/", "acting-choices-phone"),
            ("/my/entities/", "entities-phone"),
            ("/my/mandates/", "mandates-phone"),
            ("/my/entities/register/", "entity-register-phone"),
        ):
            assert visitor.open(path) == 200
            is_sound(visitor, name)


class TestRelativeOfAnElder:
    def test_sends_nothing_in_the_wrong_name(self, visit: Visit) -> None:
        visitor = visit(PHONE)
        log_in(visitor, RELATIVE)
        switch_to(visitor, ELDER)
        visitor.open(f"/apply/{ALLOWANCE}/")
        other = visitor.page.context.new_page()
        other.goto(visitor.node.at("/my/acting/"))
        other.get_by_role("button", name="以本人身份办理").click()
        other.wait_for_url("**/my/")

        visitor.page.locator("main form button[type=submit]").first.click()
        visitor.page.get_by_role("heading", name="办理身份已切换，这一步没有办理").wait_for()
        visitor.keep("acting-changed-phone")
        visitor.page.get_by_role("button", name=re.compile("切换回")).click()

        visitor.page.locator(".tb-acting--other", has_text=ELDER).wait_for()
        assert "/apply/" in visitor.page.url
