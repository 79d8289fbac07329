"""
API v1: the routers of the apps, one way to say who calls, one way to refuse.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.security import HttpBearer

from tongban.business.casework.api import router as casework
from tongban.business.handling.api import router as handling
from tongban.config.errors import problem_response
from tongban.foundation.actors import Actor
from tongban.foundation.errors import InvalidInput, NotAuthenticated, ServiceError
from tongban.foundation.http import require_actor

DESCRIPTION = """
The open interface of a Tongban node. Errors are problem details (RFC 9457) with a stable `code`. Changes take an
`Idempotency-Key`. Lists page by cursor. Moments are RFC 3339; days are days in China.
"""


class Bearer(HttpBearer):
    """
    令牌: issued by `POST /tokens` to systems and by `POST /sessions` to people.
    """

    def authenticate(self, request: HttpRequest, token: str) -> Actor:
        """
        Return who holds the token.

        :raises NotAuthenticated: it is unknown, expired or revoked
        """
        return require_actor(request)


api = NinjaAPI(
    title="Tongban 通办",
    version="1.0.0",
    description=DESCRIPTION,
    urls_namespace="api-1",
    docs_url=None,
    openapi_url="/openapi.json",
    auth=Bearer(),
)

api.add_router("", casework)
api.add_router("", handling)


@api.exception_handler(ServiceError)
def refuse(request: HttpRequest, error: ServiceError) -> HttpResponse:
    """
    Give every refusal its problem document.
    """
    return problem_response(request, error)


@api.exception_handler(AuthenticationError)
def refuse_stranger(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    """
    Answer a call without a token.
    """
    return problem_response(request, NotAuthenticated())


@api.exception_handler(ValidationError)
def refuse_payload(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """
    Say which field is malformed.
    """
    return problem_response(request, InvalidInput(fields=dict(_complaint(item) for item in error.errors)))


@api.exception_handler(HttpError)
def refuse_request(request: HttpRequest, error: HttpError) -> HttpResponse:
    """
    Answer a body that is no JSON at all.
    """
    return problem_response(request, InvalidInput(fields={"body": str(error)}))


def _complaint(item: dict[str, Any]) -> tuple[str, str]:
    place = [str(part) for part in item.get("loc", ()) if part not in ("body", "query", "path")]
    return ".".join(place) or "body", str(item.get("msg", ""))
