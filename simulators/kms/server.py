"""
The simulated KMS over HTTP.

    POST /v1/keys/<key id>/wrap     {"plaintext", "context"} -> {"ciphertext", "key_id"}; bytes are base64
    POST /v1/keys/<key id>/unwrap   {"ciphertext", "context"} -> {"plaintext", "key_id"}
    POST /v1/keys/<key id>/disable  the key wraps and unwraps nothing any more; /enable: it does again
    GET  /dials, PUT /dials, GET /healthz as everywhere (`simulators.http`); one more dial: "disagree"
"""

from urllib.parse import unquote

from simulators import http
from simulators.http import NOT_FOUND, Reply, json_object
from simulators.kms.gateway import Vault

ACTS = frozenset({"wrap", "unwrap", "disable", "enable"})


class Server(http.Server):
    """
    One KMS.
    """

    def __init__(self, vault: Vault, *, host: str = "127.0.0.1", port: int = 0) -> None:
        """
        Listen; 0 takes a free port.
        """
        super().__init__(Handler, vault.dials, host=host, port=port)
        self.vault = vault


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
        vault = self.server.vault
        _empty, *parts = self.path.split("/")
        if len(parts) != 4 or parts[:2] != ["v1", "keys"] or parts[3] not in ACTS:  # noqa: PLR2004
            return NOT_FOUND
        if not vault.is_known(self.headers.get("Authorization", "")):
            return 401, {"code": "TOKEN_INVALID"}
        key_id, act = unquote(parts[2]), parts[3]
        if act in {"disable", "enable"}:
            (vault.disabled.add if act == "disable" else vault.disabled.discard)(key_id)
            return 200, {"key_id": key_id, "is_enabled": act == "enable"}
        try:
            request = json_object(body)
        except ValueError:
            return 400, {"code": "BODY_ILLEGAL"}
        return vault.wrap(key_id, request) if act == "wrap" else vault.unwrap(key_id, request)
