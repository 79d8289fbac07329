"""
The simulated signature server over HTTP.

    POST /v1/keys                   {"algorithm", "label"} -> {"key_id", "public_key"}; bytes are base64
    POST /v1/keys/<key id>/sign     {"message"} -> {"signature"}
    POST /v1/keys/<key id>/destroy  {} -> {}
    GET  /dials, PUT /dials, GET /healthz as everywhere (`simulators.http`); one more dial: "disagree"

Requests are signed, as at the other services (`simulators.customers`).
"""

from datetime import UTC, datetime
from urllib.parse import unquote

from simulators import http
from simulators.customers import HEADERS, Customers
from simulators.http import NOT_FOUND, Reply, json_object
from simulators.signer.device import Device

ACTS = frozenset({"sign", "destroy"})


class Server(http.Server):
    """
    One signature server.
    """

    def __init__(
        self, device: Device, customers: Customers, *, host: str = "127.0.0.1", port: int = 0
    ) -> None:
        """
        Listen; 0 takes a free port.
        """
        super().__init__(Handler, device.dials, host=host, port=port)
        self.device = device
        self.customers = customers


class Handler(http.Handler):
    """
    One request.
    """

    server: Server

    def do_POST(self) -> None:
        """
        Serve a caller, as well as the dials allow.
        """
        body = self.body()
        self.answer_by(self.server.dials, lambda: self._serve(body))

    def _serve(self, body: bytes) -> Reply:
        refusal = self.server.customers.refusal(
            path=self.path,
            headers={name: self.headers.get(name, "") for name in HEADERS},
            body=body,
            now=datetime.now(tz=UTC),
        )
        if refusal is not None:
            return 401, {"code": refusal}
        try:
            request = json_object(body)
        except ValueError:
            return 400, {"code": "BODY_ILLEGAL"}
        device = self.server.device
        match self.path.split("/"):
            case ["", "v1", "keys"]:
                return device.generate(request)
            case ["", "v1", "keys", key_id, act] if act in ACTS:
                return (
                    device.sign(unquote(key_id), request)
                    if act == "sign"
                    else device.destroy(unquote(key_id))
                )
            case _:
                return NOT_FOUND
