"""
Writing down what happened: the log that people read, the audit trail, the announcement.
"""

from datetime import datetime

from tongban.foundation import audit, events
from tongban.foundation.actors import Actor
from tongban.support.mandates.events import (
    MANDATE_ACCEPTED,
    MANDATE_DECLINED,
    MANDATE_ENDED,
    MANDATE_OFFERED,
    MandateFact,
)
from tongban.support.mandates.models import LegalEntity, Mandate, MandateLog
from tongban.support.mandates.values import EndReason, LogKind

TOPICS = {
    LogKind.OFFERED: MANDATE_OFFERED,
    LogKind.ACCEPTED: MANDATE_ACCEPTED,
    LogKind.ESTABLISHED: MANDATE_ACCEPTED,
    LogKind.DECLINED: MANDATE_DECLINED,
    LogKind.ENDED: MANDATE_ENDED,
}


def record_mandate(row: Mandate, kind: LogKind, *, actor: Actor, at: datetime, reason: str = "") -> None:
    """
    Write down one thing that happened to a mandate, in the transaction of the thing.
    """
    _log(kind, actor=actor, at=at, reason=reason, mandate=row)
    audit.record(
        action=f"mandates.mandate.{kind.lower()}",
        actor=actor,
        subject=str(row.id),
        at=at,
        mandate_kind=row.kind,
        grantor_id=str(row.grantor_entity_id or row.grantor_person_id),
        grantee_id=str(row.grantee_id or ""),
        reason=reason,
    )
    events.announce(topic=TOPICS[kind], key=str(row.id), at=at, payload=_fact(row, reason=reason))


def record_entity(row: LegalEntity, kind: LogKind, *, actor: Actor, at: datetime, reason: str = "") -> None:
    """
    Write down one thing that happened to a legal entity, in the transaction of the thing.
    """
    _log(kind, actor=actor, at=at, reason=reason, entity=row)
    audit.record(
        action=f"mandates.entity.{kind.lower()}",
        actor=actor,
        subject=row.credit_code,
        at=at,
        representative_id=str(row.representative_id),
    )


def end_row(row: Mandate, reason: EndReason, *, actor: Actor, at: datetime, note: str = "") -> None:
    """
    End a mandate whose row is held; effective with the very next request that would use it.

    :param note: the evidence a clerk has seen; sealed
    """
    row.ended_at, row.ended_by, row.end_reason, row.end_note = at, actor.id, reason.value, note or None
    row.save(update_fields=["ended_at", "ended_by", "end_reason", "end_note"])
    record_mandate(row, LogKind.ENDED, actor=actor, at=at, reason=reason.value)


def _log(
    kind: LogKind,
    *,
    actor: Actor,
    at: datetime,
    reason: str,
    mandate: Mandate | None = None,
    entity: LegalEntity | None = None,
) -> None:
    MandateLog.objects.create(
        mandate=mandate,
        entity=entity,
        kind=kind,
        at=at,
        actor_kind=actor.kind.value,
        actor_id=actor.id,
        actor_name="" if actor.is_system else actor.name,
        reason=reason,
    )


def _fact(row: Mandate, *, reason: str) -> MandateFact:
    return MandateFact(
        mandate_id=str(row.id),
        kind=row.kind,
        grantor_id=str(row.grantor_entity_id or row.grantor_person_id),
        grantor_name=row.grantor_masked,
        grantee_id=str(row.grantee_id or ""),
        grantee_name=row.grantee_masked,
        valid_until=row.valid_until,
        reason=reason,
    )
