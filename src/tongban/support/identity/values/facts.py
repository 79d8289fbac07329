"""
Who somebody is, as others see him.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from tongban.foundation.codes import Sex

if TYPE_CHECKING:
    from collections.abc import Collection
from tongban.support.identity.values.devices import device_name
from tongban.support.identity.values.words import AccountKind, IdType


@dataclass(frozen=True, kw_only=True, slots=True)
class ClientFacts:
    """
    A machine client, as operators see it; its secret is kept nowhere.
    """

    client_id: str
    name: str
    scopes: tuple[str, ...]
    agency_code: str
    division_code: str
    created_at: datetime
    expires_at: datetime | None
    """None: until revoked."""
    revoked_at: datetime | None
    networks: tuple[str, ...]
    """Addresses it may come from, CIDR; empty: any."""
    secret_since: datetime
    old_secret_until: datetime | None
    """Until when the secret before holds too; None: there is none."""
    last_used_at: datetime | None
    """When it was last given a token; None: never."""
    responsible_code: str
    """Staff code of the colleague who answers for it; empty: nobody does."""
    responsible_name: str
    should_rotate: bool
    """Its secret is older than the one who answers for it: whoever answered before may know it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """
    What stands on an identity card, as a reader gives it.
    """

    id_number: str
    name: str
    valid_until: str = ""
    """YYYY-MM-DD, 长期, or empty."""
    born_on: str = ""
    """YYYY-MM-DD on a travel permit; empty: the number says it."""

    def __repr__(self) -> str:
        return "Card(…)"


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonRef:
    """
    A person as anybody who may know of him sees him: masked.
    """

    person_id: UUID
    id_type: IdType
    name_masked: str
    id_number_masked: str
    mobile_masked: str
    assurance_level: int
    has_account: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonDetails:
    """
    A person in clear. Made only by services that wrote down who asked and why.
    """

    person_id: UUID
    id_type: IdType
    name: str
    id_number: str
    mobile: str
    birth_date: date
    sex: Sex
    assurance_level: int

    def __repr__(self) -> str:
        return f"PersonDetails(person_id={self.person_id!r}, …)"


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """
    What the account page shows to its owner; personal data masked.
    """

    kind: AccountKind
    login_name: str
    name: str
    id_type_label: str
    id_number_masked: str
    mobile_masked: str
    assurance_level: int
    assurance_label: str
    agency_code: str
    posts: tuple[str, ...]
    roles: tuple[str, ...]
    last_login_at: datetime | None
    password_changed_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Device:
    """
    One open browser session of the owner.
    """

    sign_in_id: UUID
    address: str
    user_agent: str
    started_at: datetime
    seen_at: datetime
    is_current: bool

    @property
    def name(self) -> str:
        """
        Return browser and system as people call them; empty where the browser said nothing.
        """
        return device_name(self.user_agent)


@dataclass(frozen=True, kw_only=True, slots=True)
class StaffRef:
    """
    A member of staff as cases and desks name him.
    """

    account_id: UUID
    staff_code: str
    name: str
    agency_code: str
    division_code: str
    posts: frozenset[str]
    roles: frozenset[str]

    def holds_any(self, posts: "Collection[str]") -> bool:
        """
        Whether one of `posts` is held.
        """
        return not self.posts.isdisjoint(posts)
