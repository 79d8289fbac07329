"""
Who acts in a request: found out when somebody first asks, by one query beside the session's own.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from tongban.foundation import clock
from tongban.foundation.actors import ANONYMOUS, Actor, Channel
from tongban.foundation.context import set_address
from tongban.foundation.errors import NotAuthenticated
from tongban.support.identity import selectors, services

BEARER = "bearer "
TOUCH_AFTER = timedelta(minutes=1)
"""A session in use is written down this often: idleness need not be known to the second."""


class ActorMiddleware:
    """
    Middleware: gives every request `actor` and `client_address`.

    Browsers are known by their session, other systems by a bearer token, which goes first where both are sent.
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
        address = client_address(request)
        request.client_address = address  # type: ignore[attr-defined]
        request.actor = SimpleLazyObject(lambda: find_actor(request))  # type: ignore[attr-defined]
        # For the audit trail, whoever writes into it.
        set_address(address or "")
        try:
            return self.get_response(request)
        finally:
            set_address("")


def find_actor(request: HttpRequest) -> Actor:
    """
    Return who acts; ANONYMOUS with the right channel where nobody is logged in.

    :raises NotAuthenticated: a token was sent, and it is unknown, expired or revoked
    """
    header = request.headers.get("Authorization", "")
    if header.lower().startswith(BEARER):
        actor = selectors.actor_for_token(
            token=header[len(BEARER) :].strip(), at=clock.now(), address=client_address(request)
        )
        if actor is None:
            raise NotAuthenticated
        return actor
    return _actor_of_session(request)


def client_address(request: HttpRequest) -> str | None:
    """
    Return the address the request came from.

    Each proxy of ours adds one entry to X-Forwarded-For; what stands before those is what the sender wrote, and
    is not believed.
    """
    direct = request.META.get("REMOTE_ADDR") or None
    believed = settings.TONGBAN_TRUSTED_PROXIES
    if believed < 1:
        return direct
    forwarded = [
        entry.strip() for entry in request.headers.get("X-Forwarded-For", "").split(",") if entry.strip()
    ]
    return forwarded[-min(believed, len(forwarded))] if forwarded else direct


def _actor_of_session(request: HttpRequest) -> Actor:
    channel = Channel.MOBILE if "Mobile" in request.headers.get("User-Agent", "") else Channel.WEB
    sign_in_id = selectors.sign_in_of(request.session)
    at = clock.now()
    found = selectors.open_session(sign_in_id=sign_in_id, channel=channel, at=at) if sign_in_id else None
    if found is None:
        return replace(ANONYMOUS, channel=channel)
    if at - found.seen_at > TOUCH_AFTER:
        services.touch_sign_in(sign_in_id=found.sign_in_id, at=at)
    return found.actor
