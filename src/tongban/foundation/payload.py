"""
Bodies of requests: JSON as RFC 8259 has it, in UTF-8, of text that a PostgreSQL column can keep.
"""

import json
import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, RawPostDataException
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _

from tongban.foundation.errors import InvalidInput, ServiceError

View = Callable[..., HttpResponseBase]

MULTIPART = "multipart/form-data"
JSON_TYPES = frozenset({"application/json", "text/json"})
UNKEPT_CHARACTER = _("含有空字符或无效的字符")
NO_JSON = _("请求内容不是有效的 JSON")
UNKEPT = re.compile("[\x00\ud800-\udfff]")
UNKEPT_ESCAPE = re.compile(r"\\u(0000|d[89a-f])", re.IGNORECASE)


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


def sent_bytes(request: HttpRequest) -> bytes:
    """
    Return the body as it was sent; of a form with parts, which no program that signs its bytes sends, nothing.
    """
    try:
        return request.body
    except RawPostDataException:
        return b""


def read_json(request: HttpRequest) -> Any:
    """
    Return the JSON of a request's body.

    :raises UnsupportedMediaType: the body says that it is something else
    :raises InvalidInput: it is no JSON in UTF-8, or holds NUL or half a surrogate pair; names the fields
    """
    if (request.content_type or "application/json").lower() not in JSON_TYPES:
        raise UnsupportedMediaType(expected="application/json")
    try:
        text = request.body.decode()
        body = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(fields={"body": NO_JSON}) from error
    # JSON in UTF-8 can hold neither NUL nor half a pair, except written as an escape.
    if UNKEPT_ESCAPE.search(text):
        require_kept(body)
    return body


def bounded_form(check_size: Callable[[int | None], None]) -> Callable[[View], View]:
    """
    Return a decorator that refuses a body that is no form, or too large, before it is read.

    :param check_size: given the announced length in bytes, None where none was announced; raises what is told
    """

    def decorate(run: View) -> View:
        @wraps(run)
        def checked(request: HttpRequest, **parts: Any) -> HttpResponseBase:
            if request.content_type != MULTIPART:
                raise UnsupportedMediaType(expected=MULTIPART)
            declared = request.headers.get("Content-Length", "")
            check_size(int(declared) if declared.isdecimal() else None)
            return run(request, **parts)

        return checked

    return decorate


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
    return UNKEPT.search(text) is not None


def _joined(place: str, part: object) -> str:
    return f"{place}.{part}" if place else str(part)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
