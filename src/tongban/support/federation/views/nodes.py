"""
Where other nodes knock: signed, sealed messages, nothing else.
"""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from tongban.foundation import clock
from tongban.support.federation import services
from tongban.support.federation.services import nodes
from tongban.support.federation.values import Provider

LARGEST = 64 * 1024


@csrf_exempt
@require_POST
def answer_cases(request: HttpRequest) -> HttpResponse:
    """
    Answer which cases a person has here.
    """
    at = clock.now()
    node, message = _believed(request, nodes.CASES_PATH)
    return _answered(
        request, node, nodes.CASES_PATH, services.answer_cases(node=node, message=message, at=at)
    )


@csrf_exempt
@require_POST
def receive_person(request: HttpRequest) -> HttpResponse:
    """
    Hear of a new user.
    """
    at = clock.now()
    node, message = _believed(request, nodes.PERSONS_PATH)
    services.receive_person(node=node, message=message, at=at)
    return _answered(request, node, nodes.PERSONS_PATH, b"{}")


def _believed(request: HttpRequest, path: str) -> tuple[Provider, bytes]:
    body = request.body
    if len(body) > LARGEST:
        raise services.MessageNotBelieved
    return services.believed(
        path=path,
        sender=request.headers.get("X-Tongban-Node", ""),
        time=request.headers.get("X-Tongban-Time", ""),
        nonce=request.headers.get("X-Tongban-Nonce", ""),
        signature=request.headers.get("X-Tongban-Signature", ""),
        body=body,
        at=clock.now(),
    )


def _answered(request: HttpRequest, node: Provider, path: str, message: bytes) -> HttpResponse:
    body, signature = services.answered(
        path=path, node=node, nonce=request.headers["X-Tongban-Nonce"], message=message
    )
    response = HttpResponse(body, content_type="text/plain")
    response["X-Tongban-Signature"] = signature
    response["Cache-Control"] = "no-store"
    return response
