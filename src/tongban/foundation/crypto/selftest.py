"""
The self-test of the algorithms: a node whose cryptography computes wrongly must not start.

Every vector is a published one; a changed input must be refused as well, so that a library that says yes to everything
does not pass. It takes a few milliseconds and runs in every process of the node, before anything else.
Sources: GB/T 32905-2016 annex A (SM3), GB/T 32907-2016 annex A (SM4), RFC 8998 annex A.2 (SM4-GCM),
GB/T 32918.5-2017 annexes A and C (SM2 on the recommended curve).
"""

from collections.abc import Callable
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import ECB

from tongban.foundation.crypto import sm2, sm4
from tongban.foundation.crypto.digests import hmac_sm3, sm3

_SM3_OF: Final = {
    b"": "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b",
    b"abc": "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
    b"abcd" * 16: "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732",
}
_HMAC_KEY: Final = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"
_HMAC: Final = "f581affdb518e66e0247f16370d1ba1399538374fb0cfb4dd1aac7331ee18429"

_SM4_KEY: Final = bytes.fromhex("0123456789abcdeffedcba9876543210")
_SM4_BLOCK: Final = "681edf34d206965e86b3e94f536e4246"
_GCM_NONCE: Final = bytes.fromhex("00001234567800000000abcd")
_GCM_ASSOCIATED: Final = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
_GCM_PLAIN: Final = b"".join(bytes([byte]) * 8 for byte in (0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF, 0xEE, 0xAA))
_GCM_CIPHER: Final = (
    "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
    "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
)
_GCM_TAG: Final = "83de3541e4c2b58177e065a9bf7b62ec"

_SM2_SECRET: Final = bytes.fromhex("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8")
_SM2_POINT: Final = bytes.fromhex(
    "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
)
_SM2_MESSAGE: Final = b"message digest"
_SM2_SIGNATURE: Final = bytes.fromhex(
    "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
    "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"
)
_SM2_PLAIN: Final = b"encryption standard"
_SM2_CIPHER: Final = bytes.fromhex(
    "307c022004ebfc718e8d1798620432268e77feb6415e2ede0e073c0f4f640ecd2e149a73"
    "022100e858f9d81e5430a57b36daab8f950a3c64e6ee6a63094d99283aff767e124df0"
    "042059983c18f809e262923c53aec295d30383b54e39d609d160afcb1908d0bd8766"
    "041321886ca989ca9c7d58087307ca93092d651efa"
)


class SelfTestFailed(Exception):
    """
    An algorithm gave another answer than the standard prints; nothing that this process computes can be trusted.
    """


def require_sound() -> None:
    """
    Try every algorithm on published vectors.

    :raises SelfTestFailed: names the algorithm; also where the library is missing
    """
    for name, passes in _TESTS.items():
        try:
            is_sound = passes()
        except Exception as error:
            raise SelfTestFailed(f"{name}: {error!r}") from error
        if not is_sound:
            raise SelfTestFailed(f"{name} gives another answer than the standard prints")


def _sm3() -> bool:
    return all(sm3(message).hex() == digest for message, digest in _SM3_OF.items())


def _hmac() -> bool:
    return hmac_sm3(_HMAC_KEY, b"abc").hex() == _HMAC


def _sm4() -> bool:
    encryptor = Cipher(SM4(_SM4_KEY), ECB()).encryptor()  # noqa: S305 - one block, as the standard prints it
    return encryptor.update(_SM4_KEY).hex() == _SM4_BLOCK


def _sm4_gcm() -> bool:
    made = sm4.encrypt_gcm_at(_GCM_NONCE, _SM4_KEY, _GCM_PLAIN, associated=_GCM_ASSOCIATED)
    opened = sm4.decrypt_gcm_at(_GCM_NONCE, _SM4_KEY, made, associated=_GCM_ASSOCIATED)
    return (made.hex(), opened) == (_GCM_CIPHER + _GCM_TAG, _GCM_PLAIN)


def _sm2_verify() -> bool:
    key, signature = sm2.PublicKey(_SM2_POINT), sm2.der_of(_SM2_SIGNATURE)
    return key.verify(signature, _SM2_MESSAGE) and not key.verify(signature, _SM2_MESSAGE + b".")


def _sm2_sign() -> bool:
    key = sm2.PrivateKey(_SM2_SECRET)
    first, second = key.sign(_SM2_MESSAGE), key.sign(_SM2_MESSAGE)
    # Two equal signatures would mean one nonce for both, which gives the key away.
    is_fresh = first != second
    return key.public.point == _SM2_POINT and is_fresh and key.public.verify(first, _SM2_MESSAGE)


def _sm2_decrypt() -> bool:
    key = sm2.PrivateKey(_SM2_SECRET)
    return key.decrypt(_SM2_CIPHER) == _SM2_PLAIN == key.decrypt(key.public.encrypt(_SM2_PLAIN))


_TESTS: Final[dict[str, Callable[[], bool]]] = {
    "SM3": _sm3,
    "HMAC-SM3": _hmac,
    "SM4": _sm4,
    "SM4-GCM": _sm4_gcm,
    "SM2 verification": _sm2_verify,
    "SM2 signature": _sm2_sign,
    "SM2 decryption": _sm2_decrypt,
}
