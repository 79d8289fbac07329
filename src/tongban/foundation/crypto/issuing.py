"""
Making X.509 certificates of SM2 and P-256, and requests for them, as others expect them.

Sources: GM/T 0015-2012, GB/T 20518-2018, RFC 5280; requests: GB/T 31503-2015, RFC 2986 (PKCS#10).
"""

import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from asn1crypto import algos, core, csr, keys, x509

from tongban.foundation.crypto import asn1
from tongban.foundation.crypto.algorithms import (
    SIGNATURE_OIDS,
    Algorithm,
    PublicKey,
    digest,
    subject_public_key_info,
)
from tongban.foundation.crypto.certificates import (
    TIME_STAMPING,
    Certificate,
    Signed,
    read_key,
    read_signed,
)
from tongban.foundation.crypto.extensions import USAGE_NAMES, KeyUsage
from tongban.foundation.crypto.names import Name, read_name

KEY_ID_BYTES: Final = 20
SERIAL_BITS: Final = 126
LARGEST_REQUEST: Final = 16 * 1024
LAST_UTC_YEAR: Final = 2049


class NotARequest(Exception):
    """
    These bytes are no request for a certificate.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRequest:
    """
    证书请求 (PKCS#10): a key, the name that is asked for, and the proof that the asker has the key.
    """

    der: bytes
    subject: Name
    algorithm: Algorithm | None
    public_key: PublicKey | None
    """None: neither SM2 nor P-256, or no point of its curve."""
    key_name: str
    body: Signed

    @property
    def is_proven(self) -> bool:
        """
        Whether who asks has signed with the key that he asks for.
        """
        return self.body.is_signed_with(self.algorithm, self.public_key)


def read_request(data: bytes) -> CertificateRequest:
    """
    Read a request: DER or PEM, 16 KiB at most.

    :raises NotARequest: it is none; never anything else
    """
    try:
        der = asn1.unwrapped(data, most_bytes=LARGEST_REQUEST)[0]
        parts, body = read_signed(der, most_bytes=LARGEST_REQUEST)
        _version, subject, key, *_attributes = parts
        key_name, algorithm, public = read_key(key)
        return CertificateRequest(
            der=der,
            subject=read_name(subject),
            algorithm=algorithm,
            public_key=public,
            key_name=key_name,
            body=body,
        )
    except asn1.UNREADABLE as error:
        raise NotARequest(f"{type(error).__name__}: {error}") from error


def make_request(
    *, subject: Name, algorithm: Algorithm, point: bytes, sign: Callable[[bytes], bytes]
) -> bytes:
    """
    Make a request for a certificate of a key of ours, DER.

    :param point: public key, 65 bytes
    :param sign: signs with its private half
    """
    part = csr.CertificationRequestInfo(
        {
            "version": "v1",
            "subject": x509.Name.load(subject.encoded()),
            "subject_pk_info": keys.PublicKeyInfo.load(subject_public_key_info(algorithm, point)),
            "attributes": [],
        }
    ).dump()
    return signed_der(part, signature_algorithm(algorithm).dump(), sign(part))


def request_pem(der: bytes) -> str:
    """
    Return a request as PEM.
    """
    return asn1.armoured(der, label="CERTIFICATE REQUEST")


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """
    Where others find what an issuer publishes; empty: nowhere.
    """

    crl: str = ""
    status: str = ""
    issuer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """
    What is to stand in a certificate.
    """

    subject: Name
    algorithm: Algorithm
    """Of the subject's key."""
    point: bytes
    """The subject's public key, 65 bytes."""
    serial: int
    not_before: datetime
    not_after: datetime
    usages: Collection[KeyUsage]
    purposes: Collection[str] = ()
    """Extended key usages; critical for time-stamping, as RFC 3161 2.3 asks."""
    is_authority: bool = False
    path_length: int | None = None
    addresses: Addresses = Addresses()


def new_serial() -> int:
    """
    Return a serial number that nobody can guess: 127 bits, 126 of them random (RFC 5280 4.1.2.2: at most 20 bytes).
    """
    return 1 << SERIAL_BITS | secrets.randbits(SERIAL_BITS)


def key_id(algorithm: Algorithm, point: bytes) -> bytes:
    """
    Return the identifier that our certificates give a key: its digest, cut to 20 bytes (RFC 7093 method 1).
    """
    return digest(algorithm, point)[:KEY_ID_BYTES]


def make_certificate(
    draft: Draft, *, issuer: Certificate | None, algorithm: Algorithm, sign: Callable[[bytes], bytes]
) -> bytes:
    """
    Make a certificate, DER.

    :param issuer: None: the subject issues it to itself
    :param algorithm: of the issuer's key
    :param sign: makes the issuer's signature of a message, DER
    """
    signature = signature_algorithm(algorithm)
    issuer_name = issuer.subject if issuer is not None else draft.subject
    part = x509.TbsCertificate(
        {
            "version": "v3",
            "serial_number": draft.serial,
            "signature": signature,
            "issuer": x509.Name.load(issuer_name.encoded()),
            "validity": {"not_before": time_of(draft.not_before), "not_after": time_of(draft.not_after)},
            "subject": x509.Name.load(draft.subject.encoded()),
            "subject_public_key_info": keys.PublicKeyInfo.load(
                subject_public_key_info(draft.algorithm, draft.point)
            ),
            "extensions": _extensions(draft, issuer),
        }
    ).dump()
    return signed_der(part, signature.dump(), sign(part))


def signature_algorithm(algorithm: Algorithm) -> algos.SignedDigestAlgorithm:
    """
    Return how signatures of an algorithm are named; without parameters, as RFC 5758 and GM/T 0015 have it.
    """
    return algos.SignedDigestAlgorithm({"algorithm": SIGNATURE_OIDS[algorithm]})


def signed_der(part: bytes, algorithm: bytes, signature: bytes) -> bytes:
    """
    Put together what is signed in the way of certificates.

    :param part: DER of what is signed
    :param algorithm: DER of the AlgorithmIdentifier
    """
    return bytes(
        _SignedParts(
            {"part": core.Any.load(part), "algorithm": core.Any.load(algorithm), "signature": signature}
        ).dump()
    )


def time_of(at: datetime) -> x509.Time:
    """
    Return a moment as certificates write it: UTCTime to the end of 2049, then GeneralizedTime (RFC 5280 4.1.2.5).
    """
    whole = at.astimezone(UTC).replace(microsecond=0)
    if whole.year <= LAST_UTC_YEAR:
        return x509.Time(name="utc_time", value=core.UTCTime(whole))
    return x509.Time(name="general_time", value=core.GeneralizedTime(whole))


def _extensions(draft: Draft, issuer: Certificate | None) -> list[dict[str, Any]]:
    own_id = key_id(draft.algorithm, draft.point)
    issuer_id = issuer.subject_key_id if issuer is not None else own_id
    found: list[tuple[str, bool, Any]] = [
        ("basic_constraints", True, {"ca": draft.is_authority, "path_len_constraint": draft.path_length}),
        ("key_usage", True, {USAGE_NAMES[usage] for usage in draft.usages}),
        ("key_identifier", False, own_id),
        ("authority_key_identifier", False, {"key_identifier": issuer_id}),
    ]
    if draft.purposes:
        found.append(("extended_key_usage", TIME_STAMPING in draft.purposes, list(draft.purposes)))
    if draft.addresses.crl:
        found.append(
            ("crl_distribution_points", False, [{"distribution_point": _at_url(draft.addresses.crl)}])
        )
    places = [
        {"access_method": method, "access_location": _url(url)}
        for method, url in (("ocsp", draft.addresses.status), ("ca_issuers", draft.addresses.issuer))
        if url
    ]
    if places:
        found.append(("authority_information_access", False, places))
    return [{"extn_id": kind, "critical": critical, "extn_value": value} for kind, critical, value in found]


def _url(url: str) -> x509.GeneralName:
    return x509.GeneralName(name="uniform_resource_identifier", value=url)


def _at_url(url: str) -> x509.DistributionPointName:
    return x509.DistributionPointName(name="full_name", value=[_url(url)])


class _SignedParts(core.Sequence):  # type: ignore[misc] # asn1crypto ships no types
    _fields = [("part", core.Any), ("algorithm", core.Any), ("signature", core.OctetBitString)]
