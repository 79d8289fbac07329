"""
Signatures with the certificate of who signed: SignedData of GB/T 35275-2017 and of RFC 5652, with one signer.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from tongban.foundation.crypto import asn1, foreign, sm2
from tongban.foundation.crypto.algorithms import DIGEST_OIDS, Algorithm, digest
from tongban.foundation.crypto.certificates import (
    LARGEST_CERTIFICATE,
    MOST_IN_BUNDLE,
    Certificate,
    NotACertificate,
    read_certificate,
)
from tongban.foundation.crypto.foreign import Proof
from tongban.foundation.crypto.names import read_name

LARGEST: Final = 1024 * 1024
SIGNED_DATA: Final = "1.2.840.113549.1.7.2"
SIGNED_DATA_OIDS: Final = frozenset({SIGNED_DATA, "1.2.156.10197.6.1.4.2.2"})
"""RFC 5652 and GB/T 35275-2017."""
MESSAGE_DIGEST: Final = "1.2.840.113549.1.9.4"
SIGNING_TIME: Final = "1.2.840.113549.1.9.5"
TIMESTAMP: Final = "1.2.840.113549.1.9.16.2.14"
SET_TAG: Final = 0x31
RAW_BYTES: Final = 64
"""Of an SM2 signature as r and s alone (GB/T 32918.2)."""


class NotSignedData(Exception):
    """
    These bytes are no SignedData with one signer.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedData:
    """
    签名数据: a signature as it was read.
    """

    content: bytes | None = field(repr=False)
    """What was signed, where it came along."""
    certificates: tuple[Certificate, ...] = field(repr=False)
    """All that came in it; they prove nothing by themselves."""
    signer: Certificate | None = field(repr=False)
    """None: the certificate of who signed is not among them."""
    value: bytes = field(repr=False)
    signed_at: datetime | None
    """As the signer says, where he does."""
    timestamp: bytes | None = field(repr=False)
    """Token over `value`."""
    digest_kind: asn1.Piece = field(repr=False)
    kind: asn1.Piece = field(repr=False)
    """AlgorithmIdentifiers of digest and signature; of RSA the second often names the key alone."""
    attributes: asn1.Piece | None = field(repr=False)
    """What else was signed; then the content is signed by its digest."""

    def proof_over(self, message: bytes) -> Proof:
        """
        Say whether the signer's key signed exactly this. Never raises.
        """
        if self.signer is None:
            return Proof.UNKNOWN
        try:
            return self._proof(self.signer, message)
        except asn1.UNREADABLE:
            return Proof.UNKNOWN

    def _proof(self, signer: Certificate, message: bytes) -> Proof:
        if self.attributes is not None:
            said, wanted = _said(self.attributes), digest_by(self.digest_kind, message)
            is_about_this = MESSAGE_DIGEST in said and asn1.octets(said[MESSAGE_DIGEST]) == wanted
            if wanted is not None and not is_about_this:
                return Proof.WRONG
            message = asn1.retagged(self.attributes, SET_TAG)
        return proof(signer, digest_kind=self.digest_kind, kind=self.kind, value=self.value, message=message)


def is_signature(certificate: Certificate, value: bytes, message: bytes) -> bool:
    """
    Return whether the key of a certificate signed a message; the value as DER, of SM2 also as r and s alone.
    """
    if certificate.public_key is None:
        return False
    is_raw = certificate.algorithm is Algorithm.SM2 and len(value) == RAW_BYTES
    return certificate.public_key.verify(sm2.der_of(value) if is_raw else value, message)


def bare(signer: Certificate, value: bytes, *, method: str) -> SignedData:
    """
    Return the bare value of a signature as one of this signer.

    :param method: object identifier of the algorithm, where it is told; else the usual one of the key
    """
    own = asn1.piece(signer.key_info).pieces()[0]
    return SignedData(
        content=None,
        certificates=(signer,),
        signer=signer,
        value=value,
        signed_at=None,
        timestamp=None,
        digest_kind=asn1.piece(foreign.identifier(DIGEST_OIDS[signer.algorithm or Algorithm.P256])),
        kind=asn1.piece(foreign.identifier(method)) if method in foreign.NAMING_DIGESTS else own,
        attributes=None,
    )


def proof(
    signer: Certificate, *, digest_kind: asn1.Piece, kind: asn1.Piece, value: bytes, message: bytes
) -> Proof:
    """
    Say whether the signer's key signed a message, by whatever algorithm is verified here.

    :param digest_kind: AlgorithmIdentifier of the digest
    :param kind: AlgorithmIdentifier of the signature; of RSA it often names the key alone
    """
    digest_oid = asn1.oid(digest_kind.pieces()[0])
    if digest_oid in foreign.WEAK_OIDS:
        return Proof.WEAK
    if signer.algorithm is not None and digest_algorithm(digest_kind) is signer.algorithm:
        return Proof.RIGHT if is_signature(signer, value, message) else Proof.WRONG
    return foreign.check(signer.key_info, foreign.joined(kind.der, digest_oid), value, message)


def digest_by(found: asn1.Piece, data: bytes) -> bytes | None:
    """
    Return the digest that an AlgorithmIdentifier names; None: none that is computed here.
    """
    ours = digest_algorithm(found)
    return foreign.digest_of(asn1.oid(found.pieces()[0]), data) if ours is None else digest(ours, data)


def read_signed_data(data: bytes) -> SignedData:
    """
    Read a signature, DER or BER, 1 MiB at most.

    :raises NotSignedData: it is none; never anything else
    """
    try:
        if len(data) > LARGEST:
            raise NotSignedData("too long")
        return _read(asn1.whole(asn1.definite(bytes(data)), most_bytes=LARGEST))
    except (*asn1.UNREADABLE, NotACertificate, StopIteration) as error:
        raise NotSignedData(f"{type(error).__name__}: {error}") from error


def _read(outer: asn1.Piece) -> SignedData:
    kind, content = outer.pieces()
    if asn1.oid(kind) not in SIGNED_DATA_OIDS:
        raise NotSignedData("another content")
    _version, _algorithms, encapsulated, *rest = content.pieces()[0].pieces()
    _kind, *inner = encapsulated.pieces()
    certificates = certificates_in(rest)
    (info,) = next(part for part in rest if part.is_a(asn1.SET)).pieces()
    _version, named, digest_kind, *more = info.pieces()
    attributes = more.pop(0) if more[0].is_a(0, asn1.CONTEXT) else None
    signature_kind, value, *unsigned = more
    said = {} if attributes is None else _said(attributes)
    beside = _said(unsigned[0]) if unsigned else {}
    return SignedData(
        content=asn1.octets(inner[0].pieces()[0]) if inner else None,
        certificates=certificates,
        signer=next((one for one in certificates if is_named(named, one)), None),
        value=asn1.octets(value),
        signed_at=asn1.moment(said[SIGNING_TIME]) if SIGNING_TIME in said else None,
        timestamp=beside[TIMESTAMP].der if TIMESTAMP in beside else None,
        digest_kind=digest_kind,
        kind=signature_kind,
        attributes=attributes,
    )


def _said(attributes: asn1.Piece) -> dict[str, asn1.Piece]:
    return {asn1.oid(one.pieces()[0]): one.pieces()[1].pieces()[0] for one in attributes.pieces()}


def digest_algorithm(found: asn1.Piece) -> Algorithm | None:
    """
    Return whose digest an AlgorithmIdentifier names; None: neither SM3 nor SHA-256.
    """
    dotted = asn1.oid(found.pieces()[0])
    return next((one for one, named in DIGEST_OIDS.items() if named == dotted), None)


def certificates_in(parts: list[asn1.Piece]) -> tuple[Certificate, ...]:
    """
    Return the certificates among the last parts of a SignedData.

    :raises ValueError: too many
    :raises NotACertificate: one cannot be read
    """
    found = [
        read_certificate(one.der)
        for part in parts
        if part.is_a(0, asn1.CONTEXT)
        for one in part.pieces()
        if one.is_a(asn1.SEQUENCE) and len(one.der) <= LARGEST_CERTIFICATE
    ]
    if len(found) > MOST_IN_BUNDLE:
        raise ValueError("too many certificates")
    return tuple(found)


def is_named(named: asn1.Piece, certificate: Certificate) -> bool:
    """
    Return whether a SignerIdentifier names a certificate: by its key, or by issuer and serial number.
    """
    if named.is_a(0, asn1.CONTEXT):
        return named.contents == certificate.subject_key_id
    issuer, serial = named.pieces()
    return asn1.integer(serial) == certificate.serial and read_name(issuer).matches(certificate.issuer)
