"""
The ticket protocol: ticket, token, user info, as an application of another maker would speak it.

The application here signs and opens by its own few lines, not by those of the node.
"""

import hashlib
import hmac
import json
import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import GCM
from django.db import connection
from django.test import Client as Browser

from tests.factories import identity as make
from tests.integration.support.federation.conftest import NODE
from tongban.foundation import clock, events
from tongban.foundation.actors import Actor
from tongban.support.federation import selectors, services
from tongban.support.federation.models import LoginTicket, TicketToken

GOTO = "https://hall.example/enter"


def mac(key: bytes, data: bytes) -> bytes:
    return hmac.new(key, data, "sm3").digest()


class Hall:
    """
    An application that logs people in by ticket.
    """

    def __init__(self, **changes: Any) -> None:
        receipt = services.register_ticket_application(
            **{
                "appmark": "hall",
                "name": "办事大厅",
                "goto_urls": [GOTO],
                "user_types": ["1", "2"],
                "actor": NODE,
                "at": clock.now(),
                **changes,
            }
        )
        self.appmark = receipt.appmark
        self.key = bytes.fromhex(receipt.appword)

    def ticket(self, browser: Browser, **changes: str) -> str:
        query = {"appmark": self.appmark, "gotoUrl": GOTO, "userType": "1", **changes}
        answer: Any = browser.get("/sso/ticket/authorize/", query)
        if answer.status_code == 200:
            pending = answer.content.decode().split('name="request" value="')[1].split('"')[0]
            answer = browser.post("/sso/ticket/consent/", {"request": pending, "answer": "yes"})
        assert answer["Location"].startswith(GOTO)
        return str(parse_qs(urlsplit(answer["Location"]).query)["ticket"][0])

    def signed(self, servicename: str, sent: dict[str, str], **changes: str) -> dict[str, str]:
        call = {
            "appmark": self.appmark,
            "servicename": servicename,
            "time": str(int(clock.now().timestamp())),
            "nonce": secrets.token_hex(16),
            "params": json.dumps(sent),
            **changes,
        }
        digest = hashlib.new("sm3", call["params"].encode()).hexdigest()
        text = "\n".join([call["appmark"], call["servicename"], call["time"], call["nonce"], digest])
        sign = mac(mac(self.key, b"tongban.sign"), text.encode()).hex()
        return {**call, "sign": changes.get("sign", sign)}

    def call(self, servicename: str, **params: str) -> dict[str, Any]:
        return self.send(self.signed(servicename, params))

    def send(self, call: object) -> dict[str, Any]:
        answer = Browser().post("/sso/ticket/interface/", json.dumps(call), content_type="application/json")
        assert answer.status_code == 200
        told: dict[str, Any] = answer.json()
        return told

    def token(self, browser: Browser) -> str:
        return str(self.call("ticketValidate", ticket=self.ticket(browser))["data"]["token"])

    def opened(self, sealed: str) -> dict[str, str]:
        blob, key = bytes.fromhex(sealed), mac(self.key, b"tongban.seal")[:16]
        decryptor = Cipher(SM4(key), GCM(blob[:12], blob[-16:])).decryptor()
        decryptor.authenticate_additional_data(f"ticket.user:{self.appmark}".encode())
        told: dict[str, str] = json.loads(decryptor.update(blob[12:-16]) + decryptor.finalize())
        return told


@pytest.fixture
def hall() -> Hall:
    return Hall()


class TestLogIn:
    def test_leads_from_ticket_to_token_to_a_user_sealed_for_the_application(
        self, hall: Hall, browser: Browser, citizen: Actor
    ) -> None:
        token = hall.token(browser)

        told = hall.call("findOutsideUserByToken", token=token)

        assert told["retcode"] == "000000"
        user = hall.opened(told["data"]["user"])
        assert (user["name"], user["paperstype"], len(user["papersnumber"])) == ("张小三", "111", 18)
        assert (user["isauth"], user["authlevel"]) == ("1", "2")
        assert user["sex"] == ("1" if int(user["papersnumber"][16]) % 2 else "0")
        assert user["uuid"] not in {citizen.id, citizen.person_id}
        assert "张小三" not in json.dumps(told, ensure_ascii=False)

    def test_asks_for_consent_once_and_it_can_be_withdrawn(
        self, hall: Hall, browser: Browser, citizen: Actor
    ) -> None:
        token = hall.token(browser)
        again: Any = browser.get(
            "/sso/ticket/authorize/", {"appmark": "hall", "gotoUrl": GOTO, "userType": "1"}
        )

        consent = selectors.consents(actor=citizen)[0]
        services.withdraw_consent(consent_id=consent.consent_id, actor=citizen, at=clock.now())

        assert again.status_code == 302
        assert consent.name == "办事大厅"
        assert hall.call("findOutsideUserByToken", token=token)["retcode"] == "100005"

    def test_is_for_applications_and_addresses_that_are_known(self, hall: Hall, browser: Browser) -> None:
        for wrong in (
            {"appmark": "other"},
            {"gotoUrl": "https://evil.example/"},
            {"gotoUrl": f"{GOTO}/deeper"},
            {"gotoUrl": "javascript:alert(1)"},
            {"userType": "3"},
        ):
            answer = browser.get(
                "/sso/ticket/authorize/", {"appmark": "hall", "gotoUrl": GOTO, "userType": "1", **wrong}
            )

            assert answer.status_code == 400
        assert LoginTicket.objects.count() == 0

    def test_gives_no_ticket_about_a_legal_person_to_somebody_who_acts_for_none(
        self, hall: Hall, browser: Browser
    ) -> None:
        page: Any = browser.get(
            "/sso/ticket/authorize/", {"appmark": "hall", "gotoUrl": GOTO, "userType": "2"}
        )
        pending = page.content.decode().split('name="request" value="')[1].split('"')[0]

        answer = browser.post("/sso/ticket/consent/", {"request": pending, "answer": "yes"})

        assert answer.status_code == 403
        assert LoginTicket.objects.count() == 0


class TestTicketIsRefused:
    def test_used_twice(self, hall: Hall, browser: Browser) -> None:
        ticket = hall.ticket(browser)

        codes = [hall.call("ticketValidate", ticket=ticket)["retcode"] for _ in range(2)]

        assert codes == ["000000", "100004"]

    def test_after_a_minute(self, hall: Hall, browser: Browser) -> None:
        ticket = hall.ticket(browser)
        lives = LoginTicket.objects.get().expires_at - LoginTicket.objects.get().created_at
        LoginTicket.objects.update(expires_at=clock.now())

        assert lives == timedelta(seconds=60)
        assert hall.call("ticketValidate", ticket=ticket)["retcode"] == "100004"

    def test_of_another_application(self, hall: Hall, browser: Browser) -> None:
        thief = Hall(appmark="thief")
        ticket = hall.ticket(browser)

        assert thief.call("ticketValidate", ticket=ticket)["retcode"] == "100004"
        assert hall.call("ticketValidate", ticket=ticket)["retcode"] == "000000"

    def test_after_logout(self, hall: Hall, browser: Browser) -> None:
        ticket = hall.ticket(browser)
        browser.post("/my/logout/")

        assert hall.call("ticketValidate", ticket=ticket)["retcode"] == "100004"


class TestTokenIsRefused:
    def test_after_half_an_hour_without_use(self, hall: Hall, browser: Browser) -> None:
        token = hall.token(browser)
        TicketToken.objects.update(seen_at=clock.now() - timedelta(minutes=29))
        used = hall.call("findOutsideUserByToken", token=token)["retcode"]
        TicketToken.objects.update(seen_at=clock.now() - timedelta(minutes=30))

        idle = hall.call("findOutsideUserByToken", token=token)["retcode"]

        assert (used, idle) == ("000000", "100005")

    def test_for_the_other_kind_of_user(self, hall: Hall, browser: Browser) -> None:
        assert hall.call("findCorUserByToken", token=hall.token(browser))["retcode"] == "100005"

    def test_after_logout_and_the_application_is_told(self, browser: Browser) -> None:
        hall = Hall(logout_url="https://hall.example/logout")
        token = hall.token(browser)
        browser.post("/my/logout/")

        events.deliver_all(at=clock.now())

        assert hall.call("findOutsideUserByToken", token=token)["retcode"] == "100005"
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'federation.tell_ticket_logout'"
            )
            assert cursor.fetchone() == (1,)


class TestCallIsRefused:
    def test_signed_by_another_key(self, hall: Hall) -> None:
        hall.key = secrets.token_bytes(32)

        assert hall.call("ticketValidate", ticket="x")["retcode"] == "100001"

    @pytest.mark.parametrize("change", ["params", "servicename", "time", "nonce", "appmark"])
    def test_changed_on_the_way(self, hall: Hall, change: str) -> None:
        call = hall.signed("ticketValidate", {"ticket": "x"})
        other = {
            "params": '{"ticket": "y"}',
            "servicename": "findOutsideUserByToken",
            "time": str(int(call["time"]) + 1),
            "nonce": secrets.token_hex(16),
            "appmark": Hall(appmark="other").appmark,
        }[change]

        assert hall.send({**call, change: other})["retcode"] == "100001"

    def test_sent_twice(self, hall: Hall) -> None:
        call = hall.signed("ticketValidate", {"ticket": "x"})

        assert [hall.send(call)["retcode"] for _ in range(2)] == ["100004", "100003"]

    @pytest.mark.parametrize("minutes", [-6, 6])
    def test_out_of_the_window(self, hall: Hall, minutes: int) -> None:
        moment = str(int((clock.now() + timedelta(minutes=minutes)).timestamp()))

        assert hall.send(hall.signed("ticketValidate", {"ticket": "x"}, time=moment))["retcode"] == "100002"

    @pytest.mark.parametrize(
        "body",
        [None, [], "text", {}, {"appmark": "hall"}, {"appmark": 1, "servicename": "x"}],
    )
    def test_that_is_none(self, hall: Hall, body: object) -> None:
        assert hall.send(body)["retcode"] == "100007"

    @pytest.mark.parametrize("params", ["[]", "{", '{"ticket": 1}', "null"])
    def test_with_params_that_are_none(self, hall: Hall, params: str) -> None:
        assert hall.send(hall.signed("ticketValidate", {}, params=params))["retcode"] == "100007"

    def test_of_an_unknown_service(self, hall: Hall) -> None:
        assert hall.call("dropTables")["retcode"] == "100006"

    def test_of_an_application_that_is_let_in_no_more(self, hall: Hall) -> None:
        services.disable_ticket_application(appmark="hall", actor=NODE, at=clock.now())

        assert hall.call("ticketValidate", ticket="x")["retcode"] == "100001"


@pytest.mark.django_db(transaction=True)
class TestRace:
    def test_one_ticket_gives_one_token_whoever_is_quicker(self) -> None:
        hall = Hall()
        at: datetime = clock.now()
        citizen = make.citizen(at=at)
        browser = Browser()
        make.log_in(browser, citizen, at=at)
        ticket = hall.ticket(browser)

        def exchange(_turn: int) -> str:
            try:
                return str(hall.call("ticketValidate", ticket=ticket)["retcode"])
            finally:
                connection.close()

        with ThreadPoolExecutor(max_workers=6) as pool:
            codes = sorted(pool.map(exchange, range(6)))

        assert codes == ["000000", *["100004"] * 5]
        assert TicketToken.objects.count() == 1
