"""
What the simulated signature server knows and does; no HTTP here.

Keys come from one seed and their numbers, so that a simulator that is started again with the same seed signs with the
keys it made before. The signatures are real.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from simulators.dials import TellingDials, happens
from simulators.http import Reply
from tongban.foundation.crypto import algorithms, p256, sm2
from tongban.foundation.crypto.algorithms import Algorithm

ORDERS: Final = {Algorithm.SM2: sm2.ORDER, Algorithm.P256: p256.ORDER}
LETTERS: Final = {Algorithm.SM2: "S", Algorithm.P256: "P"}


@dataclass
class Device:
    """
    The state of the simulator.
    """

    seed: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    dials: TellingDials = field(default_factory=TellingDials)
    destroyed: set[str] = field(default_factory=set)
    """Numbers of keys that sign no more."""
    signed: int = 0
    """How often something was signed."""

    def generate(self, request: Mapping[str, Any]) -> Reply:
        """
        Make a key; its number says of which algorithm it is.
        """
        try:
            algorithm = Algorithm(request.get("algorithm", ""))
        except ValueError:
            return 400, {"code": "ALGORITHM_ILLEGAL"}
        key_id = f"{LETTERS[algorithm]}-{secrets.token_hex(8)}"
        point = self._key(key_id, algorithm).public.point
        return 200, {"key_id": key_id, "public_key": base64.b64encode(point).decode()}

    def sign(self, key_id: str, request: Mapping[str, Any]) -> Reply:
        """
        Sign a message.
        """
        algorithm = next((one for one, letter in LETTERS.items() if key_id.startswith(f"{letter}-")), None)
        if algorithm is None or key_id in self.destroyed:
            return 404, {"code": "KEY_UNKNOWN"}
        message = _bytes(request.get("message"))
        if message is None:
            return 400, {"code": "MESSAGE_ILLEGAL"}
        self.signed += 1
        key = self._key(key_id, algorithm)
        if happens(self.dials.disagree):
            key = algorithms.generate(algorithm)
        return 200, {"signature": base64.b64encode(key.sign(message)).decode()}

    def destroy(self, key_id: str) -> Reply:
        """
        Sign with a key no more.
        """
        self.destroyed.add(key_id)
        return 200, {}

    def _key(self, key_id: str, algorithm: Algorithm) -> algorithms.PrivateKey:
        # 64 bytes, so that the remainder prefers no number; between 1 and n - 2, which both algorithms allow.
        drawn = hmac.new(self.seed, key_id.encode(), hashlib.sha512).digest()
        secret = int.from_bytes(drawn) % (ORDERS[algorithm] - 2) + 1
        return algorithms.private_key(algorithm, secret.to_bytes(sm2.COORDINATE_BYTES))


def _bytes(value: object) -> bytes | None:
    try:
        return base64.b64decode(value, validate=True) if isinstance(value, str) else None
    except binascii.Error:
        return None
