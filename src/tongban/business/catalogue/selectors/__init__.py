"""
Questions to the catalogue. In-use offerings are public; drafts, suspended and retired ones are for its keepers.
"""

from tongban.business.catalogue.selectors.browsing import (
    AgencyCount,
    BrowseQuery,
    CatalogueCounts,
    OfferingSummary,
    browse,
    catalogue_counts,
    offerings_by_codes,
)
from tongban.business.catalogue.selectors.guides import (
    OfferingVersionFacts,
    ServiceGuide,
    UnknownOffering,
    guide,
    offering_by_code,
    offering_versions,
)
from tongban.business.catalogue.selectors.lists import CodeFacts, code_list, known_basic_codes
from tongban.business.catalogue.selectors.open_to_others import open_offerings, reaches
from tongban.business.catalogue.selectors.searching import SearchDocument, search_documents
from tongban.business.catalogue.selectors.terms import OfferingTerms, offering_terms

__all__ = [
    "AgencyCount",
    "BrowseQuery",
    "CatalogueCounts",
    "CodeFacts",
    "OfferingSummary",
    "OfferingTerms",
    "OfferingVersionFacts",
    "SearchDocument",
    "ServiceGuide",
    "UnknownOffering",
    "browse",
    "catalogue_counts",
    "code_list",
    "guide",
    "known_basic_codes",
    "offering_by_code",
    "offering_terms",
    "offering_versions",
    "offerings_by_codes",
    "open_offerings",
    "reaches",
    "search_documents",
]
