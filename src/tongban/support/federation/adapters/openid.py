"""
OpenID Connect as a relying party: this node lets people in by what another provider says about them.

Sources: OpenID Connect Core 1.0 section 3.1.3.7 (what must be checked), RFC 9207 (mix-up), RFC 7636 (PKCE).
Discovery and keys are remembered for five minutes; a token signed by a key not known makes them be asked for anew,
at most every ten seconds.
"""

import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from http import HTTPStatus
from threading import Lock
from typing import Any
from urllib.parse import quote, urlencode

from django.utils.translation import gettext_lazy as _
from jwcrypto import jwk, jws, jwt
from jwcrypto.common import JWException

from tongban.foundation.errors import NotAuthenticated, UpstreamError
from tongban.foundation.outgoing import AddressNotAllowed, AnswerTooLarge, OutgoingFailed, Trust, fetch
from tongban.support.federation.values import Provider, ToldEntity

ALGORITHMS = ["RS256", "PS256", "ES256"]
"""Never "none", never a MAC: a public key is no secret."""
REMEMBERED_SECONDS = 300.0
ASKED_AGAIN_AFTER_SECONDS = 10.0
LIVE_SECONDS = 3.0
SKEW_SECONDS = 60
LONGEST_TOKEN_LIFE_SECONDS = 24 * 3600
TIMEOUT_SECONDS = 5.0
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
AWAY = frozenset({HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT})
"""What stands before a provider says so when nobody is behind it."""


class ProviderDown(UpstreamError):
    """
    The party that keeps the account does not answer; nothing is known about the person now.
    """

    code = "provider_down"
    message = _("“%(name)s”暂时没有回应，现在不能用那里的账号登录。请稍后再试")


class LoginNotProved(NotAuthenticated):
    """
    What came back proves nothing: it is forged, lapsed, meant for somebody else, or the answer to another question.
    """

    code = "login_not_proved"
    message = _("对方的登录结果无法核实，请重新登录")


@dataclass(frozen=True, kw_only=True, slots=True)
class Proved:
    """
    Who somebody is, as the provider says.
    """

    subject: str
    session: str
    """`sid`; empty: the provider does not name sessions."""
    acr: str
    claims: Mapping[str, Any]
    """User info."""
    entity: ToldEntity | None = None
    """In whose name the person acts there; None: in his own."""


@dataclass(slots=True)
class _Remembered:
    configuration: dict[str, Any] = field(default_factory=dict)
    learned: float = 0.0
    keys: jwk.JWKSet | None = None
    asked: float = 0.0
    """Moment the keys were asked for."""


_memory: dict[str, _Remembered] = {}
_answered: dict[str, float] = {}
"""By address, the moment a provider that describes itself nowhere last answered."""
_lock = Lock()


def forget() -> None:
    """
    Remember nothing of any provider.
    """
    with _lock:
        _memory.clear()
        _answered.clear()


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenIdClient:
    """
    Where the node stands in front of one provider.
    """

    provider: Provider
    redirect_uri: str

    def login_address(
        self, *, state: str, nonce: str, verifier: str, scopes: tuple[str, ...], extra: Mapping[str, str]
    ) -> str:
        """
        Return where to lead the browser.

        :raises ProviderDown: the provider does not answer
        """
        query = {
            "response_type": "code",
            "client_id": self.provider.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": " ".join(scopes),
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge_of(verifier),
            "code_challenge_method": "S256",
            **extra,
        }
        # Asked anew: nobody is led to a provider that does not answer.
        endpoint = str(self._configuration(remembered_seconds=LIVE_SECONDS)["authorization_endpoint"])
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query, quote_via=quote)}"

    def require_answering(self) -> None:
        """
        Make sure that the provider answers, so that nobody is led into the void; asked anew every few seconds.

        :raises ProviderDown: it does not
        """
        self._configuration(remembered_seconds=LIVE_SECONDS)

    def prove(
        self, answer: Mapping[str, str], *, state: str, nonce: str, verifier: str, at: datetime
    ) -> Proved:
        """
        Change the code of an answer for tokens, verify everything about them, and ask who it is.

        :param answer: parameters the browser came back with
        :param state, nonce, verifier: of the question, kept in the browser's session
        :raises LoginNotProved: anything does not fit
        :raises ProviderDown: the provider does not answer
        """
        self._check_answer(answer, state=state)
        tokens = self._post(
            "token_endpoint",
            {
                "grant_type": "authorization_code",
                "code": answer["code"],
                "redirect_uri": self.redirect_uri,
                "code_verifier": verifier,
            },
        )
        claims = self.verified(tokens.get("id_token"), at=at)
        if claims.get("nonce") != nonce:
            raise LoginNotProved(reason="nonce")
        told = self._user_info(str(tokens.get("access_token", "")), subject=str(claims["sub"]))
        return Proved(
            subject=str(claims["sub"]),
            session=str(claims.get("sid", "")),
            acr=str(claims.get("acr", "")),
            claims=told,
        )

    def verified(self, token: object, *, at: datetime) -> dict[str, Any]:
        """
        Return the claims of an identity token of this provider for this node.

        :raises LoginNotProved: signature, issuer, audience or time are not right
        """
        claims = self._signed_claims(token)
        now = at.timestamp()
        audience = claims.get("aud")
        is_for_us = audience in (self.provider.client_id, [self.provider.client_id])
        if claims.get("iss") != self.provider.url or not is_for_us or not claims.get("sub"):
            raise LoginNotProved(reason="issuer or audience")
        if claims.get("azp", self.provider.client_id) != self.provider.client_id:
            raise LoginNotProved(reason="authorized party")
        issued, expires = claims.get("iat"), claims.get("exp")
        if not isinstance(issued, int | float) or not isinstance(expires, int | float):
            raise LoginNotProved(reason="no time")
        if not (now - LONGEST_TOKEN_LIFE_SECONDS < issued < now + SKEW_SECONDS < expires + 2 * SKEW_SECONDS):
            raise LoginNotProved(reason="time")
        return claims

    def logout_notice(self, token: object, *, at: datetime) -> tuple[str, str]:
        """
        Return subject and session of a login that the provider says is over; one of them may be empty.

        Source: OpenID Connect Back-Channel Logout 1.0 section 2.6.

        :raises LoginNotProved: it is no such notice
        """
        claims = self.verified(token, at=at)
        events = claims.get("events")
        if not isinstance(events, dict) or LOGOUT_EVENT not in events or "nonce" in claims:
            raise LoginNotProved(reason="no logout")
        return str(claims.get("sub", "")), str(claims.get("sid", ""))

    def _check_answer(self, answer: Mapping[str, str], *, state: str) -> None:
        if not state or answer.get("state") != state:
            raise LoginNotProved(reason="state")
        issuer = answer.get("iss")
        must_name = self._configuration().get("authorization_response_iss_parameter_supported") is True
        if (issuer is None and must_name) or (issuer is not None and issuer != self.provider.url):
            raise LoginNotProved(reason="issuer of the answer")
        if "error" in answer or not answer.get("code"):
            raise LoginNotProved(reason=answer.get("error", "no code")[:64])

    def _signed_claims(self, token: object) -> dict[str, Any]:
        if not isinstance(token, str):
            raise LoginNotProved(reason="no token")
        try:
            parsed = jws.JWS()
            parsed.deserialize(token)
            header = parsed.jose_header
            if not isinstance(header, dict) or header.get("alg") not in ALGORITHMS:
                raise LoginNotProved(reason="algorithm")
            key = self._key(header.get("kid"))
            verified = jwt.JWT(jwt=token, key=key, algs=ALGORITHMS, check_claims={})
            claims = json.loads(verified.claims)
        except (JWException, ValueError, TypeError) as error:
            raise LoginNotProved(reason="signature") from error
        if not isinstance(claims, dict):
            raise LoginNotProved(reason="no claims")
        return claims

    def _key(self, kid: object) -> jwk.JWK:
        memory = self._remembered()
        is_known = memory.keys is not None and time.monotonic() - memory.asked < REMEMBERED_SECONDS
        keys = memory.keys if is_known and memory.keys is not None else self._ask_keys(memory)
        found = self._pick(keys, kid)
        if found is None and time.monotonic() - memory.asked > ASKED_AGAIN_AFTER_SECONDS:
            found = self._pick(self._ask_keys(memory), kid)
        if found is None:
            raise LoginNotProved(reason="unknown key")
        return found

    @staticmethod
    def _pick(keys: jwk.JWKSet, kid: object) -> jwk.JWK | None:
        if isinstance(kid, str):
            return keys.get_key(kid)
        only = list(keys["keys"])
        return only[0] if len(only) == 1 else None

    def _user_info(self, access_token: str, *, subject: str) -> dict[str, Any]:
        endpoint = self._configuration().get("userinfo_endpoint")
        if not endpoint:
            return {}
        told = self._get(str(endpoint), {"Authorization": f"Bearer {access_token}"})
        if told.get("sub") != subject:
            raise LoginNotProved(reason="subject of the user info")
        return told

    def _configuration(self, *, remembered_seconds: float = REMEMBERED_SECONDS) -> dict[str, Any]:
        memory = self._remembered()
        if memory.configuration and time.monotonic() - memory.learned < remembered_seconds:
            return memory.configuration
        told = self._get(f"{self.provider.url}/.well-known/openid-configuration", {})
        if told.get("issuer") != self.provider.url or not all(
            isinstance(told.get(name), str) for name in ENDPOINTS
        ):
            raise ProviderDown(name=self.provider.title)
        memory.configuration, memory.learned = told, time.monotonic()
        return told

    def _ask_keys(self, memory: _Remembered) -> jwk.JWKSet:
        told = self._get(str(self._configuration()["jwks_uri"]), {})
        try:
            keys = jwk.JWKSet.from_json(json.dumps(told))
        except (JWException, ValueError, TypeError) as error:
            raise ProviderDown(name=self.provider.title) from error
        memory.keys, memory.asked = keys, time.monotonic()
        return keys

    def _remembered(self) -> _Remembered:
        with _lock:
            return _memory.setdefault(self.provider.url, _Remembered())

    def _get(self, address: str, headers: Mapping[str, str]) -> dict[str, Any]:
        return object_of(self.provider, "GET", address, headers={"Accept": "application/json", **headers})

    def _post(self, endpoint: str, form: Mapping[str, str]) -> dict[str, Any]:
        known = {"client_id": self.provider.client_id, "client_secret": self.provider.client_secret}
        return object_of(
            self.provider,
            "POST",
            str(self._configuration()[endpoint]),
            headers={"Accept": "application/json"},
            form={**form, **known},
        )


def challenge_of(verifier: str) -> str:
    """
    Return the S256 challenge of a verifier, RFC 7636 section 4.2.
    """
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")


def require_answering(provider: Provider) -> None:
    """
    Make sure that somebody answers at a provider's address, whatever he says; asked anew every few seconds.

    For providers that describe themselves nowhere; the others are asked by `OpenIdClient.require_answering`.

    :raises ProviderDown: nobody does
    """
    with _lock:
        last = _answered.get(provider.url)
    if last is not None and time.monotonic() - last < LIVE_SECONDS:
        return
    try:
        is_away = _status_of(provider) in AWAY
    except (OutgoingFailed, AddressNotAllowed) as error:
        raise ProviderDown(name=provider.title) from error
    if is_away:
        raise ProviderDown(name=provider.title)
    with _lock:
        _answered[provider.url] = time.monotonic()


def _status_of(provider: Provider) -> int:
    try:
        return fetch("GET", provider.url, timeout_seconds=TIMEOUT_SECONDS, trust=Trust.SETTINGS).status
    except AnswerTooLarge:
        return HTTPStatus.OK


def object_of(provider: Provider, method: str, address: str, **sent: Any) -> dict[str, Any]:
    """
    Return the JSON object an address of a provider answers with. The operator chose the provider, not its users.

    :raises LoginNotProved: the provider refuses what was sent
    :raises ProviderDown: it does not answer, or with nonsense
    """
    try:
        answer = fetch(method, address, timeout_seconds=TIMEOUT_SECONDS, trust=Trust.SETTINGS, **sent)
        told = answer.json() if answer.content else {}
    except (OutgoingFailed, AddressNotAllowed) as error:
        raise ProviderDown(name=provider.title) from error
    if answer.status in {400, 401, 403}:
        raise LoginNotProved(reason=f"status {answer.status}")
    if not answer.is_success or not isinstance(told, dict):
        raise ProviderDown(name=provider.title)
    return told
