"""
Tables of one login.
"""

from tongban.support.federation.models.keys import SigningKey
from tongban.support.federation.models.links import ForeignLogin, Link, PersonKey, UsedNonce
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
from tongban.support.federation.models.tickets import LoginTicket, TicketApplication, TicketToken

__all__ = [
    "AuthorizationGrant",
    "BearerToken",
    "Consent",
    "ForeignLogin",
    "IdentityToken",
    "Link",
    "LoginTicket",
    "PersonKey",
    "RelyingParty",
    "RelyingSession",
    "RenewalToken",
    "SigningKey",
    "Subject",
    "TicketApplication",
    "TicketToken",
    "UsedNonce",
]
