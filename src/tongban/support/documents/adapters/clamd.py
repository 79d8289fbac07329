"""
ClamAV's daemon, asked by INSTREAM.
"""

import socket
import struct
from collections.abc import Iterator
from typing import Final

from tongban.foundation.errors import UpstreamError

CHUNK_BYTES: Final = 256 * 1024
TIMEOUT_SECONDS: Final = 30.0
MOST_ANSWER_BYTES: Final = 4096


class ScannerUnavailable(UpstreamError):
    """
    The virus scanner did not answer, or refused to scan; the file is not accepted unscanned.
    """

    code = "scanner_unavailable"
    status = 503


class Clamd:
    """
    A `VirusScanner` at host:port.
    """

    def __init__(self, address: str) -> None:
        """
        Talk to `address`, "host:port".
        """
        host, _, port = address.rpartition(":")
        self._address = (host.strip("[]") or "127.0.0.1", int(port))

    def find(self, content: bytes) -> str | None:
        """
        Return the name of the malware found, or None; see `VirusScanner.find`.
        """
        try:
            with socket.create_connection(self._address, timeout=TIMEOUT_SECONDS) as connection:
                connection.sendall(b"zINSTREAM\0")
                for frame in _frames(content):
                    connection.sendall(frame)
                answer = _answer(connection)
        except OSError as error:
            raise ScannerUnavailable from error
        if answer.endswith("FOUND"):
            return answer.removesuffix("FOUND").removeprefix("stream:").strip()
        if answer.endswith("OK"):
            return None
        raise ScannerUnavailable(answer=answer)


def _frames(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), CHUNK_BYTES):
        piece = content[start : start + CHUNK_BYTES]
        yield struct.pack("!I", len(piece)) + piece
    yield struct.pack("!I", 0)


def _answer(connection: socket.socket) -> str:
    answer = b""
    while not answer.endswith(b"\0") and len(answer) < MOST_ANSWER_BYTES:
        piece = connection.recv(MOST_ANSWER_BYTES)
        if not piece:
            break
        answer += piece
    return answer.rstrip(b"\0\n").decode("utf-8", "replace")
