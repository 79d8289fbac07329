"""
POST /tokens as OAuth 2.0 clients send it: a form, with the secret in the form or by HTTP Basic. RFC 6749.
"""

from base64 import b64encode
from typing import Any
from urllib.parse import quote_plus, urlencode

import pytest
from django.test import Client as Http
from pytest_django import DjangoAssertNumQueries

from tests.factories import api, identity
from tests.factories import casework as make
from tests.integration.api.conftest import problem
from tongban.foundation import clock
from tongban.support.identity import services

pytestmark = pytest.mark.django_db

FORM = "application/x-www-form-urlencoded"
GRANT = {"grant_type": "client_credentials"}


@pytest.fixture
def client() -> dict[str, str]:
    receipt = services.create_client(
        client_id="other-system",
        name="业务系统（演示）",
        scopes=["cases:read", "cases:write"],
        agency_code=make.AGENCY,
        division_code=make.DIVISION,
        actor=identity.NODE,
        at=clock.now(),
    )
    return {"client_id": receipt.client_id, "client_secret": receipt.client_secret}


def send(form: dict[str, str] | str | bytes, *, basic: str = "", media: str = FORM) -> Any:
    body = urlencode(form) if isinstance(form, dict) else form
    headers = {"Authorization": basic} if basic else {}
    return Http().generic(
        "POST", "/api/v1/tokens", body if isinstance(body, bytes) else body.encode(), media, headers=headers
    )


def basic(client_id: str, secret: str) -> str:
    return "Basic " + b64encode(f"{quote_plus(client_id)}:{quote_plus(secret)}".encode()).decode()


def refusal(response: Any, status: int, code: str) -> dict[str, Any]:
    """
    Check that a response is this error of RFC 6749 section 5.2, and return it.
    """
    body: dict[str, Any] = response.json()
    assert (response.status_code, body["error"]) == (status, code)
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    assert body["error_description"].isascii()
    return body


class TestForm:
    def test_gives_a_token_that_works(self, client: dict[str, str]) -> None:
        response = send({**GRANT, **client})

        answer = response.json()
        assert response.status_code == 200
        assert (response.headers["Cache-Control"], response.headers["Pragma"]) == ("no-store", "no-cache")
        assert (answer["token_type"], answer["scope"]) == ("Bearer", "cases:read cases:write")
        me = api.nobody().get("/me", Authorization=f"Bearer {answer['access_token']}")
        assert me.json()["id"] == "other-system"

    def test_takes_the_secret_by_http_basic(self, client: dict[str, str]) -> None:
        response = send({**GRANT, "scope": "cases:read"}, basic=basic(**_named(client)))

        assert (response.status_code, response.json()["scope"]) == (200, "cases:read")

    def test_takes_the_same_client_id_beside_http_basic(self, client: dict[str, str]) -> None:
        response = send({**GRANT, "client_id": client["client_id"]}, basic=basic(**_named(client)))

        assert response.status_code == 200

    def test_passes_over_what_it_does_not_know_and_what_is_empty(self, client: dict[str, str]) -> None:
        response = send({**GRANT, **client, "resource": "x", "scope": ""})

        assert response.status_code == 200

    def test_names_a_charset(self, client: dict[str, str]) -> None:
        assert send({**GRANT, **client}, media=f"{FORM}; charset=UTF-8").status_code == 200

    def test_keeps_the_json_way(self, client: dict[str, str]) -> None:
        assert api.nobody().post("/tokens", client).status_code == 200
        problem(api.nobody().post("/tokens", {**client, "client_secret": "x"}), 401, "client_refused")

    @pytest.mark.parametrize("media", ["text/plain", "application/xml"])
    def test_reads_nothing_else(self, media: str) -> None:
        problem(send(GRANT, media=media), 415, "unsupported_media_type")


class TestErrors:
    @pytest.mark.parametrize("changes", [{"client_secret": "wrong"}, {"client_id": "nobody"}])
    def test_refuse_a_client_in_the_form(self, client: dict[str, str], changes: dict[str, str]) -> None:
        response = send({**GRANT, **client, **changes})

        refusal(response, 401, "invalid_client")

    @pytest.mark.parametrize("header", ["wrong", "Basic !!!", "Basic " + b64encode(b"no colon").decode()])
    def test_refuse_a_client_by_header_and_say_how(self, client: dict[str, str], header: str) -> None:
        header = basic(client["client_id"], "wrong") if header == "wrong" else header

        response = send(GRANT, basic=header)

        refusal(response, 401, "invalid_client")
        assert response.headers["WWW-Authenticate"] == 'Basic realm="tongban", charset="UTF-8"'

    def test_refuse_more_scope_than_the_client_has(self, client: dict[str, str]) -> None:
        refusal(send({**GRANT, **client, "scope": "cases:read catalogue:write"}), 400, "invalid_scope")

    @pytest.mark.parametrize("grant", ["password", "authorization_code"])
    def test_refuse_other_grants(self, client: dict[str, str], grant: str) -> None:
        refusal(send({**client, "grant_type": grant}), 400, "unsupported_grant_type")

    def test_refuse_a_request_without_a_grant(self, client: dict[str, str]) -> None:
        refusal(send(client), 400, "invalid_request")

    def test_refuse_a_request_without_a_client(self) -> None:
        refusal(send(GRANT), 401, "invalid_client")

    def test_refuse_two_ways_at_once(self, client: dict[str, str]) -> None:
        refusal(send({**GRANT, **client}, basic=basic(**_named(client))), 400, "invalid_request")

    @pytest.mark.parametrize(
        "body",
        [
            "grant_type=client_credentials&grant_type=client_credentials&client_id=x&client_secret=y",
            "grant_type=client_credentials&client_id=x%00&client_secret=y",
            "grant_type=client_credentials&client_id=%ff&client_secret=y",
            b"\xff\xfe",
            "grant_type=client_credentials&client_id=" + "x" * 600 + "&client_secret=y",
            "&".join(f"a{number}=1" for number in range(200)),
        ],
    )
    def test_refuse_what_is_no_form(self, body: str | bytes) -> None:
        refusal(send(body), 400, "invalid_request")

    def test_refuse_after_too_many_tries(self, client: dict[str, str]) -> None:
        for _ in range(60):
            send({**GRANT, **client, "client_secret": "wrong"})

        response = send({**GRANT, **client})

        problem(response, 429, "too_many_requests")
        assert int(response.headers["Retry-After"]) > 0


class TestCost:
    def test_is_fixed(
        self, client: dict[str, str], django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        with django_assert_num_queries(7):
            response = send({**GRANT, **client})

        assert response.status_code == 200


def _named(client: dict[str, str]) -> dict[str, str]:
    return {"client_id": client["client_id"], "secret": client["client_secret"]}
