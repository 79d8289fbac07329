"""
Console for systems that people log in to with their accounts here: let in, change the key, suspend, let in again.
"""

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client as Browser

from tests.factories import identity as make
from tests.integration.portal.desk.test_account_pages import area, security, system, text_of
from tests.integration.support.federation.test_tickets import Hall
from tongban.foundation import clock
from tongban.support.federation.models import RelyingParty, TicketApplication
from tongban.support.federation.services.parties import digest_of_secret
from tongban.support.identity.values import AssuranceLevel

pytestmark = pytest.mark.django_db

__all__ = ["area"]

PARTY = {
    "client_id": "shop",
    "name": "示例商城",
    "redirect_uris": "https://shop.example/callback\nhttps://shop.example/app",
    "scopes": ["profile", "phone"],
    "account_kinds": ["PERSON"],
    "backchannel_logout_uri": "https://shop.example/logout",
    "post_logout_redirect_uris": "https://shop.example/bye",
    "sector": "",
}
HALL = {
    "appmark": "hall",
    "name": "办事大厅",
    "goto_urls": "https://hall.example/enter",
    "user_types": ["1", "2"],
    "logout_url": "",
}


def secret_of(response: Any) -> str:
    found = re.search(r"data-client-secret>([^<]+)<", response.content.decode())
    assert found is not None
    return unescape(found.group(1))


@pytest.fixture
def browser() -> Browser:
    return system()


@pytest.fixture
def secret(browser: Browser) -> str:
    return secret_of(browser.post("/desk/logins/openid/new/", PARTY))


@pytest.fixture
def appword(browser: Browser) -> str:
    return secret_of(browser.post("/desk/logins/ticket/new/", HALL))


class TestList:
    def test_is_for_system_administrators(self) -> None:
        Hall()
        browser = security()

        statuses = [
            browser.get("/desk/logins/").status_code,
            browser.get("/desk/logins/openid/new/").status_code,
            browser.post("/desk/logins/openid/new/", PARTY).status_code,
            browser.get("/desk/logins/ticket/new/").status_code,
            browser.post("/desk/logins/ticket/new/", {**HALL, "appmark": "other"}).status_code,
            browser.get("/desk/logins/ticket/hall/").status_code,
            browser.post("/desk/logins/ticket/hall/", {"act": "disable"}).status_code,
        ]

        assert statuses == [403] * 7
        assert not RelyingParty.objects.exists()
        assert TicketApplication.objects.get().disabled_at is None
        assert "登录接入" not in text_of(browser.get("/desk/accounts/"))

    def test_says_when_there_is_none(self, browser: Browser) -> None:
        assert "还没有接入登录的应用" in text_of(browser.get("/desk/logins/"))

    def test_shows_both_kinds_and_never_a_secret(self, browser: Browser, secret: str, appword: str) -> None:
        pages = [
            text_of(browser.get(path))
            for path in ("/desk/logins/", "/desk/logins/openid/shop/", "/desk/logins/ticket/hall/")
        ]

        assert "示例商城" in pages[0]
        assert "办事大厅" in pages[0]
        assert all(secret not in page and appword not in page for page in pages)


class TestParty:
    def test_is_let_in_with_a_secret_shown_once(self, secret: str) -> None:
        kept = RelyingParty.objects.get()

        assert kept.client_secret == digest_of_secret(secret)
        assert kept.redirect_uris.split() == ["https://shop.example/callback", "https://shop.example/app"]
        assert (kept.scopes, kept.account_kinds) == (["openid", "phone", "profile"], ["PERSON"])

    def test_of_a_phone_has_none(self, browser: Browser) -> None:
        page = text_of(browser.post("/desk/logins/openid/new/", {**PARTY, "is_public": "1"}))

        assert "手机应用没有密钥" in page
        assert RelyingParty.objects.get().client_type == "public"
        assert "更换密钥" not in text_of(browser.get("/desk/logins/openid/shop/"))

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("client_id", "a b"),
            ("name", ""),
            ("redirect_uris", ""),
            ("redirect_uris", "http://shop.example/callback"),
            ("redirect_uris", "https://*.example/"),
            ("backchannel_logout_uri", "javascript:alert(1)"),
            ("scopes", ["everything"]),
            ("account_kinds", ["NOBODY"]),
        ],
    )
    def test_keeps_what_was_typed_when_something_is_wrong(
        self, browser: Browser, field: str, value: Any
    ) -> None:
        response = browser.post("/desk/logins/openid/new/", {**PARTY, field: value})

        assert response.status_code == 422
        assert 'value="https://shop.example/logout"' in text_of(response) or field == "backchannel_logout_uri"
        assert not RelyingParty.objects.exists()

    def test_whose_id_is_taken_is_refused_in_words(self, browser: Browser, secret: str) -> None:
        response = browser.post("/desk/logins/openid/new/", PARTY)

        assert response.status_code == 409
        assert "应用标识已被使用" in text_of(response)

    def test_gets_a_new_secret(self, browser: Browser, secret: str) -> None:
        fresh = secret_of(browser.post("/desk/logins/openid/shop/", {"act": "renew", "overlap": "24"}))

        kept = RelyingParty.objects.get()
        assert kept.client_secret == digest_of_secret(fresh) != digest_of_secret(secret)
        assert kept.old_client_secret == digest_of_secret(secret)
        assert "旧密钥" in text_of(browser.get("/desk/logins/openid/shop/"))

    @pytest.mark.parametrize("overlap", [{}, {"overlap": "9999"}])
    def test_gets_none_for_an_overlap_that_is_not_offered(
        self, browser: Browser, secret: str, overlap: dict[str, str]
    ) -> None:
        answer = browser.post("/desk/logins/openid/shop/", {"act": "renew", **overlap})

        assert answer.status_code == 422
        assert RelyingParty.objects.get().client_secret == digest_of_secret(secret)

    def test_is_suspended_and_let_in_again(self, browser: Browser, secret: str) -> None:
        browser.post("/desk/logins/openid/shop/", {"act": "disable"})
        suspended = text_of(browser.get("/desk/logins/openid/shop/"))
        was_disabled = RelyingParty.objects.get().disabled_at is not None

        browser.post("/desk/logins/openid/shop/", {"act": "enable"})

        assert was_disabled
        assert "更换密钥" not in suspended
        assert "恢复" in suspended
        assert RelyingParty.objects.get().disabled_at is None

    @pytest.mark.parametrize(
        ("path", "act"), [("openid/shop", "x"), ("openid/nobody", "renew"), ("ticket/nobody", "renew")]
    )
    def test_that_is_not_there_or_an_act_that_is_none_is_not_found(
        self, browser: Browser, secret: str, path: str, act: str
    ) -> None:
        assert browser.post(f"/desk/logins/{path}/", {"act": act}).status_code == 404


class TestApplication:
    def test_is_let_in_and_speaks_with_the_key_shown_once(self, browser: Browser, appword: str) -> None:
        hall = Hall(appmark="other")
        hall.appmark, hall.key = "hall", bytes.fromhex(appword)
        citizen = make.citizen(level=AssuranceLevel.DATA_CHECK, at=clock.now())
        own = Browser()
        make.log_in(own, citizen, at=clock.now())

        token = hall.token(own)

        assert hall.call("findOutsideUserByToken", token=token)["retcode"] == "000000"

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("appmark", ""),
            ("name", ""),
            ("goto_urls", "hall.example"),
            ("logout_url", "ftp://hall.example/"),
            ("user_types", ["3"]),
        ],
    )
    def test_keeps_what_was_typed_when_something_is_wrong(
        self, browser: Browser, field: str, value: Any
    ) -> None:
        assert browser.post("/desk/logins/ticket/new/", {**HALL, field: value}).status_code == 422
        assert not TicketApplication.objects.exists()

    def test_gets_a_new_key_beside_the_old_one(self, browser: Browser, appword: str) -> None:
        fresh = secret_of(browser.post("/desk/logins/ticket/hall/", {"act": "renew", "overlap": "24"}))

        kept = TicketApplication.objects.get()
        assert (kept.appword, kept.old_appword) == (fresh, appword)
        assert "旧密钥" in text_of(browser.get("/desk/logins/ticket/hall/"))

    def test_gets_none_for_an_overlap_that_is_not_offered(self, browser: Browser, appword: str) -> None:
        answer = browser.post("/desk/logins/ticket/hall/", {"act": "renew", "overlap": "9999"})

        assert answer.status_code == 422
        assert TicketApplication.objects.get().appword == appword

    def test_is_suspended_and_let_in_again(self, browser: Browser, appword: str) -> None:
        browser.post("/desk/logins/ticket/hall/", {"act": "disable"})
        was_disabled = TicketApplication.objects.get().disabled_at is not None
        browser.post("/desk/logins/ticket/hall/", {"act": "enable"})

        assert was_disabled
        assert TicketApplication.objects.get().disabled_at is None
