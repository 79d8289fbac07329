"""
Verbs that change the catalogue.
"""

from tongban.business.catalogue.services.importing import ImportFileUnreadable, import_items
from tongban.business.catalogue.services.indexing import index_offerings
from tongban.business.catalogue.services.lists import load_code_lists
from tongban.business.catalogue.services.publishing import (
    ElementsContradict,
    NotYetEffective,
    OfferingOfOtherSource,
    StateChangeNotAllowed,
    publish_offering,
    resume_offering,
    retire_offering,
    suspend_offering,
)

__all__ = [
    "ElementsContradict",
    "ImportFileUnreadable",
    "NotYetEffective",
    "OfferingOfOtherSource",
    "StateChangeNotAllowed",
    "import_items",
    "index_offerings",
    "load_code_lists",
    "publish_offering",
    "resume_offering",
    "retire_offering",
    "suspend_offering",
]
