"""
A gateway that is spoken to by HTTP with signed requests, as Chinese SMS gateways are.

Each request carries the caller's name, the time, a number used once, and HMAC-SM3 over them and the digest
of the body.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx

from tongban.foundation.signed_requests import signed_headers
from tongban.support.messaging.ports import GatewayDown, ShortMessage, TextRefused
from tongban.support.messaging.values import DeliveryReport

TIMEOUT_SECONDS = 10.0
TAKEN = "OK"
BUSY = frozenset({"SYSTEM_BUSY", "FLOW_CONTROL"})
"""Answers that mean: not now."""


@dataclass(frozen=True, kw_only=True)
class HttpGateway:
    """
    One account at one gateway.
    """

    url: str
    """Without a slash at the end."""
    app_id: str
    secret: bytes = field(repr=False)
    timeout_seconds: float = TIMEOUT_SECONDS

    def send(self, message: ShortMessage, *, at: datetime) -> str:
        """
        Hand one message over and return the gateway's number of it.

        :raises GatewayDown: no answer in time, or none that makes sense
        :raises TextRefused: the gateway will never send this
        """
        answer = self._ask(
            "/send",
            {
                "out_id": str(message.id),
                "mobile": message.mobile,
                "template_id": message.sms_template_id,
                "params": dict(message.params),
            },
            at=at,
        )
        code = answer.get("code")
        if code == TAKEN and isinstance(answer.get("biz_id"), str) and answer["biz_id"]:
            return str(answer["biz_id"])[:64]
        if code == TAKEN or code in BUSY or not isinstance(code, str):
            raise GatewayDown(reason=str(code)[:40])
        raise TextRefused(reason=code[:40])

    def reports(self, gateway_ids: Sequence[str], *, at: datetime) -> Mapping[str, DeliveryReport]:
        """
        Return what is known about messages handed over before; unknown ones are missing.

        :raises GatewayDown: no answer in time, or none that makes sense
        """
        answer = self._ask("/reports", {"biz_ids": list(gateway_ids)}, at=at)
        rows = answer.get("reports")
        if not isinstance(rows, list):
            raise GatewayDown(reason=str(answer.get("code"))[:40])
        return {
            row["biz_id"]: DeliveryReport(row["status"])
            for row in rows
            if isinstance(row, dict)
            and isinstance(row.get("biz_id"), str)
            and row.get("status") in DeliveryReport.values
        }

    def _ask(self, path: str, payload: Mapping[str, Any], *, at: datetime) -> Mapping[str, Any]:
        body = json.dumps(payload, ensure_ascii=False).encode()
        try:
            response = httpx.post(
                f"{self.url}{path}",
                content=body,
                headers=signed_headers(path=path, body=body, app_id=self.app_id, secret=self.secret, at=at),
                timeout=self.timeout_seconds,
                trust_env=False,
            )
            response.raise_for_status()
            answer = response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise GatewayDown(reason=type(error).__name__) from error
        if not isinstance(answer, dict):
            raise GatewayDown(reason="not an object")
        return answer
