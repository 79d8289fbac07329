"""
The API of docking: an agency's own system reports, and fetches what it is given.
"""

from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router, Schema

from tongban.foundation import clock
from tongban.foundation.http import CHANGING, GUARDED, answer, json_response, require_actor
from tongban.resources.docking import schemas
from tongban.resources.docking.services import interface

router = Router(tags=["docking 系统对接"])


class WaitingQuery(Schema):
    """
    Which messages are wanted.
    """

    after: int = Field(0, ge=0, description="Number of the last message that the system has")
    limit: int = Field(50, ge=1, le=200)


@router.post(
    "/docking/reports",
    operation_id="reportToDock",
    summary="报送办理情况",
    response={200: schemas.DockReceiptsOut, **CHANGING},
)
def report_to_dock(request: HttpRequest, body: schemas.DockReportsIn) -> HttpResponse:
    """
    Report what your system did. Each report has its effect once; a refusal is a receipt with code and sentence.

    For the client of a system that is docked by the interface, with the scope handling:write.
    """
    actor = require_actor(request)
    rows = [_row(each) for each in body.reports]
    return answer(
        request,
        operation="reportToDock",
        status=200,
        act=lambda: {"receipts": interface.report(rows=rows, actor=actor, at=clock.now())},
    )


@router.get(
    "/docking/messages",
    operation_id="listDockMessages",
    summary="待取消息",
    response={200: schemas.DockMessagesOut, **GUARDED},
)
def list_dock_messages(request: HttpRequest, query: Query[WaitingQuery]) -> HttpResponse:
    """
    Fetch what waits for your system, in order. It stays until you confirm it.
    """
    fetched = interface.fetch(
        after=query.after, limit=query.limit, actor=require_actor(request), at=clock.now()
    )
    return json_response(msgspec.json.encode(fetched))


@router.post(
    "/docking/messages/taken",
    operation_id="confirmDockMessages",
    summary="确认取件",
    response={200: schemas.DockTakenOut, **CHANGING},
)
def confirm_dock_messages(request: HttpRequest, body: schemas.DockTakenIn) -> HttpResponse:
    """
    Say that your system keeps everything up to a number; it is not given again.
    """
    actor = require_actor(request)
    return answer(
        request,
        operation="confirmDockMessages",
        status=200,
        act=lambda: interface.take(up_to=body.up_to, actor=actor, at=clock.now()),
    )


def _row(report: schemas.DockReportIn) -> dict[str, Any]:
    """
    Return a report as it was written; what was left out stays so.
    """
    row: dict[str, Any] = report.model_dump(mode="json", exclude_unset=True)
    return row
