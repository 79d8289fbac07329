"""
Pages of the second factor: on the way from the password to the session, and on the account.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import UUID

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings as node
from django.test import Client as Browser
from django.test import override_settings

from tests.factories.identity import PASSWORD, citizen, log_in, staff
from tests.factories.security_key import SecurityKey
from tongban.config.env import SecondFactorRule
from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.support.identity import selectors, services
from tongban.support.identity.models import Account, SignIn
from tongban.support.identity.values import Factor, Post

pytestmark = pytest.mark.django_db

ORIGIN = node.TONGBAN_BASE_URL


@pytest.fixture
def required() -> Iterator[None]:
    chosen = node.TONGBAN_IDENTITY.model_copy(update={"staff_second_factor": SecondFactorRule.REQUIRED})
    with override_settings(TONGBAN_IDENTITY=chosen):
        yield


def code_of(secret: str, *, later: int = 0) -> str:
    step = int(clock.now().timestamp()) // 30 + later
    return str(format_hotp_value(hotp_value(secret, step)))


def with_app(actor: Actor) -> tuple[str, tuple[str, ...]]:
    earlier = clock.now() - timedelta(hours=1)
    offer = services.offer_totp(account_id=UUID(actor.id))
    code = format_hotp_value(hotp_value(offer.secret, int(earlier.timestamp()) // 30))
    receipt = services.set_up_totp(secret=offer.secret, code=code, password=PASSWORD, actor=actor, at=earlier)
    return offer.secret, receipt.recovery_codes


def at_the_door(actor: Actor, **values: str) -> tuple[Browser, Any]:
    browser = Browser()
    login = Account.objects.get(id=actor.id).login_name
    typed = {"login": login, "password": PASSWORD, "as": "staff", **values}
    return browser, browser.post("/my/login/", typed)


def text_of(response: Any) -> str:
    return unescape(response.content.decode())


def question_of(response: Any) -> str:
    found = re.search(r'data-question="([^"]*)"', response.content.decode())
    assert found is not None
    return unescape(found.group(1))


def secret_of(response: Any) -> str:
    found = re.search(r"data-secret[^>]*>([A-Z2-7 ]+)<", response.content.decode())
    assert found is not None
    return found.group(1).replace(" ", "")


class TestLogIn:
    def test_leads_staff_without_a_factor_to_set_one_up_and_then_to_the_desk(self, required: None) -> None:
        clerk = staff(Post.COUNTER)
        browser, first = at_the_door(clerk)
        page = browser.get("/my/login/enrol/")

        codes = browser.post("/my/login/enrol/", {"code": code_of(secret_of(page))})
        end = browser.post("/my/login/go-on/")

        assert (first.status_code, first["Location"]) == (302, "/my/login/enrol/")
        assert len(re.findall(r"<code class=\"tb-code\">\d{10}</code>", text_of(codes))) == 10
        assert (end.status_code, end["Location"]) == (302, "/desk/")
        assert SignIn.objects.get().factor == Factor.TOTP
        assert browser.get("/desk/").status_code == 200

    def test_takes_a_security_key_for_a_first_factor(self, required: None) -> None:
        clerk, key = staff(Post.COUNTER), SecurityKey(origin=ORIGIN)
        browser, _ = at_the_door(clerk)
        page = browser.get("/my/login/enrol/")

        browser.post("/my/login/enrol/", {"answer": key.register(question_of(page)), "name": "蓝色钥匙"})
        end = browser.post("/my/login/go-on/")

        assert end["Location"] == "/desk/"
        assert [factor.name for factor in selectors.own_factors(actor=clerk).factors] == ["蓝色钥匙"]

    def test_shows_the_same_secret_again_after_a_wrong_code(self, required: None) -> None:
        browser, _ = at_the_door(staff(Post.COUNTER))
        page = browser.get("/my/login/enrol/")

        again = browser.post("/my/login/enrol/", {"code": "000000"})

        assert again.status_code == 422
        assert secret_of(again) == secret_of(page)

    def test_opens_nothing_for_staff_who_have_not_set_one_up(self, required: None) -> None:
        browser, _ = at_the_door(staff(Post.COUNTER))

        assert browser.get("/desk/").status_code in {302, 401}
        assert not SignIn.objects.exists()

    def test_asks_for_the_code(self) -> None:
        clerk = staff(Post.COUNTER)
        secret, _ = with_app(clerk)
        browser, first = at_the_door(clerk, next="/desk/cases/")

        end = browser.post("/my/login/factor/", {"code": code_of(secret)})

        assert first["Location"] == "/my/login/factor/"
        assert end["Location"] == "/desk/cases/"
        assert browser.get("/desk/cases/").status_code == 200

    def test_says_no_to_a_wrong_code_and_shows_nothing_typed(self) -> None:
        clerk = staff(Post.COUNTER)
        with_app(clerk)
        browser, _ = at_the_door(clerk)

        page = browser.post("/my/login/factor/", {"code": "918273"})

        assert page.status_code == 422
        assert "918273" not in text_of(page)
        assert not SignIn.objects.exists()

    def test_says_how_long_to_wait_after_too_many(self) -> None:
        clerk = staff(Post.COUNTER)
        with_app(clerk)
        browser, _ = at_the_door(clerk)
        for _try in range(5):
            browser.post("/my/login/factor/", {"code": "000000"})

        page = browser.post("/my/login/factor/", {"code": "000000"})

        assert page.status_code == 429
        assert int(page["Retry-After"]) > 0

    def test_takes_the_security_key(self) -> None:
        clerk, key = staff(Post.COUNTER), SecurityKey(origin=ORIGIN)
        question, state = services.ask_new_key(account_id=UUID(clerk.id))
        services.set_up_key(
            name="",
            answer=key.register(question),
            state=state,
            password=PASSWORD,
            actor=clerk,
            at=clock.now(),
        )
        browser, _ = at_the_door(clerk)
        page = browser.get("/my/login/factor/")

        end = browser.post("/my/login/factor/", {"answer": key.sign(question_of(page))})

        assert end["Location"] == "/desk/"

    def test_leads_back_to_the_door_whoever_has_no_log_in_on_its_way(self) -> None:
        for address in ("/my/login/factor/", "/my/login/enrol/", "/my/login/password/"):
            response = Browser().get(address)

            assert (response.status_code, response["Location"]) == (302, "/my/login/")

    def test_has_an_initial_password_changed(self) -> None:
        clerk = staff(Post.COUNTER)
        Account.objects.filter(id=clerk.id).update(must_change_password=True)
        browser, first = at_the_door(clerk)

        refused = browser.post("/my/login/password/", {"new_password": PASSWORD, "repeated": PASSWORD})
        end = browser.post("/my/login/password/", {"new_password": "Anew-2026-x", "repeated": "Anew-2026-x"})

        assert first["Location"] == "/my/login/password/"
        assert refused.status_code == 422
        assert end["Location"] == "/desk/"

    def test_changes_the_key_of_a_planted_session_before_the_factor_is_asked_for(self) -> None:
        clerk = staff(Post.COUNTER)
        with_app(clerk)
        browser = Browser()
        session = browser.session
        session["planted"] = True
        session.save()
        planted = session.session_key
        browser.cookies["tongban_session"] = planted or ""
        login = Account.objects.get(id=clerk.id).login_name

        browser.post("/my/login/", {"login": login, "password": PASSWORD, "as": "staff"})

        assert browser.cookies["tongban_session"].value != planted

    def test_leads_nobody_to_another_site(self) -> None:
        clerk = staff(Post.COUNTER)
        secret, _ = with_app(clerk)
        browser, _ = at_the_door(clerk, next="https://evil.example/")

        end = browser.post("/my/login/factor/", {"code": code_of(secret)})

        assert end["Location"] == "/desk/"


class TestOwnFactors:
    def test_are_added_with_the_password(self) -> None:
        person = citizen()
        browser = Browser()
        log_in(browser, person, at=clock.now())
        page = browser.get("/my/account/factors/add/")
        secret = secret_of(page)

        wrong = browser.post("/my/account/factors/add/", {"code": code_of(secret), "password": "Wrong-2026"})
        right = browser.post("/my/account/factors/add/", {"code": code_of(secret), "password": PASSWORD})

        assert wrong.status_code == 422
        assert right.status_code == 200
        assert [factor.factor for factor in selectors.own_factors(actor=person).factors] == [Factor.TOTP]

    def test_are_listed_and_taken_away(self) -> None:
        person = citizen()
        browser = Browser()
        log_in(browser, person, at=clock.now())
        empty = browser.get("/my/account/factors/")
        with_app(person)
        factor = selectors.own_factors(actor=person).factors[0]

        listed = browser.get("/my/account/factors/")
        taken = browser.post(
            "/my/account/factors/remove/", {"factor_id": str(factor.id), "password": PASSWORD}
        )

        assert "还没有设置" in text_of(empty)
        assert "还有 10 个可用" in text_of(listed)
        assert taken["Location"] == "/my/account/factors/"
        assert not selectors.own_factors(actor=person).factors

    def test_of_others_cannot_be_taken_away(self) -> None:
        other, person = citizen(), citizen()
        with_app(other)
        factor = selectors.own_factors(actor=other).factors[0]
        browser = Browser()
        log_in(browser, person, at=clock.now())

        response = browser.post(
            "/my/account/factors/remove/", {"factor_id": str(factor.id), "password": PASSWORD}
        )

        assert response.status_code == 404
        assert len(selectors.own_factors(actor=other).factors) == 1

    def test_get_new_recovery_codes(self) -> None:
        person = citizen()
        _, old = with_app(person)
        browser = Browser()
        log_in(browser, person, at=clock.now())

        page = browser.post("/my/account/factors/codes/", {"password": PASSWORD})

        shown = re.findall(r"<code class=\"tb-code\">(\d{10})</code>", text_of(page))
        assert len(shown) == 10
        assert not set(shown) & set(old)

    def test_are_shown_anew_before_what_is_risky(self) -> None:
        clerk = staff(Post.COUNTER)
        secret, _ = with_app(clerk)
        browser = Browser()
        log_in(browser, clerk, at=clock.now())

        page = browser.get("/my/account/factors/confirm/?next=/desk/cases/")
        end = browser.post("/my/account/factors/confirm/", {"code": code_of(secret), "next": "/desk/cases/"})

        assert page.status_code == 200
        assert end["Location"] == "/desk/cases/"
        assert SignIn.objects.get().checked_level == 2
