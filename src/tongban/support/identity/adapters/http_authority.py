"""
Authorities that are asked by HTTP with signed requests.

Each request carries the caller's name, the time, a number used once, and HMAC-SM3 over them and the digest of the body.
Nothing an authority does can make a person wait longer than the deadline; one that fails again and again is left alone
for a while, so that everybody else does not wait for it either.
"""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
import structlog

from tongban.foundation.signed_requests import signed_headers
from tongban.support.identity.values import Answer, Authority, SignedText

TAKEN = "OK"
LONGEST_TOKEN = 128

logger = structlog.get_logger(__name__)


class NoAnswer(Exception):
    """
    No answer in time, or none that makes sense.
    """


@dataclass
class Breaker:
    """
    断路器: whether one authority is asked at all. Safe to use from many threads.
    """

    failures_allowed: int
    pause: timedelta
    _failures: int = 0
    _closed_until: datetime | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def lets_through(self, *, at: datetime) -> bool:
        """
        Whether to ask now; after the pause one question goes first, and the others wait for how it fares.
        """
        with self._lock:
            if self._closed_until is None:
                return True
            if at < self._closed_until:
                return False
            self._closed_until = at + self.pause
            return True

    def note(self, *, is_answered: bool, at: datetime) -> None:
        """
        Keep how a question fared.
        """
        with self._lock:
            if is_answered:
                self._failures, self._closed_until = 0, None
                return
            self._failures += 1
            if self._failures >= self.failures_allowed:
                self._closed_until = at + self.pause


@dataclass(frozen=True, kw_only=True)
class HttpAuthorities:
    """
    All authorities behind one address, a path for each.
    """

    url: str
    """Without a slash at the end."""
    app_id: str
    secret: bytes = field(repr=False)
    deadline: timedelta
    failures_allowed: int
    pause: timedelta
    _breakers: dict[Authority, Breaker] = field(default_factory=dict, repr=False)

    def check(self, *, authority: Authority, facts: Mapping[str, str], at: datetime) -> Answer:
        """
        Return whether all facts are right, as far as the authority answers in time.
        """
        try:
            answer = self._ask(authority, "check", {"facts": dict(facts)}, at=at)
        except NoAnswer:
            return Answer.UNAVAILABLE
        return _yes_or_no(answer)

    def begin_capture(self, *, facts: Mapping[str, str], at: datetime) -> str | None:
        """
        Open a look at somebody's face and return its token; None: not now.
        """
        try:
            answer = self._ask(Authority.FACE, "begin", {"facts": dict(facts)}, at=at)
        except NoAnswer:
            return None
        token = answer.get("token")
        return token if isinstance(token, str) and 0 < len(token) <= LONGEST_TOKEN else None

    def capture_answer(self, *, token: str, at: datetime) -> Answer | None:
        """
        Return what was seen; None: nothing yet.
        """
        try:
            answer = self._ask(Authority.FACE, "result", {"token": token}, at=at)
        except NoAnswer:
            return Answer.UNAVAILABLE
        return None if answer.get("result") == "PENDING" else _yes_or_no(answer)

    def _ask(
        self, authority: Authority, act: str, payload: Mapping[str, Any], *, at: datetime
    ) -> Mapping[str, Any]:
        breaker = self._breakers.setdefault(
            authority, Breaker(failures_allowed=self.failures_allowed, pause=self.pause)
        )
        if not breaker.lets_through(at=at):
            raise NoAnswer
        try:
            answer = self.post(f"/{_path_of(authority)}/{act}", payload, at=at)
        except NoAnswer as error:
            breaker.note(is_answered=False, at=at)
            logger.warning("authority_does_not_answer", authority=authority.value, reason=str(error))
            raise
        breaker.note(is_answered=True, at=at)
        return answer

    def post(self, path: str, payload: Mapping[str, Any], *, at: datetime) -> Mapping[str, Any]:
        """
        Send a signed request and return the answer.

        :raises NoAnswer: none came in time, or none that makes sense
        """
        body = json.dumps(payload, ensure_ascii=False).encode()
        half = self.deadline.total_seconds() / 2
        try:
            response = httpx.post(
                f"{self.url}{path}",
                content=body,
                headers=signed_headers(path=path, body=body, app_id=self.app_id, secret=self.secret, at=at),
                timeout=httpx.Timeout(half, read=half * 2),
                trust_env=False,
            )
            response.raise_for_status()
            answer = response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise NoAnswer(type(error).__name__) from error
        if not isinstance(answer, dict) or answer.get("code") != TAKEN:
            raise NoAnswer(str(answer.get("code"))[:40] if isinstance(answer, dict) else "not an object")
        return answer


@dataclass(frozen=True, kw_only=True)
class HttpCamera:
    """
    The camera of the simulator: what the app on a phone would do.
    """

    url: str
    timeout_seconds: float = 3.0

    def show(self, *, token: str, is_same: bool) -> bool:
        """
        Hold a face before it.
        """
        try:
            response = httpx.post(
                f"{self.url}/face/confirm",
                json={"token": token, "is_same": is_same},
                timeout=self.timeout_seconds,
                trust_env=False,
            )
        except httpx.HTTPError:
            return False
        return response.is_success


@dataclass(frozen=True, kw_only=True)
class HttpSimulatedKey:
    """
    The reader of the simulator: what a person's own tool and key would do.
    """

    url: str
    timeout_seconds: float = 3.0

    def sign(self, *, text: str, facts: Mapping[str, str], is_own: bool) -> SignedText | None:
        """
        Sign with the key of a certificate that the simulator has given out.
        """
        try:
            response = httpx.post(
                f"{self.url}/certificate/sign",
                json={"text": text, "facts": dict(facts), "is_own": is_own},
                timeout=self.timeout_seconds,
                trust_env=False,
            )
            response.raise_for_status()
            signed = response.json()
            return SignedText(certificate=signed["certificate"], signature=signed["signature"])
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            return None


def _yes_or_no(answer: Mapping[str, Any]) -> Answer:
    result = answer.get("result")
    return Answer(result) if result in {Answer.YES, Answer.NO} else Answer.UNAVAILABLE


def _path_of(authority: Authority) -> str:
    return authority.value.lower().replace("_", "-")
