"""
Canonical JSON and the digests made of it.

Keys sorted, no white space, UTF-8 as it is: two processes that hold the same facts produce the same bytes.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def canonical_json(value: Mapping[str, Any]) -> bytes:
    """
    Return the one byte string that stands for `value`.

    :param value: only what JSON itself knows: strings, integers, booleans, None, lists and objects
    :raises TypeError: anything else; floats are refused, they have no canonical form
    """
    _refuse_floats(value)
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def sm3_hex(data: bytes) -> str:
    """
    Return the SM3 digest of `data` in hexadecimal (GB/T 32905-2016).
    """
    return hashlib.new("sm3", data).hexdigest()


def _refuse_floats(value: object) -> None:
    if isinstance(value, float):
        raise TypeError("floats have no canonical form; use integers with a unit, or strings")
    if isinstance(value, Mapping):
        for item in value.values():
            _refuse_floats(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _refuse_floats(item)
