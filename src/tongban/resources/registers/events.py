"""
What the base registers announce.
"""

from typing import Final

import msgspec

RECORD_CORRECTED: Final = "registers.record_corrected"
CORRECTION_RECEIVED: Final = "registers.correction_received"
LOAD_FINISHED: Final = "registers.load_finished"
RECORDS_CHANGED: Final = "registers.records_changed"


class RecordCorrected(msgspec.Struct, frozen=True, kw_only=True):
    """
    基础信息已更正: a datum was wrong and is right now. Without the datum.
    """

    register: str
    record_id: str
    fields: tuple[str, ...]
    version: int
    dispute_number: str
    wrong_since: str
    """Moment the wrong datum came in, RFC 3339: who used it since is told."""


class CorrectionReceived(msgspec.Struct, frozen=True, kw_only=True):
    """
    收到其他节点的更正: whether this node holds the record or has only asked for it. Without the datum.
    """

    register: str
    field: str
    dispute_number: str
    node_code: str
    """Of the node that says so."""


class RecordsChanged(msgspec.Struct, frozen=True, kw_only=True):
    """
    基础信息有变动: rows came in that made, changed or ended records. Without the data.
    """

    register: str
    records: int


class LoadFinished(msgspec.Struct, frozen=True, kw_only=True):
    """
    基础信息已装入.
    """

    register: str
    batch_id: int
    agency_code: str
    rows: int
    created: int
    changed: int
    unchanged: int
    refused: int
    disputed: int
    differences: int
