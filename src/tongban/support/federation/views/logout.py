"""
Logging out at the wish of a relying party.

Source: OpenID Connect RP-Initiated Logout 1.0.
"""

from dataclasses import dataclass

from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from tongban.foundation import clock
from tongban.support.federation import rules, selectors
from tongban.support.federation.adapters.server import with_parameters
from tongban.support.federation.adapters.validator import verified_claims
from tongban.support.identity.selectors import actor_of
from tongban.support.identity.services import end_sign_in

SALT = "tongban.federation.logout"
SECONDS = 600


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """
    What a party asks for, as far as it may.
    """

    party_name: str
    address: str
    """Where to go afterwards, with the party's state; empty: nowhere."""
    session_id: str
    """Which session the party means; empty: it does not prove any."""


@csrf_exempt
@never_cache
@require_http_methods(["GET", "POST"])
def log_out(request: HttpRequest) -> HttpResponse:
    """
    Log out, at once where the party proves by an identity token whose login it means, else after asking.
    """
    values = request.POST if request.method == "POST" else request.GET
    wish = _wish(values.get("id_token_hint", ""), values.get("client_id", ""), values)
    actor = actor_of(request)
    if not (actor.is_person or actor.is_staff):
        return _gone(request, wish.address)
    if wish.session_id and selectors.is_session_of(wish.session_id, sign_in_id=actor.session_id):
        return _end(request, wish.address)
    context = {
        "party_name": wish.party_name,
        "pending": signing.dumps({"to": wish.address, "sign_in": actor.session_id}, salt=SALT),
    }
    response = render(request, "federation/logout.html", context)
    if wish.address:
        response.form_targets = (rules.origin_of(wish.address),)  # type: ignore[attr-defined]
    return response


@never_cache
@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """
    Log out after having asked.
    """
    try:
        pending = signing.loads(request.POST.get("request", ""), salt=SALT, max_age=SECONDS)
    except signing.BadSignature:
        return _gone(request, "")
    if pending["sign_in"] != actor_of(request).session_id:
        return _gone(request, "")
    return _end(request, pending["to"])


def _wish(hint: str, client_id: str, values: object) -> Wish:
    at = clock.now()
    claims = verified_claims(hint, at=at) if hint else None
    if claims is not None and client_id and claims.get("aud") != client_id:
        claims = None
    named = client_id or str(claims.get("aud", "") if claims else "")
    party = selectors.find_party(named) if named else None
    if party is None:
        return Wish(party_name="", address="", session_id="")
    to = values.get("post_logout_redirect_uri", "")  # type: ignore[attr-defined]
    if to not in party.post_logout_redirect_uris:
        to = ""
    state = values.get("state", "")  # type: ignore[attr-defined]
    return Wish(
        party_name=party.name,
        address=with_parameters(to, {"state": state}) if to and state else to,
        session_id=str(claims.get("sid", "")) if claims else "",
    )


def _end(request: HttpRequest, address: str) -> HttpResponse:
    end_sign_in(session=request.session, actor=actor_of(request), at=clock.now())
    return _gone(request, address)


def _gone(request: HttpRequest, address: str) -> HttpResponse:
    if address:
        return HttpResponseRedirect(address)
    return render(request, "federation/logged_out.html", {})
