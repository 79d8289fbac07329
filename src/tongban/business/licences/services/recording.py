"""
What every change of a licence leaves behind: its event, its audit entry, its announcement.
"""

from datetime import datetime
from typing import Final

from django.db import connection
from django.utils.translation import gettext_lazy as _

from tongban.business.licences.events import LicenceFact
from tongban.business.licences.models import Licence, LicenceEvent
from tongban.business.licences.services import publishing
from tongban.business.licences.values import LicenceEventKind
from tongban.foundation import audit, events
from tongban.foundation.actors import Actor
from tongban.foundation.errors import InvalidInput

LONGEST_REASON: Final = 2000
LONGEST_BASIS: Final = 1000


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
    last_valid_date: str = "",
) -> None:
    """
    Write the event and the audit entry, and announce the fact, to other nodes too, in the open transaction.
    """
    publishing.write_licence(licence, kind, at=at)
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
            type_name_en=licence.type_name_en,
            version=licence.version,
            status=licence.status,
            issuer_code=licence.issuer_code,
            division_code=licence.division_code,
            case_number=licence.case_number,
            person_id=licence.person_id,
            reason=reason,
            replaced_by=replaced_by,
            last_valid_date=last_valid_date,
        ),
    )


def require_words(*, reason: str, legal_basis: str) -> None:
    """
    Refuse a change of a licence of which nobody says why, or on what ground (行政许可法 arts. 69, 70).

    :raises InvalidInput: names what is missing or too long
    """
    wrong = {}
    if not reason.strip():
        wrong["reason"] = _("请填写理由")
    elif len(reason.strip()) > LONGEST_REASON:
        wrong["reason"] = _("理由不能超过 2000 字")
    if not legal_basis.strip():
        wrong["legal_basis"] = _("请填写法律依据")
    elif len(legal_basis.strip()) > LONGEST_BASIS:
        wrong["legal_basis"] = _("法律依据不能超过 1000 字")
    if wrong:
        raise InvalidInput(fields=wrong)


def lock_name(name: str) -> None:
    """
    Let one transaction at a time pass for `name`, until it ends.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"licences:{name}"])
