"""
The API of 亮证: showing a licence by codes that live for a minute, and checking them.
"""

from uuid import UUID

import msgspec
from django.http import HttpRequest, HttpResponse

from tongban.business.licences import schemas, selectors, services
from tongban.business.licences.api.routing import router
from tongban.business.licences.services import peers
from tongban.foundation import clock
from tongban.foundation.http import (
    CHANGING,
    GUARDED,
    PUBLIC,
    Problem,
    answer,
    api_actor,
    client_address,
    json_response,
    require_actor,
)

RECEIPT = {200: schemas.PresentationReceiptOut, **CHANGING}


@router.post(
    "/licences/{identifier}/presentations", operation_id="presentLicence", summary="亮证", response=RECEIPT
)
def present_licence(request: HttpRequest, identifier: str, body: schemas.PresentationIn) -> HttpResponse:
    """
    Begin to show one of your licences for ten minutes.
    """
    actor = require_actor(request)

    def act() -> object:
        return services.open_presentation(identifier=identifier, keys=body.keys, actor=actor, at=clock.now())

    return answer(request, operation="presentLicence", status=200, act=act)


@router.get(
    "/presentations/{presentation_id}",
    operation_id="getPresentation",
    summary="亮证情况",
    response={200: schemas.PresentationOut, **GUARDED},
)
def get_presentation(request: HttpRequest, presentation_id: UUID) -> HttpResponse:
    """
    Read what you are showing and who has checked it.
    """
    found = selectors.presentation(
        presentation_id=presentation_id, actor=require_actor(request), at=clock.now()
    )
    return json_response(msgspec.json.encode(found))


@router.get(
    "/presentations/{presentation_id}/code",
    operation_id="getPresentationCode",
    summary="亮证二维码",
    response={200: schemas.ShownCodeOut, **GUARDED, 409: Problem},
)
def get_code(request: HttpRequest, presentation_id: UUID) -> HttpResponse:
    """
    Take a fresh code of your presentation; ask again every 45 seconds.
    """
    code = services.next_code(presentation_id=presentation_id, actor=require_actor(request), at=clock.now())
    return json_response(msgspec.json.encode(code))


@router.post(
    "/presentations/{presentation_id}/end",
    operation_id="endPresentation",
    summary="结束亮证",
    response=RECEIPT,
)
def end_presentation(request: HttpRequest, presentation_id: UUID) -> HttpResponse:
    """
    Stop showing.
    """
    actor = require_actor(request)

    def act() -> object:
        return services.end_presentation(presentation_id=presentation_id, actor=actor, at=clock.now())

    return answer(request, operation="endPresentation", status=200, act=act)


@router.post(
    "/verifications/codes",
    operation_id="checkCode",
    summary="核验亮证二维码",
    auth=None,
    response={200: schemas.CodeCheckOut, **PUBLIC, 401: Problem},
)
def check_code(request: HttpRequest, body: schemas.ShownCodeIn) -> HttpResponse:
    """
    Check a code that somebody shows, of this node or of another. Anybody may, not too often; the holder reads it.
    """
    actor, at = api_actor(request), clock.now()
    services.count_verification(address=client_address(request), actor=actor, at=at)
    found = peers.check_code_anywhere(
        code=body.code, check_id=body.check_id, checker=body.checker, actor=actor, at=at
    )
    return json_response(msgspec.json.encode(found))
