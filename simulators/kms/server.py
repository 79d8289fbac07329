"""
The simulated KMS over HTTP.

    POST /v1/keys/<key id>/wrap     {"plaintext", "context"} -> {"ciphertext", "key_id"}; bytes are base64
    POST /v1/keys/<key id>/unwrap   {"ciphertext", "context"} -> {"plaintext", "key_id"}
    POST /v1/keys/<key id>/disable  the key wraps and unwraps nothing any more; /enable: it does again
    GET  /dials      how badly it behaves
    PUT  /dials      {"slow_seconds", "down", "wrong", "disagree"}, any of them
    GET  /healthz
"""

import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

from simulators.kms.gateway import Answer, Dials, Vault

LARGEST_BODY = 64 * 1024
BROKEN_PAGE = "<html><body><h1>502 Bad Gateway</h1></body></html>"
ACTS = frozenset({"wrap", "unwrap", "disable", "enable"})


class Server(ThreadingHTTPServer):
    """
    One KMS on one port of this machine.
    """

    daemon_threads = True

    def __init__(self, vault: Vault, *, host: str = "127.0.0.1", port: int = 0) -> None:
        """
        Listen; 0 takes a free port.
        """
        super().__init__((host, port), Handler)
        self.vault = vault

    @property
    def url(self) -> str:
        """
        Return the address it listens on.
        """
        return f"http://{self.server_address[0]!s}:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    """
    One request.
    """

    server: Server
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_GET(self) -> None:
        """
        Show the dials.
        """
        if self.path == "/dials":
            return self._answer((200, vars(self.server.vault.dials)))
        if self.path == "/healthz":
            return self._answer((200, {"status": "ok"}))
        return self._answer((404, {"code": "NOT_FOUND"}))

    def do_PUT(self) -> None:
        """
        Turn the dials.
        """
        if self.path != "/dials":
            return self._answer((404, {"code": "NOT_FOUND"}))
        dials = self.server.vault.dials
        try:
            dials.turn(_object(self._body()))
        except ValueError as error:
            return self._answer((422, {"code": "DIAL_ILLEGAL", "msg": str(error)}))
        return self._answer((200, vars(dials)))

    def do_POST(self) -> None:
        """
        Serve a caller, as well as the dials allow.
        """
        vault, body = self.server.vault, self._body()
        if vault.dials.slow_seconds:
            time.sleep(vault.dials.slow_seconds)
        if vault.happens(vault.dials.down):
            return self._answer((503, {"code": "SYSTEM_BUSY"}))
        answer = self._serve(body)
        return self._answer((200, BROKEN_PAGE) if vault.happens(vault.dials.wrong) else answer)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """
        Stay quiet: requests hold keys.
        """

    def _serve(self, body: bytes) -> Answer:
        vault = self.server.vault
        _empty, *parts = self.path.split("/")
        if len(parts) != 4 or parts[:2] != ["v1", "keys"] or parts[3] not in ACTS:  # noqa: PLR2004
            return 404, {"code": "NOT_FOUND"}
        if not vault.is_known(self.headers.get("Authorization", "")):
            return 401, {"code": "TOKEN_INVALID"}
        key_id, act = unquote(parts[2]), parts[3]
        if act in {"disable", "enable"}:
            (vault.disabled.add if act == "disable" else vault.disabled.discard)(key_id)
            return 200, {"key_id": key_id, "is_enabled": act == "enable"}
        try:
            request = _object(body)
        except ValueError:
            return 400, {"code": "BODY_ILLEGAL"}
        return vault.wrap(key_id, request) if act == "wrap" else vault.unwrap(key_id, request)

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "0")
        size = int(length) if length.isdecimal() else 0
        if size > LARGEST_BODY:
            self.close_connection = True
            return b""
        return self.rfile.read(size)

    def _answer(self, answer: Answer) -> None:
        status, body = answer
        is_page = isinstance(body, str)
        content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", f"{'text/html' if is_page else 'application/json'}; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def serve(*, host: str, port: int, token: str, seed: bytes, dials: Dials) -> None:
    """
    Run a KMS with one caller until interrupted.
    """
    server = Server(Vault(tokens=frozenset({token}), seed=seed, dials=dials), host=host, port=port)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body or b"null")
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004
    return value
