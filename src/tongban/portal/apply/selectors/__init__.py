"""
Questions to the guided application: drafts for their owners, and forms as pages draw them.
"""

from tongban.portal.apply.selectors.counter import Found, found_at_counter, types_asked_for
from tongban.portal.apply.selectors.drafts import (
    LICENCE,
    complaints_of,
    draft,
    may_touch_draft,
    offering,
    open_drafts,
    own_drafts,
    progress_qr,
)
from tongban.portal.apply.selectors.fields import (
    FIELD_PREFIX,
    answers_of,
    field_groups,
    shown_answer,
)

__all__ = [
    "FIELD_PREFIX",
    "LICENCE",
    "Found",
    "answers_of",
    "complaints_of",
    "draft",
    "field_groups",
    "found_at_counter",
    "may_touch_draft",
    "offering",
    "open_drafts",
    "own_drafts",
    "progress_qr",
    "shown_answer",
    "types_asked_for",
]
