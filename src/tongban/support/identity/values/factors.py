"""
Second factors, and log-ins on their way to a session.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from tongban.support.identity.values.words import Factor

CHECKED_BY_PASSWORD = 1
CHECKED_BY_FACTOR = 2
"""`SignIn.checked_level` of staff: what was shown last in this session. Persons have assurance levels there."""

FACTOR_CONTEXT = "identity.factor.secret"
SEALED_MEMBERS = ("secret", "seed")
"""What lies sealed in the JSON of `mfa.Authenticator`: the secret of an app, the seed of the codes for emergencies."""


class LoginStep(StrEnum):
    """
    登录步骤: what is still asked for before a session is opened.
    """

    FACTOR = "FACTOR"
    """A second factor is to be shown."""
    ENROL = "ENROL"
    """A second factor is to be set up: the node asks for one, and the account has none."""
    PASSWORD = "PASSWORD"  # noqa: S105 -- the name of a step
    """The password is to be changed: somebody else has set it, or it is too old."""
    DONE = "DONE"


@dataclass(frozen=True, kw_only=True, slots=True)
class PendingReceipt:
    """
    The password was right, or another party has vouched; what comes next.
    """

    pending_id: UUID
    step: LoginStep
    factors: frozenset[Factor]
    """What the account can show."""
    is_vouched: bool
    """Another party said who it is; whoever spoke with it opens the session."""
    expires_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class TotpOffer:
    """
    A new secret for an authenticator app; shown once, kept only after a right code.
    """

    secret: str
    """Base 32, 20 bytes (RFC 4226 section 4 R6)."""
    url: str
    """otpauth://, for the picture that apps read."""

    def __repr__(self) -> str:
        return "TotpOffer(…)"


@dataclass(frozen=True, kw_only=True, slots=True)
class FactorReceipt:
    """
    A factor is set up.
    """

    factor: Factor
    recovery_codes: tuple[str, ...]
    """Given with the first factor and when asked for anew; shown once. Empty otherwise."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnFactor:
    """
    One factor, as its owner sees it.
    """

    id: int
    factor: Factor
    name: str
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnFactors:
    """
    What the owner of an account has set up.
    """

    factors: tuple[OwnFactor, ...]
    recovery_codes_left: int
    are_needed: bool
    """The last one may not be taken away."""
