"""
The simulated gateway over HTTP.

    POST /send       signed; {"out_id", "mobile", "template_id", "params"} -> {"code", "msg", "biz_id"}
    POST /reports    signed; {"biz_ids": [...]} -> {"code", "msg", "reports": [{"biz_id", "status"}]}
    GET  /messages   ?mobile=&limit=; what arrived, newest first
    DELETE /messages forget all of them
    GET  /dials      how badly it behaves
    PUT  /dials      {"slow_seconds", "down", "wrong", "lost", "undelivered"}, any of them
    GET  /healthz
"""

import json
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from simulators.sms.gateway import Answer, Dials, Gateway

LARGEST_BODY = 64 * 1024
MOST_MESSAGES = 1000
BROKEN_PAGE = "<html><body><h1>502 Bad Gateway</h1></body></html>"


class Server(ThreadingHTTPServer):
    """
    One gateway on one port of this machine.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, gateway: Gateway, *, host: str = "127.0.0.1", port: int = 0) -> None:
        """
        Listen; 0 takes a free port.
        """
        super().__init__((host, port), Handler)
        self.gateway = gateway

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
        Show.
        """
        address = urlsplit(self.path)
        query = parse_qs(address.query)
        gateway = self.server.gateway
        match address.path:
            case "/messages":
                limit = query.get("limit", ["100"])[0]
                count = min(int(limit), MOST_MESSAGES) if limit.isdecimal() else MOST_MESSAGES
                mobile = query.get("mobile", [None])[0]
                self._answer((200, {"messages": gateway.messages(mobile=mobile, limit=count)}))
            case "/dials":
                self._answer((200, vars(gateway.dials)))
            case "/healthz":
                self._answer((200, {"status": "ok"}))
            case _:
                self._answer((404, {"code": "NOT_FOUND", "msg": "没有这个地址"}))

    def do_PUT(self) -> None:
        """
        Turn the dials.
        """
        if self.path != "/dials":
            return self._answer((404, {"code": "NOT_FOUND", "msg": "没有这个地址"}))
        dials = self.server.gateway.dials
        try:
            dials.turn(_object(self._body()))
        except ValueError as error:
            return self._answer((422, {"code": "DIAL_ILLEGAL", "msg": str(error)}))
        return self._answer((200, vars(dials)))

    def do_DELETE(self) -> None:
        """
        Forget.
        """
        if self.path != "/messages":
            return self._answer((404, {"code": "NOT_FOUND", "msg": "没有这个地址"}))
        self.server.gateway.forget()
        return self._answer((200, {"messages": []}))

    def do_POST(self) -> None:
        """
        Serve a customer, as well as the dials allow.
        """
        gateway, body = self.server.gateway, self._body()
        dials = gateway.dials
        if dials.slow_seconds:
            time.sleep(dials.slow_seconds)
        if gateway.happens(dials.down):
            return self._answer((503, {"code": "SYSTEM_BUSY", "msg": "系统繁忙"}))
        answer = self._serve(body)
        return self._answer((200, BROKEN_PAGE) if gateway.happens(dials.wrong) else answer)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """
        Stay quiet: messages hold codes, and tests read the output.
        """

    def _serve(self, body: bytes) -> Answer:
        gateway, now = self.server.gateway, datetime.now(UTC)  # noqa: TID251
        if self.path not in {"/send", "/reports"}:
            return 404, {"code": "NOT_FOUND", "msg": "没有这个地址"}
        headers = {
            name: self.headers.get(name, "") for name in ("X-App-Id", "X-Timestamp", "X-Nonce", "X-Signature")
        }
        refusal = gateway.refusal(path=self.path, headers=headers, body=body, now=now)
        if refusal is not None:
            return 200, {"code": refusal, "msg": "拒绝访问"}
        try:
            request = _object(body)
        except ValueError:
            return 200, {"code": "BODY_ILLEGAL", "msg": "请求不是 JSON 对象"}
        if self.path == "/send":
            return 200, gateway.send(request, now=now)
        return 200, gateway.reports(request.get("biz_ids"))

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
        content = body.encode() if isinstance(body, str) else json.dumps(body, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", f"{'text/html' if is_page else 'application/json'}; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def serve(*, host: str, port: int, app_id: str, secret: str, dials: Dials) -> None:
    """
    Run a gateway with one customer until interrupted.
    """
    server = Server(Gateway(accounts={app_id: secret.encode()}, dials=dials), host=host, port=port)
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
