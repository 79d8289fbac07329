"""
What services of the catalogue hand back.
"""

from enum import StrEnum

import msgspec

from tongban.business.catalogue.values.enums import OfferingState


class PublishOutcome(StrEnum):
    """
    What publishing changed.
    """

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


class PublishedOffering(msgspec.Struct, frozen=True, kw_only=True):
    """
    Receipt of `publish_offering`.
    """

    offering_id: int
    code: str
    version: int
    digest: str
    case_prefix: str
    outcome: PublishOutcome


class StateReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """
    Receipt of a change of state.
    """

    offering_id: int
    code: str
    state: OfferingState


class CodeListReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """
    Receipt of `load_code_lists`.
    """

    lists: int
    items: int
    mappings: int


class Objection(msgspec.Struct, frozen=True, kw_only=True):
    """
    One line of an import's report: a row was refused, or taken with a flag.
    """

    row: int
    """Number of the row in the file, from 1; for CSV the header is not counted."""
    severity: str
    """`rejected` or `flagged`."""
    reason: str
    """Stable code, see docs/how-to/import-items.md."""
    field: str
    message: str
    message_en: str
    excerpt: str
    """At most 200 characters of the row as it came."""


class ImportProgress(msgspec.Struct, frozen=True, kw_only=True):
    """
    How far an import has come.
    """

    bytes_read: int
    rows: int


class ImportReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """
    What an import did. rows = new + changed + unchanged + rejected; flagged rows are counted among the taken.
    """

    source: str
    batch: str
    rows: int
    new: int
    changed: int
    unchanged: int
    rejected: int
    flagged: int
    reasons: dict[str, int]
