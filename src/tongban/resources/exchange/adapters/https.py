"""
The default carrier: one POST straight to the other node.
"""

from dataclasses import dataclass
from typing import Final

from tongban.foundation.errors import UpstreamError
from tongban.foundation.outgoing import AddressNotAllowed, OutgoingFailed, Trust, fetch
from tongban.resources.exchange.ports import Peer

PATH: Final = "/exchange/v1"
CONTENT_TYPE: Final = "application/vnd.tongban.envelope"
MOST_ANSWER: Final = 4 * 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Https:
    """
    Ports `Carrier` and `Asker` over HTTP.
    """

    timeout_seconds: float

    def __call__(self, peer: Peer, envelope: bytes, *, seconds: float | None = None) -> bytes:
        """
        Return the answer's envelope.

        :param seconds: how long to wait; None: as long as for a batch
        :raises UpstreamError: the peer is not reached, or says no
        """
        try:
            answer = fetch(
                "POST",
                f"{peer.url}{PATH}",
                content=envelope,
                headers={"Content-Type": CONTENT_TYPE},
                timeout_seconds=self.timeout_seconds if seconds is None else seconds,
                most_bytes=MOST_ANSWER,
                trust=Trust.SETTINGS,
            )
        except AddressNotAllowed as error:
            raise OutgoingFailed(node=peer.code) from error
        if not answer.is_success:
            raise UpstreamError(node=peer.code)
        return answer.content
