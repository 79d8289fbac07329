"""
How long a form may be, with files or without, asked before anything of it is read.

Django reads a form's whole body to look for its anti-forgery token; what is too long has to be refused before that.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from tongban.config.errors import API_PREFIX, FormTooLarge, response_for
from tongban.foundation.errors import ServiceError
from tongban.support.documents import services as documents

MULTIPART = "multipart/form-data"
TEXT_ONLY = "application/x-www-form-urlencoded"
BY_SCRIPT = "upload"
READ = frozenset({"POST", "PUT", "PATCH"})
"""Methods whose bodies are read; a browser that was led elsewhere by a redirection repeats the header without one."""


class LengthRequired(ServiceError):
    """
    A body with files came without saying how long it is (RFC 9110, 15.5.12).
    """

    code = "length_required"
    status = 411
    message = _("上传时没有说明内容的长度，无法接收；请换一个浏览器重试")


class UploadSizes:
    """
    Middleware: refuses a form that announces too much, or files of unknown length, without reading it.

    Stands after every middleware that a page needs and before any view; views, and the check of the anti-forgery
    token, are where bodies are first read.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """
        Keep what answers.
        """
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """
        Answer, or refuse: a page for people, a problem document for systems, plain text for the upload script.
        """
        if request.method not in READ:
            return self.get_response(request)
        try:
            if request.content_type == MULTIPART:
                _require_length(request)
            elif request.content_type == TEXT_ONLY:
                _require_short(request)
        except ServiceError as error:
            return _refusal(request, error)
        return self.get_response(request)


def _require_length(request: HttpRequest) -> None:
    declared = request.headers.get("Content-Length", "")
    if declared.isascii() and declared.isdigit():
        documents.check_request_size(declared_bytes=int(declared))
    elif not _is_api(request):
        # The API reads nothing of such a body, and says which parts of it are missing.
        raise LengthRequired


def _require_short(request: HttpRequest) -> None:
    declared = request.headers.get("Content-Length", "")
    is_known = declared.isascii() and declared.isdigit()
    # The API reads no such body. What lies about its length is found out while it is read (`errors.bad_request`).
    if is_known and int(declared) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE and not _is_api(request):
        raise FormTooLarge


def _is_api(request: HttpRequest) -> bool:
    """
    Whether a system asks, and not somebody in front of a page.
    """
    return request.path.startswith(API_PREFIX)


def _refusal(request: HttpRequest, error: ServiceError) -> HttpResponse:
    if request.headers.get("X-Requested-With") == BY_SCRIPT:
        return HttpResponse(str(error), status=error.status, content_type="text/plain; charset=utf-8")
    return response_for(request, error)
