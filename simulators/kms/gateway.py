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
import random  # noqa: TID251
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12
LONGEST_KEY = 256

Answer = tuple[int, dict[str, Any] | str]
"""HTTP status and body: an object is sent as JSON, a text as HTML."""


@dataclass
class Dials:
    """
    How badly the service behaves. Shares are 0 … 1: the part of requests it happens to.
    """

    slow_seconds: float = 0.0
    """Every answer comes so much later."""
    down: float = 0.0
    """Answers 503 and does nothing."""
    wrong: float = 0.0
    """Answers 200 with a page of HTML, as with a broken proxy between."""
    disagree: float = 0.0
    """Answers with another key than the one it was given."""

    def turn(self, values: Mapping[str, Any]) -> None:
        """
        Set some of the dials.

        :raises ValueError: no such dial, or not a number of its range
        """
        known = {dial.name for dial in fields(self)}
        for name, value in values.items():
            if name not in known or isinstance(value, bool) or not isinstance(value, int | float):
                raise ValueError(f"no dial {name}={value!r}")
            if value < 0 or (name != "slow_seconds" and value > 1):
                raise ValueError(f"{name}={value!r} is out of range")
        for name, value in values.items():
            setattr(self, name, float(value))


@dataclass
class Vault:
    """
    The state of the simulator.
    """

    tokens: frozenset[str]
    """Who may ask: bearer tokens."""
    seed: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    dials: Dials = field(default_factory=Dials)
    chance: random.Random = field(default_factory=lambda: random.Random(20161220))  # noqa: S311
    disabled: set[str] = field(default_factory=set)
    """Names of wrapping keys that were switched off."""
    asked: int = 0
    """How often something was wrapped or unwrapped."""

    def happens(self, share: float) -> bool:
        """
        Whether something of this share happens now.
        """
        return share > 0 and self.chance.random() < share

    def is_known(self, authorization: str) -> bool:
        """
        Whether the caller holds one of our tokens.
        """
        given = authorization.removeprefix("Bearer ").encode()
        return any(hmac.compare_digest(given, token.encode()) for token in self.tokens)

    def wrap(self, key_id: str, request: Mapping[str, Any]) -> Answer:
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

    def unwrap(self, key_id: str, request: Mapping[str, Any]) -> Answer:
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
        if self.happens(self.dials.disagree):
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
