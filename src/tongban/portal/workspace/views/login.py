"""
What the pages of logging in share, and logging out.
"""

import uuid

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.errors import ServiceError, TooManyRequests
from tongban.portal.workspace.views.acting import own_actor
from tongban.support.identity import selectors, services

SECONDS_OF_A_MINUTE = 60


@require_POST
def log_out(request: HttpRequest) -> HttpResponse:
    """
    Log out of this browser, whomever the session acts for and whether it still may.
    """
    services.end_sign_in(session=request.session, actor=own_actor(request), at=clock.now())
    return redirect("workspace:login")


def open_session(request: HttpRequest, account_id: uuid.UUID) -> None:
    """
    Open a session for somebody who was just recognised; the session's and the forms' secrets are new after it.
    """
    services.begin_sign_in(
        session=request.session,
        account_id=account_id,
        address=address_of(request),
        user_agent=request.headers.get("User-Agent", ""),
        at=clock.now(),
    )
    rotate_token(request)


def go_on(request: HttpRequest, target: str) -> HttpResponse:
    """
    Lead on after a login.

    Where the way ends at another system (one login), a page stands between: browsers let no answer to a form lead to
    another origin.
    """
    if not target.startswith(reverse("federation:authorize")):
        return HttpResponseRedirect(_by_way_of_merging(request, target))
    response = render(request, "federation/onward.html", {"target": target})
    response["Refresh"] = f"0; url={target}"
    return response


def _by_way_of_merging(request: HttpRequest, target: str) -> str:
    """
    Return where to go: first, where there are any, to the accounts of other systems that may be one's own.
    """
    actor = own_actor(request)
    if not actor.is_person or not selectors.has_pending_merges(account_id=uuid.UUID(actor.id)):
        return target
    return f"{reverse('workspace:merge')}?{urlencode({'next': target})}"


def safe_target(request: HttpRequest, target: str) -> str:
    """
    Return where to go next if it is a page of ours, else nothing: nobody is led elsewhere by a link to us.
    """
    is_ours = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if is_ours else ""


def home_of(actor: Actor) -> str:
    """
    Return the first page of somebody who is logged in.
    """
    return "/desk/" if actor.is_staff else reverse("workspace:home")


def address_of(request: HttpRequest) -> str | None:
    """
    Return the address the request came from; limits count by it.
    """
    address = getattr(request, "client_address", None)
    return address if isinstance(address, str) else None


def sentence_of(error: ServiceError) -> str:
    """
    Return what a person is told; of a limit, how long to wait.
    """
    if not isinstance(error, TooManyRequests):
        return str(error)
    seconds = error.retry_after_seconds
    if seconds <= SECONDS_OF_A_MINUTE:
        wait = ngettext(
            "操作过于频繁，请在 %(seconds)s 秒后再试", "操作过于频繁，请在 %(seconds)s 秒后再试", seconds
        )
        return wait % {"seconds": seconds}
    minutes = -(-seconds // SECONDS_OF_A_MINUTE)
    wait = ngettext(
        "操作过于频繁，请在 %(minutes)s 分钟后再试", "操作过于频繁，请在 %(minutes)s 分钟后再试", minutes
    )
    return wait % {"minutes": minutes}


def with_waiting_time(response: HttpResponse, error: ServiceError | None) -> HttpResponse:
    """
    Tell machines too how long to wait.
    """
    if isinstance(error, TooManyRequests):
        response["Retry-After"] = str(error.retry_after_seconds)
    return response
