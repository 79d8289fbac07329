"""
What happened to certificates.
"""

from datetime import datetime

import msgspec

CERTIFICATE_REVOKED = "trust.certificate_revoked"
CERTIFICATE_ENDING = "trust.certificate_ending"


class CertificateRevoked(msgspec.Struct, frozen=True, kw_only=True):
    """
    证书已吊销: it counts no more. Topic `trust.certificate_revoked`, keyed by the serial number.
    """

    certificate_id: str
    serial: str
    fingerprint: str
    profile: str
    bearer: str
    """What used it here, e.g. "seal:<id>"."""
    reason: str


class CertificateEnding(msgspec.Struct, frozen=True, kw_only=True):
    """
    证书将到期: it ends within so many days and none follows it. Topic `trust.certificate_ending`, keyed by the serial.

    It is announced once for each limit.
    """

    serial: str
    bearer: str
    """What uses it here, e.g. "seal:<id>"."""
    not_after: datetime
    within_days: int
    """The limit that was passed: 60, 30 or 7."""
