"""
What the base registers need from elsewhere: who is who, who is told, which cases one knows.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from tongban.foundation.actors import Actor
from tongban.resources.registers.values import RegisterCode, User


class People(Protocol):
    """
    Knows which account or entity of this node has a number, and the other way round.
    """

    def holder_of(self, number: str) -> UUID | None:
        """
        Return the person or legal entity with this identity number or credit code, or None.
        """

    def number_of(self, person_id: UUID) -> str | None:
        """
        Return a person's identity number, or None.
        """


class Nobody:
    """
    No accounts are wired: nobody is known.
    """

    def holder_of(self, number: str) -> UUID | None:
        """
        Know nobody.
        """
        return None

    def number_of(self, person_id: UUID) -> str | None:
        """
        Know nothing.
        """
        return None


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordCorrection:
    """
    A datum that was corrected, and who has used it since it was wrong.
    """

    register: RegisterCode
    record_id: UUID
    fields: tuple[str, ...]
    version: int
    dispute_number: str
    users: tuple[User, ...]
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class DisputeNotice:
    """
    Somebody has to be told of a dispute: its source that it has to answer, or its filer that it has.
    """

    number: str
    what: str
    """FILED, DUE_SOON, LATE or ANSWERED."""
    agency_code: str
    """Whose data stewards are told; "" where a person is."""
    person_id: UUID | None
    field: str
    due: date
    answer: str
    at: datetime


CorrectionTeller = Callable[[RecordCorrection], None]
NoticeTeller = Callable[[DisputeNotice], None]
CaseKnower = Callable[[Actor, str], bool]
"""(actor, case number) -> whether he may know of that case."""


@dataclass
class _Wiring:
    people: People = field(default_factory=Nobody)
    tell_users: CorrectionTeller = field(default=lambda _correction: None)
    tell: NoticeTeller = field(default=lambda _notice: None)
    knows_case: CaseKnower = field(default=lambda _actor, _number: True)


_wiring = _Wiring()


def know_people_by(people: People) -> Callable[[], None]:
    """
    Wire who knows people; returns what puts back who did before.
    """
    before = _wiring.people
    _wiring.people = people

    def put_back() -> None:
        _wiring.people = before

    return put_back


def people() -> People:
    """
    Return who knows people.
    """
    return _wiring.people


def tell_users_by(teller: CorrectionTeller) -> None:
    """
    Wire who tells those who used a datum that it was corrected.
    """
    _wiring.tell_users = teller


def tell_users(correction: RecordCorrection) -> None:
    """
    Tell them.
    """
    _wiring.tell_users(correction)


def tell_by(teller: NoticeTeller) -> None:
    """
    Wire who tells sources and filers of disputes.
    """
    _wiring.tell = teller


def tell(notice: DisputeNotice) -> None:
    """
    Tell them.
    """
    _wiring.tell(notice)


def know_cases_by(knower: CaseKnower) -> None:
    """
    Wire who knows which cases an actor may know of.
    """
    _wiring.knows_case = knower


def knows_case(actor: Actor, number: str) -> bool:
    """
    Return whether the actor may know of a case of this number.
    """
    return _wiring.knows_case(actor, number)
