"""
Verbs of the base registers.
"""

from tongban.resources.registers.services.deciding import (
    RowCannotBeTaken,
    WaitingRowDecided,
    decide_waiting_row,
)
from tongban.resources.registers.services.demo import load_demo_registers
from tongban.resources.registers.services.disputing import (
    AlreadyDisputed,
    DisputeAnswered,
    NothingToDispute,
    answer_dispute,
    file_dispute,
    uses_by_nodes,
)
from tongban.resources.registers.services.files import RegisterColumnsUnknown, RegisterFileUnknown
from tongban.resources.registers.services.loading import UnknownSource, appoint_source, load_file
from tongban.resources.registers.services.places import (
    RegisterFileInvalid,
    load_agencies,
    load_divisions,
    read_rows,
    sort_key,
)
from tongban.resources.registers.services.pressing import press_disputes
from tongban.resources.registers.services.using import (
    AuthorityExpired,
    CaseNotKnown,
    FieldsNotOpened,
    look_at_record,
    read_fields,
    read_many,
    rows_after,
    use_again,
    verify,
)

__all__ = [
    "AlreadyDisputed",
    "AuthorityExpired",
    "CaseNotKnown",
    "DisputeAnswered",
    "FieldsNotOpened",
    "NothingToDispute",
    "RegisterColumnsUnknown",
    "RegisterFileInvalid",
    "RegisterFileUnknown",
    "RowCannotBeTaken",
    "UnknownSource",
    "WaitingRowDecided",
    "answer_dispute",
    "appoint_source",
    "decide_waiting_row",
    "file_dispute",
    "load_agencies",
    "load_demo_registers",
    "load_divisions",
    "load_file",
    "look_at_record",
    "press_disputes",
    "read_fields",
    "read_many",
    "read_rows",
    "rows_after",
    "sort_key",
    "use_again",
    "uses_by_nodes",
    "verify",
]
