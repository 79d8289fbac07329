"""
National cryptography for data at rest: SM3 digests, SM4-GCM sealing, blind indexes.

Keys come from the node's key file, never from the database. A sealed value is

    version (1 byte) | key id (1 byte) | nonce (12 bytes) | SM4-GCM ciphertext and tag (16 bytes)

and is bound to its place by the associated data: a ciphertext moved to another column or another row is refused.
SM3: GB/T 32905-2016; SM4: GB/T 32907-2016; HMAC-SM3: GB/T 15852.2.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import GCM
from django.conf import settings

VERSION = 1
NONCE_BYTES = 12
TAG_BYTES = 16
HEADER_BYTES = 2
BLIND_INDEX_BYTES = 16


class SealBroken(Exception):
    """
    A sealed value was changed, moved to another place, or sealed with a key this node does not hold.
    """


@dataclass(frozen=True)
class Keys:
    """
    The node's data keys, read from its key file.
    """

    data: dict[int, bytes]
    """SM4 keys (16 bytes) by id; the highest id seals, all of them unseal."""
    index: bytes
    """Root of the blind-index keys (32 bytes)."""
    mac: bytes
    """Root of the keys for cursors and demonstration seals (32 bytes)."""


@lru_cache(maxsize=1)
def keys() -> Keys:
    """
    Return the keys of this node.
    """
    loaded: Keys = settings.TONGBAN_KEYS
    return loaded


def sm3(data: bytes) -> bytes:
    """
    Return the SM3 digest, 32 bytes.
    """
    return hashlib.new("sm3", data).digest()


def hmac_sm3(key: bytes, data: bytes) -> bytes:
    """
    Return HMAC-SM3, 32 bytes.
    """
    return hmac.new(key, data, "sm3").digest()


def seal(plaintext: bytes, *, context: str) -> bytes:
    """
    Encrypt `plaintext` so that only this node can read it, and only at the place named by `context`.

    :param context: where the value lives, e.g. "identity.person.name:<row id>"
    """
    key_id = max(keys().data)
    nonce = secrets.token_bytes(NONCE_BYTES)
    encryptor = Cipher(SM4(keys().data[key_id]), GCM(nonce)).encryptor()
    header = bytes((VERSION, key_id))
    encryptor.authenticate_additional_data(header + context.encode())
    return header + nonce + encryptor.update(plaintext) + encryptor.finalize() + encryptor.tag


def unseal(blob: bytes, *, context: str) -> bytes:
    """
    Decrypt what `seal` made with the same `context`.

    :raises SealBroken: the value was changed, belongs elsewhere, or its key is not here
    """
    blob = bytes(blob)
    if len(blob) < HEADER_BYTES + NONCE_BYTES + TAG_BYTES or blob[0] != VERSION or blob[1] not in keys().data:
        raise SealBroken(context)
    header, nonce = blob[:HEADER_BYTES], blob[HEADER_BYTES : HEADER_BYTES + NONCE_BYTES]
    body, tag = blob[HEADER_BYTES + NONCE_BYTES : -TAG_BYTES], blob[-TAG_BYTES:]
    decryptor = Cipher(SM4(keys().data[header[1]]), GCM(nonce, tag)).decryptor()
    decryptor.authenticate_additional_data(header + context.encode())
    try:
        return decryptor.update(body) + decryptor.finalize()
    except InvalidTag as error:
        raise SealBroken(context) from error


def blind_index(domain: str, value: str) -> bytes:
    """
    Return 16 bytes by which a sealed value can be found again without being read.

    :param domain: what kind of value, e.g. "resident_id"; indexes of two domains cannot be compared
    :param value: already normalised by the caller
    """
    return hmac_sm3(_index_key(domain), value.encode())[:BLIND_INDEX_BYTES]


def mac(purpose: str, data: bytes) -> bytes:
    """
    Return a keyed digest that only this node can make, 32 bytes.
    """
    return hmac_sm3(hmac_sm3(keys().mac, purpose.encode()), data)


@lru_cache(maxsize=64)
def _index_key(domain: str) -> bytes:
    return hmac_sm3(keys().index, domain.encode())
