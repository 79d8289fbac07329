"""
The ticket protocol: ticket, token, user info, as an application of another maker would speak it.

The application here signs and opens by its own few lines, not by those of the node.
"""

import hashlib
import hmac
import json
import re
import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import GCM
from django.db import connection
from django.test import Client as Browser

from tests.factories import identity as make
from tests.factories import mandates as company
from tests.integration.support.federation.conftest import NODE
from tongban.foundation import clock, events
from tongban.foundation.actors import Actor
from tongban.foundation.errors import InvalidInput
from tongban.support.federation import selectors, services
from tongban.support.federation.models import LoginTicket, TicketApplication, TicketToken
from tongban.support.identity.services import reveal_own
from tongban.support.identity.values import AssuranceLevel
from tongban.support.mandates.models import LegalEntity
from tongban.support.mandates.services import end_mandate

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
            hidden = dict(
                re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', answer.content.decode())
            )
            answer = browser.post("/sso/ticket/consent/", {**hidden, "answer": "yes"})
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

    def token(self, browser: Browser, **changes: str) -> str:
        return str(self.call("ticketValidate", ticket=self.ticket(browser, **changes))["data"]["token"])

    def opened(self, sealed: str) -> dict[str, str]:
        blob, key = bytes.fromhex(sealed), mac(self.key, b"tongban.seal")[:16]
        decryptor = Cipher(SM4(key), GCM(blob[:12], blob[-16:])).decryptor()
        decryptor.authenticate_additional_data(f"ticket.user:{self.appmark}".encode())
        told: dict[str, str] = json.loads(decryptor.update(blob[12:-16]) + decryptor.finalize())
        return told


@dataclass
class Agency:
    """
    Somebody who acts for a company.
    """

    browser: Browser
    agent: Actor
    representative: Actor
    credit_code: str
    entity_id: UUID
    mandate_id: UUID


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
        listed = browser.get("/sso/links/").content.decode()
        services.withdraw_consent(consent_id=consent.consent_id, actor=citizen, at=clock.now())

        assert again.status_code == 302
        assert consent.name == "办事大厅"
        assert "可以得到：姓名、证件类型和证件号码、手机号码、实名等级" in listed
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
        answer: Any = browser.get(
            "/sso/ticket/authorize/", {"appmark": "hall", "gotoUrl": GOTO, "userType": "2"}
        )

        page = answer.content.decode()
        assert answer.status_code == 403
        assert "请先切换到要代表的单位" in page
        assert 'href="/my/acting/"' in page
        assert LoginTicket.objects.count() == 0

    def test_writes_down_for_the_person_to_whom_he_was_told(
        self, hall: Hall, browser: Browser, citizen: Actor
    ) -> None:
        hall.call("findOutsideUserByToken", token=hall.token(browser))

        page = browser.get("/my/ledger/").content.decode()

        assert "提供给其他系统" in page
        assert "办事大厅" in page


@pytest.fixture
def agent() -> Agency:
    """
    李经办, whom a company has let apply and ask for it, and his browser, in its name.
    """
    at = clock.now()
    representative = company.representative(name="孙创业", at=at)
    code = company.credit_code()
    entity_id = company.company(representative, code=code, at=at)
    clerk = make.citizen(name="李经办", level=AssuranceLevel.DATA_CHECK, at=at)
    mandate_id = company.mandate(representative, clerk, entity_id=entity_id, at=at)
    browser = Browser()
    make.log_in(browser, clerk, at=at)
    browser.post("/my/acting/set/", {"mandate": str(mandate_id)})
    return Agency(
        browser=browser,
        agent=clerk,
        representative=representative,
        credit_code=code,
        entity_id=entity_id,
        mandate_id=mandate_id,
    )


class TestLegalPerson:
    def test_is_told_with_its_code_its_representative_and_its_agent(self, hall: Hall, agent: Agency) -> None:
        told = hall.call("findCorUserByToken", token=hall.token(agent.browser, userType="2"))

        user = hall.opened(told["data"]["user"])
        chief, clerk = (
            reveal_own(actor=actor, at=clock.now()) for actor in (agent.representative, agent.agent)
        )
        assert (user["corname"], user["corusercode"], user["cortype"]) == (
            company.COMPANY,
            agent.credit_code,
            "2",
        )
        assert (user["legalname"], user["legalpaperstype"], user["legalpapersnumber"]) == (
            "孙创业",
            "111",
            chief.id_number,
        )
        assert (user["name"], user["papersnumber"], user["mobile"]) == (
            "李经办",
            clerk.id_number,
            clerk.mobile,
        )
        assert (user["corauthlevel"], user["authlevel"]) == ("2", "2")
        assert len({user["uuid"], user["coruuid"], agent.agent.id, str(agent.entity_id)}) == 4
        assert agent.credit_code not in json.dumps(told)

    def test_page_says_what_is_told_and_for_whom(self, hall: Hall, agent: Agency) -> None:
        page: Any = agent.browser.get(
            "/sso/ticket/authorize/", {"appmark": "hall", "gotoUrl": GOTO, "userType": "2"}
        )

        text = page.content.decode()
        assert "法定代表人的姓名、证件类型和证件号码" in text
        assert "单位名称和统一社会信用代码" in text
        assert company.COMPANY in text

    def test_is_told_to_the_representative_in_his_ledger(self, hall: Hall, agent: Agency) -> None:
        hall.call("findCorUserByToken", token=hall.token(agent.browser, userType="2"))
        own = Browser()
        make.log_in(own, agent.representative, at=clock.now())

        page = own.get("/my/ledger/").content.decode()

        assert "提供给其他系统" in page
        assert "办事大厅" in page

    def test_is_told_no_more_once_the_mandate_is_taken_back(self, hall: Hall, agent: Agency) -> None:
        token = hall.token(agent.browser, userType="2")
        before = hall.call("findCorUserByToken", token=token)["retcode"]

        end_mandate(mandate_id=agent.mandate_id, actor=agent.representative, at=clock.now())

        assert (before, hall.call("findCorUserByToken", token=token)["retcode"]) == ("000000", "100005")

    def test_is_told_without_a_representative_whom_the_register_does_not_name(
        self, hall: Hall, agent: Agency
    ) -> None:
        token = hall.token(agent.browser, userType="2")
        LegalEntity.objects.update(representative_lost_at=clock.now())

        user = hall.opened(hall.call("findCorUserByToken", token=token)["data"]["user"])

        assert (user["legalname"], user["legalpaperstype"], user["legalpapersnumber"]) == ("", "", "")
        assert user["corusercode"] == agent.credit_code

    def test_is_agreed_to_apart_from_ones_own_login(self, hall: Hall, agent: Agency) -> None:
        agent.browser.post("/my/acting/set/", {"mandate": ""})
        hall.ticket(agent.browser)
        agent.browser.post("/my/acting/set/", {"mandate": str(agent.mandate_id)})
        query = {"appmark": "hall", "gotoUrl": GOTO, "userType": "2"}

        asked = agent.browser.get("/sso/ticket/authorize/", query).status_code
        hall.ticket(agent.browser, userType="2")
        again = agent.browser.get("/sso/ticket/authorize/", query).status_code

        assert (asked, again) == (200, 302)
        assert len(selectors.consents(actor=agent.agent)) == 1

    def test_is_never_mixed_up_with_the_person(self, hall: Hall, agent: Agency) -> None:
        token = hall.token(agent.browser, userType="2")

        own: Any = agent.browser.get("/sso/ticket/authorize/", {"appmark": "hall", "gotoUrl": GOTO})

        assert hall.call("findOutsideUserByToken", token=token)["retcode"] == "100005"
        assert own.status_code == 403
        assert "请先切换回本人" in own.content.decode()

    def test_is_for_applications_that_take_legal_persons(self, agent: Agency) -> None:
        Hall(appmark="small", user_types=["1"])

        answer = agent.browser.get(
            "/sso/ticket/authorize/", {"appmark": "small", "gotoUrl": GOTO, "userType": "2"}
        )

        assert answer.status_code == 400


class TestKeys:
    def test_change_without_a_break(self, hall: Hall, browser: Browser) -> None:
        token = hall.token(browser)
        old = hall.key
        fresh = services.renew_ticket_key(
            appmark="hall", overlap=timedelta(hours=24), actor=NODE, at=clock.now()
        )

        by_old = hall.opened(hall.call("findOutsideUserByToken", token=token)["data"]["user"])
        hall.key = bytes.fromhex(fresh.appword)
        by_new = hall.opened(hall.call("findOutsideUserByToken", token=token)["data"]["user"])
        TicketApplication.objects.update(old_appword_until=clock.now())
        hall.key = old

        assert by_old == by_new
        assert hall.call("findOutsideUserByToken", token=token)["retcode"] == "100001"

    def test_end_at_once_where_no_overlap_is_wanted(self, hall: Hall) -> None:
        services.renew_ticket_key(appmark="hall", actor=NODE, at=clock.now())

        assert hall.call("ticketValidate", ticket="x")["retcode"] == "100001"
        assert TicketApplication.objects.get().old_appword is None

    def test_are_kept_sealed(self, hall: Hall) -> None:
        services.renew_ticket_key(appmark="hall", overlap=timedelta(hours=1), actor=NODE, at=clock.now())

        with connection.cursor() as cursor:
            cursor.execute("SELECT appword, old_appword FROM federation_ticketapplication")
            kept = [bytes(column) for column in cursor.fetchone()]

        assert all(hall.key not in column and hall.key.hex().encode() not in column for column in kept)

    def test_overlap_for_a_week_at_most(self, hall: Hall) -> None:
        with pytest.raises(InvalidInput):
            services.renew_ticket_key(appmark="hall", overlap=timedelta(days=8), actor=NODE, at=clock.now())


class TestSuspension:
    def test_ends_tokens_and_brings_none_back(self, hall: Hall, browser: Browser) -> None:
        token = hall.token(browser)
        services.disable_ticket_application(appmark="hall", actor=NODE, at=clock.now())
        shut = [
            browser.get("/sso/ticket/authorize/", {"appmark": "hall", "gotoUrl": GOTO}).status_code,
            hall.call("findOutsideUserByToken", token=token)["retcode"],
        ]

        services.enable_ticket_application(appmark="hall", actor=NODE, at=clock.now())

        assert shut == [400, "100001"]
        assert hall.call("findOutsideUserByToken", token=token)["retcode"] == "100005"
        assert hall.call("ticketValidate", ticket=hall.ticket(browser))["retcode"] == "000000"


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
