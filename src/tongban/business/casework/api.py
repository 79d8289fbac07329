"""
The API of casework: read the request, one call down, shape the answer.
"""

from datetime import datetime
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Field, Query, Router, Schema

from tongban.business.casework import schemas, selectors, services
from tongban.business.casework.rules.clock import ClockReading
from tongban.business.casework.selectors.explaining import explain
from tongban.business.casework.values import (
    NATURAL_PERSON,
    Applicant,
    CaseStatus,
    CorrectionItem,
    Evidence,
    Limit,
)
from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.calendar import current_calendar
from tongban.foundation.errors import InvalidInput
from tongban.foundation.http import (
    CHANGING,
    GUARDED,
    PUBLIC,
    answer,
    api_actor,
    client_address,
    json_response,
    require_actor,
)
from tongban.support.documents import selectors as documents
from tongban.support.documents.values import Owner
from tongban.support.identity import services as identity

router = Router(tags=["casework 办件"])

DRAFT_FILES = "apply.draft"


class CaseQuery(Schema):
    """
    What is looked for.
    """

    status: CaseStatus | None = None
    open_only: bool = False
    cursor: str | None = None
    limit: int = Field(100, ge=1, le=200)


@router.post(
    "/cases", operation_id="submitCase", summary="提交申请", response={201: schemas.SubmissionOut, **CHANGING}
)
def submit_case(request: HttpRequest, body: schemas.SubmissionIn) -> HttpResponse:
    """
    Submit an application. Repeating a draft id, or an Idempotency-Key, gives the same receipt and one case.
    """
    actor = require_actor(request)
    applicant_id = str(body.applicant_id) if body.applicant_id else actor.principal_id

    def act() -> object:
        owner = Owner(kind=DRAFT_FILES, key=str(body.draft_id))
        evidence = _evidence(body.evidence, owner=owner, request=request)
        return services.submit_application(
            offering_code=body.offering_code,
            situations=body.situations,
            form=body.form,
            applicant=_applicant(body.applicant, applicant_id=applicant_id, actor=actor),
            applicant_id=applicant_id,
            evidence=evidence,
            draft_id=body.draft_id,
            actor=actor,
            at=clock.now(),
            calendar=current_calendar(),
            delivery={"way": body.delivery_way, "address": body.delivery_address},
            files_from=owner,
        )

    return answer(request, operation="submitCase", status=201, act=act)


@router.get(
    "/cases", operation_id="listCases", summary="办件列表", response={200: schemas.CasePage, **GUARDED}
)
def list_cases(request: HttpRequest, query: Query[CaseQuery]) -> HttpResponse:
    """
    List the cases you may see, newest first.
    """
    wanted = selectors.CaseFilter(statuses=(query.status,) if query.status else (), open_only=query.open_only)
    text = selectors.cases_json(
        actor=require_actor(request),
        wanted=wanted,
        cursor=query.cursor,
        limit=query.limit,
    )
    return json_response(text)


class DetailQuery(Schema):
    """
    How much is wanted.
    """

    details: bool = Field(
        default=False,
        description="The applicant, the form, and what you may do now, too; costs more to answer",
    )


@router.get(
    "/cases/{number}", operation_id="getCase", summary="办件", response={200: schemas.CaseOut, **GUARDED}
)
def get_case(request: HttpRequest, number: str, query: Query[DetailQuery]) -> HttpResponse:
    """
    Read one case; with `details=true` with applicant and form, personal data masked, and what you may do now.
    """
    actor = require_actor(request)
    text = selectors.case_json(actor=actor, number=number, at=clock.now())
    if not query.details:
        return json_response(text)
    case = selectors.case_by_number(actor=actor, number=number, at=clock.now(), calendar=current_calendar())
    details = {name: getattr(case, name) for name in schemas.CaseDetailsOut.model_fields}
    return json_response(msgspec.json.encode({**msgspec.json.decode(text), "details": details}))


@router.post(
    "/cases/{number}/reveal",
    operation_id="revealCase",
    summary="查看完整信息",
    response={200: schemas.ClearCaseOut, **GUARDED},
)
def reveal_case(request: HttpRequest, number: str, body: schemas.RevealIn) -> HttpResponse:
    """
    Read applicant and form in clear, for a purpose. Who read them and why is written down, each time.
    """
    clear = services.reveal_case(
        number=number,
        purpose=body.purpose,
        words=body.words,
        actor=require_actor(request),
        at=clock.now(),
    )
    # Nothing keeps a copy: no cache on the way, and no idempotency record here.
    response = json_response(msgspec.json.encode(clear))
    response["Cache-Control"] = "no-store"
    return response


@router.get(
    "/cases/{number}/timeline",
    operation_id="getTimeline",
    summary="办理进度",
    response={200: list[schemas.EventOut], **GUARDED},
)
def get_timeline(request: HttpRequest, number: str) -> HttpResponse:
    """
    Read what happened to a case, in order.
    """
    steps = selectors.timeline_of(actor=require_actor(request), number=number)
    return json_response(msgspec.json.encode([_event(step) for step in steps]))


@router.get(
    "/cases/{number}/clock",
    operation_id="getClock",
    summary="法定时钟",
    response={200: schemas.ClockOut, **GUARDED},
)
def get_clock(request: HttpRequest, number: str) -> HttpResponse:
    """
    Read the legal clock of a case, with the reason of each date.
    """
    case = selectors.case_by_number(
        actor=require_actor(request), number=number, at=clock.now(), calendar=current_calendar()
    )
    return json_response(msgspec.json.encode(_clock(case.clock)))


@router.get(
    "/cases/{number}/notices",
    operation_id="listNotices",
    summary="文书",
    response={200: list[schemas.NoticeOut], **GUARDED},
)
def list_notices(request: HttpRequest, number: str) -> HttpResponse:
    """
    List the notices of a case.
    """
    case = selectors.case_by_number(
        actor=require_actor(request), number=number, at=clock.now(), calendar=current_calendar()
    )
    return json_response(msgspec.json.encode(case.notices))


@router.get(
    "/cases/{number}/ledger",
    operation_id="verifyCaseLedger",
    summary="账本核验",
    response={200: schemas.LedgerOut, **GUARDED},
)
def verify_case_ledger(request: HttpRequest, number: str) -> HttpResponse:
    """
    Recompute the digest chain of a case.
    """
    report = services.verify_case(number=number, actor=require_actor(request))
    return json_response(
        msgspec.json.encode(
            {
                "is_sound": report.is_sound,
                "events": report.events,
                "last_digest": report.last_digest,
                "faults": report.faults,
            }
        )
    )


class ProgressQuery(Schema):
    """
    What a person has in hand.
    """

    number: str
    query_code: str


@router.get(
    "/progress",
    operation_id="getProgress",
    summary="查进度",
    auth=None,
    response={200: schemas.ProgressOut, **PUBLIC},
)
def get_progress(request: HttpRequest, query: Query[ProgressQuery]) -> HttpResponse:
    """
    Follow a case by its number and query code, without logging in. Wrong tries are limited per address.
    """
    api_actor(request)
    progress = services.progress_by_code(
        number=query.number,
        query_code=query.query_code,
        address=client_address(request),
        at=clock.now(),
        calendar=current_calendar(),
    )
    return json_response(
        msgspec.json.encode(
            {
                "number": progress.number,
                "status": progress.status.value,
                "status_label": str(progress.status.label),
                "service_name": progress.service_name,
                "agency_name": progress.agency_name,
                "submitted_at": progress.submitted_at,
                "needs_correction": progress.needs_correction,
                "clock": _clock(progress.clock),
                "timeline": [_event(step) for step in progress.timeline],
            }
        )
    )


RECEIPT = {200: schemas.CaseReceiptOut, **CHANGING}


@router.post("/cases/{number}/pre-check", operation_id="passPreCheck", summary="预审通过", response=RECEIPT)
def pass_pre_check(request: HttpRequest, number: str, body: schemas.OpinionIn) -> HttpResponse:
    """
    Note that the pre-check found everything in place.
    """
    return _act(request, "passPreCheck", services.pass_pre_check, number, **body.model_dump())


@router.post(
    "/cases/{number}/correction-notice",
    operation_id="requestCorrection",
    summary="一次性告知补正",
    response=RECEIPT,
)
def request_correction(request: HttpRequest, number: str, body: schemas.CorrectionRequestIn) -> HttpResponse:
    """
    Tell the applicant, once and completely, what has to be corrected.
    """
    items = [CorrectionItem(**item.model_dump()) for item in body.items]
    return _act(
        request,
        "requestCorrection",
        services.request_correction,
        number,
        items=items,
        working_days=body.working_days,
        version=body.version,
    )


@router.post("/cases/{number}/correction", operation_id="correctCase", summary="补正", response=RECEIPT)
def correct_case(request: HttpRequest, number: str, body: schemas.CorrectionIn) -> HttpResponse:
    """
    Hand in what the correction notice asked for.
    """
    evidence = _evidence(body.evidence, owner=Owner(kind="casework.case", key=number), request=request)
    return _act(
        request,
        "correctCase",
        services.correct,
        number,
        evidence=evidence,
        form=body.form,
        note=body.note,
        version=body.version,
    )


@router.post("/cases/{number}/acceptance", operation_id="acceptCase", summary="受理", response=RECEIPT)
def accept_case(request: HttpRequest, number: str, body: schemas.OpinionIn) -> HttpResponse:
    """
    Accept a case on behalf of the competent authority and start its clock.
    """
    return _act(request, "acceptCase", services.accept, number, **body.model_dump())


@router.post(
    "/cases/{number}/refusal-to-accept", operation_id="refuseAcceptance", summary="不予受理", response=RECEIPT
)
def refuse_acceptance(request: HttpRequest, number: str, body: schemas.RefusalToAcceptIn) -> HttpResponse:
    """
    Refuse to accept a case, with reasons.
    """
    return _act(request, "refuseAcceptance", services.refuse_acceptance, number, **body.model_dump())


@router.post(
    "/cases/{number}/special-procedure",
    operation_id="startSpecialProcedure",
    summary="启动特别程序",
    response=RECEIPT,
)
def start_special_procedure(
    request: HttpRequest, number: str, body: schemas.SpecialProcedureIn
) -> HttpResponse:
    """
    Stop the clock for a procedure that law does not count.
    """
    wanted = {**body.model_dump(), "limit": Limit(**body.limit.model_dump())}
    return _act(request, "startSpecialProcedure", services.start_special_procedure, number, **wanted)


@router.post(
    "/cases/{number}/special-procedure/end",
    operation_id="endSpecialProcedure",
    summary="结束特别程序",
    response=RECEIPT,
)
def end_special_procedure(
    request: HttpRequest, number: str, body: schemas.SpecialProcedureEndIn
) -> HttpResponse:
    """
    Let the clock run again.
    """
    return _act(request, "endSpecialProcedure", services.end_special_procedure, number, **body.model_dump())


@router.post("/cases/{number}/extension", operation_id="extendCase", summary="延长期限", response=RECEIPT)
def extend_case(request: HttpRequest, number: str, body: schemas.ExtensionIn) -> HttpResponse:
    """
    Extend the time limit once.
    """
    return _act(request, "extendCase", services.extend, number, **body.model_dump())


@router.post("/cases/{number}/delivery", operation_id="deliverCase", summary="送达", response=RECEIPT)
def deliver_case(request: HttpRequest, number: str, body: schemas.DeliveryIn) -> HttpResponse:
    """
    Note that the result reached the applicant.
    """
    return _act(request, "deliverCase", services.deliver, number, **body.model_dump())


@router.post("/cases/{number}/withdrawal", operation_id="withdrawCase", summary="撤回", response=RECEIPT)
def withdraw_case(request: HttpRequest, number: str, body: schemas.ReasonIn) -> HttpResponse:
    """
    Take the application back.
    """
    return _act(request, "withdrawCase", services.withdraw, number, **body.model_dump())


@router.post("/cases/{number}/passing-on", operation_id="passOnCase", summary="转办", response=RECEIPT)
def pass_on_case(request: HttpRequest, number: str, body: schemas.PassOnIn) -> HttpResponse:
    """
    Pass the case on to the competent agency.
    """
    return _act(request, "passOnCase", services.pass_on, number, **body.model_dump())


@router.post("/cases/{number}/voiding", operation_id="voidCase", summary="作废", response=RECEIPT)
def void_case(request: HttpRequest, number: str, body: schemas.ReasonIn) -> HttpResponse:
    """
    Declare void a case that should not exist.
    """
    return _act(request, "voidCase", services.void, number, **body.model_dump())


@router.post("/cases/{number}/rating", operation_id="rateCase", summary="评价", response=RECEIPT)
def rate_case(request: HttpRequest, number: str, body: schemas.RatingIn) -> HttpResponse:
    """
    Rate a finished case, once.
    """
    return _act(request, "rateCase", services.rate, number, **body.model_dump())


def _act(request: HttpRequest, operation: str, service: Any, number: str, **wanted: Any) -> HttpResponse:
    actor = require_actor(request)

    def act() -> object:
        return service(number=number, actor=actor, at=_now(), calendar=current_calendar(), **wanted)

    return answer(request, operation=operation, status=200, act=act)


def _now() -> datetime:
    return clock.now()


def _applicant(wanted: schemas.ApplicantIn, *, applicant_id: str | None, actor: Actor) -> Applicant:
    """
    Return who applies. A person applies as himself, or for whom a mandate lets him act.

    :raises InvalidInput: a person names somebody else as the applicant
    """
    applicant = Applicant(**wanted.model_dump())
    if actor.acting_for is not None:
        principal = services.principal_applicant(actor=actor, at=_now(), address=applicant.address)
        return services.require_principal(applicant, principal)
    if not actor.is_person or applicant_id != actor.person_id:
        return applicant  # the service decides for whom clerks and systems may apply
    if applicant.kind != NATURAL_PERSON:
        return applicant  # the service refuses: nobody acts for a unit in his own name
    himself = identity.reveal_own(actor=actor, at=_now())
    if (applicant.name, applicant.id_number.upper()) != (himself.name, himself.id_number):
        raise InvalidInput(fields={"applicant": _("申请人应当是您本人")})
    return applicant


def _evidence(wanted: list[schemas.EvidenceIn], *, owner: Owner, request: HttpRequest) -> list[Evidence]:
    """
    Turn file ids into evidence; files that the caller may not see, or that belong elsewhere, are not found.
    """
    if not wanted:
        return []
    files = {file.id: file for file in documents.files_of(owner=owner, actor=require_actor(request))}
    strange = {
        item.material_code: _("文件不存在，请重新上传") for item in wanted if item.file_id not in files
    }
    if strange:
        raise InvalidInput(fields=strange)
    return [
        Evidence(
            material_code=item.material_code,
            name=item.material_code,
            file_id=str(item.file_id),
            digest=files[item.file_id].digest,
            media_type=files[item.file_id].media_type,
            size_bytes=files[item.file_id].size,
        )
        for item in wanted
    ]


def _event(step: selectors.TimelineStep) -> dict[str, Any]:
    return {
        "seq": step.seq,
        "at": step.at,
        "kind": step.kind.value,
        "label": step.label,
        "actor_name": step.actor_name,
        "facts": step.facts,
    }


def _clock(reading: ClockReading) -> dict[str, Any]:
    return {
        "phase": reading.phase.value,
        "colour": reading.colour.value,
        "due": reading.due,
        "used": reading.used,
        "left": reading.left,
        "late": reading.late,
        "acceptance_due": reading.acceptance_due,
        "statutory_due": reading.statutory_due,
        "promised_due": reading.promised_due,
        "delivery_due": reading.delivery_due,
        "is_provisional": reading.is_provisional,
        "why": [{"text": line.text, "clause": line.clause} for line in explain(reading)],
    }
