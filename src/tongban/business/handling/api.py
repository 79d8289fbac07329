"""
The API of handling.
"""

from uuid import UUID

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router, Schema

from tongban.business.handling import schemas, selectors, services
from tongban.foundation import clock
from tongban.foundation.http import CHANGING, GUARDED, answer, json_response, require_actor

router = Router(tags=["handling 业务办理"])


class WorkQuery(Schema):
    """
    Which items are wanted.
    """

    mine_only: bool = False
    case_number: str | None = None
    cursor: str | None = None
    limit: int = Field(30, ge=1, le=200)


RECEIPT = {200: schemas.WorkItemReceiptOut, **CHANGING}


@router.get(
    "/work-items",
    operation_id="listWorkItems",
    summary="待办列表",
    response={200: schemas.WorkItemPage, **GUARDED},
)
def list_work_items(request: HttpRequest, query: Query[WorkQuery]) -> HttpResponse:
    """
    List the open items of your posts, the nearest date first; for an agency's own system, all of its agency.
    """
    actor = require_actor(request)
    if query.case_number is not None:
        item = selectors.open_item_of(actor=actor, case_number=query.case_number)
        return json_response(msgspec.json.encode({"items": [item] if item else [], "next_cursor": None}))
    page = selectors.work_items(
        actor=actor, mine_only=query.mine_only, cursor=query.cursor, limit=query.limit
    )
    return json_response(msgspec.json.encode(page))


@router.get(
    "/work-items/{item_id}",
    operation_id="getWorkItem",
    summary="待办",
    response={200: schemas.WorkItemOut, **GUARDED},
)
def get_work_item(request: HttpRequest, item_id: UUID) -> HttpResponse:
    """
    Read one item.
    """
    return json_response(
        msgspec.json.encode(selectors.work_item(actor=require_actor(request), item_id=item_id))
    )


@router.post("/work-items/{item_id}/claim", operation_id="claimWorkItem", summary="领取", response=RECEIPT)
def claim_work_item(request: HttpRequest, item_id: UUID) -> HttpResponse:
    """
    Take an item up.
    """
    actor = require_actor(request)
    return answer(
        request,
        operation="claimWorkItem",
        status=200,
        act=lambda: services.claim(item_id=item_id, actor=actor, at=clock.now()),
    )


@router.post(
    "/work-items/{item_id}/hand-over", operation_id="handOverWorkItem", summary="移交", response=RECEIPT
)
def hand_over_work_item(request: HttpRequest, item_id: UUID, body: schemas.HandOverIn) -> HttpResponse:
    """
    Give an item to a colleague who holds the post.
    """
    actor = require_actor(request)
    return answer(
        request,
        operation="handOverWorkItem",
        status=200,
        act=lambda: services.hand_over(
            item_id=item_id, to_account=body.to_account, actor=actor, at=clock.now()
        ),
    )


@router.post(
    "/work-items/{item_id}/conclusion", operation_id="concludeWorkItem", summary="办理意见", response=RECEIPT
)
def conclude_work_item(request: HttpRequest, item_id: UUID, body: schemas.ConclusionIn) -> HttpResponse:
    """
    End a stage: pass on, return, or decide. The case follows within moments, by announcement.
    """
    actor = require_actor(request)
    opinion = services.Opinion(
        outcome=body.outcome, text=body.opinion, conditions=body.conditions, legal_basis=body.legal_basis
    )
    return answer(
        request,
        operation="concludeWorkItem",
        status=200,
        act=lambda: services.conclude(item_id=item_id, opinion=opinion, actor=actor, at=clock.now()),
    )
