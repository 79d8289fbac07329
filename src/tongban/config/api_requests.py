"""
What reaches an operation: JSON that PostgreSQL can keep, of a size that was agreed, by a method that exists.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _
from ninja.parser import Parser

from tongban.config.errors import problem_response
from tongban.foundation.errors import InvalidInput, ServiceError
from tongban.foundation.payload import (
    NO_JSON,
    UNKEPT_CHARACTER,
    PayloadTooLarge,
    read_json,
    unkept,
)

METHOD_NOT_ALLOWED = 405
ONCE = _("只能出现一次")


class MethodNotAllowed(ServiceError):
    """
    The address exists, but not for this method; `Allow` names those it has.
    """

    code = "method_not_allowed"
    status = METHOD_NOT_ALLOWED
    message = _("该地址不支持此请求方法")


class StrictParser(Parser):
    """
    Reads what PostgreSQL can keep, and refuses the rest before a service sees it.
    """

    def parse_body(self, request: HttpRequest) -> Any:
        """
        Return the JSON of the body.

        :raises UnsupportedMediaType: the body says that it is something else
        :raises InvalidInput: it is no JSON, or cannot be kept
        """
        return read_json(request)

    def parse_querydict(
        self, data: MultiValueDict[str, Any], list_fields: list[str], request: HttpRequest
    ) -> dict[str, Any]:
        """
        Return the parameters of a query or form.

        :raises InvalidInput: one cannot be kept, or comes twice where one is wanted
        """
        twice = [key for key, values in data.lists() if len(values) > 1 and key not in list_fields]
        if twice:
            raise InvalidInput(fields=dict.fromkeys(twice, ONCE))
        flaws = [key for key, values in data.lists() if unkept([key, *filter(is_text, values)])]
        if flaws:
            raise InvalidInput(fields=dict.fromkeys(flaws, UNKEPT_CHARACTER))
        parsed: dict[str, Any] = super().parse_querydict(data, list_fields, request)
        return parsed


def guarded(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """
    Return `view` behind what every operation shares.

    HEAD is GET without a body, OPTIONS lists the methods, a method that is not there is a problem document.
    """

    @wraps(view)
    def answer(request: HttpRequest, **parts: Any) -> HttpResponseBase:
        asked = request.method
        if asked == "HEAD":
            request.method = "GET"
        if flaws := unkept(parts):
            return problem_response(request, InvalidInput(fields=dict.fromkeys(flaws, UNKEPT_CHARACTER)))
        response = view(request, **parts)
        if response.status_code == METHOD_NOT_ALLOWED:
            return _not_allowed(request, response, asked=asked)
        return _without_body(response) if asked == "HEAD" else response

    return answer


def is_text(value: object) -> bool:
    """
    Whether a parameter of a form is text, and no file.
    """
    return isinstance(value, str)


def refusal_of(error: BaseException) -> ServiceError:
    """
    Return what a caller is told when reading the request failed.
    """
    cause = error.__cause__ or error
    if isinstance(cause, ServiceError):
        return cause
    if isinstance(cause, RequestDataTooBig):
        return PayloadTooLarge()
    return InvalidInput(fields={"body": NO_JSON})


def _not_allowed(request: HttpRequest, response: HttpResponseBase, *, asked: str | None) -> HttpResponse:
    methods = {method.strip() for method in response.headers.get("Allow", "").split(",") if method.strip()}
    if "GET" in methods:
        methods.add("HEAD")
    allow = ", ".join(sorted({*methods, "OPTIONS"}))
    if asked == "OPTIONS":
        return HttpResponse(status=204, headers={"Allow": allow})
    refused = problem_response(request, MethodNotAllowed(method=asked))
    refused["Allow"] = allow
    return refused


def _without_body(response: HttpResponseBase) -> HttpResponseBase:
    if isinstance(response, HttpResponse):
        response.headers.setdefault("Content-Length", str(len(response.content)))
        response.content = b""
    return response
