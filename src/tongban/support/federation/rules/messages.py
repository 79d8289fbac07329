"""
How two systems that share a key sign and seal what they send each other.

HMAC-SM3 (GB/T 15852.2) over every part that matters, a number used once, a window of five minutes; personal data
sealed by SM4-GCM (GB/T 32907). Two keys are derived from the shared one, so that a signature never helps with a seal.
Source: standards of the ticket protocol as platforms speak it, with modern signatures (docs/explanation/one-login.md).
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest

from tongban.foundation.crypto import hmac_sm3, sm3, sm4

WINDOW = timedelta(minutes=5)
NONCE_BYTES = 12
SHORTEST_NONCE = 16
LONGEST_NONCE = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class Freshness:
    """
    What makes a message one of now: when it was sent, and a number that is used once.
    """

    time: str
    """Seconds of the epoch."""
    nonce: str

    def is_fresh(self, *, at: datetime) -> bool:
        """
        Whether the moment lies within five minutes of `at`, and the number is one.

        That it is used once is for the caller to see to.
        """
        if not (self.time.isascii() and self.time.isdecimal() and len(self.time) <= len("9999999999")):
            return False
        is_number = self.nonce.isascii() and self.nonce.isalnum()
        is_long = SHORTEST_NONCE <= len(self.nonce) <= LONGEST_NONCE
        return is_number and is_long and abs(at.timestamp() - int(self.time)) <= WINDOW.total_seconds()

    @staticmethod
    def of(at: datetime) -> "Freshness":
        """
        Return that of a message sent now.
        """
        return Freshness(time=str(int(at.timestamp())), nonce=secrets.token_hex(NONCE_BYTES))


def signing_key(shared: bytes) -> bytes:
    """
    Return the key of signatures.
    """
    return hmac_sm3(shared, b"tongban.sign")


def signed_text(*parts: str, body: bytes) -> bytes:
    """
    Return what is signed: each part in a line of its own, the digest of the body last.
    """
    if any("\n" in part for part in parts):
        raise ValueError("a part of a signed text is one line")
    return "\n".join((*parts, sm3(body).hex())).encode()


def signature_of(shared: bytes, text: bytes) -> str:
    """
    Return the signature of a text, 64 hex digits.
    """
    return hmac_sm3(signing_key(shared), text).hex()


def is_signed(shared: bytes, text: bytes, signature: str) -> bool:
    """
    Whether a signature is right; takes as long for a wrong one as for a right one.
    """
    return compare_digest(signature_of(shared, text).encode(), signature.lower().encode(errors="replace"))


def seal_for(shared: bytes, plaintext: bytes, *, context: str) -> str:
    """
    Encrypt for whoever shares the key, bound to its place; hex digits.

    :param context: what it is and for whom, e.g. "ticket.user:shop"
    """
    return sm4.encrypt_gcm(_sealing_key(shared), plaintext, associated=context.encode()).hex()


def open_sealed(shared: bytes, text: str, *, context: str) -> bytes:
    """
    Decrypt what `seal_for` made with the same key and context.

    :raises ValueError: it was changed, belongs elsewhere, or was sealed with another key
    """
    try:
        return sm4.decrypt_gcm(_sealing_key(shared), bytes.fromhex(text), associated=context.encode())
    except sm4.NotDecryptable as error:
        raise ValueError("sealed for somebody else, or changed") from error


def _sealing_key(shared: bytes) -> bytes:
    return hmac_sm3(shared, b"tongban.seal")[: sm4.KEY_BYTES]


def evidence_of(provider: str, subject: str) -> str:
    """
    Return the digest that stands for a linked account where a proof is kept; 64 hex digits.
    """
    return sm3(f"{provider}|{subject}".encode()).hex()
