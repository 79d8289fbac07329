"""
The API of what the quality rules find.
"""

from collections.abc import Mapping
from uuid import UUID

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Query

from tongban.business.licences import schemas, selectors, services
from tongban.business.licences.api.routing import router
from tongban.business.licences.values.quality import FindingState
from tongban.foundation import clock
from tongban.foundation.http import CHANGING, GUARDED, answer, json_response, require_actor


@router.get(
    "/licence-findings",
    operation_id="listLicenceFindings",
    summary="证照质量问题",
    response={200: schemas.FindingPage, **GUARDED},
)
def list_licence_findings(request: HttpRequest, query: Query[schemas.FindingQuery]) -> HttpResponse:
    """
    List what the quality rules found at night, newest first: of the caller's agency or area; no personal data.
    """
    page = selectors.quality_findings(
        actor=require_actor(request),
        rule=query.rule,
        state=query.state,
        agency=query.agency_code,
        cursor=query.cursor,
        limit=query.limit,
    )
    return json_response(msgspec.json.encode(page))


@router.get(
    "/licence-finding-counts",
    operation_id="countLicenceFindings",
    summary="证照质量问题统计",
    response={200: list[schemas.FindingCountOut], **GUARDED},
)
def count_licence_findings(request: HttpRequest) -> HttpResponse:
    """
    Count the same by rule and state.
    """
    return json_response(msgspec.json.encode(selectors.quality_counts(actor=require_actor(request))))


@router.get(
    "/licence-findings/{finding_id}",
    operation_id="getLicenceFinding",
    summary="一个证照质量问题",
    response={200: schemas.FindingDetailOut, **GUARDED},
)
def get_licence_finding(request: HttpRequest, finding_id: UUID) -> HttpResponse:
    """
    Read one with what was said about it, and what you may do.
    """
    return json_response(
        msgspec.json.encode(selectors.quality_finding(finding_id=finding_id, actor=require_actor(request)))
    )


@router.post(
    "/licence-findings/{finding_id}/answer",
    operation_id="answerLicenceFinding",
    summary="处理证照质量问题",
    response={200: schemas.FindingStateOut, **CHANGING},
)
def answer_licence_finding(
    request: HttpRequest, finding_id: UUID, body: schemas.FindingAnswerIn
) -> HttpResponse:
    """
    Say that it is repaired, why it is as it is, or that it is open after all; the next night finds out.
    """
    actor = require_actor(request)

    def act() -> Mapping[str, FindingState]:
        state = services.answer_finding(
            finding_id=finding_id, act=body.act, note=body.note, actor=actor, at=clock.now()
        )
        return {"state": state}

    return answer(request, operation="answerLicenceFinding", status=200, act=act)
