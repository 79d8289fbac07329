"""
The API of drafts: begin, keep, hand files in, submit.
"""

from uuid import UUID

import msgspec
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import File, Form, Router
from ninja.decorators import decorate_view
from ninja.files import UploadedFile

from tongban.business.casework.values import Applicant
from tongban.business.licences.values.sharing import HeldLicence
from tongban.foundation import clock, crypto
from tongban.foundation.actors import Actor
from tongban.foundation.calendar import current_calendar
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import InvalidInput
from tongban.foundation.http import (
    CHANGING,
    GUARDED,
    Problem,
    answer,
    idempotency_key,
    json_response,
    require_actor,
)
from tongban.foundation.payload import bounded_form
from tongban.portal.apply import schemas, selectors, services
from tongban.portal.apply.values import DraftDetail
from tongban.support.documents import services as documents
from tongban.support.documents.values import FileFacts

router = Router(tags=["apply 我要办"])


def _check_size(declared_bytes: int | None) -> None:
    documents.check_request_size(declared_bytes=declared_bytes)


@router.post(
    "/drafts", operation_id="startDraft", summary="开始申请", response={200: schemas.DraftOut, **CHANGING}
)
def start_draft(request: HttpRequest, body: schemas.DraftIn) -> HttpResponse:
    """
    Begin an application, or go on with the one a person began before; known data are filled in.
    """
    actor = require_actor(request)

    def act() -> object:
        draft_id = services.start_draft(offering_code=body.offering_code, actor=actor, at=clock.now())
        return _draft(draft_id, actor=actor)

    return answer(request, operation="startDraft", status=200, act=act)


@router.get(
    "/drafts/{draft_id}", operation_id="getDraft", summary="草稿", response={200: schemas.DraftOut, **GUARDED}
)
def get_draft(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """
    Read a draft with all that was typed and what is still wrong with it.
    """
    return json_response(msgspec.json.encode(_draft(draft_id, actor=require_actor(request))))


@router.patch(
    "/drafts/{draft_id}",
    operation_id="changeDraft",
    summary="保存草稿",
    response={200: schemas.DraftOut, **CHANGING},
)
def change_draft(request: HttpRequest, draft_id: UUID, body: schemas.DraftChange) -> HttpResponse:
    """
    Keep what was typed, right or wrong; the answer says what is still wrong.
    """
    actor = require_actor(request)
    return answer(
        request,
        operation="changeDraft",
        status=200,
        act=lambda: _change(draft_id, body, actor=actor),
    )


@router.post(
    "/drafts/{draft_id}/files",
    operation_id="uploadDraftFile",
    summary="上传申请材料",
    response={201: schemas.DraftFileOut, **CHANGING, 503: Problem},
)
@decorate_view(bounded_form(_check_size))
def upload_draft_file(
    request: HttpRequest, draft_id: UUID, material_code: Form[schemas.Code], file: File[UploadedFile]
) -> HttpResponse:
    """
    Hand in a file for one material: PDF, JPEG, PNG or OFD.
    """
    actor = require_actor(request)
    return answer(
        request,
        operation="uploadDraftFile",
        status=201,
        act=lambda: services.attach_file(
            draft_id=draft_id,
            material_code=material_code,
            content=file,
            name=file.name or "",
            declared_type=file.content_type or "",
            declared_bytes=file.size,
            actor=actor,
            at=clock.now(),
        ),
        content=_digest(file, material_code) if idempotency_key(request) else b"",
    )


@router.post(
    "/drafts/{draft_id}/licences",
    operation_id="agreeDraftLicence",
    summary="以电子证照代替申请材料",
    response={200: schemas.DraftOut, **CHANGING},
)
def agree_draft_licence(request: HttpRequest, draft_id: UUID, body: schemas.DraftLicenceIn) -> HttpResponse:
    """
    Let a licence of yours take the place of a material: you agree that the agency uses it for this case.
    """
    actor = require_actor(request)

    @business_transaction
    def act() -> object:
        services.agree_licence(
            draft_id=draft_id,
            material_code=body.material_code,
            identifier=body.identifier,
            actor=actor,
            at=clock.now(),
        )
        return _draft(draft_id, actor=actor)

    return answer(request, operation="agreeDraftLicence", status=200, act=act)


@router.delete(
    "/drafts/{draft_id}/files/{file_id}",
    operation_id="removeDraftFile",
    summary="撤下申请材料",
    response={204: None, **GUARDED, 409: Problem},
)
def remove_draft_file(request: HttpRequest, draft_id: UUID, file_id: UUID) -> HttpResponse:
    """
    Take a file back.
    """
    services.detach_file(draft_id=draft_id, file_id=file_id, actor=require_actor(request), at=clock.now())
    return HttpResponse(status=204)


@router.post(
    "/drafts/{draft_id}/submission",
    operation_id="submitDraft",
    summary="提交申请",
    response={201: schemas.DraftSubmissionOut, **CHANGING},
)
def submit_draft(request: HttpRequest, draft_id: UUID, body: schemas.DraftSubmissionIn) -> HttpResponse:
    """
    Submit a draft: one draft, one case, however often this is asked.
    """
    actor = require_actor(request)
    if actor.is_person is (body.applicant is not None):
        wrong = _("本人申请时不填申请人") if actor.is_person else _("请填写申请人")
        raise InvalidInput(fields={"applicant": wrong})
    return answer(
        request,
        operation="submitDraft",
        status=201,
        act=lambda: services.submit_draft(
            draft_id=draft_id,
            actor=actor,
            at=clock.now(),
            calendar=current_calendar(),
            applicant=Applicant(**body.applicant.model_dump()) if body.applicant else None,
        ),
    )


@business_transaction
def _change(draft_id: UUID, body: schemas.DraftChange, *, actor: Actor) -> dict[str, object]:
    at = clock.now()
    if body.situations is not None:
        services.save_situations(draft_id=draft_id, situations=body.situations, actor=actor, at=at)
    if body.answers is not None:
        services.save_answers(draft_id=draft_id, answers=body.answers, actor=actor, at=at)
    if body.dispute is not None:
        services.save_dispute(draft_id=draft_id, **body.dispute.dict(), actor=actor, at=at)
    if body.delivery is not None:
        services.save_delivery(draft_id=draft_id, **body.delivery.dict(), actor=actor, at=at)
    return _draft(draft_id, actor=actor)


def _draft(draft_id: UUID, *, actor: Actor) -> dict[str, object]:
    found = selectors.draft(actor=actor, draft_id=draft_id, on=clock.civil_date(clock.now()))
    return {
        "id": found.id,
        "resume_code": found.resume_code,
        "offering_code": found.offering.code,
        "service_name": found.offering.name,
        "situations": found.situations,
        "answers": found.answers,
        "licences": {
            code: [_licence(one, found, code) for one in held] for code, held in found.offered.items()
        },
        "sources": {field: str(source) for field, source in found.sources.items()},
        "dispute": {"fields": found.disputed, "remark": found.dispute.remark},
        "files": {code: [_file(file) for file in files] for code, files in found.files.items()},
        "delivery": {"way": found.delivery.get("way", ""), "address": found.delivery.get("address", "")},
        "complaints": _complaints(found),
        "updated_at": found.updated_at,
        "case_number": found.case_number or None,
    }


def _complaints(found: DraftDetail) -> dict[str, str]:
    if found.case_number:
        return {}
    return selectors.complaints_of(
        found.answers,
        terms=found.offering,
        situations=found.situations,
        on=clock.civil_date(clock.now()),
    )


def _licence(licence: HeldLicence, draft: DraftDetail, material_code: str) -> dict[str, object]:
    agreed = draft.agreed.get(material_code)
    return {
        "identifier": licence.identifier,
        "type_name": licence.type_name,
        "number": licence.number,
        "no_use": licence.no_use.value if licence.no_use else None,
        "is_agreed": agreed is not None and agreed.identifier == licence.identifier,
    }


def _file(file: FileFacts) -> dict[str, object]:
    return {
        "id": file.id,
        "name": file.name,
        "media_type": file.media_type,
        "size": file.size,
        "digest": file.digest,
        "removed": file.removed,
    }


def _digest(file: UploadedFile, material_code: str) -> bytes:
    digest = crypto.sm3(file.read())
    file.seek(0)
    return material_code.encode() + b"\n" + digest
