"""
Words and typed values of one login, shared with other apps.
"""

from tongban.support.federation.values.authentication import ActingFor, Authentication
from tongban.support.federation.values.parties import (
    ApplicationFacts,
    ApplicationReceipt,
    PartyFacts,
    PartyReceipt,
    RotationReceipt,
    UserType,
)
from tongban.support.federation.values.people import CasesAt, OwnCase, Told, ToldEntity, Vouched
from tongban.support.federation.values.scopes import TICKET_SCOPES, ClaimScope
from tongban.support.federation.values.topology import Askable, Mode, Provider, ProviderKind, Topology

__all__ = [
    "TICKET_SCOPES",
    "ActingFor",
    "ApplicationFacts",
    "ApplicationReceipt",
    "Askable",
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
    "UserType",
    "Vouched",
]
