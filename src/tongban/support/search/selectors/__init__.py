"""
Questions to the index.
"""

from tongban.support.search.selectors.report import may_read_report, unanswered_searches
from tongban.support.search.selectors.results import search
from tongban.support.search.selectors.suggestions import suggest

__all__ = ["may_read_report", "search", "suggest", "unanswered_searches"]
