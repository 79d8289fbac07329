"""
Console for other systems: system administrators let them in, rotate their secrets and end them.
"""

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client as Browser

from tests.factories.identity import AGENCY
from tests.integration.portal.desk.test_account_pages import area, security, system, text_of
from tongban.foundation import clock
from tongban.support.identity import services
from tongban.support.identity.models import Client
from tongban.support.identity.services import ClientRefused

pytestmark = pytest.mark.django_db

__all__ = ["area"]

FORM = {
    "client_id": "health-bureau",
    "name": "卫健局业务系统",
    "agency": AGENCY,
    "division": "",
    "scopes": ["cases:read", "handling:write"],
    "networks": "10.1.0.0/16\n192.0.2.7",
    "days": "365",
}


def secret_of(response: Any) -> str:
    found = re.search(r"data-client-secret>([^<]+)<", response.content.decode())
    assert found is not None
    return unescape(found.group(1))


def opens(secret: str, *, address: str = "10.1.2.3") -> bool:
    try:
        services.issue_client_token(
            client_id="health-bureau", client_secret=secret, scopes=(), address=address, at=clock.now()
        )
    except ClientRefused:
        return False
    return True


@pytest.fixture
def browser() -> Browser:
    return system()


@pytest.fixture
def secret(browser: Browser) -> str:
    return secret_of(browser.post("/desk/clients/new/", FORM))


class TestList:
    def test_is_for_system_administrators(self) -> None:
        browser = security()

        assert browser.get("/desk/clients/").status_code == 403
        assert browser.get("/desk/clients/new/").status_code == 403
        assert browser.post("/desk/clients/new/", FORM).status_code == 403
        assert not Client.objects.exists()

    def test_says_when_there_is_none(self, browser: Browser) -> None:
        assert "还没有接入的系统" in text_of(browser.get("/desk/clients/"))

    def test_shows_what_was_let_in_and_never_the_secret(self, browser: Browser, secret: str) -> None:
        page = text_of(browser.get("/desk/clients/"))

        assert "卫健局业务系统" in page
        assert "广安区卫生健康局" in page
        assert secret not in page


class TestLetIn:
    def test_gives_a_secret_once_that_opens_from_its_own_addresses(self, secret: str) -> None:
        kept = Client.objects.get()

        assert opens(secret)
        assert not opens(secret, address="203.0.113.9")
        assert (kept.scopes, kept.networks) == (
            ["cases:read", "handling:write"],
            ["10.1.0.0/16", "192.0.2.7/32"],
        )

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("client_id", "a:b"),
            ("name", ""),
            ("agency", ""),
            ("agency", "nowhere"),
            ("division", "12"),
            ("scopes", ["everything"]),
            ("networks", "everywhere"),
            ("days", "0"),
            ("days", "-1"),
            ("days", "９"),
        ],
    )
    def test_keeps_what_was_typed_when_something_is_wrong(
        self, browser: Browser, field: str, value: Any
    ) -> None:
        response = browser.post("/desk/clients/new/", {**FORM, field: value})

        assert response.status_code == 422
        assert not Client.objects.exists()


class TestOne:
    def test_gets_a_new_secret_beside_the_old_one(self, browser: Browser, secret: str) -> None:
        fresh = secret_of(browser.post("/desk/clients/health-bureau/", {"act": "rotate", "overlap": "24"}))

        assert fresh != secret
        assert opens(fresh)
        assert opens(secret)

    def test_gets_a_new_secret_instead_of_the_old_one(self, browser: Browser, secret: str) -> None:
        fresh = secret_of(browser.post("/desk/clients/health-bureau/", {"act": "rotate", "overlap": "0"}))

        assert opens(fresh)
        assert not opens(secret)

    def test_is_let_in_from_elsewhere(self, browser: Browser, secret: str) -> None:
        browser.post("/desk/clients/health-bureau/", {"act": "restrict", "networks": "203.0.113.0/24"})

        assert opens(secret, address="203.0.113.9")
        assert not opens(secret)

    def test_is_ended(self, browser: Browser, secret: str) -> None:
        browser.post("/desk/clients/health-bureau/", {"act": "revoke"})

        assert not opens(secret)
        page = text_of(browser.get("/desk/clients/health-bureau/"))
        assert "已停用" in page
        assert "更换密钥" not in page

    @pytest.mark.parametrize(
        ("form", "status"),
        [({"act": "rotate", "overlap": "1000"}, 422), ({"act": "restrict", "networks": "x"}, 422), ({}, 404)],
    )
    def test_stays_as_it_is_when_something_is_wrong(
        self, browser: Browser, secret: str, form: dict[str, str], status: int
    ) -> None:
        assert browser.post("/desk/clients/health-bureau/", form).status_code == status
        assert opens(secret)

    def test_is_nothing_where_there_is_none(self, browser: Browser) -> None:
        assert browser.get("/desk/clients/nobody/").status_code == 404


def test_strangers_are_sent_to_the_door() -> None:
    assert Browser().get("/desk/clients/").status_code in {302, 401}
