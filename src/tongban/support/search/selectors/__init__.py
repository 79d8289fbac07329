"""
Questions to the index.
"""

from tongban.support.search.selectors.report import unanswered_searches
from tongban.support.search.selectors.results import search
from tongban.support.search.selectors.suggestions import suggest

__all__ = ["search", "suggest", "unanswered_searches"]
