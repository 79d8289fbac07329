"""
Facts that seals announce.
"""

from datetime import datetime

import msgspec

SEAL_ISSUED = "seals.seal_issued"
SEAL_SUSPENDED = "seals.seal_suspended"
SEAL_RESUMED = "seals.seal_resumed"
SEAL_EXPIRED = "seals.seal_expired"
SEAL_REPLACED = "seals.seal_replaced"
SEAL_DESTROYED = "seals.seal_destroyed"
SEAL_AUTHORISED = "seals.seal_authorised"
"""What decisions make may be sealed with it automatically."""

COMES_INTO_USE = (SEAL_ISSUED, SEAL_RESUMED, SEAL_AUTHORISED)
"""What waited for a seal of the agency may be sealed now."""

SIGNING_FINISHED = "seals.signing_finished"
SIGNING_DECLINED = "seals.signing_declined"


class SigningFact(msgspec.Struct, frozen=True, kw_only=True):
    """
    A document that several agencies seal has come to its end. Topics `seals.signing_…`, keyed by the request.
    """

    request_id: str
    case_number: str
    file_id: str
    """The document with the seals it has."""
    state: str
    """Word of `values.SigningState`."""


class SealFact(msgspec.Struct, frozen=True, kw_only=True):
    """
    The state of a seal has changed. Topics `seals.seal_…`, keyed by the code of the seal.
    """

    code: str
    version: int
    name: str
    agency_code: str
    agency_name: str
    state: str
    """Word of `values.SealState`."""
    suspension: str = ""
    """Word of `values.SuspensionKind` where it is suspended."""
    valid_until: datetime | None = None
