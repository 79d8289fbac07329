"""
A security key for tests: answers what a browser would pass on (WebAuthn level 2), without a browser.
"""

import json
import secrets
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor
from fido2.cose import ES256
from fido2.utils import websafe_encode

ORIGIN = "http://localhost:8000"
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


@dataclass
class SecurityKey:
    """
    A key of one account at one site.
    """

    host: str = "localhost"
    origin: str = ORIGIN
    count: int = 0
    """What it has counted to; 0 for keys that do not count."""
    counts: bool = True
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    secret: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def register(self, question: str) -> str:
        """
        Return the answer to a request to register.
        """
        asked = json.loads(question)["publicKey"]
        client = self._client("webauthn.create", asked["challenge"])
        known: Any = ES256
        public = cbor.encode(dict(known.from_cryptography_key(self.secret.public_key())))
        body = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + public
        data = self._data(PRESENT | VERIFIED | ATTESTED) + body
        attestation = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        response = {
            "clientDataJSON": websafe_encode(client),
            "attestationObject": websafe_encode(attestation),
        }
        return self._answer(response)

    def sign(self, question: str) -> str:
        """
        Return the answer to a request to sign.
        """
        asked = json.loads(question)["publicKey"]
        client = self._client("webauthn.get", asked["challenge"])
        data = self._data(PRESENT | VERIFIED)
        signature = self.secret.sign(data + sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        response = {
            "clientDataJSON": websafe_encode(client),
            "authenticatorData": websafe_encode(data),
            "signature": websafe_encode(signature),
        }
        return self._answer(response)

    def _data(self, flags: int) -> bytes:
        self.count += self.counts
        return sha256(self.host.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _answer(self, response: dict[str, Any]) -> str:
        own = websafe_encode(self.id)
        answer = {
            "id": own,
            "rawId": own,
            "type": "public-key",
            "response": response,
            "clientExtensionResults": {},
        }
        return json.dumps(answer)
