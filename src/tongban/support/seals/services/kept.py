"""
Sealing a file that this node keeps, for whoever has no copy of it at hand: systems, and the open interface.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tongban.foundation.actors import Actor
from tongban.foundation.db import business_transaction
from tongban.support.documents import services as documents
from tongban.support.documents.values import PlacedSeal, Purpose
from tongban.support.seals.services.signing import seal_document
from tongban.support.seals.services.uploading import tray_of
from tongban.support.seals.values import SealPurpose


@dataclass(frozen=True, kw_only=True, slots=True)
class SealedFile:
    """
    A file of this node with a seal on it.
    """

    file_id: uuid.UUID
    digest: str
    """SM3 of the sealed file, hexadecimal."""
    seal_code: str
    method: str
    sealed_at: datetime


@business_transaction
def seal_kept_file(
    *,
    file_id: uuid.UUID,
    purpose: SealPurpose,
    case_number: str,
    actor: Actor,
    at: datetime,
    offering_code: str = "",
    licence_type_code: str = "",
    amount_fen: int = 0,
    places: Sequence[PlacedSeal] = (),
    seal_code: str = "",
) -> SealedFile:
    """
    Put the seal of the actor's agency on a file of this node; the sealed one lies in the tray of the actor.

    :param file_id: a file that the actor may open; what he has brought, for instance
    :raises FileNotFound: there is no such file, or the actor may not open it
    :raises NoSealInUse: as `seal_document`
    :raises SealNotAuthorised: as `seal_document`
    :raises SecondFactorNotFresh: as `seal_document`
    :raises InvalidInput: as `seal_document`
    """
    opened = documents.open_file(file_id=file_id, actor=actor, at=at)
    with opened.content as content:
        document = content.read()
    sealed = seal_document(
        document=document,
        agency_code=actor.agency_code or "",
        purpose=purpose,
        case_number=case_number,
        actor=actor,
        at=at,
        offering_code=offering_code,
        licence_type_code=licence_type_code,
        amount_fen=amount_fen,
        places=places,
        seal_code=seal_code,
    )
    kept = documents.keep_document(
        content=sealed.content,
        name=opened.name,
        media_type=opened.media_type,
        purpose=Purpose.NOTICE,
        owner=tray_of(actor),
        actor=actor,
        at=at,
    )
    return SealedFile(
        file_id=kept.id,
        digest=sealed.digest,
        seal_code=sealed.seal_id,
        method=sealed.method,
        sealed_at=at,
    )
