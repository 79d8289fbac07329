"""
The API of one login: relying parties, for system administrators.

The doors of OpenID Connect are no part of it: they hang at the root, where its documents say, and answer in its
words.
"""

from dataclasses import asdict
from datetime import timedelta

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Router

from tongban.foundation import clock
from tongban.foundation.http import CHANGING, GUARDED, answer, json_response, require_actor
from tongban.support.federation import schemas, selectors, services

router = Router(tags=["federation 单点登录"])


@router.get(
    "/relying-parties",
    operation_id="listRelyingParties",
    summary="列出接入登录的应用",
    response={200: schemas.RelyingPartiesOut, **GUARDED},
)
def list_relying_parties(request: HttpRequest) -> HttpResponse:
    """
    Return every system that people log in to with their accounts here, former ones too.
    """
    parties = selectors.relying_parties(actor=require_actor(request))
    return json_response(msgspec.json.encode({"items": [asdict(party) for party in parties]}))


@router.post(
    "/relying-parties",
    operation_id="registerRelyingParty",
    summary="登记接入登录的应用",
    response={201: schemas.RelyingPartySecretOut, **CHANGING},
)
def register_relying_party(request: HttpRequest, body: schemas.RelyingPartyIn) -> HttpResponse:
    """
    Let people log in to another system with their accounts here; its secret is shown once.

    Takes no Idempotency-Key: the secret is kept nowhere, so the answer could not be repeated.
    """
    receipt = services.register_party(
        client_id=body.client_id,
        name=body.name,
        redirect_uris=body.redirect_uris,
        post_logout_redirect_uris=body.post_logout_redirect_uris,
        backchannel_logout_uri=body.backchannel_logout_uri,
        scopes=[scope.value for scope in body.scopes],
        account_kinds=[kind.value for kind in body.account_kinds],
        sector=body.sector,
        client_type=body.client_type,
        actor=require_actor(request),
        at=clock.now(),
    )
    return _secret(asdict(receipt), status=201)


@router.post(
    "/relying-parties/{client_id}/secret",
    operation_id="renewRelyingPartySecret",
    summary="更换应用密钥",
    response={200: schemas.RelyingPartySecretOut, **CHANGING},
)
def renew_relying_party_secret(
    request: HttpRequest, client_id: str, body: schemas.RelyingPartySecretIn | None = None
) -> HttpResponse:
    """
    Give a relying party a new secret, shown once; the old one is worth nothing from now on, unless given a while.
    """
    receipt = services.renew_party_secret(
        client_id=client_id,
        overlap=timedelta(hours=body.overlap_hours if body else 0),
        actor=require_actor(request),
        at=clock.now(),
    )
    return _secret(asdict(receipt), status=200)


@router.delete(
    "/relying-parties/{client_id}",
    operation_id="disableRelyingParty",
    summary="停用接入登录的应用",
    response={200: schemas.RelyingPartyOut, **CHANGING},
)
def disable_relying_party(request: HttpRequest, client_id: str) -> HttpResponse:
    """
    Let a relying party in no more; its tokens end at once, its id is never given again.
    """
    actor = require_actor(request)
    return answer(
        request,
        operation="disableRelyingParty",
        status=200,
        act=lambda: services.disable_party(client_id=client_id, actor=actor, at=clock.now()),
    )


def _secret(told: dict[str, str], *, status: int) -> HttpResponse:
    response = json_response(msgspec.json.encode(told), status=status)
    response["Cache-Control"] = "no-store"
    return response
