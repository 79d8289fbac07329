"""
The API of the rights of the person: who looked, objections, a copy, closing the account.
"""

from collections.abc import Callable
from datetime import date
from uuid import UUID

import msgspec
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from ninja import Field, Query, Router, Schema

from tongban.foundation import clock
from tongban.foundation.calendar import current_calendar
from tongban.foundation.clock import civil_date
from tongban.foundation.http import CHANGING, GUARDED, answer, json_response, require_actor
from tongban.foundation.looks import LookAct, LookFilter
from tongban.support.privacy import schemas, selectors, services
from tongban.support.privacy.values import ObjectionState

router = Router(tags=["privacy 个人信息权利"])


class LedgerQuery(Schema):
    """
    Which part of the ledger.
    """

    act: LookAct | None = None
    key: str = Field("", max_length=100)
    since: date | None = None
    until: date | None = None
    cursor: str | None = None
    limit: int = Field(20, ge=1, le=100)


class ObjectionQuery(Schema):
    """
    Which objections.
    """

    state: ObjectionState = ObjectionState.OPEN
    late_only: bool = False
    cursor: str | None = None


@router.get(
    "/me/ledger",
    operation_id="listLooks",
    summary="谁看过我的数据",
    response={200: schemas.LedgerPage, **GUARDED},
)
def list_looks(request: HttpRequest, query: Query[LedgerQuery]) -> HttpResponse:
    """
    List who looked at your records, the newest day first; the looks of one party at one thing on one day are one row.
    """
    wanted = LookFilter(act=query.act, key=query.key, since=query.since, until=query.until)
    page = selectors.ledger(
        actor=require_actor(request), wanted=wanted, cursor=query.cursor, limit=query.limit
    )
    return json_response(msgspec.json.encode(page))


@router.post(
    "/me/ledger/{look_id}/objection",
    operation_id="raiseObjection",
    summary="对查看提出异议",
    response={201: schemas.ObjectionReceiptOut, **CHANGING},
)
def raise_objection(request: HttpRequest, look_id: int, body: schemas.ObjectionIn) -> HttpResponse:
    """
    Object to a look; its agency answers within a term in working days.
    """
    return answer(
        request,
        operation="raiseObjection",
        status=201,
        act=lambda: services.raise_objection(
            look_id=look_id,
            words=body.words,
            actor=require_actor(request),
            at=clock.now(),
            calendar=current_calendar(),
        ),
    )


@router.get(
    "/me/objections",
    operation_id="listMyObjections",
    summary="我的异议",
    response={200: list[schemas.ObjectionOut], **GUARDED},
)
def list_my_objections(request: HttpRequest) -> HttpResponse:
    """
    List what you objected to, with the answers.
    """
    rows = selectors.my_objections(actor=require_actor(request), on=civil_date(clock.now()))
    return json_response(msgspec.json.encode(rows))


@router.get(
    "/objections",
    operation_id="listObjections",
    summary="待答复的异议",
    response={200: schemas.ObjectionPage, **GUARDED},
)
def list_objections(request: HttpRequest, query: Query[ObjectionQuery]) -> HttpResponse:
    """
    List the objections your agency has to answer, a supervisor those of his area, the nearest date first.
    """
    page = selectors.objections_to_answer(
        actor=require_actor(request),
        on=civil_date(clock.now()),
        state=query.state,
        late_only=query.late_only,
        cursor=query.cursor,
    )
    return json_response(msgspec.json.encode(page))


@router.post(
    "/objections/{objection_id}/answer",
    operation_id="answerObjection",
    summary="答复异议",
    response={204: None, **CHANGING},
)
def answer_objection(
    request: HttpRequest, objection_id: UUID, body: schemas.ObjectionAnswerIn
) -> HttpResponse:
    """
    Answer an objection; never your own look.
    """
    services.answer_objection(
        objection_id=objection_id,
        finding=body.finding,
        answer=body.answer,
        actor=require_actor(request),
        at=clock.now(),
    )
    return HttpResponse(status=204)


@router.get(
    "/me/data-requests",
    operation_id="listDataRequests",
    summary="我的导出和注销申请",
    response={200: list[schemas.RequestOut], **GUARDED},
)
def list_data_requests(request: HttpRequest) -> HttpResponse:
    """
    List the copies you asked for, and whether your account is going to be closed.
    """
    rows = selectors.my_requests(actor=require_actor(request))
    return json_response(
        msgspec.json.encode(
            [
                {
                    "id": row.id,
                    "kind": row.kind,
                    "state": row.state,
                    "asked_at": row.asked_at,
                    "until": row.until,
                }
                for row in rows
            ]
        )
    )


@router.post(
    "/me/copies",
    operation_id="askForCopy",
    summary="申请导出本人信息",
    response={202: schemas.RequestReceiptOut, **CHANGING},
)
def ask_for_copy(request: HttpRequest) -> HttpResponse:
    """
    Ask for a copy of everything kept about you. Needs a fresh check.
    """
    return _asked(request, operation="askForCopy", ask=services.ask_for_copy)


@router.get(
    "/me/copies/{request_id}",
    operation_id="getCopy",
    summary="下载本人信息",
    response={200: None, **GUARDED},
    openapi_extra={
        "responses": {
            200: {
                "content": {
                    "application/zip": {"schema": {"type": "string", "contentMediaType": "application/zip"}}
                }
            }
        }
    },
)
def get_copy(request: HttpRequest, request_id: UUID) -> HttpResponseBase:
    """
    Download the copy, while it has not lapsed. Needs a fresh check.
    """
    file = services.open_copy(request_id=request_id, actor=require_actor(request), at=clock.now())
    return FileResponse(
        file.content, content_type=file.media_type, as_attachment=True, filename="my-data.zip"
    )


@router.post(
    "/me/closing",
    operation_id="askForClosing",
    summary="申请注销账号",
    response={202: schemas.RequestReceiptOut, **CHANGING},
)
def ask_for_closing(request: HttpRequest) -> HttpResponse:
    """
    Ask for your account to be closed, after a time for second thoughts. Needs a fresh check.
    """
    return _asked(request, operation="askForClosing", ask=services.ask_for_closing)


@router.delete(
    "/me/closing",
    operation_id="cancelClosing",
    summary="撤回注销",
    response={204: None, **CHANGING},
)
def cancel_closing(request: HttpRequest) -> HttpResponse:
    """
    Think better of it.
    """
    services.cancel_closing(actor=require_actor(request), at=clock.now())
    return HttpResponse(status=204)


def _asked(request: HttpRequest, *, operation: str, ask: Callable[..., UUID]) -> HttpResponse:
    return answer(
        request,
        operation=operation,
        status=202,
        act=lambda: {"id": ask(actor=require_actor(request), at=clock.now())},
    )
