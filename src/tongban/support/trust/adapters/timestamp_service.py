"""
An outside time-stamp service, spoken to as RFC 3161 3.4 has it: DER over HTTP.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

from tongban.foundation.crypto import stamping, timestamps
from tongban.foundation.crypto.algorithms import Algorithm
from tongban.foundation.outgoing import OutgoingFailed, Trust, fetch
from tongban.support.trust.ports import TimestampFailed

NONCE_BITS = 64
CONTENT_TYPE = "application/timestamp-query"


@dataclass(frozen=True, kw_only=True)
class TimestampClient:
    """
    One service.
    """

    url: str
    timeout_seconds: float = 5.0

    def stamp(self, *, algorithm: Algorithm, digest: bytes, at: datetime) -> bytes:
        """
        Return a token; see `TimestampService.stamp`. It answers this very question, or it is refused.
        """
        nonce = secrets.randbits(NONCE_BITS)
        question = stamping.make_request(algorithm=algorithm, digest=digest, nonce=nonce)
        try:
            answer = fetch(
                "POST",
                self.url,
                headers={"Content-Type": CONTENT_TYPE},
                content=question,
                timeout_seconds=self.timeout_seconds,
                most_bytes=timestamps.LARGEST_TOKEN,
                trust=Trust.SETTINGS,
            )
            token = timestamps.read_answer(answer.content if answer.is_success else b"")
            read = timestamps.read_token(token)
        except (OutgoingFailed, timestamps.NotATimestamp, timestamps.Refused) as error:
            raise TimestampFailed(reason=type(error).__name__) from error
        if read.nonce != nonce or read.problems(digest):
            raise TimestampFailed(reason="OtherAnswer")
        return token
