"""
Who is trusted, and where accounts are kept.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from tongban.foundation.languages import in_language


class Mode(StrEnum):
    """
    建设模式: where the accounts of persons are kept. Source: 国办函〔2016〕108号, 分建、统分、统建.
    """

    SEPARATE = "SEPARATE"
    """分建: each node keeps its own; nodes recognize one another's."""
    MIXED = "MIXED"
    """统分: the province keeps them; a city's pages lead to its login, and the city is told of new users at once."""
    UNIFIED = "UNIFIED"
    """统建: the province does everything; a city's address leads there."""


class ProviderKind(StrEnum):
    """
    How a party that logs people in is spoken to.
    """

    NODE = "NODE"
    """Another node of this platform: OpenID Connect, and signed questions."""
    OPENID = "OPENID"
    """A platform that speaks OpenID Connect."""
    TICKET = "TICKET"
    """A platform that speaks ticket, token and user info."""
    ACCOUNT = "ACCOUNT"
    """An account elsewhere that can be linked to one's own (OAuth 2.0): a wallet, a bank, a tax account."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Provider:
    """
    A party that is believed about people, as the node's topology file describes it.
    """

    code: str
    """Division code of a node, else a name: letters, digits, hyphens."""
    kind: ProviderKind
    name: str
    name_en: str
    url: str
    """Issuer of an OpenID provider, address of a centre; without a slash at the end."""
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    shared_key: bytes = field(default=b"", repr=False)
    """Of signed questions between two nodes; of a ticket centre: the application's key."""
    means: str = ""
    """Means of proof (identity/data/assurance.toml) that a linked account is; empty: it proves nothing."""
    can_log_in: bool = True
    """Offered on the login page."""
    legal_persons: bool = False
    """Of a ticket centre: it tells in the name of which legal person somebody acts; offered on the login page too."""

    @property
    def title(self) -> str:
        """
        Return the name in the language of the request.
        """
        return in_language(self.name, self.name_en)


@dataclass(frozen=True, kw_only=True, slots=True)
class Topology:
    """
    The node's place among the others.
    """

    mode: Mode = Mode.SEPARATE
    accounts_at: str = ""
    """Code of the node that keeps the accounts, in MIXED and UNIFIED; empty: this one."""
    parent: str = ""
    """Code of the node above, which hears of this one's licences; empty: there is none."""
    providers: tuple[Provider, ...] = ()

    @property
    def nodes(self) -> tuple[Provider, ...]:
        """
        Return the other nodes.
        """
        return tuple(each for each in self.providers if each.kind is ProviderKind.NODE)

    @property
    def home(self) -> Provider | None:
        """
        Return the node that keeps the accounts of this one's people, None where this one does.
        """
        return self.find(self.accounts_at) if self.mode is not Mode.SEPARATE else None

    @property
    def above(self) -> Provider | None:
        """
        Return the parent, None where there is none with whom a key is shared.
        """
        found = self.find(self.parent) if self.parent else None
        return found if found is not None and found.kind is ProviderKind.NODE and found.shared_key else None

    def find(self, code: str) -> Provider | None:
        """
        Return the party of this code, or None.
        """
        return next((each for each in self.providers if each.code == code), None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Askable:
    """
    Nodes that answer questions of this one: by a key of the topology file, or as neighbours of the exchange.
    """

    nodes: tuple[Provider, ...] = ()
    above: Provider | None = None
    """The parent; one of them."""
    beyond: tuple[Provider, ...] = ()
    """Nodes that the parent knows: it passes on what may be passed on."""

    def find(self, code: str) -> Provider | None:
        """
        Return the node of this code, or None.
        """
        return next((each for each in self.nodes if each.code == code), None)

    def is_above(self, code: str) -> bool:
        """
        Return whether this is the parent's code.
        """
        return self.above is not None and self.above.code == code
