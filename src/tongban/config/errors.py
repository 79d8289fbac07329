"""
How an error leaves the process: a page for people, problem details (RFC 9457) for machines.
"""

from collections.abc import Callable
from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import (
    DisallowedHost,
    PermissionDenied,
    RequestDataTooBig,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render, resolve_url
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tongban.foundation.context import request_id
from tongban.foundation.errors import InvalidInput, NotAuthenticated, NotFound, NotPermitted, ServiceError
from tongban.foundation.errors import TooManyRequests as TooMany
from tongban.foundation.payload import PayloadTooLarge
from tongban.support.identity.selectors import MandateEnded, actor_of
from tongban.support.identity.services import FreshCheckNeeded

logger = structlog.get_logger(__name__)

PROBLEM = "application/problem+json"
API_PREFIX = ("/api/", "/gateway/")
MEANINGS = "/api/v1/docs/errors"


class ServiceErrors:
    """
    Middleware: every `ServiceError` that a view lets through becomes its page or its problem document.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """
        Answer for a refusal; leave defects to Django, which logs them and shows 500.
        """
        if isinstance(error, ServiceError):
            return response_for(request, error)
        if isinstance(error, PermissionDenied):
            return response_for(request, NotPermitted())
        if isinstance(error, Http404):
            return response_for(request, NotFound())
        return None


def response_for(request: HttpRequest, error: ServiceError) -> HttpResponse:
    """
    Return what the client is told about `error`.
    """
    if isinstance(error, MandateEnded):
        # Whoever asked is shown in his own name on the page that tells him; nothing was done in it.
        request.actor = error.himself  # type: ignore[attr-defined]
    if isinstance(error, NotAuthenticated) and _is_staff(request):
        # The login page would send somebody who is logged in straight back here.
        error = ForApplicants()
    if request.path.startswith(API_PREFIX):
        response: HttpResponse = problem_response(request, error)
    elif isinstance(error, FreshCheckNeeded):
        return _to_fresh_check(request, error)
    elif isinstance(error, NotAuthenticated) and request.method == "GET":
        back = urlencode({"next": request.get_full_path()})
        return HttpResponseRedirect(f"{resolve_url(settings.LOGIN_URL)}?{back}")
    else:
        response = page(request, error)
    if isinstance(error, TooMany):
        response["Retry-After"] = str(error.retry_after_seconds)
    if isinstance(error, NotAuthenticated):
        response["WWW-Authenticate"] = "Bearer"
    return response


def _to_fresh_check(request: HttpRequest, error: FreshCheckNeeded) -> HttpResponseRedirect:
    """
    Lead to the fresh check and back: to the page that was asked for, or to the one a form was sent from.
    """
    query = urlencode({"check": "1", "to": str(error.needed), "next": request.get_full_path()})
    return HttpResponseRedirect(f"{resolve_url('workspace:level-check')}?{query}")


class ForApplicants(NotPermitted):
    """
    A member of staff opened a page on which people apply, or look after what they applied for.
    """

    code = "for_applicants"
    message = gettext_lazy("这一页给申请人用，您现在以工作人员身份登录")


def _is_staff(request: HttpRequest) -> bool:
    """
    Whether a member of staff is logged in at a page; the API knows tokens, and no door that leads back.
    """
    if request.path.startswith(API_PREFIX):
        return False
    try:
        return actor_of(request).is_staff
    except NotAuthenticated:
        return False


def problem_response(request: HttpRequest, error: ServiceError) -> JsonResponse:
    """
    Return the problem document of `error`.
    """
    return JsonResponse(problem(request, error), status=error.status, content_type=PROBLEM)


def problem(request: HttpRequest, error: ServiceError) -> dict[str, Any]:
    """
    Return the members of a problem document: those of RFC 9457 and `code`, `clause`, `facts`, `fields`.
    """
    body: dict[str, Any] = {
        "type": f"{MEANINGS}#{error.code}",
        "title": str(error.message) if "%(" not in str(error.message) else str(error),
        "status": error.status,
        "detail": str(error),
        "instance": request.path,
        "code": error.code,
        "request_id": request_id(),
    }
    if error.clause:
        body["clause"] = error.clause
    if error.facts:
        body["facts"] = {
            name: value if _is_plain(value) else str(value) for name, value in error.facts.items()
        }
    if isinstance(error, InvalidInput):
        body["fields"] = error.fields
    return body


def page(request: HttpRequest, error: ServiceError) -> HttpResponse:
    """
    Return the page that says what happened, why, and what to do next.
    """
    context = {"error": error, "status": error.status, "request_id": request_id()}
    return render(request, "errors/error.html", context, status=error.status)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """
    Answer a request for an address that does not exist.
    """
    return response_for(request, NotFound())


class FormTooLarge(PayloadTooLarge):
    """
    A form holds more text, or more fields or files, than the node reads; none of it was taken over.
    """

    code = "form_too_large"
    message = gettext_lazy("提交的内容太多，超过 %(limit_megabytes)s MB 或项数的上限，没有保存")

    def __init__(self) -> None:
        """
        Name the limit.
        """
        super().__init__(limit_megabytes=settings.DATA_UPLOAD_MAX_MEMORY_SIZE // (1024 * 1024))


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """
    Answer a request that is no proper HTTP or form, or a form that holds too much.
    """
    if isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent):
        return response_for(request, FormTooLarge())
    if isinstance(exception, DisallowedHost):
        # No page: pages name the address they are at, and this one is not ours.
        return HttpResponse("Bad Request", status=400, content_type="text/plain; charset=utf-8")
    return response_for(request, ServiceError())


def server_error(request: HttpRequest) -> HttpResponse:
    """
    Answer when this software has a defect; needs neither database nor session.
    """
    if request.path.startswith(API_PREFIX):
        body = {
            "type": f"{MEANINGS}#internal_error",
            "title": _("系统出现故障"),
            "status": 500,
            "code": "internal_error",
            "request_id": request_id(),
        }
        return JsonResponse(body, status=500, content_type=PROBLEM)
    return render(None, "errors/500.html", {"request_id": request_id()}, status=500)


class SessionExpired(NotPermitted):
    """
    The form's anti-forgery token is missing or old: the session ended, or cookies are switched off.
    """

    code = "csrf_failed"
    message = gettext_lazy("页面已过期，请刷新后重新提交")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """
    Answer a form without a valid anti-forgery token.
    """
    logger.info("csrf_failed", reason=reason)
    return response_for(request, SessionExpired())


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, str | int | bool | list | dict)
