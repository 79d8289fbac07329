"""
What reaches an operation: JSON that PostgreSQL can keep, of a size that was agreed, by a method that exists.
"""

import json
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
from tongban.foundation.errors import InvalidInput, ServiceError, Text

JSON_TYPES = frozenset({"application/json", "text/json"})
UNKEPT_CHARACTER = _("含有空字符或无效的字符")
NO_JSON = _("请求内容不是有效的 JSON")
METHOD_NOT_ALLOWED = 405
SURROGATES = range(0xD800, 0xE000)


class MethodNotAllowed(ServiceError):
    """
    The address exists, but not for this method; `Allow` names those it has.
    """

    code = "method_not_allowed"
    status = METHOD_NOT_ALLOWED
    message = _("该地址不支持此请求方法")


class PayloadTooLarge(ServiceError):
    """
    The body is larger than the node reads.
    """

    code = "payload_too_large"
    status = 413
    message = _("请求内容过大")


class UnsupportedMediaType(ServiceError):
    """
    The body is of a media type that this operation does not read.
    """

    code = "unsupported_media_type"
    status = 415
    message = _("不支持该内容类型，请使用 %(expected)s")


class StrictParser(Parser):
    """
    Reads JSON as RFC 8259 has it, and refuses characters that no text column can hold.
    """

    def parse_body(self, request: HttpRequest) -> Any:
        """
        Return the JSON of the body.

        :raises UnsupportedMediaType: the body says that it is something else
        :raises InvalidInput: it is no JSON in UTF-8, or holds NUL or half a surrogate pair
        """
        if (request.content_type or "application/json").lower() not in JSON_TYPES:
            raise UnsupportedMediaType(expected="application/json")
        try:
            body = json.loads(request.body.decode(), parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            raise InvalidInput(fields={"body": NO_JSON}) from error
        require_kept(body)
        return body

    def parse_querydict(
        self, data: MultiValueDict[str, Any], list_fields: list[str], request: HttpRequest
    ) -> dict[str, Any]:
        """
        Return the parameters of a query or form.

        :raises InvalidInput: one holds NUL
        """
        require_kept({key: values for key, values in data.lists() if all(isinstance(v, str) for v in values)})
        parsed: dict[str, Any] = super().parse_querydict(data, list_fields, request)
        return parsed


def guarded(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """
    Return `view` behind what every operation shares.
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


def require_kept(value: Any) -> None:
    """
    Refuse text that PostgreSQL cannot keep.

    :raises InvalidInput: names each field that holds such text
    """
    if flaws := unkept(value):
        raise InvalidInput(fields=dict.fromkeys(flaws, UNKEPT_CHARACTER))


def unkept(value: Any) -> list[str]:
    """
    Return the places, as dotted paths, of text with NUL or with half a surrogate pair; `body` is the whole.
    """
    places: list[str] = []
    left: list[tuple[str, Any]] = [("", value)]
    while left:
        place, part = left.pop()
        if isinstance(part, str):
            if is_unkept(part):
                places.append(place or "body")
        elif isinstance(part, dict):
            if any(is_unkept(key) for key in part):
                places.append(place or "body")
            left += [(_joined(place, key), item) for key, item in part.items() if not is_unkept(key)]
        elif isinstance(part, list):
            left += [(_joined(place, number), item) for number, item in enumerate(part)]
    return places


def is_unkept(text: str) -> bool:
    """
    Whether `text` holds a character that UTF-8 text of PostgreSQL cannot hold.
    """
    return "\x00" in text or any(ord(character) in SURROGATES for character in text)


def refusal_of(error: BaseException) -> ServiceError:
    """
    Return what a caller is told when reading the request failed.
    """
    cause = error.__cause__ or error
    if isinstance(cause, ServiceError):
        return cause
    if isinstance(cause, RequestDataTooBig):
        return PayloadTooLarge()
    fields: dict[str, Text] = {"body": NO_JSON}
    return InvalidInput(fields=fields)


def _not_allowed(request: HttpRequest, response: HttpResponseBase, *, asked: str | None) -> HttpResponse:
    methods = [method.strip() for method in response.headers.get("Allow", "").split(",") if method.strip()]
    if "GET" in methods:
        methods.append("HEAD")
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


def _joined(place: str, part: object) -> str:
    return f"{place}.{part}" if place else str(part)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
