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
from tongban.resources.exchange.values.streams import FeedTrouble, Outcome
from tongban.resources.exchange.values.wire import Answer, AnswerKind, BatchHeader, Line, MessageKind

__all__ = [
    "CHILDREN",
    "PARENT",
    "Answer",
    "AnswerKind",
    "BatchHeader",
    "Contract",
    "Direction",
    "FeedTrouble",
    "Line",
    "MessageKind",
    "Operation",
    "Outcome",
    "Received",
    "Refused",
]
