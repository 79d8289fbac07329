"""
A line of TCP between two nodes that loses, delays, doubles, disorders, cuts and spoils what goes over it.

It carries whole HTTP messages, one a connection, so that what happens to a message happens to an envelope. It knows
nothing else of them: nothing is parsed but the length, and nothing is changed but what the dials say.
"""

import random
import socket
import time
from collections import Counter, deque
from contextlib import suppress
from dataclasses import dataclass
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Lock, Thread
from typing import BinaryIO, cast

from simulators.dials import Dials, happens

KEPT = 64
"""Messages that are remembered, the newest last."""
PATIENCE_SECONDS = 120.0
BLANK_LINE = b"\r\n\r\n"
BROKEN_PAGE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 32\r\nConnection: close\r\n\r\n"
    b"<html><h1>Bad Gateway</h1></html>"
)
_CHANCE = random.Random(20161220)  # noqa: S311


@dataclass
class LinkDials(Dials):
    """
    Shares of the messages to which something happens.

    `slow_seconds` is waited before a message goes on; one that finds the line `down` is not taken; `wrong` brings a
    page of a proxy in place of the answer.
    """

    lost: float = 0.0
    """It never arrives."""
    late: float = 0.0
    """The caller hears nothing, and it arrives behind the next one that does."""
    twice: float = 0.0
    """It arrives two times at once."""
    cut: float = 0.0
    """Half of it arrives."""
    spoilt: float = 0.0
    """One bit of its content is another."""
    unanswered: float = 0.0
    """It arrives, and its answer is lost."""
    cut_answer: float = 0.0
    """Half of its answer comes back."""
    slow_answer: float = 0.0
    """Its answer comes `slow_seconds` later."""


class Link(ThreadingTCPServer):
    """
    One line. `counts` says what it was asked, what was answered, and what it did.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, to: tuple[str, int], *, host: str = "127.0.0.1", port: int = 0) -> None:
        """
        Listen; port 0 takes a free one.

        :param to: host and port at the other end
        """
        super().__init__((host, port), _OneMessage)
        self.to = to
        self.dials = LinkDials()
        self.counts: Counter[str] = Counter()
        self.carried: deque[bytes] = deque(maxlen=KEPT)
        self._late: list[bytes] = []
        self._lock = Lock()

    @property
    def url(self) -> str:
        """
        Return the address it listens on.
        """
        return f"http://{self.server_address[0]!s}:{self.server_address[1]}"

    def heal(self) -> None:
        """
        Turn every dial back.
        """
        self.dials = LinkDials()

    def carry(self, message: bytes) -> bytes:
        """
        Bring a message to the other end as well as the dials allow; return what the caller gets to hear.
        """
        dials = self.dials
        self.counts["asked"] += 1
        time.sleep(dials.slow_seconds)
        if self._is(dials.down, "down") or self._is(dials.lost, "lost"):
            return b""
        if self._is(dials.late, "late"):
            with self._lock:
                self._late.append(message)
            return b""
        if self._is(dials.cut, "cut"):
            self._begin(message[: len(message) // 2])
            return b""
        answer = self._delivered(spoilt(message) if self._is(dials.spoilt, "spoilt") else message, dials)
        if self._is(dials.slow_answer, "slow_answer"):
            time.sleep(dials.slow_seconds)
        if self._is(dials.unanswered, "unanswered"):
            return b""
        if self._is(dials.wrong, "wrong"):
            return BROKEN_PAGE
        return answer[: len(answer) // 2] if self._is(dials.cut_answer, "cut_answer") else answer

    def _delivered(self, message: bytes, dials: LinkDials) -> bytes:
        self.carried.append(message)
        twin = Thread(target=self._bring, args=(message,), daemon=True)
        if self._is(dials.twice, "twice"):
            twin.start()
        answer = self._bring(message)
        with self._lock:
            late, self._late = self._late, []
        for each in late:
            self._bring(each)
        return answer

    def _bring(self, message: bytes) -> bytes:
        """
        Bring a message, or what is left of it, and return the answer; none where the other end has gone.
        """
        try:
            with socket.create_connection(self.to, timeout=PATIENCE_SECONDS) as line:
                line.sendall(message)
                with line.makefile("rb") as heard:
                    answer = heard.read()
        except OSError:
            answer = b""
        self.counts["answered" if answer else "silent"] += 1
        return answer

    def _begin(self, part: bytes) -> None:
        """
        Bring the beginning of a message, and hang up.
        """
        with suppress(OSError), socket.create_connection(self.to, timeout=PATIENCE_SECONDS) as line:
            line.sendall(part)

    def _is(self, share: float, name: str) -> bool:
        if not happens(share):
            return False
        self.counts[name] += 1
        return True


class _OneMessage(StreamRequestHandler):
    timeout = PATIENCE_SECONDS

    def handle(self) -> None:
        """
        Take one message, bring it on, and hang up.
        """
        try:
            if message := read_message(cast("BinaryIO", self.rfile)):
                self.wfile.write(cast("Link", self.server).carry(message))
        except OSError:
            return  # the caller has hung up


def read_message(source: BinaryIO) -> bytes:
    """
    Return one whole HTTP request that asks for the connection to be closed behind it; empty: there is none.
    """
    head = b""
    while not head.endswith(BLANK_LINE):
        line = source.readline()
        if not line:
            return b""
        head += line
    first, *lines = head.removesuffix(BLANK_LINE).split(b"\r\n")
    named = {line.partition(b":")[0].strip().lower(): line.partition(b":")[2].strip() for line in lines}
    kept = [line for line in lines if not line.lower().startswith(b"connection:")]
    length = int(named.get(b"content-length", b"0"))
    return b"\r\n".join([first, *kept, b"Connection: close"]) + BLANK_LINE + source.read(length)


def spoilt(message: bytes) -> bytes:
    """
    Return a message of whose content one bit is another; one without content as it is.
    """
    head, blank, body = message.partition(BLANK_LINE)
    if not body:
        return message
    place = _CHANCE.randrange(len(body))
    return head + blank + body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
