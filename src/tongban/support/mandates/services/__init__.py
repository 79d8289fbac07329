"""
What can be done about legal entities and mandates.
"""

from tongban.support.mandates.services.counter import (
    Card,
    EvidenceDoesNotFit,
    establish_guardianship,
    establish_relative,
    request_consent_code,
)
from tongban.support.mandates.services.demo import DemoRows, load_demo_mandates
from tongban.support.mandates.services.ending import (
    end_by_clerk,
    end_mandate,
)
from tongban.support.mandates.services.entities import (
    EntityNotConfirmed,
    RegisterUnavailable,
    check_due_entities,
    check_entity,
    check_if_stale,
    hand_over_entity,
    register_entity,
    reveal_entity,
)
from tongban.support.mandates.services.finding import find_at_counter
from tongban.support.mandates.services.offering import (
    OfferClosed,
    TooManyOffers,
    accept_mandate,
    decline_mandate,
    offer_mandate,
)
from tongban.support.mandates.services.telling import tell

__all__ = [
    "Card",
    "DemoRows",
    "EntityNotConfirmed",
    "EvidenceDoesNotFit",
    "OfferClosed",
    "RegisterUnavailable",
    "TooManyOffers",
    "accept_mandate",
    "check_due_entities",
    "check_entity",
    "check_if_stale",
    "decline_mandate",
    "end_by_clerk",
    "end_mandate",
    "establish_guardianship",
    "establish_relative",
    "find_at_counter",
    "hand_over_entity",
    "load_demo_mandates",
    "offer_mandate",
    "register_entity",
    "request_consent_code",
    "reveal_entity",
    "tell",
]
