"""
This node as an application of a ticket centre: persons and legal persons, and what a centre must not get away with.

The centre here verifies and seals by its own few lines, not by those of the node.
"""

import hashlib
import hmac
import json
import secrets
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import GCM
from django.test import Client as Browser

from tests.factories import identity as make
from tests.factories import mandates as company
from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.support.federation import ports
from tongban.support.federation.adapters import openid
from tongban.support.federation.models import ForeignLogin, Link
from tongban.support.federation.values import Provider, ProviderKind, Topology
from tongban.support.identity.models import Person, SignIn
from tongban.support.identity.services import reveal_own
from tongban.support.identity.values import AssuranceLevel
from tongban.support.mandates.services import end_mandate

KEY = bytes(range(32))
NUMBER = make.id_number(sequence=950)
STRANGER = {
    "uuid": "u-1",
    "name": "王五",
    "paperstype": "111",
    "papersnumber": NUMBER,
    "mobile": "",
    "isauth": "1",
    "authlevel": "2",
}


def mac(key: bytes, data: bytes) -> bytes:
    return hmac.new(key, data, "sm3").digest()


def signed(servicename: str, sent: dict[str, str], *, key: bytes = KEY, **changes: str) -> dict[str, str]:
    call = {
        "appmark": "node-5116",
        "servicename": servicename,
        "time": str(int(clock.now().timestamp())),
        "nonce": secrets.token_hex(16),
        "params": json.dumps(sent),
        **changes,
    }
    digest = hashlib.new("sm3", call["params"].encode()).hexdigest()
    text = "\n".join([call["appmark"], call["servicename"], call["time"], call["nonce"], digest])
    return {**call, "sign": mac(mac(key, b"tongban.sign"), text.encode()).hex()}


class Centre(ThreadingHTTPServer):
    """
    A ticket centre whose answers a test may bend.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.user: dict[str, str] = dict(STRANGER)
        self.seal_key = KEY
        self.context = "ticket.user:node-5116"
        self.asked: list[str] = []
        self.page = 404

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def answer(self, call: dict[str, str]) -> dict[str, object]:
        right = signed(
            call["servicename"],
            {},
            params=call["params"],
            time=call["time"],
            nonce=call["nonce"],
            appmark=call["appmark"],
        )
        if right["sign"] != call["sign"]:
            return {"retcode": "100001", "msg": "", "data": None}
        self.asked.append(call["servicename"])
        params = json.loads(call["params"])
        if call["servicename"] == "ticketValidate":
            good = params == {"ticket": "t-1"}
            return (
                {"retcode": "000000", "data": {"token": "k-1"}}
                if good
                else {"retcode": "100004", "data": None}
            )
        return {"retcode": "000000", "data": {"user": self.sealed()}}

    def sealed(self) -> str:
        nonce = secrets.token_bytes(12)
        encryptor = Cipher(SM4(mac(self.seal_key, b"tongban.seal")[:16]), GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(self.context.encode())
        body = encryptor.update(json.dumps(self.user).encode()) + encryptor.finalize()
        return (nonce + body + encryptor.tag).hex()


class Handler(BaseHTTPRequestHandler):
    server: Centre

    def do_GET(self) -> None:
        self.send_response(self.server.page)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_POST(self) -> None:
        call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        content = json.dumps(self.server.answer(call)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


@pytest.fixture
def centre(db: None) -> Iterator[Centre]:
    server = Centre()
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    provider = Provider(
        code="centre",
        kind=ProviderKind.TICKET,
        name="省统一身份认证",
        name_en="Provincial login",
        url=server.url,
        client_id="node-5116",
        shared_key=KEY,
        legal_persons=True,
    )
    before = ports.trust_by(ports.FixedTrust(Topology(providers=(provider,))))
    openid.forget()
    yield server
    ports.trust_by(before)
    server.shutdown()
    server.server_close()


def come_back(browser: Browser, *, ticket: str = "t-1", of: str = "") -> Any:
    """
    Go out to the centre and come back with a ticket.
    """
    query = {"next": "/my/account/", **({"as": of} if of else {})}
    away = browser.get(f"/sso/login/centre/?{urlencode(query)}")
    asked = parse_qs(urlsplit(away["Location"]).query)
    assert asked["userType"] == ["2" if of else "1"]
    landing = urlsplit(asked["gotoUrl"][0])
    return browser.get(f"{landing.path}?{landing.query}&{urlencode({'ticket': ticket})}")


def told_of(actor: Actor, *, code: str, representative: Actor | None = None) -> dict[str, str]:
    """
    Return what the centre says of somebody who acts for a company there.
    """
    known = reveal_own(actor=actor, at=clock.now())
    chief = reveal_own(actor=representative or actor, at=clock.now())
    return {
        **STRANGER,
        "name": known.name,
        "papersnumber": known.id_number,
        "coruuid": "c-1",
        "corname": company.COMPANY,
        "corusercode": code,
        "legalname": chief.name,
        "legalpaperstype": "111",
        "legalpapersnumber": chief.id_number,
    }


def linked(actor: Actor) -> Actor:
    """
    Let the centre's login of him open his account.
    """
    Link.objects.create(account_id=actor.id, provider="centre", subject="u-1", linked_at=clock.now())
    return actor


class TestPerson:
    def test_is_known_by_what_the_centre_says(self, centre: Centre) -> None:
        browser = Browser()

        landed = come_back(browser)

        assert landed["Location"] == "/my/account/"
        assert browser.get("/my/account/").status_code == 200
        assert Person.objects.get().name == "王五"
        assert centre.asked == ["ticketValidate", "findOutsideUserByToken"]

    @pytest.mark.parametrize(
        "bend",
        [
            {"user": {**STRANGER, "uuid": ""}},
            {"user": {**STRANGER, "authlevel": "1"}},
            {"user": {"uuid": "u-1"}},
            {"seal_key": bytes(32)},
            {"context": "ticket.user:other"},
        ],
    )
    def test_is_nobody_when_anything_does_not_fit(self, centre: Centre, bend: dict[str, Any]) -> None:
        for name, value in bend.items():
            setattr(centre, name, value)

        landed = come_back(Browser())

        assert landed.status_code in {401, 403}
        assert not SignIn.objects.exists()

    def test_is_nobody_with_a_ticket_the_centre_does_not_know(self, centre: Centre) -> None:
        assert come_back(Browser(), ticket="t-2").status_code == 401
        assert not SignIn.objects.exists()


class TestWay:
    def test_leads_to_a_centre_that_answers_whatever_it_says(self, centre: Centre) -> None:
        assert (
            Browser().get("/sso/login/centre/")["Location"].startswith(f"{centre.url}/sso/ticket/authorize/")
        )

    @pytest.mark.parametrize("status", [502, 503, 504])
    def test_leads_to_no_centre_that_is_away_and_offers_the_other_ways(
        self, centre: Centre, status: int
    ) -> None:
        centre.page = status

        answer = Browser().get("/sso/login/centre/?as=entity&next=/my/account/")

        page = unescape(answer.content.decode())
        assert answer.status_code == 502
        assert "“省统一身份认证”暂时没有回应" in page
        assert 'href="/sso/login/centre/?as=entity&next=%2Fmy%2Faccount%2F"' in page
        assert 'href="/my/login/?next=%2Fmy%2Faccount%2F"' in page

    def test_leads_nowhere_while_nobody_listens(self, centre: Centre) -> None:
        centre.shutdown()
        centre.server_close()

        assert Browser().get("/sso/login/centre/").status_code == 502


class TestLegalPerson:
    @pytest.fixture
    def clerk(self) -> Actor:
        return linked(make.citizen(name="李经办", level=AssuranceLevel.DATA_CHECK, at=clock.now()))

    def test_is_acted_for_at_once_by_a_mandate_of_this_node(self, centre: Centre, clerk: Actor) -> None:
        at = clock.now()
        chief, code = company.representative(at=at), company.credit_code()
        entity_id = company.company(chief, code=code, at=at)
        mandate_id = company.mandate(chief, clerk, entity_id=entity_id, at=at)
        centre.user = told_of(clerk, code=code, representative=chief)
        browser = Browser()

        landed = come_back(browser, of="entity")
        page = browser.get("/my/").content.decode()

        assert landed["Location"] == "/my/account/"
        assert SignIn.objects.get().mandate_id == mandate_id
        assert f"现在以“{company.COMPANY}”的身份办理" in page
        assert centre.asked == ["ticketValidate", "findCorUserByToken"]

    def test_is_not_acted_for_once_the_mandate_of_this_node_has_ended(
        self, centre: Centre, clerk: Actor
    ) -> None:
        at = clock.now()
        chief, code = company.representative(at=at), company.credit_code()
        entity_id = company.company(chief, code=code, at=at)
        mandate_id = company.mandate(chief, clerk, entity_id=entity_id, at=at)
        end_mandate(mandate_id=mandate_id, actor=chief, at=at + timedelta(seconds=1))
        centre.user = told_of(clerk, code=code, representative=chief)
        browser = Browser()

        landed = come_back(browser, of="entity")

        assert landed["Location"] == "/my/acting/"
        assert SignIn.objects.get().mandate_id is None
        assert "现在以本人身份办理" in browser.get("/my/acting/").content.decode()

    def test_unknown_here_leads_its_representative_to_registering_it(
        self, centre: Centre, clerk: Actor
    ) -> None:
        centre.user = told_of(clerk, code=company.credit_code())
        browser = Browser()

        landed = come_back(browser, of="entity")

        assert landed["Location"] == "/my/entities/register/"
        assert SignIn.objects.get().mandate_id is None
        assert "还没有在本平台登记" in browser.get("/my/entities/register/").content.decode()

    @pytest.mark.parametrize(
        "change", [{"corusercode": "91511602MA00000010"}, {"corname": ""}, {"corusercode": ""}]
    )
    def test_that_cannot_exist_opens_nothing(
        self, centre: Centre, clerk: Actor, change: dict[str, str]
    ) -> None:
        centre.user = {**told_of(clerk, code=company.credit_code()), **change}

        landed = come_back(Browser(), of="entity")

        assert landed.status_code == 401
        assert not SignIn.objects.exists()

    def test_is_offered_where_the_centre_tells_of_legal_persons(self, centre: Centre) -> None:
        offered = Browser().get("/my/login/").content.decode()
        ports.trust_by(
            ports.FixedTrust(
                Topology(
                    providers=(
                        Provider(
                            code="centre",
                            kind=ProviderKind.TICKET,
                            name="省统一身份认证",
                            name_en="",
                            url=centre.url,
                        ),
                    )
                )
            )
        )

        silent = Browser().get("/my/login/").content.decode()
        refused = Browser().get("/sso/login/centre/?as=entity")

        assert "/sso/login/centre/?as=entity" in offered
        assert "以单位身份登录" in offered
        assert "以单位身份登录" not in silent
        assert refused.status_code == 404


class TestLogout:
    def hear(self, call: dict[str, str]) -> int:
        return (
            Browser()
            .post("/sso/backchannel/centre/", json.dumps(call), content_type="application/json")
            .status_code
        )

    def test_ends_the_login_here(self, centre: Centre) -> None:
        browser = Browser()
        come_back(browser)

        status = self.hear(signed("logout", {"uuid": "u-1"}))

        assert status == 200
        assert browser.get("/my/account/").status_code == 302
        assert ForeignLogin.objects.count() == 1

    def test_is_believed_of_no_centre_whose_key_is_not_known(self, centre: Centre) -> None:
        browser = Browser()
        come_back(browser)
        keyless = replace(ports.topology().providers[0], shared_key=b"")
        ports.trust_by(ports.FixedTrust(Topology(providers=(keyless,))))

        status = self.hear(signed("logout", {"uuid": "u-1"}, key=b""))

        assert status == 400
        assert browser.get("/my/account/").status_code == 200

    def test_is_believed_of_the_centre_only_once_and_about_its_own(self, centre: Centre) -> None:
        browser = Browser()
        come_back(browser)
        other = signed("logout", {"uuid": "u-2"})

        statuses = [
            self.hear(signed("logout", {"uuid": "u-1"}, key=bytes(32))),
            self.hear(signed("logout", {"uuid": "u-1"}, appmark="somebody")),
            self.hear(signed("ticketValidate", {"uuid": "u-1"})),
            self.hear(signed("logout", {})),
            self.hear(signed("logout", {"uuid": "u-1"}, time="1")),
            self.hear({"appmark": "node-5116"}),
            self.hear(other),
            self.hear(other),
        ]

        assert statuses == [400, 400, 400, 400, 400, 400, 200, 400]
        assert browser.get("/my/account/").status_code == 200
