"""
What changes the index, the lexicon and the log of searches.
"""

from tongban.support.search.services.indexing import index_documents, remove
from tongban.support.search.services.lexicon import (
    LexiconEntryNotFound,
    disable_phrase,
    save_phrase,
    seed_lexicon,
)
from tongban.support.search.services.log import record_search

__all__ = [
    "LexiconEntryNotFound",
    "disable_phrase",
    "index_documents",
    "record_search",
    "remove",
    "save_phrase",
    "seed_lexicon",
]
