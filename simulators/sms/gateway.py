"""
What the simulated gateway knows and does; no HTTP here.

Requests are signed (`simulators.customers`). A message whose `out_id` is known is not sent again.
"""

import re
import secrets
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from simulators.customers import Customers
from simulators.dials import Dials, happens
from simulators.sms.templates import text_of

REMEMBERED = 10_000
MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
TEMPLATE = re.compile(r"SMS_[A-Z0-9_]{1,40}")


@dataclass
class SmsDials(Dials):
    """
    How badly the gateway behaves.
    """

    lost: float = 0.0
    """Takes a message, and it never arrives: no report either."""
    undelivered: float = 0.0
    """Takes a message and reports that the phone could not be reached."""


@dataclass(frozen=True)
class Taken:
    """
    A message the gateway took.
    """

    biz_id: str
    out_id: str
    mobile: str
    template_id: str
    params: dict[str, str]
    text: str
    """What the phone shows."""
    status: str
    """DELIVERED, UNDELIVERED, or LOST, which only we know."""
    received_at: str


@dataclass
class Gateway:
    """
    The state of the simulator; safe to use from many threads.
    """

    accounts: dict[str, bytes]
    """Secret by application id."""
    dials: SmsDials = field(default_factory=SmsDials)
    _taken: "OrderedDict[str, Taken]" = field(default_factory=OrderedDict)
    _customers: Customers = field(init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """
        Know the callers.
        """
        self._customers = Customers(secrets=self.accounts)

    def refusal(self, *, path: str, headers: Mapping[str, str], body: bytes, now: datetime) -> str | None:
        """
        Return why a request is not from one of our customers, or None.
        """
        return self._customers.refusal(path=path, headers=headers, body=body, now=now)

    def send(self, request: Mapping[str, Any], *, now: datetime) -> dict[str, Any]:
        """
        Take a message, unless something is wrong with it.
        """
        out_id, mobile = request.get("out_id"), request.get("mobile")
        template_id, params = request.get("template_id"), request.get("params")
        if not isinstance(out_id, str) or not 0 < len(out_id) <= 64:  # noqa: PLR2004
            return {"code": "OUT_ID_ILLEGAL", "msg": "流水号错误"}
        if not isinstance(mobile, str) or not MOBILE.fullmatch(mobile):
            return {"code": "MOBILE_ILLEGAL", "msg": "手机号码格式错误"}
        if not isinstance(template_id, str) or not TEMPLATE.fullmatch(template_id):
            return {"code": "TEMPLATE_ILLEGAL", "msg": "模板不存在"}
        if not isinstance(params, dict) or not all(isinstance(value, str) for value in params.values()):
            return {"code": "PARAMS_ILLEGAL", "msg": "模板参数错误"}
        taken = self._take(out_id=out_id, mobile=mobile, template_id=template_id, params=params, now=now)
        return {"code": "OK", "msg": "成功", "biz_id": taken.biz_id}

    def reports(self, biz_ids: object) -> dict[str, Any]:
        """
        Return what became of messages; of a lost one nothing is known.
        """
        if not isinstance(biz_ids, list):
            return {"code": "PARAMS_ILLEGAL", "msg": "参数错误"}
        with self._lock:
            found = [taken for taken in self._taken.values() if taken.biz_id in biz_ids]
        rows = [
            {"biz_id": taken.biz_id, "status": "PENDING" if taken.status == "LOST" else taken.status}
            for taken in found
        ]
        return {"code": "OK", "msg": "成功", "reports": rows}

    def messages(self, *, mobile: str | None, limit: int) -> list[dict[str, Any]]:
        """
        Return what arrived, newest first: what a phone would show.
        """
        with self._lock:
            arrived = [
                asdict(taken)
                for taken in reversed(self._taken.values())
                if taken.status == "DELIVERED" and mobile in (None, taken.mobile)
            ]
        return arrived[:limit]

    def forget(self) -> None:
        """
        Forget all messages.
        """
        with self._lock:
            self._taken.clear()

    def _take(
        self, *, out_id: str, mobile: str, template_id: str, params: dict[str, str], now: datetime
    ) -> Taken:
        with self._lock:
            known = self._taken.get(out_id)
            if known is not None:
                return known
            taken = Taken(
                biz_id=secrets.token_hex(12),
                out_id=out_id,
                mobile=mobile,
                template_id=template_id,
                params=params,
                text=text_of(template_id, params),
                status=self._fate(),
                received_at=now.astimezone(UTC).isoformat(),
            )
            self._taken[out_id] = taken
            if len(self._taken) > REMEMBERED:
                self._taken.popitem(last=False)
            return taken

    def _fate(self) -> str:
        if happens(self.dials.lost):
            return "LOST"
        return "UNDELIVERED" if happens(self.dials.undelivered) else "DELIVERED"
