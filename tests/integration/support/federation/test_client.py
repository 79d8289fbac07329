"""
This node as a relying party: what a provider, or somebody in its place, must not get away with.

The provider here is signed for by joserfc; the node verifies by another library.
"""

import json
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import UUID

import pytest
from django.test import Client as Browser
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey

from tests.factories import identity as make
from tongban.foundation import clock
from tongban.support.federation import ports, rules, services
from tongban.support.federation.adapters import openid
from tongban.support.federation.models import ForeignLogin, PersonKey
from tongban.support.federation.services import nodes
from tongban.support.federation.values import Mode, Provider, ProviderKind, Told, Topology
from tongban.support.identity.models import Person
from tongban.support.identity.selectors import actor_of_person
from tongban.support.identity.services import PersonDisputed

CODE = "510100000000"
NUMBER = make.id_number(sequence=900)


class Elsewhere(ThreadingHTTPServer):
    """
    A provider whose answers a test may bend.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.key = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig"})
        self.sign: Any = lambda claims: jwt.encode({"alg": "RS256", "kid": "k1"}, claims, self.key)
        self.bend: dict[str, Any] = {}
        self.info: dict[str, Any] = {"sub": "s-1", "name": "王五", "id_number": NUMBER}
        self.nonce = ""
        self.verifier = ""
        self.configuration: dict[str, Any] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Elsewhere

    def do_GET(self) -> None:
        here = self.server
        if self.path.endswith("openid-configuration"):
            return self._answer(
                {
                    "issuer": here.url,
                    "authorization_endpoint": f"{here.url}/authorize",
                    "token_endpoint": f"{here.url}/token",
                    "userinfo_endpoint": f"{here.url}/userinfo",
                    "jwks_uri": f"{here.url}/jwks",
                    "authorization_response_iss_parameter_supported": True,
                    **here.configuration,
                }
            )
        if self.path == "/jwks":
            return self._answer(KeySet([here.key]).as_dict(private=False))
        return self._answer(here.info)

    def do_POST(self) -> None:
        body = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.server.verifier = body["code_verifier"][0]
        now = int(time.time())
        claims = {
            "iss": self.server.url,
            "aud": "node-5116",
            "sub": "s-1",
            "iat": now,
            "exp": now + 600,
            "nonce": self.server.nonce,
            "acr": "urn:tongban:assurance:2",
            "sid": "session-1",
            **self.server.bend,
        }
        kept = {name: value for name, value in claims.items() if value is not None}
        self._answer({"access_token": "a", "id_token": self.server.sign(kept)})

    def _answer(self, body: object) -> None:
        content = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    server = Elsewhere()
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    node = Provider(
        code=CODE,
        kind=ProviderKind.NODE,
        name="成都市",
        name_en="Chengdu",
        url=server.url,
        client_id="node-5116",
        client_secret="s",
        shared_key=b"k" * 32,
    )
    before = ports.trust_by(ports.FixedTrust(Topology(providers=(node,))))
    openid.forget()
    yield server
    ports.trust_by(before)
    server.shutdown()
    server.server_close()


def come_back(browser: Browser, elsewhere: Elsewhere, **changes: str) -> Any:
    """
    Go out to the provider and come back with a code.
    """
    asked = browser.get(f"/sso/login/{CODE}/?next=/my/account/")
    query = {name: values[0] for name, values in parse_qs(urlsplit(asked["Location"]).query).items()}
    elsewhere.nonce = query["nonce"]
    answer = {"code": "c", "state": query["state"], "iss": elsewhere.url, **changes}
    kept = {name: value for name, value in answer.items() if value}
    return browser.get(f"/sso/callback/{CODE}/?{urlencode(kept)}")


class TestLogIn:
    def test_knows_a_person_of_another_node_as_himself_and_marks_where_his_account_is(
        self, elsewhere: Elsewhere
    ) -> None:
        browser = Browser()

        landed = come_back(browser, elsewhere)

        assert landed["Location"] == "/my/account/"
        assert browser.get("/my/account/").status_code == 200
        person = Person.objects.get()
        key = PersonKey.objects.get()
        assert (person.name, key.home_code, person.registered_by) == ("王五", CODE, f"node:{CODE}")
        actor = actor_of_person(person_id=person.id, at=clock.now())
        assert actor is not None
        assert actor.assurance_level == 2
        assert len(elsewhere.verifier) >= 43

    def test_opens_the_same_account_again_and_follows_the_level(self, elsewhere: Elsewhere) -> None:
        come_back(Browser(), elsewhere)
        elsewhere.bend = {"acr": "urn:tongban:assurance:4"}
        come_back(Browser(), elsewhere)

        actor = actor_of_person(person_id=Person.objects.get().id, at=clock.now())

        assert actor is not None
        assert actor.assurance_level == 4

    def test_ends_when_the_other_side_says_so(self, elsewhere: Elsewhere) -> None:
        browser = Browser()
        come_back(browser, elsewhere)
        now = int(time.time())
        notice = {
            "iss": elsewhere.url,
            "aud": "node-5116",
            "sub": "s-1",
            "sid": "session-1",
            "iat": now,
            "exp": now + 120,
            "jti": "j",
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        }
        forged = jwt.encode({"alg": "RS256", "kid": "k1"}, notice, RSAKey.generate_key(2048))
        wrong = [
            forged,
            elsewhere.sign({**notice, "events": {}}),
            elsewhere.sign({**notice, "nonce": "n"}),
            "",
        ]

        refused = [
            Browser().post(f"/sso/backchannel/{CODE}/", {"logout_token": token}).status_code
            for token in wrong
        ]
        before = browser.get("/my/account/").status_code
        taken = Browser().post(f"/sso/backchannel/{CODE}/", {"logout_token": elsewhere.sign(notice)})

        assert refused == [400, 400, 400, 400]
        assert (before, taken.status_code) == (200, 200)
        assert browser.get("/my/account/").status_code != 200
        assert ForeignLogin.objects.count() == 1

    @pytest.mark.parametrize(
        "bend",
        [
            {"aud": "somebody-else"},
            {"aud": ["node-5116", "somebody-else"]},
            {"aud": None},
            {"azp": "somebody-else"},
            {"iss": "https://evil.example"},
            {"exp": int(time.time()) - 3600},
            {"exp": None},
            {"iat": int(time.time()) - 3 * 86400},
        ],
    )
    def test_goes_on_where_a_notice_of_its_end_is_meant_for_others_or_old(
        self, elsewhere: Elsewhere, bend: dict[str, Any]
    ) -> None:
        browser = Browser()
        come_back(browser, elsewhere)
        now = int(time.time())
        notice = {
            "iss": elsewhere.url,
            "aud": "node-5116",
            "sub": "s-1",
            "sid": "session-1",
            "iat": now,
            "exp": now + 120,
            "jti": "j",
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
            **bend,
        }
        token = elsewhere.sign({name: value for name, value in notice.items() if value is not None})

        answer = Browser().post(f"/sso/backchannel/{CODE}/", {"logout_token": token})

        assert answer.status_code == 400
        assert browser.get("/my/account/").status_code == 200


class TestAnswerIsRefused:
    @pytest.mark.parametrize(
        "bend",
        [
            {"iss": "https://evil.example"},
            {"aud": "somebody-else"},
            {"aud": ["node-5116", "somebody-else"]},
            {"azp": "somebody-else"},
            {"nonce": "another"},
            {"nonce": None},
            {"sub": None},
            {"exp": int(time.time()) - 3600},
            {"exp": None},
            {"iat": int(time.time()) + 3600},
            {"iat": int(time.time()) - 3 * 86400},
        ],
    )
    def test_with_wrong_claims(self, elsewhere: Elsewhere, bend: dict[str, Any]) -> None:
        elsewhere.bend = bend
        browser = Browser()

        answer = come_back(browser, elsewhere)

        assert answer.status_code == 401
        assert Person.objects.count() == 0

    @pytest.mark.parametrize("how", ["none", "hs256 by the public key", "own key", "unknown key", "nonsense"])
    def test_signed_wrongly(self, elsewhere: Elsewhere, how: str) -> None:
        public = json.dumps(elsewhere.key.as_dict(private=False))
        elsewhere.sign = {
            "none": lambda claims: f"eyJhbGciOiJub25lIn0.{_part(claims)}.",
            "hs256 by the public key": lambda claims: jwt.encode(
                {"alg": "HS256", "kid": "k1"}, claims, OctKey.import_key(public), algorithms=["HS256"]
            ),
            "own key": lambda claims: jwt.encode(
                {"alg": "RS256", "kid": "k1"}, claims, RSAKey.generate_key(2048)
            ),
            "unknown key": lambda claims: jwt.encode({"alg": "RS256", "kid": "k9"}, claims, elsewhere.key),
            "nonsense": lambda claims: "nonsense",
        }[how]

        answer = come_back(Browser(), elsewhere)

        assert answer.status_code == 401
        assert Person.objects.count() == 0

    @pytest.mark.parametrize(
        "change",
        [{"state": "tampered"}, {"state": ""}, {"iss": "https://evil.example"}, {"iss": ""}, {"code": ""}],
    )
    def test_mixed_up_or_tampered_with(self, elsewhere: Elsewhere, change: dict[str, str]) -> None:
        answer = come_back(Browser(), elsewhere, **change)

        assert answer.status_code == 401
        assert elsewhere.verifier == ""

    def test_when_the_user_info_is_about_somebody_else(self, elsewhere: Elsewhere) -> None:
        elsewhere.info = {**elsewhere.info, "sub": "s-2"}

        assert come_back(Browser(), elsewhere).status_code == 401

    def test_when_the_provider_names_another_issuer(self, elsewhere: Elsewhere) -> None:
        elsewhere.configuration = {"issuer": "https://evil.example"}

        assert Browser().get(f"/sso/login/{CODE}/").status_code == 502

    def test_below_a_data_check(self, elsewhere: Elsewhere) -> None:
        elsewhere.bend = {"acr": "urn:tongban:assurance:1"}

        assert come_back(Browser(), elsewhere).status_code == 403
        assert Person.objects.count() == 0

    def test_a_changed_key_is_asked_for(self, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch) -> None:
        come_back(Browser(), elsewhere)
        monkeypatch.setattr(openid, "ASKED_AGAIN_AFTER_SECONDS", 0.0)
        elsewhere.key = RSAKey.generate_key(2048, {"kid": "k2", "use": "sig"})
        elsewhere.sign = lambda claims: jwt.encode({"alg": "RS256", "kid": "k2"}, claims, elsewhere.key)

        assert come_back(Browser(), elsewhere).status_code == 302


class TestWhoIsWho:
    def test_the_same_number_under_another_name_is_nobody_we_know(self, elsewhere: Elsewhere) -> None:
        make.citizen(name="李另一人", number=NUMBER, at=clock.now())

        answer = come_back(Browser(), elsewhere)

        assert answer.status_code == 409
        assert Person.objects.count() == 1
        with pytest.raises(PersonDisputed):
            services.account_of_node_login(
                node=ports.topology().nodes[0],
                subject="s-9",
                told=Told(id_number=NUMBER, name="王五", level=4),
                at=clock.now(),
            )

    def test_an_account_here_is_opened_only_after_its_owner_said_so(self, elsewhere: Elsewhere) -> None:
        actor = make.citizen(name="王五", number=NUMBER, at=clock.now())
        browser = Browser()

        asked = come_back(browser, elsewhere)
        make.log_in(browser, actor, at=clock.now())
        confirmed = browser.get("/sso/confirm/")
        opened = come_back(Browser(), elsewhere)

        assert asked["Location"].startswith("/my/login/?next=")
        assert confirmed["Location"] == "/my/"
        assert opened["Location"] == "/my/account/"
        assert Person.objects.count() == 1

    def test_somebody_else_cannot_say_so(self, elsewhere: Elsewhere) -> None:
        make.citizen(name="王五", number=NUMBER, at=clock.now())
        thief = Browser()
        come_back(thief, elsewhere)
        make.log_in(thief, make.citizen(name="贼", at=clock.now()), at=clock.now())

        answer = thief.get("/sso/confirm/")

        assert answer.status_code == 409


class TestQuestions:
    """
    Signed messages between nodes.
    """

    def ask(self, path: str, message: bytes, **changes: str) -> Any:
        at = clock.now()
        fresh = rules.Freshness.of(at)
        head = {"node": CODE, "time": fresh.time, "nonce": fresh.nonce, **changes}
        own = "511600000000"
        context = f"{path}|{CODE}|{own}|{fresh.nonce}"
        body = rules.seal_for(b"k" * 32, message, context=context).encode()
        text = rules.signed_text("POST", path, CODE, own, fresh.time, fresh.nonce, body=body)
        sign = changes.get("signature", rules.signature_of(b"k" * 32, text))
        headers = {
            "X-Tongban-Node": head["node"],
            "X-Tongban-Time": head["time"],
            "X-Tongban-Nonce": head["nonce"],
            "X-Tongban-Signature": sign,
        }
        send: Any = lambda: Browser().post(path, body, content_type="text/plain", headers=headers)  # noqa: E731
        return send

    def test_are_answered_once(self, elsewhere: Elsewhere) -> None:
        question = b'{"certificate_key": "x", "session": "y"}'
        send = self.ask(nodes.CASES_PATH, question)

        statuses = [send().status_code for _ in range(2)]

        assert statuses == [200, 401]

    @pytest.mark.parametrize(
        "change",
        [
            {"node": "999999999999"},
            {"time": "1"},
            {"time": "x"},
            {"nonce": "short"},
            {"nonce": "n" * 32},
            {"signature": "0" * 64},
            {"signature": ""},
        ],
    )
    def test_are_refused_when_anything_is_wrong(self, elsewhere: Elsewhere, change: dict[str, str]) -> None:
        assert self.ask(nodes.CASES_PATH, b"{}", **change)().status_code == 401

    def test_that_make_no_sense_are_refused(self, elsewhere: Elsewhere) -> None:
        assert self.ask(nodes.CASES_PATH, b"{}")().status_code == 401
        assert self.ask(nodes.PERSONS_PATH, b"[]")().status_code == 401

    def test_a_silent_node_is_named_and_then_left_alone(self, elsewhere: Elsewhere) -> None:
        actor = make.citizen(at=clock.now())
        elsewhere.shutdown()

        told = [services.cases_everywhere(actor=actor, at=clock.now()) for _ in range(4)]
        started = time.monotonic()
        services.cases_everywhere(actor=actor, at=clock.now())

        assert [(place.name, place.is_answered) for place in told[0]] == [("广安市", True), ("成都市", False)]
        assert time.monotonic() - started < 0.5

    def test_a_new_user_is_told_to_his_city(self, elsewhere: Elsewhere) -> None:
        sent: list[tuple[str, bytes]] = []
        city = Provider(
            code="511600000000",
            kind=ProviderKind.NODE,
            name="广安市",
            name_en="",
            url="http://x",
            shared_key=b"k" * 32,
        )
        trust = ports.trust_by(ports.FixedTrust(Topology(mode=Mode.MIXED, providers=(city,))))

        def keep(node: Provider, path: str, message: bytes, *, seconds: float, at: Any) -> bytes:
            sent.append((node.code, message))
            return b"{}"

        caller = ports.call_nodes_by(keep)
        person = make.citizen(name="赵六", number=make.id_number(sequence=901), at=clock.now())
        try:
            count = services.push_person(person_id=UUID(str(person.person_id)), at=clock.now())
        finally:
            ports.trust_by(trust)
            if caller is not None:
                ports.call_nodes_by(caller)

        assert count == 1
        assert [(code, json.loads(message)["name"]) for code, message in sent] == [("511600000000", "赵六")]


def _part(claims: dict[str, Any]) -> str:

    return urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
