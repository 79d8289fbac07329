"""
Requests to services outside that know us by a name and a key, as gateways and authorities of the trade ask it.
"""

import secrets
from datetime import datetime

from tongban.foundation import crypto

NONCE_BYTES = 16


def signed_headers(*, path: str, body: bytes, app_id: str, secret: bytes, at: datetime) -> dict[str, str]:
    """
    Return the headers of a POST of JSON: who calls, when, a number used once, and HMAC-SM3 over them and the body.

    :param path: from the slash on; it is signed too
    """
    timestamp, nonce = str(int(at.timestamp())), secrets.token_hex(NONCE_BYTES)
    text = "\n".join(("POST", path, app_id, timestamp, nonce, crypto.sm3(body).hex()))
    return {
        "Content-Type": "application/json; charset=utf-8",
        "X-App-Id": app_id,
        "X-Timestamp": timestamp,
        "X-Nonce": nonce,
        "X-Signature": crypto.hmac_sm3(secret, text.encode()).hex(),
    }
