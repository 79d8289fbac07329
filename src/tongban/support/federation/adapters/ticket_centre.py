"""
The ticket protocol as an application: this node lets people in by what a ticket centre says.

Source: standards of single sign-on by ticket, token and user info, with HMAC-SM3 and SM4-GCM in place of MD5 and ECB
(docs/explanation/one-login.md).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from tongban.foundation.codes import check_social_credit_code
from tongban.foundation.outgoing import AddressNotAllowed, OutgoingFailed, Trust, fetch
from tongban.support.federation import rules
from tongban.support.federation.adapters.openid import (
    LoginNotProved,
    Proved,
    ProviderDown,
    require_answering,
)
from tongban.support.federation.values import Provider, ToldEntity, UserType
from tongban.support.identity.values import schemes

TIMEOUT_SECONDS = 5.0
LONGEST_SUBJECT = 255
LONGEST_NAME = 200
TAKEN = "000000"
SERVICES = {
    UserType.PERSON: "findOutsideUserByToken",
    UserType.LEGAL_PERSON: "findCorUserByToken",
}
LEVELS = schemes()["TICKET"]


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketCentre:
    """
    The node as an application of one centre.
    """

    provider: Provider
    goto_url: str
    user_type: UserType = UserType.PERSON

    def login_address(
        self, *, state: str, nonce: str, verifier: str, scopes: tuple[str, ...], extra: Mapping[str, str]
    ) -> str:
        """
        Return where to lead the browser. The state travels within our own address: the protocol has none.

        :raises ProviderDown: the centre does not answer
        """
        require_answering(self.provider)
        back = with_state(self.goto_url, state)
        query = {"appmark": self.provider.client_id, "gotoUrl": back, "userType": self.user_type.value}
        return f"{self.provider.url}/sso/ticket/authorize/?{urlencode(query)}"

    def prove(self, answer: Mapping[str, str], *, at: datetime) -> Proved:
        """
        Change the ticket of an answer for a token, and ask who it is. That the state fits was seen to before.

        :raises LoginNotProved: the centre does not know the ticket
        :raises ProviderDown: the centre does not answer
        """
        ticket = answer.get("ticket", "")
        if not ticket:
            raise LoginNotProved(reason="no ticket")
        token = self._ask("ticketValidate", {"ticket": ticket}, at=at).get("token")
        if not isinstance(token, str):
            raise LoginNotProved(reason="no token")
        sealed = self._ask(SERVICES[self.user_type], {"token": token}, at=at).get("user")
        try:
            told = json.loads(
                rules.open_sealed(
                    self.provider.shared_key, str(sealed), context=f"ticket.user:{self.provider.client_id}"
                )
            )
        except ValueError as error:
            raise LoginNotProved(reason="seal") from error
        if not isinstance(told, dict) or not all(isinstance(value, str) for value in told.values()):
            raise LoginNotProved(reason="user")
        return self._proved(told)

    def _proved(self, told: Mapping[str, str]) -> Proved:
        step = LEVELS.step(told.get("authlevel", "0"))
        subject = told.get("uuid", "")
        if not 1 <= len(subject) <= LONGEST_SUBJECT:
            raise LoginNotProved(reason="no subject")
        return Proved(
            subject=subject,
            session="",
            acr=rules.acr_of(step.level if step else 0),
            claims={
                "id_number": told.get("papersnumber", ""),
                "name": told.get("name", ""),
                "phone_number": told.get("mobile", ""),
            },
            entity=self._entity(told) if self.user_type is UserType.LEGAL_PERSON else None,
        )

    def _entity(self, told: Mapping[str, str]) -> ToldEntity:
        code, name = told.get("corusercode", ""), told.get("corname", "")
        if check_social_credit_code(code).problem is not None or not name:
            raise LoginNotProved(reason="no legal person")
        return ToldEntity(
            credit_code=code,
            name=name[:LONGEST_NAME],
            representative_number=told.get("legalpapersnumber", ""),
        )

    def _ask(self, servicename: str, params: Mapping[str, str], *, at: datetime) -> dict[str, Any]:
        fresh = rules.Freshness.of(at)
        body = json.dumps(params).encode()
        text = rules.signed_text(self.provider.client_id, servicename, fresh.time, fresh.nonce, body=body)
        envelope = {
            "appmark": self.provider.client_id,
            "servicename": servicename,
            "time": fresh.time,
            "nonce": fresh.nonce,
            "sign": rules.signature_of(self.provider.shared_key, text),
            "params": body.decode(),
        }
        try:
            answer = fetch(
                "POST",
                f"{self.provider.url}/sso/ticket/interface/",
                content=json.dumps(envelope).encode(),
                headers={"Content-Type": "application/json"},
                timeout_seconds=TIMEOUT_SECONDS,
                trust=Trust.SETTINGS,
            )
            told = answer.json()
        except (OutgoingFailed, AddressNotAllowed) as error:
            raise ProviderDown(name=self.provider.title) from error
        if not answer.is_success or not isinstance(told, dict):
            raise ProviderDown(name=self.provider.title)
        if told.get("retcode") != TAKEN or not isinstance(told.get("data"), dict):
            raise LoginNotProved(reason=str(told.get("retcode", ""))[:16])
        data: dict[str, Any] = told["data"]
        return data


def with_state(address: str, state: str) -> str:
    """
    Return an address of ours that brings a state back.
    """
    parts = urlsplit(address)
    query = [*parse_qsl(parts.query), ("state", state)]
    return urlunsplit(parts._replace(query=urlencode(query)))
