"""
Somebody for whom a guardian acts: recorded at a counter, at any age, without an account.

Source: 个人信息保护法 art. 31 (a guardian consents for a child under fourteen), 民法典 arts. 19-24, 27, 28.
"""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit
from tongban.foundation.actors import Actor
from tongban.foundation.clock import civil_date
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import InvalidInput, Text
from tongban.support.identity import permissions, rules
from tongban.support.identity.models import Person
from tongban.support.identity.selectors.assurance import level_of
from tongban.support.identity.services.numbers import KnownNumber, check_id_number, index_of_id_number
from tongban.support.identity.services.registration import RegistrationRefused, make_person
from tongban.support.identity.values import AssuranceLevel, PersonReceipt


@business_transaction
def record_ward(*, id_number: str, name: str, actor: Actor, at: datetime) -> PersonReceipt:
    """
    Return the person a guardian has come for, recording one who is not known yet; no account is made.

    The caller has seen to the guardian's consent: this is called with the mandate that lets the guardian act.

    :raises NotPermitted: the actor does not work at a counter
    :raises InvalidInput: number or name are not acceptable
    :raises RegistrationRefused: the number is known under another name
    """
    permissions.record_person.require(actor)
    number = _check(id_number=id_number, name=name, at=at)
    person = Person.objects.locked().filter(id_number_index=index_of_id_number(number.number)).first()
    if person is None:
        person = _record(number=number, name=name, actor=actor, at=at)
    elif person.name != rules.normal_name(name):
        raise RegistrationRefused
    audit.record(action="identity.person.record_ward", actor=actor, subject=str(person.id), at=at)
    return PersonReceipt(
        person_id=person.id,
        name_masked=person.name_masked,
        assurance_level=level_of(person_id=person.id, at=at),
    )


def _check(*, id_number: str, name: str, at: datetime) -> KnownNumber:
    wrong: dict[str, Text] = {}
    if not rules.is_name(rules.normal_name(name)):
        wrong["name"] = _("请填写身份证件上的姓名")
    try:
        number = check_id_number(id_number, on=civil_date(at))
    except InvalidInput as error:
        raise InvalidInput(fields={**wrong, **error.fields}) from error
    if wrong:
        raise InvalidInput(fields=wrong)
    return number


def _record(*, number: KnownNumber, name: str, actor: Actor, at: datetime) -> Person:
    try:
        with transaction.atomic():
            return make_person(
                number=number,
                name=name,
                mobile=None,
                level=AssuranceLevel.COUNTER,
                account=None,
                at=at,
                registered_by=actor.id,
            )
    except IntegrityError as error:  # another counter was quicker
        raise RegistrationRefused from error
