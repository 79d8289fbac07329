"""
SM2 in the system's libcrypto (OpenSSL 3), through ctypes. Nothing but `sm2` imports this module.

Every call gives up the interpreter's lock while it runs, so several threads sign side by side. A key is held by the
library and freed together with the `Key` that stands for it; a `Key` may be used by many threads at once.
OpenSSL computes with the private key in constant time (ossl_ec_scalar_mul_ladder, blinded inversion); see
docs/explanation/cryptography.md for what this does and does not promise.
"""

import ctypes
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Final

LIBRARY: Final = "libcrypto.so.3"
"""OpenSSL 3 as Debian 12 and its kin ship it (package libssl3)."""
POINT_BYTES: Final = 65
SCALAR_BYTES: Final = 32

_POINTER: Final = ctypes.c_void_p
_BYTES: Final = ctypes.c_char_p
_SIZE: Final = ctypes.c_size_t
_SIZES: Final = ctypes.POINTER(_SIZE)
_INT: Final = ctypes.c_int
_DER: Final = (_POINTER, ctypes.POINTER(_BYTES), ctypes.c_long)
_INIT: Final = (_POINTER,) * 5
_CIPHER: Final = (_POINTER, _BYTES, _SIZES, _BYTES, _SIZE)
_FUNCTIONS: Final[dict[str, tuple[Any, tuple[Any, ...]]]] = {
    "ERR_clear_error": (None, ()),
    "BN_bn2binpad": (_INT, (_POINTER, _BYTES, _INT)),
    "BN_clear_free": (None, (_POINTER,)),
    "EVP_sm3": (_POINTER, ()),
    "EVP_PKEY_Q_keygen": (_POINTER, (_POINTER, _POINTER, _BYTES)),
    "EVP_PKEY_free": (None, (_POINTER,)),
    "EVP_PKEY_get_bn_param": (_INT, (_POINTER, _BYTES, ctypes.POINTER(_POINTER))),
    "EVP_PKEY_get_octet_string_param": (_INT, (_POINTER, _BYTES, _BYTES, _SIZE, _SIZES)),
    "d2i_PUBKEY": (_POINTER, _DER),
    "d2i_AutoPrivateKey": (_POINTER, _DER),
    "EVP_PKEY_CTX_new": (_POINTER, (_POINTER, _POINTER)),
    "EVP_PKEY_CTX_free": (None, (_POINTER,)),
    "EVP_PKEY_CTX_set1_id": (_INT, (_POINTER, _BYTES, _SIZE)),
    "EVP_PKEY_encrypt_init": (_INT, (_POINTER,)),
    "EVP_PKEY_encrypt": (_INT, _CIPHER),
    "EVP_PKEY_decrypt_init": (_INT, (_POINTER,)),
    "EVP_PKEY_decrypt": (_INT, _CIPHER),
    "EVP_MD_CTX_new": (_POINTER, ()),
    "EVP_MD_CTX_free": (None, (_POINTER,)),
    "EVP_MD_CTX_set_pkey_ctx": (None, (_POINTER, _POINTER)),
    "EVP_DigestSignInit": (_INT, _INIT),
    "EVP_DigestSign": (_INT, _CIPHER),
    "EVP_DigestVerifyInit": (_INT, _INIT),
    "EVP_DigestVerify": (_INT, (_POINTER, _BYTES, _SIZE, _BYTES, _SIZE)),
}


class LibraryFailed(Exception):
    """
    The library refused: it is not there, it cannot do SM2, or what it was given is not what it should be.
    """


class Key:
    """
    A key pair or a public key inside the library.
    """

    __slots__ = ("__weakref__", "handle")

    def __init__(self, handle: int | None) -> None:
        """
        Take over a key that the library has just made.

        :raises LibraryFailed: it has made none
        """
        if not handle:
            raise LibraryFailed("no key")
        self.handle: Final = handle
        weakref.finalize(self, library().EVP_PKEY_free, handle).atexit = False


@lru_cache(maxsize=1)
def library() -> Any:
    """
    Return the library with the functions this module calls, typed.

    :raises LibraryFailed: it is not installed or too old
    """
    try:
        loaded = ctypes.CDLL(LIBRARY)
        for name, (result, arguments) in _FUNCTIONS.items():
            function = getattr(loaded, name)
            function.restype, function.argtypes = result, arguments
    except (OSError, AttributeError) as error:
        raise LibraryFailed(f"{LIBRARY} of OpenSSL 3 is needed: {error}") from error
    return loaded


def generate() -> Key:
    """
    Make a key pair with the library's own random numbers.
    """
    return Key(library().EVP_PKEY_Q_keygen(None, None, b"SM2"))


def public_key(subject_public_key_info: bytes) -> Key:
    """
    Read a public key.

    :param subject_public_key_info: DER
    :raises LibraryFailed: not a point of the curve
    """
    return Key(_read("d2i_PUBKEY", subject_public_key_info))


def private_key(private_key_info: bytes) -> Key:
    """
    Read a private key.

    :param private_key_info: DER, PKCS#8 in clear
    :raises LibraryFailed: not a key of the curve
    """
    return Key(_read("d2i_AutoPrivateKey", private_key_info))


def point_of(key: Key) -> bytes:
    """
    Return the public point, uncompressed, 65 bytes.
    """
    buffer, size = ctypes.create_string_buffer(POINT_BYTES), _SIZE()
    _demand(
        library().EVP_PKEY_get_octet_string_param(key.handle, b"pub", buffer, POINT_BYTES, ctypes.byref(size))
    )
    return buffer.raw[: size.value]


def scalar_of(key: Key) -> bytes:
    """
    Return the secret number of a key pair, 32 bytes.
    """
    number = _POINTER()
    _demand(library().EVP_PKEY_get_bn_param(key.handle, b"priv", ctypes.byref(number)))
    try:
        buffer = ctypes.create_string_buffer(SCALAR_BYTES)
        _demand(library().BN_bn2binpad(number, buffer, SCALAR_BYTES) == SCALAR_BYTES)
        return buffer.raw
    finally:
        library().BN_clear_free(number)


def sign(key: Key, message: bytes, *, signer_id: bytes) -> bytes:
    """
    Sign Z and the message by SM2 with SM3; return the DER SEQUENCE of r and s.
    """
    with _digesting(key, signer_id) as context:
        _demand(library().EVP_DigestSignInit(context, None, library().EVP_sm3(), None, key.handle))
        size = _SIZE()
        _demand(library().EVP_DigestSign(context, None, ctypes.byref(size), message, len(message)))
        buffer = ctypes.create_string_buffer(size.value)
        _demand(library().EVP_DigestSign(context, buffer, ctypes.byref(size), message, len(message)))
        return buffer.raw[: size.value]


def is_signed(key: Key, signature: bytes, message: bytes, *, signer_id: bytes) -> bool:
    """
    Tell whether the signature, DER, is that of this key over the message.
    """
    with _digesting(key, signer_id) as context:
        _demand(library().EVP_DigestVerifyInit(context, None, library().EVP_sm3(), None, key.handle))
        answer = library().EVP_DigestVerify(context, signature, len(signature), message, len(message))
        library().ERR_clear_error()
        return bool(answer == 1)


def encrypt(key: Key, plaintext: bytes) -> bytes:
    """
    Encrypt to a public key; return the DER of GB/T 35276 SM2Cipher (x, y, C3, C2).
    """
    return _ciphered("EVP_PKEY_encrypt", key, plaintext)


def decrypt(key: Key, ciphertext: bytes) -> bytes:
    """
    Decrypt what was encrypted to this key pair, DER as `encrypt` returns it.

    :raises LibraryFailed: changed, or encrypted to another key
    """
    return _ciphered("EVP_PKEY_decrypt", key, ciphertext)


def _ciphered(function: str, key: Key, data: bytes) -> bytes:
    context = library().EVP_PKEY_CTX_new(key.handle, None)
    try:
        _demand(getattr(library(), f"{function}_init")(context))
        size = _SIZE()
        cipher = getattr(library(), function)
        _demand(cipher(context, None, ctypes.byref(size), data, len(data)))
        buffer = ctypes.create_string_buffer(size.value)
        _demand(cipher(context, buffer, ctypes.byref(size), data, len(data)))
        return buffer.raw[: size.value]
    finally:
        library().EVP_PKEY_CTX_free(context)


@contextmanager
def _digesting(key: Key, signer_id: bytes) -> Iterator[int]:
    # The id must be set before the first byte is digested, or the library takes an empty one and nothing that others
    # have signed verifies.
    context, key_context = library().EVP_MD_CTX_new(), library().EVP_PKEY_CTX_new(key.handle, None)
    try:
        _demand(context and key_context)
        _demand(library().EVP_PKEY_CTX_set1_id(key_context, signer_id, len(signer_id)))
        library().EVP_MD_CTX_set_pkey_ctx(context, key_context)
        yield context
    finally:
        library().EVP_MD_CTX_free(context)
        library().EVP_PKEY_CTX_free(key_context)


def _read(function: str, der: bytes) -> int | None:
    start = _BYTES(der)
    handle = getattr(library(), function)(None, ctypes.byref(start), len(der))
    library().ERR_clear_error()
    return handle  # type: ignore[no-any-return] # a ctypes pointer is an int or None


def _demand(answer: Any) -> None:
    if not answer or answer < 0:
        library().ERR_clear_error()
        raise LibraryFailed("the library refused")
