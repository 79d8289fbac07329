"""
What is done about applications that cross a border between nodes.
"""

from tongban.business.crossregion.services.asking import NotOpenHere, guide_of, offerings_of
from tongban.business.crossregion.services.handing import (
    NothingToDeliver,
    NothingToSupplement,
    attach_file,
    discard_abandoned,
    draft_files,
    hand_in,
    hand_over,
    supplement,
)
from tongban.business.crossregion.services.telling import tell_counter

__all__ = [
    "NotOpenHere",
    "NothingToDeliver",
    "NothingToSupplement",
    "attach_file",
    "discard_abandoned",
    "draft_files",
    "guide_of",
    "hand_in",
    "hand_over",
    "offerings_of",
    "supplement",
    "tell_counter",
]
