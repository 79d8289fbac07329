"""
By what somebody is meant: his name with his ID number or his mobile, compared without reading what is sealed.

Whoever names another person this way learns nothing: the same is kept whether anybody is known by it or not.
"""

import uuid
from dataclasses import dataclass

from django.db.models import Q

from tongban.foundation import crypto
from tongban.foundation.actors import Actor
from tongban.foundation.errors import NotPermitted
from tongban.support.identity import permissions, rules
from tongban.support.identity.models import Person


@dataclass(frozen=True, kw_only=True, slots=True)
class Addresses:
    """
    By what a person can be meant.
    """

    person_id: uuid.UUID
    indexes: tuple[bytes, ...]
    """Blind indexes of his ID number and his mobile."""
    name_index: bytes


def own_addresses(*, actor: Actor) -> Addresses:
    """
    Return by what the actor himself can be meant, whomever he acts for. One query.

    :raises NotAuthenticated: nobody is logged in as a person
    """
    person = Person.objects.get(id=permissions.require_person(actor))
    # A mobile leads to one account only while it belongs to one; others may share it at a counter.
    indexes = [person.id_number_index] + ([person.mobile_index] if person.account_id else [])
    return Addresses(
        person_id=person.id,
        indexes=tuple(bytes(index) for index in indexes if index is not None),
        name_index=index_of_name(person.name),
    )


def persons_addressed(*, index: bytes, name_index: bytes, actor: Actor) -> list[uuid.UUID]:
    """
    Return the persons with an account who are meant; for the node's own messages only. One query.

    :raises NotPermitted: anybody but the node asks
    """
    if not actor.is_system:
        raise NotPermitted
    found = Person.objects.filter(
        Q(id_number_index=index) | Q(mobile_index=index), account__isnull=False
    ).only("id", "name")
    return [person.id for person in found if index_of_name(person.name) == name_index]


def index_of_name(name: str) -> bytes:
    """
    Return the blind index by which a name is compared.
    """
    return crypto.blind_index("identity.name", rules.normal_name(name))
