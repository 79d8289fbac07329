"""
Whoever heard of a login hears of its end: at once, by a signed notice, again when it was not taken.
"""

import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.db import connection
from django.test import Client as Browser
from joserfc import jwt

from tests.factories import identity as make
from tests.integration.support.federation.conftest import Shop, landing, register
from tongban.foundation import clock, events, outgoing
from tongban.foundation.actors import Actor
from tongban.support.federation import selectors, services
from tongban.support.federation.models import RelyingSession
from tongban.support.identity.models import SignIn


class Listener(ThreadingHTTPServer):
    """
    Where a shop takes notices; answers `status`.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.status = 200
        self.notices: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/logout"


class Handler(BaseHTTPRequestHandler):
    server: Listener

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.notices.append(parse_qs(body)["logout_token"][0])
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


@pytest.fixture
def listener(settings: Any) -> Iterator[Listener]:
    server = Listener()
    settings.TONGBAN_OUTGOING = settings.TONGBAN_OUTGOING.model_copy(update={"networks": "127.0.0.0/8"})
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def heard(listener: Listener, browser: Browser) -> tuple[Shop, dict[str, Any]]:
    """
    A shop that wants to hear of the end of logins, and the token of one.
    """
    shop = Shop(register("hearing", backchannel_logout_uri=listener.url))
    return shop, shop.fetch(landing(browser, shop))


def queued() -> list[str]:
    """
    Return the sessions whose notices wait to be sent.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT args->>'session_id' FROM procrastinate_jobs WHERE task_name = 'federation.tell_logout'"
        )
        return [row[0] for row in cursor.fetchall()]


class TestLogout:
    def test_queues_one_notice_at_once_and_its_token_is_what_the_standard_asks(
        self, heard: tuple[Shop, dict[str, Any]], browser: Browser, listener: Listener
    ) -> None:
        shop, token = heard
        claims = shop.claims(token["id_token"])

        browser.post("/my/logout/")
        events.deliver_all(at=clock.now())
        services.tell_logout(session_id=RelyingSession.objects.get().id, at=clock.now())
        services.tell_logout(session_id=RelyingSession.objects.get().id, at=clock.now())

        assert queued() == [claims["sid"]]
        assert len(listener.notices) == 1
        notice = jwt.decode(listener.notices[0], shop.keys(), algorithms=["RS256"])
        assert notice.header["typ"] == "logout+jwt"
        assert notice.claims["events"] == {"http://schemas.openid.net/event/backchannel-logout": {}}
        assert (notice.claims["sub"], notice.claims["sid"], notice.claims["aud"]) == (
            claims["sub"],
            claims["sid"],
            "hearing",
        )
        assert "nonce" not in notice.claims
        assert notice.claims["exp"] - notice.claims["iat"] == 120
        assert shop.user_info(token["access_token"]).status_code == 401

    def test_that_nobody_announced_is_found_by_the_sweep(self, heard: tuple[Shop, dict[str, Any]]) -> None:
        SignIn.objects.update(expires_at=clock.now() - timedelta(seconds=1))

        found = services.end_relying_sessions(at=clock.now())

        assert (found, len(queued())) == (1, 1)
        assert services.end_relying_sessions(at=clock.now()) == 0

    def test_comes_again_while_the_party_does_not_take_it(
        self, heard: tuple[Shop, dict[str, Any]], browser: Browser, listener: Listener
    ) -> None:
        browser.post("/my/logout/")
        events.deliver_all(at=clock.now())
        session = RelyingSession.objects.get()
        listener.status = 503

        with pytest.raises(outgoing.OutgoingFailed):
            services.tell_logout(session_id=session.id, at=clock.now())
        listener.status = 400
        services.tell_logout(session_id=session.id, at=clock.now())

        assert len(listener.notices) == 2
        assert RelyingSession.objects.get().told_at is not None

    def test_tells_nobody_at_addresses_inside(self, browser: Browser) -> None:
        shop = Shop(register("inside", backchannel_logout_uri="https://127.0.0.1/logout"))
        shop.fetch(landing(browser, shop))

        with pytest.raises(outgoing.AddressNotAllowed):
            services.tell_logout(session_id=RelyingSession.objects.get().id, at=clock.now())

    def test_withdrawn_consent_ends_tokens_and_is_told(
        self, heard: tuple[Shop, dict[str, Any]], citizen: Actor
    ) -> None:
        shop, token = heard
        actor = citizen
        consent = selectors.consents(actor=actor)[0]

        services.withdraw_consent(consent_id=consent.consent_id, actor=actor, at=clock.now())

        assert consent.name == "示例商城"
        assert selectors.consents(actor=actor) == []
        assert len(queued()) == 1
        assert shop.user_info(token["access_token"]).status_code == 401
        renewed = shop.post_token(grant_type="refresh_token", refresh_token=token["refresh_token"])
        assert renewed.status_code == 400

    def test_leaves_the_other_browser_of_the_same_person_alone(
        self, heard: tuple[Shop, dict[str, Any]], browser: Browser, citizen: Actor
    ) -> None:
        shop, _token = heard
        other = Browser()
        make.log_in(other, citizen, at=clock.now())
        kept = shop.fetch(landing(other, shop))

        browser.post("/my/logout/")
        events.deliver_all(at=clock.now())

        assert len(queued()) == 1
        assert shop.user_info(kept["access_token"]).status_code == 200
