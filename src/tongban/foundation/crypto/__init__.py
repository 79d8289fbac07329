"""
National cryptography, and what this node keeps sealed.

`sm2` signs and encrypts, `sm4` encrypts, `sm3` and `hmac_sm3` digest; `seal`, `unseal` and the blind indexes keep
data at rest under the node's own keys (`at_rest`). The self-test (`selftest`) runs before anything else does.
"""

from tongban.foundation.crypto.at_rest import (
    BLIND_INDEX_BYTES,
    OWN_KEY_VERSION,
    VERSION,
    BlindIndex,
    Keys,
    KeySource,
    SealBroken,
    all_forms,
    blind_index,
    is_same_index,
    key_id_of,
    keys,
    mac,
    seal,
    seal_with,
    unseal,
    unseal_with,
)
from tongban.foundation.crypto.digests import hmac_sm3, sm3
from tongban.foundation.crypto.sm4 import KEY_BYTES, NONCE_BYTES, TAG_BYTES, new_key

__all__ = [
    "BLIND_INDEX_BYTES",
    "KEY_BYTES",
    "NONCE_BYTES",
    "OWN_KEY_VERSION",
    "TAG_BYTES",
    "VERSION",
    "BlindIndex",
    "KeySource",
    "Keys",
    "SealBroken",
    "all_forms",
    "blind_index",
    "hmac_sm3",
    "is_same_index",
    "key_id_of",
    "keys",
    "mac",
    "new_key",
    "seal",
    "seal_with",
    "sm3",
    "unseal",
    "unseal_with",
]
