"""
An agency's system that is docked by the interface: it is pushed cases, fetches what it missed, and reports by the API.

    POST /cases      signed by the node; a message of docking
"""

import json
import threading
import time
import urllib.request
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from simulators.agency import server
from simulators.agency.office import BEIJING, HANDLER, Office, guid, now
from simulators.customers import HEADERS, Customers
from simulators.dials import happens
from simulators.http import NOT_FOUND, Reply, json_object

Call = Callable[[str, str, dict[str, Any] | None], dict[str, Any]]
"""Method, path below /api/v1 and body -> answer."""
WRONG_CODE = "7"


@dataclass
class Node:
    """
    The node's API, as the agency calls it.
    """

    url: str
    client_id: str
    client_secret: str
    _token: str = ""
    _until: float = 0.0

    def call(self, method: str, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
        """
        Call an operation and return what it answers.
        """
        return self._ask(method, path, body, f"Bearer {self._fresh_token()}")

    def _fresh_token(self) -> str:
        if time.monotonic() > self._until:
            pair = b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
            got = self._ask("POST", "/tokens", {"grant_type": "client_credentials"}, f"Basic {pair}")
            self._token, self._until = got["access_token"], time.monotonic() + got["expires_in"] / 2
        return self._token

    def _ask(self, method: str, path: str, body: dict[str, Any] | None, said: str) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310 -- whoever starts the simulator names the node
            f"{self.url.rstrip('/')}/api/v1{path}",
            method=method,
            data=json.dumps(body).encode() if body is not None else None,
            headers={"Authorization": said, "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 -- as above
            return json_object(answer.read())


@dataclass
class Interface:
    """
    One agency at the node's API.
    """

    call: Call
    system: str
    secret: bytes
    office: Office = field(default_factory=Office)
    clock: Callable[[], datetime] = now
    customers: Customers = field(init=False)
    _heard: set[str] = field(default_factory=set)
    _to_say: list[list[dict[str, Any]]] = field(default_factory=list)
    _last: int = 0

    def __post_init__(self) -> None:
        self.customers = Customers(secrets={self.system: self.secret})

    def hear(self, message: dict[str, Any]) -> None:
        """
        Take a message; one that comes again changes nothing.
        """
        key = f"{message['id']}/{message['version']}"
        if key in self._heard:
            return
        self._heard.add(key)
        number = message["case_number"]
        if message["kind"] == "CASE":
            accepted = bool(message["case"]["accept_date"])
            if self.office.is_heard_of(number, is_accepted=accepted):
                self._to_say.append(self._reports(number, accepted=accepted))
            return
        case = self.office.cases.get(number)
        if case is not None:
            case.told.append(message["event"])
            case.licence = case.licence or message["data"].get("identifier", "")

    def work(self) -> int:
        """
        Say what is to be said, fetch what was not pushed, and return how much there was.
        """
        waiting, self._to_say = self._to_say, []
        for reports in waiting:
            self._say(reports)
            if happens(self.office.dials.twice):
                self._say(reports)
        fetched = self.call("GET", f"/docking/messages?after={self._last}", None)
        for message in fetched["items"]:
            self.hear(message)
        if fetched["items"]:
            self._last = fetched["last"]
            self.call("POST", "/docking/messages/taken", {"up_to": self._last})
        return len(waiting) + len(fetched["items"])

    def work_until(self, stop: threading.Event, *, pause_seconds: float = 1.0) -> None:
        """
        Work until told to stop; a node that is away is tried again.
        """
        while not stop.is_set():
            try:
                is_idle = self.work() == 0
            except OSError:
                is_idle = True
            if is_idle:
                stop.wait(pause_seconds)

    def _say(self, reports: list[dict[str, Any]]) -> None:
        answer = self.call("POST", "/docking/reports", {"reports": reports})
        again = []
        for report, receipt in zip(reports, answer["receipts"], strict=True):
            if receipt["state"] == "REFUSED":
                self.office.complaints.append(receipt["code"])
                if report.get("outcome") == WRONG_CODE:
                    again.append({**report, "outcome": "PASS"})
        if again:
            self._to_say.append(again)

    def _reports(self, number: str, *, accepted: bool) -> list[dict[str, Any]]:
        at = self.clock().replace(tzinfo=BEIJING).isoformat()
        common = {"case_number": number, "at": at, "handler": HANDLER}
        if not accepted:
            return [{"id": guid(), "kind": "ACCEPTED", "opinion": "材料齐全", **common}]
        outcome = WRONG_CODE if happens(self.office.dials.wrong) else "PASS"
        step = {"kind": "STEP", "step_name": "现场核查", "outcome": outcome, "opinion": "与材料一致"}
        return [
            {"id": guid(), **step, **common},
            {"id": guid(), "kind": "GRANTED", "opinion": "符合条件，准予许可", **common},
        ]


class Server(server.Server):
    """
    One agency that listens for what is pushed.
    """

    def __init__(self, agency: Interface, *, host: str = "127.0.0.1", port: int = 0) -> None:
        """
        Listen; 0 takes a free port.
        """
        super().__init__(agency.office, agency.work_until, host=host, port=port, handler=Handler)
        self.agency = agency


class Handler(server.Handler):
    """
    One request.
    """

    server: Server

    def do_POST(self) -> None:
        """
        Take what is pushed, as well as the dials allow.
        """
        body = self.body()
        self.answer_by(self.server.dials, lambda: self._serve(body))

    def _serve(self, body: bytes) -> Reply:
        if self.path != "/cases":
            return NOT_FOUND
        headers = {name: self.headers.get(name, "") for name in HEADERS}
        refusal = self.server.agency.customers.refusal(
            path=self.path, headers=headers, body=body, now=datetime.now(UTC)
        )
        if refusal is not None:
            return 401, {"code": refusal, "msg": "拒绝访问"}
        self.server.agency.hear(json_object(body))
        return 200, {"code": "OK", "msg": ""}
