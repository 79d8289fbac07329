"""
What reaches an operation: JSON that PostgreSQL can keep, parameters it has, a size that was agreed, a method it has.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _
from ninja import Router
from ninja.decorators import decorate_view
from ninja.operation import Operation
from ninja.parser import Parser

from tongban.config.errors import problem_response
from tongban.foundation.errors import InvalidInput, ServiceError
from tongban.foundation.payload import (
    NO_JSON,
    UNKEPT_CHARACTER,
    PayloadTooLarge,
    View,
    read_json,
    unkept,
)

METHOD_NOT_ALLOWED = 405
ONCE = _("只能出现一次")
NO_PARAMETER = _("没有这个参数")
LONGEST_NAME = 100
"""Characters of a strange parameter's name that a refusal repeats."""


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


def guarded(view: View) -> View:
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


def name_parameters(router: Router) -> None:
    """
    Let every operation of a router refuse parameters of the query that it does not have.

    A parameter that is misspelt would otherwise be passed over, and the answer be to another question.
    """
    for path_view in router.path_operations.values():
        for operation in path_view.operations:
            decorate_view(_only(_parameters(operation)))(operation.view_func)


def _parameters(operation: Operation) -> frozenset[str]:
    queries = [model for model in operation.models if model.__ninja_param_source__ == "query"]
    return frozenset(name for model in queries for name in model.__ninja_flatten_map__)


def _only(known: frozenset[str]) -> Callable[[View], View]:
    def decorate(run: View) -> View:
        @wraps(run)
        def checked(request: HttpRequest, **parts: Any) -> HttpResponseBase:
            if strange := request.GET.keys() - known:
                raise InvalidInput(fields=dict.fromkeys(sorted(map(_printable, strange)), NO_PARAMETER))
            return run(request, **parts)

        return checked

    return decorate


def _printable(name: str) -> str:
    return name.encode(errors="replace").decode().replace("\x00", "?")[:LONGEST_NAME]


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
