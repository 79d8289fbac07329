"""
A case, as far as sharing a licence for it has to know it.
"""

import msgspec
from django.db import connection

from tongban.business.casework import permissions
from tongban.business.casework.permissions import CasePlace
from tongban.business.casework.rules.sealing import open_key, unseal_applicant
from tongban.business.casework.values import UNDER_WAY, CaseStatus, Terms
from tongban.business.licences.values.sharing import CaseInHand
from tongban.foundation.actors import Actor

CASE = """
SELECT agency_code, division_code, applicant_id::text, offering_code, status, terms::text, applicant_sealed,
       (SELECT key FROM casework_casekey WHERE case_number = number)
FROM casework_case WHERE number = %s
"""


def case_in_hand(number: str, actor: Actor) -> CaseInHand | None:
    """
    Return a case to who may read it in clear, and to the node itself; None to all others. One query.
    """
    with connection.cursor() as cursor:
        cursor.execute(CASE, [number])
        row = cursor.fetchone()
    if row is None:
        return None
    place, status, terms = CasePlace(*row[:4]), CaseStatus(row[4]), msgspec.json.decode(row[5], type=Terms)
    if not (actor.is_system or (not actor.is_person and permissions.reveal_case.allows(actor, place))):
        return None
    return CaseInHand(
        number=number,
        agency_code=place.agency_code,
        agency_name=terms.agency_name,
        division_code=place.division_code,
        offering_code=place.offering_code,
        service_name=terms.service_name,
        service_name_en=terms.service_name_en or "",
        holder_code=unseal_applicant(row[6], number, open_key(row[7])).id_number,
        is_open=status in UNDER_WAY,
    )
