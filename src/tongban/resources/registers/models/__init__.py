"""
Tables of the base registers, a module for each thing they hold.
"""

from tongban.resources.registers.models.disputes import DisputeCase
from tongban.resources.registers.models.loads import Batch, RefusedRow, Source, WaitingRow
from tongban.resources.registers.models.places import (
    Agency,
    AgencyCode,
    Division,
)
from tongban.resources.registers.models.records import (
    Difference,
    Record,
    RecordAlias,
    RecordUse,
    RecordVersion,
)

__all__ = [
    "Agency",
    "AgencyCode",
    "Batch",
    "Difference",
    "DisputeCase",
    "Division",
    "Record",
    "RecordAlias",
    "RecordUse",
    "RecordVersion",
    "RefusedRow",
    "Source",
    "WaitingRow",
]
