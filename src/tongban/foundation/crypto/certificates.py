"""
X.509 certificates with SM2 and P-256 keys: reading those of any maker. `issuing` makes our own.

A certificate is read into plain values at once, so that nothing of it can fail later. Odd ones are read as well as
they can be; what makes them unfit for a purpose is said by `chains`. The signature is verified over the bytes that
lie in the certificate. Sources: GM/T 0015-2012, GB/T 20518-2018, RFC 5280.
"""

from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Final

from tongban.foundation.crypto import asn1, foreign
from tongban.foundation.crypto.algorithms import (
    CURVE_OIDS,
    SIGNATURE_OIDS,
    Algorithm,
    PublicKey,
    public_key,
)
from tongban.foundation.crypto.digests import sm3
from tongban.foundation.crypto.extensions import Extensions, KeyUsage
from tongban.foundation.crypto.foreign import Proof
from tongban.foundation.crypto.names import Name, read_name
from tongban.foundation.crypto.sm2 import NotAKey

LARGEST_CERTIFICATE: Final = 64 * 1024
LARGEST_BUNDLE: Final = 1024 * 1024
MOST_IN_BUNDLE: Final = 64
KEPT: Final = 256
"""How many certificates stay read; the same few come with every file."""

TIME_STAMPING: Final = "1.3.6.1.5.5.7.3.8"
DOCUMENT_SIGNING: Final = "1.3.6.1.5.5.7.3.36"
EMAIL_PROTECTION: Final = "1.3.6.1.5.5.7.3.4"
"""Extended key usages; RFC 3161 2.3, RFC 9336, RFC 5280 4.2.1.12."""

_EC_KEY: Final = "1.2.840.10045.2.1"
_RSA_KEY: Final = "1.2.840.113549.1.1.1"
_KEY_NAMES: Final = {
    _RSA_KEY: "RSA",
    Algorithm.SM2: "SM2",
    Algorithm.P256: "P-256",
    "1.3.132.0.34": "P-384",
    "1.3.132.0.35": "P-521",
}


class NotACertificate(Exception):
    """
    These bytes are no X.509 certificate, or more than one reads for.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """
    What certificates, requests and lists have in common: a part that is signed, and the signature.
    """

    signed_part: bytes
    """As it lies in the file."""
    signature_oid: str
    signature_algorithm: bytes
    """AlgorithmIdentifier, DER."""
    signature: bytes

    def is_signed_with(self, algorithm: Algorithm | None, key: PublicKey | None) -> bool:
        """
        Whether the signature is one of this key over the signed part.

        SM2 signers are taken to have the default id, as GM/T 0015-2012 asks of certificates.
        """
        if algorithm is None or key is None or self.signature_oid != SIGNATURE_OIDS[algorithm]:
            return False
        if len(self.signed_part) > LARGEST_CERTIFICATE:
            return key.verify(self.signature, self.signed_part)
        return _is_signature(algorithm, key.point, self.signature, self.signed_part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """
    数字证书.
    """

    der: bytes = field(repr=False)
    version: int
    """1 to 3."""
    serial: int
    """May be negative, or longer than the 20 bytes that RFC 5280 allows."""
    subject: Name
    issuer: Name
    not_before: datetime
    not_after: datetime
    """The last second it is valid in. Both aware, UTC."""
    algorithm: Algorithm | None
    """Of its key; None: neither SM2 nor P-256."""
    public_key: PublicKey | None
    """None likewise, and where the key is no point of its curve."""
    key_info: bytes = field(repr=False)
    """SubjectPublicKeyInfo, DER."""
    key_name: str
    """For people: "SM2", "P-256", "RSA", "P-384", or an object identifier."""
    is_authority: bool
    path_length: int | None
    """How many authorities may stand between it and a leaf; None: any number."""
    key_usages: frozenset[KeyUsage] | None
    """None: it says nothing, and any is allowed."""
    purposes: frozenset[str] | None
    """Extended key usages, object identifiers; None: it says nothing."""
    subject_key_id: bytes
    authority_key_id: bytes
    """Empty where it has none, as `subject_key_id`."""
    crl_urls: tuple[str, ...]
    strange_extensions: tuple[str, ...]
    """Critical ones that are not understood here, doubled ones, and ones that cannot be read: object identifiers."""
    body: Signed = field(repr=False)

    @property
    def fingerprint(self) -> str:
        """
        Return SM3 of the certificate, 64 hexadecimal digits.
        """
        return sm3(self.der).hex()

    @property
    def serial_text(self) -> str:
        """
        Return the serial number as people compare it: hexadecimal, upper case.
        """
        return serial_text(self.serial)

    @property
    def is_self_issued(self) -> bool:
        """
        Whether subject and issuer are the same name.
        """
        return self.subject.matches(self.issuer)

    def is_signed_by(self, issuer: "Certificate") -> bool:
        """
        Whether the issuer's key made its signature. Says nothing about whether the issuer may.
        """
        return issuer.proof_of(self.body) is Proof.RIGHT

    def proof_of(self, body: Signed) -> Proof:
        """
        Say what the signature of something proves as one of this certificate's key.
        """
        is_usual = self.algorithm is Algorithm.SM2 or body.signature_oid == SIGNATURE_OIDS[Algorithm.P256]
        if is_usual and self.public_key is not None:
            return Proof.RIGHT if body.is_signed_with(self.algorithm, self.public_key) else Proof.WRONG
        return foreign.check(self.key_info, body.signature_algorithm, body.signature, body.signed_part)

    @property
    def strength(self) -> Proof:
        """
        Say whether signatures of its key could prove anything here: RIGHT, WEAK or UNKNOWN.
        """
        return Proof.RIGHT if self.public_key is not None else foreign.strength(self.key_info)

    def is_within_validity(self, at: datetime) -> bool:
        """
        Whether `at` lies in its validity.
        """
        return self.not_before <= at <= self.not_after


def serial_text(serial: int) -> str:
    """
    Return a serial number in upper-case hexadecimal of whole bytes; a negative one with its sign.
    """
    digits = f"{abs(serial):X}"
    return ("-" if serial < 0 else "") + digits.zfill(len(digits) + len(digits) % 2)


def read_certificate(data: bytes) -> Certificate:
    """
    Read a certificate: DER, PEM (the first in it) or bare base64, 64 KiB at most.

    :raises NotACertificate: it is none; never anything else
    """
    try:
        return _read(asn1.unwrapped(data, most_bytes=LARGEST_CERTIFICATE)[0])
    except asn1.UNREADABLE as error:
        raise NotACertificate(f"{type(error).__name__}: {error}") from error


def read_certificates(data: bytes) -> tuple[Certificate, ...]:
    """
    Read all certificates of a file: PEM of several, one DER, or a PKCS#7 / GB/T 35275 bundle (.p7b); 1 MiB at most.

    :raises NotACertificate: one of them is none, there is none, or there are more than 64; never anything else
    """
    try:
        found = [
            one
            for der in asn1.unwrapped(data, most_bytes=LARGEST_BUNDLE)
            for one in _bundled(asn1.whole(der, most_bytes=LARGEST_BUNDLE))
        ]
        if not 0 < len(found) <= MOST_IN_BUNDLE:
            raise NotACertificate(f"{len(found)} certificates")
        return tuple(map(_read, found))
    except asn1.UNREADABLE as error:
        raise NotACertificate(f"{type(error).__name__}: {error}") from error


def pem(der: bytes) -> str:
    """
    Return a certificate as PEM.
    """
    return asn1.armoured(der, label="CERTIFICATE")


def read_signed(data: bytes, *, most_bytes: int) -> tuple[list[asn1.Piece], Signed]:
    """
    Take apart what is signed in the way of certificates: SEQUENCE of signed part, algorithm, signature.

    :return: the pieces of the signed part, and what the signature is verified over
    :raises ValueError: something else, or another of `asn1.UNREADABLE`
    """
    part, algorithm, signature = asn1.whole(data, most_bytes=most_bytes).pieces()
    if not part.is_a(asn1.SEQUENCE) or not algorithm.is_a(asn1.SEQUENCE):
        raise ValueError("not a signed part and an algorithm")
    body = Signed(
        signed_part=part.der,
        signature_oid=asn1.oid(algorithm.pieces()[0]),
        signature_algorithm=algorithm.der,
        signature=asn1.bits(signature),
    )
    return part.pieces(), body


def read_key(found: asn1.Piece) -> tuple[str, Algorithm | None, PublicKey | None]:
    """
    Read a SubjectPublicKeyInfo: name of the key's kind, and the key where it is one of ours.

    Some makers name SM2 by its curve where RFC 5480 wants "EC key" and the curve as parameter; both are read.

    :raises ValueError: it is none, or another of `asn1.UNREADABLE`
    """
    kind, key = found.pieces()
    named, *parameters = kind.pieces()
    dotted = asn1.oid(named)
    if dotted == _EC_KEY and parameters and parameters[0].is_a(asn1.OID):
        dotted = asn1.oid(parameters[0])
    algorithm = next((one for one, curve in CURVE_OIDS.items() if curve == dotted), None)
    if algorithm is None:
        return _KEY_NAMES.get(dotted, dotted), None, None
    try:
        return _KEY_NAMES[algorithm], algorithm, public_key(algorithm, asn1.bits(key))
    except NotAKey:
        return _KEY_NAMES[algorithm], algorithm, None


@lru_cache(maxsize=KEPT)
def _is_signature(algorithm: Algorithm, point: bytes, signature: bytes, message: bytes) -> bool:
    """
    Verify once what comes with every file: the same few authorities. It depends on nothing but these bytes.
    """
    return public_key(algorithm, point).verify(signature, message)


@lru_cache(maxsize=KEPT)
def _read(der: bytes) -> Certificate:
    outer = asn1.whole(der, most_bytes=LARGEST_CERTIFICATE)
    parts, body = read_signed(outer.der, most_bytes=LARGEST_CERTIFICATE)
    version = 1
    if parts[0].is_a(0, asn1.CONTEXT):
        version = asn1.integer(parts.pop(0).pieces()[0]) + 1
    serial, inner, issuer, validity, subject, key, *rest = parts
    not_before, not_after = map(asn1.moment, validity.pieces())
    key_name, algorithm, point = read_key(key)
    extensions = Extensions()
    for part in rest:
        if part.is_a(3, asn1.CONTEXT):
            extensions.read(part.pieces()[0].pieces())
    if asn1.oid(inner.pieces()[0]) != body.signature_oid:
        raise ValueError("signed by another algorithm than it says")
    return Certificate(
        der=outer.der,
        version=version,
        serial=asn1.integer(serial),
        subject=read_name(subject),
        issuer=read_name(issuer),
        not_before=not_before,
        not_after=not_after,
        algorithm=algorithm,
        public_key=point,
        key_info=key.der,
        key_name=key_name,
        is_authority=extensions.is_authority,
        path_length=extensions.path_length,
        key_usages=extensions.key_usages,
        purposes=extensions.purposes,
        subject_key_id=extensions.subject_key_id,
        authority_key_id=extensions.authority_key_id,
        crl_urls=tuple(extensions.crl_urls),
        strange_extensions=tuple(extensions.strange),
        body=body,
    )


def _bundled(outer: asn1.Piece) -> list[bytes]:
    """
    Return the certificates of a SignedData that signs nothing (PKCS#7, GB/T 35275), or the one certificate it is.
    """
    first, *rest = outer.pieces()
    if not first.is_a(asn1.OID):
        return [outer.der]
    signed_data = rest[0].pieces()[0]
    return [
        one.der
        for part in signed_data.pieces()
        if part.is_a(0, asn1.CONTEXT)
        for one in part.pieces()
        if one.is_a(asn1.SEQUENCE)
    ]
