"""
Keys in the node's own database, sealed with SM4-GCM under the node's keys (which may lie in a KMS).

A copy of the database alone gives no key away. Changing the node's keys seals them anew (`foundation.rotation`). A key
that signs stays unsealed in the process for a minute.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from tongban.foundation.crypto import algorithms
from tongban.foundation.crypto.algorithms import Algorithm
from tongban.foundation.crypto.at_rest import SealBroken
from tongban.support.trust.models import SealedKey
from tongban.support.trust.ports import KeyStoreFailed, MadeKey

MOST_KEPT: Final = 256
KEPT_FOR: Final = timedelta(minutes=1)
"""How long a process keeps a key that it has unsealed; whether it may still sign is asked of its row each time."""


@dataclass(frozen=True, slots=True)
class _Kept:
    since: datetime
    point: bytes
    sign: Callable[[bytes], bytes] = field(repr=False)


_KEPT: Final[dict[str, _Kept]] = {}


class SealedKeys:
    """
    The key store of a node without a cryptographic device.
    """

    def generate(self, *, algorithm: Algorithm, label: str, at: datetime) -> MadeKey:
        """
        Make a key; see `KeyStore.generate`.
        """
        key = algorithms.generate(algorithm)
        row = SealedKey.objects.create(algorithm=algorithm.value, secret=key.secret().hex())
        return MadeKey(handle=str(row.id), point=key.public.point)

    def signer(
        self, *, handle: str, algorithm: Algorithm, point: bytes, at: datetime
    ) -> Callable[[bytes], bytes]:
        """
        Return what signs; see `KeyStore.signer`. One query for a key that was not used of late.
        """
        kept = _KEPT.get(handle)
        if kept is None or kept.point != point or not at - KEPT_FOR <= kept.since <= at:
            kept = _Kept(at, point, _unsealed(handle, algorithm=algorithm, point=point))
            if len(_KEPT) >= MOST_KEPT:
                _KEPT.clear()
            _KEPT[handle] = kept
        return kept.sign

    def destroy(self, *, handle: str, at: datetime) -> None:
        """
        Delete a key; see `KeyStore.destroy`.
        """
        SealedKey.objects.filter(id=UUID(handle)).delete()
        _KEPT.pop(handle, None)


def _unsealed(handle: str, *, algorithm: Algorithm, point: bytes) -> Callable[[bytes], bytes]:
    try:
        row = SealedKey.objects.filter(id=UUID(handle), algorithm=algorithm.value).first()
    except SealBroken as error:
        raise KeyStoreFailed(store="sealed") from error
    if row is None:
        raise KeyStoreFailed(store="sealed")
    key = algorithms.private_key(algorithm, bytes.fromhex(row.secret))
    if key.public.point != point:
        raise KeyStoreFailed(store="sealed")
    return key.sign
