"""
Questions about the rights of the person.
"""

from tongban.foundation.looks import LookAct, LookFilter, LookRow
from tongban.support.privacy.selectors.ledger import ledger, look, whole_ledger
from tongban.support.privacy.selectors.objections import (
    my_objections,
    objected_looks,
    objection,
    objections_to_answer,
    sees_objections,
    waiting_count,
)
from tongban.support.privacy.selectors.requests import closing_preview, my_requests

__all__ = [
    "LookAct",
    "LookFilter",
    "LookRow",
    "closing_preview",
    "ledger",
    "look",
    "my_objections",
    "my_requests",
    "objected_looks",
    "objection",
    "objections_to_answer",
    "sees_objections",
    "waiting_count",
    "whole_ledger",
]
