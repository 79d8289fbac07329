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
    left = [value]
    while left:
        part = left.pop()
        # Most parts are text: the exact type is asked first, because this runs over everything that is written.
        if type(part) is str:
            continue
        if isinstance(part, float):
            raise TypeError("floats have no canonical form; use integers with a unit, or strings")
        if isinstance(part, dict):
            left += part.values()
        elif isinstance(part, list | tuple):
            left += part
