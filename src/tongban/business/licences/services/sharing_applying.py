"""
免提交: a licence takes the place of a material, by the consent that the applicant gives with the application.

Source: 国务院令第716号 art. 10 (what is shared online is not asked for again); 个人信息保护法 art. 14.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from tongban.business.licences import permissions, rules
from tongban.business.licences.models import Licence
from tongban.business.licences.permissions import LicenceNotFound
from tongban.business.licences.rules.sharing import APPLICATION_TERM
from tongban.business.licences.selectors.sharing import closed_types
from tongban.business.licences.services.counter import consent_for
from tongban.business.licences.services.sharing import (
    case_of,
    give,
    new_share,
    not_usable,
    require_usable,
)
from tongban.business.licences.values.sharing import NoUse, ShareAuthority
from tongban.foundation import crypto
from tongban.foundation.actors import Actor, system_actor
from tongban.foundation.db import require_transaction

LONGEST_NAME: Final = 120
READER: Final = system_actor("licences.share_with_application")


def share_with_application(
    *,
    case_number: str,
    agreed: Mapping[str, tuple[str, str]],
    actor: Actor,
    at: datetime,
    application_id: UUID | None = None,
) -> None:
    """
    Hand annotated copies over for a case that has just been submitted, in the transaction of its submission.

    :param agreed: material code -> (name of the material, identifier of the licence that takes its place)
    :param actor: the applicant, or who acts for him; in his wallet the licences lie. Or the clerk of a counter
    :param application_id: what the clerk wrote, for which the holder has agreed before him
    :raises LicenceNotFound: one does not lie in his wallet, and its holder has not agreed at the counter
    :raises LicenceNotUsable: one is not the applicant's, or cannot be used any more
    """
    require_transaction()
    if not agreed:
        return
    case = case_of(case_number, READER)
    index = rules.holder_index(case.holder_code)
    consent = consent_for(application_id, index) if application_id else None
    for material_code, (name, identifier) in agreed.items():
        licence = Licence.objects.filter(identifier=identifier).first()
        if licence is None or not permissions.replace_material.allows(actor, licence, consent=consent):
            raise LicenceNotFound
        if not crypto.is_same_index(licence.holder_index, index):
            raise not_usable(NoUse.NOT_OWN)
        if closed_types([licence.type_code]):
            raise not_usable(NoUse.CLOSED)
        require_usable(licence, at=at)
        share = new_share(
            licence,
            case,
            authority=ShareAuthority.CONSENT,
            purpose=f"代替申请材料“{name[:LONGEST_NAME]}”",
            days=APPLICATION_TERM.days,
            actor=actor,
            at=at,
            material_code=material_code,
        )
        give(share, actor=actor, at=at)
    if consent is not None:
        consent.case_number = case.number
        consent.save(update_fields=["case_number"])
