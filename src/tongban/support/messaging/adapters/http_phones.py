"""
The phones of the simulated gateway, read over HTTP.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import httpx

from tongban.support.messaging.ports import ArrivedText, GatewayDown

TIMEOUT_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True)
class HttpPhones:
    """
    All phones behind one simulator.
    """

    url: str
    """Without a slash at the end."""

    def texts(self, *, mobile: str, limit: int) -> Sequence[ArrivedText]:
        """
        Return what reached one phone, newest first.

        :raises GatewayDown: the simulator does not answer
        """
        try:
            answer = httpx.get(
                f"{self.url}/messages",
                params={"mobile": mobile, "limit": str(limit)},
                timeout=TIMEOUT_SECONDS,
                trust_env=False,
            )
            answer.raise_for_status()
            return [
                ArrivedText(
                    mobile=message["mobile"],
                    text=message["text"],
                    at=datetime.fromisoformat(message["received_at"]),
                )
                for message in answer.json()["messages"]
            ]
        except (httpx.HTTPError, ValueError, KeyError) as error:
            raise GatewayDown(reason=type(error).__name__) from error
