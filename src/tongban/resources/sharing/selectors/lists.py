"""
Services, requests and grants, as lists and one by one.
"""

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db.models import OuterRef, Q, Subquery

from tongban.foundation.actors import Actor
from tongban.foundation.clock import civil_date
from tongban.foundation.errors import InvalidInput
from tongban.foundation.paging import Page, decode_cursor, encode_cursor
from tongban.foundation.policy import Columns, visible_rows
from tongban.resources.datasets.values import Sharing
from tongban.resources.sharing import permissions
from tongban.resources.sharing.models import (
    DataRequest,
    DataService,
    Grant,
    GrantDay,
    RequestEvent,
    ServiceEvent,
    SubscriberKey,
)
from tongban.resources.sharing.permissions import (
    GrantNotFound,
    RequestNotFound,
    ServiceNotFound,
)
from tongban.resources.sharing.rules.terms import REQUEST_LIFE, SERVICE_LIFE, last_day_of
from tongban.resources.sharing.values import (
    Credential,
    DataRequestState,
    GrantEnd,
    RequestAct,
    ServiceAct,
    ServiceKind,
    ServiceState,
)

PAGE: Final = 30
_SERVICES: Final = "sharing.services"
_REQUESTS: Final = "sharing.requests"
_GRANTS: Final = "sharing.grants"


@dataclass(frozen=True, kw_only=True, slots=True)
class ServiceLine:
    """
    A service in a list.
    """

    code: str
    title: str
    summary: str
    agency_code: str
    kind: ServiceKind
    state: ServiceState
    sharing: str
    """Label of 共享类型; empty while it is not checked."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LogLine:
    """
    One entry of a history.
    """

    at: datetime
    act: str
    words: str
    actor_name: str
    agency_code: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ServiceDetail:
    """
    A service with all that the actor may see of it; how it is made only its provider and the reviewers.
    """

    line: ServiceLine
    dataset_code: str
    division_code: str
    fields: tuple[dict[str, Any], ...]
    parameters: tuple[dict[str, Any], ...]
    timeout_seconds: int
    cache_seconds: int
    subject: str
    revision: int
    definition: dict[str, Any] | None
    has_secret: bool
    published_at: datetime | None
    log: tuple[LogLine, ...]
    acts: tuple[ServiceAct, ...]
    """What the actor may do to it now."""
    may_apply: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestLine:
    """
    A request in a list.
    """

    id: uuid.UUID
    number: str
    service_code: str
    service_title: str
    agency_code: str
    provider_code: str
    purpose: str
    state: DataRequestState
    submitted_at: datetime
    due_date: date | None
    is_late: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestDetail:
    """
    A request as both sides and the reviewers see it.
    """

    line: RequestLine
    client_id: str
    legal_basis: str
    item_code: str
    fields: tuple[tuple[str, str], ...]
    """(name, title)"""
    row_condition: str
    daily_quota: int
    until: date
    applicant_name: str
    contact_name: str
    contact_phone: str
    answer: str
    answer_clause: str
    service_sharing: Sharing
    dataset_code: str
    log: tuple[LogLine, ...]
    acts: tuple[RequestAct, ...]
    grant_id: uuid.UUID | None


@dataclass(frozen=True, kw_only=True, slots=True)
class GrantLine:
    """
    A grant with what is left of it today.
    """

    id: uuid.UUID
    service_code: str
    service_title: str
    agency_code: str
    provider_code: str
    client_id: str
    fields: tuple[str, ...]
    row_condition: str
    daily_quota: int
    used_today: int
    rate: int
    purpose: str
    legal_basis: str
    granted_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    end: str
    """Label of why it ended before its day; empty: it did not."""
    end_words: str
    is_open: bool
    request_id: uuid.UUID | None
    may_revoke: bool
    may_renew: bool

    @property
    def left_today(self) -> int:
        """
        How many calls are left today.
        """
        return max(0, self.daily_quota - self.used_today)

    @property
    def last_day(self) -> date:
        """
        The last day of its term.
        """
        return last_day_of(self.expires_at)


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyLine:
    """
    A public key with which a system signs its questions.
    """

    id: uuid.UUID
    client_id: str
    beginning: str
    created_at: datetime
    is_open: bool


def may_open(*, actor: Actor) -> bool:
    """
    Return whether somebody deals with data services at all.
    """
    return permissions.list_services.allows(actor)


def may_compile(*, actor: Actor) -> bool:
    """
    Return whether somebody may offer services of his agency.
    """
    return bool(actor.agency_code) and permissions.compile_service.allows(
        actor, agency_code=actor.agency_code or ""
    )


def may_apply(*, actor: Actor) -> bool:
    """
    Return whether somebody may apply for data for his agency.
    """
    return permissions.apply_for_data.allows(actor, agency_code=actor.agency_code or "")


def may_review(*, actor: Actor) -> bool:
    """
    Return whether somebody reviews requests of his area.
    """
    return permissions.review_request.allows(actor, division_code=actor.division_code or "")


def services_page(
    *, actor: Actor, words: str = "", is_own: bool = False, cursor: str | None = None, limit: int = PAGE
) -> Page[ServiceLine]:
    """
    Return services by code: what is published, and in any state what the actor looks after. One query.

    :raises NotPermitted: the actor does not deal with data
    :raises InvalidInput: the cursor is not one of this list
    """
    permissions.list_services.require(actor)
    seen = visible_rows(permissions.reach(actor), permissions.PROVIDED)
    rows = DataService.objects.filter(seen | Q(state=ServiceState.PUBLISHED))
    if is_own:
        rows = rows.filter(agency_code=actor.agency_code or "")
    if words:
        rows = rows.filter(Q(title__icontains=words) | Q(code__icontains=words))
    if cursor:
        (after,) = decode_cursor(_SERVICES, cursor)
        rows = rows.filter(code__gt=after)
    found = list(rows.order_by("code")[: limit + 1])
    items = [_service_line(row) for row in found[:limit]]
    following = encode_cursor(_SERVICES, [items[-1].code]) if len(found) > limit else None
    return Page(items=items, next_cursor=following)


def service_by_code(*, code: str, actor: Actor) -> ServiceDetail:
    """
    Return one service. Two queries.

    :raises ServiceNotFound: there is none, or the actor may not know of it
    """
    permissions.list_services.require(actor)
    row = DataService.objects.filter(code=code).first()
    if row is None:
        raise ServiceNotFound(code=code)
    reach = permissions.reach(actor)
    is_inside = reach.decide(agency_code=row.agency_code, division_code=row.division_code).is_allowed
    if not is_inside and row.state not in {ServiceState.PUBLISHED, ServiceState.SUSPENDED}:
        raise ServiceNotFound(code=code)
    log = ServiceEvent.objects.filter(service=row).order_by("-id")[:50] if is_inside else ()
    return ServiceDetail(
        line=_service_line(row),
        dataset_code=row.dataset_code,
        division_code=row.division_code,
        fields=tuple(row.fields),
        parameters=tuple(row.parameters),
        timeout_seconds=row.timeout_seconds,
        cache_seconds=row.cache_seconds,
        subject=row.subject,
        revision=row.revision,
        definition=row.definition if is_inside else None,
        has_secret=row.credential is not None and row.definition.get("credential") != Credential.NONE,
        published_at=row.published_at,
        log=tuple(_log_line(each, ServiceAct(each.act).label) for each in log),
        acts=_service_acts(row, actor),
        may_apply=row.state == ServiceState.PUBLISHED
        and row.agency_code != actor.agency_code
        and may_apply(actor=actor),
    )


def requests_page(
    *,
    actor: Actor,
    at: datetime,
    side: str = "",
    state: DataRequestState | None = None,
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[RequestLine]:
    """
    Return requests, newest first. One query.

    :param side: "sent": of the actor's agency; "received": to it; "": all he may know of
    :raises InvalidInput: the cursor is not one of this list
    """
    permissions.list_services.require(actor)
    rows = _requests_of(actor)
    own = actor.agency_code or ""
    if side == "sent":
        rows = rows.filter(agency_code=own)
    elif side == "received":
        rows = rows.filter(provider_code=own)
    if state is not None:
        rows = rows.filter(state=state)
    if cursor:
        moment, last = _after(_REQUESTS, cursor)
        rows = rows.filter(Q(submitted_at__lt=moment) | Q(submitted_at=moment, id__lt=last))
    found = list(rows.select_related("service").order_by("-submitted_at", "-id")[: limit + 1])
    items = [_request_line(row, at=at) for row in found[:limit]]
    following = None
    if len(found) > limit:
        following = encode_cursor(_REQUESTS, [items[-1].submitted_at.isoformat(), str(items[-1].id)])
    return Page(items=items, next_cursor=following)


def waiting_requests(*, actor: Actor) -> int:
    """
    Return how many requests wait for this actor: to be reviewed, answered, or completed. One query.
    """
    if not may_open(actor=actor):
        return 0
    mine = Q(pk__in=[])
    if may_review(actor=actor):
        mine |= Q(state=DataRequestState.SUBMITTED)
    if may_apply(actor=actor):
        own = actor.agency_code or ""
        mine |= Q(state=DataRequestState.COMPLIANT, provider_code=own)
        mine |= Q(state=DataRequestState.RETURNED, agency_code=own)
    waiting: int = _requests_of(actor).filter(mine).count()
    return waiting


def request_by_id(*, request_id: uuid.UUID, actor: Actor, at: datetime) -> RequestDetail:
    """
    Return one request with its history. Three queries.

    :raises RequestNotFound: there is none, or the actor may not know of it
    """
    row = DataRequest.objects.select_related("service").filter(id=request_id).first()
    if row is None:
        raise RequestNotFound
    permissions.read_request.require(
        actor,
        agency_code=row.agency_code,
        provider_code=row.provider_code,
        division_code=row.division_code,
    )
    titles = {field["name"]: field["title"] for field in row.service.fields}
    log = RequestEvent.objects.filter(request=row).order_by("-id")
    grant = Grant.objects.filter(request=row).order_by("-granted_at").values_list("id", flat=True).first()
    return RequestDetail(
        line=_request_line(row, at=at),
        client_id=row.client_id,
        legal_basis=row.legal_basis,
        item_code=row.item_code,
        fields=tuple((name, titles.get(name, name)) for name in row.fields),
        row_condition=row.row_condition,
        daily_quota=row.daily_quota,
        until=row.until,
        applicant_name=row.applicant_name,
        contact_name=row.contact_name,
        contact_phone=row.contact_phone,
        answer=row.answer,
        answer_clause=row.answer_clause,
        service_sharing=Sharing(row.service.sharing),
        dataset_code=row.service.dataset_code,
        log=tuple(_log_line(each, RequestAct(each.act).label) for each in log),
        acts=_request_acts(row, actor),
        grant_id=grant,
    )


def grants_page(
    *, actor: Actor, at: datetime, side: str = "", cursor: str | None = None, limit: int = PAGE
) -> Page[GrantLine]:
    """
    Return grants, newest first, with what is left of each today. One query.

    :param side: "held": of the actor's agency; "given": by it; "": all he may know of
    :raises InvalidInput: the cursor is not one of this list
    """
    permissions.list_services.require(actor)
    rows = _grants_of(actor)
    own = actor.agency_code or ""
    if side == "held":
        rows = rows.filter(agency_code=own)
    elif side == "given":
        rows = rows.filter(provider_code=own)
    if cursor:
        moment, last = _after(_GRANTS, cursor)
        rows = rows.filter(Q(granted_at__lt=moment) | Q(granted_at=moment, id__lt=last))
    found = list(_counted(rows, at).order_by("-granted_at", "-id")[: limit + 1])
    items = [_grant_line(row, actor, at=at) for row in found[:limit]]
    following = None
    if len(found) > limit:
        following = encode_cursor(_GRANTS, [items[-1].granted_at.isoformat(), str(items[-1].id)])
    return Page(items=items, next_cursor=following)


def grant_by_id(*, grant_id: uuid.UUID, actor: Actor, at: datetime) -> GrantLine:
    """
    Return one grant. One query.

    :raises GrantNotFound: there is none, or the actor may not know of it
    """
    row = _counted(Grant.objects.filter(id=grant_id), at).first()
    if row is None:
        raise GrantNotFound
    permissions.read_grant.require(
        actor,
        agency_code=row.agency_code,
        provider_code=row.provider_code,
        division_code=row.division_code,
    )
    return _grant_line(row, actor, at=at)


def keys_of_agency(*, actor: Actor) -> list[KeyLine]:
    """
    Return the keys with which systems of the actor's agency sign, the newest first. One query.

    :raises NotPermitted: the actor is no steward
    """
    permissions.apply_for_data.require(actor, agency_code=actor.agency_code or "")
    rows = SubscriberKey.objects.filter(agency_code=actor.agency_code or "").order_by("-created_at")[:50]
    return [
        KeyLine(
            id=row.id,
            client_id=row.client_id,
            beginning=bytes(row.point).hex()[2:18],
            created_at=row.created_at,
            is_open=row.ended_at is None,
        )
        for row in rows
    ]


def _after(purpose: str, cursor: str) -> tuple[datetime, uuid.UUID]:
    moment, last = decode_cursor(purpose, cursor)
    try:
        return datetime.fromisoformat(str(moment)), uuid.UUID(str(last))
    except ValueError as error:
        raise InvalidInput(fields={"cursor": str(error)}) from error


def _requests_of(actor: Actor) -> Any:
    reach = permissions.reach(actor)
    area = Columns(agency="agency_code", division="division_code")
    return DataRequest.objects.filter(visible_rows(reach, area) | visible_rows(reach, permissions.PROVIDING))


def _grants_of(actor: Actor) -> Any:
    reach = permissions.reach(actor)
    area = Columns(agency="agency_code", division="division_code")
    return Grant.objects.filter(visible_rows(reach, area) | visible_rows(reach, permissions.PROVIDING))


def _counted(rows: Any, at: datetime) -> Any:
    used = GrantDay.objects.filter(grant_id=OuterRef("id"), day=civil_date(at)).values("calls")[:1]
    return rows.select_related("service").annotate(used_today=Subquery(used))


def _service_line(row: DataService) -> ServiceLine:
    return ServiceLine(
        code=row.code,
        title=row.title,
        summary=row.summary,
        agency_code=row.agency_code,
        kind=ServiceKind(row.kind),
        state=ServiceState(row.state),
        sharing=str(Sharing(row.sharing).label) if row.sharing else "",
    )


def _request_line(row: DataRequest, *, at: datetime) -> RequestLine:
    return RequestLine(
        id=row.id,
        number=row.number,
        service_code=row.service.code,
        service_title=row.service.title,
        agency_code=row.agency_code,
        provider_code=row.provider_code,
        purpose=row.purpose,
        state=DataRequestState(row.state),
        submitted_at=row.submitted_at,
        due_date=row.due_date,
        is_late=row.due_date is not None and row.due_date < civil_date(at),
    )


def _grant_line(row: Any, actor: Actor, *, at: datetime) -> GrantLine:
    is_open = row.ended_at is None and row.expires_at > at
    return GrantLine(
        id=row.id,
        service_code=row.service.code,
        service_title=row.service.title,
        agency_code=row.agency_code,
        provider_code=row.provider_code,
        client_id=row.client_id,
        fields=tuple(row.fields),
        row_condition=row.row_condition,
        daily_quota=row.daily_quota,
        used_today=row.used_today or 0,
        rate=row.rate,
        purpose=row.purpose,
        legal_basis=row.legal_basis,
        granted_at=row.granted_at,
        expires_at=row.expires_at,
        ended_at=row.ended_at,
        end=str(GrantEnd(row.end).label) if row.end else "",
        end_words=row.end_words,
        is_open=is_open,
        request_id=row.request_id,
        may_revoke=row.ended_at is None
        and permissions.revoke_grant.allows(
            actor, provider_code=row.provider_code, division_code=row.division_code
        ),
        may_renew=row.end != GrantEnd.REVOKED
        and row.request_id is not None
        and permissions.apply_for_data.allows(actor, agency_code=row.agency_code),
    )


def _log_line(row: Any, act: Any) -> LogLine:
    return LogLine(
        at=row.at, act=str(act), words=row.words, actor_name=row.actor_name, agency_code=row.agency_code
    )


def _service_acts(row: DataService, actor: Actor) -> tuple[ServiceAct, ...]:
    compiles = permissions.compile_service.allows(actor, agency_code=row.agency_code)
    checks = permissions.check_service.allows(actor, division_code=row.division_code)
    permitted = {
        ServiceAct.CHECK: checks and actor.id not in row.compiled_by,
        ServiceAct.SUSPEND: checks or compiles,
    }
    return tuple(
        act
        for act, step in SERVICE_LIFE.items()
        if row.state in step.sources and permitted.get(act, compiles)
    )


def _request_acts(row: DataRequest, actor: Actor) -> tuple[RequestAct, ...]:
    reviews = permissions.review_request.allows(actor, division_code=row.division_code)
    answers = permissions.answer_request.allows(actor, provider_code=row.provider_code)
    applies = permissions.apply_for_data.allows(actor, agency_code=row.agency_code)
    permitted = {
        RequestAct.PASS: reviews,
        RequestAct.RETURN: reviews,
        RequestAct.REFUSE: reviews if row.state == DataRequestState.SUBMITTED else answers,
        RequestAct.GRANT: answers,
        RequestAct.RESUBMIT: applies,
        RequestAct.WITHDRAW: applies,
    }
    return tuple(act for act, step in REQUEST_LIFE.items() if row.state in step.sources and permitted[act])
