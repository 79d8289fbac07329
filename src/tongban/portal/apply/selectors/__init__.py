"""
Questions to the guided application: drafts for their owners, and forms as pages draw them.
"""

from tongban.portal.apply.selectors.drafts import (
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
    in_language,
    shown_answer,
)

__all__ = [
    "FIELD_PREFIX",
    "answers_of",
    "complaints_of",
    "draft",
    "field_groups",
    "in_language",
    "may_touch_draft",
    "offering",
    "open_drafts",
    "own_drafts",
    "progress_qr",
    "shown_answer",
]
