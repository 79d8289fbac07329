"""
Words and typed values of one login, shared with other apps.
"""

from tongban.support.federation.values.authentication import ActingFor, Authentication
from tongban.support.federation.values.parties import (
    PartyFacts,
    PartyReceipt,
    RotationReceipt,
)
from tongban.support.federation.values.people import CasesAt, OwnCase, Told, ToldEntity, Vouched
from tongban.support.federation.values.scopes import ClaimScope
from tongban.support.federation.values.topology import Mode, Provider, ProviderKind, Topology

__all__ = [
    "ActingFor",
    "Authentication",
    "CasesAt",
    "ClaimScope",
    "Mode",
    "OwnCase",
    "PartyFacts",
    "PartyReceipt",
    "Provider",
    "ProviderKind",
    "RotationReceipt",
    "Told",
    "ToldEntity",
    "Topology",
    "Vouched",
]
