"""
签署协议: which version of the service agreement a person agreed to, and how; for the services of this app only.
"""

import uuid
from datetime import datetime

from tongban.foundation import audit
from tongban.foundation.actors import Actor
from tongban.foundation.clock import civil_date
from tongban.support.identity.models import AgreementConsent
from tongban.support.identity.values import ConsentWay, agreement_on


def agree(
    *, person_id: uuid.UUID, way: ConsentWay, actor: Actor, at: datetime, witnessed_by: str = ""
) -> str:
    """
    Keep that a person agreed to the version in force, in the caller's transaction; return the version.
    """
    version = agreement_on(civil_date(at)).version
    AgreementConsent.objects.get_or_create(
        person_id=person_id,
        version=version,
        way=way,
        defaults={"agreed_at": at, "witnessed_by": witnessed_by},
    )
    audit.record(
        action="identity.agreement.sign",
        actor=actor,
        subject=str(person_id),
        at=at,
        version=version,
        way=way.value,
    )
    return version
