"""
The simulated authorities over HTTP, a path for each of them.

    POST /<authority>/check  signed; {"facts": {...}} -> {"code", "msg", "result": "YES" | "NO"}
         population, entry-exit, mobile-operator, social-security, bank, provident-fund, driving-licence, certificate,
         legal-entity
    POST /face/begin         signed; {"facts": {"id_number", "name"}} -> {"code", "msg", "token"}
    POST /face/result        signed; {"token"} -> {"code", "msg", "result": "YES" | "NO" | "PENDING"}
    POST /face/confirm       what the phone's app would do: {"token", "is_same": true | false}
    POST /certificate/sign   what a person's own key would do: {"text", "facts": {"id_number", "name"}, "is_own"}
                             -> {"certificate", "signature"}
    POST /card-reader/read   signed; {"desk"}
                             -> {"code", "msg", "card": {"id_number", "name", "valid_until", "born_on"}}
    PUT  /card-reader        lay a card on a reader: {"desk", "id_number"}; an empty number takes it away
    GET  /dials, PUT /dials, GET /healthz as everywhere (`simulators.http`); one more dial: "disagree".
    GET  /dials/<authority>, PUT /dials/<authority>: one of them alone
"""

from datetime import UTC, datetime
from typing import Any

from simulators import http
from simulators.authority.registers import AUTHORITIES, Registers, authority_of
from simulators.customers import HEADERS, Customers
from simulators.dials import TellingDials
from simulators.http import NOT_FOUND, Reply, json_object


class Server(http.Server):
    """
    All authorities.
    """

    def __init__(
        self, registers: Registers, customers: Customers, *, host: str = "127.0.0.1", port: int = 0
    ) -> None:
        """
        Listen; 0 takes a free port.
        """
        super().__init__(Handler, registers.dials, host=host, port=port)
        self.registers = registers
        self.customers = customers


class Handler(http.Handler):
    """
    One request.
    """

    server: Server

    def do_GET(self) -> None:
        """
        Show the dials of all, or of one.
        """
        own = self._own_dials()
        return super().do_GET() if own is None else self.answer((200, vars(own[1])))

    def do_PUT(self) -> None:
        """
        Turn the dials of all, or of one; or lay a card on a reader.
        """
        own = self._own_dials()
        if self.path == "/card-reader":
            return self._lay_card()
        if own is None:
            return super().do_PUT()
        authority, dials = own
        if self.turn(dials):
            self.server.registers.own_dials[authority] = dials
        return None

    def do_POST(self) -> None:
        """
        Answer a customer, as well as the dials allow.
        """
        body, named = self.body(), authority_of(self.path)
        if named is None:
            return self.answer(NOT_FOUND)
        authority, act = named
        if act in {"confirm", "sign"}:
            return self.answer(self._confirm(body) if act == "confirm" else self._sign(body))
        dials = self.server.registers.dials_of(authority)
        return self.answer_by(dials, lambda: self._serve(authority, act, body))

    def _serve(self, authority: str, act: str, body: bytes) -> Reply:
        headers = {name: self.headers.get(name, "") for name in HEADERS}
        now = datetime.now(UTC)
        refusal = self.server.customers.refusal(path=self.path, headers=headers, body=body, now=now)
        if refusal is not None:
            return 200, {"code": refusal, "msg": "拒绝访问"}
        try:
            request = json_object(body)
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
            request = json_object(self.body())
        except ValueError:
            return self.answer((422, {"code": "BODY_ILLEGAL", "msg": "请求不是 JSON 对象"}))
        desk, number = request.get("desk"), request.get("id_number")
        if not isinstance(desk, str) or not isinstance(number, str):
            return self.answer((422, {"code": "FACTS_ILLEGAL", "msg": "参数错误"}))
        self.server.registers.cards[desk] = number
        return self.answer((200, {"code": "OK", "msg": "成功"}))

    def _confirm(self, body: bytes) -> Reply:
        try:
            request = json_object(body)
        except ValueError:
            return 422, {"code": "BODY_ILLEGAL", "msg": "请求不是 JSON 对象"}
        is_done = self.server.registers.finish_capture(
            request.get("token"), is_same=request.get("is_same") is True
        )
        return (200, {"code": "OK", "msg": "成功"}) if is_done else NOT_FOUND

    def _sign(self, body: bytes) -> Reply:
        try:
            request = json_object(body)
        except ValueError:
            return 422, {"code": "BODY_ILLEGAL", "msg": "请求不是 JSON 对象"}
        signed = self.server.registers.sign(
            request.get("text"), request.get("facts"), is_own=request.get("is_own") is True
        )
        return NOT_FOUND if signed is None else (200, {**signed})

    def _own_dials(self) -> tuple[str, TellingDials] | None:
        """
        Return the authority that the address names, and its dials or a copy of those of all.
        """
        authority = self.path.removeprefix("/dials/")
        if authority == self.path or authority not in AUTHORITIES:
            return None
        registers = self.server.registers
        known = registers.own_dials.get(authority)
        return authority, known or TellingDials(**vars(registers.dials))
