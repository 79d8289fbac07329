"""
Counter certification through the desk: the card, the code, the signature, the slip.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client as Browser

from tests.factories.authority import fixed_authorities
from tests.factories.identity import PASSWORD, citizen, id_number, log_in, mobile, staff
from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.models import AuditEntry
from tongban.support.identity import selectors
from tongban.support.identity.models import Account, AgreementConsent, Person
from tongban.support.identity.ports import (
    FixedAuthorities,
    FixedCardReader,
    RecordingCodeSender,
    read_cards_by,
    send_codes_by,
)
from tongban.support.identity.selectors.assurance import level_of
from tongban.support.identity.values import Answer, AssuranceLevel, Authority, Card, Post

pytestmark = pytest.mark.django_db

NUMBER = id_number(sequence=901)
PHONE = mobile(901)
CARD = {"id_number": NUMBER, "name": "唐代办", "mobile": PHONE}
SIGNED = {"way": "PAPER", "signed": "1"}


@pytest.fixture(autouse=True)
def codes() -> Iterator[RecordingCodeSender]:
    recording = RecordingCodeSender()
    before = send_codes_by(recording)
    yield recording
    if before is not None:
        send_codes_by(before)


@pytest.fixture(autouse=True)
def authorities() -> Iterator[FixedAuthorities]:
    with fixed_authorities() as fixed:
        yield fixed


@pytest.fixture
def reader() -> Iterator[FixedCardReader]:
    fixed = FixedCardReader(card=Card(id_number=NUMBER, name="唐代办"))
    before = read_cards_by(fixed)
    yield fixed
    read_cards_by(before)


@pytest.fixture
def clerk() -> Actor:
    return staff(Post.COUNTER, at=clock.now())


@pytest.fixture
def desk(clerk: Actor) -> Browser:
    browser = Browser()
    log_in(browser, clerk, at=clock.now())
    return browser


def text_of(response: Any) -> str:
    return str(response.content.decode())


def certify(desk: Browser, codes: RecordingCodeSender, **card: str) -> str:
    asked = desk.post("/desk/certify/", {**CARD, **card})
    assert asked["Location"] == "/desk/certify/code/", text_of(asked)
    done = desk.post("/desk/certify/code/", {"code": codes.sent[-1][1], **SIGNED})
    assert done["Location"] == "/desk/certify/receipt/"
    return text_of(desk.get("/desk/certify/receipt/"))


class TestSomebodyWithoutAnAccount:
    def test_gets_one_at_the_highest_level(
        self, desk: Browser, clerk: Actor, codes: RecordingCodeSender
    ) -> None:
        slip = certify(desk, codes)

        person = Person.objects.get()
        signed = AgreementConsent.objects.get()
        assert "账号已开通" in slip
        assert NUMBER not in slip
        assert f"{NUMBER[:3]}***********{NUMBER[-4:]}" in slip
        assert (person.name, person.mobile, person.registered_by) == ("唐代办", PHONE, clerk.id)
        assert (signed.way, signed.witnessed_by, signed.version) == ("PAPER", clerk.id, "2026-11")
        assert level_of(person_id=person.id, at=clock.now()) == 4

    def test_logs_in_by_id_number_and_must_change_the_first_password(
        self, desk: Browser, codes: RecordingCodeSender
    ) -> None:
        slip = certify(desk, codes)
        found = re.search(r"初始密码</dt><dd>\s*([^<\s]+)", slip)
        assert found is not None
        phone = Browser()

        entered = phone.post("/my/login/", {"login": NUMBER, "password": found[1]})

        assert Account.objects.get(person__isnull=False).must_change_password
        assert entered["Location"].startswith("/my/login/password/")
        assert phone.get("/my/").status_code == 302

    def test_has_the_password_nowhere_but_on_the_slip(
        self, desk: Browser, codes: RecordingCodeSender
    ) -> None:
        slip = certify(desk, codes)
        found = re.search(r"初始密码</dt><dd>\s*([^<\s]+)", slip)
        assert found is not None

        kept = [str(session.get_decoded()) for session in Session.objects.all()]
        trail = [str(entry.facts) for entry in AuditEntry.objects.all()]

        assert all(found[1] not in text for text in [*kept, *trail])
        desk.get("/desk/certify/?again=1")
        assert desk.get("/desk/certify/receipt/")["Location"] == "/desk/certify/"


class TestSomebodyWithAnAccount:
    def test_is_raised_and_keeps_the_password(self, desk: Browser, codes: RecordingCodeSender) -> None:
        me = citizen(name="唐代办", number=NUMBER, phone=PHONE, at=clock.now())

        slip = certify(desk, codes)

        assert "实名等级已提升" in slip
        assert "账号原有密码不变" in slip
        assert selectors.assurance(actor=me, at=clock.now()).level == 4
        entered = Browser().post("/my/login/", {"login": NUMBER, "password": PASSWORD})
        assert entered["Location"] == "/my/"

    def test_may_bring_another_mobile(self, desk: Browser, codes: RecordingCodeSender) -> None:
        citizen(name="唐代办", number=NUMBER, phone=mobile(902), at=clock.now())

        certify(desk, codes)

        assert Person.objects.get().mobile == PHONE

    def test_cannot_take_over_the_mobile_of_somebody_else(
        self, desk: Browser, codes: RecordingCodeSender
    ) -> None:
        citizen(phone=PHONE, at=clock.now())
        desk.post("/desk/certify/", CARD)

        refused = desk.post("/desk/certify/code/", {"code": codes.sent[-1][1], **SIGNED})

        assert refused.status_code == 422
        assert Person.objects.count() == 1

    def test_must_be_of_that_name(self, desk: Browser, codes: RecordingCodeSender) -> None:
        citizen(name="张小三", number=NUMBER, at=clock.now())

        refused = desk.post("/desk/certify/", CARD)

        assert refused.status_code == 409
        assert codes.sent == []


class TestTheCard:
    def test_is_read_into_the_form(
        self, desk: Browser, reader: FixedCardReader, codes: RecordingCodeSender
    ) -> None:
        desk.post("/desk/certify/card/", {"mobile": PHONE})

        page = text_of(desk.get("/desk/certify/"))
        certify(desk, codes)

        assert f'value="{NUMBER}"' in page
        assert f'value="{PHONE}"' in page
        assert AuditEntry.objects.get(action="identity.person.certify").facts["by_reader"] is True

    def test_is_said_to_be_typed_where_it_was_changed(
        self, desk: Browser, reader: FixedCardReader, codes: RecordingCodeSender
    ) -> None:
        desk.post("/desk/certify/card/", {})

        certify(desk, codes, id_number=id_number(sequence=903), name="唐代拜")

        assert AuditEntry.objects.get(action="identity.person.certify").facts["by_reader"] is False

    def test_is_typed_where_there_is_no_reader(self, desk: Browser) -> None:
        desk.post("/desk/certify/card/", {"name": "唐代办"})

        page = text_of(desk.get("/desk/certify/"))

        assert "没有读到身份证" in page
        assert 'value="唐代办"' in page

    def test_is_looked_at_with_the_population_register(
        self, desk: Browser, authorities: FixedAuthorities, codes: RecordingCodeSender
    ) -> None:
        authorities.answers[Authority.POPULATION] = Answer.NO

        refused = desk.post("/desk/certify/", CARD)

        assert refused.status_code == 422
        assert "姓名与证件号码不一致" in text_of(refused)
        assert codes.sent == []

    def test_is_enough_where_the_register_does_not_answer(
        self, desk: Browser, authorities: FixedAuthorities, codes: RecordingCodeSender
    ) -> None:
        authorities.answers[Authority.POPULATION] = Answer.UNAVAILABLE

        assert "账号已开通" in certify(desk, codes)

    @pytest.mark.parametrize(
        ("changed", "field"),
        [({"id_number": "1"}, "id_number"), ({"name": "x"}, "name"), ({"mobile": ""}, "mobile")],
    )
    def test_must_be_in_order(self, desk: Browser, changed: dict[str, str], field: str) -> None:
        refused = desk.post("/desk/certify/", {**CARD, **changed})

        assert refused.status_code == 422
        assert f'href="#f-{field}"' in text_of(refused)


class TestTheSignature:
    @pytest.mark.parametrize(
        "sent", [{}, {"way": "PAPER"}, {"signed": "1"}, {"way": "ONLINE", "signed": "1"}]
    )
    def test_is_needed(self, desk: Browser, codes: RecordingCodeSender, sent: dict[str, str]) -> None:
        desk.post("/desk/certify/", CARD)

        refused = desk.post("/desk/certify/code/", {"code": codes.sent[-1][1], **sent})

        assert refused.status_code == 422
        assert not Person.objects.exists()


class TestTheCode:
    def test_is_that_of_the_clerk_who_asked(self, desk: Browser, codes: RecordingCodeSender) -> None:
        desk.post("/desk/certify/", CARD)
        elsewhere = Browser()
        log_in(elsewhere, staff(Post.COUNTER, at=clock.now()), at=clock.now())
        elsewhere.post("/desk/certify/", {**CARD, "mobile": mobile(905)})

        refused = elsewhere.post("/desk/certify/code/", {"code": codes.sent[0][1], **SIGNED})

        assert refused.status_code == 422
        assert not Person.objects.exists()

    def test_cannot_be_left_out(self, desk: Browser) -> None:
        desk.post("/desk/certify/", CARD)

        assert desk.post("/desk/certify/code/", SIGNED).status_code == 422


class TestTheDoor:
    @pytest.mark.parametrize(
        "path", ["/desk/certify/", "/desk/certify/code/", "/desk/certify/receipt/", "/desk/certify/card/"]
    )
    def test_is_for_counters(self, path: str) -> None:
        reviewer, person = Browser(), Browser()
        log_in(reviewer, staff(Post.REVIEW, at=clock.now()), at=clock.now())
        log_in(person, citizen(level=AssuranceLevel.COUNTER, at=clock.now()), at=clock.now())
        method = "post" if path.endswith("card/") else "get"

        assert getattr(reviewer, method)(path).status_code == 403
        assert getattr(person, method)(path).status_code == 403


class TestTheHolderOfATravelPermit:
    def test_gets_an_account_by_the_date_of_birth_on_the_permit(
        self, desk: Browser, codes: RecordingCodeSender, authorities: FixedAuthorities
    ) -> None:
        slip = certify(desk, codes, id_number="h10293847", name="陈港行", born_on="1988-04-12")

        person = Person.objects.get()
        assert (person.id_type, person.born_on) == ("516", "1988-04-12")
        assert "H1*****47" in slip
        assert authorities.asked[0] == (
            Authority.ENTRY_EXIT,
            {"id_number": "H10293847", "name": "陈港行", "born_on": "1988-04-12"},
        )
        assert level_of(person_id=person.id, at=clock.now()) == 4

    def test_has_it_read_from_the_permit(self, desk: Browser, reader: FixedCardReader) -> None:
        reader.card = Card(id_number="07654321", name="王台行", born_on="1979-01-05")

        desk.post("/desk/certify/card/", {})

        assert 'value="1979-01-05"' in text_of(desk.get("/desk/certify/"))

    @pytest.mark.parametrize("born_on", ["", "1988-13-01", "2999-01-01"])
    def test_is_asked_for_it(self, desk: Browser, codes: RecordingCodeSender, born_on: str) -> None:
        page = desk.post(
            "/desk/certify/", {**CARD, "id_number": "H10293847", "name": "陈港行", "born_on": born_on}
        )

        assert page.status_code == 422
        assert 'href="#f-born_on"' in text_of(page)
        assert codes.sent == []
