"""
核验: what is true of a file that somebody holds, whoever made it: OFD, PDF, a seal, a signature, a certificate.

Bad input is answered, not refused: nothing that is in a file makes this raise.
"""

import re
from dataclasses import replace
from datetime import datetime
from typing import Final

from django.utils.translation import gettext_lazy as _

from tongban.foundation.crypto import certificates
from tongban.foundation.crypto.certificates import NotACertificate
from tongban.support.documents import services as documents
from tongban.support.documents.values import (
    FoundSignature,
    OfdReport,
    ReferenceState,
    SignatureKind,
)
from tongban.support.seals.rules.structures import (
    NotASeal,
    SignatureStructure,
    read_seal,
    read_signature,
)
from tongban.support.seals.services.checking import (
    asked_of,
    certificate_answer,
    check_plain,
    check_seal,
    check_signature,
    digests_of,
    name_of,
)
from tongban.support.seals.services.homes import Heard, remarks_of, standings_of
from tongban.support.seals.services.reading import MISLEADING, Read, asked_about, read_signatures
from tongban.support.seals.services.verifying_pdf import verify_pdf
from tongban.support.seals.values import (
    Certificate,
    CheckedKind,
    FileVerdict,
    FileVerdictKind,
    Integrity,
    Mathematics,
    SealTold,
    SignatureVerdict,
    Standing,
    TimeSource,
    Validity,
    overall,
)

LARGEST_BYTES: Final = 50 * 1024 * 1024
PEM: Final = re.compile(rb"\s*-----BEGIN [A-Z ]*CERTIFICATE-----")
DER_SEQUENCE: Final = b"\x30"
PDF_WITHIN: Final = 1_024
"""Readers find the head of a PDF within so many bytes (ISO 32000-1, annex H)."""


def verify_file(*, content: bytes, name: str, at: datetime) -> FileVerdict:
    """
    Return what is true of a file.

    :param name: as it came with the file; shown, never opened
    :param at: now
    """
    if len(content) > LARGEST_BYTES:
        return _unreadable(name, CheckedKind.UNKNOWN, _("文件过大，无法核验"))
    if content.startswith(b"PK"):
        return _verify_ofd(content, name=name, at=at)
    if b"%PDF-" in content[:PDF_WITHIN]:
        return verify_pdf(content, name=name, at=at)
    if PEM.match(content) is not None:
        return _verify_certificate(content, name=name, at=at)
    if content.startswith(DER_SEQUENCE):
        return _verify_der(content, name=name, at=at)
    return _unreadable(name, CheckedKind.UNKNOWN, _("不是 OFD、PDF、电子印章或数字证书文件"))


def _unreadable(name: str, kind: CheckedKind, why: object) -> FileVerdict:
    return FileVerdict(file=name, kind=kind, verdict=FileVerdictKind.UNREADABLE, remarks=(str(why),))


def _verify_ofd(content: bytes, *, name: str, at: datetime) -> FileVerdict:
    try:
        report = documents.read_ofd(content)
    except documents.OfdUnreadable as error:
        return _unreadable(name, CheckedKind.OFD, error)
    if report.facts.unreadable is not None and not report.signatures:
        return _unreadable(name, CheckedKind.OFD, _("文件的页面无法读取，也没有签章"))
    read = read_signatures(report.signatures)
    heard = standings_of((asked_about(made) for made in read if made is not None), at=at)
    signatures = tuple(
        _of_ofd(found, made, heard, at=at) for found, made in zip(report.signatures, read, strict=True)
    )
    return FileVerdict(
        file=name,
        kind=CheckedKind.OFD,
        verdict=overall(signatures),
        signatures=signatures,
        uncovered=_uncovered(report, signatures),
        remarks=remarks_of(heard),
    )


def _uncovered(report: OfdReport, signatures: tuple[SignatureVerdict, ...]) -> tuple[str, ...]:
    """
    Return what no signature protects: a signature that is itself not right protects nothing.
    """
    if not signatures:
        return ()
    covered, claimed = set[str](), set[str]()
    for found, told in zip(report.signatures, signatures, strict=True):
        (claimed if told.verdict is FileVerdictKind.INVALID else covered).update(found.covered)
    return tuple(sorted({*report.coverage.uncovered, *(claimed - covered)}))


def _of_ofd(found: FoundSignature, made: Read, heard: Heard, *, at: datetime) -> SignatureVerdict:
    is_misleading = not MISLEADING.isdisjoint(found.problems)
    if is_misleading or (made is None and found.kind is SignatureKind.SEAL):
        return _not_checked(found)
    integrity, changed_by = _integrity(found)
    told = SealTold() if made is None else heard.of(asked_about(made))
    if not isinstance(made, SignatureStructure):
        plain = check_plain(found, integrity=integrity, read=made, told=told, at=at)
        return replace(plain, changed_by=changed_by)
    return check_signature(
        made,
        id=found.id,
        integrity=integrity,
        digests=digests_of(found.signature_xml),
        property_info=found.path,
        standing=told.standing,
        at=at,
        changed_by=changed_by,
    )


def _integrity(found: FoundSignature) -> tuple[Integrity, str]:
    states = {reference.state for reference in found.references}
    differing = [
        reference
        for reference in found.references
        if reference.state in (ReferenceState.CHANGED, ReferenceState.MISSING)
    ]
    if differing:
        by = [reference.changed_by for reference in differing]
        is_later = all(by)
        return (Integrity.CHANGED_LATER, str(by[0])) if is_later else (Integrity.CHANGED, "")
    if ReferenceState.WEAK in states:
        return Integrity.WEAK, ""
    return (Integrity.INTACT if states == {ReferenceState.SAME} else Integrity.UNCHECKED), ""


def _not_checked(found: FoundSignature) -> SignatureVerdict:
    return SignatureVerdict(
        id=found.id,
        integrity=_integrity(found)[0],
        signature=Mathematics.MISSING,
        certificate=Certificate.INVALID,
        validity=Validity.UNKNOWN,
        seal_state=Standing.UNKNOWN,
        time=TimeSource.MISSING,
        signed_at=None,
        signer="",
        seal_name="",
    )


def _verify_der(content: bytes, *, name: str, at: datetime) -> FileVerdict:
    try:
        # A signature carries a seal, so it is asked first: a seal never reads as a signature.
        signature = read_signature(content)
    except NotASeal:
        return _verify_seal(content, name=name, at=at)
    asked = asked_of(signature.seal, signature.raw)
    heard = standings_of([asked], at=at)
    # Without the file that was signed nobody can say whether it is as it was.
    verdict = check_signature(
        signature,
        id="signature",
        integrity=Integrity.INTACT,
        digests=(signature.data_digest,),
        property_info="",
        standing=heard.of(asked).standing,
        at=at,
    )
    return FileVerdict(
        file=name,
        kind=CheckedKind.SIGNATURE,
        verdict=verdict.verdict,
        signatures=(verdict,),
        remarks=(str(_("这里只有签章数据，没有被签章的文件，无法核对文件内容")), *remarks_of(heard)),
    )


def _verify_seal(content: bytes, *, name: str, at: datetime) -> FileVerdict:
    try:
        seal = read_seal(content)
    except NotASeal:
        return _verify_certificate(content, name=name, at=at)
    heard = standings_of([asked_of(seal)], at=at)
    verdict = check_seal(seal, standing=heard.of(asked_of(seal)).standing, at=at)
    return FileVerdict(
        file=name,
        kind=CheckedKind.SEAL,
        verdict=verdict.verdict,
        signatures=(verdict,),
        remarks=remarks_of(heard),
    )


def _verify_certificate(content: bytes, *, name: str, at: datetime) -> FileVerdict:
    try:
        certificate = certificates.read_certificate(content)
    except NotACertificate:
        return _unreadable(name, CheckedKind.UNKNOWN, _("不是可以识别的电子印章或数字证书"))
    answer = certificate_answer(certificate.der, at=at)
    verdict = SignatureVerdict(
        id="certificate",
        integrity=Integrity.INTACT,
        signature=Mathematics.INVALID if answer is Certificate.INVALID else Mathematics.VALID,
        certificate=answer,
        validity=Validity.NONE,
        seal_state=Standing.UNKNOWN,
        time=TimeSource.STATED,
        signed_at=certificate.not_before,
        signer=certificate.issuer.common_name,
        seal_name=name_of(certificate.der),
    )
    return FileVerdict(
        file=name, kind=CheckedKind.CERTIFICATE, verdict=verdict.verdict, signatures=(verdict,)
    )
