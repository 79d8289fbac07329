"""
Personal data in clear: only here, only for a stated purpose, always written down.
"""

import uuid
from datetime import datetime

from tongban.foundation import audit, looks, policy
from tongban.foundation.actors import Actor
from tongban.foundation.clock import civil_date
from tongban.foundation.db import business_transaction
from tongban.foundation.disclosure import Purpose, Reason
from tongban.foundation.errors import NotFound
from tongban.foundation.looks import LookAct, ObjectKind, Thing
from tongban.support.identity import permissions
from tongban.support.identity.models import Person, found_level, level_at
from tongban.support.identity.services.numbers import number_of
from tongban.support.identity.values import DisclosurePurpose, IdType, PersonDetails

LOOKED_FOR = {
    DisclosurePurpose.CASE_HANDLING: Reason(purpose=Purpose.EXAMINATION),
    DisclosurePurpose.COUNTER_ACCEPTANCE: Reason(purpose=Purpose.ACCEPTANCE),
    DisclosurePurpose.NOTICE: Reason(purpose=Purpose.DECISION),
    DisclosurePurpose.LICENCE_ISSUE: Reason(purpose=Purpose.DECISION),
    DisclosurePurpose.REGISTER_CHECK: Reason(purpose=Purpose.OTHER, words="复核法人库中的法定代表人"),
    DisclosurePurpose.REPRESENTATION: Reason(purpose=Purpose.OTHER, words="以单位名义填写申请"),
}
"""What the person reads in his ledger."""


@business_transaction
def reveal_own(*, actor: Actor, at: datetime) -> PersonDetails:
    """
    Return one's own data in clear: to fill in a form, or on the account page.

    :raises NotAuthenticated: nobody is logged in as a person
    """
    person = Person.objects.annotate(assurance_level=level_at(at)).get(id=policy.require_person(actor))
    audit.record(action="identity.person.reveal_own", actor=actor, subject=str(person.id), at=at)
    return _details(person, level=found_level(person), at=at)


@business_transaction
def reveal_principal(*, actor: Actor, at: datetime) -> PersonDetails:
    """
    Return the data in clear of the person in whose name the actor acts: to fill in an application of his.

    The person will read in his ledger who looked, and by which mandate.

    :raises NotPermitted: the actor acts for nobody, or the mandate does not let him apply
    :raises NotFound: he acts for a legal entity, or the person is not known any more
    """
    permissions.reveal_principal.require(actor)
    principal = actor.acting_for
    known = Person.objects.annotate(assurance_level=level_at(at))
    person = known.filter(id=principal.id).first() if principal else None
    if person is None or principal is None:
        raise NotFound
    audit.record(
        action="identity.person.reveal_principal",
        actor=actor,
        subject=str(person.id),
        at=at,
        mandate_id=principal.mandate_id,
    )
    looks.record(
        principal_id=person.id,
        act=LookAct.REVEALED,
        thing=Thing(kind=ObjectKind.PERSON, key=""),
        actor=actor,
        at=at,
        reason=Reason(purpose=Purpose.OTHER, words="代为填写申请"),
    )
    return _details(person, level=found_level(person), at=at)


@business_transaction
def disclose_person(
    *, person_id: uuid.UUID, purpose: DisclosurePurpose, subject: str, actor: Actor, at: datetime
) -> PersonDetails:
    """
    Return a person's data in clear to somebody who needs them for a case.

    :param subject: case number; the person will read it in the ledger of who looked
    :raises NotPermitted: the actor has no post, or names no case
    :raises NotFound: no such person
    """
    permissions.disclose_person.require(actor, person_id=person_id, subject=subject)
    person = Person.objects.annotate(assurance_level=level_at(at)).filter(id=person_id).first()
    if person is None:
        raise NotFound
    audit.record(
        action="identity.person.disclose",
        actor=actor,
        subject=str(person_id),
        at=at,
        purpose=purpose.value,
        case_number=subject,
    )
    looks.record(
        principal_id=person_id,
        act=LookAct.REVEALED,
        thing=Thing(kind=ObjectKind.PERSON, key=subject[:100]),
        actor=actor,
        at=at,
        reason=LOOKED_FOR[purpose],
    )
    return _details(person, level=found_level(person), at=at)


def _details(person: Person, *, level: int, at: datetime) -> PersonDetails:
    number = number_of(person, on=civil_date(at))
    return PersonDetails(
        person_id=person.id,
        id_type=IdType(person.id_type),
        name=person.name,
        id_number=person.id_number,
        mobile=person.mobile or "",
        birth_date=number.born_on,
        sex=number.sex,
        assurance_level=level,
    )
