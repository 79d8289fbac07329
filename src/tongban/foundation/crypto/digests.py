"""
SM3 digests and keyed digests; GB/T 32905-2016, HMAC by GB/T 15852.2-2012.
"""

import hashlib
import hmac
from functools import cache


@cache
def _empty() -> "hashlib._Hash":
    """
    Return what is copied for each digest: looking the algorithm up takes as long as digesting a short text.
    """
    return hashlib.new("sm3")


def sm3(data: bytes) -> bytes:
    """
    Return the SM3 digest, 32 bytes.
    """
    digest = _empty().copy()
    digest.update(data)
    return digest.digest()


def hmac_sm3(key: bytes, data: bytes) -> bytes:
    """
    Return HMAC-SM3, 32 bytes.
    """
    return hmac.new(key, data, "sm3").digest()
