"""
Handing over what is known about a person to a system he logs in to, with his consent; always written down.
"""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from tongban.foundation import audit, crypto
from tongban.foundation.actors import Actor
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import NotFound, NotPermitted
from tongban.support.identity import rules
from tongban.support.identity.models import Person, level_at
from tongban.support.identity.values import IdType


@dataclass(frozen=True, kw_only=True, slots=True)
class HandedOver:
    """
    A person, as a system he logs in to is told.
    """

    person_id: uuid.UUID
    name: str
    name_masked: str
    id_type: IdType
    id_number: str
    mobile: str
    assurance_level: int

    def __repr__(self) -> str:
        return f"HandedOver(person_id={self.person_id!r}, …)"


@business_transaction
def hand_over_person(
    *, account_id: uuid.UUID, receiver: str, what: Collection[str], actor: Actor, at: datetime
) -> HandedOver:
    """
    Return a person's data in clear for a system he consented to tell.

    The caller holds the consent and passes on no more than it covers.

    :param receiver: id of the system; the person will read it in the ledger of who looked
    :param what: names of the data that leave, e.g. "name", "id_number"
    :raises NotPermitted: anybody but the node asks
    :raises NotFound: there is no such person
    """
    if not actor.is_system:
        raise NotPermitted
    person = Person.objects.annotate(assurance_level=level_at(at)).filter(account_id=account_id).first()
    if person is None:
        raise NotFound
    audit.record(
        action="identity.person.hand_over",
        actor=actor,
        subject=str(person.id),
        at=at,
        receiver=receiver,
        what=sorted(what),
    )
    return HandedOver(
        person_id=person.id,
        name=person.name,
        name_masked=person.name_masked,
        id_type=IdType(person.id_type),
        id_number=person.id_number,
        mobile=person.mobile or "",
        assurance_level=person.assurance_level,
    )


def certificate_key(*, id_number: str, name: str) -> str:
    """
    Return 证件散列码: by which nodes ask one another about a person without saying who it is, 64 hex digits.

    Source: GB/T 39554-2020, table up_uc_province_user (`cert_key`): a digest over number and name.
    """
    text = f"{rules.normal_id_number(id_number)}|{rules.normal_name(name)}"
    return crypto.sm3(text.encode()).hex()
