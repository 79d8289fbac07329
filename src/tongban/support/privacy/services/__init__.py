"""
What a person may ask for concerning his own data, and what the agencies answer.
"""

from tongban.support.privacy.services.closing import (
    CasesUnderWay,
    ask_for_closing,
    cancel_closing,
    close_due_accounts,
)
from tongban.support.privacy.services.copies import (
    CopyLapsed,
    ask_for_copy,
    is_shown_as_a_file,
    lapse_copies,
    make_copy,
    open_copy,
)
from tongban.support.privacy.services.objections import (
    AlreadyObjected,
    NobodyToAnswer,
    answer_objection,
    escalate_late,
    raise_objection,
)
from tongban.support.privacy.services.telling import TEMPLATES

__all__ = [
    "TEMPLATES",
    "AlreadyObjected",
    "CasesUnderWay",
    "CopyLapsed",
    "NobodyToAnswer",
    "answer_objection",
    "ask_for_closing",
    "ask_for_copy",
    "cancel_closing",
    "close_due_accounts",
    "escalate_late",
    "is_shown_as_a_file",
    "lapse_copies",
    "make_copy",
    "open_copy",
    "raise_objection",
]
