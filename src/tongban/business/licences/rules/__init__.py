"""
Identifiers, periods, lives and definitions of licences, as pure functions.
"""

from tongban.business.licences.rules.definitions import (
    canonical_definition,
    definition_of,
    differences,
    faults_of,
    is_type_code,
    json_schema,
    row_of,
)
from tongban.business.licences.rules.directory import LIFE as DIRECTORY_LIFE
from tongban.business.licences.rules.directory import open_directory_acts
from tongban.business.licences.rules.faces import face_as_data, face_faults, filled_face
from tongban.business.licences.rules.licences import (
    IDENTIFIER_IN_FILE,
    LAST_VERSION,
    LIFE,
    NATURAL_PERSON,
    ROOT,
    Identifier,
    holder_index,
    holder_key,
    holder_kind,
    index_of_holder_key,
    issuer_segment,
    last_valid_date,
    months_later,
    next_turn,
    open_acts,
    parsed_identifier,
    status_on,
    valid_until,
    verdict,
)

__all__ = [
    "DIRECTORY_LIFE",
    "IDENTIFIER_IN_FILE",
    "LAST_VERSION",
    "LIFE",
    "NATURAL_PERSON",
    "ROOT",
    "Identifier",
    "canonical_definition",
    "definition_of",
    "differences",
    "face_as_data",
    "face_faults",
    "faults_of",
    "filled_face",
    "holder_index",
    "holder_key",
    "holder_kind",
    "index_of_holder_key",
    "is_type_code",
    "issuer_segment",
    "json_schema",
    "last_valid_date",
    "months_later",
    "next_turn",
    "open_acts",
    "open_directory_acts",
    "parsed_identifier",
    "row_of",
    "status_on",
    "valid_until",
    "verdict",
]
