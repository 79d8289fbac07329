"""
An administrator sets a second factor up, comes back with it, comes back with a security key, and logs a clerk out.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

from tests.journeys.conftest import DESK, Visitor

pytestmark = pytest.mark.browser

PASSWORD = "Tongban-2026"
ADMINISTRATOR = "security.admin"
CLERK = "hall.clerk2"
KEY = {
    "protocol": "ctap2",
    "transport": "usb",
    "hasResidentKey": False,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
"""A virtual authenticator of Chromium."""

Visit = Callable[..., Visitor]


def at_the_node(visit: Visit) -> Visitor:
    """
    Come by the address that the node calls its own: security keys sign for that host only.
    """
    visitor = visit(DESK)
    visitor.node = replace(visitor.node, url=f"http://localhost:{urlsplit(visitor.node.url).port}")
    return visitor


def give_password(visitor: Visitor, login: str) -> None:
    visitor.open("/my/login/?as=staff")
    visitor.page.fill("#f-login", login)
    visitor.page.fill("#f-password", PASSWORD)
    visitor.page.keyboard.press("Enter")


def log_out(visitor: Visitor) -> None:
    visitor.open("/my/account/")
    visitor.page.get_by_role("button", name="退出登录").click()
    visitor.page.wait_for_url("**/my/login/")


def code_of(secret: str, *, steps_later: int = 0) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps_later)))


def look(visitor: Visitor, name: str) -> None:
    """
    Keep a picture, and find nothing wrong with the page.
    """
    visitor.keep(name)
    assert visitor.violations() == []
    assert visitor.missing_icons() == []


def set_up_app(visitor: Visitor) -> str:
    """
    Set an authenticator app up and return its secret.
    """
    page = visitor.page
    visitor.open("/my/account/factors/add/")
    secret = page.locator("[data-secret]").inner_text().replace(" ", "")
    look(visitor, "factor-add")
    page.fill("#f-code", code_of(secret))
    page.fill("#f-password", PASSWORD)
    page.get_by_role("button", name="启用认证器应用").click()
    page.get_by_role("heading", name="第二重认证已设置").wait_for()
    assert page.locator(".tb-codes li").count() == 10
    look(visitor, "factor-codes")
    return secret


def set_up_key(visitor: Visitor) -> None:
    """
    Plug a security key in and register it.
    """
    page = visitor.page
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})
    visitor.open("/my/account/factors/add/")
    page.fill("#f-name", "蓝色钥匙")
    page.fill("#f-key_password", PASSWORD)
    page.get_by_role("button", name="登记安全密钥").click()
    page.wait_for_url("**/my/account/factors/")
    page.get_by_text("蓝色钥匙").first.wait_for()
    look(visitor, "factor-list")


def log_somebody_out(visitor: Visitor, login: str) -> None:
    """
    End every session of somebody else, from the list of accounts.
    """
    page = visitor.page
    visitor.open(f"/desk/accounts/?q={login}")
    look(visitor, "account-list")
    page.get_by_role("link", name=login).click()
    page.get_by_role("link", name="强制下线").wait_for()
    look(visitor, "account-show")
    page.get_by_role("link", name="强制下线").click()
    page.fill("#f-reason", "演示：可疑登录")
    look(visitor, "account-act")
    page.get_by_role("button", name="强制下线").click()
    page.get_by_text("已强制下线").first.wait_for()


class TestAdministrator:
    def test_logs_in_with_a_second_factor_and_logs_somebody_else_out(self, visit: Visit) -> None:
        visitor, clerk = at_the_node(visit), at_the_node(visit)
        page = visitor.page
        give_password(clerk, CLERK)
        clerk.page.wait_for_url("**/desk/")

        give_password(visitor, ADMINISTRATOR)
        page.wait_for_url("**/desk/accounts/")
        secret = set_up_app(visitor)
        log_out(visitor)
        give_password(visitor, ADMINISTRATOR)
        page.wait_for_url("**/my/login/factor/")
        look(visitor, "login-factor")
        page.fill("#f-code", "000000")
        page.get_by_role("button", name="继续").click()
        page.get_by_text("验证没有通过").first.wait_for()
        page.fill("#f-code", code_of(secret, steps_later=1))
        page.get_by_role("button", name="继续").click()
        page.wait_for_url("**/desk/accounts/")

        set_up_key(visitor)
        log_out(visitor)
        give_password(visitor, ADMINISTRATOR)
        page.wait_for_url("**/my/login/factor/")
        page.get_by_role("button", name="使用安全密钥").click()
        page.wait_for_url("**/desk/accounts/")
        log_somebody_out(visitor, CLERK)
        clerk.open("/desk/cases/")

        assert "/my/login/" in clerk.page.url or clerk.page.get_by_text("请先登录").count()
        assert visitor.complaints == []
