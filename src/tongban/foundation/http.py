"""
What every operation of the API shares: who asks, problem documents, idempotency keys.

The API knows its callers by bearer token only. A browser's session does not count here, so that no page elsewhere
can make a browser act through it.
"""

from collections.abc import Callable
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Field, Schema

from tongban.foundation import clock
from tongban.foundation.actors import ANONYMOUS, Actor
from tongban.foundation.errors import InvalidInput, NotAuthenticated
from tongban.foundation.idempotency import once

LONGEST_KEY = 128
JSON = "application/json"


class Problem(Schema):
    """
    Problem details, RFC 9457.
    """

    type: str = Field(description="Where the code is explained")
    title: str = Field(description="What the code means, in the language of the request")
    status: int
    code: str = Field(description="Stable code, for machines")
    detail: str | None = Field(None, description="What happened, in the language of the request")
    instance: str | None = None
    request_id: str | None = None
    clause: str | None = Field(None, description="Clause of law that refuses")
    facts: dict[str, Any] | None = None
    fields: dict[str, str] | None = Field(None, description="Field -> what is wrong with it")


# Without a shape, because the OpenAPI document gives all refusals the same: Ninja would make a model for each status
# of each operation, fourteen hundred of them, which is a fifth of the time that a process takes to start.
PUBLIC: dict[int, None] = dict.fromkeys((400, 404, 422, 429))
"""Refusals of an operation that anybody may call."""
GUARDED: dict[int, None] = {**PUBLIC, 401: None, 403: None}
"""Refusals of an operation that needs a token."""
CHANGING: dict[int, None] = {**GUARDED, 409: None}
"""Refusals of an operation that changes something."""


def api_actor(request: HttpRequest) -> Actor:
    """
    Return who calls; ANONYMOUS where no token was sent.

    :raises NotAuthenticated: a token was sent, and it is unknown, expired or revoked
    """
    if not request.headers.get("Authorization"):
        return ANONYMOUS
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if actor.kind is ANONYMOUS.kind:
        raise NotAuthenticated
    return actor


def require_actor(request: HttpRequest) -> Actor:
    """
    Return who calls, and refuse who sent no token.

    :raises NotAuthenticated: no token was sent, or it is not valid
    """
    actor = api_actor(request)
    if actor.kind is ANONYMOUS.kind:
        raise NotAuthenticated
    return actor


def client_address(request: HttpRequest) -> str | None:
    """
    Return the address the request came from, as the middleware found out; None where it is not known.
    """
    address: str | None = getattr(request, "client_address", None)
    return address


def idempotency_key(request: HttpRequest) -> str | None:
    """
    Return the Idempotency-Key of a request, None where it has none.

    :raises InvalidInput: the key is too long or holds more than visible ASCII
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not 1 <= len(key) <= LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise InvalidInput(fields={"Idempotency-Key": _("幂等键应为 1 至 128 个可见 ASCII 字符")})
    return key


def answer(
    request: HttpRequest,
    *,
    operation: str,
    status: int,
    act: Callable[[], object],
    content: bytes | None = None,
) -> HttpResponse:
    """
    Carry out a change and return its receipt as JSON; with an Idempotency-Key, once.

    :param operation: operation id; one key serves one operation
    :param status: HTTP status of success
    :param act: does it and returns a receipt that msgspec can encode
    :param content: what the caller sent, where the body was read as a form and is gone
    """
    key = idempotency_key(request)
    if key is None:
        return json_response(msgspec.json.encode(act()), status=status)
    kept_status, body = once(
        actor=require_actor(request),
        key=key,
        operation=operation,
        request=request.path.encode() + b"\n" + (request.body if content is None else content),
        at=clock.now(),
        act=lambda: (status, msgspec.to_builtins(act())),
    )
    return json_response(msgspec.json.encode(body), status=kept_status)


def json_response(body: bytes | str, *, status: int = 200) -> HttpResponse:
    """
    Return JSON text that is finished already.
    """
    return HttpResponse(body, status=status, content_type=JSON)
