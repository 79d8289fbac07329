"""
Questions to the base registers.
"""

from tongban.resources.registers.selectors.disputes import (
    dispute_by_number,
    disputes,
    may_answer_dispute,
    may_file_disputes,
)
from tongban.resources.registers.selectors.own import own_record
from tongban.resources.registers.selectors.places import (
    AgencyFacts,
    DivisionFacts,
    UnknownAgency,
    UnknownDivision,
    agencies_by_published_code,
    agencies_inside,
    agency_by_code,
    agency_names,
    division_by_code,
    divisions_below,
    divisions_inside,
    english_agency_names,
    known_agency_codes,
    known_division_codes,
)
from tongban.resources.registers.selectors.records import (
    batch_by_id,
    batches,
    may_appoint_sources,
    may_load,
    may_look_at_records,
    may_open_registers,
    refused_rows,
    register_states,
    sources,
    waiting_row,
    waiting_rows,
)

__all__ = [
    "AgencyFacts",
    "DivisionFacts",
    "UnknownAgency",
    "UnknownDivision",
    "agencies_by_published_code",
    "agencies_inside",
    "agency_by_code",
    "agency_names",
    "batch_by_id",
    "batches",
    "dispute_by_number",
    "disputes",
    "division_by_code",
    "divisions_below",
    "divisions_inside",
    "english_agency_names",
    "known_agency_codes",
    "known_division_codes",
    "may_answer_dispute",
    "may_appoint_sources",
    "may_file_disputes",
    "may_load",
    "may_look_at_records",
    "may_open_registers",
    "own_record",
    "refused_rows",
    "register_states",
    "sources",
    "waiting_row",
    "waiting_rows",
]
