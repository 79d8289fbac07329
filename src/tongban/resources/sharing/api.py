"""
The API of the data services: offered, applied for, answered, ended, watched; and what the gateway opens to the caller.

What stewards do at the desk an agency's own system may do with the scopes `sharing:read` and `sharing:write`. Whether a
service or a request is in order is looked at by people.
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Literal
from uuid import UUID

import msgspec
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Field, Query, Router, Schema

from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.calendar import current_calendar
from tongban.foundation.errors import InvalidInput
from tongban.foundation.http import CHANGING, GUARDED, answer, json_response, require_actor
from tongban.resources.sharing import schemas, selectors, services
from tongban.resources.sharing.values import (
    DataRequestState,
    Parameter,
    RequestContent,
    ServiceAct,
    ServiceContent,
    ServiceReceipt,
)

router = Router(tags=["sharing 数据服务"])

SERVICE_RECEIPT = {200: schemas.DataServiceReceiptOut, **CHANGING}
REQUEST_RECEIPT = {200: schemas.DataUseRequestReceiptOut, **CHANGING}
USUAL_TERM = timedelta(days=29)
YEARS = range(2000, 2200)
"""In which figures are asked for."""
STEPS = frozenset(
    {ServiceAct.SUSPEND, ServiceAct.RESUME, ServiceAct.REOPEN, ServiceAct.WITHDRAW},
)


class DataPageQuery(Schema):
    """
    Which page.
    """

    cursor: str | None = Field(None, description="`next_cursor` of the page before")
    limit: int = Field(30, ge=1, le=100)


class DataServiceQuery(DataPageQuery):
    """
    Which services are wanted.
    """

    q: str = Field("", max_length=64, description="Part of the name or code")
    own: bool = Field(default=False, description="Of the own agency only")


class DataUseRequestQuery(DataPageQuery):
    """
    Which requests are wanted.
    """

    side: Literal["", "sent", "received"] = ""
    state: DataRequestState | None = None


class DataGrantQuery(DataPageQuery):
    """
    Which grants are wanted.
    """

    side: Literal["", "held", "given"] = ""


class DataCallQuery(DataPageQuery):
    """
    Which calls are wanted.
    """

    service: str = Field("", max_length=64)


class DataFigureQuery(Schema):
    """
    Of which days and which service.
    """

    first: date | None = Field(
        None, description="China day; left out, thirty days to `last`; 92 days at most"
    )
    last: date | None = Field(None, description="China day; left out, today")
    service: str = Field("", max_length=64)


@router.get(
    "/data-services",
    operation_id="listDataServices",
    summary="数据服务目录",
    response={200: schemas.DataServicePage, **GUARDED},
)
def list_data_services(request: HttpRequest, query: Query[DataServiceQuery]) -> HttpResponse:
    """
    Find services by name or code: what is published, and in any state what the caller looks after.
    """
    page = selectors.services_page(
        actor=require_actor(request), words=query.q, is_own=query.own, cursor=query.cursor, limit=query.limit
    )
    return json_response(msgspec.json.encode(page))


@router.post(
    "/data-services",
    operation_id="createDataService",
    summary="登记数据服务",
    response={201: schemas.DataServiceReceiptOut, **CHANGING},
)
def create_data_service(request: HttpRequest, body: schemas.NewDataService) -> HttpResponse:
    """
    Begin a service over a dataset of the own agency; a reviewer of the area looks it through before it is published.
    """
    actor = require_actor(request)
    return answer(
        request,
        operation="createDataService",
        status=201,
        act=lambda: services.create_service(
            code=body.code,
            agency_code=actor.agency_code or "",
            division_code=actor.division_code or settings.TONGBAN_NODE.division_code,
            content=_content(body),
            actor=actor,
            at=clock.now(),
        ),
    )


@router.get(
    "/data-services/{code}",
    operation_id="getDataService",
    summary="数据服务",
    response={200: schemas.DataServiceOut, **GUARDED},
)
def get_data_service(request: HttpRequest, code: str) -> HttpResponse:
    """
    Read one service: inputs, fields, who offers it; how it is made only for its provider and the reviewers.
    """
    seen = selectors.service_by_code(code=code, actor=require_actor(request))
    return json_response(msgspec.json.encode(schemas.service_json(seen)))


@router.put(
    "/data-services/{code}",
    operation_id="saveDataService",
    summary="保存数据服务",
    response=SERVICE_RECEIPT,
)
def save_data_service(request: HttpRequest, code: str, body: schemas.SavedDataService) -> HttpResponse:
    """
    Save a draft; refused where somebody else has saved it meanwhile.
    """
    actor = require_actor(request)
    return answer(
        request,
        operation="saveDataService",
        status=200,
        act=lambda: services.save_service(
            code=code,
            content=_content(body),
            revision=body.revision,
            secret=body.secret,
            actor=actor,
            at=clock.now(),
        ),
    )


@router.post(
    "/data-services/{code}/steps",
    operation_id="takeDataServiceStep",
    summary="核验、发布、暂停、恢复、撤下数据服务",
    response=SERVICE_RECEIPT,
)
def take_data_service_step(request: HttpRequest, code: str, body: schemas.DataServiceStep) -> HttpResponse:
    """
    Publish a service that was looked through, suspend, resume, take back into compiling, or withdraw it.

    Suspended and withdrawn services refuse from the next call on. CHECK is for a reviewer who has not compiled it.
    """
    actor = require_actor(request)
    return answer(
        request,
        operation="takeDataServiceStep",
        status=200,
        act=lambda: _take_step(code, body, actor),
    )


@router.post(
    "/data-services/{code}/requests",
    operation_id="applyForData",
    summary="申请使用数据",
    response={201: schemas.DataUseRequestReceiptOut, **CHANGING},
)
def apply_for_data(request: HttpRequest, code: str, body: schemas.NewDataUseRequest) -> HttpResponse:
    """
    Apply for data; what is shared without condition is opened at once, and the receipt names the grant.
    """
    actor = require_actor(request)
    return answer(
        request,
        operation="applyForData",
        status=201,
        act=lambda: services.submit_request(
            service_code=code,
            content=_wish(body),
            renews=body.renews,
            actor=actor,
            calendar=current_calendar(),
            at=clock.now(),
        ),
    )


@router.get(
    "/data-use-requests",
    operation_id="listDataUseRequests",
    summary="用数申请列表",
    response={200: schemas.DataUseRequestPage, **GUARDED},
)
def list_data_use_requests(request: HttpRequest, query: Query[DataUseRequestQuery]) -> HttpResponse:
    """
    List requests, newest first: of the own agency (sent), to it (received), or all that the caller may know of.
    """
    page = selectors.requests_page(
        actor=require_actor(request),
        at=clock.now(),
        side=query.side,
        state=query.state,
        cursor=query.cursor,
        limit=query.limit,
    )
    return json_response(msgspec.json.encode(page))


@router.get(
    "/data-use-requests/{request_id}",
    operation_id="getDataUseRequest",
    summary="用数申请",
    response={200: schemas.DataUseRequestOut, **GUARDED},
)
def get_data_use_request(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """
    Read one request with its history, as both sides and the reviewers see it.
    """
    seen = selectors.request_by_id(request_id=request_id, actor=require_actor(request), at=clock.now())
    return json_response(msgspec.json.encode(schemas.request_json(seen)))


@router.put(
    "/data-use-requests/{request_id}",
    operation_id="resubmitDataUseRequest",
    summary="补充后重新提交用数申请",
    response=REQUEST_RECEIPT,
)
def resubmit_data_use_request(
    request: HttpRequest, request_id: UUID, body: schemas.DataUseWish
) -> HttpResponse:
    """
    Send a returned request again, amended; its number stays.
    """
    return _answer_request(
        request,
        "resubmitDataUseRequest",
        lambda actor: services.resubmit_request(
            request_id=request_id,
            content=_wish(body),
            actor=actor,
            calendar=current_calendar(),
            at=clock.now(),
        ),
    )


@router.post(
    "/data-use-requests/{request_id}/review",
    operation_id="reviewDataUseRequest",
    summary="用数申请合规审核",
    response=REQUEST_RECEIPT,
)
def review_data_use_request(
    request: HttpRequest, request_id: UUID, body: schemas.DataUseReview
) -> HttpResponse:
    """
    Find a request in order, so that the provider's term begins, or return it; for reviewers of the area.
    """

    def act(actor: Actor) -> object:
        if body.is_in_order:
            return services.pass_request(
                request_id=request_id,
                words=body.words,
                actor=actor,
                calendar=current_calendar(),
                at=clock.now(),
            )
        return services.return_request(request_id=request_id, words=body.words, actor=actor, at=clock.now())

    return _answer_request(request, "reviewDataUseRequest", act)


@router.post(
    "/data-use-requests/{request_id}/grant",
    operation_id="grantDataUseRequest",
    summary="授权使用数据",
    response=REQUEST_RECEIPT,
)
def grant_data_use_request(
    request: HttpRequest, request_id: UUID, body: schemas.DataUseGrant
) -> HttpResponse:
    """
    Open exactly these fields and rows, so many calls a day, until this day: what was asked for, or less.
    """
    return _answer_request(
        request,
        "grantDataUseRequest",
        lambda actor: services.grant_request(
            request_id=request_id,
            answer=services.Answer(
                fields=tuple(body.fields),
                row_condition=body.row_condition,
                daily_quota=body.daily_quota,
                until=body.until,
            ),
            words=body.words,
            actor=actor,
            at=clock.now(),
        ),
    )


@router.post(
    "/data-use-requests/{request_id}/refusal",
    operation_id="refuseDataUseRequest",
    summary="不予授权",
    response=REQUEST_RECEIPT,
)
def refuse_data_use_request(
    request: HttpRequest, request_id: UUID, body: schemas.DataUseRefusal
) -> HttpResponse:
    """
    Refuse, with the reason and its ground in law.
    """
    return _answer_request(
        request,
        "refuseDataUseRequest",
        lambda actor: services.refuse_request(
            request_id=request_id, words=body.words, clause=body.clause, actor=actor, at=clock.now()
        ),
    )


@router.post(
    "/data-use-requests/{request_id}/withdrawal",
    operation_id="withdrawDataUseRequest",
    summary="撤回用数申请",
    response=REQUEST_RECEIPT,
)
def withdraw_data_use_request(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """
    Take a request back that was not answered yet.
    """
    return _answer_request(
        request,
        "withdrawDataUseRequest",
        lambda actor: services.withdraw_request(request_id=request_id, actor=actor, at=clock.now()),
    )


@router.get(
    "/data-grants",
    operation_id="listDataGrants",
    summary="数据授权列表",
    response={200: schemas.DataGrantPage, **GUARDED},
)
def list_data_grants(request: HttpRequest, query: Query[DataGrantQuery]) -> HttpResponse:
    """
    List grants, newest first, with what is left of each today: held by the own agency, given by it, or all.
    """
    page = selectors.grants_page(
        actor=require_actor(request),
        at=clock.now(),
        side=query.side,
        cursor=query.cursor,
        limit=query.limit,
    )
    items = [schemas.grant_json(each) for each in page.items]
    return json_response(msgspec.json.encode({"items": items, "next_cursor": page.next_cursor}))


@router.get(
    "/data-grants/{grant_id}",
    operation_id="getDataGrant",
    summary="数据授权",
    response={200: schemas.DataGrantOut, **GUARDED},
)
def get_data_grant(request: HttpRequest, grant_id: UUID) -> HttpResponse:
    """
    Read one grant.
    """
    seen = selectors.grant_by_id(grant_id=grant_id, actor=require_actor(request), at=clock.now())
    return json_response(msgspec.json.encode(schemas.grant_json(seen)))


@router.post(
    "/data-grants/{grant_id}/revocation",
    operation_id="revokeDataGrant",
    summary="收回数据授权",
    response={200: schemas.DataGrantReceiptOut, **CHANGING},
)
def revoke_data_grant(
    request: HttpRequest, grant_id: UUID, body: schemas.DataGrantRevocation
) -> HttpResponse:
    """
    End a grant now: the next call is refused.
    """
    actor = require_actor(request)
    return answer(
        request,
        operation="revokeDataGrant",
        status=200,
        act=lambda: services.revoke_grant(grant_id=grant_id, words=body.words, actor=actor, at=clock.now()),
    )


@router.get(
    "/data-figures",
    operation_id="getDataFigures",
    summary="数据服务运行情况",
    response={200: schemas.DataFiguresOut, **GUARDED},
)
def get_data_figures(request: HttpRequest, query: Query[DataFigureQuery]) -> HttpResponse:
    """
    Count calls, errors and times by day, service, provider, user and result, within what the caller may know.
    """
    last = query.last or clock.civil_date(clock.now())
    if last.year not in YEARS:
        raise InvalidInput(fields={"last": _("格式有误")})
    seen = selectors.figures(
        actor=require_actor(request), first=query.first or last - USUAL_TERM, last=last, code=query.service
    )
    return json_response(msgspec.json.encode(seen))


@router.get(
    "/data-calls",
    operation_id="listDataCalls",
    summary="调用存证",
    response={200: schemas.DataCallPage, **GUARDED},
)
def list_data_calls(request: HttpRequest, query: Query[DataCallQuery]) -> HttpResponse:
    """
    List the evidence of calls, newest first: who asked what for, and the digests; never the data.
    """
    page = selectors.calls_page(
        actor=require_actor(request), code=query.service, cursor=query.cursor, limit=query.limit
    )
    return json_response(msgspec.json.encode(page))


@router.get(
    "/data-alarms",
    operation_id="listDataAlarms",
    summary="数据服务告警",
    response={200: schemas.DataAlarmList, **GUARDED},
)
def list_data_alarms(request: HttpRequest) -> HttpResponse:
    """
    List the alarms of the services the caller looks after that have not ended.
    """
    return json_response(msgspec.json.encode({"items": selectors.open_alarms(actor=require_actor(request))}))


@router.get(
    "/data-gateway",
    operation_id="describeDataGateway",
    summary="已授权数据服务的接口描述",
    response={200: schemas.GatewayDocument, **GUARDED},
)
def describe_data_gateway(request: HttpRequest) -> HttpResponse:
    """
    Give an OpenAPI document of the services open to the calling system: inputs, exactly the granted fields, limits.

    For systems with the scope data:call.
    """
    document = selectors.gateway_document(actor=require_actor(request), at=clock.now())
    return json_response(msgspec.json.encode(document))


def _answer_request(request: HttpRequest, operation: str, act: Callable[[Actor], object]) -> HttpResponse:
    actor = require_actor(request)
    return answer(request, operation=operation, status=200, act=lambda: act(actor))


def _take_step(code: str, body: schemas.DataServiceStep, actor: Actor) -> ServiceReceipt:
    at = clock.now()
    if body.act is ServiceAct.CHECK:
        return services.check_service(code=code, words=body.words, actor=actor, at=at)
    if body.act is ServiceAct.PUBLISH:
        return services.publish_service(code=code, actor=actor, at=at)
    if body.act not in STEPS:
        raise InvalidInput(fields={"act": _("这一步由登记或者保存完成")})
    return services.change_state(code=code, act=body.act, words=body.words, actor=actor, at=at)


def _content(body: schemas.DataServiceContent) -> ServiceContent:
    return ServiceContent(
        title=body.title,
        summary=body.summary,
        dataset_code=body.dataset_code,
        kind=body.kind,
        definition=body.definition,
        parameters=tuple(Parameter(**each.dict()) for each in body.parameters),
        timeout_seconds=body.timeout_seconds,
        cache_seconds=body.cache_seconds,
        subject=body.subject,
    )


def _wish(body: schemas.DataUseWish) -> RequestContent:
    return RequestContent(
        client_id=body.client_id,
        purpose=body.purpose,
        legal_basis=body.legal_basis,
        item_code=body.item_code,
        fields=tuple(body.fields),
        row_condition=body.row_condition,
        daily_quota=body.daily_quota,
        until=body.until,
        contact_name=body.contact_name,
        contact_phone=body.contact_phone,
    )
