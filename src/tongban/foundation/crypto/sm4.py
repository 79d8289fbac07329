"""
SM4 in the modes that files and protocols of others ask for; GB/T 32907-2016, modes GB/T 17964-2021.

What this node keeps for itself is sealed by `at_rest`, in GCM.
"""

import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import CBC, GCM
from cryptography.hazmat.primitives.padding import PKCS7

KEY_BYTES: Final = 16
BLOCK_BYTES: Final = 16
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16


class NotDecryptable(Exception):
    """
    A ciphertext that was changed, cut, or made with another key.
    """


def new_key() -> bytes:
    """
    Return a fresh key, 16 bytes.
    """
    return secrets.token_bytes(KEY_BYTES)


def encrypt_gcm(key: bytes, plaintext: bytes, *, associated: bytes = b"") -> bytes:
    """
    Encrypt and authenticate; nonce (12 bytes), ciphertext and tag (16 bytes) in one.

    :param associated: authenticated with it, not encrypted
    """
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + encrypt_gcm_at(nonce, key, plaintext, associated=associated)


def decrypt_gcm(key: bytes, blob: bytes, *, associated: bytes = b"") -> bytes:
    """
    Decrypt what `encrypt_gcm` made with the same key and associated data.

    :raises NotDecryptable: changed, or not of this key
    """
    return decrypt_gcm_at(blob[:NONCE_BYTES], key, blob[NONCE_BYTES:], associated=associated)


def encrypt_gcm_at(nonce: bytes, key: bytes, plaintext: bytes, *, associated: bytes) -> bytes:
    """
    Encrypt and authenticate under a nonce of the caller's, which must never come twice with one key.

    :returns: ciphertext and tag, without the nonce
    """
    encryptor = Cipher(SM4(key), GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(associated)
    return encryptor.update(plaintext) + encryptor.finalize() + encryptor.tag


def decrypt_gcm_at(nonce: bytes, key: bytes, blob: bytes, *, associated: bytes) -> bytes:
    """
    Decrypt what `encrypt_gcm_at` made with the same nonce, key and associated data.

    :raises NotDecryptable: changed, cut, or not of this key
    """
    if len(nonce) != NONCE_BYTES or len(blob) < TAG_BYTES:
        raise NotDecryptable
    decryptor = Cipher(SM4(key), GCM(nonce, blob[-TAG_BYTES:])).decryptor()
    decryptor.authenticate_additional_data(associated)
    try:
        return decryptor.update(blob[:-TAG_BYTES]) + decryptor.finalize()
    except InvalidTag as error:
        raise NotDecryptable from error


def encrypt_cbc(key: bytes, plaintext: bytes, *, iv: bytes) -> bytes:
    """
    Encrypt in CBC with PKCS#7 padding, as older interfaces do. It authenticates nothing: sign what goes out.
    """
    padder = PKCS7(8 * BLOCK_BYTES).padder()
    encryptor = Cipher(SM4(key), CBC(iv)).encryptor()
    return encryptor.update(padder.update(plaintext) + padder.finalize()) + encryptor.finalize()


def decrypt_cbc(key: bytes, ciphertext: bytes, *, iv: bytes) -> bytes:
    """
    Decrypt CBC with PKCS#7 padding.

    :raises NotDecryptable: no whole blocks, or wrong padding; tell a sender no more than that
    """
    decryptor = Cipher(SM4(key), CBC(iv)).decryptor()
    unpadder = PKCS7(8 * BLOCK_BYTES).unpadder()
    try:
        padded = decryptor.update(ciphertext) + decryptor.finalize()
        return unpadder.update(padded) + unpadder.finalize()
    except ValueError as error:
        raise NotDecryptable from error
