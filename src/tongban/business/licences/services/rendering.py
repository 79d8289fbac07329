"""
Making the documents of a licence, OFD and a PDF copy: the sealed original, or the annotated copy of what a counter saw.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import msgspec
from django.utils.translation import gettext_lazy as _

from tongban.business.licences import rules
from tongban.business.licences.events import LICENCE_RENDERED
from tongban.business.licences.models import Licence
from tongban.business.licences.permissions import LicenceNotFound
from tongban.business.licences.selectors.holding import thing_of
from tongban.business.licences.services.annotating import annotated_layout, annotation_of
from tongban.business.licences.services.composing import for_people, laid_out
from tongban.business.licences.services.recording import record
from tongban.business.licences.values import LicenceEventKind, TrustGrade
from tongban.foundation import jobs, looks
from tongban.foundation.actors import Actor, system_actor
from tongban.foundation.canonical import sm3_hex
from tongban.foundation.db import business_transaction
from tongban.foundation.disclosure import Purpose as DisclosurePurpose
from tongban.foundation.disclosure import Reason
from tongban.foundation.errors import ServiceError
from tongban.foundation.events import Announced
from tongban.foundation.looks import LookAct
from tongban.support.documents import services as documents
from tongban.support.documents.values import Layout, Owner, Purpose, SealPlace
from tongban.support.seals import services as seals
from tongban.support.seals.events import SealFact
from tongban.support.seals.values import SealPurpose

ISSUER_SEAL: Final = "issuer"
"""Name of the place on a face where the issuer's seal stands."""
QUEUE_AGAIN_AFTER: Final = timedelta(hours=1)
QUEUE_AT_ONCE: Final = 1_000
OWNER_KIND: Final = "licences.licence"


@dataclass(frozen=True, kw_only=True, slots=True)
class Form:
    """
    What kind of file a licence is kept as.
    """

    media_type: str
    name_of: Callable[[Licence], str]


# GB/T 36905: the file of a licence is called by its identifier.
OFD: Final = Form(media_type="application/ofd", name_of=lambda licence: f"{licence.identifier}.ofd")
PDF: Final = Form(
    media_type="application/pdf", name_of=lambda licence: f"{licence.type_name}_{licence.number}.pdf"
)


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
    Make, seal and keep the document of a licence, OFD, and its PDF copy; once, however often this is called.

    Both are written, sealed, logged and kept in one transaction: a licence has both with their seals, or neither. Of
    grade B it is the annotated copy, with the words of the counter and no seal; grades C and D have no document of
    anybody's but what their holder brought.

    :raises LicenceNotFound: no licence has this id
    :raises NameNotPrintable: no installed font has a character of the face
    :raises FontsMissing: the machine has no Chinese fonts
    :raises NoSealInUse: the issuer has no seal that may be used now
    :raises SealNotAuthorised: its seal is not authorised for licences of this type
    """
    licence = Licence.objects.locked().filter(id=licence_id).first()
    if licence is None:
        raise LicenceNotFound
    if not lacks_document(licence):
        return
    actor = system_actor("licences.render_licence")
    made = _written(licence, at=at)
    is_sealed = TrustGrade(licence.grade) is TrustGrade.A
    files = _sealed(licence, made, actor=actor, at=at) if is_sealed else (made.original.content(), made.copy)
    licence.original_id, licence.original_digest = _kept(licence, files[0], OFD, actor=actor, at=at)
    licence.file_id, licence.file_digest = _kept(licence, files[1], PDF, actor=actor, at=at)
    licence.save(update_fields=["original_id", "original_digest", "file_id", "file_digest"])
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


def lacks_document(licence: Licence) -> bool:
    """
    Tell whether the document of a licence is still to be made; what one of before has is a scan, if anything.
    """
    has_one = licence.original_id is not None or (licence.file_id is not None and licence.case_number != "")
    return not has_one and TrustGrade(licence.grade) in {TrustGrade.A, TrustGrade.B}


def queue_document(licence_id: uuid.UUID) -> None:
    """
    Let the document of a licence be made by its job.
    """
    jobs.defer("licences.render_licence", once=f"licences.render:{licence_id}", licence_id=str(licence_id))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Written:
    """
    The files of a licence, before they are sealed.
    """

    original: documents.UnsignedOfd
    copy: bytes
    places: tuple[SealPlace, ...]


def _written(licence: Licence, *, at: datetime) -> _Written:
    """
    Return both files before any seal is held: writing takes longer than signing.
    """
    try:
        layout = _layout(licence, at=at)
        return _Written(
            original=documents.unsigned_ofd(layout),
            copy=documents.write_pdf(for_people(layout)),
            places=layout.seal_places,
        )
    except documents.NotPrintable as error:
        raise NameNotPrintable(characters=error.facts["characters"]) from error


def _layout(licence: Licence, *, at: datetime) -> Layout:
    if TrustGrade(licence.grade) is TrustGrade.A:
        return laid_out(licence)
    last = rules.last_valid_date(licence.valid_until)
    maker = licence.compared_agency
    return annotated_layout(licence, annotation_of(licence, valid_until=last, maker=maker, at=at), at=at)


def _sealed(licence: Licence, made: _Written, *, actor: Actor, at: datetime) -> tuple[bytes, bytes]:
    def sealed(document: bytes | documents.UnsignedOfd) -> bytes:
        return seals.seal_document(
            document=document,
            agency_code=licence.issuer_code,
            purpose=SealPurpose.LICENCE,
            licence_type_code=licence.type_code,
            case_number=licence.case_number,
            places=[place for place in made.places if place.name == ISSUER_SEAL],
            actor=actor,
            at=at,
        ).content

    return sealed(made.original), sealed(made.copy)


def _kept(
    licence: Licence, content: bytes, form: Form, *, actor: Actor, at: datetime
) -> tuple[uuid.UUID, str]:
    file = documents.keep_document(
        content=content,
        name=form.name_of(licence),
        media_type=form.media_type,
        purpose=Purpose.LICENCE,
        owner=Owner(kind=OWNER_KIND, key=str(licence.id)),
        actor=actor,
        at=at,
    )
    return file.id, sm3_hex(content)


def on_seal_in_use(fact: Announced) -> None:
    """
    React to a seal that may be used now: make the documents of its agency's licences that could not be sealed.

    A job that waits for its next attempt is not waited for; the one that comes second finds the document made.
    """
    seal = msgspec.convert(fact.payload, SealFact)
    waiting = Licence.objects.current().filter(issuer_code=seal.agency_code, file_id__isnull=True)
    ids = waiting.exclude(case_number="").order_by("issued_at").values_list("id", flat=True)
    for licence_id in ids[:QUEUE_AT_ONCE]:
        jobs.defer("licences.render_licence", licence_id=str(licence_id))


@business_transaction
def queue_missing_documents(*, at: datetime) -> int:
    """
    Queue the documents of current licences that still have none an hour after their issue; return how many.

    A job gives up in the end: the font came a week later, the disk was full all night. The licence does not.
    """
    waiting = Licence.objects.current().filter(file_id__isnull=True, issued_at__lt=at - QUEUE_AGAIN_AFTER)
    # What was taken in from files is older than all else, and would keep what was decided here waiting for ever.
    waiting = waiting.exclude(case_number="")
    licence_ids = list(waiting.order_by("issued_at").values_list("id", flat=True)[:QUEUE_AT_ONCE])
    for licence_id in licence_ids:
        queue_document(licence_id)
    return len(licence_ids)
