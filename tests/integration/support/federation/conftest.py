"""
An independent client (authlib, joserfc) in front of the provider, and a browser beside it.
"""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from django.test import Client as Browser
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.factories import identity as make
from tongban.foundation import clock
from tongban.foundation.actors import Actor, system_actor
from tongban.support.federation import services
from tongban.support.federation.models import SigningKey
from tongban.support.federation.values import PartyReceipt
from tongban.support.identity.values import AssuranceLevel

with warnings.catch_warnings():
    # authlib prefers a package that it calls httpx2.
    warnings.simplefilter("ignore")
    from authlib.integrations.httpx_client import OAuth2Client
    from authlib.oauth2.rfc7636 import create_s256_code_challenge

BASE = "http://localhost:8000"
CALLBACK = "https://shop.example/callback"
AFTER_LOGOUT = "https://shop.example/bye"
VERIFIER = "a-verifier-long-enough-for-the-standard-0123456789"
NODE = system_actor("tests")
KEPT: dict[str, Any] = {}


@pytest.fixture(autouse=True)
def signing_key(db: None) -> None:
    """
    Let the node sign by the key of the test before: making one takes half a second.
    """
    if KEPT:
        SigningKey.objects.create(**KEPT)
        return
    services.ensure_signing_key(at=clock.now())
    key = SigningKey.objects.get()
    KEPT.update(kid=key.kid, private_pem=key.private_pem, created_at=key.created_at)


class InProcess(httpx.BaseTransport):
    """
    Brings requests of another program to the node in this process, within the transaction of the test.
    """

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """
        Answer.
        """
        answer = Browser().generic(
            request.method,
            request.url.raw_path.decode(),
            request.read(),
            content_type=request.headers.get("Content-Type", "application/octet-stream"),
            headers={name: text for name, text in request.headers.items() if name.lower() != "content-type"},
        )
        return httpx.Response(answer.status_code, headers=dict(answer.items()), content=answer.content)


@dataclass
class Shop:
    """
    A relying party: a web shop that lets people log in with their account at the node, by authlib.
    """

    receipt: PartyReceipt
    callback: str = CALLBACK
    configuration: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.http = OAuth2Client(
            client_id=self.receipt.client_id,
            client_secret=self.receipt.client_secret,
            redirect_uri=self.callback,
            code_challenge_method="S256",
            base_url=BASE,
            transport=InProcess(),
            token_endpoint_auth_method="client_secret_basic",
        )
        self.plain = httpx.Client(base_url=BASE, transport=InProcess())
        self.configuration = self.plain.get("/.well-known/openid-configuration").json()

    def link(self, *, state: str = "xyz", nonce: str = "n-1", scope: str = "openid", **extra: Any) -> str:
        """
        Return where the shop sends a browser.
        """
        url, _state = self.http.create_authorization_url(
            self.configuration["authorization_endpoint"],
            state=state,
            nonce=nonce,
            scope=scope,
            code_verifier=VERIFIER,
            **extra,
        )
        return str(url)

    def fetch(self, landing: str, *, verifier: str = VERIFIER, state: str = "xyz") -> dict[str, Any]:
        """
        Change the code in the address a browser came back to for tokens; authlib checks the state.
        """
        token: dict[str, Any] = self.http.fetch_token(
            self.configuration["token_endpoint"],
            authorization_response=landing,
            state=state,
            code_verifier=verifier,
        )
        return token

    def post_token(self, **form: str) -> httpx.Response:
        """
        Ask the token endpoint with a form of the test's own making, the secret in the head.
        """
        return self.plain.post(
            self.configuration["token_endpoint"],
            data=form,
            auth=(self.receipt.client_id, self.receipt.client_secret),
        )

    def keys(self) -> KeySet:
        """
        Return the keys the node publishes.
        """
        return KeySet.import_key_set(self.plain.get(self.configuration["jwks_uri"]).json())

    def claims(self, id_token: str, *, nonce: str = "n-1") -> dict[str, Any]:
        """
        Verify an identity token as OpenID Connect Core 1.0 section 3.1.3.7 asks.
        """
        token = jwt.decode(id_token, self.keys(), algorithms=["RS256"])
        registry = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": self.configuration["issuer"]},
            aud={"essential": True, "value": self.receipt.client_id},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        registry.validate(token.claims)
        return dict(token.claims)

    def user_info(self, access_token: str) -> httpx.Response:
        """
        Ask who it is.
        """
        return self.plain.get(
            self.configuration["userinfo_endpoint"],
            headers={"Authorization": f"Bearer {access_token}"},
        )


def register(client_id: str = "shop", **changes: Any) -> PartyReceipt:
    """
    Let a relying party in.
    """
    return services.register_party(
        **{
            "client_id": client_id,
            "name": "示例商城",
            "redirect_uris": [CALLBACK],
            "post_logout_redirect_uris": [AFTER_LOGOUT],
            "scopes": ["profile", "identity", "phone", "acting_for"],
            "actor": NODE,
            "at": clock.now(),
            **changes,
        }
    )


@pytest.fixture
def shop() -> Iterator[Shop]:
    """
    A shop that is let in.
    """
    shop = Shop(register())
    yield shop
    shop.http.close()
    shop.plain.close()


@pytest.fixture
def citizen() -> Actor:
    """
    张小三, level 2.
    """
    return make.citizen(name="张小三", level=AssuranceLevel.DATA_CHECK, at=clock.now())


@pytest.fixture
def browser(citizen: Actor) -> Browser:
    """
    His browser, logged in at the node.
    """
    browser = Browser()
    make.log_in(browser, citizen, at=clock.now())
    return browser


def visit(browser: Browser, url: str) -> Any:
    """
    Open an address of the node and return the answer.
    """
    parts = urlsplit(url)
    return browser.get(f"{parts.path}?{parts.query}")


def agree(browser: Browser, page: Any, *, answer: str = "yes") -> str:
    """
    Answer the consent page and return where the browser is led.
    """
    pending = page.content.decode().split('name="request" value="')[1].split('"')[0]
    response = browser.post("/sso/consent/", {"request": pending, "answer": answer})
    assert response.status_code == 302, response.content.decode()
    return str(response["Location"])


def landing(browser: Browser, shop: Shop, **link: Any) -> str:
    """
    Go from the shop's link to the shop's callback, agreeing on the way.
    """
    answer = visit(browser, shop.link(**link))
    if answer.status_code == 302:
        return str(answer["Location"])
    assert answer.status_code == 200, answer.content.decode()
    return agree(browser, answer)


def query_of(address: str) -> dict[str, str]:
    """
    Return the parameters of an address.
    """
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def challenge(verifier: str = VERIFIER) -> str:
    """
    Return the S256 challenge of a verifier.
    """
    return str(create_s256_code_challenge(verifier))
