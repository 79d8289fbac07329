"""
Where a node's doors lead whose people's accounts another one keeps (统分, 统建), also while that one is away.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client as Browser

from tests.factories import identity as make
from tests.integration.support.federation.test_client import CODE, NUMBER, Elsewhere, come_back, elsewhere
from tongban.foundation import clock
from tongban.support.federation import ports
from tongban.support.federation.adapters import openid
from tongban.support.federation.models import Link
from tongban.support.federation.values import Mode
from tongban.support.identity.models import Account
from tongban.support.identity.values import AssuranceLevel

__all__ = ["elsewhere"]

SILENT = "http://127.0.0.1:9"


@pytest.fixture
def kept_there(elsewhere: Elsewhere) -> Iterator[Any]:
    """
    Let the accounts of this node's people be kept elsewhere, in a mode and at an address of the test's choice.
    """
    before = ports.topology()

    def set_up(mode: Mode, *, url: str = "") -> None:
        home = replace(before.providers[0], url=url or elsewhere.url)
        ports.trust_by(ports.FixedTrust(replace(before, mode=mode, accounts_at=home.code, providers=(home,))))
        openid.forget()

    yield set_up
    ports.trust_by(ports.FixedTrust(before))


def follow(browser: Browser, answer: Any) -> Any:
    """
    Go where the node leads within itself.
    """
    for _hop in range(5):
        if answer.status_code not in {302, 303} or answer["Location"].startswith("http"):
            return answer
        answer = browser.get(answer["Location"])
    raise AssertionError(answer["Location"])


class TestMixed:
    def test_login_and_registration_lead_to_the_home_node(
        self, elsewhere: Elsewhere, kept_there: Any
    ) -> None:
        kept_there(Mode.MIXED)

        for door in ("/my/login/?next=/my/cases/", "/my/register/", "/my/reset/"):
            led = follow(Browser(), Browser().get(door))

            assert led["Location"].startswith(f"{elsewhere.url}/authorize?")

    def test_says_so_while_the_home_node_is_away_and_keeps_who_is_inside(
        self, elsewhere: Elsewhere, kept_there: Any
    ) -> None:
        browser = Browser()
        make.log_in(browser, make.citizen(at=clock.now()), at=clock.now())
        kept_there(Mode.MIXED, url=SILENT)

        page = follow(Browser(), Browser().get("/my/login/"))

        text = page.content.decode()
        assert page.status_code == 502
        assert "“成都市”暂时没有回应" in text
        assert "您的账号由“成都市”保管，在它恢复以前不能登录" in text
        assert "用本地账号登录" not in text
        assert browser.get("/my/cases/").status_code == 200

    def test_who_had_an_account_here_before_says_once_that_it_is_he(
        self, elsewhere: Elsewhere, kept_there: Any
    ) -> None:
        person = make.citizen(name="王五", number=NUMBER, level=AssuranceLevel.DATA_CHECK, at=clock.now())
        kept_there(Mode.MIXED)
        browser = Browser()

        asked = come_back(browser, elsewhere)
        page = follow(browser, asked)
        login = Account.objects.get(id=person.id).login_name
        typed = {"login": login, "password": make.PASSWORD, "next": "/sso/confirm/", "as": "person"}
        confirmed = follow(browser, browser.post("/my/login/", typed))

        assert page.status_code == 200
        assert 'name="password"' in page.content.decode()
        assert "已关联" in confirmed.content.decode()
        assert Link.objects.get().provider == CODE


class TestUnified:
    def test_every_room_leads_to_the_home_node(self, elsewhere: Elsewhere, kept_there: Any) -> None:
        kept_there(Mode.UNIFIED)

        led = follow(Browser(), Browser().get("/my/cases/?page=2"))

        assert led["Location"] == f"{elsewhere.url}/my/cases/?page=2"

    def test_says_so_while_the_home_node_is_away(self, elsewhere: Elsewhere, kept_there: Any) -> None:
        kept_there(Mode.UNIFIED, url=SILENT)

        page = follow(Browser(), Browser().get("/my/cases/"))

        text = page.content.decode()
        assert page.status_code == 502
        assert "“成都市”暂时没有回应" in text
        assert 'href="/sso/home/?next=%2Fmy%2Fcases%2F"' in text
        assert Browser().get("/").status_code == 200

    @pytest.mark.parametrize("page", ["", "https://evil.example/", "//evil.example/", "@evil.example"])
    def test_leads_nowhere_else(self, elsewhere: Elsewhere, kept_there: Any, page: str) -> None:
        kept_there(Mode.UNIFIED)

        assert Browser().get("/sso/home/", {"next": page}).status_code == 404

    def test_is_not_asked_of_a_node_that_keeps_its_own_accounts(self, elsewhere: Elsewhere) -> None:
        assert Browser().get("/sso/home/?next=/my/").status_code == 404
