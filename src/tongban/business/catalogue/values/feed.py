"""
The project's own form of an item feed: one `FeedItem` per row.
"""

from datetime import date
from typing import Annotated

import msgspec

from tongban.business.catalogue.values.elements import Code, Element, LegalBasis, Name, OfferingElements
from tongban.business.catalogue.values.enums import OfferingState

OfferingCode = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}\Z")]


class MainItem(Element, frozen=True, kw_only=True):
    """
    主项 a row belongs to.
    """

    name: Name
    basic_code: Code = ""


class FeedItem(Element, frozen=True, kw_only=True):
    """
    One offering as a feed tells it: its key, its place in the directory, and its elements.
    """

    code: OfferingCode
    """The publisher's own key of the row (checklist id); unique, stable, part of our addresses."""
    main_item: MainItem | None = None
    definition_name: Annotated[str, msgspec.Meta(max_length=1000)] = ""
    definition_basis: tuple[LegalBasis, ...] = ()
    state: OfferingState = OfferingState.IN_USE
    effective_from: date | None = None
    effective_until: date | None = None
    elements: OfferingElements
