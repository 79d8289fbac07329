"""
Signed and sealed messages to other nodes, with a breaker for those that do not answer.

A node that failed three times in a row is not asked for half a minute: people do not wait for it. Each process keeps
its own count.
"""

import time
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from tongban.foundation.errors import UpstreamError
from tongban.foundation.outgoing import AddressNotAllowed, OutgoingFailed, Trust, fetch
from tongban.support.federation import rules
from tongban.support.federation.rules.messages import is_signed
from tongban.support.federation.values import Provider

FAILURES_TO_OPEN = 3
OPEN_SECONDS = 30.0
MOST_BYTES = 4 * 1024 * 1024


class NodeSilent(UpstreamError):
    """
    The other node did not answer in time, or with an answer that is not its own.
    """

    code = "node_silent"


@dataclass(slots=True)
class _State:
    failures: int = 0
    closed_again_at: float = 0.0


@dataclass
class HttpNodes:
    """
    Port `NodeCaller` over HTTP.
    """

    own_code: str
    states: dict[str, _State] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def __call__(self, node: Provider, path: str, message: bytes, *, seconds: float, at: datetime) -> bytes:
        """
        Return the answer to a message.

        :raises NodeSilent: there is none, or it is not signed by the node
        """
        state = self.states.setdefault(node.code, _State())
        if time.monotonic() < state.closed_again_at:
            raise NodeSilent(node=node.code)
        try:
            answer = self._ask(node, path, message, seconds=seconds, at=at)
        except UpstreamError:
            self._count(state)
            raise
        with self.lock:
            state.failures, state.closed_again_at = 0, 0.0
        return answer

    def _count(self, state: _State) -> None:
        with self.lock:
            state.failures += 1
            if state.failures >= FAILURES_TO_OPEN:
                state.closed_again_at = time.monotonic() + OPEN_SECONDS

    def _ask(self, node: Provider, path: str, message: bytes, *, seconds: float, at: datetime) -> bytes:
        fresh = rules.Freshness.of(at)
        body = rules.seal_for(
            node.shared_key, message, context=context_of(path, self.own_code, node.code, fresh.nonce)
        ).encode()
        text = rules.signed_text("POST", path, self.own_code, node.code, fresh.time, fresh.nonce, body=body)
        try:
            answer = fetch(
                "POST",
                f"{node.url}{path}",
                content=body,
                headers={
                    "Content-Type": "text/plain",
                    "X-Tongban-Node": self.own_code,
                    "X-Tongban-Time": fresh.time,
                    "X-Tongban-Nonce": fresh.nonce,
                    "X-Tongban-Signature": rules.signature_of(node.shared_key, text),
                },
                timeout_seconds=seconds,
                most_bytes=MOST_BYTES,
                trust=Trust.SETTINGS,
            )
        except (OutgoingFailed, AddressNotAllowed) as error:
            raise NodeSilent(node=node.code) from error
        text = rules.signed_text("ANSWER", path, node.code, self.own_code, fresh.nonce, body=answer.content)
        if not answer.is_success or not is_signed(
            node.shared_key, text, answer.headers.get("x-tongban-signature", "")
        ):
            raise NodeSilent(node=node.code)
        context = context_of(path, node.code, self.own_code, fresh.nonce)
        try:
            return rules.open_sealed(node.shared_key, answer.content.decode("ascii"), context=context)
        except ValueError as error:
            raise NodeSilent(node=node.code) from error


def context_of(path: str, sender: str, receiver: str, nonce: str) -> str:
    """
    Return what a sealed message between nodes is bound to.
    """
    return f"{path}|{sender}|{receiver}|{nonce}"
