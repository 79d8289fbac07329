"""
Questions to the case library.
"""

from tongban.resources.caselibrary.selectors.cases import (
    case_by_id,
    case_counts,
    cases,
    may_see_own,
    own_cases,
    sees_cases,
)
from tongban.resources.caselibrary.selectors.exports import exports
from tongban.resources.caselibrary.selectors.quality import (
    fault_counts,
    faults,
    may_export,
    may_push_back,
    push_backs,
    sees_quality,
    sources,
)

__all__ = [
    "case_by_id",
    "case_counts",
    "cases",
    "exports",
    "fault_counts",
    "faults",
    "may_export",
    "may_push_back",
    "may_see_own",
    "own_cases",
    "push_backs",
    "sees_cases",
    "sees_quality",
    "sources",
]
