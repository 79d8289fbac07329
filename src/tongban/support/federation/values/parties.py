"""
Relying parties as administrators see them, and receipts.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class PartyFacts:
    """
    A relying party (依赖方): a system whose people log in with their accounts here. Its secret is kept nowhere.
    """

    client_id: str
    name: str
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...]
    backchannel_logout_uri: str
    """Where we tell that a login has ended; empty: the party does not want to know."""
    scopes: tuple[str, ...]
    account_kinds: tuple[str, ...]
    is_public: bool
    """Keeps no secret: an app on a phone."""
    sector: str
    """Parties of one sector know a person by one subject."""
    created_at: datetime
    disabled_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class PartyReceipt:
    """
    A relying party was let in. The secret is here and nowhere else.
    """

    client_id: str
    client_secret: str
    """Empty for a public one."""
    issuer: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RotationReceipt:
    """
    A new key signs from now on.
    """

    kid: str
    retired_kid: str
    """Empty: there was none before."""
    published_until: datetime | None
    """How long the retired key can still be asked for."""
