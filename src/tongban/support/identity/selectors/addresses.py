"""
By what somebody is meant: his name with his ID number or his mobile, compared without reading what is sealed.

Whoever names another person this way learns nothing: the same is kept whether anybody is known by it or not.
"""

import uuid
from dataclasses import dataclass

from django.db.models import Q

from tongban.foundation import crypto, policy
from tongban.foundation.actors import Actor
from tongban.foundation.errors import NotPermitted
from tongban.support.identity.models import Person
from tongban.support.identity.models.indexes import index_of_id_number, index_of_mobile, index_of_name

__all__ = ["Addresses", "index_of_name", "own_addresses", "persons_addressed"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Addresses:
    """
    By what a person can be meant.
    """

    person_id: uuid.UUID
    indexes: tuple[bytes, ...]
    """Blind indexes of his ID number and his mobile."""
    name_index: bytes

    def are_meant(self, *, index: bytes, name_index: bytes) -> bool:
        """
        Return whether these indexes, kept somewhere under any root in use, mean this person.
        """
        return any(crypto.is_same_index(index, own) for own in self.indexes) and crypto.is_same_index(
            name_index, self.name_index
        )


def own_addresses(*, actor: Actor) -> Addresses:
    """
    Return by what the actor himself can be meant, whomever he acts for. One query.

    :raises NotAuthenticated: nobody is logged in as a person
    """
    person = Person.objects.get(id=policy.require_person(actor))
    # A mobile leads to one account only while it belongs to one; others may share it at a counter.
    mobiles = [person.mobile] if person.account_id and person.mobile else []
    # Made anew, not read from the row: while the root changes they are compared with what is kept under another.
    return Addresses(
        person_id=person.id,
        indexes=(index_of_id_number(person.id_number), *map(index_of_mobile, mobiles)),
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
    return [person.id for person in found if crypto.is_same_index(name_index, index_of_name(person.name))]
