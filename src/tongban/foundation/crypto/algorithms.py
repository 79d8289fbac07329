"""
The two kinds of signature this platform makes, behind one face: SM2 with SM3, and ECDSA P-256 with SHA-256.

SM2 is what counts in law (电子签名法, 密码法 art. 27); P-256 is for what foreign readers open, such as PDF.
"""

import hashlib
from enum import StrEnum
from typing import Final, Protocol

from tongban.foundation.crypto import p256, sm2
from tongban.foundation.crypto.digests import sm3


class Algorithm(StrEnum):
    """
    A signature algorithm together with its digest.
    """

    SM2 = "SM2"
    """SM2 with SM3; GB/T 32918.2-2016, signer's id "1234567812345678"."""
    P256 = "P256"
    """ECDSA on P-256 with SHA-256; FIPS 186-5."""


class PublicKey(Protocol):
    """
    What verifies.
    """

    @property
    def point(self) -> bytes:
        """
        Return the key, uncompressed, 65 bytes.
        """

    def verify(self, signature: bytes, message: bytes) -> bool:
        """
        Tell whether `signature`, DER, is one of `message` by this key. Never raises for a malformed one.
        """


PrivateKey = sm2.PrivateKey | p256.PrivateKey

SIGNATURE_OIDS: Final = {Algorithm.SM2: "1.2.156.10197.1.501", Algorithm.P256: "1.2.840.10045.4.3.2"}
"""GM/T 0006-2012 SM2-with-SM3; RFC 5758 ecdsa-with-SHA256."""
DIGEST_OIDS: Final = {Algorithm.SM2: "1.2.156.10197.1.401", Algorithm.P256: "2.16.840.1.101.3.4.2.1"}
CURVE_OIDS: Final = {Algorithm.SM2: "1.2.156.10197.1.301", Algorithm.P256: "1.2.840.10045.3.1.7"}
DIGEST_BYTES: Final = 32


def digest(algorithm: Algorithm, data: bytes) -> bytes:
    """
    Return the digest that goes with a signature algorithm: SM3 or SHA-256, 32 bytes.
    """
    return sm3(data) if algorithm is Algorithm.SM2 else hashlib.sha256(data).digest()


def public_key(algorithm: Algorithm, point: bytes) -> PublicKey:
    """
    Read a public key.

    :param point: uncompressed, 65 bytes
    :raises sm2.NotAKey: not a point of the curve
    """
    return sm2.PublicKey(point) if algorithm is Algorithm.SM2 else p256.PublicKey(point)


def private_key(algorithm: Algorithm, secret: bytes) -> PrivateKey:
    """
    Read a private key.

    :param secret: 32 bytes
    :raises sm2.NotAKey: out of range
    """
    return sm2.PrivateKey(secret) if algorithm is Algorithm.SM2 else p256.PrivateKey(secret)


def generate(algorithm: Algorithm) -> PrivateKey:
    """
    Make a new key pair.
    """
    return sm2.generate() if algorithm is Algorithm.SM2 else p256.generate()


def subject_public_key_info(algorithm: Algorithm, point: bytes) -> bytes:
    """
    Return the DER in which certificates carry a public key.
    """
    if algorithm is Algorithm.SM2:
        return sm2.subject_public_key_info(point)
    return p256.subject_public_key_info(point)
