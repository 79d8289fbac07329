"""
Facts about licences, announced under "licences.<fact>" with the printed number as key.
"""

import msgspec

LICENCE_ISSUED = "licences.licence_issued"
LICENCE_RENDERED = "licences.licence_rendered"
LICENCE_REPLACED = "licences.licence_replaced"
LICENCE_SUSPENDED = "licences.licence_suspended"
LICENCE_RESUMED = "licences.licence_resumed"
LICENCE_REVOKED = "licences.licence_revoked"
LICENCE_CANCELED = "licences.licence_canceled"
LICENCE_EXPIRED = "licences.licence_expired"


class LicenceFact(msgspec.Struct, frozen=True, kw_only=True):
    """
    Something happened to a licence. No personal data: who needs them asks a selector.
    """

    identifier: str
    number: str
    type_code: str
    type_name: str
    version: int
    status: str
    issuer_code: str
    division_code: str
    case_number: str
    person_id: str
    """Account of the holder; empty where there is none."""
    type_name_en: str = ""
    reason: str = ""
    replaced_by: str = ""
    """Identifier of the version that took its place."""
