"""
OAuth 2.0 as a client of platforms that know somebody's account: a wallet, a bank, a tax account, a business licence.

They give no identity token; who it is, is what their user-info endpoint says over TLS. Codes are bound by PKCE and
state; what they say about the person is used to compare, never to make somebody known.
Source: RFC 6749, RFC 7636, RFC 9700.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from tongban.support.federation.adapters.openid import (
    LoginNotProved,
    Proved,
    challenge_of,
    object_of,
    require_answering,
)
from tongban.support.federation.values import Provider

LONGEST_SUBJECT = 255


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountClient:
    """
    Where the node stands in front of one platform.
    """

    provider: Provider
    redirect_uri: str

    def login_address(
        self, *, state: str, nonce: str, verifier: str, scopes: tuple[str, ...], extra: Mapping[str, str]
    ) -> str:
        """
        Return where to lead the browser.

        :raises ProviderDown: the platform does not answer
        """
        require_answering(self.provider)
        query = {
            "response_type": "code",
            "client_id": self.provider.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": "account",
            "state": state,
            "code_challenge": challenge_of(verifier),
            "code_challenge_method": "S256",
            **extra,
        }
        return f"{self.provider.url}/authorize?{urlencode(query)}"

    def prove(self, answer: Mapping[str, str], *, state: str, verifier: str) -> Proved:
        """
        Change the code of an answer for a token, and ask whose account it is.

        :raises LoginNotProved: anything does not fit
        :raises ProviderDown: the platform does not answer
        """
        if not state or answer.get("state") != state or not answer.get("code"):
            raise LoginNotProved(reason="state or code")
        token = object_of(
            self.provider,
            "POST",
            f"{self.provider.url}/token",
            form={
                "grant_type": "authorization_code",
                "code": answer["code"],
                "redirect_uri": self.redirect_uri,
                "code_verifier": verifier,
                "client_id": self.provider.client_id,
                "client_secret": self.provider.client_secret,
            },
        )
        access_token = token.get("access_token")
        if not isinstance(access_token, str):
            raise LoginNotProved(reason="no token")
        told = object_of(
            self.provider,
            "GET",
            f"{self.provider.url}/userinfo",
            headers={"Authorization": f"Bearer {access_token}"},
        )
        subject = told.get("sub")
        if not isinstance(subject, str) or not 1 <= len(subject) <= LONGEST_SUBJECT:
            raise LoginNotProved(reason="no subject")
        return Proved(subject=subject, session="", acr="", claims=told)
