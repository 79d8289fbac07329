"""
Tables of the exchange.
"""

from tongban.resources.exchange.models.alarms import StreamAlarm
from tongban.resources.exchange.models.inbound import AnsweredQuestion, Inbound, Receipt, ReceivedError
from tongban.resources.exchange.models.liveness import NodeLiveness
from tongban.resources.exchange.models.nodes import Joining, KnownList, Node, NodeKey, NodesMark
from tongban.resources.exchange.models.outbound import Batch, Entry, Outbox, Position, SentError, Stream
from tongban.resources.exchange.models.reconciliation import DayCompared

__all__ = [
    "AnsweredQuestion",
    "Batch",
    "DayCompared",
    "Entry",
    "Inbound",
    "Joining",
    "KnownList",
    "Node",
    "NodeKey",
    "NodeLiveness",
    "NodesMark",
    "Outbox",
    "Position",
    "Receipt",
    "ReceivedError",
    "SentError",
    "Stream",
    "StreamAlarm",
]
