"""
Time-stamps: a token in which somebody trusted says that a digest existed at a moment.

Made with SM2 over SM3 and with P-256 over SHA-256; those of RSA are read too. Containers of RFC 5652 and of GB/T 35275
are read, ours are of RFC 5652 as RFC 3161 2.4.2 asks. Sources: GM/T 0033-2014, GB/T 20520-2006, RFC 3161, RFC 5035,
RFC 5816.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Final

from tongban.foundation.crypto import asn1
from tongban.foundation.crypto.algorithms import Algorithm, digest
from tongban.foundation.crypto.certificates import TIME_STAMPING, Certificate, NotACertificate
from tongban.foundation.crypto.foreign import WEAK_OIDS, Proof
from tongban.foundation.crypto.signed_data import (
    MESSAGE_DIGEST,
    SET_TAG,
    SIGNED_DATA_OIDS,
    certificates_in,
    digest_algorithm,
    digest_by,
    is_named,
    proof,
)

LARGEST_TOKEN: Final = 256 * 1024
LARGEST_REQUEST: Final = 4 * 1024
LONGEST_NONCE: Final = 64
KEPT: Final = 4
"""Of one file the token is asked for several times, one after the other."""
TST_INFO: Final = "1.2.840.113549.1.9.16.1.4"
CONTENT_TYPE: Final = "1.2.840.113549.1.9.3"
SIGNING_CERTIFICATE: Final = "1.2.840.113549.1.9.16.2.47"
_GRANTED: Final = frozenset({0, 1})


class NotATimestamp(Exception):
    """
    These bytes are no time-stamp, request for one, or answer to a request.
    """


class Refused(Exception):
    """
    A time-stamp service answered that it does not stamp this.
    """


class TimestampFault(StrEnum):
    """
    What is wrong with a token; stable codes.
    """

    OTHER_DIGEST = "OTHER_DIGEST"
    """It stamps something else."""
    NO_SIGNER = "NO_SIGNER"
    """The certificate of who signed it is not in it."""
    BAD_SIGNATURE = "BAD_SIGNATURE"
    UNKNOWN_ALGORITHM = "UNKNOWN_ALGORITHM"
    WEAK_ALGORITHM = "WEAK_ALGORITHM"
    """SHA-1, MD5, or RSA below 2048 bits: anybody may have made it."""
    WRONG_PURPOSE = "WRONG_PURPOSE"
    """The signer's certificate is not for time-stamping."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimestampRequest:
    """
    What somebody wants to have stamped.
    """

    digest: bytes
    algorithm: Algorithm | None
    """Whose digest it is; None: neither SM3 nor SHA-256."""
    policy: str
    """Object identifier; empty: any."""
    nonce: int | None
    wants_certificates: bool
    has_extensions: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Timestamp:
    """
    时间戳: a token that was read.
    """

    der: bytes = field(repr=False)
    at: datetime
    """When the digest existed, to the second."""
    digest: bytes
    algorithm: Algorithm | None
    """Whose digest it is; None: neither SM3 nor SHA-256."""
    policy: str
    serial: int
    nonce: int | None
    certificates: tuple[Certificate, ...] = field(repr=False)
    """All that came in it; they prove nothing by themselves."""
    signer: Certificate | None = field(repr=False)
    proof: Proof
    """What the signature says of the signer's key and exactly these contents."""

    @property
    def is_supported(self) -> bool:
        """
        Whether its digest and the key of its signer are of those that are computed with here.
        """
        is_known = self.signer is None or self.signer.strength is not Proof.UNKNOWN
        return self.algorithm is not None and is_known

    def problems(self, wanted: bytes) -> tuple[TimestampFault, ...]:
        """
        Return what is wrong with it as a stamp of a digest; whether the signer is trusted is asked elsewhere.

        :param wanted: the digest it should be of
        """
        found = []
        if self.digest != wanted:
            found.append(TimestampFault.OTHER_DIGEST)
        if self.signer is None:
            found.append(TimestampFault.NO_SIGNER)
        elif self.signer.strength is Proof.UNKNOWN:
            found.append(TimestampFault.UNKNOWN_ALGORITHM)
        else:
            if self.proof is Proof.WEAK:
                found.append(TimestampFault.WEAK_ALGORITHM)
            elif self.proof is not Proof.RIGHT:
                found.append(TimestampFault.BAD_SIGNATURE)
            if TIME_STAMPING not in (self.signer.purposes or ()):
                found.append(TimestampFault.WRONG_PURPOSE)
        return tuple(found)


def read_token(data: bytes) -> Timestamp:
    """
    Read a token, DER or BER, 256 KiB at most.

    :raises NotATimestamp: it is none; never anything else
    """
    try:
        if len(data) > LARGEST_TOKEN:
            raise NotATimestamp("too long")
        return _read(bytes(data))
    except (*asn1.UNREADABLE, NotACertificate) as error:
        raise NotATimestamp(f"{type(error).__name__}: {error}") from error


def read_request(data: bytes) -> TimestampRequest:
    """
    Read a request, 4 KiB at most.

    :raises NotATimestamp: it is none; never anything else
    """
    try:
        _version, imprint, *rest = asn1.whole(data, most_bytes=LARGEST_REQUEST).pieces()
        algorithm, value = _imprint(imprint)
        policy = asn1.oid(rest.pop(0)) if rest and rest[0].is_a(asn1.OID) else ""
        nonce = None
        if rest and rest[0].is_a(asn1.INTEGER):
            nonce = asn1.integer(rest.pop(0), most_bytes=LONGEST_NONCE)
        wants = asn1.flag(rest.pop(0)) if rest and rest[0].is_a(asn1.BOOLEAN) else False
        return TimestampRequest(
            digest=value,
            algorithm=algorithm,
            policy=policy,
            nonce=nonce,
            wants_certificates=wants,
            has_extensions=bool(rest),
        )
    except asn1.UNREADABLE as error:
        raise NotATimestamp(f"{type(error).__name__}: {error}") from error


def read_answer(data: bytes) -> bytes:
    """
    Return the token in the answer of a time-stamp service.

    :raises Refused: the service did not stamp
    :raises NotATimestamp: it is no answer; never anything else
    """
    try:
        outer = asn1.whole(asn1.definite(bytes(data[: LARGEST_TOKEN + 1])), most_bytes=LARGEST_TOKEN)
        status, *token = outer.pieces()
        code = asn1.integer(status.pieces()[0])
    except asn1.UNREADABLE as error:
        raise NotATimestamp(f"{type(error).__name__}: {error}") from error
    if code not in _GRANTED or not token:
        raise Refused(f"status {code}")
    return token[0].der


def _imprint(found: asn1.Piece) -> tuple[Algorithm | None, bytes]:
    kind, value = found.pieces()
    return digest_algorithm(kind), asn1.octets(value)


@lru_cache(maxsize=KEPT)
def _read(data: bytes) -> Timestamp:
    return _token(asn1.whole(asn1.definite(data), most_bytes=LARGEST_TOKEN))


def _token(outer: asn1.Piece) -> Timestamp:
    kind, content = outer.pieces()
    if asn1.oid(kind) not in SIGNED_DATA_OIDS:
        raise ValueError("not SignedData")
    _version, _algorithms, encapsulated, *rest = content.pieces()[0].pieces()
    inner_kind, inner = encapsulated.pieces()
    if asn1.oid(inner_kind) != TST_INFO:
        raise ValueError("not a TSTInfo")
    stamped = asn1.octets(inner.pieces()[0])
    certificates = certificates_in(rest)
    (signer_info,) = next(part for part in rest if part.is_a(asn1.SET)).pieces()
    signer, found = _signer(signer_info, stamped, certificates)
    _version, policy, imprint, serial, at, *more = asn1.whole(stamped, most_bytes=LARGEST_TOKEN).pieces()
    algorithm, value = _imprint(imprint)
    return Timestamp(
        der=outer.der,
        at=asn1.moment(at),
        digest=value,
        algorithm=algorithm,
        policy=asn1.oid(policy),
        serial=asn1.integer(serial),
        nonce=next((asn1.integer(part) for part in more if part.is_a(asn1.INTEGER)), None),
        certificates=certificates,
        signer=signer,
        proof=found,
    )


def _signer(
    info: asn1.Piece, stamped: bytes, certificates: tuple[Certificate, ...]
) -> tuple[Certificate | None, Proof]:
    _version, named, kind, attributes, signature_kind, signature, *_unsigned = info.pieces()
    signer = next((one for one in certificates if is_named(named, one)), None)
    if signer is None or not attributes.is_a(0, asn1.CONTEXT):
        return signer, Proof.WRONG
    said = {asn1.oid(one.pieces()[0]): one.pieces()[1].pieces()[0] for one in attributes.pieces()}
    if asn1.oid(kind.pieces()[0]) in WEAK_OIDS:
        return signer, Proof.WEAK
    is_about_this = (
        asn1.oid(said[CONTENT_TYPE]) == TST_INFO
        and asn1.octets(said[MESSAGE_DIGEST]) == digest_by(kind, stamped)
        and _names_signer(said.get(SIGNING_CERTIFICATE), signer)
    )
    if not is_about_this:
        return signer, Proof.WRONG
    message = asn1.retagged(attributes, SET_TAG)
    return signer, proof(
        signer, digest_kind=kind, kind=signature_kind, value=asn1.octets(signature), message=message
    )


def _names_signer(attribute: asn1.Piece | None, signer: Certificate) -> bool:
    """
    Whether the token names its signer's certificate by digest, where it does; RFC 5035 4. SHA-256 goes without saying.
    """
    if attribute is None:
        return True
    first, *rest = attribute.pieces()[0].pieces()[0].pieces()
    if first.is_a(asn1.OCTET_STRING):
        return asn1.octets(first) == digest(Algorithm.P256, signer.der)
    algorithm = digest_algorithm(first)
    return algorithm is not None and asn1.octets(rest[0]) == digest(algorithm, signer.der)
