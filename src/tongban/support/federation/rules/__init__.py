"""
Rules of one login: what a request must look like, what is allowed to leave, how nodes sign and seal.
"""

from tongban.support.federation.rules.messages import (
    Freshness,
    evidence_of,
    is_signed,
    open_sealed,
    seal_for,
    signature_of,
    signed_text,
    signing_key,
)
from tongban.support.federation.rules.requests import (
    ACR_PREFIX,
    BACKCHANNEL_LIFETIME,
    acr_of,
    is_too_old,
    level_of,
    origin_of,
    redirect_problem,
    sector_of,
)

__all__ = [
    "ACR_PREFIX",
    "BACKCHANNEL_LIFETIME",
    "Freshness",
    "acr_of",
    "evidence_of",
    "is_signed",
    "is_too_old",
    "level_of",
    "open_sealed",
    "origin_of",
    "redirect_problem",
    "seal_for",
    "sector_of",
    "signature_of",
    "signed_text",
    "signing_key",
]
