"""
The simulated gateway over HTTP.

    POST /send       signed; {"out_id", "mobile", "template_id", "params"} -> {"code", "msg", "biz_id"}
    POST /reports    signed; {"biz_ids": [...]} -> {"code", "msg", "reports": [{"biz_id", "status"}]}
    GET  /messages   ?mobile=&limit=; what arrived, newest first
    DELETE /messages forget all of them
    GET  /dials, PUT /dials, GET /healthz as everywhere (`simulators.http`); dials of its own: "lost", "undelivered"
"""

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

from simulators import http
from simulators.customers import HEADERS
from simulators.http import NOT_FOUND, Reply, json_object
from simulators.sms.gateway import Gateway

MOST_MESSAGES = 1000


class Server(http.Server):
    """
    One gateway.
    """

    def __init__(self, gateway: Gateway, *, host: str = "127.0.0.1", port: int = 0) -> None:
        """
        Listen; 0 takes a free port.
        """
        super().__init__(Handler, gateway.dials, host=host, port=port)
        self.gateway = gateway


class Handler(http.Handler):
    """
    One request.
    """

    server: Server

    def do_GET(self) -> None:
        """
        Show what arrived, or the dials.
        """
        address = urlsplit(self.path)
        if address.path != "/messages":
            return super().do_GET()
        query = parse_qs(address.query)
        limit, mobile = query.get("limit", ["100"])[0], query.get("mobile", [None])[0]
        count = min(int(limit), MOST_MESSAGES) if limit.isdecimal() else MOST_MESSAGES
        return self.answer((200, {"messages": self.server.gateway.messages(mobile=mobile, limit=count)}))

    def do_DELETE(self) -> None:
        """
        Forget.
        """
        if self.path != "/messages":
            return self.answer(NOT_FOUND)
        self.server.gateway.forget()
        return self.answer((200, {"messages": []}))

    def do_POST(self) -> None:
        """
        Serve a customer, as well as the dials allow.
        """
        body = self.body()
        self.answer_by(self.server.dials, lambda: self._serve(body))

    def _serve(self, body: bytes) -> Reply:
        gateway, now = self.server.gateway, datetime.now(UTC)
        if self.path not in {"/send", "/reports"}:
            return NOT_FOUND
        headers = {name: self.headers.get(name, "") for name in HEADERS}
        refusal = gateway.refusal(path=self.path, headers=headers, body=body, now=now)
        if refusal is not None:
            return 200, {"code": refusal, "msg": "拒绝访问"}
        try:
            request = json_object(body)
        except ValueError:
            return 200, {"code": "BODY_ILLEGAL", "msg": "请求不是 JSON 对象"}
        if self.path == "/send":
            return 200, gateway.send(request, now=now)
        return 200, gateway.reports(request.get("biz_ids"))
