"""
What all simulated parties have in common over HTTP.

Each listens on one port of this machine, and besides what it is there for, it answers:

    GET  /dials      how badly it behaves
    PUT  /dials      {"slow_seconds", "down", "wrong", …}, any of them
    GET  /healthz
"""

import json
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from simulators.dials import Dials, happens

LARGEST_BODY = 64 * 1024
BROKEN_PAGE = "<html><body><h1>502 Bad Gateway</h1></body></html>"

Reply = tuple[int, dict[str, Any] | str]
"""HTTP status and body: an object is sent as JSON, a text as HTML."""

NOT_FOUND: Reply = (404, {"code": "NOT_FOUND", "msg": "没有这个地址"})
BUSY: Reply = (503, {"code": "SYSTEM_BUSY", "msg": "系统繁忙"})


class Server(ThreadingHTTPServer):
    """
    One party.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, handler: "type[Handler]", dials: Dials, *, host: str, port: int) -> None:
        """
        Listen; port 0 takes a free one.
        """
        super().__init__((host, port), handler)
        self.dials = dials

    @property
    def url(self) -> str:
        """
        Return the address it listens on.
        """
        return f"http://{self.server_address[0]!s}:{self.server_address[1]}"

    def run(self) -> None:
        """
        Answer until interrupted.
        """
        try:
            self.serve_forever()
        except KeyboardInterrupt:
            pass
        finally:
            self.server_close()


class Handler(BaseHTTPRequestHandler):
    """
    One request.
    """

    server: Server
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_GET(self) -> None:
        """
        Show what every party shows of itself.
        """
        shown: dict[str, Reply] = {
            "/dials": (200, vars(self.server.dials)),
            "/healthz": (200, {"status": "ok"}),
        }
        self.answer(shown.get(self.path, NOT_FOUND))

    def do_PUT(self) -> None:
        """
        Turn the dials.
        """
        if self.path == "/dials":
            self.turn(self.server.dials)
        else:
            self.answer(NOT_FOUND)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """
        Stay quiet: requests hold codes, keys and personal data, made up or not, and tests read the output.
        """

    def turn(self, dials: Dials) -> bool:
        """
        Turn dials as the request says, and show them; False where it says nothing of sense.
        """
        try:
            dials.turn(json_object(self.body()))
        except ValueError as error:
            self.answer((422, {"code": "DIAL_ILLEGAL", "msg": str(error)}))
            return False
        self.answer((200, vars(dials)))
        return True

    def answer_by(self, dials: Dials, serve: Callable[[], Reply]) -> None:
        """
        Serve as well as the dials allow.
        """
        if self.is_up(dials):
            reply = serve()
            self.answer((200, BROKEN_PAGE) if happens(dials.wrong) else reply)

    def is_up(self, dials: Dials) -> bool:
        """
        Whether the party answers now, be it late; where it does not, it has said so.
        """
        time.sleep(dials.slow_seconds)
        if happens(dials.down):
            self.answer(BUSY)
            return False
        return True

    def body(self) -> bytes:
        """
        Return what came with the request; of one that is too large nothing.
        """
        length = self.headers.get("Content-Length", "0")
        size = int(length) if length.isdecimal() else 0
        if size > LARGEST_BODY:
            self.close_connection = True
            return b""
        return self.rfile.read(size)

    def answer(self, reply: Reply) -> None:
        """
        Send.
        """
        status, body = reply
        is_page = isinstance(body, str)
        content = body.encode() if isinstance(body, str) else json.dumps(body, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", f"{'text/html' if is_page else 'application/json'}; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def json_object(body: bytes) -> dict[str, Any]:
    """
    Read a JSON object.

    :raises ValueError: it is none
    """
    try:
        value = json.loads(body or b"null")
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004
    return value
