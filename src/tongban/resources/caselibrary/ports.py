"""
What the case library needs to know of people, whom only a layer above knows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


class People(Protocol):
    """
    Whom the node knows.
    """

    def number_of(self, person_id: UUID) -> str:
        """
        Return the number of a person's document; empty: nobody of this id.
        """

    def person_of(self, id_number: str) -> str:
        """
        Return the id of the person with this number; empty: the node knows nobody with it.
        """


class _Nobody:
    def number_of(self, person_id: UUID) -> str:
        return ""

    def person_of(self, id_number: str) -> str:
        return ""


@dataclass
class _Wiring:
    people: People


_wiring = _Wiring(people=_Nobody())


def know_people_by(people: People) -> Callable[[], None]:
    """
    Wire who knows people; returns what puts back whoever did before.
    """
    before = _wiring.people
    _wiring.people = people

    def put_back() -> None:
        _wiring.people = before

    return put_back


def people() -> People:
    """
    Return who knows people; nobody is known where nobody was wired.
    """
    return _wiring.people
