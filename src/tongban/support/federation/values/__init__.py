"""
Words and typed values of one login, shared with other apps.
"""

from tongban.support.federation.values.authentication import ActingFor, Authentication
from tongban.support.federation.values.parties import (
    PartyFacts,
    PartyReceipt,
    RotationReceipt,
)
from tongban.support.federation.values.scopes import ClaimScope

__all__ = [
    "ActingFor",
    "Authentication",
    "ClaimScope",
    "PartyFacts",
    "PartyReceipt",
    "RotationReceipt",
]
