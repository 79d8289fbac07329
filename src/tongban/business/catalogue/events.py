"""
Facts the catalogue announces.
"""

import msgspec

from tongban.business.catalogue.values import OfferingState

OFFERING_PUBLISHED = "catalogue.offering_published"
OFFERINGS_IMPORTED = "catalogue.offerings_imported"
OFFERING_STATE_CHANGED = "catalogue.offering_state_changed"
OFFERINGS_TAKEN = "catalogue.offerings_taken"


class OfferingPublished(msgspec.Struct, frozen=True, kw_only=True):
    """
    An offering has a new version, or is new. Topic `catalogue.offering_published`, keyed by its code.
    """

    offering_id: int
    code: str
    version: int


class OfferingsImported(msgspec.Struct, frozen=True, kw_only=True):
    """
    One batch of an import is in: ask `selectors.search_documents(batch=…)` for what it brought.

    Topic `catalogue.offerings_imported`, keyed by the source. One fact per batch: a fact per row would
    take longer than the import itself.
    """

    source: str
    batch: str
    new: int
    changed: int


class OfferingStateChanged(msgspec.Struct, frozen=True, kw_only=True):
    """
    An offering was suspended, resumed or retired. Topic `catalogue.offering_state_changed`, keyed by its code.
    """

    offering_id: int
    code: str
    state: OfferingState


class OfferingsTaken(msgspec.Struct, frozen=True, kw_only=True):
    """
    A node below has told of offerings. Topic `catalogue.offerings_taken`, keyed by that node.
    """

    source: str
    first: int
    """Number of the first entry of the batch; all parts of a snapshot bear one number."""
    last: int
