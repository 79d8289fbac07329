"""
The simulated authorities over HTTP, a path for each of them.

    POST /<authority>/check  signed; {"facts": {...}} -> {"code", "msg", "result": "YES" | "NO"}
         population, mobile-operator, social-security, bank, provident-fund, driving-licence, legal-entity
    POST /face/begin         signed; {"facts": {"id_number", "name"}} -> {"code", "msg", "token"}
    POST /face/result        signed; {"token"} -> {"code", "msg", "result": "YES" | "NO" | "PENDING"}
    POST /face/confirm       what the phone's app would do: {"token", "is_same": true | false}
    POST /card-reader/read   signed; {"desk"} -> {"code", "msg", "card": {"id_number", "name", "valid_until"}}
    PUT  /card-reader        lay a card on a reader: {"desk", "id_number"}; an empty number takes it away
    GET  /dials              how badly they behave; also /dials/<authority>
    PUT  /dials              {"slow_seconds", "down", "wrong", "disagree"}, any of them; also /dials/<authority>
    GET  /healthz
"""

import json
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from simulators.authority.registers import AUTHORITIES, Dials, Registers, authority_of
from simulators.customers import HEADERS, Customers

LARGEST_BODY = 64 * 1024
BROKEN_PAGE = "<html><body><h1>502 Bad Gateway</h1></body></html>"
NOT_FOUND = (404, {"code": "NOT_FOUND", "msg": "没有这个地址"})

Reply = tuple[int, dict[str, Any] | str]
"""HTTP status and body: an object is sent as JSON, a text as HTML."""


class Server(ThreadingHTTPServer):
    """
    All authorities on one port of this machine.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self, registers: Registers, customers: Customers, *, host: str = "127.0.0.1", port: int = 0
    ) -> None:
        """
        Listen; 0 takes a free port.
        """
        super().__init__((host, port), Handler)
        self.registers = registers
        self.customers = customers

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
        if self.path == "/healthz":
            return self._answer((200, {"status": "ok"}))
        dials = self._dials()
        return self._answer(NOT_FOUND if dials is None else (200, vars(dials)))

    def do_PUT(self) -> None:
        """
        Turn the dials of all, or of one; or lay a card on a reader.
        """
        if self.path == "/card-reader":
            return self._lay_card()
        dials = self._dials()
        if dials is None:
            return self._answer(NOT_FOUND)
        try:
            dials.turn(_object(self._body()))
        except ValueError as error:
            return self._answer((422, {"code": "DIAL_ILLEGAL", "msg": str(error)}))
        authority = self.path.removeprefix("/dials").strip("/")
        if authority:
            self.server.registers.own_dials[authority] = dials
        return self._answer((200, vars(dials)))

    def do_POST(self) -> None:
        """
        Answer a customer, as well as the dials allow.
        """
        body, named = self._body(), authority_of(self.path)
        if named is None:
            return self._answer(NOT_FOUND)
        authority, act = named
        registers = self.server.registers
        dials = registers.dials_of(authority)
        if act == "confirm":
            return self._answer(self._confirm(body))
        if dials.slow_seconds:
            time.sleep(dials.slow_seconds)
        if registers.happens(dials.down):
            return self._answer((503, {"code": "SYSTEM_BUSY", "msg": "系统繁忙"}))
        reply = self._serve(authority, act, body)
        return self._answer((200, BROKEN_PAGE) if registers.happens(dials.wrong) else reply)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """
        Stay quiet: requests hold personal data, made up or not.
        """

    def _serve(self, authority: str, act: str, body: bytes) -> Reply:
        headers = {name: self.headers.get(name, "") for name in HEADERS}
        now = datetime.now(UTC)  # noqa: TID251
        refusal = self.server.customers.refusal(path=self.path, headers=headers, body=body, now=now)
        if refusal is not None:
            return 200, {"code": refusal, "msg": "拒绝访问"}
        try:
            request = _object(body)
        except ValueError:
            return 200, {"code": "BODY_ILLEGAL", "msg": "请求不是 JSON 对象"}
        return 200, self._reply(authority, act, request)

    def _reply(self, authority: str, act: str, request: dict[str, Any]) -> dict[str, Any]:
        registers, facts = self.server.registers, request.get("facts")
        if act == "read":
            return registers.read_card(request.get("desk"))
        if act == "result":
            return registers.capture_result(request.get("token"))
        if not isinstance(facts, dict):
            return {"code": "FACTS_MISSING", "msg": "缺少参数"}
        return registers.begin_capture(facts) if act == "begin" else registers.check(authority, facts)

    def _lay_card(self) -> None:
        try:
            request = _object(self._body())
        except ValueError:
            return self._answer((422, {"code": "BODY_ILLEGAL", "msg": "请求不是 JSON 对象"}))
        desk, number = request.get("desk"), request.get("id_number")
        if not isinstance(desk, str) or not isinstance(number, str):
            return self._answer((422, {"code": "FACTS_ILLEGAL", "msg": "参数错误"}))
        self.server.registers.cards[desk] = number
        return self._answer((200, {"code": "OK", "msg": "成功"}))

    def _confirm(self, body: bytes) -> Reply:
        try:
            request = _object(body)
        except ValueError:
            return 422, {"code": "BODY_ILLEGAL", "msg": "请求不是 JSON 对象"}
        is_done = self.server.registers.finish_capture(
            request.get("token"), is_same=request.get("is_same") is True
        )
        return (200, {"code": "OK", "msg": "成功"}) if is_done else NOT_FOUND

    def _dials(self) -> Dials | None:
        """
        Return the dials that the address names: those of all, or a copy of them for one authority.
        """
        if self.path == "/dials":
            return self.server.registers.dials
        authority = self.path.removeprefix("/dials/")
        if authority == self.path or authority not in AUTHORITIES:
            return None
        known = self.server.registers.own_dials.get(authority)
        return known or Dials(**vars(self.server.registers.dials))

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "0")
        size = int(length) if length.isdecimal() else 0
        if size > LARGEST_BODY:
            self.close_connection = True
            return b""
        return self.rfile.read(size)

    def _answer(self, reply: Reply) -> None:
        status, body = reply
        is_page = isinstance(body, str)
        content = body.encode() if isinstance(body, str) else json.dumps(body, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", f"{'text/html' if is_page else 'application/json'}; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def serve(
    *, host: str, port: int, app_id: str, secret: str, dials: Dials, believes_strangers: bool = False
) -> None:
    """
    Run the authorities with one customer until interrupted.
    """
    registers = Registers(dials=dials, believes_strangers=believes_strangers)
    server = Server(registers, Customers(secrets={app_id: secret.encode()}), host=host, port=port)
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
