"""
Facts about licences, announced under "licences.<fact>" with the printed number as key; about types, with their code.
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
LICENCE_COMPARED = "licences.licence_compared"
LICENCE_EXPIRING = "licences.licence_expiring"
LICENCE_CHECKED = "licences.licence_checked"
LICENCE_MOVED = "licences.licence_moved"
TYPE_PUBLISHED = "licences.type_published"
TYPE_WITHDRAWN = "licences.type_withdrawn"


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
    last_valid_date: str = ""
    """Of a licence that is about to run out, ISO 8601."""


class LicenceTypeFact(msgspec.Struct, frozen=True, kw_only=True):
    """
    Something happened to a type of licences.
    """

    code: str
    name: str
    version: int
    state: str
    name_en: str = ""


STOCK_TAKEN = "licences.stock_taken"


class StockFact(msgspec.Struct, frozen=True, kw_only=True):
    """
    A batch of licences issued before has ended; announced with its id as key.
    """

    batch_id: str
    source: str
    agency_code: str
    state: str
    """DONE or SENT_BACK."""
    taken: int
    """Licences that are in the library now."""


SHARE_ASKED = "licences.share_asked"
SHARE_GIVEN = "licences.share_given"
SHARE_REFUSED = "licences.share_refused"
SHARE_WITHDRAWN = "licences.share_withdrawn"
SHARED_LICENCE_CHANGED = "licences.shared_licence_changed"


class ShareFact(msgspec.Struct, frozen=True, kw_only=True):
    """
    Something happened to a share of a licence; announced with the number of the case as key. No personal data.
    """

    share_id: str
    identifier: str
    number: str
    type_code: str
    type_name: str
    type_name_en: str
    case_number: str
    service_name: str
    service_name_en: str
    agency_code: str
    """Of the agency that uses the licence."""
    agency_name: str
    person_id: str
    """Account of the holder; empty where there is none."""
    purpose: str
    authority: str
    legal_basis: str
    material_code: str
    """Of the application, where the licence takes its place."""
    last_day: str
    """ISO 8601."""
    status: str = ""
    """Of the licence, where that is what has changed."""
