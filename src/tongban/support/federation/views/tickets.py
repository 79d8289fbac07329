"""
Doors of the ticket protocol: for browsers on their way, and for the calls of applications.
"""

import json

from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from tongban.foundation import clock
from tongban.foundation.errors import NotPermitted
from tongban.foundation.http import client_address
from tongban.foundation.payload import sent_bytes
from tongban.support.federation import rules, selectors
from tongban.support.federation.adapters.server import with_parameters
from tongban.support.federation.services import ApplicationNotFound, TicketRefused, tickets
from tongban.support.federation.services.tickets import Call
from tongban.support.federation.values import UserType
from tongban.support.identity.selectors import actor_of
from tongban.support.identity.services import hit_limit, policy, require_below_limit

SALT = "tongban.federation.ticket"
SECONDS = 600
LARGEST = 16 * 1024
TAKEN = "000000"
WANTED = ("appmark", "gotoUrl", "userType")
FIELDS = ("appmark", "servicename", "time", "nonce", "sign", "params")


@never_cache
@require_GET
def authorize(request: HttpRequest) -> HttpResponse:
    """
    Ask who somebody is and whether he agrees, then lead him back to the application with a ticket.
    """
    wanted = {name: request.GET.get(name, "") for name in WANTED}
    wanted["userType"] = wanted["userType"] or UserType.PERSON.value
    try:
        application = tickets.application_for(
            appmark=wanted["appmark"], goto_url=wanted["gotoUrl"], user_type=wanted["userType"]
        )
    except ApplicationNotFound as error:
        return render(request, "federation/refused.html", {"code": error.code}, status=400)
    actor = actor_of(request)
    if not actor.is_person:
        target = f"{request.path}?{urlencode(wanted)}"
        return HttpResponseRedirect(f"{reverse('workspace:login')}?{urlencode({'next': target})}")
    if not tickets.is_in_fitting_name(actor, user_type=wanted["userType"]):
        return _wrong_name(request, application.name, wanted)
    if tickets.has_agreed(application=application, user_type=wanted["userType"], actor=actor):
        return _back(request, wanted)
    context = {
        "party_name": application.name,
        "party_host": rules.origin_of(wanted["gotoUrl"]),
        "scopes": selectors.words_of(tickets.CONSENTS[UserType(wanted["userType"])]),
        "actor_name": actor.name,
        "principal_name": actor.acting_for.name if actor.acting_for else "",
        "pending": signing.dumps({**wanted, "sign_in": actor.session_id}, salt=SALT),
        "action": reverse("federation:ticket-consent"),
    }
    response = render(request, "federation/consent.html", context)
    response.form_targets = (rules.origin_of(wanted["gotoUrl"]),)  # type: ignore[attr-defined]
    return response


@never_cache
@require_POST
def consent(request: HttpRequest) -> HttpResponse:
    """
    Take the person's answer to the consent page.
    """
    try:
        wanted = signing.loads(request.POST.get("request", ""), salt=SALT, max_age=SECONDS)
    except signing.BadSignature:
        wanted = {}
    if wanted.get("sign_in") != actor_of(request).session_id or not wanted:
        return render(request, "federation/refused.html", {"code": "invalid_request"}, status=400)
    if request.POST.get("answer") != "yes":
        return HttpResponseRedirect(wanted["gotoUrl"])
    return _back(request, wanted)


@csrf_exempt
@require_POST
def answer(request: HttpRequest) -> HttpResponse:
    """
    Answer a signed call of an application.
    """
    at, limits = clock.now(), policy()
    key = f"federation-ticket-address:{client_address(request) or 'unknown'}"
    require_below_limit(key, limit=limits.login_tries_per_address, window=limits.login_lock, at=at)
    try:
        data = tickets.answer_call(call_of(sent_bytes(request)), at=at)
    except TicketRefused as refusal:
        tickets.note_ticket_misuse(refusal)
        if refusal.retcode == tickets.WRONG_SIGNATURE:
            hit_limit(key, limit=limits.login_tries_per_address, window=limits.login_lock, at=at)
        return _told({"retcode": refusal.retcode, "msg": str(refusal), "data": None})
    return _told({"retcode": TAKEN, "msg": "", "data": data})


def _back(request: HttpRequest, wanted: dict[str, str]) -> HttpResponse:
    application = tickets.application_for(
        appmark=wanted["appmark"], goto_url=wanted["gotoUrl"], user_type=wanted["userType"]
    )
    try:
        ticket = tickets.give_ticket(
            application=application, user_type=wanted["userType"], actor=actor_of(request), at=clock.now()
        )
    except NotPermitted:
        return _wrong_name(request, application.name, wanted)
    return HttpResponseRedirect(with_parameters(wanted["gotoUrl"], {"ticket": ticket}))


def _wrong_name(request: HttpRequest, name: str, wanted: dict[str, str]) -> HttpResponse:
    """
    Say in whose name the application wants people to log in, and where to change it.
    """
    context = {
        "name": name,
        "is_for_entity": wanted["userType"] == UserType.LEGAL_PERSON,
        "again": f"{reverse('federation:ticket-authorize')}?{urlencode({name: wanted[name] for name in WANTED})}",
    }
    return render(request, "federation/wrong_name.html", context, status=403)


def call_of(body: bytes) -> Call:
    """
    Return a call of the protocol.

    :raises TicketRefused: it is none
    """
    try:
        values = json.loads(body[: LARGEST + 1]) if len(body) <= LARGEST else None
    except (ValueError, RecursionError) as error:
        raise TicketRefused(tickets.MALFORMED) from error
    if not isinstance(values, dict) or not all(isinstance(values.get(name), str) for name in FIELDS):
        raise TicketRefused(tickets.MALFORMED)
    return Call(**{name: values[name] for name in FIELDS})


def _told(answer: dict[str, object]) -> JsonResponse:
    response = JsonResponse(answer)
    response["Cache-Control"] = "no-store"
    return response
