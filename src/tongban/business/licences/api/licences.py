"""
The API of licences: the wallet, what an agency may see, and public verification.
"""

from collections.abc import Callable

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import File, Query
from ninja.decorators import decorate_view
from ninja.files import UploadedFile

from tongban.business.licences import schemas, selectors, services
from tongban.business.licences.api.routing import router
from tongban.business.licences.services import peers
from tongban.business.licences.values import LicenceReceipt
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
from tongban.foundation.paging import Page
from tongban.foundation.payload import bounded_form
from tongban.support.documents import services as documents

REFUSALS = {**PUBLIC, 401: Problem}


def _check_size(declared_bytes: int | None) -> None:
    documents.check_request_size(declared_bytes=declared_bytes)


@router.get(
    "/licences",
    operation_id="listLicences",
    summary="我的证照",
    response={200: schemas.LicencePage, **GUARDED},
)
def list_licences(request: HttpRequest, query: Query[schemas.LicenceQuery]) -> HttpResponse:
    """
    List your own licences; for staff and systems, those of their agency or area. Newest first.
    """
    actor = require_actor(request)
    at = clock.now()
    if actor.is_person:
        page = Page(items=selectors.wallet_of(actor=actor, on=clock.civil_date(at)), next_cursor=None)
    else:
        page = selectors.search_licences(
            actor=actor,
            at=at,
            text=query.q,
            type_code=query.type_code,
            status=query.status,
            cursor=query.cursor,
            limit=query.limit,
        )
    return json_response(msgspec.json.encode(page))


@router.get(
    "/licences/{identifier}",
    operation_id="getLicence",
    summary="证照",
    response={200: schemas.LicenceDetailOut, **GUARDED},
)
def get_licence(request: HttpRequest, identifier: str) -> HttpResponse:
    """
    Read a licence with its face and its life; in full for its holder, masked for staff.
    """
    detail = selectors.licence_detail(identifier=identifier, actor=require_actor(request), at=clock.now())
    return json_response(msgspec.json.encode(detail))


RECEIPT = {200: schemas.LicenceReceiptOut, **CHANGING}


@router.post(
    "/licences/{identifier}/suspension", operation_id="suspendLicence", summary="暂停证照", response=RECEIPT
)
def suspend_licence(request: HttpRequest, identifier: str, body: schemas.LicenceActIn) -> HttpResponse:
    """
    Suspend a valid licence of your agency.
    """
    return _act(request, "suspendLicence", services.suspend_licence, identifier, body)


@router.post(
    "/licences/{identifier}/resumption", operation_id="resumeLicence", summary="恢复证照", response=RECEIPT
)
def resume_licence(request: HttpRequest, identifier: str, body: schemas.LicenceActIn) -> HttpResponse:
    """
    Make a suspended licence of your agency valid again.
    """
    return _act(request, "resumeLicence", services.resume_licence, identifier, body)


@router.post(
    "/licences/{identifier}/check", operation_id="checkLicence", summary="年检证照", response=RECEIPT
)
def check_licence(request: HttpRequest, identifier: str, body: schemas.LicenceActIn) -> HttpResponse:
    """
    Write down that a licence of your agency passed its check.
    """
    return _act(request, "checkLicence", services.check_licence, identifier, body)


@router.post(
    "/licences/{identifier}/relocation", operation_id="moveLicence", summary="转出证照", response=RECEIPT
)
def move_licence(request: HttpRequest, identifier: str, body: schemas.LicenceActIn) -> HttpResponse:
    """
    Hand a licence of your agency over to another registry, for good.
    """
    return _act(request, "moveLicence", services.move_licence, identifier, body)


@router.post(
    "/licences/{identifier}/revocation", operation_id="revokeLicence", summary="撤销证照", response=RECEIPT
)
def revoke_licence(request: HttpRequest, identifier: str, body: schemas.LicenceActIn) -> HttpResponse:
    """
    Revoke a licence of your agency, for good.
    """
    return _act(request, "revokeLicence", services.revoke_licence, identifier, body)


@router.post(
    "/licences/{identifier}/cancellation", operation_id="cancelLicence", summary="注销证照", response=RECEIPT
)
def cancel_licence(request: HttpRequest, identifier: str, body: schemas.LicenceActIn) -> HttpResponse:
    """
    Cancel a licence of your agency, for good: it ran out, was given back, its holder ended.
    """
    return _act(request, "cancelLicence", services.cancel_licence, identifier, body)


@router.post(
    "/licences/{identifier}/amendment", operation_id="amendLicence", summary="变更证照", response=RECEIPT
)
def amend_licence(request: HttpRequest, identifier: str, body: schemas.LicenceAmendmentIn) -> HttpResponse:
    """
    Issue a new version of a licence of your agency; repeating it for the same case gives the same version.
    """
    return _act(request, "amendLicence", services.amend_licence, identifier, body)


@router.get(
    "/verifications/licences/{identifier}",
    operation_id="verifyLicence",
    summary="按编号核验证照",
    auth=None,
    response={200: schemas.FoundLicenceOut, **REFUSALS},
)
def verify_licence(request: HttpRequest, identifier: str) -> HttpResponse:
    """
    Verify a licence by its identifier or its printed number. Anybody may ask, not too often; facts are masked.

    A licence of another node is verified by what that node, or its parent, says.
    """
    _count(request)
    found = peers.verify_everywhere(number=identifier, at=clock.now())
    where = {"source": found.source, "as_of": found.as_of, "is_incomplete": found.is_incomplete}
    return json_response(msgspec.json.encode(msgspec.to_builtins(found.verification) | where))


@router.get(
    "/verifications/tokens/{token}",
    operation_id="verifyToken",
    summary="按二维码核验证照",
    auth=None,
    response={200: schemas.VerificationOut, **REFUSALS},
)
def verify_token(request: HttpRequest, token: str) -> HttpResponse:
    """
    Verify a licence by the token in its QR code.
    """
    _count(request)
    found = selectors.verify_by_token(token=token, on=clock.civil_date(clock.now()))
    return json_response(msgspec.json.encode(found))


@router.post(
    "/verifications/files",
    operation_id="verifyFile",
    summary="按文件核验证照",
    auth=None,
    response={200: schemas.VerificationOut, **REFUSALS},
)
@decorate_view(bounded_form(_check_size))
def verify_file(request: HttpRequest, file: File[UploadedFile]) -> HttpResponse:
    """
    Verify a file in hand: sealed here, changed, or unknown. The file is not kept.
    """
    _count(request)
    found = selectors.verify_file(content=file, on=clock.civil_date(clock.now()))
    return json_response(msgspec.json.encode(found))


def _act(
    request: HttpRequest,
    operation: str,
    service: Callable[..., LicenceReceipt],
    identifier: str,
    body: schemas.LicenceActIn,
) -> HttpResponse:
    actor = require_actor(request)

    def act() -> object:
        return service(identifier=identifier, actor=actor, at=clock.now(), **body.model_dump())

    return answer(request, operation=operation, status=200, act=act)


def _count(request: HttpRequest) -> None:
    services.count_verification(address=client_address(request), actor=api_actor(request), at=clock.now())
