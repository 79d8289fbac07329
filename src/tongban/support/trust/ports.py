"""
What trust needs from outside: places where keys lie, and a time-stamp service of somebody else's.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from django.utils.translation import gettext_lazy as _

from tongban.foundation.crypto import algorithms
from tongban.foundation.crypto.algorithms import Algorithm
from tongban.foundation.errors import UpstreamError

SEALED: Final = "sealed"
SERVICE: Final = "service"
"""Names of the key stores that come with the platform; each key remembers in which it lies."""
OFFLINE: Final = "offline"
"""Of keys that no node has: roots that people keep. Nothing is wired under it, so nothing is signed with them."""


class KeyStoreFailed(UpstreamError):
    """
    The store did not make a key, or did not sign: it cannot be reached, refuses, or gave a wrong signature.
    """

    code = "key_store_failed"
    message = _("签名设备没有正常响应，请稍后再试")


class TimestampFailed(UpstreamError):
    """
    The time-stamp service did not stamp, or answered with something else.
    """

    code = "timestamp_failed"
    message = _("时间戳服务没有正常响应，请稍后再试")


@dataclass(frozen=True, kw_only=True, slots=True)
class MadeKey:
    """
    A key that a store has made.
    """

    handle: str
    """What the store calls it, 128 characters at most."""
    point: bytes
    """Its public half, uncompressed, 65 bytes."""


class KeyStore(Protocol):
    """
    Keeps private keys and signs with them; none ever leaves it. Called inside transactions: it must be quick.
    """

    def generate(self, *, algorithm: Algorithm, label: str, at: datetime) -> MadeKey:
        """
        Make a key.

        :param label: what it is for, for those who look after the store
        :raises KeyStoreFailed: it was not made
        """
        ...

    def signer(
        self, *, handle: str, algorithm: Algorithm, point: bytes, at: datetime
    ) -> Callable[[bytes], bytes]:
        """
        Return what signs messages with a key: SM2 with the default id over SM3, P-256 over SHA-256; DER.

        :param point: the public half, to check signatures with
        :raises KeyStoreFailed: the key is not there; the function returned raises it too
        """
        ...

    def destroy(self, *, handle: str, at: datetime) -> None:
        """
        Destroy a key for ever; one that is gone already is no error.

        :raises KeyStoreFailed: it may still be there
        """
        ...


@dataclass
class KeysInMemory:
    """
    A fake: keys that are gone with the process.
    """

    secrets: dict[str, bytes] = field(default_factory=dict, repr=False)
    is_down: bool = False

    def generate(self, *, algorithm: Algorithm, label: str, at: datetime) -> MadeKey:
        """
        Make a key.
        """
        self._require_up()
        key, handle = algorithms.generate(algorithm), secrets.token_hex(8)
        self.secrets[handle] = key.secret()
        return MadeKey(handle=handle, point=key.public.point)

    def signer(
        self, *, handle: str, algorithm: Algorithm, point: bytes, at: datetime
    ) -> Callable[[bytes], bytes]:
        """
        Return what signs.
        """
        self._require_up()
        if handle not in self.secrets:
            raise KeyStoreFailed(store="memory")
        return algorithms.private_key(algorithm, self.secrets[handle]).sign

    def destroy(self, *, handle: str, at: datetime) -> None:
        """
        Forget a key.
        """
        self._require_up()
        self.secrets.pop(handle, None)

    def _require_up(self) -> None:
        if self.is_down:
            raise KeyStoreFailed(store="memory")


class TimestampService(Protocol):
    """
    Somebody else's time-stamp service.
    """

    def stamp(self, *, algorithm: Algorithm, digest: bytes, at: datetime) -> bytes:
        """
        Return a token for a digest.

        :param at: now
        :raises TimestampFailed: there is none
        """
        ...


class _Wiring:
    stores: Final[dict[str, KeyStore]] = {}
    stamper: TimestampService | None = None


def keep_keys_in(name: str, store: KeyStore | None) -> KeyStore | None:
    """
    Wire a key store under its name; None: there is none of it. Return the one before.
    """
    before = _Wiring.stores.pop(name, None)
    if store is not None:
        _Wiring.stores[name] = store
    return before


def key_store(name: str) -> KeyStore:
    """
    Return a key store.

    :raises KeyStoreFailed: this node is not connected to it
    """
    store = _Wiring.stores.get(name)
    if store is None:
        raise KeyStoreFailed(store=name)
    return store


def stamp_by(service: TimestampService | None) -> TimestampService | None:
    """
    Have digests stamped by an outside service from now on; None: by this node. Return the one before.
    """
    before, _Wiring.stamper = _Wiring.stamper, service
    return before


def outside_stamper() -> TimestampService | None:
    """
    Return the outside time-stamp service; None: this node stamps.
    """
    return _Wiring.stamper
