"""
Questions about licences.
"""

from tongban.business.licences.selectors.holding import (
    licence_detail,
    licences_of_case,
    search_licences,
    wallet_of,
)
from tongban.business.licences.selectors.verification import (
    FileTooLarge,
    verify_by_identifier,
    verify_by_number,
    verify_by_token,
    verify_file,
)

__all__ = [
    "FileTooLarge",
    "licence_detail",
    "licences_of_case",
    "search_licences",
    "verify_by_identifier",
    "verify_by_number",
    "verify_by_token",
    "verify_file",
    "wallet_of",
]
