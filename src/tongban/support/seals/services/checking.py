"""
Checking one signature of GB/T 38540, or one seal, in the order of the standard; every answer apart.

Nothing here raises for bad input: what cannot be read or checked is an answer too.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from tongban.foundation import crypto
from tongban.foundation.canonical import sm3_hex
from tongban.foundation.clock import CHINA
from tongban.foundation.crypto import algorithms, asn1, certificates, foreign, timestamps
from tongban.foundation.crypto.algorithms import Algorithm
from tongban.foundation.crypto.certificates import NotACertificate
from tongban.foundation.crypto.chains import ChainFault
from tongban.foundation.crypto.foreign import Proof
from tongban.foundation.crypto.signed_data import SignedData
from tongban.foundation.crypto.timestamps import NotATimestamp
from tongban.foundation.rules import implements
from tongban.support.documents.values import FoundSignature
from tongban.support.seals.rules.structures import (
    SM2_WITH_SM3,
    SealStructure,
    SignatureStructure,
)
from tongban.support.seals.values import (
    Certificate,
    Integrity,
    Mathematics,
    SealAsked,
    SealTold,
    SignatureVerdict,
    Standing,
    TimeSource,
    Validity,
)
from tongban.support.trust import selectors as trust

FAULTS: Final = {
    ChainFault.REVOKED: Certificate.REVOKED,
    ChainFault.BAD_SIGNATURE: Certificate.INVALID,
    ChainFault.NOT_REGISTERED: Certificate.INVALID,
    ChainFault.WEAK_ALGORITHM: Certificate.WEAK,
    ChainFault.EXPIRED: Certificate.EXPIRED,
    ChainFault.NOT_YET_VALID: Certificate.NOT_YET,
    ChainFault.WRONG_USAGE: Certificate.WRONG_USE,
    ChainFault.NOT_AN_AUTHORITY: Certificate.WRONG_USE,
    ChainFault.PATH_TOO_LONG: Certificate.WRONG_USE,
    ChainFault.MALFORMED: Certificate.WRONG_USE,
}
"""What a fault of the chain means to who reads the verdict; any other: the issuer is not trusted. Worst first."""
OF_TRUST: Final = frozenset({ChainFault.ISSUER_UNKNOWN, ChainFault.NOT_TRUSTED, ChainFault.UNKNOWN_ALGORITHM})
"""Faults that say nothing but that a chain leads nowhere this node knows."""
ANSWERS_OF_PROOF: Final = {
    Proof.RIGHT: Mathematics.VALID,
    Proof.WEAK: Mathematics.WEAK,
    Proof.UNKNOWN: Mathematics.UNSUPPORTED,
    Proof.WRONG: Mathematics.INVALID,
}
"""What a proof means to who reads the verdict. Best first."""
WEAK_DIGEST_BYTES: Final = frozenset({16, 20})
"""Of MD5 and SHA-1."""
LONGEST_AGENCY_CODE: Final = 18
CIVIL_DAY: Final = len("yyyy-MM-dd")
PUNCTUATION: Final = str.maketrans("", "", "-: T")
WORST_FIRST: Final = (
    Certificate.INVALID,
    Certificate.REVOKED,
    Certificate.WEAK,
    Certificate.EXPIRED,
    Certificate.NOT_YET,
    Certificate.WRONG_USE,
    Certificate.UNTRUSTED,
    Certificate.TRUSTED,
)


@implements("38540-8")
def check_signature(
    signature: SignatureStructure,
    *,
    id: str,  # noqa: A002 - the word of the open interface
    integrity: Integrity,
    digests: Collection[bytes],
    property_info: str,
    standing: Standing,
    at: datetime,
    changed_by: str = "",
) -> SignatureVerdict:
    """
    Return what is true of a signature made with an electronic seal.

    :param integrity: of the parts it covers, as the container found it
    :param digests: of what the signature says it signed (of an OFD file, its Signature.xml); none: not there
    :param property_info: what it must say it signed, e.g. the path of the Signature.xml; empty: not asked
    :param standing: what the home of the seal says of it now
    :param at: now, for what carries no time of its own
    """
    time, signed_at = _time(signature)
    moment = signed_at or at
    facts = signature.seal.facts
    return SignatureVerdict(
        id=id,
        integrity=_of_digests(integrity, signature.data_digest, digests),
        signature=_mathematics(signature, property_info),
        certificate=worst(
            certificate_answer(signature.certificate, at=moment),
            certificate_answer(signature.seal.maker_certificate, at=facts.created_at),
        ),
        validity=_validity(signature.seal, signed_at),
        seal_state=standing,
        time=time,
        signed_at=signed_at,
        signer=name_of(signature.certificate),
        seal_name=facts.name,
        seal_code=facts.identifier,
        changed_by=changed_by,
    )


def _of_digests(integrity: Integrity, signed: bytes, digests: Collection[bytes]) -> Integrity:
    """
    Return whether what a signature covers is as it was, given whether its list of that is the one it signed.

    :param integrity: as the list says
    """
    if not digests:
        return Integrity.UNCHECKED
    if len(signed) in WEAK_DIGEST_BYTES:
        return Integrity.WEAK
    return integrity if signed in digests else Integrity.CHANGED


@implements("38540-6")
def check_seal(seal: SealStructure, *, standing: Standing, at: datetime) -> SignatureVerdict:
    """
    Return what is true of a seal by itself, now.

    :param standing: what its home says of it now
    """
    facts = seal.facts
    return SignatureVerdict(
        id="seal",
        integrity=Integrity.INTACT,
        signature=_made_by(seal),
        certificate=certificate_answer(seal.maker_certificate, at=facts.created_at),
        validity=_validity(seal, at),
        seal_state=standing,
        time=TimeSource.STATED,
        signed_at=facts.created_at,
        signer=name_of(seal.maker_certificate),
        seal_name=facts.name,
        seal_code=facts.identifier,
    )


def asked_of(seal: SealStructure, value: bytes = b"") -> SealAsked:
    """
    Return what the home of a seal is asked.

    :param value: the signature it stands in; none: a seal by itself
    """
    return SealAsked(
        code=seal.facts.identifier,
        seal=sm3_hex(seal.raw),
        facts=sm3_hex(seal.signed_part),
        value=sm3_hex(value) if value else "",
    )


def check_plain(
    found: FoundSignature, *, integrity: Integrity, read: SignedData | None, told: SealTold, at: datetime
) -> SignatureVerdict:
    """
    Return what is true of a digital signature without a seal (GB/T 33190 clause 18, `Type="Sign"`).

    :param integrity: of the parts it covers, as the container found it
    :param read: the signature; None: its value cannot be read, or its signer's certificate is nowhere in the file
    :param told: what the home of the certificate says of it
    :param at: now, for what carries no time of its own
    """
    signer = read.signer if read else None
    time, signed_at = _time_of_plain(found, read)
    return SignatureVerdict(
        id=found.id,
        integrity=integrity,
        signature=_plain_mathematics(found, read),
        certificate=Certificate.INVALID
        if signer is None or read is None
        else certificate_answer(
            signer.der, at=signed_at or at, extra=tuple(one.der for one in read.certificates)
        ),
        validity=Validity.NONE,
        seal_state=told.standing,
        time=time,
        signed_at=signed_at,
        signer=signer.subject.common_name if signer else "",
        seal_name=told.seal_name,
        seal_code=told.seal_code,
    )


def _plain_mathematics(found: FoundSignature, read: SignedData | None) -> Mathematics:
    if found.value is None or found.signature_xml is None:
        return Mathematics.MISSING
    if read is None or read.signer is None:
        return Mathematics.NO_CERTIFICATE
    texts = texts_of(found.signature_xml)
    proofs = {read.proof_over(text) for text in texts}
    if Proof.RIGHT in proofs and read.content not in (None, b"", *texts):
        return Mathematics.INVALID
    return next(answer for proof, answer in ANSWERS_OF_PROOF.items() if proof in proofs)


def texts_of(signature_xml: bytes) -> tuple[bytes, ...]:
    """
    Return what a signature may be made over: the clause says what is protected, and makers sign it or its digest.
    """
    return signature_xml, *digests_of(signature_xml)


def digests_of(signature_xml: bytes | None) -> tuple[bytes, ...]:
    """
    Return the digests that count: SM3 as the standard says, SHA-256 of makers whose keys are of other kinds.
    """
    if signature_xml is None:
        return ()
    return tuple(algorithms.digest(algorithm, signature_xml) for algorithm in Algorithm)


def _time_of_plain(found: FoundSignature, read: SignedData | None) -> tuple[TimeSource, datetime | None]:
    stated = (read.signed_at if read else None) or _stated(found.signed_at)
    if read is None or read.timestamp is None:
        return (TimeSource.STATED if stated else TimeSource.MISSING), stated
    return stamped_time(read.timestamp, read.value, stated=stated)


def _stated(written: str) -> datetime | None:
    """
    Return the SignatureDateTime of a Signature.xml: "yyyy-MM-dd HH:mm:ss" or "yyyyMMddHHmmss.SSSZ".
    """
    digits = written.translate(PUNCTUATION) if "-" in written[:CIVIL_DAY] else written
    try:
        return asn1.moment_of(digits.encode("ascii"), zone=CHINA)
    except (*asn1.UNREADABLE, UnicodeError):
        return None


def stamped_time(der: bytes, value: bytes, *, stated: datetime | None) -> tuple[TimeSource, datetime | None]:
    """
    Return how sure the time of a signature is that carries a stamp of its value, and the time.

    :param stated: what the signer himself says
    """
    try:
        token = timestamps.read_token(der)
    except NotATimestamp:
        return TimeSource.STAMP_WRONG, stated
    if token.algorithm is None or not token.is_supported:
        return TimeSource.UNSUPPORTED, stated
    return stamp_answer(der, algorithms.digest(token.algorithm, value), at=token.at, stated=stated)


def asked_without_seal(value: bytes, der: bytes) -> SealAsked:
    """
    Return what the home of a certificate is asked of a signature that carries no seal.

    :param value: the signature
    :param der: certificate of who signed
    """
    try:
        certificate = certificates.read_certificate(der)
    except NotACertificate:
        return SealAsked(value=sm3_hex(value))
    kinds = dict(certificate.subject.parts)
    return SealAsked(
        value=sm3_hex(value),
        serial=certificate.serial_text,
        agency_code=kinds.get("ORGANIZATIONIDENTIFIER", "")[:LONGEST_AGENCY_CODE],
    )


def certificate_answer(der: bytes, *, at: datetime, extra: tuple[bytes, ...] = ()) -> Certificate:
    """
    Return what is true of a certificate at a moment: its chain, its term, its revocation.
    """
    try:
        report = trust.chain_report(certificate=der, extra=extra, at=at)
    except NotACertificate:
        return Certificate.INVALID
    faults = report.chain.faults
    named = [FAULTS[fault] for fault in faults if fault in FAULTS]
    if not report.chain.is_trusted:
        named.append(Certificate.UNTRUSTED)
    return worst(*named) if named else Certificate.TRUSTED


def worst(*answers: Certificate) -> Certificate:
    """
    Return the answer that counts most.
    """
    return next(answer for answer in WORST_FIRST if answer in answers)


def name_of(der: bytes) -> str:
    """
    Return the name in a certificate; empty where it cannot be read.
    """
    try:
        return certificates.read_certificate(der).subject.common_name
    except NotACertificate:
        return ""


def _mathematics(signature: SignatureStructure, property_info: str) -> Mathematics:
    own = _verified(
        signature.certificate, signature.signature, signature.signed_part, algorithm=signature.algorithm
    )
    if own is not Mathematics.VALID:
        return own
    of_seal = _made_by(signature.seal)
    if of_seal is not Mathematics.VALID:
        return of_seal
    if property_info and signature.property_info.casefold() != property_info.casefold():
        return Mathematics.INVALID
    return Mathematics.VALID if _may_sign(signature) else Mathematics.FOREIGN_SIGNER


def _made_by(seal: SealStructure) -> Mathematics:
    return _verified(seal.maker_certificate, seal.signature, seal.signed_part, algorithm=seal.algorithm)


def _verified(der: bytes, signature: bytes, part: bytes, *, algorithm: str) -> Mathematics:
    try:
        key = certificates.read_certificate(der)
    except NotACertificate:
        return Mathematics.MISSING
    if algorithm == SM2_WITH_SM3 and key.algorithm is Algorithm.SM2 and key.public_key is not None:
        return Mathematics.VALID if key.public_key.verify(signature, part) else Mathematics.INVALID
    if algorithm in (SM2_WITH_SM3, foreign.PSS_OID):
        return Mathematics.UNSUPPORTED  # a key of another kind; parameters that a seal has no place for
    return ANSWERS_OF_PROOF[foreign.check(key.key_info, foreign.identifier(algorithm), signature, part)]


def _may_sign(signature: SignatureStructure) -> bool:
    facts = signature.seal.facts
    if facts.certificate_digests:
        # SM3 is the one digest the standard knows; a maker who writes another name is not believed on it.
        digest = crypto.sm3(signature.certificate)
        return any(value == digest for _name, value in facts.certificate_digests)
    return signature.certificate in facts.certificates


def _validity(seal: SealStructure, at: datetime | None) -> Validity:
    if at is None:
        return Validity.UNKNOWN
    if at < seal.facts.valid_from:
        return Validity.NOT_YET
    return Validity.EXPIRED if at > seal.facts.valid_until else Validity.VALID


def _time(signature: SignatureStructure) -> tuple[TimeSource, datetime | None]:
    stated = signature.signed_at
    if signature.timestamp is None:
        return (TimeSource.STATED if stated else TimeSource.MISSING), stated
    try:
        token = timestamps.read_token(signature.timestamp)
    except NotATimestamp:
        return TimeSource.STAMP_WRONG, stated
    if token.algorithm is None or not token.is_supported:
        return TimeSource.UNSUPPORTED, stated
    digests = (algorithms.digest(token.algorithm, part) for part in _stamped_parts(signature))
    stamped = next((digest for digest in digests if digest == token.digest), b"")
    return stamp_answer(signature.timestamp, stamped, at=token.at, stated=stated)


def _stamped_parts(signature: SignatureStructure) -> tuple[bytes, ...]:
    # The standard stamps the signature; some makers stamp what was signed. In version 1 the stamp came first.
    return (signature.signature, signature.signed_part, signature.data_digest)


def stamp_answer(
    der: bytes, digest: bytes, *, at: datetime, stated: datetime | None
) -> tuple[TimeSource, datetime | None]:
    """
    Return how sure the time of a signature is, and the time.

    Who does not know the issuer of a stamp knows no less of its mathematics.

    :param digest: what the stamp should be of
    :param at: what it says
    :param stated: what the signer himself says
    """
    problems = set(trust.timestamp_report(token=der, digest=digest).problems)
    if not problems:
        return TimeSource.STAMPED, at
    if problems <= OF_TRUST:
        return TimeSource.STAMP_UNTRUSTED, at
    is_only_weak = problems <= OF_TRUST | {ChainFault.WEAK_ALGORITHM}
    return (TimeSource.STAMP_WEAK if is_only_weak else TimeSource.STAMP_WRONG), stated
