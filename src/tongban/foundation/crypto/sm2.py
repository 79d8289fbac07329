"""
SM2: signatures and encryption with keys on the curve sm2p256v1.

A signature is the DER SEQUENCE of r and s over SM3(Z ‖ message), where Z holds the signer's id; the id is always
explicit and by default "1234567812345678". A ciphertext is the DER of SM2Cipher (x, y, C3, C2).
Sources: GB/T 32918.2-2016 (signature), GB/T 32918.4-2016 (encryption), GB/T 32918.5-2017 (curve), GB/T 35276-2017
(data formats), GM/T 0009-2012 section 10 (default id).
"""

from typing import Final

from tongban.foundation.crypto import libcrypto
from tongban.foundation.crypto.libcrypto import LibraryFailed

DEFAULT_ID: Final = b"1234567812345678"
COORDINATE_BYTES: Final = 32
POINT_BYTES: Final = 65
DIGEST_BYTES: Final = 32
LONGEST_SIGNATURE: Final = 72
UNCOMPRESSED: Final = b"\x04"
ORDER: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123

_ALGORITHM: Final = bytes.fromhex("301306072a8648ce3d020106082a811ccf5501822d")
"""AlgorithmIdentifier: id-ecPublicKey with the curve 1.2.156.10197.1.301."""


class NotAKey(Exception):
    """
    These bytes are no SM2 key: wrong length, or not on the curve.
    """


class NotDecryptable(Exception):
    """
    A ciphertext that was changed or is for another key.
    """


class PublicKey:
    """
    A point of the curve, ready to verify and to encrypt.
    """

    __slots__ = ("_key", "point")

    def __init__(self, point: bytes) -> None:
        """
        Read a public key.

        :param point: uncompressed, 65 bytes: 04, x, y
        :raises NotAKey: not a point of the curve
        """
        if len(point) != POINT_BYTES or point[:1] != UNCOMPRESSED:
            raise NotAKey("a public key is 65 bytes, uncompressed")
        self.point: Final = bytes(point)
        try:
            self._key: Final = libcrypto.public_key(subject_public_key_info(point))
        except LibraryFailed as error:
            raise NotAKey("not a point of the curve") from error

    def __repr__(self) -> str:
        return f"PublicKey({self.point.hex()})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PublicKey) and self.point == other.point

    def __hash__(self) -> int:
        return hash(self.point)

    def verify(self, signature: bytes, message: bytes, *, signer_id: bytes = DEFAULT_ID) -> bool:
        """
        Tell whether `signature` is one of `message` by this key. Never raises for a malformed signature.

        :param signature: DER SEQUENCE of r and s; anything that is not exactly that is refused
        """
        if not 0 < len(signature) <= LONGEST_SIGNATURE:
            return False
        return libcrypto.is_signed(self._key, bytes(signature), bytes(message), signer_id=signer_id)

    def encrypt(self, plaintext: bytes) -> bytes:
        """
        Encrypt so that only the holder of the private key can read it; DER of SM2Cipher.

        :param plaintext: at least one byte
        """
        return libcrypto.encrypt(self._key, plaintext)


class PrivateKey:
    """
    A key pair. It is never printed, never pickled and compares by its public half.
    """

    __slots__ = ("_key", "public")

    def __init__(self, secret: bytes) -> None:
        """
        Read a private key.

        :param secret: the number d, 32 bytes, 1 ≤ d ≤ n - 2
        :raises NotAKey: out of range
        """
        if len(secret) != COORDINATE_BYTES or not 0 < int.from_bytes(secret) < ORDER - 1:
            raise NotAKey("a private key is 32 bytes, between 1 and n - 2")
        try:
            self._key = libcrypto.private_key(_private_key_info(secret))
        except LibraryFailed as error:
            raise NotAKey("not a key of the curve") from error
        self.public: Final = PublicKey(libcrypto.point_of(self._key))

    def __repr__(self) -> str:
        return f"PrivateKey(of {self.public!r})"

    def __reduce__(self) -> str:
        raise TypeError("private keys are not pickled")

    def secret(self) -> bytes:
        """
        Return the number d, 32 bytes, for whoever keeps the key sealed. Never log it.
        """
        return libcrypto.scalar_of(self._key)

    def sign(self, message: bytes, *, signer_id: bytes = DEFAULT_ID) -> bytes:
        """
        Sign a message; DER SEQUENCE of r and s. Two signatures of one message differ.
        """
        return libcrypto.sign(self._key, bytes(message), signer_id=signer_id)

    def decrypt(self, ciphertext: bytes) -> bytes:
        """
        Decrypt what `PublicKey.encrypt` made.

        :raises NotDecryptable: changed, or for another key
        """
        try:
            return libcrypto.decrypt(self._key, ciphertext)
        except LibraryFailed as error:
            raise NotDecryptable from error


def generate() -> PrivateKey:
    """
    Make a new key pair.
    """
    return PrivateKey(libcrypto.scalar_of(libcrypto.generate()))


def subject_public_key_info(point: bytes) -> bytes:
    """
    Return the DER in which certificates carry a public key (GM/T 0015).

    :param point: uncompressed, 65 bytes
    """
    bits = b"\x03\x42\x00" + point
    return b"\x30" + bytes([len(_ALGORITHM) + len(bits)]) + _ALGORITHM + bits


def raw_of(signature: bytes) -> bytes:
    """
    Return a DER signature as r and s side by side, 64 bytes: shorter, for QR codes and for other libraries.

    :raises ValueError: not the DER SEQUENCE of two numbers
    """
    body = _content(signature, tag=0x30)
    first, rest = _number(body)
    second, end = _number(rest)
    if end:
        raise ValueError("more than two numbers")
    return first.to_bytes(COORDINATE_BYTES) + second.to_bytes(COORDINATE_BYTES)


def der_of(raw: bytes) -> bytes:
    """
    Return the DER of a signature that is given as r and s side by side.

    :param raw: 64 bytes
    :raises ValueError: another length
    """
    if len(raw) != 2 * COORDINATE_BYTES:
        raise ValueError("r and s take 64 bytes")
    body = _der_number(raw[:COORDINATE_BYTES]) + _der_number(raw[COORDINATE_BYTES:])
    return b"\x30" + bytes([len(body)]) + body


def _private_key_info(secret: bytes) -> bytes:
    # PKCS#8 around an ECPrivateKey that leaves its public half out; the library works it out.
    key = b"\x30\x25\x02\x01\x01\x04\x20" + secret
    body = b"\x02\x01\x00" + _ALGORITHM + b"\x04" + bytes([len(key)]) + key
    return b"\x30" + bytes([len(body)]) + body


def _content(der: bytes, *, tag: int) -> bytes:
    if len(der) < 2 or der[0] != tag or der[1] != len(der) - 2:  # noqa: PLR2004 - tag and length
        raise ValueError("not the DER of a signature")
    return der[2:]


def _number(der: bytes) -> tuple[int, bytes]:
    if len(der) < 2 or der[0] != 0x02 or not 0 < der[1] <= COORDINATE_BYTES + 1:  # noqa: PLR2004 - tag and length
        raise ValueError("not the DER of a number")
    end = 2 + der[1]
    return int.from_bytes(der[2:end]), der[end:]


def _der_number(raw: bytes) -> bytes:
    plain = raw.lstrip(b"\0") or b"\0"
    if plain[0] & 0x80:
        plain = b"\0" + plain
    return b"\x02" + bytes([len(plain)]) + plain
