"""
Words and shapes of the exchange.
"""

from tongban.resources.exchange.values.contracts import (
    CHILDREN,
    PARENT,
    Contract,
    Direction,
    Operation,
    Received,
    Refused,
)
from tongban.resources.exchange.values.streams import BatchOutcome, FeedTrouble
from tongban.resources.exchange.values.wire import Answer, AnswerKind, BatchHeader, Line, MessageKind

__all__ = [
    "CHILDREN",
    "PARENT",
    "Answer",
    "AnswerKind",
    "BatchHeader",
    "BatchOutcome",
    "Contract",
    "Direction",
    "FeedTrouble",
    "Line",
    "MessageKind",
    "Operation",
    "Received",
    "Refused",
]
