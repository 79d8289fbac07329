"""
The doors where other nodes bring envelopes and requests, and fetch this node's trust list. No log-in, no cookies.
"""

from collections.abc import Callable
from uuid import UUID

import msgspec
from django.http import HttpRequest, HttpResponse
from django.utils.http import parse_etags, quote_etag
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from tongban.foundation import clock
from tongban.foundation.errors import NotFound, ServiceError
from tongban.foundation.payload import sent_bytes
from tongban.resources.exchange import services
from tongban.resources.exchange.adapters.https import CONTENT_TYPE
from tongban.resources.exchange.selectors import nodes as node_selectors
from tongban.resources.exchange.services import nodes as node_services
from tongban.resources.exchange.services.nodes_calls import Complaint
from tongban.resources.exchange.values.nodes import JoinAnswer

JSON = "application/json"


@csrf_exempt
@require_POST
def receive(request: HttpRequest) -> HttpResponse:
    """
    Take an envelope and answer with one.
    """
    answer = services.answer_envelope(data=sent_bytes(request), at=clock.now())
    return HttpResponse(answer, content_type=CONTENT_TYPE, headers={"Cache-Control": "no-store"})


@require_safe
def trust_list(request: HttpRequest) -> HttpResponse:
    """
    Give this node's trust list; 304 to who has it already.
    """
    found = node_selectors.own_list()
    if found is None:
        return _complain(NotFound())
    number, content = found
    etag = quote_etag(str(number))
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    if etag in parse_etags(request.headers.get("If-None-Match", "")):
        return HttpResponse(status=304, headers=headers)
    return HttpResponse(content, content_type=JSON, headers=headers)


@csrf_exempt
@require_POST
def receive_request(request: HttpRequest) -> HttpResponse:
    """
    Take a node's request to join.
    """
    return _answered(lambda: node_services.receive_request(data=sent_bytes(request), at=clock.now()))


@require_safe
def decision(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """
    Say how a request to join stands.
    """
    return _answered(lambda: node_services.decision_about(request_id=request_id))


@csrf_exempt
@require_POST
def receive_order(request: HttpRequest) -> HttpResponse:
    """
    Carry out what a node that has joined asks about itself.
    """
    return _answered(lambda: node_services.receive_order(data=sent_bytes(request), at=clock.now()))


def _answered(act: Callable[[], JoinAnswer]) -> HttpResponse:
    try:
        answer = act()
    except ServiceError as error:
        return _complain(error)
    return HttpResponse(msgspec.json.encode(answer), content_type=JSON, headers={"Cache-Control": "no-store"})


def _complain(error: ServiceError) -> HttpResponse:
    complaint = Complaint(error=error.code, message=str(error))
    return HttpResponse(msgspec.json.encode(complaint), content_type=JSON, status=error.status)
