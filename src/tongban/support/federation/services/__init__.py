"""
What can be done about one login.
"""

from tongban.support.federation.services.claims import NodeClaims, authentication_of_actor, subject_of
from tongban.support.federation.services.consents import give_consent, withdraw_consent
from tongban.support.federation.services.keys import ensure_signing_key, rotate_signing_key
from tongban.support.federation.services.logout import (
    end_relying_sessions,
    logout_token,
    on_session_ended,
    tell_logout,
)
from tongban.support.federation.services.parties import (
    PartyIdTaken,
    PartyNotFound,
    disable_party,
    issuer,
    register_party,
    renew_party_secret,
)
from tongban.support.federation.services.upkeep import clear_lapsed

__all__ = [
    "NodeClaims",
    "PartyIdTaken",
    "PartyNotFound",
    "authentication_of_actor",
    "clear_lapsed",
    "disable_party",
    "end_relying_sessions",
    "ensure_signing_key",
    "give_consent",
    "issuer",
    "logout_token",
    "on_session_ended",
    "register_party",
    "renew_party_secret",
    "rotate_signing_key",
    "subject_of",
    "tell_logout",
    "withdraw_consent",
]
