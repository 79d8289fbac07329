"""
Identity through the API.
"""

import json
from typing import Any

import pytest
from django.test import Client as Caller
from pytest_django import DjangoAssertNumQueries

from tests.factories.identity import AGENCY, DISTRICT, NODE, PASSWORD, citizen, id_number, mobile, staff
from tongban.foundation import clock
from tongban.support.identity import services
from tongban.support.identity.models import AccessToken, Account, Person
from tongban.support.identity.ports import RecordingCodeSender
from tongban.support.identity.values import Post

pytestmark = pytest.mark.django_db

API = "/api/v1"
NUMBER = id_number(sequence=7)
MOBILE = mobile(7)
NEW = "Guangan-2027"


@pytest.fixture
def caller() -> Caller:
    """
    A system without a token.
    """
    return Caller()


def send(caller: Caller, method: str, path: str, body: object = None, *, token: str = "") -> tuple[int, Any]:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    response = caller.generic(
        method,
        API + path,
        json.dumps(body) if body is not None else "",
        content_type="application/json",
        headers=headers,
    )
    return response.status_code, json.loads(response.content) if response.content else None


def token_of(caller: Caller, login: str, *, password: str = PASSWORD, kind: str = "PERSON") -> str:
    status, body = send(caller, "POST", "/sessions", {"login": login, "password": password, "kind": kind})
    assert status == 201
    return str(body["access_token"])


class TestSessions:
    def test_give_a_token_that_says_who_calls(self, caller: Caller) -> None:
        citizen(number=NUMBER, phone=MOBILE)

        status, profile = send(caller, "GET", "/me", token=token_of(caller, MOBILE))

        assert (status, profile["name"], profile["mobile_masked"]) == (200, "张*三", "199****0007")
        assert NUMBER not in json.dumps(profile)

    def test_answer_unknown_logins_and_wrong_passwords_alike(self, caller: Caller) -> None:
        citizen(phone=MOBILE)

        answers = [
            send(caller, "POST", "/sessions", {"login": login, "password": "Wrong-2026"})
            for login in (MOBILE, mobile(8))
        ]

        for _, body in answers:
            body.pop("request_id")
        assert answers[0] == answers[1]
        assert (answers[0][0], answers[0][1]["code"]) == (401, "login_failed")

    def test_close_after_five_failures_with_honest_headers(self, caller: Caller) -> None:
        for _ in range(5):
            send(caller, "POST", "/sessions", {"login": MOBILE, "password": "Wrong-2026"})

        response = caller.post(
            f"{API}/sessions", {"login": MOBILE, "password": PASSWORD}, content_type="application/json"
        )

        assert response.status_code == 429
        assert 880 <= int(response["Retry-After"]) <= 900
        assert response.json()["code"] == "too_many_requests"

    @pytest.mark.parametrize(
        "body",
        [
            None,
            [],
            "x",
            {},
            {"login": MOBILE},
            {"login": 1, "password": PASSWORD},
            {"login": "x" * 129, "password": PASSWORD},
            {"login": MOBILE, "password": None},
            {"login": MOBILE, "password": PASSWORD, "kind": "ROOT"},
            {"login": MOBILE, "password": PASSWORD, "roles": ["OPERATOR"]},
        ],
    )
    def test_refuse_malformed_bodies(self, caller: Caller, body: object) -> None:
        status, problem = send(caller, "POST", "/sessions", body)

        assert (status, problem["code"]) == (422, "invalid_input")
        assert not AccessToken.objects.exists()

    @pytest.mark.parametrize("login", ["\x00", "\ud800", "' OR 1=1 --", "", "𠮷" * 32])
    def test_refuse_strange_logins(self, caller: Caller, login: str) -> None:
        status, _ = send(caller, "POST", "/sessions", {"login": login, "password": PASSWORD})

        assert status in {401, 422}


class TestTokens:
    def test_of_systems_say_which_system_calls(self, caller: Caller) -> None:
        client = services.create_client(
            client_id="agency-system",
            name="某局业务系统（演示）",
            scopes=["cases:read"],
            agency_code=AGENCY,
            division_code=DISTRICT,
            actor=NODE,
            at=clock.now(),
        )

        status, body = send(
            caller,
            "POST",
            "/tokens",
            {"client_id": client.client_id, "client_secret": client.client_secret, "scope": "cases:read"},
        )

        known = send(caller, "GET", "/me", token=body["access_token"])
        assert (status, body["scope"]) == (200, "cases:read")
        assert (known[0], known[1]["kind"], known[1]["id"]) == (200, "CLIENT", "agency-system")

    def test_of_systems_need_the_secret(self, caller: Caller) -> None:
        status, body = send(caller, "POST", "/tokens", {"client_id": "x", "client_secret": "y"})

        assert (status, body["code"]) == (401, "client_refused")

    def test_end_when_revoked(self, caller: Caller) -> None:
        citizen(phone=MOBILE)
        token = token_of(caller, MOBILE)

        revoked, _ = send(caller, "DELETE", "/tokens/current", token=token)

        assert revoked == 204
        assert send(caller, "GET", "/me", token=token)[0] == 401
        assert send(caller, "DELETE", "/tokens/current", token=token)[0] == 401

    @pytest.mark.parametrize("token", ["x", "tb_x", "x" * 5000])
    def test_that_are_none_are_refused(self, caller: Caller, token: str) -> None:
        status, problem = send(caller, "GET", "/me", token=token)

        assert (status, problem["code"]) == (401, "not_authenticated")

    def test_are_needed(self, caller: Caller) -> None:
        assert send(caller, "GET", "/me")[0] == 401

    def test_cost_one_query_beside_the_answers_own(
        self, caller: Caller, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        citizen(phone=MOBILE)
        token = token_of(caller, MOBILE)

        with django_assert_num_queries(2):
            send(caller, "GET", "/me", token=token)


class TestRegistration:
    def register(self, caller: Caller, codes: RecordingCodeSender, **changed: str) -> tuple[int, Any]:
        send(caller, "POST", "/codes", {"mobile": MOBILE, "purpose": "REGISTER"})
        proved, proof = send(
            caller,
            "POST",
            "/codes/verification",
            {"mobile": MOBILE, "purpose": "REGISTER", "code": codes.sent[-1][1]},
        )
        assert proved == 200
        body = {
            "id_number": NUMBER,
            "name": "张小三",
            "mobile": MOBILE,
            "proof": proof["id"],
            "password": PASSWORD,
        }
        return send(caller, "POST", "/persons", body | changed)

    def test_takes_a_code_and_opens_an_account(self, caller: Caller, codes: RecordingCodeSender) -> None:
        status, person = self.register(caller, codes)

        assert (status, person["name_masked"], person["assurance_level"]) == (201, "张*三", 1)
        assert send(caller, "GET", "/me", token=token_of(caller, NUMBER))[0] == 200

    def test_names_every_field_that_is_wrong(self, caller: Caller, codes: RecordingCodeSender) -> None:
        status, problem = self.register(caller, codes, id_number="1", name="x", mobile="1", password="1")

        assert status == 422
        assert set(problem["fields"]) == {"id_number", "name", "mobile", "password"}

    def test_refuses_what_is_known(self, caller: Caller, codes: RecordingCodeSender) -> None:
        citizen(number=NUMBER)

        status, problem = self.register(caller, codes)

        assert (status, problem["code"]) == (409, "registration_refused")
        assert Person.objects.count() == 1

    def test_limits_codes(self, caller: Caller, codes: RecordingCodeSender) -> None:
        answers = [
            send(caller, "POST", "/codes", {"mobile": MOBILE, "purpose": "REGISTER"}) for _ in range(2)
        ]

        assert [status for status, _ in answers] == [202, 429]
        assert answers[0][1]["mobile_masked"] == "199****0007"
        assert len(codes.sent) == 1


class TestPasswords:
    def test_changed_end_every_token(self, caller: Caller) -> None:
        citizen(phone=MOBILE)
        token = token_of(caller, MOBILE)

        status, _ = send(
            caller, "PUT", "/me/password", {"password": PASSWORD, "new_password": NEW}, token=token
        )

        assert status == 204
        assert send(caller, "GET", "/me", token=token)[0] == 401
        assert token_of(caller, MOBILE, password=NEW) != token

    def test_forgotten_are_reset_by_code(self, caller: Caller, codes: RecordingCodeSender) -> None:
        person = citizen(number=NUMBER, phone=MOBILE)
        before = Account.objects.get(id=person.id).password
        send(caller, "POST", "/codes", {"mobile": MOBILE, "purpose": "RESET_PASSWORD"})
        body = {"id_number": NUMBER, "mobile": MOBILE, "new_password": NEW}

        wrong = send(caller, "POST", "/password-resets", body | {"code": "no"})
        right = send(caller, "POST", "/password-resets", body | {"code": codes.sent[-1][1]})

        assert (wrong[0], wrong[1]["code"], right[0]) == (422, "reset_refused", 204)
        assert Account.objects.get(id=person.id).password != before


class TestCounter:
    BODY = {"id_number": NUMBER, "name": "张小三", "mobile": MOBILE}

    def test_records_a_person_once(self, caller: Caller) -> None:
        staff(Post.COUNTER, login_name="wang.gang")
        token = token_of(caller, "wang.gang", kind="STAFF")

        answers = [send(caller, "POST", "/counter/persons", self.BODY, token=token) for _ in range(2)]

        assert answers[0] == answers[1]
        assert (answers[0][0], answers[0][1]["assurance_level"]) == (200, 4)

    def test_is_not_for_persons(self, caller: Caller) -> None:
        citizen(phone=mobile(8))

        status, problem = send(
            caller, "POST", "/counter/persons", self.BODY, token=token_of(caller, mobile(8))
        )

        assert (status, problem["code"]) == (403, "not_permitted")
        assert Person.objects.count() == 1
