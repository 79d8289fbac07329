"""
What is exchanged: contracts that apps register, and entries as their handlers see them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import msgspec

from tongban.foundation.errors import Text

PARENT: Final = "PARENT"
"""Audience of a stream that goes up."""
CHILDREN: Final = "CHILDREN"
"""Audience of a stream that every node below receives. Any other audience is a node's code."""


class Operation(StrEnum):
    """
    同步类型, cd_operation of the national exchange tables.
    """

    INSERT = "I"
    UPDATE = "U"
    DELETE = "D"


class Direction(StrEnum):
    """
    交换方向.
    """

    UP = "UP"
    """上报: to the node above."""
    DOWN = "DOWN"
    """下发: to every node below."""
    ADDRESSED = "ADDRESSED"
    """定向: to one node, which each entry names."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Received:
    """
    An entry as it arrived, its content read by the contract's shape.
    """

    number: int
    key: str
    operation: Operation
    made_at: datetime
    origin: str
    """Code of the node where it was made; not always the one that sent it."""
    content: Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Refused:
    """
    An entry that was not taken; the sender reads why (dn_*_abnormal of the national tables).
    """

    number: int
    code: str
    """Stable, e.g. "unknown_item"."""
    text: str
    """A sentence in Chinese for whoever mends the data."""


Take = Callable[[Sequence[Received], str, datetime], Sequence[Refused]]
"""
Takes entries in the order of their numbers: (entries, code of the node that sent them, now) -> those not taken.

Runs in the transaction that moves the position. Must be idempotent: an entry may come again after a replay, and must
then change nothing, or to the same.
"""
Snapshot = Callable[[str, int], Sequence[tuple[str, msgspec.Struct] | tuple[str, msgspec.Struct, str]]]
"""
(after this key, at most so many) -> (key, content), or (key, content, node where it was made), in the order of keys:
how everything stands now.
"""
Sweep = Callable[[str, int, datetime], int]
"""
(source, number, now): removes what the source told with a lower number; returns how much. Ends a snapshot. Publishes
the deletions where the contract is passed on.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Contract:
    """
    交换契约: a dataset that nodes exchange, and what happens at its ends. Registered by its app (`ports.exchange_by`).
    """

    code: str
    """"app.what", e.g. "caselibrary.case"; part of the wire, never changed."""
    title: Text
    shape: type[msgspec.Struct]
    """What a content must be; rows that are not are refused and told to their sender."""
    direction: Direction
    take: Take
    version: int = 1
    is_passed_on: bool = False
    """A node that has a parent itself passes on what comes from below."""
    snapshot: Snapshot | None = None
    """For nodes that join late, and where entries of before are no longer kept."""
    sweep: Sweep | None = None
