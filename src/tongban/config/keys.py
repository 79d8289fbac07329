"""
The node's secret keys: made at the first start, kept in a file only its owner can read, never in the database.

    {"format": 2, "kms": "", "is_demo": false, "mac": S, "django": S,
     "active": 2,       "data":  {"1": {"secret": S, "made_at": …, "replaced_at": …}, "2": {…}},
     "index_active": 1, "index": {"1": {"secret": S, "made_at": …}}}

S is hexadecimal, or "wrapped:…" where a KMS holds the key that wraps it; a file holds one or the other, never both.
The file is replaced whole, so a reader finds the old one or the new one; running processes notice within a second.
"""

import fcntl
import json
import os
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any

from pydantic import SecretStr

from tongban.config import env
from tongban.config.kms import HttpKms, KeyService, KeysUnusable
from tongban.foundation.clock import now
from tongban.foundation.crypto import KEY_BYTES, Keys

FORMAT = 2
ROOT_KEY_BYTES = 32
HIGHEST_ID = 255
WRAPPED = "wrapped:"
LOOK_AGAIN_SECONDS = 1.0
"""How long a process may go on with keys that another has just changed."""


@dataclass(frozen=True, kw_only=True)
class DataKey:
    """
    数据密钥: one SM4 key of the node, or one root of the blind indexes.
    """

    secret: bytes = field(repr=False)
    made_at: str = ""
    """RFC 3339; empty: made before that was written down."""
    replaced_at: str = ""
    """When another took its place; empty: none has."""
    is_log_only: bool = False
    """Kept for what stands in the logs of old cases, which are never rewritten."""


@dataclass(frozen=True, kw_only=True)
class NodeKeys:
    """
    All secrets of a node.
    """

    data: Mapping[int, DataKey]
    active: int
    index: Mapping[int, DataKey]
    index_active: int
    mac: bytes = field(repr=False)
    django: str = field(repr=False)
    """Django's SECRET_KEY."""
    is_demo: bool = False
    """Made for a demonstration: a node in service refuses them."""

    @property
    def keys(self) -> Keys:
        """
        Return what the node encrypts with.
        """
        return Keys(
            data={key_id: key.secret for key_id, key in self.data.items()},
            active=self.active,
            index_roots={key_id: key.secret for key_id, key in self.index.items()},
            index_active=self.index_active,
            mac=self.mac,
        )


class KeyFile:
    """
    `keys.json`, read again when it changes.
    """

    def __init__(self, home: Path, *, kms: KeyService | None = None, is_demo: bool = False) -> None:
        """
        Use the file in the data folder `home`; nothing is read yet.

        :param kms: what the keys are wrapped with; None: they lie in the file as they are
        :param is_demo: whether keys made now are those of a demonstration
        """
        self.path = home / "keys.json"
        self._kms = kms
        self._is_demo = is_demo
        self._lock = Lock()
        self._held: NodeKeys | None = None
        self._ready: Keys | None = None
        self._stamp: tuple[int, int, int] | None = None
        self._look_at = 0.0
        self._unwrapped: dict[tuple[str, str], bytes] = {}

    def current(self) -> Keys:
        """
        Return the keys; see `KeySource.current`.
        """
        if self._ready is None or time.monotonic() >= self._look_at:
            return self._look().keys
        return self._ready

    def again(self) -> Keys:
        """
        Return the keys as the file has them just now; see `KeySource.again`.
        """
        return self._look().keys

    def load(self) -> NodeKeys:
        """
        Return all secrets, making them at the first start.

        :raises KeysUnusable: the file is damaged, or the KMS does not give the keys
        """
        if not self.path.exists():
            self._make()
        return self._look()

    def wrapped_by(self) -> str:
        """
        Return which key of which KMS wraps what the file holds now, as `KeyService.name`; empty: it lies in clear.

        :raises KeysUnusable: the file is damaged
        """
        try:
            return str(json.loads(self.path.read_text()).get("kms", ""))
        except (OSError, ValueError, AttributeError) as error:
            raise self._damaged(error) from error

    def wrap_anew(self, *, former: KeyService | None) -> int:
        """
        Wrap every key again: those that lay in clear, and those that another key of a KMS wraps; return how many.

        The keys themselves stay as they are, so a node that runs goes on with those it has.

        :param former: opens what the file holds; None: it lies in clear
        :raises KeysUnusable: the file is damaged, or one of the services does not do its part
        """
        with self._held_alone():
            clear = KeyFile(self.path.parent, kms=former).load()
            self._unwrapped.clear()
            self.write(clear)
        return len(clear.data) + len(clear.index) + 2

    @contextmanager
    def changing(self) -> Iterator["Change"]:
        """
        Hold the file against other changes; what the change holds at the end is written.
        """
        with self._held_alone():
            change = Change(self._look())
            before = change.keys
            yield change
            if change.keys != before:
                self.write(change.keys)

    @contextmanager
    def _held_alone(self) -> Iterator[None]:
        with (self.path.with_suffix(".lock")).open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def write(self, keys: NodeKeys) -> None:
        """
        Replace the file by one that holds these keys, wrapped where there is a KMS.
        """
        draft = self._draft(keys)
        draft.replace(self.path)
        _flush(self.path.parent)
        self._stamp = None
        self._look()

    def _look(self) -> NodeKeys:
        with self._lock:
            try:
                facts = self.path.stat()
                stamp = (facts.st_ino, facts.st_mtime_ns, facts.st_size)
                if self._held is None or stamp != self._stamp:
                    self._held = self._parse(json.loads(self.path.read_text()))
                    self._ready = self._held.keys
                    self._stamp = stamp
            except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
                if self._held is None:
                    raise self._damaged(error) from error
            except KeysUnusable:
                # A running node goes on with the keys it has, and asks again in a moment.
                if self._held is None:
                    raise
            self._look_at = time.monotonic() + LOOK_AGAIN_SECONDS
            assert self._held is not None  # noqa: S101 -- else it was refused above
            return self._held

    def _damaged(self, error: Exception) -> KeysUnusable:
        return KeysUnusable(
            f"The key file {self.path} cannot be read: {type(error).__name__}. Restore it from its backup."
        )

    def _make(self) -> None:
        home = self.path.parent
        home.mkdir(parents=True, exist_ok=True)
        draft = self._draft(fresh_keys(at=now(), is_demo=self._is_demo))
        try:
            # Linked, not moved: two processes that start together agree on the first.
            os.link(draft, self.path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        _flush(home)

    def _draft(self, keys: NodeKeys) -> Path:
        text = json.dumps(self._written(keys), indent=1)
        draft = self.path.parent / f".keys-{os.getpid()}-{secrets.token_hex(4)}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if self.path.exists():
            facts = self.path.stat()
            if os.geteuid() == 0 and (facts.st_uid, facts.st_gid) != (0, 0):
                os.chown(draft, facts.st_uid, facts.st_gid)
        return draft

    def _written(self, keys: NodeKeys) -> dict[str, Any]:
        def listed(kind: str, held: Mapping[int, DataKey]) -> dict[str, Any]:
            return {
                str(key_id): {
                    "secret": self._hidden(key.secret, f"{kind}.{key_id}"),
                    **({"made_at": key.made_at} if key.made_at else {}),
                    **({"replaced_at": key.replaced_at} if key.replaced_at else {}),
                    **({"is_log_only": True} if key.is_log_only else {}),
                }
                for key_id, key in sorted(held.items())
            }

        return {
            "format": FORMAT,
            "kms": self._kms.name if self._kms else "",
            "is_demo": keys.is_demo,
            "active": keys.active,
            "data": listed("data", keys.data),
            "index_active": keys.index_active,
            "index": listed("index", keys.index),
            "mac": self._hidden(keys.mac, "mac"),
            "django": self._hidden(keys.django.encode(), "django"),
        }

    def _parse(self, raw: dict[str, Any]) -> NodeKeys:
        if raw.get("format", 1) == 1:
            return self._parse_first(raw)
        data = {int(key_id): self._key("data", key_id, entry) for key_id, entry in raw["data"].items()}
        index = {int(key_id): self._key("index", key_id, entry) for key_id, entry in raw["index"].items()}
        keys = NodeKeys(
            data=data,
            active=int(raw["active"]),
            index=index,
            index_active=int(raw["index_active"]),
            mac=self._shown(raw["mac"], "mac"),
            django=self._shown(raw["django"], "django").decode(),
            is_demo=bool(raw.get("is_demo", False)),
        )
        if keys.active not in data or keys.index_active not in index:
            raise ValueError("no active key")
        if any(len(key.secret) != KEY_BYTES for key in data.values()):
            raise ValueError("a key of the wrong length")
        return keys

    def _parse_first(self, raw: dict[str, Any]) -> NodeKeys:
        # As nodes wrote it before keys could be changed.
        data = {
            int(key_id): DataKey(secret=self._shown(key, f"data.{key_id}"))
            for key_id, key in raw["data"].items()
        }
        return NodeKeys(
            data=data,
            active=max(data),
            index={1: DataKey(secret=self._shown(raw["index"], "index.1"))},
            index_active=1,
            mac=self._shown(raw["mac"], "mac"),
            django=self._clear_text(raw["django"]),
        )

    def _key(self, kind: str, key_id: str, entry: dict[str, Any]) -> DataKey:
        return DataKey(
            secret=self._shown(entry["secret"], f"{kind}.{key_id}"),
            made_at=str(entry.get("made_at", "")),
            replaced_at=str(entry.get("replaced_at", "")),
            is_log_only=bool(entry.get("is_log_only", False)),
        )

    def _hidden(self, secret: bytes, context: str) -> str:
        if self._kms is None:
            return secret.hex()
        for (known, known_context), value in self._unwrapped.items():
            if value == secret and known_context == context:
                return known
        return WRAPPED + self._kms.wrap(secret, context=f"tongban.{context}")

    def _shown(self, text: str, context: str) -> bytes:
        if not text.startswith(WRAPPED):
            return bytes.fromhex(self._clear_text(text))
        if self._kms is None:
            raise KeysUnusable(
                f"The keys in {self.path} are wrapped by a KMS; name it with TONGBAN_KEYS_KMS_URL, "
                "TONGBAN_KEYS_KMS_KEY_ID and TONGBAN_KEYS_KMS_TOKEN."
            )
        known = self._unwrapped.get((text, context))
        if known is None:
            known = self._unwrap(self._kms, text.removeprefix(WRAPPED), context)
            self._unwrapped[(text, context)] = known
        return known

    def _unwrap(self, kms: KeyService, wrapped: str, context: str) -> bytes:
        try:
            return kms.unwrap(wrapped, context=f"tongban.{context}")
        except KeysUnusable as error:
            former = self.wrapped_by()
            if former == kms.name:
                raise
            raise KeysUnusable(
                f"{error} The keys in {self.path} are wrapped by {former} and the settings name {kms.name}: "
                "if the wrapping key was changed, run `tongban keys wrap`."
            ) from error

    def _clear_text(self, text: str) -> str:
        if self._kms is not None:
            raise KeysUnusable(
                f"A KMS is configured and the keys in {self.path} lie in clear; "
                "wrap them with `tongban keys wrap`, then start again."
            )
        return text


@dataclass
class Change:
    """
    A change of the key file under way: put other keys in place of `keys`.
    """

    keys: NodeKeys

    def add_key(self, *, at: datetime, is_standby: bool) -> int:
        """
        Add a data key and return its id; it seals from now on unless it stands by.

        :raises KeysUnusable: 255 keys were made already
        """
        key_id = _next_id(self.keys.data)
        key = DataKey(secret=secrets.token_bytes(KEY_BYTES), made_at=_moment(at))
        self.keys = replace(self.keys, data={**self.keys.data, key_id: key})
        if not is_standby:
            self.use_key(key_id, at=at)
        return key_id

    def use_key(self, key_id: int, *, at: datetime) -> None:
        """
        Seal with this key from now on.

        :raises KeysUnusable: there is no such key
        """
        data = dict(self.keys.data)
        if key_id not in data:
            raise KeysUnusable(f"There is no data key {key_id}.")
        if key_id == self.keys.active:
            return
        data[self.keys.active] = replace(data[self.keys.active], replaced_at=_moment(at))
        data[key_id] = replace(data[key_id], replaced_at="", is_log_only=False)
        self.keys = replace(self.keys, data=data, active=key_id)

    def retire_key(self, key_id: int, *, keep_for_log: bool) -> None:
        """
        Forget a key that nothing uses, or keep it for the logs alone.

        :raises KeysUnusable: it seals, or there is none
        """
        data = dict(self.keys.data)
        if key_id not in data or key_id == self.keys.active:
            raise KeysUnusable(f"Data key {key_id} cannot be retired: it seals, or there is none.")
        if keep_for_log:
            data[key_id] = replace(data[key_id], is_log_only=True)
        else:
            del data[key_id]
        self.keys = replace(self.keys, data=data)

    def add_root(self, *, at: datetime) -> int:
        """
        Add a root of the blind indexes; rows are found under it, and written under the old one still.
        """
        key_id = _next_id(self.keys.index)
        root = DataKey(secret=secrets.token_bytes(ROOT_KEY_BYTES), made_at=_moment(at))
        self.keys = replace(self.keys, index={**self.keys.index, key_id: root})
        return key_id

    def use_root(self, key_id: int, *, at: datetime) -> None:
        """
        Write indexes under this root from now on.
        """
        index = dict(self.keys.index)
        index[self.keys.index_active] = replace(index[self.keys.index_active], replaced_at=_moment(at))
        self.keys = replace(self.keys, index=index, index_active=key_id)

    def drop_roots(self) -> None:
        """
        Forget every root but the one in use.
        """
        active = self.keys.index_active
        self.keys = replace(self.keys, index={active: self.keys.index[active]})


def key_file(home: Path) -> KeyFile:
    """
    Return the key file of a data folder, with the KMS that the settings name.
    """
    chosen = env.keys
    kms = None
    if chosen.kms_url is not None:
        kms = _service(str(chosen.kms_url).rstrip("/"), chosen.kms_key_id, chosen.kms_token)
    return KeyFile(home, kms=kms, is_demo=env.node.is_demo)


def wrap_anew(home: Path) -> tuple[str, int]:
    """
    Wrap the keys of a data folder with the KMS that the settings name; return what wrapped them before, and how many.

    :raises KeysUnusable: the settings name no KMS, the file is damaged, or a KMS does not do its part
    """
    if env.keys.kms_url is None:
        raise KeysUnusable("There is nothing to wrap keys with: name a KMS with TONGBAN_KEYS_KMS_URL.")
    file = key_file(home)
    before = file.wrapped_by()
    url, _sign, key_id = before.rpartition("#")
    token = env.keys.kms_former_token if env.keys.kms_former_token.get_secret_value() else env.keys.kms_token
    return before, file.wrap_anew(former=_service(url, key_id, token) if before else None)


def _service(url: str, key_id: str, token: SecretStr) -> HttpKms:
    return HttpKms(
        url=url, key_id=key_id, token=token.get_secret_value(), timeout_seconds=env.keys.kms_timeout
    )


def fresh_keys(*, at: datetime, is_demo: bool) -> NodeKeys:
    """
    Return new secrets for a new node.
    """
    moment = _moment(at)
    return NodeKeys(
        data={1: DataKey(secret=secrets.token_bytes(KEY_BYTES), made_at=moment)},
        active=1,
        index={1: DataKey(secret=secrets.token_bytes(ROOT_KEY_BYTES), made_at=moment)},
        index_active=1,
        mac=secrets.token_bytes(ROOT_KEY_BYTES),
        django=secrets.token_urlsafe(48),
        is_demo=is_demo,
    )


def _next_id(held: Mapping[int, DataKey]) -> int:
    key_id = max(held) + 1
    if key_id > HIGHEST_ID:
        raise KeysUnusable("255 keys were made; ids are used up.")
    return key_id


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
