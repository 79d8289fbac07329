"""
Sessions and tokens that are planted, kept, forged or made up; fields that nobody asked for; forms from elsewhere.
"""

import base64
import hashlib
import hmac
import json
import re
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client as Browser

from tests.factories import api, identity
from tests.factories import casework as make
from tests.factories.database import contents
from tests.identity_proof.attacks.area import OWN_LOGS, Area, count, harm_of, unchanged
from tests.identity_proof.attacks.payloads import EXTRA_FIELDS
from tongban.business.casework.models import Case
from tongban.foundation import clock
from tongban.support.identity.models import Account, Person
from tongban.support.identity.values import AccountKind

pytestmark = pytest.mark.django_db

SESSION = "tongban_session"
MEANT = {("case", "applicant_id")}
"""Fields that the operation has, and refuses beside what was sent with them."""


@pytest.fixture
def area(settings: Any, tmp_path: Any) -> Area:
    settings.DEBUG_PROPAGATE_EXCEPTIONS = False
    settings.TONGBAN_HOME = tmp_path
    return Area()


def encoded(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def forged_tokens(area: Area) -> dict[str, str]:
    """
    Return tokens that look like what other systems believe.
    """
    victim = str(area.actors["victim"].id)
    claims = {
        "sub": victim,
        "iss": "http://testserver",
        "aud": "agency-system",
        "exp": 9_999_999_999,
        "scope": "openid",
    }
    tokens = {}
    heads: dict[str, dict[str, Any]] = {
        "alg none": {"alg": "none"},
        "alg None": {"alg": "None"},
        "alg nOnE": {"alg": "nOnE"},
        "alg empty": {"alg": ""},
        "alg missing": {"typ": "JWT"},
        "alg list": {"alg": ["none"]},
        "HS256 with a known word": {"alg": "HS256"},
        "HS256 with a path as key id": {"alg": "HS256", "kid": "../../../../dev/null"},
        "HS256 with SQL as key id": {"alg": "HS256", "kid": "x' UNION SELECT 'secret' --"},
        "key of its own": {"alg": "RS256", "jwk": {"kty": "RSA", "n": "AQAB", "e": "AQAB"}},
        "keys elsewhere": {"alg": "RS256", "jku": "https://attacker.example/jwks.json"},
        "certificate elsewhere": {"alg": "RS256", "x5u": "https://attacker.example/c.pem"},
        "certificate of its own": {"alg": "RS256", "x5c": ["MIIB"]},
        "critical member": {"alg": "RS256", "crit": ["b64"], "b64": False},
        "nested": {"alg": "none", "cty": "JWT"},
    }
    for name, head in heads.items():
        body = f"{encoded(head)}.{encoded(claims)}"
        signature = hmac.new(b"secret", body.encode(), hashlib.sha256).digest()
        tokens[name] = f"{body}.{encoded(signature) if head.get('alg') != 'none' else ''}"
    good = area.attacker.token
    return tokens | {
        "empty": "",
        "space": "   ",
        "null": "null",
        "cut": good[:-1],
        "longer": good + "A",
        "turned round": good[::-1],
        "other case": good.swapcase(),
        "twice": f"{good} {good}",
        "wildcard": "%",
        "encrypted in five parts": ".".join(["eyJhbGciOiJkaXIifQ", "", "AAAA", "AAAA", "AAAA"]),
        "account": victim,
        "huge": "A" * 7000,
        "not ASCII": "ü" * 40,
        "NUL": "\0" * 40,
    }


class TestTokens:
    def test_that_were_forged_open_nothing(self, area: Area) -> None:
        harm = {}

        for name, token in forged_tokens(area).items():
            for path in ("/api/v1/me", "/api/v1/cases", "/sso/userinfo/"):
                response = Browser(raise_request_exception=False).get(
                    path, headers={"Authorization": f"Bearer {token}"}
                )
                told = harm_of(response, secrets=area.secrets)
                harm[name, path] = told or ("let in" if response.status_code < 300 else "")

        count("forged token", len(harm))
        assert {key: told for key, told in harm.items() if told} == {}

    def test_are_believed_in_their_header_alone(self, area: Area) -> None:
        token = area.world.citizen.token
        browser = Browser(raise_request_exception=False)
        browser.cookies["access_token"] = token
        browser.cookies["Authorization"] = f"Bearer {token}"
        tries = {
            "query": browser.get("/api/v1/me", {"access_token": token}),
            "query of another name": browser.get("/api/v1/me", {"token": token}),
            "cookie": browser.get("/api/v1/me"),
            "basic": browser.get("/api/v1/me", headers={"Authorization": f"Basic {token}"}),
            "no scheme": browser.get("/api/v1/me", headers={"Authorization": token}),
            "another header": browser.get("/api/v1/me", headers={"X-Auth-Token": token}),
            "session at the interface": area.browsers["victim"].get("/api/v1/me"),
        }

        count("forged token", len(tries))
        # The interface knows no parameter of these names, and says so.
        wanted = {name: 422 if name.startswith("query") else 401 for name in tries}
        assert {name: answer.status_code for name, answer in tries.items()} == wanted

    def test_open_nothing_once_they_were_revoked(self, area: Area) -> None:
        caller = area.world.citizen
        before = caller.get("/me").status_code
        ended = caller.send("DELETE", "/tokens/current").status_code

        after = {path: caller.get(path).status_code for path in ("/me", "/cases", "/licences", "/messages")}

        count("replay", len(after))
        assert (before, ended < 300) == (200, True)
        assert set(after.values()) == {401}


class TestSessions:
    def test_that_were_planted_are_not_those_that_log_in(self, area: Area) -> None:
        # The first is one that the node itself gave to somebody who was nobody yet, and knows.
        given = SessionStore()
        given["kept"] = "by the attacker"
        given.save()
        for planted in (str(given.session_key), "a" * 32, "attacker", "../session", "0", "x" * 4000):
            browser = Browser(raise_request_exception=False)
            browser.cookies[SESSION] = planted
            browser.post("/my/login/", {"login": api.CITIZEN_MOBILE, "password": identity.PASSWORD})

            thief = Browser(raise_request_exception=False)
            thief.cookies[SESSION] = planted

            assert browser.cookies[SESSION].value != planted
            assert thief.get("/my/account/").status_code == 302
        assert not SessionStore().exists(str(given.session_key))
        count("session fixation", 6)

    def test_open_nothing_once_they_ended(self, area: Area) -> None:
        browser = area.browsers["victim"]
        kept = browser.cookies[SESSION].value
        assert browser.get("/my/account/").status_code == 200
        browser.post("/my/logout/")

        thief = Browser(raise_request_exception=False)
        thief.cookies[SESSION] = kept
        told = {
            path: thief.get(path).status_code
            for path in ("/my/account/", "/my/cases/", "/my/messages/", "/my/licences/")
        }

        count("replay", len(told))
        assert set(told.values()) == {302}

    def test_that_were_made_up_open_nothing(self, area: Area) -> None:
        good = area.browsers["victim"].cookies[SESSION].value
        made_up = (
            good[:-1],
            good.upper(),
            good[::-1],
            good + "a",
            "",
            "' OR 1=1 --",
            "null",
            encoded({"_auth_user_id": 1}),
        )
        told = {}

        for cookie in made_up:
            browser = Browser(raise_request_exception=False)
            browser.cookies[SESSION] = cookie
            told[cookie] = browser.get("/my/account/").status_code

        count("forged session", len(told))
        assert set(told.values()) == {302}

    def test_are_in_no_address_and_in_no_page(self, area: Area) -> None:
        browser = area.browsers["victim"]
        kept = browser.cookies[SESSION].value

        shown = [
            path
            for path in ("/my/", "/my/account/", "/my/cases/")
            if kept in browser.get(path).content.decode()
        ]

        count("forged session", 3)
        assert shown == []


class TestForms:
    def test_from_elsewhere_change_nothing(self, area: Area) -> None:
        browser = Browser(enforce_csrf_checks=True, raise_request_exception=False)
        identity.log_in(browser, area.actors["victim"], at=clock.now())
        other = Browser(enforce_csrf_checks=True)
        page = other.get("/my/login/").content.decode()
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        before = contents(without=OWN_LOGS)
        number = area.world.case_number
        doors = (
            "/my/logout/",
            "/my/account/password/",
            "/my/account/details/",
            f"/my/cases/{number}/withdraw/",
            "/my/account/devices/end-all/",
        )
        tokens = {
            "none": {},
            "somebody else's": {"csrfmiddlewaretoken": found.group(1) if found else ""},
            "empty": {"csrfmiddlewaretoken": ""},
            "made up": {"csrfmiddlewaretoken": "a" * 64},
        }
        told = {}

        for door in doors:
            for name, form in tokens.items():
                for origin in (
                    {},
                    {"Origin": "https://attacker.example"},
                    {"Origin": "null"},
                    {"Referer": "https://attacker.example/"},
                ):
                    response = browser.post(door, form, headers=origin)
                    told[door, name, str(origin)] = response.status_code

        count("foreign form", len(told))
        assert set(told.values()) == {403}
        assert unchanged(before) == []


def named(place: str, name: str) -> str:
    """
    Return how the interface names a field that it refuses.
    """
    return f"applicant.{name}" if place == "applicant" else name


class TestMassAssignment:
    def test_by_the_interface_is_refused(self, area: Area) -> None:
        offering = make.publish(at=clock.now())
        sent = {
            "draft_id": "00000000-0000-4000-8000-00000000000d",
            "offering_code": offering,
            "form": {},
            "applicant": {"name": "李明", "id_number": "11010519491231002X", "mobile": "13900000001"},
        }
        session = {
            "login": api.CITIZEN_MOBILE,
            "password": identity.PASSWORD,
            "kind": AccountKind.PERSON.value,
        }
        before = contents(without=OWN_LOGS)
        told = {}

        for name, value in EXTRA_FIELDS.items():
            if name not in sent:
                told["case", name] = area.foreign_system.post("/cases", {**sent, name: value})
            inside = {**sent, "applicant": {**sent["applicant"], name: value}}  # type: ignore[dict-item]
            told["applicant", name] = area.foreign_system.post("/cases", inside)
            if name not in session and name != "mandate_id":  # which a session may really be begun with
                told["session", name] = api.nobody().post("/sessions", {**session, name: value})

        count("mass assignment", len(told))
        # Refused for that field, and not for something else that the attacker may not do either.
        assert {
            key: (answer.status_code, answer.content)
            for key, answer in told.items()
            if answer.status_code != 422
            or (key not in MEANT and named(*key) not in answer.json().get("fields", {}))
        } == {}
        assert unchanged(before) == []

    def test_by_pages_changes_nothing_but_what_they_ask(self, area: Area) -> None:
        browser = area.browsers["attacker"]
        extra = {
            name: json.dumps(value) if isinstance(value, dict | list) else str(value)
            for name, value in EXTRA_FIELDS.items()
        }
        kept = [list(model.objects.order_by("pk").values_list()) for model in (Account, Person, Case)]

        for path in (
            "/my/account/details/",
            "/my/account/password/",
            "/my/account/mobile/",
            "/my/level/prove/",
            "/apply/resume/",
            "/my/messages/read/",
        ):
            browser.post(path, extra)

        count("mass assignment", 6 * len(extra))
        now = [list(model.objects.order_by("pk").values_list()) for model in (Account, Person, Case)]
        assert now == kept
