"""
Who acts: every service and every selector takes an `Actor`.
"""

from dataclasses import dataclass, field
from datetime import datetime
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


class PrincipalKind(StrEnum):
    """
    申请主体类别: whom somebody acts for.
    """

    PERSON = "PERSON"
    LEGAL_ENTITY = "LEGAL_ENTITY"


class MandateFunction(StrEnum):
    """
    授权事项: what a mandate lets its holder do in the principal's name.
    """

    APPLY = "APPLY"
    """申办"""
    QUERY = "QUERY"
    """查询"""
    PAY = "PAY"
    """支付"""
    SEAL = "SEAL"
    """签章"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Principal:
    """
    被代理人: the person or legal entity in whose name an actor acts, by which mandate and how far it reaches.

    Checked anew with every request: a mandate that was revoked is not here any more.
    """

    kind: PrincipalKind
    id: str
    """Id of the `Person` or of the `LegalEntity`; the two never share one."""
    name: str
    """Masked for a person; names of organizations are public."""
    mandate_id: str
    functions: frozenset[MandateFunction]
    items: frozenset[str] | None = None
    """Codes of offerings the mandate covers, or their beginnings for a class of them; None: all."""
    assurance_level: int = 0
    """How surely the principal is known; a legal entity has levels of its own."""

    def covers(self, offering_code: str) -> bool:
        """
        Return whether the mandate reaches this offering.
        """
        return self.items is None or any(offering_code.startswith(item) for item in self.items)


@dataclass(frozen=True, kw_only=True, slots=True)
class StandIn:
    """
    代理: an absent colleague of the same agency whose posts a member of staff holds besides his own, for a term.
    """

    account_id: str
    name: str
    posts: frozenset[str]
    division_code: str | None = None
    """12-digit division whose subtree the colleague may look into."""


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
    """Own posts, and those of the colleagues in `stands_in_for`."""
    stands_in_for: tuple[StandIn, ...] = ()
    """Absent colleagues; only posts that are not the actor's own are named here."""
    roles: frozenset[str] = field(default_factory=frozenset)
    scopes: frozenset[str] = field(default_factory=frozenset)
    assurance_level: int = 0
    """How surely a person is known now: the highest level whose proof has not lapsed."""
    session_id: str | None = None
    """Sign-in or token the request came by."""
    checked_level: int = 0
    """Level of the fresh check (二次认证) of this session."""
    checked_at: datetime | None = None
    """Moment of that check; None: there was none."""
    acting_for: Principal | None = None
    """In whose name a person acts; None: in his own. Never both."""
    channel: Channel = Channel.WEB

    @property
    def principal_id(self) -> str | None:
        """
        Return whose cases, licences, drafts and messages are meant: the principal's, else the person's own.
        """
        return self.acting_for.id if self.acting_for else self.person_id

    def stand_in(self, post: str) -> StandIn | None:
        """
        Return for whom the actor holds this post; None: it is his own, or he does not hold it.
        """
        return next((absent for absent in self.stands_in_for if post in absent.posts), None)

    @property
    def is_person(self) -> bool:
        """
        Whether a natural person acts, for himself or for the one he names in `acting_for`.
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
