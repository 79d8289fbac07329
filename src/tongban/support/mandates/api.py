"""
The API of legal entities and mandates.

To act in somebody's name, log in with the mandate (`createSession`, `mandate_id`): the token then acts by it and by
nothing else. It is refused with 409 `mandate_ended` from the moment the mandate is not in force any more.
"""

from uuid import UUID

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Router

from tongban.foundation import clock
from tongban.foundation.http import (
    CHANGING,
    GUARDED,
    Problem,
    answer,
    client_address,
    json_response,
    require_actor,
)
from tongban.support.mandates import schemas, selectors, services
from tongban.support.mandates.services.counter import Card
from tongban.support.mandates.values import Grant

router = Router(tags=["mandates 法人与授权"])


@router.post(
    "/legal-entities",
    operation_id="registerLegalEntity",
    summary="登记单位",
    response={201: schemas.EntityReceiptOut, **CHANGING, 502: Problem},
)
def register_legal_entity(request: HttpRequest, body: schemas.EntityIn) -> HttpResponse:
    """
    Register the entity that you represent, or take it over where the register of legal entities names you now.
    """
    actor = require_actor(request)
    return answer(
        request,
        operation="registerLegalEntity",
        status=201,
        act=lambda: services.register_entity(**body.dict(), actor=actor, at=clock.now()),
    )


@router.get(
    "/legal-entities",
    operation_id="listLegalEntities",
    summary="我的单位",
    response={200: list[schemas.EntityOut], **GUARDED},
)
def list_legal_entities(request: HttpRequest) -> HttpResponse:
    """
    List the entities that you represent or act for.
    """
    found = selectors.my_entities(actor=require_actor(request), at=clock.now())
    return json_response(msgspec.json.encode(found))


@router.get(
    "/legal-entities/{entity_id}/mandates",
    operation_id="listMandatesOfLegalEntity",
    summary="单位的授权",
    response={200: list[schemas.MandateOut], **GUARDED},
)
def list_mandates_of_legal_entity(request: HttpRequest, entity_id: UUID) -> HttpResponse:
    """
    List what an entity has granted; for its representative.
    """
    found = selectors.given_by_entity(entity_id=entity_id, actor=require_actor(request), at=clock.now())
    return json_response(msgspec.json.encode(found))


@router.get(
    "/principals",
    operation_id="listPrincipals",
    summary="可以代办的身份",
    response={200: list[schemas.ChoiceOut], **GUARDED},
)
def list_principals(request: HttpRequest) -> HttpResponse:
    """
    List in whose names you can act now, and by which mandate.
    """
    found = selectors.choices(actor=require_actor(request), at=clock.now())
    return json_response(msgspec.json.encode(found))


@router.get(
    "/mandates",
    operation_id="listMandates",
    summary="我的授权",
    response={200: schemas.MandatesOut, **GUARDED},
)
def list_mandates(request: HttpRequest) -> HttpResponse:
    """
    List what was offered to you, what you received and what you granted in your own name.
    """
    actor, at = require_actor(request), clock.now()
    found = {
        "offered": selectors.offered(actor=actor, at=at),
        "received": selectors.received(actor=actor, at=at),
        "given": selectors.given(actor=actor, at=at),
    }
    return json_response(msgspec.json.encode(found))


@router.post(
    "/mandates",
    operation_id="offerMandate",
    summary="提出授权",
    response={201: schemas.MandateReceiptOut, **CHANGING},
)
def offer_mandate(request: HttpRequest, body: schemas.OfferIn) -> HttpResponse:
    """
    Offer somebody a mandate to act in your name, or in that of the entity that you represent.
    """
    actor = require_actor(request)
    return answer(
        request,
        operation="offerMandate",
        status=201,
        act=lambda: services.offer_mandate(
            name=body.name,
            number=body.number,
            grant=_grant(body),
            entity_id=body.entity_id,
            actor=actor,
            at=clock.now(),
        ),
    )


@router.get(
    "/mandates/{mandate_id}",
    operation_id="getMandate",
    summary="授权",
    response={200: schemas.MandateDetailOut, **GUARDED},
)
def get_mandate(request: HttpRequest, mandate_id: UUID) -> HttpResponse:
    """
    Read one mandate with its life; for those whom it concerns.
    """
    found = selectors.mandate(mandate_id=mandate_id, actor=require_actor(request), at=clock.now())
    return json_response(msgspec.json.encode(found))


@router.post(
    "/mandates/{mandate_id}/answer",
    operation_id="answerMandate",
    summary="接受或谢绝授权",
    response={200: schemas.MandateReceiptOut, **CHANGING},
)
def answer_mandate(request: HttpRequest, mandate_id: UUID, body: schemas.MandateAnswerIn) -> HttpResponse:
    """
    Accept or decline what was offered to you.
    """
    actor = require_actor(request)
    act = services.accept_mandate if body.answer == "ACCEPT" else services.decline_mandate
    return answer(
        request,
        operation="answerMandate",
        status=200,
        act=lambda: act(mandate_id=mandate_id, actor=actor, at=clock.now()),
    )


@router.post(
    "/mandates/{mandate_id}/end",
    operation_id="endMandate",
    summary="终止授权",
    response={200: schemas.MandateReceiptOut, **CHANGING},
)
def end_mandate(request: HttpRequest, mandate_id: UUID) -> HttpResponse:
    """
    Take back what you granted, or give up what you received; effective with the very next request.
    """
    actor = require_actor(request)
    return answer(
        request,
        operation="endMandate",
        status=200,
        act=lambda: services.end_mandate(mandate_id=mandate_id, actor=actor, at=clock.now()),
    )


@router.post(
    "/guardianships",
    operation_id="establishGuardianship",
    summary="窗口登记监护",
    response={201: schemas.MandateReceiptOut, **CHANGING},
)
def establish_guardianship(request: HttpRequest, body: schemas.GuardianshipIn) -> HttpResponse:
    """
    Let a guardian who is at the counter act for his ward; for clerks.
    """
    actor = require_actor(request)
    return answer(
        request,
        operation="establishGuardianship",
        status=201,
        act=lambda: services.establish_guardianship(
            guardian=_card(body.guardian),
            ward=_card(body.ward),
            evidence=body.evidence,
            note=body.note,
            actor=actor,
            at=clock.now(),
        ),
    )


@router.post(
    "/relatives/codes",
    operation_id="sendConsentCode",
    summary="获取亲友代办的同意验证码",
    response={200: schemas.ConsentCodeOut, **CHANGING},
)
def send_consent_code(request: HttpRequest, body: schemas.ConsentCodeIn) -> HttpResponse:
    """
    Send a code to the mobile of somebody at the counter who wants a relative to act for him; for clerks.
    """
    actor = require_actor(request)
    return answer(
        request,
        operation="sendConsentCode",
        status=200,
        act=lambda: services.request_consent_code(
            elder=_card(body.elder), actor=actor, address=client_address(request), at=clock.now()
        ),
    )


@router.post(
    "/relatives",
    operation_id="establishRelative",
    summary="窗口登记亲友代办",
    response={201: schemas.MandateReceiptOut, **CHANGING},
)
def establish_relative(request: HttpRequest, body: schemas.RelativeIn) -> HttpResponse:
    """
    Offer a relative or friend a mandate of somebody who is at the counter and has read out the code; for clerks.
    """
    actor = require_actor(request)
    return answer(
        request,
        operation="establishRelative",
        status=201,
        act=lambda: services.establish_relative(
            elder=_card(body.elder),
            relative=_card(body.relative),
            code=body.code,
            grant=_grant(body),
            note=body.note,
            actor=actor,
            at=clock.now(),
        ),
    )


@router.post(
    "/mandate-searches",
    operation_id="findMandates",
    summary="窗口查找监护和代办",
    response={200: list[schemas.MandateOut], **CHANGING},
)
def find_mandates(request: HttpRequest, body: schemas.FindIn) -> HttpResponse:
    """
    Find the guardianships and the mandates of relatives in which the person of a card is a side; for clerks.

    A POST, for what is asked must not stand in an address; both sides read in their ledgers that a clerk has looked.
    """
    found = services.find_at_counter(
        name=body.name, number=body.id_number, actor=require_actor(request), at=clock.now()
    )
    return json_response(msgspec.json.encode(found))


@router.post(
    "/mandates/{mandate_id}/end-by-clerk",
    operation_id="endMandateByClerk",
    summary="窗口终止监护或代办",
    response={200: schemas.MandateReceiptOut, **CHANGING},
)
def end_mandate_by_clerk(request: HttpRequest, mandate_id: UUID, body: schemas.MandateEndIn) -> HttpResponse:
    """
    End a guardianship, or what an elder has granted, on evidence; for clerks.
    """
    actor = require_actor(request)
    return answer(
        request,
        operation="endMandateByClerk",
        status=200,
        act=lambda: services.end_by_clerk(mandate_id=mandate_id, note=body.note, actor=actor, at=clock.now()),
    )


def _grant(body: schemas.GrantIn) -> Grant:
    return Grant(
        functions=frozenset(body.functions),
        items=None if body.items is None else tuple(body.items),
        valid_from=body.valid_from,
        valid_until=body.valid_until,
    )


def _card(body: schemas.CardIn) -> Card:
    return Card(**body.dict())
