"""
What the case library needs to know of people, whom only a layer above knows; and who follows this node's own cases.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

CaseKey = tuple[str, str, str]
"""Node, system and number of a case."""
Follower = Callable[[Collection[CaseKey], datetime], None]
"""Is told which cases of this node changed, and when, in the transaction in which they do."""


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
    followers: list[Follower] = field(default_factory=list)


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


def follow_own_cases_by(follower: Follower) -> None:
    """
    Wire who follows cases of this node's own systems; called in its `AppConfig.ready()`.
    """
    if follower not in _wiring.followers:
        _wiring.followers.append(follower)


def tell_followers(keys: Collection[CaseKey], *, at: datetime) -> None:
    """
    Tell whoever follows which cases changed.
    """
    for follower in _wiring.followers:
        follower(keys, at)
