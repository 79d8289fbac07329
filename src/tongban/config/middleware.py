"""
What happens around every request: its id, its line in the log, its place in the metrics.
"""

import re
import secrets
from collections.abc import Callable
from time import perf_counter

import structlog
from django.http import HttpRequest, HttpResponse

from tongban.config.metrics import request_seconds, requests_total
from tongban.foundation.context import set_request_id

logger = structlog.get_logger(__name__)

HEADER = "X-Request-ID"

#: Ids of callers are taken over when they look like ids; anything else would let them write into our logs.
ACCEPTABLE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

#: Asked every few seconds by balancers; not worth a line each.
UNLOGGED = frozenset({"/healthz", "/readyz", "/metrics"})


class RequestContext:
    """
    Middleware, outermost: gives the request an id, answers with it, logs and counts.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """
        Keep what answers.
        """
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """
        Answer, measured.
        """
        request_id = _request_id(request)
        set_request_id(request_id)
        started = perf_counter()
        try:
            response = self.get_response(request)
            response.headers[HEADER] = request_id
            _note(request, response, seconds=perf_counter() - started)
            return response
        finally:
            set_request_id("")


def _request_id(request: HttpRequest) -> str:
    given = request.headers.get(HEADER, "")
    return given if ACCEPTABLE_ID.fullmatch(given) else secrets.token_hex(12)


def _note(request: HttpRequest, response: HttpResponse, *, seconds: float) -> None:
    method = request.method if request.method in METHODS else "OTHER"
    route = request.resolver_match.route if request.resolver_match else "(none)"
    requests_total.labels(method, route, response.status_code).inc()
    request_seconds.labels(method, route).observe(seconds)
    if request.path not in UNLOGGED:
        logger.info(
            "request",
            method=method,
            # Without the query: people search for things that are nobody's business.
            path=request.path,
            status=response.status_code,
            milliseconds=round(seconds * 1000, 1),
        )
