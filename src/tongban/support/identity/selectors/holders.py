"""
Which persons with an account here have these ID numbers; for the node's own imports, which ask in nobody's name.
"""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from tongban.support.identity.models import Person
from tongban.support.identity.models.indexes import index_of_id_number


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownHolder:
    """
    Somebody who has an account here.
    """

    person_id: str
    name: str


def holders_of(numbers: Collection[str]) -> dict[str, KnownHolder]:
    """
    Return whom this node knows by these ID numbers, by number. One query, by the unique index on the number.

    :param numbers: in the form of `foundation.codes`
    """
    if not numbers:
        return {}
    indexes = {bytes(index_of_id_number(number)): number for number in numbers}
    found = Person.objects.filter(id_number_index__in=[index_of_id_number(number) for number in numbers])
    known: dict[str, KnownHolder] = {}
    for person in found.only("id", "name", "id_number", "id_number_index"):
        number = indexes.get(bytes(person.id_number_index or b"")) or str(person.id_number)
        known[number] = KnownHolder(person_id=str(person.id), name=str(person.name))
    return known


def number_of(*, person_id: UUID) -> str:
    """
    Return the number of a person's document in clear, for the node's own work; empty: no such person. One query.
    """
    person = Person.objects.filter(id=person_id).only("id", "id_number").first()
    return str(person.id_number) if person else ""


class KnownPeople:
    """
    Says to the case library whose a number is: it keeps cases of people whom it does not know.
    """

    def number_of(self, person_id: UUID) -> str:
        """
        Return the number of a person's document; empty: nobody of this id.
        """
        return number_of(person_id=person_id)

    def person_of(self, id_number: str) -> str:
        """
        Return the id of the person with this number; empty: the node knows nobody with it.
        """
        known = holders_of([id_number]).get(id_number)
        return known.person_id if known else ""
