"""
The node's secret keys: made at the first start, kept in a file only its owner can read, never in the database.
"""

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from tongban.foundation.crypto import Keys

SM4_KEY_BYTES = 16
ROOT_KEY_BYTES = 32


@dataclass(frozen=True)
class NodeKeys:
    """
    All secrets of a node.
    """

    data: Keys
    django: str
    """Django's SECRET_KEY."""


def load_or_make(home: Path) -> NodeKeys:
    """
    Return the keys in `home`/keys.json, making them at the first start.

    The file is written whole under another name and linked into place, so two processes that start together agree.
    """
    path = home / "keys.json"
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        draft = home / f".keys-{os.getpid()}-{secrets.token_hex(4)}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(_fresh(), file)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return _parse(json.loads(path.read_text()))


def _fresh() -> dict[str, object]:
    return {
        "data": {"1": secrets.token_hex(SM4_KEY_BYTES)},
        "index": secrets.token_hex(ROOT_KEY_BYTES),
        "mac": secrets.token_hex(ROOT_KEY_BYTES),
        "django": secrets.token_urlsafe(48),
    }


def _parse(raw: dict[str, object]) -> NodeKeys:
    data = raw["data"]
    if not isinstance(data, dict):
        raise TypeError("keys.json is damaged: data")
    return NodeKeys(
        data=Keys(
            data={int(key_id): bytes.fromhex(key) for key_id, key in data.items()},
            index=bytes.fromhex(str(raw["index"])),
            mac=bytes.fromhex(str(raw["mac"])),
        ),
        django=str(raw["django"]),
    )
