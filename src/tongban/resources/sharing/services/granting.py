"""
数据授权: opened, ended at once, gone on with; and what is opened to nodes below us.
"""

import uuid
from datetime import date, datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit
from tongban.foundation.actors import Actor
from tongban.foundation.db import business_transaction, require_transaction
from tongban.foundation.errors import Conflict, InvalidInput
from tongban.resources.datasets import services as datasets
from tongban.resources.datasets.values import UserKind
from tongban.resources.registers import selectors as registers
from tongban.resources.sharing import permissions
from tongban.resources.sharing.models import DataRequest, DataService, Grant, RequestEvent
from tongban.resources.sharing.permissions import GrantNotFound, ServiceNotFound
from tongban.resources.sharing.rules.terms import midnight
from tongban.resources.sharing.services.telling import tell_agency
from tongban.resources.sharing.values import GrantEnd, GrantReceipt, RequestAct, ServiceState

LONGEST_WORDS: Final = 500


class GrantEnded(Conflict):
    """
    The grant ended already.
    """

    code = "data_grant_ended"
    message = _("该授权已经终止")


def end_of(day: date) -> datetime:
    """
    Return the moment a term ends whose last day is this.
    """
    return midnight(day + timedelta(days=1))


def open_grant(
    request: DataRequest,
    *,
    fields: tuple[str, ...],
    row_condition: str,
    daily_quota: int,
    actor: Actor,
    at: datetime,
    until: date | None = None,
) -> Grant:
    """
    Open what a request asks for; what this system had of the service before is replaced. In an open transaction.
    """
    require_transaction()
    return _open(
        request.service,
        request=request,
        agency_code=request.agency_code,
        client_id=request.client_id,
        fields=fields,
        row_condition=row_condition.strip(),
        daily_quota=daily_quota,
        until=until or request.until,
        purpose=request.purpose,
        legal_basis=request.legal_basis,
        actor=actor,
        at=at,
    )


@business_transaction
def open_to_node(
    *,
    service_code: str,
    node_code: str,
    fields: tuple[str, ...],
    daily_quota: int,
    until: date,
    purpose: str,
    legal_basis: str,
    actor: Actor,
    at: datetime,
    row_condition: str = "",
) -> GrantReceipt:
    """
    Open a service to a node below, which asks in its subscribers' stead (统一查询代理).

    :raises NotPermitted: the actor is no steward of the provider
    :raises ServiceNotFound: there is no such service that is published
    :raises InvalidInput: fields that the service does not have
    """
    service = DataService.objects.filter(code=service_code, state=ServiceState.PUBLISHED).first()
    if service is None:
        raise ServiceNotFound(code=service_code)
    permissions.answer_request.require(actor, provider_code=service.agency_code)
    if not fields or not {field["name"] for field in service.fields}.issuperset(fields):
        raise InvalidInput(fields={"fields": _("请从该服务的信息项中选择所需的项")})
    grant = _open(
        service,
        request=None,
        agency_code=node_code,
        client_id=node_code,
        fields=fields,
        row_condition=row_condition,
        daily_quota=daily_quota,
        until=until,
        purpose=purpose,
        legal_basis=legal_basis,
        actor=actor,
        at=at,
    )
    return GrantReceipt(
        id=grant.id, service_code=service.code, subscriber=node_code, expires_at=grant.expires_at
    )


@business_transaction
def revoke_grant(*, grant_id: uuid.UUID, words: str, actor: Actor, at: datetime) -> GrantReceipt:
    """
    End a grant now: the next call is refused.

    :raises GrantNotFound: there is none that the actor may know of
    :raises GrantEnded: it ended before
    :raises InvalidInput: no reason was given
    """
    grant = Grant.objects.locked().select_related("service", "request").filter(id=grant_id).first()
    if grant is None:
        raise GrantNotFound
    permissions.read_grant.require(
        actor,
        agency_code=grant.agency_code,
        provider_code=grant.provider_code,
        division_code=grant.division_code,
    )
    permissions.revoke_grant.require(
        actor, provider_code=grant.provider_code, division_code=grant.division_code
    )
    if grant.ended_at is not None:
        raise GrantEnded(grant_id=str(grant_id))
    if not 1 <= len(words.strip()) <= LONGEST_WORDS:
        raise InvalidInput(fields={"words": _("请说明原因，使用方会看到")})
    grant.ended_at, grant.end, grant.end_words = at, GrantEnd.REVOKED, words.strip()
    grant.save(update_fields=["ended_at", "end", "end_words"])
    if grant.request is not None:
        RequestEvent.objects.create(
            request=grant.request,
            at=at,
            act=RequestAct.REVOKE,
            words=grant.end_words,
            actor_name=actor.name[:64],
            agency_code=actor.agency_code or "",
        )
        tell_agency(
            grant.request,
            grant.agency_code,
            words=gettext("数据授权已收回：%(why)s") % {"why": grant.end_words},
            key="revoked",
            at=at,
        )
    audit.record(
        action="sharing.grant.revoke",
        actor=actor,
        subject=grant.service.code,
        at=at,
        grant=str(grant.id),
        subscriber=grant.client_id,
        words=grant.end_words,
    )
    return GrantReceipt(
        id=grant.id,
        service_code=grant.service.code,
        subscriber=grant.client_id,
        expires_at=grant.expires_at,
    )


def _open(
    service: DataService,
    *,
    request: DataRequest | None,
    agency_code: str,
    client_id: str,
    fields: tuple[str, ...],
    row_condition: str,
    daily_quota: int,
    until: date,
    purpose: str,
    legal_basis: str,
    actor: Actor,
    at: datetime,
) -> Grant:
    with transaction.atomic():
        before = Grant.objects.locked().filter(service=service, client_id=client_id, ended_at__isnull=True)
        for old in before:
            old.ended_at, old.end = at, GrantEnd.REPLACED
            old.save(update_fields=["ended_at", "end"])
        grant = Grant.objects.create(
            service=service,
            request=request,
            provider_code=service.agency_code,
            agency_code=agency_code,
            division_code=service.division_code,
            client_id=client_id,
            fields=list(fields),
            row_condition=row_condition,
            daily_quota=daily_quota,
            rate=settings.TONGBAN_SHARING.calls_per_minute,
            purpose=purpose,
            legal_basis=legal_basis,
            granted_at=at,
            expires_at=end_of(until),
        )
    names = registers.agency_names(codes=[agency_code], actor=actor)
    datasets.note_use(
        code=service.dataset_code,
        kind=UserKind.AGENCY if request else UserKind.NODE,
        user_code=agency_code,
        user_name=names.get(agency_code, agency_code),
        at=at,
    )
    audit.record(
        action="sharing.grant.open",
        actor=actor,
        subject=service.code,
        at=at,
        grant=str(grant.id),
        subscriber=client_id,
        fields=list(fields),
        row_condition=row_condition,
        daily_quota=daily_quota,
        until=until.isoformat(),
    )
    return grant
