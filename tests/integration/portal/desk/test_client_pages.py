"""
Console for other systems: system administrators let them in, rotate their secrets and end them.
"""

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client as Browser

from tests.factories.identity import AGENCY, DISTRICT
from tests.integration.portal.desk.test_account_pages import (
    OTHER,
    address,
    area,
    member,
    security,
    system,
    text_of,
)
from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.support.identity import services
from tongban.support.identity.models import Client, StaffMember
from tongban.support.identity.services import ClientRefused
from tongban.support.identity.values import Post

pytestmark = pytest.mark.django_db

__all__ = ["area"]

FORM = {
    "client_id": "health-bureau",
    "name": "卫健局业务系统",
    "agency": AGENCY,
    "division": "",
    "responsible": "wang.gang",
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


@pytest.fixture(autouse=True)
def colleague(area: None) -> Actor:
    return member(Post.REVIEW)


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
            ("responsible", ""),
            ("responsible", "nobody"),
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

    def test_is_given_to_somebody_else(self, browser: Browser, secret: str) -> None:
        member(Post.DECISION, name="李四", login="li.si")
        before = text_of(browser.get("/desk/clients/health-bureau/"))

        browser.post("/desk/clients/health-bureau/", {"act": "assign", "responsible": "li.si"})

        after = text_of(browser.get("/desk/clients/health-bureau/"))
        assert "王刚（wang.gang）" in before
        assert "李四（li.si）" in after
        assert ["请更换密钥" in page for page in (before, after)] == [False, True]
        assert opens(secret)

    def test_is_given_to_nobody_who_does_not_work_there(self, browser: Browser, secret: str) -> None:
        response = browser.post("/desk/clients/health-bureau/", {"act": "assign", "responsible": "nobody"})

        assert response.status_code == 422
        assert "责任人须是该机构在岗的工作人员" in text_of(response)
        assert Client.objects.get().responsible.staff_code == "wang.gang"  # type: ignore[union-attr]

    def test_shows_that_nobody_answers_for_it(self, browser: Browser, secret: str) -> None:
        Client.objects.update(responsible=None)

        assert "无责任人" in text_of(browser.get("/desk/clients/"))
        assert "没有人对这个系统负责" in text_of(browser.get("/desk/clients/health-bureau/"))

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


class TestLeaver:
    def test_is_asked_what_becomes_of_his_systems(
        self, browser: Browser, secret: str, colleague: Actor
    ) -> None:
        member(Post.DECISION, name="李四", login="li.si")
        page = text_of(browser.get(address(colleague, "leave")))

        refused = browser.post(address(colleague, "leave"), {"reason": "离职"})
        still = StaffMember.objects.get(account_id=colleague.id).is_active
        done = browser.post(address(colleague, "leave"), {"reason": "离职", "clients.health-bureau": "li.si"})

        assert "卫健局业务系统（health-bureau）" in page
        assert done["Location"] == address(colleague)
        assert (refused.status_code, still) == (422, True)
        assert "请为系统选择新的责任人" in text_of(refused)
        assert not StaffMember.objects.get(account_id=colleague.id).is_active
        assert Client.objects.get().responsible.staff_code == "li.si"  # type: ignore[union-attr]

    def test_may_end_them_when_he_is_transferred(
        self, browser: Browser, secret: str, colleague: Actor
    ) -> None:
        form = {"agency": OTHER, "division": DISTRICT, "duty": "", "reason": "调任"}

        refused = browser.post(address(colleague, "transfer"), form)
        browser.post(address(colleague, "transfer"), {**form, "clients.health-bureau": "-"})

        assert refused.status_code == 422
        assert StaffMember.objects.get(account_id=colleague.id).agency_code == OTHER
        assert not opens(secret)

    def test_shows_them_with_his_account_to_system_administrators(
        self, browser: Browser, secret: str, colleague: Actor
    ) -> None:
        assert "/desk/clients/health-bureau/" in text_of(browser.get(address(colleague)))
        assert "health-bureau" not in text_of(security().get(address(colleague)))


def test_strangers_are_sent_to_the_door() -> None:
    assert Browser().get("/desk/clients/").status_code in {302, 401}
