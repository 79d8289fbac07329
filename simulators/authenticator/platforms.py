"""
What the simulated platforms know: who was logged in, and which codes and tokens they gave.
"""

import hashlib
import secrets
import threading
import time
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field

from simulators.dials import TellingDials

PLATFORMS = {
    "wallet": "示例钱包（演示）",
    "bank": "示例银行（演示）",
    "tax": "示例税务（演示）",
    "business": "示例电子营业执照（演示）",
}
CODE_SECONDS = 60
TOKEN_SECONDS = 300


@dataclass(slots=True)
class Grant:
    """
    A code or a token, and whom it is about.
    """

    platform: str
    person: dict[str, str]
    redirect_uri: str
    challenge: str
    expires: float


@dataclass
class Platforms:
    """
    All of them, with one customer.
    """

    client_id: str
    client_secret: str
    dials: TellingDials = field(default_factory=TellingDials)
    grants: dict[str, Grant] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def code_for(self, platform: str, person: dict[str, str], *, redirect_uri: str, challenge: str) -> str:
        """
        Return a code about somebody who has just logged in.
        """
        code = secrets.token_urlsafe(16)
        with self.lock:
            self.grants[code] = Grant(platform, person, redirect_uri, challenge, time.time() + CODE_SECONDS)
        return code

    def token_for(self, platform: str, form: dict[str, str]) -> str | None:
        """
        Return a token for a code, once; None where anything does not fit.
        """
        with self.lock:
            grant = self.grants.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if (
            grant is None
            or grant.platform != platform
            or grant.expires < time.time()
            or grant.redirect_uri != form.get("redirect_uri")
            or grant.challenge != urlsafe_b64encode(digest).decode().rstrip("=")
            or (form.get("client_id"), form.get("client_secret")) != (self.client_id, self.client_secret)
        ):
            return None
        token = secrets.token_urlsafe(24)
        with self.lock:
            self.grants[token] = Grant(platform, grant.person, "", "", time.time() + TOKEN_SECONDS)
        return token

    def person_of(self, platform: str, token: str) -> dict[str, str] | None:
        """
        Return whom a token is about.
        """
        with self.lock:
            grant = self.grants.get(token)
        if grant is None or grant.platform != platform or grant.expires < time.time():
            return None
        return grant.person


def account_of(platform: str, *, name: str, id_number: str) -> dict[str, str]:
    """
    Return the account somebody has at a platform.
    """
    subject = hashlib.sha256(f"{platform}|{id_number}".encode()).hexdigest()[:32]
    return {"sub": subject, "name": name, "id_number": id_number}
