"""
The page of one's level, raising it, and the fresh check, through the pages and without a script.
"""

import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

import pytest
from django.test import Client as Browser

from tests.factories.authority import fixed_authorities
from tests.factories.identity import citizen, log_in, staff
from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.support.identity import selectors
from tongban.support.identity.models import AssuranceGrant, SignIn
from tongban.support.identity.ports import (
    FixedAuthorities,
    RecordingCodeSender,
    hold_faces_by,
    send_codes_by,
    sign_texts_by,
)
from tongban.support.identity.values import Answer, AssuranceLevel, Authority, SignedText, means

pytestmark = pytest.mark.django_db

CARD = "6222000000000000012"


class Camera:
    """
    A camera of a demonstration that remembers who stood before it.
    """

    def __init__(self, authorities: FixedAuthorities) -> None:
        self.authorities = authorities

    def show(self, *, token: str, is_same: bool) -> bool:
        """
        Let the authorities see a face.
        """
        self.authorities.capture = Answer.YES if is_same else Answer.NO
        return token == "capture-token"


@pytest.fixture(autouse=True)
def codes() -> Iterator[RecordingCodeSender]:
    recording = RecordingCodeSender()
    before = send_codes_by(recording)
    yield recording
    if before is not None:
        send_codes_by(before)


@pytest.fixture
def authorities() -> Iterator[FixedAuthorities]:
    with fixed_authorities() as fixed:
        yield fixed


@pytest.fixture
def camera(authorities: FixedAuthorities) -> Iterator[Camera]:
    held = Camera(authorities)
    before = hold_faces_by(held)
    yield held
    hold_faces_by(before)


def text_of(response: Any) -> str:
    return str(response.content.decode())


def level_of(actor: Actor) -> int:
    return selectors.assurance(actor=actor, at=clock.now()).level


def ways_on(page: str) -> list[str]:
    return re.findall(r'id="way-([A-Z_]+)"', page)


class TestTheLevel:
    def test_is_shown_with_how_it_was_proved_and_what_raises_it(self, browser: Browser) -> None:
        page = text_of(browser.get("/my/level/"))

        assert "1 级：手机验证" in page
        assert "手机验证码" in page
        assert "长期有效" in page
        assert set(ways_on(page)) == {
            "POPULATION_REGISTER",
            "MOBILE_OPERATOR",
            "SOCIAL_SECURITY_CARD",
            "BANK_CARD",
            "PROVIDENT_FUND",
            "DRIVING_LICENCE",
            "FACE",
            "CERTIFICATE",
        }
        assert "核验后有效 1826 天" in page

    def test_is_linked_from_the_account(self, browser: Browser) -> None:
        assert 'href="/my/level/"' in text_of(browser.get("/my/account/"))

    def test_is_of_people_who_are_logged_in(self) -> None:
        clerk = Browser()
        log_in(clerk, staff(at=clock.now()), at=clock.now())

        assert Browser().get("/my/level/")["Location"].startswith("/my/login/")
        assert clerk.get("/my/level/").status_code == 403

    def test_asks_only_for_what_reaches_the_level_that_is_wanted(self, browser: Browser) -> None:
        page = text_of(browser.get("/my/level/?to=3&next=/my/cases/"))

        assert "这一步需要 3 级：实人核验" in page
        assert ways_on(page) == ["FACE", "CERTIFICATE"]
        assert 'href="/my/cases/"' in page

    def test_names_the_counter_beside_the_certificate_where_nothing_else_reaches(
        self, browser: Browser
    ) -> None:
        page = text_of(browser.get("/my/level/?to=4"))

        assert ways_on(page) == ["CERTIFICATE"]
        assert "带身份证件到政务服务窗口" in page

    def test_sends_to_the_counter_where_the_node_offers_nothing_else(
        self, browser: Browser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        counter_only = {code: one for code, one in means().items() if code != "CERTIFICATE"}
        levels = import_module("tongban.support.identity.selectors.assurance")
        monkeypatch.setattr(levels, "means", lambda: counter_only)

        page = text_of(browser.get("/my/level/?to=4"))

        assert ways_on(page) == []
        assert "这一级只能到窗口核验" in page

    @pytest.mark.parametrize("query", ["to=9", "to=-1", "to=x", "to=%00", "next=https://evil.example/"])
    def test_is_not_led_astray(self, browser: Browser, query: str) -> None:
        response = browser.get(f"/my/level/?{query}")

        assert response.status_code in {200, 400}
        assert 'href="https://evil' not in text_of(response)


class TestProving:
    def test_raises_the_level_and_leads_back(
        self, browser: Browser, person: Actor, authorities: FixedAuthorities
    ) -> None:
        response = browser.post(
            "/my/level/prove/",
            {"means": "BANK_CARD", "value-BANK_CARD": CARD, "to": "2", "next": "/my/cases/"},
        )

        assert response["Location"] == "/my/cases/"
        assert level_of(person) == 2
        assert authorities.asked[0][0] is Authority.BANK

    def test_says_what_is_wrong_beside_the_field_and_keeps_what_was_typed(self, browser: Browser) -> None:
        response = browser.post("/my/level/prove/", {"means": "BANK_CARD", "value-BANK_CARD": "12"})

        page = text_of(response)
        assert response.status_code == 422
        assert 'value="12"' in page
        assert "请填写：本人名下的银行卡卡号" in page

    def test_says_that_an_authority_is_away_and_offers_the_others(
        self, browser: Browser, person: Actor
    ) -> None:
        with fixed_authorities(BANK=Answer.UNAVAILABLE):
            response = browser.post("/my/level/prove/", {"means": "BANK_CARD", "value-BANK_CARD": CARD})

        assert response.status_code == 503
        assert "暂时无法核验" in text_of(response)
        assert "SOCIAL_SECURITY_CARD" in ways_on(text_of(response))
        assert level_of(person) == 1

    def test_goes_on_asking_where_the_level_is_not_reached(
        self, browser: Browser, authorities: FixedAuthorities
    ) -> None:
        response = browser.post(
            "/my/level/prove/",
            {"means": "POPULATION_REGISTER", "to": "3", "next": "/my/cases/"},
        )

        assert response["Location"].startswith("/my/level/?to=3")

    def test_needs_no_card_number_to_be_kept(
        self, browser: Browser, person: Actor, authorities: FixedAuthorities
    ) -> None:
        browser.post("/my/level/prove/", {"means": "BANK_CARD", "value-BANK_CARD": CARD})

        row = AssuranceGrant.objects.get(person_id=person.person_id or "", means="BANK_CARD")
        assert CARD not in str(vars(row))
        assert len(row.evidence_digest) >= 32


class TestTheFaceCheck:
    def begin(self, browser: Browser, **aim: str) -> str:
        response = browser.post("/my/level/face/begin/", aim)
        assert response["Location"] == "/my/level/face/"
        return text_of(browser.get("/my/level/face/"))

    def test_raises_the_level_and_is_fresh(self, browser: Browser, person: Actor, camera: Camera) -> None:
        page = self.begin(browser, to="3", next="/my/cases/")

        response = browser.post("/my/level/face/", {"same": "1"})

        assert "capture-token" in page
        assert response["Location"] == "/my/cases/"
        assert level_of(person) == 3
        assert SignIn.objects.get(account_id=person.id).checked_level == 3

    def test_refuses_another_face(self, browser: Browser, person: Actor, camera: Camera) -> None:
        self.begin(browser, to="3", next="/my/cases/")

        response = browser.post("/my/level/face/", {"same": "0"})

        assert response["Location"].startswith("/my/level/")
        assert (level_of(person), SignIn.objects.get(account_id=person.id).checked_level) == (1, 0)

    def test_waits_until_the_phone_has_answered(
        self, browser: Browser, authorities: FixedAuthorities
    ) -> None:
        authorities.capture = None
        self.begin(browser)

        response = browser.post("/my/level/face/")

        assert response.status_code == 409
        assert "还没有收到刷脸结果" in text_of(response)

    def test_shows_no_camera_outside_a_demonstration(
        self, browser: Browser, authorities: FixedAuthorities
    ) -> None:
        page = self.begin(browser)

        assert "模拟摄像头" not in page
        assert browser.post("/my/level/face/", {"same": "1"}).status_code == 404

    def test_says_that_faces_cannot_be_looked_at_now(self, browser: Browser) -> None:
        with fixed_authorities(FACE=Answer.UNAVAILABLE):
            response = browser.post("/my/level/face/begin/", {})

        assert response.status_code == 503
        assert "暂时无法核验" in text_of(response)

    def test_cannot_be_taken_over_from_somebody_else(self, browser: Browser) -> None:
        assert browser.get("/my/level/face/")["Location"] == "/my/level/"


class Reader:
    """
    The reader of a demonstration that remembers whose key was put into it.
    """

    def __init__(self) -> None:
        self.asked: list[tuple[str, bool]] = []

    def sign(self, *, text: str, facts: Mapping[str, str], is_own: bool) -> SignedText | None:
        """
        Sign.
        """
        self.asked.append((text, is_own))
        return SignedText(certificate="AAAA", signature="BBBB")


class TestTheCertificate:
    @pytest.fixture
    def reader(self) -> Iterator[Reader]:
        held = Reader()
        before = sign_texts_by(held)
        yield held
        sign_texts_by(before)

    def begin(self, browser: Browser, **aim: str) -> str:
        response = browser.post("/my/level/certificate/begin/", aim)
        assert response["Location"] == "/my/level/certificate/"
        return text_of(browser.get("/my/level/certificate/"))

    def test_raises_the_level_is_fresh_and_leads_back(
        self, browser: Browser, person: Actor, authorities: FixedAuthorities
    ) -> None:
        page = self.begin(browser, to="4", next="/my/cases/")
        shown = re.search(r"<code>(identity-check [^<]+)</code>", page)
        assert shown is not None

        response = browser.post("/my/level/certificate/", {"certificate": "AAAA", "signature": "BBBB"})

        assert response["Location"] == "/my/cases/"
        assert level_of(person) == 4
        assert SignIn.objects.get(account_id=person.id).checked_level == 4
        asked, facts = authorities.asked[-1]
        assert (asked, facts["text"], facts["certificate"], facts["signature"]) == (
            Authority.CERTIFICATE,
            shown[1],
            "AAAA",
            "BBBB",
        )
        assert browser.get("/my/level/certificate/")["Location"] == "/my/level/"

    def test_serves_where_a_fresh_check_is_wanted(
        self, browser: Browser, person: Actor, authorities: FixedAuthorities
    ) -> None:
        page = text_of(browser.get("/my/level/check/?check=1&to=3&next=/my/"))
        self.begin(browser, to="3", next="/my/", check="1")

        response = browser.post("/my/level/certificate/", {"certificate": "AAAA", "signature": "BBBB"})

        assert 'id="by-certificate"' in page
        assert response["Location"] == "/my/"
        assert SignIn.objects.get(account_id=person.id).checked_level == 4

    def test_of_somebody_else_is_refused(self, browser: Browser, person: Actor) -> None:
        self.begin(browser, to="4", next="/my/cases/")

        with fixed_authorities(CERTIFICATE=Answer.NO):
            response = browser.post("/my/level/certificate/", {"certificate": "AAAA", "signature": "BBBB"})

        assert response["Location"] == "/my/level/?to=4&next=%2Fmy%2Fcases%2F"
        assert "与登记信息不一致" in text_of(browser.get("/my/level/"))
        assert level_of(person) == 1

    def test_keeps_what_was_pasted_while_the_authority_is_away(self, browser: Browser, person: Actor) -> None:
        self.begin(browser)

        with fixed_authorities(CERTIFICATE=Answer.UNAVAILABLE):
            response = browser.post("/my/level/certificate/", {"certificate": "AAAA", "signature": "BBBB"})

        page = text_of(response)
        assert response.status_code == 503
        assert "暂时无法核验" in page
        assert "AAAA</textarea>" in page

    def test_says_beside_the_field_what_is_missing(
        self, browser: Browser, authorities: FixedAuthorities
    ) -> None:
        self.begin(browser)

        response = browser.post("/my/level/certificate/", {"certificate": "AAAA", "signature": ""})

        assert response.status_code == 422
        assert 'href="#f-signature"' in text_of(response)
        assert authorities.asked == []

    def test_is_signed_by_a_reader_that_a_demonstration_has(
        self, browser: Browser, person: Actor, authorities: FixedAuthorities, reader: Reader
    ) -> None:
        page = self.begin(browser)

        browser.post("/my/level/certificate/", {"own": "1"})

        assert "模拟证书介质" in page
        assert [is_own for _text, is_own in reader.asked] == [True]
        assert authorities.asked[-1][1]["text"] == reader.asked[0][0]
        assert level_of(person) == 4

    def test_shows_no_reader_outside_a_demonstration(
        self, browser: Browser, person: Actor, authorities: FixedAuthorities
    ) -> None:
        page = self.begin(browser)

        assert "模拟证书介质" not in page
        assert browser.post("/my/level/certificate/", {"own": "1"}).status_code == 404
        assert level_of(person) == 1

    def test_cannot_be_taken_over_from_somebody_else(self, browser: Browser) -> None:
        assert browser.get("/my/level/certificate/")["Location"] == "/my/level/"


class TestTheFreshCheck:
    def test_is_made_by_a_code_to_the_own_mobile(
        self, browser: Browser, person: Actor, codes: RecordingCodeSender
    ) -> None:
        aim = {"check": "1", "to": "1", "next": "/my/account/mobile/"}
        asked = browser.post("/my/level/check/", {**aim, "send": "1"})

        response = browser.post("/my/level/check/", {**aim, "code": codes.sent[-1][1]})

        assert "验证码已发送到" in text_of(asked)
        assert response["Location"] == "/my/account/mobile/"
        assert SignIn.objects.get(account_id=person.id).checked_level == 1

    def test_refuses_a_wrong_code(self, browser: Browser, person: Actor, codes: RecordingCodeSender) -> None:
        browser.post("/my/level/check/", {"check": "1", "to": "1", "send": "1"})
        wrong = "000000" if codes.sent[-1][1] != "000000" else "111111"

        response = browser.post("/my/level/check/", {"check": "1", "to": "1", "code": wrong})

        assert response.status_code == 422
        assert SignIn.objects.get(account_id=person.id).checked_level == 0

    def test_is_made_by_the_face_alone_where_a_code_is_not_enough(self, browser: Browser) -> None:
        page = text_of(browser.get("/my/level/check/?check=1&to=3&next=/my/"))

        assert 'id="by-face"' in page
        assert 'id="by-code"' not in page
        assert browser.post("/my/level/check/", {"check": "1", "to": "3", "send": "1"}).status_code == 200

    def test_does_not_weaken_a_stronger_one(
        self, browser: Browser, person: Actor, camera: Camera, codes: RecordingCodeSender
    ) -> None:
        browser.post("/my/level/face/begin/", {})
        browser.post("/my/level/face/", {"same": "1"})
        browser.post("/my/level/check/", {"check": "1", "to": "1", "send": "1"})

        browser.post("/my/level/check/", {"check": "1", "to": "1", "code": codes.sent[-1][1]})

        assert SignIn.objects.get(account_id=person.id).checked_level == 3

    def test_of_one_session_is_worth_nothing_in_another(
        self, browser: Browser, person: Actor, camera: Camera
    ) -> None:
        elsewhere = Browser()
        log_in(elsewhere, person, at=clock.now())
        browser.post("/my/level/face/begin/", {})

        browser.post("/my/level/face/", {"same": "1"})

        levels = SignIn.objects.filter(account_id=person.id).order_by("started_at")
        assert [row.checked_level for row in levels] == [3, 0]


class TestSomebodyElsesCode:
    def test_is_no_fresh_check(self, browser: Browser, codes: RecordingCodeSender) -> None:
        other = Browser()
        log_in(other, citizen(level=AssuranceLevel.MOBILE), at=clock.now())
        other.post("/my/level/check/", {"check": "1", "to": "1", "send": "1"})

        response = browser.post("/my/level/check/", {"check": "1", "to": "1", "code": codes.sent[-1][1]})

        assert response.status_code == 422
