"""
The API of seals: their state for whoever holds a document, their life and log for those who have a part in it.
"""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import File, Path, Router
from ninja.decorators import decorate_view
from ninja.files import UploadedFile
from pydantic import Field, StringConstraints

from tongban.foundation import clock, crypto
from tongban.foundation.actors import Actor
from tongban.foundation.errors import InvalidInput
from tongban.foundation.http import (
    CHANGING,
    GUARDED,
    PUBLIC,
    Problem,
    answer,
    json_response,
    require_actor,
)
from tongban.foundation.payload import bounded_form
from tongban.resources.registers import selectors as registers
from tongban.support.documents import services as documents
from tongban.support.documents.values import SealPlace
from tongban.support.seals import schemas, selectors, services
from tongban.support.seals.services import homes
from tongban.support.seals.values import Limits, ReceiptOfStep, SealAction, SealState

router = Router(tags=["seals 电子印章"])

Code = Annotated[str, StringConstraints(pattern=r"^[0-9]{13}$")]
Version = Annotated[int | None, Field(ge=1, le=32767)]

STEPS: Final[dict[SealAction, Callable[..., ReceiptOfStep]]] = {
    SealAction.REVIEW: services.review_seal,
    SealAction.REJECT: services.reject_seal,
    SealAction.MAKE: services.make_seal,
    SealAction.ISSUE: services.issue_seal,
    SealAction.RECEIVE: services.receive_seal,
    SealAction.WITHDRAW: services.withdraw_application,
    SealAction.FREEZE: services.freeze_seal,
    SealAction.REPORT_LOSS: services.report_loss,
    SealAction.RESUME: services.resume_seal,
    SealAction.DESTROY: services.destroy_seal,
}
"""Steps that need nothing but an opinion."""


def _check_size(declared_bytes: int | None) -> None:
    documents.check_request_size(declared_bytes=declared_bytes)


@router.get(
    "/seals/states/{code}",
    operation_id="getSealState",
    summary="印章状态",
    auth=None,
    response={200: schemas.SealStateOut, **PUBLIC},
)
def get_seal_state(
    request: HttpRequest, code: Annotated[Code, Path()], version: Version = None
) -> HttpResponse:
    """
    Say in which state a seal is that was handed out; a loss is seen at once.

    A seal of another node that this one trusts is asked for there.

    Without `version` the newest one is meant.
    """
    found = homes.state_anywhere(code=code, version=version, at=clock.now())
    return json_response(msgspec.json.encode(found))


@router.get("/seals", operation_id="listSeals", summary="印章", response={200: schemas.SealPage, **GUARDED})
def list_seals(
    request: HttpRequest, state: SealState | None = None, cursor: str | None = None
) -> HttpResponse:
    """
    List the seals that you have a part in, the ones that changed last first.
    """
    states = None if state is None else frozenset({state})
    page = selectors.seals_seen(actor=require_actor(request), states=states, cursor=cursor)
    return json_response(msgspec.json.encode(page))


@router.get(
    "/seals/{seal_id}",
    operation_id="getSeal",
    summary="一枚印章",
    response={200: schemas.SealOut, **GUARDED},
)
def get_seal(request: HttpRequest, seal_id: UUID) -> HttpResponse:
    """
    Get a seal with its life and its authorisations.
    """
    found = selectors.seal_detail(seal_id=seal_id, actor=require_actor(request))
    return json_response(msgspec.json.encode(_whole(found)))


@router.get(
    "/seals/{seal_id}/uses",
    operation_id="listSealUses",
    summary="用印记录",
    response={200: schemas.SealUsePage, **GUARDED},
)
def list_seal_uses(request: HttpRequest, seal_id: UUID, cursor: str | None = None) -> HttpResponse:
    """
    List what a seal was used for, all its versions, newest first.
    """
    page = selectors.uses_of_seal(seal_id=seal_id, actor=require_actor(request), cursor=cursor)
    return json_response(msgspec.json.encode(page))


@router.post(
    "/seals/{seal_id}/steps",
    operation_id="takeSealStep",
    summary="办理印章环节",
    response={201: schemas.StepReceiptOut, **CHANGING},
)
def take_seal_step(request: HttpRequest, seal_id: UUID, body: schemas.StepIn) -> HttpResponse:
    """
    Take a step in the life of a seal; reporting a loss stops it at once.
    """
    actor = require_actor(request)
    return answer(
        request,
        operation="takeSealStep",
        status=201,
        act=lambda: _stepped(seal_id, body, actor=actor, at=clock.now()),
    )


def _stepped(seal_id: UUID, body: schemas.StepIn, *, actor: Actor, at: datetime) -> ReceiptOfStep:
    # Asked first: one that is hidden from him and one that never was are refused alike.
    selectors.seal_detail(seal_id=seal_id, actor=actor)
    if body.action is SealAction.FILE:
        if not body.filing_number.strip():
            raise InvalidInput(fields={"filing_number": _("请填写备案编号")})
        return services.file_seal(
            seal_id=seal_id, filing_number=body.filing_number.strip(), note=body.note, actor=actor, at=at
        )
    if body.action not in STEPS:
        raise InvalidInput(fields={"action": _("这一环节不在这里办理")})
    return STEPS[body.action](seal_id=seal_id, note=body.note, actor=actor, at=at)


def _whole(found: selectors.SealDetail) -> dict[str, Any]:
    return {
        **asdict(found.line),
        "caption": found.caption,
        "application_kind": found.application_kind,
        "basis": found.basis,
        "suspension": found.suspension,
        "valid_from": found.valid_from,
        "steps": [
            {
                "at": step.at,
                "action": step.action,
                "actor_name": step.actor_name,
                "note": step.note,
                "file_id": step.file_id,
            }
            for step in found.steps
        ],
        "authorisations": [
            {
                "id": given.id,
                "kind": given.kind,
                "account_name": given.account_name,
                "limits": {**asdict(given.limits), "purposes": sorted(given.limits.purposes)},
                "valid_from": given.valid_from,
                "valid_until": given.valid_until,
                "ended_at": given.ended_at,
            }
            for given in found.authorisations
        ],
        "actions": found.actions,
    }


@router.post(
    "/seals",
    operation_id="applyForSeal",
    summary="申请印章",
    response={201: schemas.StepReceiptOut, **CHANGING},
)
def apply_for_seal(request: HttpRequest, body: schemas.SealIn) -> HttpResponse:
    """
    Ask for a new seal of your agency.
    """
    actor = require_actor(request)
    return answer(
        request,
        operation="applyForSeal",
        status=201,
        act=lambda: _applied(body, actor=actor, at=clock.now()),
    )


def _applied(body: schemas.SealIn, *, actor: Actor, at: datetime) -> ReceiptOfStep:
    selectors.require_keeper(actor=actor)
    agency = registers.agency_by_code(code=actor.agency_code or "", actor=actor)
    return services.apply_for_seal(
        agency_code=agency.code,
        agency_name=agency.name,
        division_code=agency.division_code,
        **body.dict(),
        actor=actor,
        at=at,
    )


@router.post(
    "/seals/{seal_id}/versions",
    operation_id="applyForSealVersion",
    summary="申请印章变更或续期",
    response={201: schemas.StepReceiptOut, **CHANGING},
)
def apply_for_seal_version(request: HttpRequest, seal_id: UUID, body: schemas.VersionIn) -> HttpResponse:
    """
    Ask for a seal to be changed or renewed; the present version goes on until the new one is handed out.
    """
    actor = require_actor(request)
    return answer(
        request,
        operation="applyForSealVersion",
        status=201,
        act=lambda: services.apply_for_next_version(
            seal_id=seal_id, **body.dict(), actor=actor, at=clock.now()
        ),
    )


@router.post(
    "/seals/{seal_id}/authorisations",
    operation_id="authoriseSeal",
    summary="授权使用印章",
    response={201: schemas.AuthorisationReceiptOut, **CHANGING},
)
def authorise_seal(request: HttpRequest, seal_id: UUID, body: schemas.AuthorisationIn) -> HttpResponse:
    """
    Let a colleague use a seal, or let be sealed automatically what decisions make; needs a fresh second factor.
    """
    actor = require_actor(request)
    limits = body.limits.dict()
    return answer(
        request,
        operation="authoriseSeal",
        status=201,
        act=lambda: services.authorise(
            seal_id=seal_id,
            kind=body.kind,
            limits=Limits(**{**limits, "purposes": frozenset(limits["purposes"])}),
            valid_from=body.valid_from or clock.now(),
            valid_until=body.valid_until,
            account_id=body.account_id,
            actor=actor,
            at=clock.now(),
        ),
    )


@router.post(
    "/seal-authorisations/{authorisation_id}/end",
    operation_id="endSealAuthorisation",
    summary="收回用印授权",
    response={200: schemas.AuthorisationReceiptOut, **CHANGING},
)
def end_seal_authorisation(
    request: HttpRequest, authorisation_id: UUID, body: schemas.AuthorisationEndIn
) -> HttpResponse:
    """
    Take an authorisation back; from now on it permits nothing.
    """
    actor = require_actor(request)
    return answer(
        request,
        operation="endSealAuthorisation",
        status=200,
        act=lambda: services.end_authorisation(
            authorisation_id=authorisation_id, note=body.note, actor=actor, at=clock.now()
        ),
    )


@router.post(
    "/seal-files",
    operation_id="uploadSealFile",
    summary="上传待签章文件",
    response={201: schemas.SealFileOut, **CHANGING, 503: Problem},
)
@decorate_view(bounded_form(_check_size))
def upload_seal_file(request: HttpRequest, file: File[UploadedFile]) -> HttpResponse:
    """
    Bring an OFD or PDF file that is to be sealed. Nobody else sees it; it is kept for two days.
    """
    actor = require_actor(request)
    digest = crypto.sm3(file.read())
    file.seek(0)
    return answer(
        request,
        operation="uploadSealFile",
        status=201,
        act=lambda: services.bring_file(
            content=file,
            name=file.name or "",
            declared_type=file.content_type or "",
            declared_bytes=file.size,
            actor=actor,
            at=clock.now(),
        ),
        content=digest,
    )


@router.post(
    "/seal-documents",
    operation_id="sealFile",
    summary="文件签章",
    response={201: schemas.SealedFileOut, **CHANGING},
)
def seal_file(request: HttpRequest, body: schemas.SealFileIn) -> HttpResponse:
    """
    Put a seal of your agency on a file; `getFile` hands the sealed one out, for two days.

    People seal by an authorisation of their own and with a fresh second factor, systems by a standing authorisation
    and with the scope seals:use.
    """
    actor = require_actor(request)
    facts = body.dict(exclude={"places"})
    return answer(
        request,
        operation="sealFile",
        status=201,
        act=lambda: services.seal_kept_file(
            **facts, places=_places(body.places), actor=actor, at=clock.now()
        ),
    )


def _places(places: list[schemas.PlaceIn]) -> tuple[SealPlace, ...]:
    return tuple(SealPlace(name="issuer", **{**place.dict(), "page": place.page - 1}) for place in places)


@router.post(
    "/seal-batches",
    operation_id="beginSealBatch",
    summary="发起批量签章",
    response={201: schemas.BatchReceiptOut, **CHANGING},
)
def begin_seal_batch(request: HttpRequest, body: schemas.BatchIn) -> HttpResponse:
    """
    Have up to 2,000 files sealed; needs a fresh second factor once. They are sealed one by one; see `getSealBatch`.
    """
    actor = require_actor(request)
    return answer(
        request,
        operation="beginSealBatch",
        status=201,
        act=lambda: services.begin_batch(
            agency_code=actor.agency_code or "",
            purpose=body.purpose,
            seal_code=body.seal_code,
            files=[services.BatchFile(**file.dict()) for file in body.files],
            actor=actor,
            at=clock.now(),
        ),
    )


@router.get(
    "/seal-batches",
    operation_id="listSealBatches",
    summary="批量签章",
    response={200: list[schemas.BatchOut], **GUARDED},
)
def list_seal_batches(request: HttpRequest) -> HttpResponse:
    """
    List the last fifty batches you have asked for, newest first.
    """
    return json_response(msgspec.json.encode(selectors.batches_of(actor=require_actor(request))))


@router.get(
    "/seal-batches/{batch_id}",
    operation_id="getSealBatch",
    summary="一批签章",
    response={200: schemas.BatchDetailOut, **GUARDED},
)
def get_seal_batch(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """
    Get how far a batch is, and what became of each file.
    """
    actor = require_actor(request)
    line = selectors.batch(batch_id=batch_id, actor=actor)
    entries = selectors.batch_entries(batch_id=batch_id, actor=actor)
    return json_response(msgspec.json.encode({**asdict(line), "entries": entries}))


@router.post(
    "/seal-batches/{batch_id}/stop",
    operation_id="stopSealBatch",
    summary="停止批量签章",
    response={200: schemas.BatchStateOut, **CHANGING},
)
def stop_seal_batch(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """
    Seal nothing more of a batch; what was sealed stays so.
    """
    actor = require_actor(request)
    return answer(
        request,
        operation="stopSealBatch",
        status=200,
        act=lambda: {"state": services.stop_batch(batch_id=batch_id, actor=actor, at=clock.now())},
    )


@router.post(
    "/seal-signings",
    operation_id="beginSigning",
    summary="发起多方签章",
    response={201: schemas.SigningReceiptOut, **CHANGING},
)
def begin_signing(request: HttpRequest, body: schemas.SigningIn) -> HttpResponse:
    """
    Ask two to twenty agencies to seal a document, one after the other, within thirty days.
    """
    actor = require_actor(request)
    parties = [
        services.Party(
            agency_code=party.agency_code,
            seal_code=party.seal_code,
            place=None if party.place is None else _places([party.place])[0],
        )
        for party in body.parties
    ]
    return answer(
        request,
        operation="beginSigning",
        status=201,
        act=lambda: services.begin_signing(
            **body.dict(exclude={"parties"}), parties=parties, actor=actor, at=clock.now()
        ),
    )


@router.get(
    "/seal-signings",
    operation_id="listSignings",
    summary="多方签章",
    response={200: list[schemas.SigningOut], **GUARDED},
)
def list_signings(request: HttpRequest) -> HttpResponse:
    """
    List the requests your agency has asked for or has a part in, newest first, 200 at most.
    """
    found = selectors.signings_of(actor=require_actor(request))
    return json_response(msgspec.json.encode([_signing(line) for line in found]))


@router.get(
    "/seal-signings/{request_id}",
    operation_id="getSigning",
    summary="一项多方签章",
    response={200: schemas.SigningOut, **GUARDED},
)
def get_signing(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """
    Get a request, and whose turn it is.
    """
    found = selectors.signing(request_id=request_id, actor=require_actor(request))
    return json_response(msgspec.json.encode(_signing(found)))


def _signing(line: selectors.SigningLine) -> dict[str, Any]:
    turn = line.turn
    return {**asdict(line), "turn": None if turn is None else turn.agency_code}


@router.post(
    "/seal-signings/{request_id}/steps",
    operation_id="takeSigningStep",
    summary="办理多方签章",
    response={201: schemas.SigningReceiptOut, **CHANGING},
)
def take_signing_step(request: HttpRequest, request_id: UUID, body: schemas.SigningStepIn) -> HttpResponse:
    """
    Seal in your agency's turn, with a fresh second factor; decline with a reason; or take your own request back.
    """
    actor = require_actor(request)
    return answer(
        request,
        operation="takeSigningStep",
        status=201,
        act=lambda: _signing_step(request_id, body, actor=actor, at=clock.now()),
    )


def _signing_step(
    request_id: UUID, body: schemas.SigningStepIn, *, actor: Actor, at: datetime
) -> services.SigningReceipt:
    if body.action is schemas.SigningAction.WITHDRAW:
        return services.withdraw_signing(request_id=request_id, actor=actor, at=at)
    if body.action is schemas.SigningAction.DECLINE:
        return services.decline_signing(request_id=request_id, note=body.note, actor=actor, at=at)
    places = None if body.places is None else _places(body.places)
    seal_code = body.seal_code
    if not seal_code:
        line = selectors.signing(request_id=request_id, actor=actor)
        fitting = line.seals_for_turn(selectors.own_seals(actor=actor, at=at))
        seal_code = fitting[0].code if fitting else ""
    return services.seal_in_turn(
        request_id=request_id, places=places, seal_code=seal_code, actor=actor, at=at
    )
