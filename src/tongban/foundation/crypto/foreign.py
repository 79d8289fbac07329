"""
Signatures of RSA and of the other NIST curves: verified where others made them, never made here.

Most PDF files of companies and many older chains of 电子认证服务机构 are RSA. What proves nothing any more is told
apart from what is wrong and from what is not known: SHA-1, MD5, and RSA keys below 2048 bits.
Sources: RFC 8017 (PKCS1v15, PSS), RFC 4055 (names of them), RFC 5758, NIST SP 800-131A rev. 2.
"""

import hashlib
from enum import StrEnum
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm
from cryptography.hazmat.primitives.serialization import load_der_public_key

from tongban.foundation.crypto import asn1

ForeignKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey

RSA_WITH: Final[dict[str, HashAlgorithm]] = {
    "1.2.840.113549.1.1.11": SHA256(),
    "1.2.840.113549.1.1.12": SHA384(),
    "1.2.840.113549.1.1.13": SHA512(),
}
ECDSA_WITH: Final[dict[str, HashAlgorithm]] = {
    "1.2.840.10045.4.3.2": SHA256(),
    "1.2.840.10045.4.3.3": SHA384(),
    "1.2.840.10045.4.3.4": SHA512(),
}
DIGESTS: Final[dict[str, HashAlgorithm]] = {
    "2.16.840.1.101.3.4.2.1": SHA256(),
    "2.16.840.1.101.3.4.2.2": SHA384(),
    "2.16.840.1.101.3.4.2.3": SHA512(),
}
RSA_KEY: Final = "1.2.840.113549.1.1.1"
EC_KEY: Final = "1.2.840.10045.2.1"
PSS_OID: Final = "1.2.840.113549.1.1.10"
NAMING_DIGESTS: Final = frozenset({*RSA_WITH, *ECDSA_WITH})
KNOWN: Final = frozenset({*NAMING_DIGESTS, PSS_OID, "1.2.156.10197.1.501"})
"""Algorithms of which it is known that keys of another kind do not sign with them."""
WEAK_OIDS: Final = frozenset(
    {
        "1.2.840.113549.1.1.2",  # MD2 with RSA
        "1.2.840.113549.1.1.4",  # MD5 with RSA
        "1.2.840.113549.1.1.5",  # SHA-1 with RSA
        "1.3.14.3.2.29",  # the same, by its old name
        "1.2.840.10045.4.1",  # ECDSA with SHA-1
        "1.3.14.3.2.26",  # SHA-1
        "1.2.840.113549.2.5",  # MD5
    }
)
CURVES: Final = frozenset({"secp256r1", "secp384r1", "secp521r1"})
LEAST_RSA_BITS: Final = 2048
MOST_RSA_BITS: Final = 8192
"""Larger ones cost a stranger's file more than its share."""
USUAL_SALT: Final = 20
LONGEST_SALT: Final = 64
KEPT: Final = 64


class Proof(StrEnum):
    """
    What a signature proves.
    """

    RIGHT = "RIGHT"
    """The key made it."""
    WRONG = "WRONG"
    """The key did not make it."""
    WEAK = "WEAK"
    """Right or wrong, others can make such a one today."""
    UNKNOWN = "UNKNOWN"
    """Another algorithm; nothing can be said."""


def check(key_info: bytes, algorithm: bytes, signature: bytes, message: bytes) -> Proof:
    """
    Say what a signature proves. Never raises for a malformed one.

    :param key_info: SubjectPublicKeyInfo, DER
    :param algorithm: AlgorithmIdentifier of the signature, DER
    """
    try:
        named, *parameters = asn1.piece(algorithm).pieces()
        dotted = asn1.oid(named)
        key = _key(key_info)
        if dotted in WEAK_OIDS or (isinstance(key, rsa.RSAPublicKey) and key.key_size < LEAST_RSA_BITS):
            return Proof.WEAK
        if isinstance(key, ec.EllipticCurvePublicKey) and dotted in ECDSA_WITH:
            key.verify(signature, message, ec.ECDSA(ECDSA_WITH[dotted]))
        elif isinstance(key, rsa.RSAPublicKey) and dotted in RSA_WITH:
            key.verify(signature, message, PKCS1v15(), RSA_WITH[dotted])
        elif isinstance(key, rsa.RSAPublicKey) and dotted == PSS_OID:
            return _pss(key, parameters, signature, message)
        else:
            return Proof.WRONG if key is not None and dotted in KNOWN else Proof.UNKNOWN
    except InvalidSignature:
        return Proof.WRONG
    except (*asn1.UNREADABLE, UnsupportedAlgorithm):
        return Proof.UNKNOWN
    return Proof.RIGHT


def joined(signature: bytes, digest_oid: str) -> bytes:
    """
    Return the algorithm of a signature whose kind and digest are named apart, as SignedData does; DER.

    :param signature: AlgorithmIdentifier; one that names both is returned as it is
    """
    wanted = {RSA_KEY: RSA_WITH, EC_KEY: ECDSA_WITH}.get(asn1.oid(asn1.piece(signature).pieces()[0]))
    digest = DIGESTS.get(digest_oid)
    if wanted is None or digest is None:
        return signature
    dotted = next(one for one, used in wanted.items() if used.name == digest.name)
    return identifier(dotted)


def identifier(dotted: str) -> bytes:
    """
    Return the AlgorithmIdentifier of an algorithm that takes no parameters, DER.
    """
    return asn1.built(0x30, asn1.written_oid(dotted))


def digest_of(digest_oid: str, data: bytes) -> bytes | None:
    """
    Return the digest that an identifier names; None: another than SHA-256, 384 and 512.
    """
    found = DIGESTS.get(digest_oid)
    return None if found is None else hashlib.new(found.name, data).digest()


def strength(key_info: bytes) -> Proof:
    """
    Say whether signatures of a key could prove anything: RIGHT, WEAK or UNKNOWN.

    :param key_info: SubjectPublicKeyInfo, DER
    """
    try:
        key = _key(key_info)
    except (*asn1.UNREADABLE, UnsupportedAlgorithm):
        return Proof.UNKNOWN
    if key is None:
        return Proof.UNKNOWN
    is_weak = isinstance(key, rsa.RSAPublicKey) and key.key_size < LEAST_RSA_BITS
    return Proof.WEAK if is_weak else Proof.RIGHT


@lru_cache(maxsize=KEPT)
def _key(key_info: bytes) -> ForeignKey | None:
    """
    Read a key; None: of another kind, or larger than is computed with here.
    """
    found = load_der_public_key(key_info)
    if isinstance(found, rsa.RSAPublicKey) and found.key_size <= MOST_RSA_BITS:
        return found
    if isinstance(found, ec.EllipticCurvePublicKey) and found.curve.name in CURVES:
        return found
    return None


def _pss(key: rsa.RSAPublicKey, parameters: list[asn1.Piece], signature: bytes, message: bytes) -> Proof:
    said = {part.tag: part.pieces()[0] for part in parameters[0].pieces()} if parameters else {}
    if 0 not in said:
        return Proof.WEAK  # SHA-1 goes without saying
    digest_oid = asn1.oid(said[0].pieces()[0])
    if digest_oid in WEAK_OIDS:
        return Proof.WEAK
    mask = said[1].pieces()[1].pieces()[0] if 1 in said else None
    digest = DIGESTS.get(digest_oid)
    salt = asn1.integer(said[2]) if 2 in said else USUAL_SALT  # noqa: PLR2004 - context tag
    is_usual = mask is not None and asn1.oid(mask) == digest_oid
    if digest is None or not is_usual or not 0 <= salt <= LONGEST_SALT:
        return Proof.UNKNOWN
    key.verify(signature, message, PSS(mgf=MGF1(digest), salt_length=salt), digest)
    return Proof.RIGHT
