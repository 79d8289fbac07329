"""
What an agency gets of a shared licence: an annotated copy (加注件), never the original.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from tongban.business.licences.models import LicenceShare
from tongban.business.licences.selectors.holding import thing_of
from tongban.business.licences.services.annotating import annotated_layout, annotation_of
from tongban.business.licences.services.composing import for_people
from tongban.business.licences.services.rendering import ISSUER_SEAL
from tongban.business.licences.services.using import note_use
from tongban.business.licences.values import TrustGrade
from tongban.business.licences.values.sharing import UseKind
from tongban.foundation import looks
from tongban.foundation.actors import Actor, system_actor
from tongban.foundation.canonical import sm3_hex
from tongban.foundation.disclosure import Purpose as DisclosurePurpose
from tongban.foundation.disclosure import Reason
from tongban.foundation.looks import LookAct
from tongban.support.documents import services as documents
from tongban.support.documents.values import Owner, Purpose, SealPlace
from tongban.support.seals import services as seals
from tongban.support.seals.values import SealPurpose

OWNER_KIND: Final = "licences.share"
MAKER: Final = system_actor("licences.share_licence")


def hand_over(share: LicenceShare, *, actor: Actor, at: datetime) -> None:
    """
    Make the annotated copy of a share, OFD and PDF, and write down that the agency got it.

    Of grade A the issuer's seal stands on the copy as on the original; of grade B the counter's words stand there.

    :param actor: whose answer hands it over
    :raises NoSealInUse: the issuer has no seal that may be used now
    :raises SealNotAuthorised: its seal is not authorised for licences of this type
    :raises NotPrintable: no installed font has a character of the copy
    """
    licence = share.licence
    annotation = annotation_of(
        licence,
        valid_until=share.last_day,
        maker=share.agency_name,
        at=at,
        purpose=f"{share.service_name}（{share.case_number}）",
    )
    layout = annotated_layout(licence, annotation, at=at)
    original = _sealed(share, documents.write_ofd(layout), layout.seal_places, at=at)
    copy = _sealed(share, documents.write_pdf(for_people(layout)), layout.seal_places, at=at)
    share.original_id, share.original_digest = _kept(share, original, "ofd", at=at), sm3_hex(original)
    share.copy_id = _kept(share, copy, "pdf", at=at)
    note_use(licence, UseKind.GIVEN, actor=actor, at=at, share=share)
    looks.record(
        principal_id=licence.person_id,
        act=LookAct.HANDED_OVER,
        thing=thing_of(licence),
        actor=MAKER,
        at=at,
        reason=reason_of(share),
        agency_code=share.agency_code,
    )


def reason_of(share: LicenceShare) -> Reason:
    """
    Return what a share is used for, as the ledger of looks says it.
    """
    return Reason(purpose=DisclosurePurpose.OTHER, words=f"{share.purpose}（{share.case_number}）")


def _sealed(share: LicenceShare, document: bytes, places: Sequence[SealPlace], *, at: datetime) -> bytes:
    licence = share.licence
    if TrustGrade(licence.grade) is not TrustGrade.A:
        return document
    return seals.seal_document(
        document=document,
        agency_code=licence.issuer_code,
        purpose=SealPurpose.LICENCE,
        licence_type_code=licence.type_code,
        case_number=share.case_number,
        places=[place for place in places if place.name == ISSUER_SEAL],
        actor=MAKER,
        at=at,
    ).content


def _kept(share: LicenceShare, content: bytes, ending: str, *, at: datetime) -> UUID:
    licence = share.licence
    return documents.keep_document(
        content=content,
        name=f"{licence.type_name}_{licence.number}_加注件.{ending}",
        media_type=f"application/{ending}",
        purpose=Purpose.LICENCE,
        owner=Owner(kind=OWNER_KIND, key=str(share.id)),
        actor=MAKER,
        at=at,
    ).id
