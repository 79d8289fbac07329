"""
Who may call a simulator: signed requests, as at the services of the trade.

Caller's name, time, a number used once, and HMAC-SM3 over them and the SM3 digest of the body. A time more than five
minutes off, a number used before, or a wrong signature is refused.
"""

import hashlib
import hmac
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

WINDOW_SECONDS = 300
REMEMBERED = 10_000
HEADERS = ("X-App-Id", "X-Timestamp", "X-Nonce", "X-Signature")


@dataclass
class Customers:
    """
    The callers a simulator knows; safe to use from many threads.
    """

    secrets: dict[str, bytes]
    """Secret by application id."""
    _nonces: "OrderedDict[str, None]" = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def refusal(self, *, path: str, headers: Mapping[str, str], body: bytes, now: datetime) -> str | None:
        """
        Return why a request is not from one of our customers, or None.
        """
        app_id, nonce = headers.get("X-App-Id", ""), headers.get("X-Nonce", "")
        timestamp = headers.get("X-Timestamp", "")
        secret = self.secrets.get(app_id)
        if secret is None:
            return "APP_UNKNOWN"
        text = "\n".join(("POST", path, app_id, timestamp, nonce, hashlib.new("sm3", body).hexdigest()))
        signature = hmac.new(secret, text.encode(), "sm3").hexdigest()
        if not hmac.compare_digest(signature.encode(), headers.get("X-Signature", "").encode()):
            return "SIGNATURE_INVALID"
        if not timestamp.isdecimal() or abs(int(timestamp) - now.timestamp()) > WINDOW_SECONDS:
            return "TIMESTAMP_EXPIRED"
        return None if self._is_first_use(f"{app_id}:{nonce}") else "NONCE_REUSED"

    def _is_first_use(self, nonce: str) -> bool:
        with self._lock:
            if nonce in self._nonces:
                return False
            self._nonces[nonce] = None
            if len(self._nonces) > REMEMBERED:
                self._nonces.popitem(last=False)
            return True
