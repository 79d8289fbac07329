"""
Making the document of a licence: face, QR code, seal.
"""

import uuid
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from tongban.business.licences import rules
from tongban.business.licences.events import LICENCE_RENDERED
from tongban.business.licences.models import Licence
from tongban.business.licences.permissions import LicenceNotFound
from tongban.business.licences.selectors.holding import thing_of
from tongban.business.licences.selectors.verification import verification_url
from tongban.business.licences.services.recording import record
from tongban.business.licences.values import HolderKind, LicenceEventKind
from tongban.foundation import jobs, looks
from tongban.foundation.actors import system_actor
from tongban.foundation.clock import civil_date
from tongban.foundation.codes.masking import mask_id
from tongban.foundation.db import business_transaction
from tongban.foundation.disclosure import Purpose as DisclosurePurpose
from tongban.foundation.disclosure import Reason
from tongban.foundation.errors import ServiceError
from tongban.foundation.looks import LookAct
from tongban.support.documents import services as documents
from tongban.support.documents.values import Owner, Purpose, RenderedDocument
from tongban.support.seals import services as seals
from tongban.support.seals.values import SealPurpose

TEMPLATES: Final = Path(__file__).parents[1] / "templates" / "licences"
QUEUE_AGAIN_AFTER: Final = timedelta(hours=1)
QUEUE_AT_ONCE: Final = 1_000
OWNER_KIND: Final = "licences.licence"


class NameNotPrintable(ServiceError):
    """
    A character on the face has no glyph in any installed font; a licence must not misspell a name.
    """

    code = "name_not_printable"
    status = 503
    message = _("证照含有系统字库暂缺的字：%(characters)s，请管理员安装含该字的字体后重试")


@business_transaction
def render_licence(*, licence_id: uuid.UUID, at: datetime) -> None:
    """
    Make, seal and keep the document of a licence, once, however often this is called.

    :raises LicenceNotFound: no licence has this id
    :raises NameNotPrintable: no installed font has a character of the face
    :raises FontsMissing: the machine has no Chinese fonts
    """
    licence = Licence.objects.locked().filter(id=licence_id).first()
    if licence is None:
        raise LicenceNotFound
    if licence.file_id is not None:
        return
    actor = system_actor("licences.render_licence")
    document = _document(licence)
    sealed = seals.seal_document(
        document=document.content,
        agency_code=rules.issuer_segment(
            issuer_code=licence.issuer_code, division_code=licence.division_code
        ),
        agency_name=licence.issuer_name,
        purpose=SealPurpose.LICENCE,
        case_number=licence.case_number,
        actor=actor,
        at=at,
    )
    file = documents.keep_document(
        content=sealed.content,
        name=f"{licence.type_name}_{licence.number}.pdf",
        media_type=document.media_type,
        purpose=Purpose.LICENCE,
        owner=Owner(kind=OWNER_KIND, key=str(licence.id)),
        actor=actor,
        at=at,
    )
    licence.file_id, licence.file_digest = file.id, sealed.digest
    licence.save(update_fields=["file_id", "file_digest"])
    looks.record(
        principal_id=licence.person_id,
        act=LookAct.USED,
        thing=thing_of(licence),
        actor=actor,
        at=at,
        reason=Reason(purpose=DisclosurePurpose.DECISION),
        agency_code=licence.issuer_code,
    )
    record(licence, LicenceEventKind.RENDERED, topic=LICENCE_RENDERED, actor=actor, at=at)


@business_transaction
def queue_missing_documents(*, at: datetime) -> int:
    """
    Queue the documents of current licences that still have none an hour after their issue; return how many.

    A job gives up in the end: the font came a week later, the disk was full all night. The licence does not.
    """
    waiting = Licence.objects.current().filter(file_id__isnull=True, issued_at__lt=at - QUEUE_AGAIN_AFTER)
    licence_ids = list(waiting.order_by("issued_at").values_list("id", flat=True)[:QUEUE_AT_ONCE])
    for licence_id in licence_ids:
        jobs.defer(
            "licences.render_licence", once=f"licences.render:{licence_id}", licence_id=str(licence_id)
        )
    return len(licence_ids)


def _document(licence: Licence) -> RenderedDocument:
    inputs = {
        "seal": seals.seal_picture(agency_name=licence.issuer_name).decode(),
        "qr": documents.qr_picture(verification_url(licence.token)).decode(),
    }
    content, missing = documents.typesetter(TEMPLATES).pdf(
        "licence", _face(licence), inputs=inputs, at=licence.issued_at
    )
    if missing:
        raise NameNotPrintable(characters=missing)
    return documents.rendered(content, missing=missing)


def _face(licence: Licence) -> dict[str, Any]:
    last = rules.last_valid_date(licence.valid_until)
    return {
        "title": licence.type_name,
        "title_en": licence.type_name_en,
        "number": licence.number,
        "identifier": licence.identifier,
        "issuer_name": licence.issuer_name,
        "issued_date": civil_date(licence.issued_at).isoformat(),
        "valid_from": licence.valid_from.isoformat(),
        "last_valid_date": last.isoformat() if last else "",
        "lines": [
            {"label": line["label"], "value": _shown(line, licence.holder_kind)} for line in licence.face
        ],
    }


def _shown(line: dict[str, Any], holder_kind: str) -> str:
    # A licence is shown around; an identity number on it is not needed to check it.
    if line["key"] == "holder_code" and holder_kind == HolderKind.PERSON:
        return mask_id(line["value"])
    return str(line["value"])
