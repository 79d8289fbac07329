"""
Tables of one login.
"""

from tongban.support.federation.models.keys import SigningKey
from tongban.support.federation.models.provider import (
    AuthorizationGrant,
    BearerToken,
    Consent,
    IdentityToken,
    RelyingParty,
    RelyingSession,
    RenewalToken,
    Subject,
)

__all__ = [
    "AuthorizationGrant",
    "BearerToken",
    "Consent",
    "IdentityToken",
    "RelyingParty",
    "RelyingSession",
    "RenewalToken",
    "SigningKey",
    "Subject",
]
