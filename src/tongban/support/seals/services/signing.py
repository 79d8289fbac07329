"""
Putting seals on documents.

The lock of the seal, its authorisation, the signature, the log and the audit trail are one transaction with whatever
the document is made for. Nothing is sealed that is not in the log, and the log tells of nothing that was not sealed.
"""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit, crypto
from tongban.foundation.actors import Actor
from tongban.foundation.canonical import sm3_hex
from tongban.foundation.db import business_transaction, insert_of
from tongban.foundation.errors import InvalidInput
from tongban.support.documents import services as documents
from tongban.support.documents.services import UnsignedOfd
from tongban.support.documents.values import PlacedSeal, SignatureProvider
from tongban.support.seals.models import Seal, SealAuthorisation, SealUse
from tongban.support.seals.rules import pictures
from tongban.support.seals.rules.authorising import Use
from tongban.support.seals.services.authorising import permit_use, usable_seal
from tongban.support.seals.services.borrowing import (
    Borrowed,
    borrowed_seal,
    require_job,
    sign_by_home,
)
from tongban.support.seals.services.keys import sign_digest
from tongban.support.seals.services.picturing import face_of
from tongban.support.seals.values import (
    METHOD_OFD,
    METHOD_PDF,
    USE_PROOF,
    FileKind,
    SealedDocument,
    SealPurpose,
    Signed,
    use_statement,
)

PROVIDER: Final = SignatureProvider(name="TONGBAN", version="1.0", company="")
OFD_START: Final = b"PK"
PDF_START: Final = b"%PDF-"


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """
    One document to be sealed.
    """

    document: bytes | UnsignedOfd
    purpose: SealPurpose
    case_number: str
    at: datetime
    offering_code: str = ""
    licence_type_code: str = ""
    amount_fen: int = 0
    places: Sequence[PlacedSeal] = ()
    batch_item_id: uuid.UUID | None = None

    @property
    def use(self) -> Use:
        """
        What an authorisation is asked for.
        """
        return Use(
            purpose=self.purpose,
            at=self.at,
            offering_code=self.offering_code,
            licence_type_code=self.licence_type_code,
            amount_fen=self.amount_fen,
        )


Sign = Callable[[FileKind, bytes, str], Signed]
"""From kind, digest and path (`services.keys.sign_digest`) to the signature."""
METHODS: Final = {FileKind.OFD: METHOD_OFD, FileKind.PDF: METHOD_PDF}


def seal_picture(*, agency_code: str, at: datetime, seal_code: str = "") -> bytes:
    """
    Return the picture of the seal of an agency that may be used now, SVG, for the template of a document.

    :raises NoSealInUse: the agency has none
    """
    return pictures.seal_picture(face_of(_looked_up(agency_code, at=at, seal_code=seal_code)))


@business_transaction
def _looked_up(agency_code: str, *, at: datetime, seal_code: str) -> Seal:
    borrowed = borrowed_seal(agency_code=agency_code, seal_code=seal_code, at=at)
    return borrowed.seal if borrowed else usable_seal(agency_code=agency_code, at=at, seal_code=seal_code)


@business_transaction
def seal_document(
    *,
    document: bytes | UnsignedOfd,
    agency_code: str,
    purpose: SealPurpose,
    case_number: str,
    actor: Actor,
    at: datetime,
    offering_code: str = "",
    licence_type_code: str = "",
    amount_fen: int = 0,
    places: Sequence[PlacedSeal] = (),
    seal_code: str = "",
) -> SealedDocument:
    """
    Put the seal of an agency on a document, OFD or PDF, and write the use into the seal's log.

    An OFD file gets a signature of GB/T 38540 with SM2; a PDF file one of PAdES with P-256. Earlier signatures stay
    valid. Call it in the transaction that keeps the document. Where the seal is kept by another node and shared with
    this one, that node is asked to sign.

    :param document: a file, or an OFD that was written to be sealed (`documents.services.unsigned_ofd`)
    :param agency_code: 统一社会信用代码 of the agency
    :param case_number: 办件编号 the document belongs to
    :param amount_fen: largest amount in the document, for authorisations that limit it
    :param places: where the picture of the seal stands (`documents.values.SealPlace`), a PDF file has one; none: it is
        not seen
    :param seal_code: which seal of the agency; empty: its own
    :raises NoSealInUse: the agency has no seal that may be used now
    :raises SealNotAuthorised: no authorisation covers this use
    :raises SecondFactorNotFresh: a person seals who has not shown his second factor a moment ago
    :raises InvalidInput: neither OFD nor PDF
    :raises UpstreamError: a signature server or a time-stamp authority outside this node, or the home of a shared seal
        did not answer
    """
    job = Job(
        document=document,
        purpose=purpose,
        case_number=case_number,
        at=at,
        offering_code=offering_code,
        licence_type_code=licence_type_code,
        amount_fen=amount_fen,
        places=places,
    )
    borrowed = borrowed_seal(agency_code=agency_code, seal_code=seal_code, at=at)
    if borrowed is not None:
        return _apply_borrowed(borrowed, job, actor=actor)
    seal = usable_seal(agency_code=agency_code, at=at, seal_code=seal_code)
    given = permit_use(seal, job.use, actor=actor)
    return apply(seal, given, job, actor=actor)


def apply(seal: Seal, given: SealAuthorisation, job: Job, *, actor: Actor) -> SealedDocument:
    """
    Seal a document with a seal that is held and an authorisation that covers it; for this app's own services.
    """
    sign = partial(sign_digest, seal, at=job.at)
    return _sealed(seal, job, sign, authorisation_id=given.id, actor=actor)


def _apply_borrowed(borrowed: Borrowed, job: Job, *, actor: Actor) -> SealedDocument:
    require_job(borrowed, actor=actor)
    sign = partial(sign_by_home, borrowed=borrowed, use=job.use, case_number=job.case_number)
    return _sealed(borrowed.seal, job, sign, actor=actor, home_node=borrowed.home.code)


def _sealed(
    seal: Seal,
    job: Job,
    sign: Sign,
    *,
    actor: Actor,
    authorisation_id: uuid.UUID | None = None,
    home_node: str = "",
) -> SealedDocument:
    kind = kind_of(job.document)
    content, signed = _BY_KIND[kind](seal, job, sign)
    digest = sm3_hex(content)
    use = note_use(
        seal,
        job,
        signed,
        kind=kind,
        digest=digest,
        authorisation_id=authorisation_id,
        actor=actor,
        home_node=home_node,
    )
    return SealedDocument(
        content=content,
        digest=digest,
        seal_id=seal.code,
        method=use.method,
        proof=bytes(use.proof),
        is_demonstration=seal.is_demonstration,
        sealed_at=job.at,
    )


def note_use(
    seal: Seal,
    job: Job,
    signed: Signed,
    *,
    kind: FileKind,
    digest: str,
    actor: Actor,
    authorisation_id: uuid.UUID | None = None,
    for_node: str = "",
    home_node: str = "",
) -> SealUse:
    """
    Write down that a seal was used, in its log and in the audit trail; for this app's own services.

    :param digest: SM3 of the sealed file; for another node: what it had signed; hexadecimal
    :param authorisation_id: None: the home of the seal has asked for it
    :param for_node: code of the node that has used a seal of this one
    :param home_node: code of the home of a seal that this node has used; empty: its own
    """
    proof = crypto.mac(
        USE_PROOF, use_statement(seal_id=seal.code, digest=digest, case_number=job.case_number)
    )
    use = SealUse(
        seal_id=seal.code,
        seal_version=seal.version,
        agency_code=seal.agency_code,
        agency_name=seal.agency_name,
        purpose=job.purpose,
        case_number=job.case_number,
        offering_code=job.offering_code,
        method=METHODS[kind],
        digest=digest,
        proof=proof,
        value_digest=sm3_hex(signed.value),
        certificate_serial=signed.certificate_serial,
        is_demonstration=seal.is_demonstration,
        authorisation_id=authorisation_id,
        batch_item_id=job.batch_item_id,
        actor_kind=actor.kind.value,
        actor_id=actor.id,
        sealed_at=job.at,
        for_node=for_node,
        home_node=home_node,
    )
    audit.record(
        action="seals.seal.apply",
        together_with=insert_of(use),
        actor=actor,
        subject=seal.code,
        at=job.at,
        digest=digest,
        purpose=job.purpose.value,
        case_number=job.case_number,
        method=use.method,
        version=seal.version,
        authorisation_id=str(authorisation_id or ""),
        home_node=home_node,
        for_node=for_node,
    )
    return use


def kind_of(document: bytes | UnsignedOfd) -> FileKind:
    """
    Return what kind of file it is, by its first bytes.

    :raises InvalidInput: neither OFD nor PDF
    """
    if isinstance(document, UnsignedOfd):
        return FileKind.OFD
    if document.startswith(PDF_START):
        return FileKind.PDF
    if document.startswith(OFD_START):
        return FileKind.OFD
    raise InvalidInput(fields={"document": _("只能在 OFD 或 PDF 文件上签章")})


def _seal_ofd(seal: Seal, job: Job, sign: Sign) -> tuple[bytes, Signed]:
    """
    Sign an OFD file: GB/T 33190 clause 18.
    """
    made: list[Signed] = []

    def value(digest: bytes, path: str) -> bytes:
        made.append(sign(FileKind.OFD, digest, path))
        return made[-1].content

    sealed = documents.with_signature(
        job.document,
        provider=PROVIDER,
        at=job.at,
        stamps=job.places,
        seal=bytes(seal.content or b""),
        value=value,
    )
    return sealed, made[-1]


def _seal_pdf(seal: Seal, job: Job, sign: Sign) -> tuple[bytes, Signed]:
    from tongban.support.seals.services.pdf import sign_pdf  # noqa: PLC0415 -- pyHanko takes a quarter of a second

    assert isinstance(job.document, bytes)  # noqa: S101 -- `kind_of` has seen that it is a PDF
    return sign_pdf(
        job.document,
        sign=lambda digest: sign(FileKind.PDF, digest, ""),
        picture=bytes(seal.picture or b""),
        place=job.places[0] if job.places else None,
        name=seal.name,
        reason=job.case_number,
        at=job.at,
    )


_BY_KIND: Final[dict[FileKind, Callable[[Seal, Job, Sign], tuple[bytes, Signed]]]] = {
    FileKind.OFD: _seal_ofd,
    FileKind.PDF: _seal_pdf,
}
