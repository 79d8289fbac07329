"""
Sealing documents, and telling sealed ones from others.
"""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit
from tongban.foundation.actors import Actor
from tongban.foundation.db import business_transaction
from tongban.support.seals import ports
from tongban.support.seals.models import SealUse
from tongban.support.seals.values import SealedDocument, SealPurpose

audit.entitle({"seals.seal.apply": _("使用电子印章")})


def seal_picture(*, agency_name: str) -> bytes:
    """
    Return the picture of an agency's seal as SVG, for the template of a document.
    """
    return ports.sealer().picture(agency_name=agency_name)


@business_transaction
def seal_document(
    *,
    document: bytes,
    agency_code: str,
    agency_name: str,
    purpose: SealPurpose,
    case_number: str,
    actor: Actor,
    at: datetime,
) -> SealedDocument:
    """
    Put the seal of an agency on a document and write the use into the seal's log.

    The caller has made sure that `actor` may use this seal for this case.

    :param agency_code: 统一社会信用代码 of the agency
    :raises UpstreamError: a seal service outside this node did not answer
    """
    sealed = ports.sealer().seal(
        document,
        agency_code=agency_code,
        agency_name=agency_name,
        purpose=purpose,
        case_number=case_number,
        at=at,
    )
    SealUse.objects.create(
        seal_id=sealed.seal_id,
        agency_code=agency_code,
        agency_name=agency_name,
        purpose=purpose,
        case_number=case_number,
        method=sealed.method,
        digest=sealed.digest,
        proof=sealed.proof,
        is_demonstration=sealed.is_demonstration,
        actor_kind=actor.kind.value,
        actor_id=actor.id,
        sealed_at=at,
    )
    audit.record(
        action="seals.seal.apply",
        actor=actor,
        subject=sealed.seal_id,
        at=at,
        digest=sealed.digest,
        purpose=purpose,
        case_number=case_number,
        method=sealed.method,
    )
    return sealed
