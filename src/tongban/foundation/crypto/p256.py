"""
ECDSA on the curve P-256 with SHA-256, in the shape of `sm2`: for the copies that readers of other countries open.

A signature is the DER SEQUENCE of r and s. Source: FIPS 186-5, RFC 5480.
"""

from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from tongban.foundation.crypto.sm2 import COORDINATE_BYTES, LONGEST_SIGNATURE, NotAKey

_CURVE: Final = ec.SECP256R1()
_SCHEME: Final = ec.ECDSA(SHA256())
ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_ALGORITHM: Final = bytes.fromhex("301306072a8648ce3d020106082a8648ce3d030107")
"""AlgorithmIdentifier: id-ecPublicKey with the curve 1.2.840.10045.3.1.7."""


class PublicKey:
    """
    A point of the curve, ready to verify.
    """

    __slots__ = ("_key", "point")

    def __init__(self, point: bytes) -> None:
        """
        Read a public key.

        :param point: uncompressed, 65 bytes: 04, x, y
        :raises NotAKey: not a point of the curve
        """
        try:
            self._key: Final = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, bytes(point))
        except ValueError as error:
            raise NotAKey("not a point of the curve") from error
        if len(point) != 1 + 2 * COORDINATE_BYTES:
            raise NotAKey("a public key is 65 bytes, uncompressed")
        self.point: Final = bytes(point)

    def __repr__(self) -> str:
        return f"PublicKey({self.point.hex()})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PublicKey) and self.point == other.point

    def __hash__(self) -> int:
        return hash(self.point)

    def verify(self, signature: bytes, message: bytes) -> bool:
        """
        Tell whether `signature` is one of `message` by this key. Never raises for a malformed signature.
        """
        if not 0 < len(signature) <= LONGEST_SIGNATURE:
            return False
        try:
            self._key.verify(bytes(signature), bytes(message), _SCHEME)
        except InvalidSignature:
            return False
        return True


class PrivateKey:
    """
    A key pair. It is never printed and never pickled.
    """

    __slots__ = ("_key", "public")

    def __init__(self, secret: bytes) -> None:
        """
        Read a private key.

        :param secret: the number d, 32 bytes, 1 ≤ d ≤ n - 1
        :raises NotAKey: out of range
        """
        number = int.from_bytes(secret)
        if len(secret) != COORDINATE_BYTES or not 0 < number < ORDER:
            raise NotAKey("a private key is 32 bytes, between 1 and n - 1")
        self._key: Final = ec.derive_private_key(number, _CURVE)
        numbers = self._key.public_key().public_numbers()
        self.public: Final = PublicKey(
            b"\x04" + numbers.x.to_bytes(COORDINATE_BYTES) + numbers.y.to_bytes(COORDINATE_BYTES)
        )

    def __repr__(self) -> str:
        return f"PrivateKey(of {self.public!r})"

    def __reduce__(self) -> str:
        raise TypeError("private keys are not pickled")

    def secret(self) -> bytes:
        """
        Return the number d, 32 bytes, for whoever keeps the key sealed. Never log it.
        """
        return self._key.private_numbers().private_value.to_bytes(COORDINATE_BYTES)

    def sign(self, message: bytes) -> bytes:
        """
        Sign a message; DER SEQUENCE of r and s.
        """
        return self._key.sign(bytes(message), _SCHEME)


def generate() -> PrivateKey:
    """
    Make a new key pair.
    """
    return PrivateKey(
        ec.generate_private_key(_CURVE).private_numbers().private_value.to_bytes(COORDINATE_BYTES)
    )


def subject_public_key_info(point: bytes) -> bytes:
    """
    Return the DER in which certificates carry a public key; RFC 5480.

    :param point: uncompressed, 65 bytes
    """
    bits = b"\x03\x42\x00" + point
    return b"\x30" + bytes([len(_ALGORITHM) + len(bits)]) + _ALGORITHM + bits
