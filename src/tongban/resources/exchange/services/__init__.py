"""
Writing, numbering, sending and taking of entries; comparing both ends, and mending what does not go on by itself.
"""

from tongban.resources.exchange.services.mending import (
    EntriesNotKept,
    NoSnapshot,
    NothingToContinue,
    continue_after,
    replay_from,
    retry_now,
    send_snapshot,
)
from tongban.resources.exchange.services.numbering import NUMBERED_AT_ONCE, number_entries
from tongban.resources.exchange.services.pruning import Pruned, prune
from tongban.resources.exchange.services.publishing import publish
from tongban.resources.exchange.services.questions import QuestionRefused, ask_node, forget_questions
from tongban.resources.exchange.services.receiving import answer_envelope
from tongban.resources.exchange.services.reconciling import (
    DayDifferences,
    Reconciled,
    find_differences,
    reconcile,
)
from tongban.resources.exchange.services.sending import Ahead, begin_streams, due_receivers, send_to

__all__ = [
    "NUMBERED_AT_ONCE",
    "Ahead",
    "DayDifferences",
    "EntriesNotKept",
    "NoSnapshot",
    "NothingToContinue",
    "Pruned",
    "QuestionRefused",
    "Reconciled",
    "answer_envelope",
    "ask_node",
    "begin_streams",
    "continue_after",
    "due_receivers",
    "find_differences",
    "forget_questions",
    "number_entries",
    "prune",
    "publish",
    "reconcile",
    "replay_from",
    "retry_now",
    "send_snapshot",
    "send_to",
]
