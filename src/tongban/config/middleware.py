"""
What happens around every request: its id, its line in the log, its place in the metrics, text that can be read.
"""

import re
import secrets
from collections.abc import Callable
from time import perf_counter

import structlog
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils.translation import gettext_lazy as _

from tongban.config.errors import API_PREFIX, response_for
from tongban.config.metrics import request_seconds, requests_total
from tongban.foundation.context import set_request_id
from tongban.foundation.errors import NotFound, ServiceError
from tongban.foundation.payload import MULTIPART, is_unkept

logger = structlog.get_logger(__name__)

HEADER = "X-Request-ID"

#: Ids of callers are taken over when they look like ids; anything else would let them write into our logs.
ACCEPTABLE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")

UTF_8 = "utf-8"

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


class UnreadableText(ServiceError):
    """
    A query or a form holds text that no column can keep: NUL, half a surrogate pair, or another encoding than UTF-8.
    """

    code = "unreadable_text"
    message = _("发来的内容里有无法读取的字符，没有保存")


class ReadableText:
    """
    Middleware: no view, and no statement to the database, meets text that PostgreSQL cannot keep.

    Stands before the session, which is looked up by a cookie. An address with such text leads nowhere (404), a
    query or form with it is refused whole (400), a cookie with it counts as not sent. The API says of each
    parameter what is wrong with it (`config.api_requests`); here it is only kept to UTF-8.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """
        Keep what answers.
        """
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """
        Answer, read as UTF-8 and without cookies that nobody could have been given.
        """
        for name in [name for name, value in request.COOKIES.items() if is_unkept(name + value)]:
            del request.COOKIES[name]
        # A declared charset would also be used for the query, and may name a codec that decodes no text at all.
        request.encoding = UTF_8
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: object, parts: object, names: object
    ) -> HttpResponse | None:
        """
        Refuse before the view; by now the page of the refusal knows who asks and in which language.
        """
        try:
            _require_utf_8(request)
            if not request.path.startswith(API_PREFIX):
                _require_kept(request)
        except ServiceError as error:
            return response_for(request, error)
        return None


def _require_utf_8(request: HttpRequest) -> None:
    declared = (request.content_params or {}).get("charset", UTF_8)
    # Django itself refuses the other kind of form; bodies of any other kind are none of text.
    if request.content_type == MULTIPART and declared.lower() not in {UTF_8, "utf8", "us-ascii"}:
        raise UnreadableText


def _require_kept(request: HttpRequest) -> None:
    if is_unkept(request.path):
        raise NotFound
    sent = [request.GET]
    try:
        sent.append(request.POST)
    except UnreadablePostError:
        # The browser hung up. There is nobody to answer; the view finds out in its own way.
        return
    if any(is_unkept("".join([name, *values])) for form in sent for name, values in form.lists()):
        raise UnreadableText


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
