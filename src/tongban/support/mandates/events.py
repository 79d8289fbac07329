"""
Facts that mandates announce.
"""

from datetime import date

import msgspec

MANDATE_OFFERED = "mandates.mandate_offered"
MANDATE_ACCEPTED = "mandates.mandate_accepted"
MANDATE_DECLINED = "mandates.mandate_declined"
MANDATE_ENDED = "mandates.mandate_ended"
REPRESENTATIVE_CHANGED = "mandates.representative_changed"

TOLD = (
    MANDATE_OFFERED,
    MANDATE_ACCEPTED,
    MANDATE_DECLINED,
    MANDATE_ENDED,
    REPRESENTATIVE_CHANGED,
)
"""What people are told of."""


class MandateFact(msgspec.Struct, frozen=True, kw_only=True):
    """
    Something happened to a mandate. Topics `mandates.mandate_…`, keyed by the mandate. No personal data in clear.
    """

    mandate_id: str
    kind: str
    grantor_id: str
    grantor_name: str
    """Masked for a person."""
    grantee_id: str
    """Empty: offered to somebody who has not accepted it yet."""
    grantee_name: str
    """Masked."""
    valid_until: date | None
    reason: str = ""
    """Word of `values.EndReason`; empty: not ended, or by its term."""


class RepresentativeChanged(msgspec.Struct, frozen=True, kw_only=True):
    """
    A legal entity has a new representative. Topic `mandates.representative_changed`, keyed by the entity.
    """

    entity_id: str
    entity_name: str
    before_id: str
    """Person who was its representative."""
    after_id: str
    """Person who is now."""
