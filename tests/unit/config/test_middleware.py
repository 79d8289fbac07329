import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from structlog.testing import capture_logs

from tongban.config.middleware import RequestContext
from tongban.foundation.context import request_id


@pytest.fixture
def seen() -> list[str]:
    return []


def answer(request: HttpRequest, seen: list[str]) -> HttpResponse:
    def view(_request: HttpRequest) -> HttpResponse:
        seen.append(request_id())
        return HttpResponse("ok", status=201)

    return RequestContext(view)(request)


class TestRequestContext:
    def test_gives_every_request_an_id_that_code_and_answer_share(self, seen: list[str]) -> None:
        response = answer(RequestFactory().get("/"), seen)

        assert [response["X-Request-ID"]] == seen
        assert len(seen[0]) == 24

    def test_forgets_the_id_afterwards(self, seen: list[str]) -> None:
        answer(RequestFactory().get("/"), seen)

        assert request_id() == ""

    def test_logs_the_path_without_what_was_searched_for(self, seen: list[str]) -> None:
        with capture_logs() as logs:
            answer(RequestFactory().get("/search?q=secret"), seen)

        (event,) = logs
        assert (event["event"], event["method"], event["path"], event["status"]) == (
            "request",
            "GET",
            "/search",
            201,
        )
        assert "secret" not in str(logs)

    @pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
    def test_does_not_log_what_balancers_ask_for(self, seen: list[str], path: str) -> None:
        with capture_logs() as logs:
            answer(RequestFactory().get(path), seen)

        assert logs == []
