"""
The OpenID provider: who somebody is, told to systems he logs in to with his account here.

Sources: OpenID Connect Core 1.0, Discovery 1.0, RFC 6749, RFC 7009, RFC 7517, RFC 9207.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.http import client_address
from tongban.support.federation import permissions, rules, selectors, services
from tongban.support.federation.adapters import server
from tongban.support.federation.adapters.server import AuthorizationRequest, RequestRefused
from tongban.support.federation.adapters.validator import CLAIMS
from tongban.support.federation.values import ClaimScope
from tongban.support.identity.selectors import actor_of, sign_in_facts
from tongban.support.identity.services import end_sign_in, hit_limit, policy, require_below_limit

JWKS_SECONDS = 300
PENDING_SALT = "tongban.federation.pending"
PENDING_SECONDS = 600
UNAUTHORIZED = 401
"""A party that does not prove who it is; counted by address."""


@require_safe
def show_configuration(_request: HttpRequest) -> JsonResponse:
    """
    Describe the provider, OpenID Connect Discovery 1.0 section 3.
    """
    base = services.issuer()
    response = JsonResponse(
        {
            "issuer": base,
            "authorization_endpoint": base + reverse("federation:authorize"),
            "token_endpoint": base + reverse("federation:token"),
            "userinfo_endpoint": base + reverse("federation:user-info"),
            "revocation_endpoint": base + reverse("federation:revoke"),
            "jwks_uri": base + reverse("federation:jwks"),
            "end_session_endpoint": base + reverse("federation:logout"),
            "scopes_supported": list(ClaimScope.values),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": list(server.GRANT_TYPES),
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
            "code_challenge_methods_supported": ["S256"],
            "claims_supported": list(CLAIMS),
            "acr_values_supported": [rules.acr_of(level) for level in range(5)],
            "prompt_values_supported": ["none", "login", "consent", "create"],
            "request_parameter_supported": False,
            "request_uri_parameter_supported": False,
            "claims_parameter_supported": False,
            "authorization_response_iss_parameter_supported": True,
            "backchannel_logout_supported": True,
            "backchannel_logout_session_supported": True,
            "ui_locales_supported": ["zh-CN", "en"],
        }
    )
    response["Access-Control-Allow-Origin"] = "*"
    response["Cache-Control"] = f"public, max-age={JWKS_SECONDS}"
    return response


@require_safe
def show_keys(_request: HttpRequest) -> JsonResponse:
    """
    Publish the keys by which anything that has not lapsed can be verified.
    """
    at = clock.now()
    services.ensure_signing_key(at=at)
    response = JsonResponse({"keys": selectors.published_keys(at=at)})
    response["Access-Control-Allow-Origin"] = "*"
    response["Cache-Control"] = f"public, max-age={JWKS_SECONDS}"
    return response


@csrf_exempt
@never_cache
@require_http_methods(["GET", "POST"])
def authorize(request: HttpRequest) -> HttpResponse:
    """
    Ask who somebody is and whether he agrees, then lead him back to the party with a code.
    """
    if request.method == "POST":
        # A form of another site comes without our cookie: read it again as a link.
        return HttpResponseRedirect(f"{request.path}?{urlencode(request.POST, doseq=True)}", status=303)
    pairs = [(name, value) for name, values in request.GET.lists() for value in values]
    at = clock.now()
    try:
        asked = server.read_request(pairs, issuer=services.issuer(), at=at)
        return _answer(request, asked, at=at)
    except RequestRefused as refusal:
        return _refuse(request, refusal)


@never_cache
@require_POST
def consent(request: HttpRequest) -> HttpResponse:
    """
    Take the person's answer to the consent page.
    """
    actor, at = actor_of(request), clock.now()
    try:
        pending = signing.loads(request.POST.get("request", ""), salt=PENDING_SALT, max_age=PENDING_SECONDS)
    except signing.BadSignature:
        return _refuse(request, RequestRefused(error="invalid_request"))
    if pending["sign_in"] != actor.session_id:
        return _refuse(request, RequestRefused(error="invalid_request"))
    pairs = [(str(name), str(value)) for name, value in pending["pairs"]]
    try:
        asked = server.read_request(pairs, issuer=services.issuer(), at=at)
        if request.POST.get("answer") != "yes":
            return HttpResponseRedirect(_told(asked, "access_denied").redirect_to)
        services.give_consent(party=asked.party, scopes=asked.scopes, actor=actor, at=at)
        return HttpResponseRedirect(_code_address(asked, actor, at=at))
    except RequestRefused as refusal:
        return _refuse(request, refusal)


@csrf_exempt
@require_POST
def give_token(request: HttpRequest) -> HttpResponse:
    """
    Change a code, or a refresh token, for tokens.
    """
    at, limits = clock.now(), policy()
    key = f"federation-token-address:{client_address(request) or 'unknown'}"
    require_below_limit(key, limit=limits.login_tries_per_address, window=limits.login_lock, at=at)
    services.ensure_signing_key(at=at)
    response = server.token_response(request, at=at)
    if response.status_code == UNAUTHORIZED:
        hit_limit(key, limit=limits.login_tries_per_address, window=limits.login_lock, at=at)
    return response


@csrf_exempt
@require_POST
def revoke_token(request: HttpRequest) -> HttpResponse:
    """
    End a token at the wish of the party that holds it.
    """
    return server.revocation_response(request, at=clock.now())


@csrf_exempt
@require_http_methods(["GET", "POST"])
def show_user_info(request: HttpRequest) -> HttpResponse:
    """
    Tell a party what the person consented to.
    """
    return server.user_info_response(request, at=clock.now())


def _answer(request: HttpRequest, asked: AuthorizationRequest, *, at: datetime) -> HttpResponse:
    actor = actor_of(request)
    prompt = frozenset(request.GET.get("prompt", "").split())
    is_silent = "none" in prompt
    if "request" in request.GET or "request_uri" in request.GET:
        raise _told(asked, "request_not_supported")
    if is_silent and len(prompt) > 1:
        raise _told(asked, "invalid_request")
    if not _is_freshly_known(request, actor, prompt, at=at):
        if is_silent:
            raise _told(asked, "login_required")
        end_sign_in(session=request.session, actor=actor, at=at)
        return _to_login(
            request, asked, door="workspace:register" if "create" in prompt else "workspace:login"
        )
    _require_fitting(request, asked, actor)
    is_agreed = "consent" not in prompt and selectors.has_consented(
        client_id=asked.party.client_id, scopes=set(asked.scopes), actor=actor
    )
    if is_agreed:
        return HttpResponseRedirect(_code_address(asked, actor, at=at))
    if is_silent:
        raise _told(asked, "consent_required")
    return _ask(request, asked, actor)


def _is_freshly_known(request: HttpRequest, actor: Actor, prompt: frozenset[str], *, at: datetime) -> bool:
    is_known = actor.is_person or actor.is_staff
    return is_known and "login" not in prompt and not _is_stale(request, actor, at=at)


def _require_fitting(request: HttpRequest, asked: AuthorizationRequest, actor: Actor) -> None:
    if not permissions.hand_over_login.allows(actor, account_kinds=asked.party.account_kinds):
        raise _told(asked, "access_denied")
    if _wants_more(request, actor):
        raise _told(asked, "unmet_authentication_requirements")


def _ask(request: HttpRequest, asked: AuthorizationRequest, actor: Actor) -> HttpResponse:
    pending = signing.dumps({"pairs": asked.pairs, "sign_in": actor.session_id}, salt=PENDING_SALT)
    context = {
        "party_name": asked.party.name,
        "party_host": rules.origin_of(asked.redirect_uri),
        "scopes": selectors.words_of(asked.scopes),
        "actor_name": actor.name,
        "principal_name": actor.acting_for.name if actor.acting_for else "",
        "pending": pending,
        "action": reverse("federation:consent"),
    }
    return _leading_out(render(request, "federation/consent.html", context), asked.redirect_uri)


def _leading_out(response: HttpResponse, address: str) -> HttpResponse:
    """
    Let the form of this page lead to the party's address: browsers judge where an answer to a form leads on.
    """
    response.form_targets = (rules.origin_of(address),)  # type: ignore[attr-defined]
    return response


def _code_address(asked: AuthorizationRequest, actor: Actor, *, at: datetime) -> str:
    known = services.authentication_of_actor(actor=actor, sector=asked.party.sector, at=at)
    if known is None:
        raise _told(asked, "login_required")
    return server.give_code(
        asked,
        account_id=UUID(actor.id),
        authentication=msgspec.to_builtins(known),
        issuer=services.issuer(),
        at=at,
    )


def _told(asked: AuthorizationRequest, error: str) -> RequestRefused:
    to = server.error_address(
        {"redirect_uri": asked.redirect_uri, "state": asked.state}, error=error, issuer=services.issuer()
    )
    return RequestRefused(error=error, redirect_to=to)


def _refuse(request: HttpRequest, refusal: RequestRefused) -> HttpResponse:
    if refusal.redirect_to:
        return HttpResponseRedirect(refusal.redirect_to)
    return render(request, "federation/refused.html", {"code": refusal.error}, status=400)


def _to_login(request: HttpRequest, asked: AuthorizationRequest, *, door: str) -> HttpResponse:
    """
    Lead to the login page, or to registration, and back; what asked for a fresh login is fulfilled by it.
    """
    left = {name: str(value) for name, value in request.GET.items() if name != "prompt"}
    target = f"{request.path}?{urlencode(left)}"
    kind = "staff" if list(asked.party.account_kinds) == ["STAFF"] else "person"
    return HttpResponseRedirect(f"{reverse(door)}?{urlencode({'next': target, 'as': kind})}")


def _is_stale(request: HttpRequest, actor: Actor, *, at: datetime) -> bool:
    seconds = request.GET.get("max_age", "")
    if not seconds.isdecimal() or actor.session_id is None:
        return False
    facts = sign_in_facts(sign_in_id=UUID(actor.session_id), account_id=UUID(actor.id), at=at)
    return facts is None or rules.is_too_old(facts.started_at, max_age_seconds=int(seconds[:9]), at=at)


def _wants_more(request: HttpRequest, actor: Actor) -> bool:
    """
    Whether the party named levels (`acr_values`) and the person is known by none of them, nor better.
    """
    named: list[Any] = [rules.level_of(value) for value in request.GET.get("acr_values", "").split()]
    wanted = [level for level in named if level is not None]
    return bool(wanted) and actor.assurance_level < min(wanted)
