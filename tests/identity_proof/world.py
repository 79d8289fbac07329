"""
A random area full of secrets: agencies of several tiers, people, companies, staff, systems, and things of every kind.

Every thing carries strings that nobody could guess. Where one of them appears in an answer, the thing was shown.
What fills the area is in `making`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from random import Random  # noqa: TID251 - a seed makes the same world again
from typing import Any

from tongban.foundation.actors import Actor

NATION, CITY, DISTRICT, OTHER_DISTRICT = "000000000000", "511600000000", "511602000000", "511603000000"
AGENCIES = {
    "11511602MB1234567X": DISTRICT,
    "11511602MB7654321X": DISTRICT,
    "11511603MB1234567X": OTHER_DISTRICT,
    "11511600MB1234567X": CITY,
}
FAR_AWAY = "11320102MB1234567X"
PLACES = {**AGENCIES, FAR_AWAY: "320102000000"}
"""Where things are; nobody of the world works far away."""


class Kind(StrEnum):
    """
    Things that somebody may ask for by their id.
    """

    CASE = "case"
    WORK_ITEM = "work item"
    LICENCE = "licence"
    DRAFT = "draft"
    FILE = "file"
    DRAFT_FILE = "file of a draft"
    WAITING_FILE = "file that waits for a correction"
    MESSAGE = "message"
    PERSON = "person"
    OFFERING = "unpublished offering"
    SEARCH = "search"
    CLIENT = "system"
    TEXT = "short message"
    ENTITY = "legal entity"
    MANDATE = "mandate"
    LOOK = "look at somebody's records"
    OBJECTION = "objection"
    COPY = "copy of one's own data"
    STAFF = "account of staff"
    ABSENCE = "absence of staff"
    RESET = "reset of a second factor"
    STOCK = "account of another system"
    LICENCE_BATCH = "batch of licences issued before"
    STOCK_LICENCE = "licence issued before"
    FINDING = "finding of a quality rule"
    MERGE = "account of another system that one is asked about"
    EVENT = "security event"
    CERTIFICATE = "certificate"
    SEAL = "seal"
    SEAL_BATCH = "batch of files to be sealed"
    SIGNING = "document that agencies seal"
    ENTRY = "entry of the audit trail"
    PARTY = "system that people log in to"
    SESSION = "open session"
    FACTOR = "second factor"
    CONSENT = "consent to a log-in elsewhere"
    PRESENTATION = "licence that its holder shows"
    SHARE = "licence that an agency uses for a case"
    TYPE_VERSION = "version of a licence type that is being compiled"


class Level(StrEnum):
    """
    Who may read a secret of a thing.
    """

    KNOWN = "whoever may know of the thing"
    OWNER = "whose it is, in clear"
    INSIDE = "who works on it, not whose it is"


@dataclass(kw_only=True, eq=False)
class Thing:
    """
    Something in the world, whose it is, and its secrets.
    """

    kind: Kind
    id: str
    principal: str | None = None
    account: str = ""
    """Whose log-in it belongs to."""
    agency: str = ""
    division: str = ""
    offering: str = ""
    owner: "Thing | None" = None
    """What a file belongs to."""
    post: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    secrets: dict[str, Level] = field(default_factory=dict)


@dataclass(kw_only=True)
class World:
    """
    Everything that is there, and everybody who may ask.
    """

    random: Random
    at: datetime
    things: list[Thing] = field(default_factory=list)
    actors: list[Actor] = field(default_factory=list)
    people: list[Actor] = field(default_factory=list)
    """Persons with accounts, each for himself."""
    companies: list[str] = field(default_factory=list)
    """Ids of legal entities."""
    offerings: list[tuple[str, str]] = field(default_factory=list)
    """Code and agency of what is published; the first serves doors that want an offering."""

    def of(self, kind: Kind) -> list[Thing]:
        """
        Return the things of a kind.
        """
        return [thing for thing in self.things if thing.kind is kind]

    def add(self, thing: Thing) -> Thing:
        """
        Keep a thing, and return it.
        """
        self.things.append(thing)
        return thing

    def add_known(self, kind: Kind, identifier: object, *secrets: str, **facts: Any) -> Thing:
        """
        Keep a thing whose id and secrets are for whoever may know of it, and return it.
        """
        known = dict.fromkeys([str(identifier), *secrets], Level.KNOWN)
        return self.add(Thing(kind=kind, id=str(identifier), secrets=known, **facts))

    def secret(self, length: int = 16) -> str:
        """
        Return letters that stand nowhere else.
        """
        return "".join(self.random.choices("BCDFGHJKMNPQRSTVWXZ", k=length))

    def digits(self, length: int) -> str:
        """
        Return figures.
        """
        return "".join(self.random.choices("0123456789", k=length))

    def mobile(self) -> str:
        """
        Return a mobile that nobody has.
        """
        return f"199{self.digits(8)}"


def ids_of(things: Iterable[Thing]) -> set[str]:
    """
    Return the ids of things.
    """
    return {thing.id for thing in things}
