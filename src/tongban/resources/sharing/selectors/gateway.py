"""
What is open to a system, as a document that machines read.
"""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from tongban.foundation.actors import Actor
from tongban.resources.sharing import permissions
from tongban.resources.sharing.models import Grant
from tongban.resources.sharing.rules.describing import Opened, Words, describe
from tongban.resources.sharing.rules.terms import last_day_of
from tongban.resources.sharing.values import ServiceKind, ServiceState


def gateway_document(*, actor: Actor, at: datetime) -> dict[str, Any]:
    """
    Return an OpenAPI document of the services open to a system now: inputs and granted fields. One query.

    :raises NotPermitted: no system asks, or one without the scope for calling
    """
    permissions.call_service.require(actor)
    grants = (
        Grant.objects.select_related("service")
        .filter(
            client_id=actor.id,
            ended_at__isnull=True,
            expires_at__gt=at,
            service__state=ServiceState.PUBLISHED,
        )
        .order_by("service__code")
    )
    words = Words(
        title=_("开放给 %(name)s 的数据服务") % {"name": actor.name or actor.id},
        signature=_("SM2 签名，另须 X-App-Id、X-Timestamp、X-Nonce"),
        refused=_("未获数据的原因（RFC 9457）"),
        answered=_("授权范围内的结果"),
    )
    return describe([_opened(grant) for grant in grants], words=words)


def _opened(grant: Grant) -> Opened:
    service = grant.service
    return Opened(
        code=service.code,
        title=service.title,
        summary=service.summary,
        kind=ServiceKind(service.kind),
        way=service.definition.get("way", "READ") if service.kind == ServiceKind.QUERY else "",
        parameters=tuple(service.parameters),
        fields=tuple(service.fields),
        schema=service.schema,
        granted=tuple(grant.fields),
        grant={
            "id": str(grant.id),
            "row_condition": grant.row_condition,
            "daily_quota": grant.daily_quota,
            "calls_per_minute": grant.rate,
            "purpose": grant.purpose,
            "legal_basis": grant.legal_basis,
            "last_day": last_day_of(grant.expires_at).isoformat(),
        },
    )
