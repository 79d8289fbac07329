"""
Blind indexes of the registers: by what a record is found without being read.
"""

from typing import Final

from tongban.foundation import crypto
from tongban.resources.registers.values import AliasKind, RegisterCode

KEY_DOMAIN: Final = "registers.key"
ALIAS_DOMAIN: Final = "registers.alias"


def key_index(register: RegisterCode, key: str) -> bytes:
    """
    Return the blind index of a record's key.
    """
    return crypto.blind_index(KEY_DOMAIN, f"{register.value}:{key}")


def alias_index(register: RegisterCode, kind: AliasKind, text: str) -> bytes:
    """
    Return the blind index of what else a record is found by.
    """
    return crypto.blind_index(ALIAS_DOMAIN, f"{register.value}:{kind.value}:{text}")
