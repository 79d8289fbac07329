"""
Who the API lets in, and as whom.
"""

from typing import Any

import pytest
from django.test import Client as Http

from tests.factories import api, identity
from tests.factories import casework as make
from tests.factories.api import World, described, nobody
from tests.integration.api.conftest import problem
from tongban.foundation import clock
from tongban.support.identity import services
from tongban.support.identity.models import AccessToken, Account, Person
from tongban.support.identity.ports import RecordingCodeSender
from tongban.support.identity.values import Post

pytestmark = pytest.mark.django_db

GUARDED = sorted(
    (method.upper(), path) for path, method, operation in described() if operation.get("security")
)
SOMEBODY = "00000000-0000-4000-8000-000000000009"


def let_in(*scopes: str) -> dict[str, str]:
    """
    Let a system in and return its credentials.
    """
    receipt = services.create_client(
        client_id="other-system",
        name="业务系统（演示）",
        scopes=scopes,
        agency_code=make.AGENCY,
        division_code=make.DIVISION,
        actor=identity.NODE,
        at=clock.now(),
    )
    return {"client_id": receipt.client_id, "client_secret": receipt.client_secret}


class TestEveryGuardedOperation:
    @pytest.mark.parametrize(("method", "path"), GUARDED)
    def test_asks_for_a_token(self, method: str, path: str) -> None:
        address = path.replace("{number}", "1").replace("{identifier}", "1").replace("{code}", "1")
        for name in ("draft_id", "file_id", "item_id", "message_id"):
            address = address.replace(f"{{{name}}}", SOMEBODY)
        is_form = path.endswith(("/files", "/seal-files"))

        response = Http().generic(
            method, address, b"{}", "multipart/form-data; boundary=x" if is_form else "application/json"
        )

        problem(response, 401, "not_authenticated")
        assert response.headers["WWW-Authenticate"] == "Bearer"


class TestCreateToken:
    def test_answers_as_oauth_does(self) -> None:
        response = nobody().post("/tokens", let_in("cases:read", "cases:write"))

        answer = response.json()
        assert response.status_code == 200
        assert response.headers["Cache-Control"] == "no-store"
        assert answer.keys() == {"access_token", "token_type", "expires_in", "scope"}
        assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 7200)
        assert answer["scope"] == "cases:read cases:write"

    def test_gives_the_scopes_that_are_wanted(self) -> None:
        credentials = let_in("cases:read", "cases:write")

        answer = nobody().post("/tokens", {**credentials, "scope": "cases:read"}).json()

        me = nobody().get("/me", Authorization=f"Bearer {answer['access_token']}").json()
        assert (me["kind"], me["id"], me["scopes"]) == ("CLIENT", "other-system", ["cases:read"])

    def test_refuses_a_wrong_secret(self) -> None:
        credentials = let_in("cases:read")

        response = nobody().post("/tokens", {**credentials, "client_secret": "wrong"})

        problem(response, 401, "client_refused")
        assert not AccessToken.objects.exists()

    def test_refuses_scopes_it_does_not_have(self) -> None:
        response = nobody().post("/tokens", {**let_in("cases:read"), "scope": "catalogue:write"})

        assert list(problem(response, 422, "scope_refused")["fields"]) == ["scope"]

    def test_says_how_long_to_wait_after_too_many_failures(self) -> None:
        for _try in range(60):
            nobody().post("/tokens", {"client_id": "guess", "client_secret": "guess"})

        response = nobody().post("/tokens", {"client_id": "guess", "client_secret": "guess"})

        refused = problem(response, 429, "too_many_requests")
        assert int(response.headers["Retry-After"]) == refused["facts"]["retry_after_seconds"]
        assert 0 < int(response.headers["Retry-After"]) <= 900


class TestRevokeToken:
    def test_ends_the_token_it_carries(self) -> None:
        caller = api.citizen()

        response = caller.send("DELETE", "/tokens/current")

        assert (response.status_code, response.content) == (204, b"")
        problem(caller.get("/me"), 401, "not_authenticated")


class TestCreateSession:
    def test_lets_a_citizen_in(self) -> None:
        identity.citizen(name="王小明", phone="19900000002", at=clock.now())

        response = nobody().post("/sessions", {"login": "19900000002", "password": identity.PASSWORD})

        token = response.json()["access_token"]
        me = nobody().get("/me", Authorization=f"Bearer {token}").json()
        assert response.status_code == 201
        assert (me["kind"], me["name"], me["mobile_masked"]) == ("PERSON", "王*明", "199****0002")

    def test_lets_staff_in_by_their_own_door(self) -> None:
        identity.staff(Post.REVIEW, login_name="reviewer.li")
        login = {"login": "reviewer.li", "password": identity.PASSWORD}

        by_the_wrong_door = nobody().post("/sessions", login)
        by_their_own = nobody().post("/sessions", {**login, "kind": "STAFF"})

        problem(by_the_wrong_door, 401, "login_failed")
        assert by_their_own.status_code == 201

    def test_locks_a_login_after_five_failures(self) -> None:
        identity.citizen(name="王小明", phone="19900000002", at=clock.now())
        for _try in range(5):
            nobody().post("/sessions", {"login": "19900000002", "password": "wrong"})

        response = nobody().post("/sessions", {"login": "19900000002", "password": identity.PASSWORD})

        problem(response, 429, "too_many_requests")
        assert response.headers["Retry-After"].isdecimal()


class TestRegister:
    PERSON: dict[str, Any] = {
        "id_number": identity.id_number(sequence=77),
        "name": "赵小六",
        "mobile": "19900000077",
        "password": "Open-door-2026",
    }

    def test_takes_a_code_a_proof_and_a_person(self, codes: RecordingCodeSender) -> None:
        asked = nobody().post("/codes", {"mobile": "19900000077"})
        proved = nobody().post("/codes/verification", {"mobile": "19900000077", "code": codes.sent[0][1]})
        response = nobody().post("/persons", {**self.PERSON, "proof": proved.json()["id"]})

        assert (asked.status_code, asked.json()["mobile_masked"]) == (202, "199****0077")
        assert proved.status_code == 200
        assert response.status_code == 201
        assert response.json()["name_masked"] == "赵*六"
        assert Person.objects.count() == 1

    def test_refuses_a_code_that_was_not_sent(self, codes: RecordingCodeSender) -> None:
        nobody().post("/codes", {"mobile": "19900000077"})

        response = nobody().post("/codes/verification", {"mobile": "19900000077", "code": "none"})

        assert list(problem(response, 422, "code_not_accepted")["fields"]) == ["code"]

    def test_refuses_a_second_code_at_once(self, codes: RecordingCodeSender) -> None:
        nobody().post("/codes", {"mobile": "19900000077"})

        response = nobody().post("/codes", {"mobile": "19900000077"})

        problem(response, 429, "too_many_requests")
        assert 0 < int(response.headers["Retry-After"]) <= 60
        assert len(codes.sent) == 1

    def test_refuses_a_proof_that_was_never_given(self) -> None:
        response = nobody().post("/persons", {**self.PERSON, "proof": SOMEBODY})

        problem(response, 422, "code_not_accepted")
        assert not Person.objects.exists()

    def test_blames_every_wrong_field_at_once(self) -> None:
        wrong = {"id_number": "1", "name": "1", "mobile": "1", "password": "short", "proof": SOMEBODY}

        response = nobody().post("/persons", wrong)

        assert set(problem(response, 422, "invalid_input")["fields"]) == {
            "id_number",
            "name",
            "mobile",
            "password",
        }


class TestAccount:
    def test_changes_its_password_and_ends_its_tokens(self) -> None:
        caller = api.citizen()

        response = caller.send(
            "PUT", "/me/password", {"password": identity.PASSWORD, "new_password": "Another-2026"}
        )

        assert response.status_code == 204
        problem(caller.get("/me"), 401, "not_authenticated")

    def test_of_a_system_has_no_password(self, world: World) -> None:
        response = world.system.send("PUT", "/me/password", {"password": "a", "new_password": "b"})

        problem(response, 403, "not_permitted")

    def test_keeps_its_password_when_the_present_one_is_wrong(self) -> None:
        caller = api.citizen(name="钱小七", phone="19900000002")
        before = Account.objects.get(id=caller.actor.id).password

        response = caller.send("PUT", "/me/password", {"password": "wrong", "new_password": "Another-2026"})

        problem(response, 422, "wrong_password")
        assert Account.objects.get(id=caller.actor.id).password == before

    def test_is_found_or_recorded_by_a_clerk_only(self, world: World) -> None:
        person = {"id_number": identity.id_number(sequence=88), "name": "钱小七"}

        by_clerk = world.clerk.post("/counter/persons", person)
        by_citizen = world.citizen.post("/counter/persons", person)

        assert (by_clerk.status_code, by_clerk.json()["name_masked"]) == (200, "钱*七")
        problem(by_citizen, 403, "not_permitted")
