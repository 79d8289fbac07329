"""
Shapes of the API of the data services. What services give out is in none: that is the gateway's.
"""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from ninja import Field, Schema

from tongban.resources.sharing.selectors.lists import GrantLine, RequestDetail, ServiceDetail
from tongban.resources.sharing.values import (
    AlarmKind,
    DataRequestState,
    RequestAct,
    ServiceAct,
    ServiceKind,
    ServiceState,
)

Words = Annotated[str, Field(max_length=500)]
FieldName = Annotated[str, Field(min_length=1, max_length=64)]


class DataParameter(Schema):
    """
    查询条件: one input of a service.
    """

    name: str = Field(max_length=64, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    title: str = Field(max_length=64)
    is_required: bool = True
    longest: int = Field(100, ge=1, le=1000, description="Characters at most")


class DataField(Schema):
    """
    信息项: one field of the answer, as the dataset has it.
    """

    name: str
    title: str
    is_personal: bool


class DataServiceContent(Schema):
    """
    What a steward writes of a service.
    """

    title: str = Field(max_length=128)
    summary: str = Field("", max_length=1000)
    dataset_code: str = Field(max_length=64, description="Of a published dataset of the own agency")
    kind: ServiceKind
    definition: dict[str, Any] = Field(description="UPSTREAM: url, rows_at, credential, header. QUERY: register, "
                                       "key, way. ORCHESTRATED: steps, output. PARENT: service")  # fmt: skip
    parameters: list[DataParameter] = Field(default_factory=list, max_length=20)
    timeout_seconds: int = Field(5, ge=1, le=30)
    cache_seconds: int = Field(0, ge=0, le=3600, description="How long an answer may be given again")
    subject: str = Field("", max_length=64, description="Name of the input that is somebody's ID number")


class NewDataService(DataServiceContent):
    """
    A service that is begun.
    """

    code: str = Field(max_length=64, description="Lower-case letters, digits and hyphens; the gateway's path")


class SavedDataService(DataServiceContent):
    """
    A draft that is saved.
    """

    revision: int = Field(ge=1, le=2**31 - 1, description="On which the writing is based")
    secret: str | None = Field(
        None, max_length=2000, description="By which the upstream knows the node; left out, it stays"
    )


class DataServiceStep(Schema):
    """
    What is done to a service.
    """

    act: ServiceAct = Field(description="CHECK, PUBLISH, SUSPEND, RESUME, REOPEN or WITHDRAW")
    words: Words = Field("", description="Why; needed to suspend and to withdraw, and shown to who uses it")


class DataServiceReceiptOut(Schema):
    """
    Where a service stands.
    """

    code: str
    state: ServiceState
    revision: int


class DataServiceLine(Schema):
    """
    A service in a list.
    """

    code: str
    title: str
    summary: str
    agency_code: str = Field(description="Of the provider")
    kind: ServiceKind
    state: ServiceState
    sharing: str = Field(description="共享类型 in words; empty while it is not checked")


class DataServicePage(Schema):
    """
    Some services.
    """

    items: list[DataServiceLine]
    next_cursor: str | None


class DataLogLine(Schema):
    """
    One entry of a history.
    """

    at: datetime
    act: str = Field(description="In words")
    words: str
    actor_name: str
    agency_code: str


class DataServiceOut(DataServiceLine):
    """
    A service; how it is made only for its provider and the reviewers of the area.
    """

    dataset_code: str
    division_code: str
    fields: list[DataField]
    parameters: list[DataParameter]
    timeout_seconds: int
    cache_seconds: int
    subject: str
    revision: int
    definition: dict[str, Any] | None
    has_secret: bool
    published_at: datetime | None
    log: list[DataLogLine]
    acts: list[ServiceAct] = Field(description="What the caller may do to it now")
    may_apply: bool


class DataUseWish(Schema):
    """
    What an agency writes that applies for data.
    """

    client_id: str = Field(max_length=64, description="System of the own agency that will call")
    purpose: Words
    legal_basis: Words
    item_code: str = Field("", max_length=64, description="Item for which the data are needed")
    fields: list[FieldName] = Field(min_length=1, max_length=200)
    row_condition: str = Field("", max_length=2000, description="CEL over `row`; empty: all rows")
    daily_quota: int = Field(1000, ge=1, le=10_000_000, description="Calls a day")
    until: date = Field(description="Last day, within three years")
    contact_name: str = Field(max_length=64, description="安全联系人")
    contact_phone: str = Field(max_length=20)


class NewDataUseRequest(DataUseWish):
    """
    A request for data.
    """

    renews: UUID | None = Field(None, description="Grant that is to go on")


class DataUseReview(Schema):
    """
    What a reviewer found.
    """

    is_in_order: bool = Field(description="False: returned to be completed")
    words: Words = Field("", description="Needed where it is returned")


class DataUseGrant(Schema):
    """
    What a provider opens: what was asked for, or less.
    """

    fields: list[FieldName] = Field(min_length=1, max_length=200)
    row_condition: str = Field("", max_length=2000, description="CEL over `row`; empty: all rows")
    daily_quota: int = Field(ge=1, le=10_000_000)
    until: date | None = Field(None, description="Last day; left out, the one that was asked for")
    words: Words = ""


class DataUseRefusal(Schema):
    """
    Why not.
    """

    words: str = Field(max_length=1000)
    clause: str = Field(max_length=200, description="Of law, regulation or policy")


class DataUseRequestReceiptOut(Schema):
    """
    Where a request stands.
    """

    id: UUID
    number: str
    state: DataRequestState
    grant_id: UUID | None


class DataUseRequestLine(Schema):
    """
    A request in a list.
    """

    id: UUID
    number: str
    service_code: str
    service_title: str
    agency_code: str = Field(description="That applies")
    provider_code: str
    purpose: str
    state: DataRequestState
    submitted_at: datetime
    due_date: date | None = Field(description="Last day of whoever has to act now")
    is_late: bool


class DataUseRequestPage(Schema):
    """
    Some requests.
    """

    items: list[DataUseRequestLine]
    next_cursor: str | None


class DataUseRequestOut(DataUseRequestLine):
    """
    A request as both sides and the reviewers see it.
    """

    client_id: str
    legal_basis: str
    item_code: str
    fields: list[str]
    row_condition: str
    daily_quota: int
    until: date
    applicant_name: str
    contact_name: str
    contact_phone: str
    answer: str
    answer_clause: str
    dataset_code: str
    log: list[DataLogLine]
    acts: list[RequestAct] = Field(description="What the caller may do to it now")
    grant_id: UUID | None


class DataGrantOut(Schema):
    """
    数据授权, and what is left of it today.
    """

    id: UUID
    service_code: str
    service_title: str
    agency_code: str = Field(description="That may use the data")
    provider_code: str
    client_id: str = Field(description="System, or code of the node below, that may call")
    fields: list[str]
    row_condition: str
    daily_quota: int
    used_today: int
    left_today: int
    rate: int = Field(description="Calls a minute")
    purpose: str
    legal_basis: str
    granted_at: datetime
    expires_at: datetime
    last_day: date
    ended_at: datetime | None
    end: str = Field(description="Why it ended before its day, in words; empty: it did not")
    end_words: str
    is_open: bool
    request_id: UUID | None
    may_revoke: bool
    may_renew: bool


class DataGrantPage(Schema):
    """
    Some grants.
    """

    items: list[DataGrantOut]
    next_cursor: str | None


class DataGrantRevocation(Schema):
    """
    Why a grant ends.
    """

    words: Words = Field(description="Shown to who used it")


class DataGrantReceiptOut(Schema):
    """
    A grant that has ended.
    """

    id: UUID
    service_code: str
    subscriber: str
    expires_at: datetime


class DataFigure(Schema):
    """
    How often, how well and how fast.
    """

    key: str
    calls: int
    errors: int
    p50: int = Field(description="Milliseconds")
    p95: int = Field(description="Milliseconds")


class DataFiguresOut(Schema):
    """
    Figures of some days, each way.
    """

    days: list[DataFigure]
    services: list[DataFigure]
    providers: list[DataFigure]
    subscribers: list[DataFigure]
    results: list[DataFigure]


class DataCallOut(Schema):
    """
    调用存证: the evidence of one call; never the data.
    """

    id: int
    at: datetime
    request_id: str
    service_code: str
    client_id: str
    agency_code: str
    case_number: str
    purpose: str
    question_sm3: str
    answer_sm3: str
    result: str = Field(description="ok, partial, or the code of the refusal")
    milliseconds: int
    row_count: int
    nodes: list[str] = Field(description="Through which nodes it went, from the data on")


class DataCallPage(Schema):
    """
    Some calls.
    """

    items: list[DataCallOut]
    next_cursor: str | None


class DataAlarmOut(Schema):
    """
    An alarm that has not ended.
    """

    service_code: str
    service_title: str
    kind: AlarmKind
    client_id: str
    value: int
    threshold: int
    raised_at: datetime


class DataAlarmList(Schema):
    """
    Alarms, newest first, fifty at most.
    """

    items: list[DataAlarmOut]


class GatewayDocument(Schema):
    """
    An OpenAPI 3.1 document of the services that are open to the caller.
    """

    openapi: str
    info: dict[str, Any]
    servers: list[dict[str, Any]]
    security: list[dict[str, Any]]
    paths: dict[str, Any]
    components: dict[str, Any]


def service_json(seen: ServiceDetail) -> dict[str, Any]:
    """
    Return a service as `DataServiceOut`.
    """
    return _flat(seen)


def request_json(seen: RequestDetail) -> dict[str, Any]:
    """
    Return a request as `DataUseRequestOut`.
    """
    flat = _flat(seen)
    del flat["service_sharing"]
    return {**flat, "fields": [name for name, _title in seen.fields]}


def grant_json(seen: GrantLine) -> dict[str, Any]:
    """
    Return a grant as `DataGrantOut`.
    """
    return {
        **msgspec.to_builtins(seen),
        "left_today": seen.left_today,
        "last_day": seen.last_day.isoformat(),
    }


def _flat(seen: ServiceDetail | RequestDetail) -> dict[str, Any]:
    flat: dict[str, Any] = msgspec.to_builtins(seen)
    return {**flat.pop("line"), **flat}
