"""
办理身份: in whose name the person goes on.
"""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from tongban.foundation import clock
from tongban.foundation.actors import ANONYMOUS, Actor, Channel
from tongban.foundation.errors import NotAuthenticated, NotFound
from tongban.support.identity import selectors as identity
from tongban.support.identity import services
from tongban.support.identity.selectors import actor_of
from tongban.support.mandates import selectors as mandates
from tongban.support.mandates import services as mandate_services


@never_cache
@require_safe
def show_acting(request: HttpRequest) -> HttpResponse:
    """
    Show in whose names the person can go on, and what was offered to him.
    """
    actor, at = actor_of(request), clock.now()
    context = {
        "choices": mandates.choices(actor=actor, at=at),
        "current": actor.acting_for.mandate_id if actor.acting_for else "",
        "offers": mandates.offered(actor=actor, at=at),
    }
    return render(request, "workspace/acting_show.html", context)


@never_cache
@require_POST
def set_acting(request: HttpRequest) -> HttpResponse:
    """
    Go on in the name of the mandate's grantor, or in one's own; leads to the home page of that name.

    Works although the mandate by which the session acts has ended: this is how the person confirms that he goes on.
    """
    himself, sign_in_id = _himself(request)
    mandate_id = _mandate_id(request)
    at = clock.now()
    if mandate_id is not None:
        mandate_services.check_if_stale(mandate_id=mandate_id, actor=himself, at=at)
    principal = services.act_for(sign_in_id=sign_in_id, mandate_id=mandate_id, actor=himself, at=at)
    # The page that follows is asked for in the new name; nothing else is done in this request.
    request.actor = himself  # type: ignore[attr-defined]
    name = principal.name if principal else _("本人")
    messages.success(request, _("现在以“%(name)s”的身份办理") % {"name": name})
    return redirect("workspace:home")


def own_actor(request: HttpRequest) -> Actor:
    """
    Return who is logged in, in his own name whomever he acts for; anonymous where nobody is.
    """
    try:
        return _himself(request)[0]
    except NotAuthenticated:
        return ANONYMOUS


def _himself(request: HttpRequest) -> tuple[Actor, uuid.UUID]:
    sign_in_id = identity.sign_in_of(request.session)
    found = (
        identity.own_session(sign_in_id=sign_in_id, channel=Channel.WEB, at=clock.now())
        if sign_in_id
        else None
    )
    if found is None:
        raise NotAuthenticated
    return found.actor, found.sign_in_id


def _mandate_id(request: HttpRequest) -> uuid.UUID | None:
    wanted = request.POST.get("mandate", "")
    if not wanted:
        return None
    try:
        return uuid.UUID(wanted)
    except ValueError as error:
        raise NotFound from error
