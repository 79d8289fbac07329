"""
What mandates need from outside: the register of legal entities, and somebody who tells people.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID


class RegisterAnswer(StrEnum):
    """
    What the register of legal entities (法人库) says to what was asserted.
    """

    AGREES = "AGREES"
    """The entity exists; name and representative are as asserted."""
    DIFFERS = "DIFFERS"
    """There is no such entity, or it has another name."""
    OTHER_REPRESENTATIVE = "OTHER_REPRESENTATIVE"
    """The entity exists under this name, and somebody else represents it."""
    DEREGISTERED = "DEREGISTERED"
    UNAVAILABLE = "UNAVAILABLE"
    """It did not answer, or answered with nonsense; nothing may be concluded."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Assertion:
    """
    What is asserted of a legal entity.
    """

    credit_code: str
    name: str
    representative_name: str
    representative_number: str
    """ID number of the representative."""

    def __repr__(self) -> str:
        return f"Assertion({self.credit_code})"


class EntityRegister(Protocol):
    """
    Asks the register of legal entities; it compares and hands out nothing. Called outside transactions: it waits.
    """

    def __call__(self, assertion: Assertion, *, at: datetime) -> RegisterAnswer:
        """
        Return what the register says.
        """


@dataclass
class KnownEntities:
    """
    A fake: a register that knows what it was given.
    """

    entities: dict[str, Assertion] = field(default_factory=dict)
    """Credit code -> what is right."""
    deregistered: set[str] = field(default_factory=set)
    is_down: bool = False
    asked: list[str] = field(default_factory=list)
    """Credit codes, in the order in which they were asked for."""

    def __call__(self, assertion: Assertion, *, at: datetime) -> RegisterAnswer:
        """
        Compare.
        """
        self.asked.append(assertion.credit_code)
        if self.is_down:
            return RegisterAnswer.UNAVAILABLE
        if assertion.credit_code in self.deregistered:
            return RegisterAnswer.DEREGISTERED
        known = self.entities.get(assertion.credit_code)
        if known is None or known.name != assertion.name:
            return RegisterAnswer.DIFFERS
        return RegisterAnswer.AGREES if known == assertion else RegisterAnswer.OTHER_REPRESENTATIVE


class MandateTeller(Protocol):
    """
    Tells a person of something that happened to a mandate. Called inside a transaction, so it must queue.
    """

    def __call__(
        self, *, key: str, person_id: UUID, happened: str, params: Mapping[str, str], at: datetime
    ) -> None:
        """
        Queue one message.

        :param key: the same key never tells twice
        :param happened: code of what is told, one of `events.TOLD`
        """


class _Wiring:
    entity_register: EntityRegister | None = None
    teller: MandateTeller | None = None


def ask_entities_by(register: EntityRegister | None) -> EntityRegister | None:
    """
    Wire the register of legal entities. Return the one before.
    """
    before, _Wiring.entity_register = _Wiring.entity_register, register
    return before


def ask_register(assertion: Assertion, *, at: datetime) -> RegisterAnswer:
    """
    Ask the register of legal entities; where none is wired, nothing may be concluded.
    """
    register = _Wiring.entity_register
    return register(assertion, at=at) if register else RegisterAnswer.UNAVAILABLE


def tell_of_mandates_by(teller: MandateTeller | None) -> MandateTeller | None:
    """
    Wire the app that sends messages. Return the one before.
    """
    before, _Wiring.teller = _Wiring.teller, teller
    return before


def tell(*, key: str, person_id: UUID, happened: str, params: Mapping[str, str], at: datetime) -> None:
    """
    Tell a person; where no app sends messages, nobody is told.
    """
    if _Wiring.teller is not None:
        _Wiring.teller(key=key, person_id=person_id, happened=happened, params=params, at=at)
