"""
What every change of a licence leaves behind: its event, its audit entry, its announcement.
"""

from datetime import datetime

from django.db import connection

from tongban.business.licences.events import LicenceFact
from tongban.business.licences.models import Licence, LicenceEvent
from tongban.business.licences.values import LicenceEventKind
from tongban.foundation import audit, events
from tongban.foundation.actors import Actor


def record(
    licence: Licence,
    kind: LicenceEventKind,
    *,
    topic: str,
    actor: Actor,
    at: datetime,
    reason: str = "",
    legal_basis: str = "",
    case_number: str = "",
    replaced_by: str = "",
) -> None:
    """
    Write the event and the audit entry, and announce the fact, in the open transaction.
    """
    LicenceEvent.objects.create(
        licence=licence,
        kind=kind,
        at=at,
        reason=reason,
        legal_basis=legal_basis,
        case_number=case_number,
        actor_kind=actor.kind.value,
        actor_id=actor.id,
    )
    audit.record(
        action=f"licences.licence.{kind.value.lower()}",
        actor=actor,
        subject=licence.identifier,
        at=at,
        case_number=case_number,
        status=licence.status,
    )
    events.announce(
        topic=topic,
        key=licence.number,
        at=at,
        payload=LicenceFact(
            identifier=licence.identifier,
            number=licence.number,
            type_code=licence.type_code,
            type_name=licence.type_name,
            version=licence.version,
            status=licence.status,
            issuer_code=licence.issuer_code,
            division_code=licence.division_code,
            case_number=licence.case_number,
            person_id=licence.person_id,
            reason=reason,
            replaced_by=replaced_by,
        ),
    )


def lock_name(name: str) -> None:
    """
    Let one transaction at a time pass for `name`, until it ends.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"licences:{name}"])
