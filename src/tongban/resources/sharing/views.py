"""
The gateway: `POST /gateway/v1/{service}` with a token (OAuth 2.0 client credentials), or signed by SM2.
"""

import uuid

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.clock import civil_date
from tongban.foundation.context import request_id
from tongban.foundation.http import client_address, require_actor
from tongban.foundation.payload import sent_bytes
from tongban.resources.sharing import services
from tongban.resources.sharing.services.granting import end_of
from tongban.resources.sharing.values import Called


@csrf_exempt
@require_POST
def call(request: HttpRequest, service: str) -> HttpResponse:
    """
    Answer a system's question within what was opened to it.
    """
    at = clock.now()
    body = sent_bytes(request)
    called = services.call_service(
        code=service,
        body=body,
        actor=_caller(request, body),
        request_id=request_id() or uuid.uuid4().hex,
        at=at,
    )
    until_midnight = int((end_of(civil_date(at)) - at).total_seconds())
    headers = _limits(called, seconds=until_midnight)
    return HttpResponse(called.body, content_type="application/json", headers=headers)


def _caller(request: HttpRequest, body: bytes) -> Actor:
    if "X-Signature" not in request.headers:
        return require_actor(request)
    return services.believe(
        headers=request.headers,
        path=request.path,
        body=body,
        address=client_address(request),
        at=clock.now(),
    )


def _limits(called: Called, *, seconds: int) -> dict[str, str]:
    return {
        "Cache-Control": "no-store",
        "X-Data-Result": called.result.value,
        "X-Data-Cached": "1" if called.is_cached else "0",
        "X-Quota-Limit": str(called.quota),
        "X-Quota-Remaining": str(called.quota_left),
        "X-Quota-Reset": str(seconds),
        "X-Rate-Limit": str(called.rate),
        "X-Rate-Remaining": str(called.rate_left),
    }
