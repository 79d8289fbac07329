"""
From a granted case to its licence: which type, for whom, and what stands on the face.
"""

from datetime import datetime
from typing import Any

from django.db import connection

from tongban.business.casework.models import Case
from tongban.business.casework.rules.sealing import (
    ERASED,
    applicant_index,
    open_key,
    unseal_applicant,
    unseal_form,
)
from tongban.business.casework.services.recording import HeldCase
from tongban.business.casework.values import Applicant
from tongban.business.licences import services as licences
from tongban.business.licences.values import Holder
from tongban.foundation.actors import Actor

SEALED = """
SELECT applicant_sealed, form_sealed, (SELECT key FROM casework_casekey WHERE case_number = number)
FROM casework_case WHERE number = %s
"""


def issue_for(case: HeldCase, *, actor: Actor, at: datetime, number: str = "") -> dict[str, Any]:
    """
    Issue the licence that the case ends in and return what the log keeps of it.

    The face is filled from the form by field key; what the form does not hold stays empty on the face.

    :param case: granted, its row held
    :param number: 证照编号 of the agency's own system; empty: the node gives one
    """
    applicant, form = applicant_and_form(case.number)
    receipt = licences.issue_licence(
        type_code=case.terms.licence_type_code,
        holder=Holder(
            kind=applicant.kind,
            person_id=case.applicant_id,
            name=applicant.name,
            code_type=applicant.id_type,
            code=applicant.id_number,
        ),
        face={**form, **_of_applicant(applicant)},
        issuer_code=case.agency_code,
        issuer_name=case.terms.agency_name,
        division_code=case.division_code,
        case_number=case.number,
        validity_months=case.terms.validity_months,
        number=number,
        actor=actor,
        at=at,
    )
    return {
        "identifier": receipt.identifier,
        "number": receipt.number,
        "name": receipt.type_name,
        "name_en": receipt.type_name_en,
    }


def applicant_and_form(number: str) -> tuple[Applicant, dict[str, str]]:
    """
    Return who applied and what he wrote, unsealed; for documents only, never for a page or an answer.
    """
    with connection.cursor() as cursor:
        cursor.execute(SEALED, [number])
        applicant_sealed, form_sealed, key_sealed = cursor.fetchone()
    key = open_key(key_sealed)
    return unseal_applicant(applicant_sealed, number, key), unseal_form(form_sealed, number, key)


def index_of_case(case: Case) -> bytes | None:
    """
    Return the blind index of a case's applicant under the root in use; what it is where the applicant was erased.
    """
    applicant, _form = applicant_and_form(case.number)
    return applicant_index(applicant.id_number) if applicant != ERASED else case.applicant_index


def _of_applicant(applicant: Applicant) -> dict[str, str]:
    return {
        "holder_name": applicant.name,
        "holder_code": applicant.id_number,
        "legal_representative": applicant.legal_representative,
        "address": applicant.address,
    }
