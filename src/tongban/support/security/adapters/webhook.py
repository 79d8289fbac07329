"""
A web address that takes alarms, signed with HMAC-SM3.
"""

import secrets
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from tongban.foundation import crypto, outgoing
from tongban.foundation.outgoing import AddressNotAllowed, OutgoingFailed, Trust
from tongban.support.security.ports import Alarm, AlarmNotTaken


@dataclass(frozen=True, kw_only=True)
class Webhook:
    """
    One address, named by the settings.
    """

    url: str
    secret: bytes = field(repr=False)

    def tell(self, alarm: Alarm, *, at: datetime) -> None:
        """
        Send one alarm; see `AlarmSink.tell`.

        X-Signature is HMAC-SM3 over time, nonce and body, each on a line of its own.
        """
        body = msgspec.json.encode(alarm)
        timestamp, nonce = str(int(at.timestamp())), secrets.token_hex(16)
        signed = b"\n".join((timestamp.encode(), nonce.encode(), body))
        try:
            answer = outgoing.fetch(
                "POST",
                self.url,
                headers={
                    "Content-Type": "application/json; charset=utf-8",
                    "X-Timestamp": timestamp,
                    "X-Nonce": nonce,
                    "X-Signature": crypto.hmac_sm3(self.secret, signed).hex(),
                },
                content=body,
                trust=Trust.SETTINGS,
            )
        except (OutgoingFailed, AddressNotAllowed) as error:
            raise AlarmNotTaken from error
        if not answer.is_success:
            raise AlarmNotTaken(status=answer.status)
