"""
The API of sharing licences with agencies, and of the log of their use.
"""

from uuid import UUID

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Query

from tongban.business.licences import schemas, selectors, services
from tongban.business.licences.api.routing import router
from tongban.business.licences.services import peers
from tongban.foundation import clock
from tongban.foundation.http import (
    CHANGING,
    GUARDED,
    Problem,
    answer,
    json_response,
    require_actor,
)

RECEIPT = {200: schemas.ShareReceiptOut, **CHANGING}


@router.post("/licence-shares", operation_id="askForLicence", summary="请求共享证照", response=RECEIPT)
def ask_for_licence(request: HttpRequest, body: schemas.ShareIn) -> HttpResponse:
    """
    Ask for a licence of the applicant of one of your cases; the holder answers, unless a law or the type lets you.
    """
    actor = require_actor(request)

    def act() -> object:
        return services.ask_for_licence(actor=actor, at=clock.now(), **body.model_dump())

    return answer(request, operation="askForLicence", status=200, act=act)


@router.post(
    "/licence-shares/elsewhere",
    operation_id="askForLicenceElsewhere",
    summary="请求使用其他地区的证照",
    response={200: schemas.ForeignShareOut, **CHANGING, 502: Problem},
)
def ask_elsewhere(request: HttpRequest, body: schemas.ShareIn) -> HttpResponse:
    """
    Ask for a licence that the applicant of one of your cases holds of another node; again tells where it stands.
    """
    actor = require_actor(request)
    found = peers.ask_elsewhere(actor=actor, at=clock.now(), **body.model_dump())
    return json_response(msgspec.json.encode(found))


@router.post(
    "/licence-shares/elsewhere/copies",
    operation_id="fetchCopyElsewhere",
    summary="取得其他地区证照的加注件",
    response={200: schemas.ForeignCopyOut, **CHANGING, 502: Problem},
)
def fetch_copy(request: HttpRequest, body: schemas.ForeignCopyIn) -> HttpResponse:
    """
    Fetch the annotated copy (OFD) that another node lets you use; its holder reads that you did.
    """
    copy = peers.fetch_copy(actor=require_actor(request), at=clock.now(), **body.model_dump())
    return json_response(msgspec.json.encode(copy))


@router.get(
    "/licence-shares",
    operation_id="listLicenceShares",
    summary="证照共享",
    response={200: schemas.SharePage, **GUARDED},
)
def list_licence_shares(request: HttpRequest, query: Query[schemas.ShareQuery]) -> HttpResponse:
    """
    List what is asked of you and what you share; for staff and systems, what cases of their agency or area use.
    """
    page = selectors.licence_shares(
        actor=require_actor(request),
        at=clock.now(),
        state=query.state,
        is_changed=query.changed,
        cursor=query.cursor,
        limit=query.limit,
    )
    return json_response(msgspec.json.encode(page))


@router.get(
    "/licence-shares/{share_id}",
    operation_id="getLicenceShare",
    summary="一项证照共享",
    response={200: schemas.ShareOut, **GUARDED},
)
def get_licence_share(request: HttpRequest, share_id: UUID) -> HttpResponse:
    """
    Read where a share stands; the ids of the annotated copy are there while you may open it.
    """
    found = selectors.licence_share(share_id=share_id, actor=require_actor(request), at=clock.now())
    return json_response(msgspec.json.encode(found))


@router.get(
    "/licence-shares/{share_id}/face",
    operation_id="getSharedFace",
    summary="共享证照的照面信息",
    response={200: schemas.SharedFaceOut, **GUARDED, 409: Problem},
)
def get_shared_face(request: HttpRequest, share_id: UUID) -> HttpResponse:
    """
    Read what a shared licence says, in clear, for the case it was shared for; the holder reads that you did.
    """
    face = services.read_shared_face(share_id=share_id, actor=require_actor(request), at=clock.now())
    return json_response(msgspec.json.encode(face))


@router.post(
    "/licence-shares/{share_id}/answer",
    operation_id="answerLicenceShare",
    summary="答复或撤回证照共享",
    response=RECEIPT,
)
def answer_licence_share(request: HttpRequest, share_id: UUID, body: schemas.ShareAnswerIn) -> HttpResponse:
    """
    Consent to the use of your licence, refuse it, or take your consent back.
    """
    actor = require_actor(request)

    def act() -> object:
        return services.answer_share(
            share_id=share_id, answer=body.answer, words=body.words, actor=actor, at=clock.now()
        )

    return answer(request, operation="answerLicenceShare", status=200, act=act)


@router.post(
    "/licence-shares/{share_id}/notices/seen",
    operation_id="seeShareNotices",
    summary="知悉共享证照的变化",
    response={200: schemas.SeenOut, **CHANGING},
)
def see_share_notices(request: HttpRequest, share_id: UUID) -> HttpResponse:
    """
    Take note of what has become of a licence that was shared for one of your cases.
    """
    actor = require_actor(request)

    def act() -> object:
        return {"seen": services.see_notices(share_id=share_id, actor=actor, at=clock.now())}

    return answer(request, operation="seeShareNotices", status=200, act=act)


@router.get(
    "/licences/{identifier}/uses",
    operation_id="listLicenceUses",
    summary="用证记录",
    response={200: schemas.LicenceUsePage, **GUARDED},
)
def list_licence_uses(request: HttpRequest, identifier: str, query: Query[schemas.UseQuery]) -> HttpResponse:
    """
    List what was done with one of your licences: shown, checked, shared, looked at. Newest first.
    """
    page = selectors.licence_uses(
        identifier=identifier, actor=require_actor(request), cursor=query.cursor, limit=query.limit
    )
    return json_response(msgspec.json.encode(page))
