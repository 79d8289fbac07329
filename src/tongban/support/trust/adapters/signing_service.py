"""
Keys in a signature server: a cryptographic device that many systems of an agency share, spoken to over HTTP.

What is asked has the shape of GM/T 0029-2014 (签名验签服务器技术规范): the server holds numbered keys, takes the
message itself, computes Z and SM3, and gives back the signature. Requests are signed with HMAC-SM3. Every signature is
verified before it is used: a broken device must not spoil a document.
"""

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from tongban.foundation.crypto import algorithms
from tongban.foundation.crypto.algorithms import Algorithm
from tongban.foundation.crypto.sm2 import NotAKey
from tongban.foundation.outgoing import OutgoingFailed, Trust, fetch
from tongban.foundation.signed_requests import signed_headers
from tongban.support.trust.ports import KeyStoreFailed, MadeKey

LONGEST_HANDLE = 128
LARGEST_ANSWER = 16 * 1024


@dataclass(frozen=True, kw_only=True)
class SigningService:
    """
    One account at one signature server.

    POST <url>/v1/keys {"algorithm", "label"} answers {"key_id", "public_key"};
    POST <url>/v1/keys/<key id>/sign {"message"} answers {"signature"}; POST …/destroy answers {}. Bytes are base64.
    """

    url: str
    """Without a slash at the end."""
    app_id: str
    secret: bytes = field(repr=False)
    timeout_seconds: float = 3.0

    def generate(self, *, algorithm: Algorithm, label: str, at: datetime) -> MadeKey:
        """
        Make a key; see `KeyStore.generate`.
        """
        answer = self._ask("/v1/keys", {"algorithm": algorithm.value, "label": label}, at=at)
        handle, point = answer.get("key_id"), _bytes(answer.get("public_key"))
        try:
            algorithms.public_key(algorithm, point)
        except NotAKey as error:
            raise KeyStoreFailed(store="service") from error
        if not isinstance(handle, str) or not 0 < len(handle) <= LONGEST_HANDLE:
            raise KeyStoreFailed(store="service")
        return MadeKey(handle=handle, point=point)

    def signer(
        self, *, handle: str, algorithm: Algorithm, point: bytes, at: datetime
    ) -> Callable[[bytes], bytes]:
        """
        Return what signs; see `KeyStore.signer`. One question for each signature.
        """
        public = algorithms.public_key(algorithm, point)

        def sign(message: bytes) -> bytes:
            sent = {"message": base64.b64encode(message).decode()}
            answer = self._ask(_path(handle, "sign"), sent, at=at)
            signature = _bytes(answer.get("signature"))
            if not public.verify(signature, message):
                raise KeyStoreFailed(store="service")
            return signature

        return sign

    def destroy(self, *, handle: str, at: datetime) -> None:
        """
        Destroy a key; see `KeyStore.destroy`.
        """
        self._ask(_path(handle, "destroy"), {}, at=at)

    def _ask(self, path: str, payload: Mapping[str, Any], *, at: datetime) -> Mapping[str, Any]:
        body = json.dumps(payload, ensure_ascii=False).encode()
        headers = signed_headers(path=path, body=body, app_id=self.app_id, secret=self.secret, at=at)
        try:
            answer = fetch(
                "POST",
                f"{self.url}{path}",
                headers=headers,
                content=body,
                timeout_seconds=self.timeout_seconds,
                most_bytes=LARGEST_ANSWER,
                trust=Trust.SETTINGS,
            )
            told = answer.json() if answer.is_success else None
        except OutgoingFailed as error:
            raise KeyStoreFailed(store="service") from error
        if not isinstance(told, dict):
            raise KeyStoreFailed(store="service")
        return told


def _path(handle: str, act: str) -> str:
    return f"/v1/keys/{quote(handle, safe='')}/{act}"


def _bytes(value: object) -> bytes:
    """
    Return the bytes of a base64 text; of anything else none, which is neither a key nor a signature.
    """
    try:
        return base64.b64decode(value, validate=True) if isinstance(value, str) else b""
    except binascii.Error:
        return b""
