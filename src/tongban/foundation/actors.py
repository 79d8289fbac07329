"""
Who acts: every service and every selector takes an `Actor`.
"""

from dataclasses import dataclass, field
from enum import StrEnum


class ActorKind(StrEnum):
    """
    行为主体类别.
    """

    ANONYMOUS = "ANONYMOUS"
    PERSON = "PERSON"
    STAFF = "STAFF"
    CLIENT = "CLIENT"
    SYSTEM = "SYSTEM"


class Channel(StrEnum):
    """
    提交渠道, code list T27 of the national exchange: the value is the code.
    """

    COUNTER = "0"
    WEB = "1"
    MOBILE = "2"
    API = "9"


@dataclass(frozen=True, kw_only=True, slots=True)
class Actor:
    """
    Somebody, or some system, with all that a decision about permission needs; never a database row.
    """

    kind: ActorKind
    id: str
    """Stable key: account id, client id or the name of a system process."""
    name: str = ""
    """Name of a staff member as it appears on documents; masked for a person."""
    person_id: str | None = None
    agency_code: str | None = None
    """Agency a staff member or client works for."""
    division_code: str | None = None
    """12-digit division whose subtree a staff member or client may look into."""
    posts: frozenset[str] = field(default_factory=frozenset)
    roles: frozenset[str] = field(default_factory=frozenset)
    scopes: frozenset[str] = field(default_factory=frozenset)
    assurance_level: int = 0
    channel: Channel = Channel.WEB

    @property
    def is_person(self) -> bool:
        """
        Whether a natural person acts for himself.
        """
        return self.kind is ActorKind.PERSON and self.person_id is not None

    @property
    def is_staff(self) -> bool:
        """
        Whether a member of staff of an agency acts.
        """
        return self.kind is ActorKind.STAFF

    @property
    def is_system(self) -> bool:
        """
        Whether the node itself acts: jobs, sweeps, reactions.
        """
        return self.kind is ActorKind.SYSTEM


ANONYMOUS = Actor(kind=ActorKind.ANONYMOUS, id="anonymous")


def system_actor(name: str) -> Actor:
    """
    Return the actor that stands for a process of the node itself.

    :param name: which process, for the audit trail, e.g. "casework.deem_accepted"
    """
    return Actor(kind=ActorKind.SYSTEM, id=name, name="系统")
