"""
What of a case is shown to who has no part in it: names of persons by their first character, numbers by their ends.
"""

import msgspec

from tongban.foundation.codes import mask_address, mask_id, mask_mobile, mask_name
from tongban.resources.caselibrary.rules.keeping import NATURAL_PERSON
from tongban.resources.caselibrary.values import ApplicantContent, CaseContent

HIDDEN = "****"


def masked_case(case: CaseContent) -> CaseContent:
    """
    Return a case without anything by which a person is known. Names and codes of organizations are public.
    """
    summary = HIDDEN if case.summary and case.applicant.kind == NATURAL_PERSON else case.summary
    return msgspec.structs.replace(case, applicant=masked_applicant(case.applicant), summary=summary)


def masked_applicant(applicant: ApplicantContent) -> ApplicantContent:
    """
    Return an applicant without anything by which a person is known.
    """
    is_person = applicant.kind == NATURAL_PERSON
    return msgspec.structs.replace(
        applicant,
        name=mask_name(applicant.name) if is_person else applicant.name,
        id_number=mask_id(applicant.id_number) if is_person else applicant.id_number,
        legal_representative=mask_name(applicant.legal_representative),
        contact_name=mask_name(applicant.contact_name),
        contact_id_number=mask_id(applicant.contact_id_number),
        contact_mobile=mask_mobile(applicant.contact_mobile),
        address=mask_address(applicant.address) if is_person else applicant.address,
    )
