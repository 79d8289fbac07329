"""
亮证 through the pages: the holder shows, somebody checks.
"""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser

from tests.factories import portal
from tests.factories.portal import text_of
from tests.factories.trust import establish
from tongban.business.licences.models import Licence, Presentation, PresentationCheck
from tongban.business.licences.services import suspend_licence
from tongban.foundation import clock
from tongban.foundation.actors import system_actor

pytestmark = pytest.mark.django_db

CODE = re.compile(r"TB1\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{86}")


@pytest.fixture
def licence(browser: Browser, permit: str) -> Licence:
    """
    A licence of the citizen's, at a node with authorities.
    """
    establish(at=clock.now() - timedelta(days=1))
    portal.grant(portal.apply(browser))
    return Licence.objects.get()


def opened(browser: Browser, licence: Licence, *keys: str) -> str:
    answer = browser.post(f"/my/licences/{licence.identifier}/present/", {"keys": list(keys)})
    assert answer.status_code == 302
    return answer["Location"]


def code_of(page: str) -> str:
    found = CODE.search(page)
    assert found is not None
    return found.group()


class TestChoosing:
    def test_proposes_what_is_not_personal(self, browser: Browser, licence: Licence) -> None:
        page = text_of(browser.get(f"/my/licences/{licence.identifier}/present/"))

        assert 'name="keys" value="shop_name" checked' in page
        assert "清风理发店" in page

    def test_is_offered_beside_a_valid_licence_only(self, browser: Browser, licence: Licence) -> None:
        address = f"/my/licences/{licence.identifier}/"

        before = text_of(browser.get(address))
        suspend_licence(
            identifier=licence.identifier,
            reason="核查",
            legal_basis="第一条",
            actor=system_actor("tests"),
            at=clock.now(),
        )

        assert f"{address}present/" in before
        assert f"{address}present/" not in text_of(browser.get(address))
        assert browser.post(f"{address}present/", {"keys": []}).status_code == 422

    def test_says_what_is_wrong(self, browser: Browser, licence: Licence) -> None:
        answer = browser.post(f"/my/licences/{licence.identifier}/present/", {"keys": ["salary"]})

        assert answer.status_code == 422
        assert "该证照的照面没有此项" in text_of(answer)


class TestShowing:
    def test_shows_a_code_that_renews_itself(self, browser: Browser, licence: Licence) -> None:
        address = opened(browser, licence, "shop_name")

        page = text_of(browser.get(address))
        part = text_of(browser.get(f"{address}code/"))

        assert f'hx-get="{address}code/" hx-trigger="every 45s"' in page
        assert 'http-equiv="refresh" content="45"' in page
        assert code_of(page) != code_of(part)
        assert "<html" not in part

    def test_ends(self, browser: Browser, licence: Licence) -> None:
        address = opened(browser, licence)

        answer = browser.post(f"{address}end/")
        part = text_of(browser.get(f"{address}code/"))

        assert answer["Location"] == f"/my/licences/{licence.identifier}/"
        assert "本次亮证已结束" in part
        assert "hx-get" not in part

    def test_tells_that_it_was_checked(self, browser: Browser, other: Browser, licence: Licence) -> None:
        address = opened(browser, licence, "shop_name")
        code = code_of(text_of(browser.get(address)))

        other.post("/check/", {"code": code, "check_id": "scan", "checker": "某酒店前台"})

        assert "已被核验 · 自称：某酒店前台" in text_of(browser.get(f"{address}code/"))
        assert "您亮证后被核验" in text_of(browser.get("/my/ledger/"))

    def test_is_nobody_elses(self, browser: Browser, other: Browser, licence: Licence) -> None:
        address = opened(browser, licence)

        answers = [
            other.get(f"/my/licences/{licence.identifier}/present/"),
            other.get(address),
            other.get(f"{address}code/"),
            other.post(f"{address}end/"),
        ]

        assert [answer.status_code for answer in answers] == [404] * 4
        assert Presentation.objects.get().ends_at > clock.now()


class TestChecking:
    def test_answers_without_script(self, browser: Browser, other: Browser, licence: Licence) -> None:
        code = code_of(text_of(browser.get(opened(browser, licence, "shop_name"))))

        page = text_of(other.post("/check/", {"code": code, "check_id": "scan", "checker": ""}))
        again = text_of(other.post("/check/", {"code": code, "check_id": "other", "checker": ""}))

        assert "真实 · 有效" in page.partition("data-tools")[0]
        assert "清风理发店" in page
        assert "已被核验过" in again.partition("data-tools")[0]
        assert "清风理发店" not in again
        assert PresentationCheck.objects.count() == 1

    def test_asks_for_a_code(self, browser: Browser, db: None) -> None:
        answer = browser.post("/check/", {"code": " "})

        assert answer.status_code == 422
        assert "请粘贴二维码的内容" in text_of(answer)

    def test_may_use_the_camera_and_holds_nothing_of_the_visitor(
        self, browser: Browser, licence: Licence
    ) -> None:
        answer = browser.get("/check/")

        assert answer["Permissions-Policy"] == "camera=(self), geolocation=(), microphone=()"
        assert "script-src 'self'" in answer["Content-Security-Policy"]
        assert "张小三" not in text_of(answer)

    def test_has_the_same_words_for_the_script(self, browser: Browser, db: None) -> None:
        page = text_of(browser.get("/check/"))

        assert re.findall(r'<template data-outcome="(\w+)"', page) == [
            "UNREADABLE",
            "FOREIGN",
            "FORGED",
            "EARLY",
            "LATE",
            "USED",
            "VALID",
            "SUSPENDED",
            "REVOKED",
            "CANCELED",
            "EXPIRED",
            "MOVED",
            "REPLACED",
            "OFFLINE",
            "HOME_SILENT",
        ]
        assert "离线时无法得知证照现在的状态" in page

    def test_keeps_the_page_and_the_keys(self, browser: Browser, db: None) -> None:
        answer = browser.get("/check/worker.js")

        assert answer["Content-Type"] == "text/javascript; charset=utf-8"
        assert text_of(answer).startswith(
            'const KEPT = ["/check/","/.well-known/tongban-presentation-keys.json","/static/vendor/tabler.css"'
        )

    def test_publishes_the_key_of_the_code(self, browser: Browser, licence: Licence) -> None:
        browser.get(opened(browser, licence))

        answer = browser.get("/.well-known/tongban-presentation-keys.json")

        body: dict[str, Any] = answer.json()
        assert [sorted(key) for key in body["keys"]] == [
            ["alg", "crv", "exp", "kid", "kty", "nbf", "use", "x", "y"]
        ]
        assert (body["code_seconds"], body["clock_seconds"]) == (60, 30)
        assert answer["Cache-Control"] == "public, max-age=300"
