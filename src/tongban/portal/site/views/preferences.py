"""
What a reader prefers: language, elder edition. Kept in a cookie, changed by a form, so it works without script.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from tongban.foundation.errors import InvalidInput

ELDER_COOKIE = "tongban_elder"
A_YEAR_SECONDS = 365 * 24 * 3600


class UnknownLanguage(InvalidInput):
    """
    The node's pages are not written in the language that was asked for.
    """

    code = "unknown_language"
    message = _("本站没有这种语言的页面")


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """
    Remember the language and go back to the page.

    :raises UnknownLanguage: the node has no such language
    """
    wanted = request.POST.get("language", "")
    if wanted not in dict(settings.LANGUAGES):
        raise UnknownLanguage(fields={"language": UnknownLanguage.message})
    return _remember(request, settings.LANGUAGE_COOKIE_NAME, wanted)


@require_POST
def set_elder(request: HttpRequest) -> HttpResponse:
    """
    Switch the elder edition on (`elder=1`) or off and go back to the page.
    """
    return _remember(request, ELDER_COOKIE, "1" if request.POST.get("elder") == "1" else "0")


def _remember(request: HttpRequest, cookie: str, value: str) -> HttpResponse:
    response = HttpResponseRedirect(_way_back(request))
    response.set_cookie(
        cookie,
        value,
        max_age=A_YEAR_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


def _way_back(request: HttpRequest) -> str:
    target = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(target, allowed_hosts=None) and target.startswith("/")
    return target if is_ours else "/"
