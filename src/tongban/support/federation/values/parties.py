"""
Relying parties as administrators see them, and receipts.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _


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
    old_secret_until: datetime | None
    """Until when the secret before is believed too; None: it is not."""
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


class UserType(models.TextChoices):
    """
    用户类别 of the ticket protocol (`userType`).
    """

    PERSON = "1", _("个人")
    LEGAL_PERSON = "2", _("法人（由代表它办事的人登录）")


@dataclass(frozen=True, kw_only=True, slots=True)
class ApplicationFacts:
    """
    An application (票据应用): a system that logs people in by ticket. Its key is not among the facts.
    """

    appmark: str
    name: str
    goto_urls: tuple[str, ...]
    logout_url: str
    """Where we tell that a login has ended; empty: the application does not want to know."""
    user_types: tuple[UserType, ...]
    key_since: datetime
    old_key_until: datetime | None
    """Until when the key before is believed too; None: it is not."""
    created_at: datetime
    disabled_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ApplicationReceipt:
    """
    An application was let in, or has a new key: it is here, and never shown again.
    """

    appmark: str
    appword: str


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
