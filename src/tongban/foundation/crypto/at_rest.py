"""
Data at rest: SM4-GCM sealing and blind indexes under the keys of the node.

Keys come from the node's key file or its KMS, never from the database. A sealed value is

    version (1 byte) | key id (1 byte) | nonce (12 bytes) | SM4-GCM ciphertext and tag (16 bytes)

and is bound to its place by the associated data: a ciphertext moved to another column or another row is refused.
Version 1 is sealed with the node's data key of that id. Version 2 is sealed with a key of its own, which the caller
holds sealed somewhere else (a case's key, a file's key); its key id is 0.
Sources: GB/T 32907-2016 (SM4), GB/T 32905-2016 (SM3), GB/T 15852.2-2012 (HMAC).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from django.conf import settings

from tongban.foundation.crypto import sm4
from tongban.foundation.crypto.digests import hmac_sm3

VERSION = 1
OWN_KEY_VERSION = 2
NO_KEY_ID = 0
HEADER_BYTES = 2
SHORTEST = HEADER_BYTES + sm4.NONCE_BYTES + sm4.TAG_BYTES
BLIND_INDEX_BYTES = 16


class SealBroken(Exception):
    """
    A sealed value was changed, moved to another place, or sealed with a key this node does not hold.
    """


@dataclass(frozen=True, kw_only=True)
class Keys:
    """
    The keys of a node, ready for use.
    """

    data: Mapping[int, bytes]
    """SM4 keys (16 bytes) by id, 1 to 255; all of them unseal."""
    active: int
    """Id of the one that seals."""
    index_roots: Mapping[int, bytes]
    """Roots of the blind-index keys (32 bytes) by id; more than one only while they change."""
    index_active: int
    """Id of the root that indexes are written with; they are looked for under all of them."""
    mac: bytes
    """Root of the keys for cursors and demonstration seals (32 bytes)."""

    def __repr__(self) -> str:
        return f"Keys(data={sorted(self.data)}, active={self.active})"


class KeySource(Protocol):
    """
    Where the keys of a node come from.
    """

    def current(self) -> Keys:
        """
        Return the keys; a change is noticed within a second.
        """
        ...

    def again(self) -> Keys:
        """
        Return the keys after looking for a change just now.
        """
        ...


class BlindIndex(bytes):
    """
    A blind index made while the root key changes: `others` are the same value under the other roots.

    Written, it is what it is; a look-up through `BlindIndexField` finds a row under any of them.
    """

    others: tuple[bytes, ...] = ()


def keys() -> Keys:
    """
    Return the keys of this node.
    """
    source: KeySource = settings.TONGBAN_KEYS
    return source.current()


def seal(plaintext: bytes, *, context: str) -> bytes:
    """
    Encrypt `plaintext` so that only this node can read it, and only at the place named by `context`.

    :param context: where the value lives, e.g. "identity.person.name:<row id>"
    """
    held = keys()
    return _sealed(held.data[held.active], bytes((VERSION, held.active)), plaintext, context)


def unseal(blob: bytes, *, context: str) -> bytes:
    """
    Decrypt what `seal` made with the same `context`.

    :raises SealBroken: the value was changed, belongs elsewhere, or its key is not here
    """
    blob = bytes(blob)
    if len(blob) < SHORTEST or blob[0] != VERSION:
        raise SealBroken(context)
    key = keys().data.get(blob[1])
    if key is None:
        # Another process has begun to seal with a key that was added a moment ago.
        source: KeySource = settings.TONGBAN_KEYS
        key = source.again().data.get(blob[1])
    if key is None:
        raise SealBroken(context)
    return _unsealed(key, blob, context)


def seal_with(key: bytes, plaintext: bytes, *, context: str) -> bytes:
    """
    Encrypt `plaintext` with a key of its own; who has lost that key has lost the text.

    :param key: from `new_key`, kept sealed by the caller
    """
    return _sealed(key, bytes((OWN_KEY_VERSION, NO_KEY_ID)), plaintext, context)


def unseal_with(key: bytes | None, blob: bytes, *, context: str) -> bytes:
    """
    Decrypt what `seal_with` made, or `seal` before there were keys of one's own.

    :param key: None where the thing has no key of its own
    :raises SealBroken: the value was changed, belongs elsewhere, or this is not its key
    """
    blob = bytes(blob)
    if blob[:1] == bytes((VERSION,)):
        return unseal(blob, context=context)
    if key is None or len(blob) < SHORTEST or blob[0] != OWN_KEY_VERSION:
        raise SealBroken(context)
    return _unsealed(key, blob, context)


def key_id_of(blob: bytes) -> int:
    """
    Return the id of the node's data key that a sealed value needs; 0 where it has a key of its own.
    """
    return bytes(blob)[1]


def _sealed(key: bytes, header: bytes, plaintext: bytes, context: str) -> bytes:
    return header + sm4.encrypt_gcm(key, plaintext, associated=header + context.encode())


def _unsealed(key: bytes, blob: bytes, context: str) -> bytes:
    header, body = blob[:HEADER_BYTES], blob[HEADER_BYTES:]
    try:
        return sm4.decrypt_gcm(key, body, associated=header + context.encode())
    except sm4.NotDecryptable as error:
        raise SealBroken(context) from error


def blind_index(domain: str, value: str) -> bytes:
    """
    Return 16 bytes by which a sealed value can be found again without being read.

    :param domain: what kind of value, e.g. "resident_id"; indexes of two domains cannot be compared
    :param value: already normalised by the caller
    """
    held = keys()
    text = value.encode()
    made = hmac_sm3(_index_key(held.index_roots[held.index_active], domain), text)[:BLIND_INDEX_BYTES]
    if len(held.index_roots) == 1:
        return made
    index = BlindIndex(made)
    index.others = tuple(
        hmac_sm3(_index_key(root, domain), text)[:BLIND_INDEX_BYTES]
        for root_id, root in held.index_roots.items()
        if root_id != held.index_active
    )
    return index


def all_forms(index: bytes) -> list[bytes]:
    """
    Return an index under every root that is in use, for look-ups in SQL of one's own.
    """
    return [bytes(index), *getattr(index, "others", ())]


def is_same_index(kept: bytes, made: bytes) -> bool:
    """
    Return whether an index that was kept is that of the value `made` was made of, under any root in use.
    """
    return bytes(kept) in all_forms(made)


def mac(purpose: str, data: bytes) -> bytes:
    """
    Return a keyed digest that only this node can make, 32 bytes.
    """
    return hmac_sm3(hmac_sm3(keys().mac, purpose.encode()), data)


@lru_cache(maxsize=128)
def _index_key(root: bytes, domain: str) -> bytes:
    return hmac_sm3(root, domain.encode())
