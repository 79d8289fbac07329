"""
Legal entities, for those who act for them.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from tongban.foundation import policy
from tongban.foundation.actors import Actor
from tongban.foundation.clock import civil_date
from tongban.foundation.policy import Reason, no
from tongban.support.mandates import permissions
from tongban.support.mandates.models import LegalEntity, Mandate, MandateLog
from tongban.support.mandates.values import EndReason, EntityKind, EntityStatus, EntityView, LogKind, LogLine

ENTITIES_SHOWN = 50
LINES_SHOWN = 200


def my_entities(*, actor: Actor, at: datetime) -> list[EntityView]:
    """
    Return the entities that the actor represents or acts for; while he acts for one, that one. Two queries.

    :raises NotAuthenticated: nobody is logged in as a person
    """
    person = policy.require_person(actor)
    if actor.acting_for is not None:
        return [entity_view(row, actor=actor) for row in LegalEntity.objects.filter(id=actor.acting_for.id)]
    mandated = _mandated(person, at=at)
    rows = LegalEntity.objects.filter(Q(representative_id=person) | Q(id__in=mandated))
    return [entity_view(row, actor=actor) for row in rows.order_by("name", "id")[:ENTITIES_SHOWN]]


def entity(*, entity_id: UUID, actor: Actor, at: datetime) -> EntityView:
    """
    Return one entity. Two queries.

    :raises NotFound: there is none, or the actor does not act for it
    """
    person = policy.require_person(actor)
    row = LegalEntity.objects.filter(id=entity_id).first()
    # Asked also where there is none: a hidden one must not cost more.
    mandated = _mandated(person, at=at)
    if row is None:
        permissions.read_entity.refuse(actor, no(Reason.NOT_OWN))
    permissions.read_entity.require(
        actor,
        entity_id=entity_id,
        representative_id=row.representative_id,
        is_mandated=entity_id in mandated,
    )
    return entity_view(row, actor=actor)


def entity_log(*, entity_id: UUID, actor: Actor, at: datetime) -> list[LogLine]:
    """
    Return what happened to an entity, newest first. Three queries.

    :raises NotFound: there is none, or the actor does not act for it
    """
    entity(entity_id=entity_id, actor=actor, at=at)
    return log_lines(MandateLog.objects.filter(entity_id=entity_id).order_by("-id")[:LINES_SHOWN])


def log_lines(rows: Iterable[MandateLog]) -> list[LogLine]:
    """
    Return lines of a log as people read them.
    """
    return [
        LogLine(
            at=row.at,
            kind=LogKind(row.kind),
            actor_name=row.actor_name,
            reason=EndReason(row.reason) if row.reason in EndReason.values else None,
        )
        for row in rows
    ]


def entity_view(row: LegalEntity, *, actor: Actor) -> EntityView:
    """
    Return an entity as the actor sees it.
    """
    return EntityView(
        id=row.id,
        credit_code=row.credit_code,
        name=row.name,
        kind=EntityKind(row.kind),
        status=EntityStatus(row.status),
        representative_name=row.representative_masked,
        is_representative=actor.person_id == str(row.representative_id),
        has_representative=row.representative_lost_at is None,
        assurance_level=row.assurance_level,
        address=row.address or "",
        registered_at=row.registered_at,
        checked_at=row.checked_at,
    )


def _mandated(person: UUID, *, at: datetime) -> list[UUID]:
    found = Mandate.objects.in_force(on=civil_date(at)).filter(
        grantee_id=person, grantor_entity__isnull=False
    )
    return list(found.values_list("grantor_entity_id", flat=True))
