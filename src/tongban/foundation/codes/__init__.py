"""
Numbers that carry their own check: of people, organizations, services and licences.

Every check is pure and total: it takes any text and returns a value that says what the number tells and what,
if anything, is wrong with it. Nothing is repaired in silence: `number` is the text in its canonical form
(trimmed, upper case), never another number.
"""

from tongban.foundation.codes.divisions import DIVISION_CODE_LENGTH, LEVEL_DIGITS, subtree_prefix
from tongban.foundation.codes.licences import is_licence_checked, licence_check_character
from tongban.foundation.codes.masking import mask, mask_address, mask_id, mask_mobile, mask_name
from tongban.foundation.codes.organisations import (
    CreditCodeCheck,
    CreditCodeProblem,
    check_social_credit_code,
    credit_code_check_character,
    is_organisation_code,
    is_social_credit_code,
    organisation_code_check_character,
)
from tongban.foundation.codes.people import (
    FIRST_BIRTH_YEAR,
    PERMIT_PROVINCES,
    IdCheck,
    IdKind,
    IdProblem,
    Sex,
    TravelPermit,
    check_resident_id,
    id_check_character,
    is_mobile,
    is_resident_id,
    mobile_number,
    travel_permit,
)
from tongban.foundation.codes.provinces import PROVINCES
from tongban.foundation.codes.services import (
    BasicCodeCheck,
    ImplementationCodeCheck,
    ServiceCodeProblem,
    check_basic_code,
    check_implementation_code,
)

__all__ = [
    "DIVISION_CODE_LENGTH",
    "FIRST_BIRTH_YEAR",
    "LEVEL_DIGITS",
    "PERMIT_PROVINCES",
    "PROVINCES",
    "BasicCodeCheck",
    "CreditCodeCheck",
    "CreditCodeProblem",
    "IdCheck",
    "IdKind",
    "IdProblem",
    "ImplementationCodeCheck",
    "ServiceCodeProblem",
    "Sex",
    "TravelPermit",
    "check_basic_code",
    "check_implementation_code",
    "check_resident_id",
    "check_social_credit_code",
    "credit_code_check_character",
    "id_check_character",
    "is_licence_checked",
    "is_mobile",
    "is_organisation_code",
    "is_resident_id",
    "is_social_credit_code",
    "licence_check_character",
    "mask",
    "mask_address",
    "mask_id",
    "mask_mobile",
    "mask_name",
    "mobile_number",
    "organisation_code_check_character",
    "subtree_prefix",
    "travel_permit",
]
