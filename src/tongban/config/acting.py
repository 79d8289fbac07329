"""
In whose name a page was opened, and in whose name its form is sent: never mixed up.

Every form of a person carries for whom its page was opened. Where the session acts for somebody else by now (another
tab has switched), nothing of the request is carried out; what was typed is shown and can be sent again in the right
name. Which name that is, the person says himself.
"""

import uuid
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.backends.utils import csrf_input
from django.utils.functional import lazy
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from tongban.config.actor_middleware import find_actor
from tongban.config.errors import API_PREFIX, problem_response, response_for
from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.context import request_id
from tongban.foundation.errors import Conflict, ServiceError
from tongban.support.identity import selectors as identity
from tongban.support.identity import services
from tongban.support.identity.selectors import actor_of
from tongban.support.mandates import selectors as mandates

OPENED_FOR = "acting_as"
"""Hidden field: id of the person or legal entity for whom a page was opened."""
SWITCH = "acting_switch"
"""Hidden field: switch back and go on; by which mandate, or "self"."""
ONESELF = "self"
CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
NOBODYS = frozenset(
    {
        "site:language-set",
        "site:elder-set",
        "workspace:login",
        "workspace:logout",
        "workspace:acting-set",
    }
)
"""Forms that mean the browser and not anybody's matters."""
NOT_SHOWN = frozenset({OPENED_FOR, SWITCH, "csrfmiddlewaretoken"})
SECRET = ("password", "repeated", "code", "secret", "token")
LONGEST_SHOWN = 300


class PrincipalChanged(Conflict):
    """
    The page was opened in another name than the session acts in now. Nothing was carried out.
    """

    code = "principal_changed"
    message = _("这一页是以另一个身份打开的，您现在的办理身份已经切换，这一步没有办理")


def acting_inputs(request: HttpRequest) -> dict[str, Any]:
    """
    Context processor: `csrf_input` with the field that says for whom the page was opened.
    """
    return {"csrf_input": inputs_lazy(request)}


def _inputs(request: HttpRequest) -> SafeString:
    actor = actor_of(request)
    opened_for = actor.principal_id if actor.is_person else None
    if opened_for is None:
        return SafeString(csrf_input(request))
    return format_html(
        '{}<input type="hidden" name="{}" value="{}">', csrf_input(request), OPENED_FOR, opened_for
    )


inputs_lazy = lazy(_inputs, SafeString, str)


class PrincipalOfForms:
    """
    Middleware: a form is carried out in the name in which its page was opened, or not at all.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """
        Keep what answers.
        """
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """
        Answer.
        """
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: object, parts: object, names: object
    ) -> HttpResponse | None:
        """
        Refuse before the view is called.
        """
        if request.method not in CHANGING or request.path.startswith(API_PREFIX):
            return None
        if identity.sign_in_of(request.session) is None or _is_nobodys(request):
            return None
        try:
            actor = actor_of(request)
            return _refusal(request, actor) if actor.is_person else None
        except ServiceError as error:
            return response_for(request, error)


def _is_nobodys(request: HttpRequest) -> bool:
    found = request.resolver_match
    return found is not None and found.view_name in NOBODYS


def _refusal(request: HttpRequest, actor: Actor) -> HttpResponse | None:
    """
    Return the page of the refusal, or None where page and session go together.
    """
    opened_for = request.POST.get(OPENED_FOR)
    if opened_for is None and actor.acting_for is None:
        return None
    if opened_for == actor.principal_id:
        return None
    if opened_for and SWITCH in request.POST:
        _switch(request, actor, opened_for)
        return None
    if request.headers.get("X-Requested-With"):
        return problem_response(request, PrincipalChanged())
    return _page(request, actor, opened_for or "")


def _switch(request: HttpRequest, actor: Actor, opened_for: str) -> None:
    """
    Go on in the name in which the page was opened, as the person has asked just now.
    """
    sign_in_id = identity.sign_in_of(request.session)
    if sign_in_id is None:
        raise PrincipalChanged
    wanted = request.POST[SWITCH]
    mandate_id = None if wanted == ONESELF else _uuid(wanted)
    services.act_for(sign_in_id=sign_in_id, mandate_id=mandate_id, actor=actor, at=clock.now())
    request.actor = find_actor(request)  # type: ignore[attr-defined]
    if actor_of(request).principal_id != opened_for:
        raise PrincipalChanged


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise PrincipalChanged from error


def _page(request: HttpRequest, actor: Actor, opened_for: str) -> HttpResponse:
    error = PrincipalChanged()
    switch, name = _way_back(actor, opened_for)
    context = {
        "error": error,
        "status": error.status,
        "request_id": request_id(),
        "opened_for": opened_for,
        "opened_name": name,
        "switch": switch,
        "fields": kept_fields(request),
        "typed": typed_text(request),
        "has_files": bool(request.FILES),
    }
    return render(request, "errors/principal_changed.html", context, status=error.status)


def _way_back(actor: Actor, opened_for: str) -> tuple[str, str]:
    """
    Return how to act again in the name in which the page was opened, and that name; both empty: there is no way.
    """
    if opened_for == actor.person_id:
        return ONESELF, actor.name
    for choice in mandates.choices(actor=actor, at=clock.now()):
        if str(choice.principal_id) == opened_for:
            return str(choice.mandate_id), choice.name
    return "", ""


def kept_fields(request: HttpRequest) -> list[tuple[str, str]]:
    """
    Return what was sent, to be sent again; secrets are typed anew.
    """
    return [
        (name, value)
        for name, values in request.POST.lists()
        if name not in NOT_SHOWN and not _is_secret(name)
        for value in values
    ]


def typed_text(request: HttpRequest) -> list[str]:
    """
    Return what was typed, to be read and copied.
    """
    return [
        value[:LONGEST_SHOWN] for _name, value in kept_fields(request) if value.strip() and len(value) > 1
    ]


def _is_secret(name: str) -> bool:
    return any(part in name.lower() for part in SECRET)
