"""
Judging the signatures in a PDF file: the sandbox finds and computes them, this node judges certificates and seals.
"""

from datetime import datetime
from typing import Final

from tongban.foundation.crypto.certificates import NotACertificate, read_certificate
from tongban.foundation.crypto.foreign import WEAK_OIDS, Proof
from tongban.support.documents.services.pdf_reading import PdfUnreadable, read_pdf_signatures
from tongban.support.documents.values.pdf import FoundPdfSignature, PdfChange
from tongban.support.seals.services.checking import (
    asked_without_seal,
    certificate_answer,
    name_of,
    stamped_time,
)
from tongban.support.seals.services.homes import remarks_of, standings_of
from tongban.support.seals.values import (
    CheckedKind,
    FileVerdict,
    FileVerdictKind,
    Integrity,
    Mathematics,
    SealTold,
    SignatureVerdict,
    TimeSource,
    Validity,
    overall,
)

TAIL: Final = "*"


def verify_pdf(content: bytes, *, name: str, at: datetime) -> FileVerdict:
    """
    Return what is true of a PDF file; it never raises for what is in it.

    :param at: now
    """
    try:
        found = read_pdf_signatures(content)
    except PdfUnreadable as error:
        return FileVerdict(
            file=name, kind=CheckedKind.PDF, verdict=FileVerdictKind.UNREADABLE, remarks=(str(error),)
        )
    asked = [asked_without_seal(one.value, one.certificate) for one in found.signatures]
    heard = standings_of(asked, at=at)
    after = [*(one.id for one in found.signatures[1:]), None]
    signatures = tuple(
        _verdict(one, heard.of(question), later=later, at=at)
        for one, question, later in zip(found.signatures, asked, after, strict=False)
    )
    is_tail = bool(signatures) and not found.signatures[-1].is_whole_file
    return FileVerdict(
        file=name,
        kind=CheckedKind.PDF,
        verdict=overall(signatures) if found.are_all else FileVerdictKind.INVALID,
        signatures=signatures,
        uncovered=(TAIL,) if is_tail else (),
        remarks=remarks_of(heard),
    )


def _verdict(
    found: FoundPdfSignature, told: SealTold, *, later: str | None, at: datetime
) -> SignatureVerdict:
    """
    Return what is true of one signature.

    :param later: the signature that came after it; None: it is the last
    """
    is_weak = _is_weak(found)
    integrity = _integrity(found, is_last=later is None, is_weak=is_weak)
    time, signed_at = _time(found)
    return SignatureVerdict(
        id=found.id,
        integrity=integrity,
        signature=Mathematics.WEAK if is_weak else _mathematics(found),
        certificate=certificate_answer(found.certificate, at=signed_at or at, extra=found.others),
        validity=_validity(told, signed_at),
        seal_state=told.standing,
        time=time,
        signed_at=signed_at,
        signer=name_of(found.certificate),
        seal_name=told.seal_name,
        seal_code=told.seal_code,
        changed_by=(later or "") if integrity is Integrity.CHANGED_LATER else "",
    )


def _validity(told: SealTold, at: datetime | None) -> Validity:
    if told.valid_from is None or told.valid_until is None:
        return Validity.NONE
    if at is None:
        return Validity.UNKNOWN
    if at < told.valid_from:
        return Validity.NOT_YET
    return Validity.EXPIRED if at > told.valid_until else Validity.VALID


def _is_weak(found: FoundPdfSignature) -> bool:
    try:
        is_short_key = read_certificate(found.certificate).strength is Proof.WEAK
    except NotACertificate:
        is_short_key = False
    return is_short_key or not WEAK_OIDS.isdisjoint(found.algorithms)


def _integrity(found: FoundPdfSignature, *, is_last: bool, is_weak: bool) -> Integrity:
    if is_weak:
        return Integrity.WEAK
    if not found.is_supported:
        return Integrity.UNCHECKED
    if not found.is_intact:
        return Integrity.CHANGED
    if found.change is PdfChange.NONE or (found.change is PdfChange.FILLED and not is_last):
        return Integrity.INTACT
    return Integrity.CHANGED if is_last else Integrity.CHANGED_LATER


def _mathematics(found: FoundPdfSignature) -> Mathematics:
    if not found.is_supported:
        return Mathematics.UNSUPPORTED
    # A digest that differs leaves the signature itself as it was: the file was changed, not the signature.
    return Mathematics.VALID if found.is_right else Mathematics.INVALID


def _time(found: FoundPdfSignature) -> tuple[TimeSource, datetime | None]:
    stated = found.stated_at
    if found.timestamp is None:
        return (TimeSource.STATED if stated else TimeSource.MISSING), stated
    return stamped_time(found.timestamp, found.value, stated=stated)
