"""
Tables of the case library.
"""

from tongban.resources.caselibrary.models.cases import LibraryPart, LibraryPlace, LibraryRecord, WaitingPart
from tongban.resources.caselibrary.models.exports import LibraryExport
from tongban.resources.caselibrary.models.quality import Arrival, QualityFault
from tongban.resources.caselibrary.models.sharing import PushBack
from tongban.resources.caselibrary.models.tallies import Tally

__all__ = [
    "Arrival",
    "LibraryExport",
    "LibraryPart",
    "LibraryPlace",
    "LibraryRecord",
    "PushBack",
    "QualityFault",
    "Tally",
    "WaitingPart",
]
