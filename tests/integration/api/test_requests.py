"""
What holds for every operation: bodies, methods, languages, headers, keys.
"""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client as Http

from tests.factories.api import ROOT, World, described, nobody
from tests.integration.api.conftest import problem
from tongban.support.identity.models import VerificationCode

pytestmark = pytest.mark.django_db

JSON = "application/json"


def send(body: bytes, *, media_type: str = JSON, **headers: str) -> Any:
    return Http().generic("POST", f"{ROOT}/codes", body, media_type, headers=headers)


class TestBody:
    @pytest.mark.parametrize(
        "body",
        [
            b"no json",
            b"{",
            b'{"mobile": NaN}',
            b'{"mobile": "\xff"}',
            "{}".encode("utf-16"),
            b"[" * 100_000,
            b"1" * 5_000,
        ],
        ids=["words", "cut off", "NaN", "latin-1", "UTF-16", "deep", "long number"],
    )
    def test_that_is_no_json_is_refused(self, body: bytes) -> None:
        refused = problem(send(body), 422, "invalid_input")

        assert list(refused["fields"]) == ["body"]

    def test_of_another_media_type_is_refused(self) -> None:
        refused = problem(
            send(b"mobile=1", media_type="application/x-www-form-urlencoded"), 415, "unsupported_media_type"
        )

        assert refused["detail"] == "不支持该内容类型，请使用 application/json"

    def test_larger_than_agreed_is_refused(self) -> None:
        problem(send(b'{"mobile": "' + b"1" * (2 * 1024 * 1024) + b'"}'), 413, "payload_too_large")

    def test_that_is_missing_names_what_is_missing(self) -> None:
        refused = problem(send(b""), 422, "invalid_input")

        assert refused["fields"] == {"body": "必填"}

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            (b'{"mobile": "1390000\\u00000001"}', "mobile"),
            (b'{"mobile": "1390000\\ud8000001"}', "mobile"),
            (b'{"mobile": "13900000001", "pur\\u0000pose": "REGISTER"}', "body"),
        ],
        ids=["NUL", "half a pair", "NUL in a name"],
    )
    def test_with_characters_nobody_can_keep_names_the_field(self, body: bytes, field: str) -> None:
        refused = problem(send(body), 422, "invalid_input")

        assert refused["fields"] == {field: "含有空字符或无效的字符"}
        assert not VerificationCode.objects.exists()

    def test_with_an_unknown_field_names_it(self) -> None:
        refused = problem(send(b'{"mobile": "13900000001", "mobil": "1"}'), 422, "invalid_input")

        assert refused["fields"] == {"mobil": "不认识的字段"}


class TestNul:
    @pytest.mark.parametrize(
        ("path", "field"),
        [
            ("/offerings/a%00b", "code"),
            ("/search?q=%00", "q"),
            ("/verifications/licences/1%00", "identifier"),
            ("/progress?number=a&query_code=%00", "query_code"),
        ],
    )
    def test_in_an_address_is_refused_by_name(self, path: str, field: str) -> None:
        response = Http().get(f"{ROOT}{path}")

        assert problem(response, 422, "invalid_input")["fields"] == {field: "含有空字符或无效的字符"}

    def test_in_a_nested_field_is_refused_by_its_path(self, world: World) -> None:
        response = world.citizen.send(
            "PATCH", f"/drafts/{world.draft_id}", {"answers": {"shop_name": "a\0b"}}
        )

        assert problem(response, 422, "invalid_input")["fields"] == {
            "answers.shop_name": "含有空字符或无效的字符"
        }


class TestAddress:
    def test_unknown_is_a_problem_document(self) -> None:
        problem(Http().get("/api/v1/nowhere"), 404, "not_found")

    def test_outside_any_version_is_a_problem_document(self) -> None:
        problem(Http().get("/api/nowhere"), 404, "not_found")

    def test_of_the_root_says_not_found(self) -> None:
        problem(Http().get("/api/v1/"), 404, "not_found")


class TestMethod:
    def test_that_is_not_there_is_refused_with_those_that_are(self) -> None:
        response = Http().delete(f"{ROOT}/themes")

        problem(response, 405, "method_not_allowed")
        assert response.headers["Allow"] == "GET, HEAD, OPTIONS"

    def test_head_gives_the_headers_of_get(self) -> None:
        got = Http().get(f"{ROOT}/themes")

        response = Http().head(f"{ROOT}/themes")

        assert (response.status_code, response.content) == (200, b"")
        assert response.headers["Content-Length"] == str(len(got.content))

    def test_head_of_what_can_only_be_posted_is_refused(self) -> None:
        response = Http().head(f"{ROOT}/tokens")

        assert response.status_code == 405
        assert response.headers["Allow"] == "OPTIONS, POST"

    def test_options_lists_the_methods(self) -> None:
        response = Http().options(f"{ROOT}/offerings/any")

        assert (response.status_code, response.content) == (204, b"")
        assert response.headers["Allow"] == "GET, HEAD, OPTIONS, PUT"


class TestProblem:
    def test_carries_the_id_of_the_request(self) -> None:
        response = nobody().get("/me", X_Request_ID="my-own-request-1")

        assert problem(response, 401, "not_authenticated")["request_id"] == "my-own-request-1"
        assert response.headers["X-Request-ID"] == "my-own-request-1"
        assert response.headers["WWW-Authenticate"] == "Bearer"

    @pytest.mark.parametrize("language", ["zh-hans", "zh-CN", "zh-CN,zh;q=0.9,en;q=0.8"])
    def test_speaks_chinese_when_asked(self, language: str) -> None:
        response = nobody().get("/me", Accept_Language=language)

        assert response.headers["Content-Language"] == "zh-hans"
        assert problem(response, 401, "not_authenticated")["title"] == "请先登录"

    def test_speaks_english_when_asked(self) -> None:
        response = nobody().get("/me", Accept_Language="en")

        assert response.headers["Content-Language"] == "en"

    def test_of_an_unknown_token_is_401_even_where_anybody_may_ask(self) -> None:
        response = nobody().get("/themes", Authorization="Bearer tb_unknown")

        problem(response, 401, "not_authenticated")

    def test_of_a_cursor_made_up_names_it(self, world: World) -> None:
        response = world.citizen.get("/cases", {"cursor": "made-up"})

        assert list(problem(response, 422, "invalid_input")["fields"]) == ["cursor"]

    def test_of_a_cursor_of_another_list_names_it(self, world: World) -> None:
        other = world.clerk.get("/cases", {"limit": 1}).json()["next_cursor"]

        response = nobody().get("/offerings", {"cursor": other})

        assert list(problem(response, 422, "invalid_input")["fields"]) == ["cursor"]

    def test_of_a_parameter_given_twice_names_it(self) -> None:
        response = Http().get(f"{ROOT}/offerings?limit=1&limit=2")

        assert problem(response, 422, "invalid_input")["fields"] == {"limit": "只能出现一次"}


class TestIdempotencyKey:
    def test_gives_the_same_answer_to_the_same_request(self, world: World) -> None:
        key = str(uuid4())
        path = f"/cases/{world.case_number}/withdrawal"

        first = world.citizen.post(path, {"reason": "不办了"}, Idempotency_Key=key)
        again = world.citizen.post(path, {"reason": "不办了"}, Idempotency_Key=key)

        assert first.status_code == 200
        assert (again.status_code, again.json()) == (200, first.json())

    def test_is_refused_for_another_request(self, world: World) -> None:
        path = f"/cases/{world.case_number}/withdrawal"
        world.citizen.post(path, {"reason": "不办了"}, Idempotency_Key="one")

        response = world.citizen.post(path, {"reason": "改主意了"}, Idempotency_Key="one")

        problem(response, 409, "idempotency_key_reused")

    def test_of_more_than_128_characters_is_refused(self, world: World) -> None:
        response = world.citizen.post(
            f"/cases/{world.case_number}/withdrawal", {"reason": "不办了"}, Idempotency_Key="k" * 129
        )

        assert list(problem(response, 422, "invalid_input")["fields"]) == ["Idempotency-Key"]


READING = sorted(
    path
    for path, method, operation in described()
    if method == "get" and not operation.get("security") and "{" not in path
)


class TestParameters:
    @pytest.mark.parametrize("path", READING)
    def test_that_no_operation_has_are_refused_everywhere(self, path: str) -> None:
        refused = problem(Http().get(path, {"bogus": "1"}), 422, "invalid_input")

        assert refused["fields"]["bogus"] == "没有这个参数"

    @pytest.mark.parametrize(
        "path",
        [
            "/cases",
            "/cases/{case_number}",
            "/cases/{case_number}/timeline",
            "/work-items",
            "/licences",
            "/me",
            "/offerings/{offering_code}",
        ],
    )
    def test_that_are_misspelt_are_named(self, world: World, path: str) -> None:
        address = path.format(case_number=world.case_number, offering_code=world.offering_code)

        refused = problem(world.clerk.get(address, {"limitt": "5", "x": ""}), 422, "invalid_input")

        assert list(refused["fields"]) == ["limitt", "x"]

    def test_are_refused_of_changes_too(self, world: World) -> None:
        refused = problem(world.clerk.post("/lexicon/phrases?force=1", {}), 422, "invalid_input")

        assert list(refused["fields"]) == ["force"]

    @pytest.mark.parametrize("name", ["\x00", "长" * 300])
    def test_with_strange_names_are_refused(self, name: str) -> None:
        problem(Http().get(f"{ROOT}/divisions", {name: "1"}), 422, "invalid_input")

    @pytest.mark.parametrize("path", ["/cases", "/work-items"])
    @pytest.mark.parametrize("limit", ["0", "-1", "201", "ten", "1.5", ""])
    def test_bound_what_is_listed(self, world: World, path: str, limit: str) -> None:
        refused = problem(world.clerk.get(path, {"limit": limit}), 422, "invalid_input")

        assert list(refused["fields"]) == ["limit"]

    @pytest.mark.parametrize("path", ["/cases", "/work-items"])
    @pytest.mark.parametrize("limit", [1, 200])
    def test_list_as_many_as_wanted(self, world: World, path: str, limit: int) -> None:
        there = {"/cases": 2, "/work-items": 1}[path]

        listed = world.clerk.get(path, {"limit": limit})

        assert len(listed.json()["items"]) == min(limit, there)

    def test_are_bounded_in_the_document_wherever_they_limit(self) -> None:
        bounds = {
            operation["operationId"]: (parameter["schema"].get("minimum"), parameter["schema"].get("maximum"))
            for _path, _method, operation in described()
            for parameter in operation["parameters"]
            if parameter.get("name") == "limit"
        }

        assert bounds["listCases"] == bounds["listWorkItems"] == (1, 200)
        assert all(least == 1 and most for least, most in bounds.values())
