"""
What the simulated KMS knows and does; no HTTP here.

A key of another system goes in and comes out wrapped by AES-256-GCM, bound to the name of the wrapping key and to the
context it was given. The wrapping keys never leave. They are derived from one seed, so that a simulator that is
started again with the same seed opens what it wrapped before.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from simulators.dials import TellingDials, happens
from simulators.http import Reply

NONCE_BYTES = 12
LONGEST_KEY = 256


@dataclass
class Vault:
    """
    The state of the simulator.
    """

    tokens: frozenset[str]
    """Who may ask: bearer tokens."""
    seed: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    dials: TellingDials = field(default_factory=TellingDials)
    disabled: set[str] = field(default_factory=set)
    """Names of wrapping keys that were switched off."""
    asked: int = 0
    """How often something was wrapped or unwrapped."""

    def is_known(self, authorization: str) -> bool:
        """
        Whether the caller holds one of our tokens.
        """
        given = authorization.removeprefix("Bearer ").encode()
        return any(hmac.compare_digest(given, token.encode()) for token in self.tokens)

    def wrap(self, key_id: str, request: Mapping[str, Any]) -> Reply:
        """
        Wrap a key.
        """
        plain = _bytes(request.get("plaintext"))
        if plain is None or not 0 < len(plain) <= LONGEST_KEY:
            return 400, {"code": "PLAINTEXT_ILLEGAL"}
        if key_id in self.disabled:
            return 403, {"code": "KEY_DISABLED"}
        self.asked += 1
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = self._cipher(key_id).encrypt(nonce, plain, _context(key_id, request))
        return 200, {"ciphertext": base64.b64encode(nonce + sealed).decode(), "key_id": key_id}

    def unwrap(self, key_id: str, request: Mapping[str, Any]) -> Reply:
        """
        Open what `wrap` made with the same context.
        """
        sealed = _bytes(request.get("ciphertext"))
        if sealed is None:
            return 400, {"code": "CIPHERTEXT_ILLEGAL"}
        if key_id in self.disabled:
            return 403, {"code": "KEY_DISABLED"}
        self.asked += 1
        nonce, body = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        try:
            plain = self._cipher(key_id).decrypt(nonce, body, _context(key_id, request))
        except (InvalidTag, ValueError):
            return 400, {"code": "CIPHERTEXT_ILLEGAL"}
        if happens(self.dials.disagree):
            plain = secrets.token_bytes(len(plain))
        return 200, {"plaintext": base64.b64encode(plain).decode(), "key_id": key_id}

    def _cipher(self, key_id: str) -> AESGCM:
        return AESGCM(hmac.new(self.seed, key_id.encode(), hashlib.sha256).digest())


def _bytes(value: object) -> bytes | None:
    try:
        return base64.b64decode(value, validate=True) if isinstance(value, str) else None
    except binascii.Error:
        return None


def _context(key_id: str, request: Mapping[str, Any]) -> bytes:
    return f"{key_id}\0{request.get('context', '')}".encode()
