"""
Registering, logging in and looking after an account, through the pages and without a script.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from django.contrib.sessions.models import Session
from django.http import HttpResponse
from django.test import Client as Browser
from pytest_django import DjangoAssertNumQueries

from tests.factories.identity import PASSWORD, citizen, id_number, log_in, mobile, staff
from tongban.foundation import clock
from tongban.foundation.models import AuditEntry
from tongban.support.identity.models import Account, Person, SignIn
from tongban.support.identity.ports import RecordingCodeSender, send_codes_by
from tongban.support.identity.services.codes import index_of_mobile
from tongban.support.identity.values import Post

pytestmark = pytest.mark.django_db

NUMBER = id_number(sequence=7)
MOBILE = mobile(7)
NEW = "Guangan-2027"
DETAILS = {
    "name": "张小三",
    "id_number": NUMBER,
    "password": PASSWORD,
    "repeated": PASSWORD,
    "agreement": "1",
}


@pytest.fixture(autouse=True)
def codes() -> Iterator[RecordingCodeSender]:
    """
    Catch every code that is sent.
    """
    recording = RecordingCodeSender()
    before = send_codes_by(recording)
    yield recording
    if before is not None:
        send_codes_by(before)


@pytest.fixture
def browser() -> Browser:
    """
    A browser that checks forms as a real one is made to.
    """
    return Browser(enforce_csrf_checks=True)


def post(browser: Browser, address: str, values: dict[str, str], *, page: str | None = None) -> HttpResponse:
    """
    Fill in the form of a page and send it, with the token that the page carries.
    """
    shown = browser.get(page or address)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', shown.content.decode())
    assert token is not None
    response: HttpResponse = browser.post(address, {**values, "csrfmiddlewaretoken": token[1]})  # type: ignore[assignment]
    return response


def text_of(response: Any) -> str:
    return str(response.content.decode())


def register(browser: Browser, codes: RecordingCodeSender, **changed: str) -> HttpResponse:
    post(browser, "/my/register/", {"mobile": MOBILE})
    post(browser, "/my/register/code/", {"code": codes.sent[-1][1]})
    return post(browser, "/my/register/details/", DETAILS | changed)


class TestRegistering:
    def test_takes_three_pages_and_ends_logged_in(self, browser: Browser, codes: RecordingCodeSender) -> None:
        sent = post(browser, "/my/register/", {"mobile": MOBILE, "next": "/my/messages/"})
        proved = post(browser, "/my/register/code/", {"code": codes.sent[-1][1]})
        done = post(browser, "/my/register/details/", DETAILS)

        assert (sent.status_code, sent["Location"]) == (302, "/my/register/code/")
        assert (proved.status_code, proved["Location"]) == (302, "/my/register/details/")
        assert (done.status_code, done["Location"]) == (302, "/my/messages/")
        assert Person.objects.get().id_number == NUMBER
        assert "张*三" in text_of(browser.get("/my/"))

    def test_keeps_what_was_typed_but_not_the_password(
        self, browser: Browser, codes: RecordingCodeSender
    ) -> None:
        page = register(browser, codes, name="张三三", id_number="511602199001010000")

        assert page.status_code == 422
        assert 'value="张三三"' in text_of(page)
        assert 'value="511602199001010000"' in text_of(page)
        assert 'href="#f-id_number"' in text_of(page)
        assert PASSWORD not in text_of(page)
        assert not Person.objects.exists()

    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"repeated": "other"}, "repeated"),
            ({"agreement": ""}, "agreement"),
            ({"name": ""}, "name"),
            ({"name": "x" * 51}, "name"),
            ({"password": "weak", "repeated": "weak"}, "password"),
        ],
    )
    def test_links_each_complaint_to_its_field(
        self, browser: Browser, codes: RecordingCodeSender, changed: dict[str, str], field: str
    ) -> None:
        page = register(browser, codes, **changed)

        assert page.status_code == 422
        assert f'href="#f-{field}"' in text_of(page)
        assert f'id="f-{field}-error"' in text_of(page)
        assert not Person.objects.exists()

    def test_takes_a_travel_permit_with_the_date_of_birth(
        self, browser: Browser, codes: RecordingCodeSender
    ) -> None:
        without = register(browser, codes, id_number="h10293847")
        done = post(
            browser, "/my/register/details/", DETAILS | {"id_number": "h10293847", "born_on": "1988-04-12"}
        )

        assert without.status_code == 422
        assert 'href="#f-born_on"' in text_of(without)
        assert done.status_code == 302
        person = Person.objects.get()
        assert (person.id_type, person.id_number, person.born_on) == ("516", "H10293847", "1988-04-12")
        assert "港澳居民来往内地通行证" in text_of(browser.get("/my/account/"))
        assert "H1*****47" in text_of(browser.get("/my/account/"))

    @pytest.mark.parametrize("born_on", ["1988-13-01", "yesterday", "2999-01-01"])
    def test_refuses_a_date_of_birth_that_is_none(
        self, browser: Browser, codes: RecordingCodeSender, born_on: str
    ) -> None:
        page = register(browser, codes, id_number="H10293847", born_on=born_on)

        assert page.status_code == 422
        assert 'href="#f-born_on"' in text_of(page)

    def test_refuses_a_known_number_without_saying_so(
        self, browser: Browser, codes: RecordingCodeSender
    ) -> None:
        citizen(number=NUMBER, phone=mobile(8))

        page = register(browser, codes)

        assert page.status_code == 409
        assert "无法用这些信息注册" in text_of(page)
        assert Person.objects.count() == 1

    def test_refuses_a_child(self, browser: Browser, codes: RecordingCodeSender) -> None:
        child = id_number(born_on=clock.civil_date(clock.now()) - timedelta(days=3650))

        page = register(browser, codes, id_number=child)

        assert page.status_code == 409
        assert "监护人" in text_of(page)

    def test_keeps_mobile_and_proof_sealed_in_the_session(
        self, browser: Browser, codes: RecordingCodeSender
    ) -> None:
        post(browser, "/my/register/", {"mobile": MOBILE})

        kept = Session.objects.get().get_decoded()
        assert MOBILE not in str(kept)

    def test_sends_another_code_after_a_minute_only(
        self, browser: Browser, codes: RecordingCodeSender
    ) -> None:
        post(browser, "/my/register/", {"mobile": MOBILE})

        again = post(browser, "/my/register/code/", {"again": "1"})

        assert again.status_code == 302
        assert "秒后再试" in text_of(browser.get("/my/register/code/"))
        assert len(codes.sent) == 1

    def test_says_how_long_to_wait_when_a_code_was_just_sent(
        self, browser: Browser, codes: RecordingCodeSender
    ) -> None:
        post(browser, "/my/register/", {"mobile": MOBILE})

        page = post(browser, "/my/register/", {"mobile": MOBILE})

        assert page.status_code == 429
        assert 0 < int(page["Retry-After"]) <= 60
        assert f'value="{MOBILE}"' in text_of(page)
        assert len(codes.sent) == 1

    @pytest.mark.parametrize("code", ["", "000000", "abc", "1" * 17])
    def test_refuses_a_wrong_code(self, browser: Browser, codes: RecordingCodeSender, code: str) -> None:
        post(browser, "/my/register/", {"mobile": MOBILE})
        if code == codes.sent[-1][1]:
            pytest.skip("one time in a million the guess is right")

        page = post(browser, "/my/register/code/", {"code": code})

        assert page.status_code == 422
        assert browser.get("/my/register/details/")["Location"] == "/my/register/"

    @pytest.mark.parametrize(
        "address", ["/my/register/code/", "/my/register/details/", "/my/reset/password/"]
    )
    def test_begins_at_the_first_page(self, browser: Browser, address: str) -> None:
        response = browser.get(address)

        assert response.status_code == 302
        assert response["Location"] in {"/my/register/", "/my/reset/"}


class TestLoggingIn:
    def test_leads_a_person_home_and_staff_to_the_desk(self, browser: Browser) -> None:
        citizen(phone=MOBILE)
        staff(Post.COUNTER, login_name="wang.gang")

        person = post(browser, "/my/login/", {"login": MOBILE, "password": PASSWORD})
        clerk = post(
            Browser(enforce_csrf_checks=True),
            "/my/login/",
            {"as": "staff", "login": "wang.gang", "password": PASSWORD},
            page="/my/login/?as=staff",
        )

        assert (person.status_code, person["Location"]) == (302, "/my/")
        assert (clerk.status_code, clerk["Location"]) == (302, "/desk/")

    def test_changes_the_session_key_and_the_form_token(self, browser: Browser) -> None:
        citizen(phone=MOBILE)
        post(browser, "/my/register/", {"mobile": mobile(8)})
        planted, token = browser.cookies["tongban_session"].value, browser.cookies["tongban_csrf"].value

        post(browser, "/my/login/", {"login": MOBILE, "password": PASSWORD})

        assert browser.cookies["tongban_session"].value != planted
        assert browser.cookies["tongban_csrf"].value != token
        assert not Session.objects.filter(session_key=planted).exists()

    def test_gives_a_cookie_that_scripts_and_other_sites_cannot_use(self, browser: Browser) -> None:
        citizen(phone=MOBILE)
        post(browser, "/my/login/", {"login": MOBILE, "password": PASSWORD})

        cookie = browser.cookies["tongban_session"]

        assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")

    def test_answers_unknown_logins_and_wrong_passwords_with_the_same_page(self, browser: Browser) -> None:
        citizen(phone=MOBILE)

        pages = [
            post(browser, "/my/login/", {"login": login, "password": "Wrong-2026"})
            for login in (MOBILE, mobile(8))
        ]

        plain = [re.sub(r'value="[^"]*"|data-\S+', "", text_of(page)) for page in pages]
        assert [page.status_code for page in pages] == [401, 401]
        assert plain[0] == plain[1]
        assert f'value="{MOBILE}"' in text_of(pages[0])
        assert "Wrong-2026" not in text_of(pages[0])

    def test_closes_after_five_failures_and_says_for_how_long(self, browser: Browser) -> None:
        citizen(phone=MOBILE)
        for _ in range(5):
            post(browser, "/my/login/", {"login": MOBILE, "password": "Wrong-2026"})

        page = post(browser, "/my/login/", {"login": MOBILE, "password": PASSWORD})

        assert page.status_code == 429
        assert page["Retry-After"] in {str(seconds) for seconds in range(880, 901)}
        assert "15 分钟后再试" in text_of(page)

    @pytest.mark.parametrize(
        "target",
        [
            "https://evil.example/",
            "//evil.example/",
            "/\\evil.example/",
            "javascript:alert(1)",
            "http:evil.example",
            "https://testserver@evil.example/",
        ],
    )
    def test_leads_nobody_elsewhere(self, browser: Browser, target: str) -> None:
        citizen(phone=MOBILE)

        page = browser.get("/my/login/", {"next": target})
        response = post(browser, "/my/login/", {"login": MOBILE, "password": PASSWORD, "next": target})

        assert "evil" not in re.sub(r"/my/login/\?[^\"]*", "", text_of(page))
        assert response["Location"] == "/my/"

    def test_leads_on_to_where_somebody_wanted_to_go(self, browser: Browser) -> None:
        citizen(phone=MOBILE)
        wanted = browser.get("/my/messages/?cursor=x")

        response = post(
            browser,
            "/my/login/",
            {"login": MOBILE, "password": PASSWORD, "next": "/my/messages/?cursor=x"},
            page=wanted["Location"],
        )

        assert unquote(wanted["Location"]) == "/my/login/?next=/my/messages/?cursor=x"
        assert response["Location"] == "/my/messages/?cursor=x"

    def test_needs_the_token_of_the_form(self, browser: Browser) -> None:
        citizen(phone=MOBILE)

        response = browser.post("/my/login/", {"login": MOBILE, "password": PASSWORD})

        assert response.status_code == 403
        assert not SignIn.objects.exists()

    def test_complains_about_what_is_missing(self, browser: Browser) -> None:
        page = post(browser, "/my/login/", {"login": "", "password": ""})

        assert page.status_code == 422
        assert 'href="#f-login"' in text_of(page)
        assert 'href="#f-password"' in text_of(page)

    def test_is_not_asked_of_somebody_who_is_logged_in(self, browser: Browser) -> None:
        log_in(browser, citizen(), at=clock.now())

        assert browser.get("/my/login/?next=/my/messages/")["Location"] == "/my/messages/"


class TestLoggingOut:
    def test_ends_the_session(self, browser: Browser) -> None:
        log_in(browser, citizen(), at=clock.now())

        response = post(browser, "/my/logout/", {}, page="/my/")

        assert response["Location"] == "/my/login/"
        assert browser.get("/my/")["Location"].startswith("/my/login/")
        assert SignIn.objects.get().ended_at is not None

    def test_is_a_post(self, browser: Browser) -> None:
        log_in(browser, citizen(), at=clock.now())

        assert browser.get("/my/logout/").status_code == 405
        assert browser.get("/my/").status_code == 200

    def test_happens_by_itself_after_half_an_hour(self, browser: Browser) -> None:
        log_in(browser, citizen(), at=clock.now() - timedelta(minutes=31))

        assert browser.get("/my/")["Location"].startswith("/my/login/")

    def test_does_not_happen_to_somebody_who_goes_on_reading(self, browser: Browser) -> None:
        log_in(browser, citizen(), at=clock.now() - timedelta(minutes=29))
        browser.get("/my/")

        assert clock.now() - SignIn.objects.get().seen_at < timedelta(minutes=1)


class TestAccountPage:
    def test_shows_personal_data_masked(self, browser: Browser) -> None:
        log_in(browser, citizen(number=NUMBER, phone=MOBILE), at=clock.now())

        page = text_of(browser.get("/my/account/"))

        assert f"511***********{NUMBER[-4:]}" in page
        assert "张*三" in page
        for secret in (NUMBER, MOBILE, "张小三"):
            assert secret not in page

    def test_shows_them_in_clear_when_asked_and_writes_it_down(self, browser: Browser) -> None:
        log_in(browser, citizen(number=NUMBER, phone=MOBILE), at=clock.now())

        page = post(browser, "/my/account/details/", {}, page="/my/account/")

        assert NUMBER in text_of(page)
        assert "no-store" in page["Cache-Control"]
        assert AuditEntry.objects.filter(action="identity.person.reveal_own").count() == 1

    def test_shows_staff_their_posts(self, browser: Browser) -> None:
        log_in(browser, staff(Post.COUNTER, name="王刚"), at=clock.now())

        page = text_of(browser.get("/my/account/"))

        assert "王刚" in page
        assert "综合窗口" in page

    @pytest.mark.parametrize(
        ("address", "queries"),
        [("/my/", 8), ("/my/account/", 3), ("/my/account/devices/", 3), ("/my/messages/", 4)],
    )
    def test_costs_the_same_queries_every_time(
        self, browser: Browser, django_assert_num_queries: DjangoAssertNumQueries, address: str, queries: int
    ) -> None:
        log_in(browser, citizen(), at=clock.now())

        for _ in range(2):
            with django_assert_num_queries(queries):
                assert browser.get(address).status_code == 200

    @pytest.mark.parametrize(
        "address",
        ["/my/", "/my/account/", "/my/account/password/", "/my/account/devices/", "/my/messages/"],
    )
    def test_is_for_people_who_are_logged_in(self, browser: Browser, address: str) -> None:
        response = browser.get(address)

        assert (response.status_code, unquote(response["Location"])) == (302, f"/my/login/?next={address}")

    @pytest.mark.parametrize(
        "address",
        [
            "/my/account/details/",
            "/my/account/devices/end/",
            "/my/account/devices/end-all/",
            "/my/messages/read/",
        ],
    )
    def test_changes_nothing_for_others(self, address: str) -> None:
        response = Browser().post(address, {"sign_in_id": "00000000-0000-0000-0000-000000000000"})

        assert response.status_code == 401


class TestChangingThePassword:
    VALUES = {"password": PASSWORD, "new_password": NEW, "repeated": NEW}

    def test_keeps_this_browser_and_logs_the_others_out(self, browser: Browser) -> None:
        person, other = citizen(phone=MOBILE), Browser()
        log_in(browser, person, at=clock.now())
        log_in(other, person, at=clock.now())

        response = post(browser, "/my/account/password/", self.VALUES)

        assert response["Location"] == "/my/account/"
        assert browser.get("/my/account/").status_code == 200
        assert other.get("/my/account/").status_code == 302

    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"password": "Wrong-2026"}, "password"),
            ({"new_password": "weak", "repeated": "weak"}, "new_password"),
            ({"repeated": "Other-2027"}, "repeated"),
            ({"new_password": PASSWORD, "repeated": PASSWORD}, "new_password"),
        ],
    )
    def test_says_what_is_wrong(self, browser: Browser, changed: dict[str, str], field: str) -> None:
        person = citizen(phone=MOBILE)
        before = Account.objects.get(id=person.id).password
        log_in(browser, person, at=clock.now())

        page = post(browser, "/my/account/password/", self.VALUES | changed)

        assert page.status_code == 422
        assert f'href="#f-{field}"' in text_of(page)
        assert Account.objects.get(id=person.id).password == before

    def test_that_was_forgotten_takes_two_pages(self, browser: Browser, codes: RecordingCodeSender) -> None:
        citizen(number=NUMBER, phone=MOBILE)

        post(browser, "/my/reset/", {"id_number": NUMBER, "mobile": MOBILE})
        done = post(
            browser,
            "/my/reset/password/",
            {"code": codes.sent[-1][1], "new_password": NEW, "repeated": NEW},
        )
        entered = post(browser, "/my/login/", {"login": MOBILE, "password": NEW})

        assert (done["Location"], entered["Location"]) == ("/my/login/", "/my/")

    def test_that_was_forgotten_tells_strangers_nothing(
        self, browser: Browser, codes: RecordingCodeSender
    ) -> None:
        first = post(browser, "/my/reset/", {"id_number": NUMBER, "mobile": MOBILE})
        second = post(
            browser, "/my/reset/password/", {"code": "123456", "new_password": NEW, "repeated": NEW}
        )

        assert first["Location"] == "/my/reset/password/"
        assert second.status_code == 422
        assert "证件号码、手机号码或验证码不匹配" in text_of(second)
        assert codes.sent == []


class TestDevices:
    def test_are_listed_and_logged_out_one_by_one(self, browser: Browser) -> None:
        person, phone = citizen(), Browser()
        log_in(browser, person, at=clock.now())
        log_in(phone, person, at=clock.now())
        page = text_of(browser.get("/my/account/devices/"))
        (other,) = re.findall(r'name="sign_in_id" value="([^"]+)"', page)

        post(browser, "/my/account/devices/end/", {"sign_in_id": other}, page="/my/account/devices/")

        assert phone.get("/my/").status_code == 302
        assert browser.get("/my/").status_code == 200

    def test_are_logged_out_all_together(self, browser: Browser) -> None:
        person, phone = citizen(), Browser()
        log_in(browser, person, at=clock.now())
        log_in(phone, person, at=clock.now())

        response = post(browser, "/my/account/devices/end-all/", {}, page="/my/account/devices/")

        assert response["Location"] == "/my/login/"
        assert [each.get("/my/").status_code for each in (phone, browser)] == [302, 302]

    @pytest.mark.parametrize("sign_in_id", ["", "x", "00000000-0000-0000-0000-000000000000"])
    def test_of_others_are_not_found(self, browser: Browser, sign_in_id: str) -> None:
        log_in(browser, citizen(), at=clock.now())

        response = post(
            browser, "/my/account/devices/end/", {"sign_in_id": sign_in_id}, page="/my/account/devices/"
        )

        assert response.status_code == 404


class TestChangingTheMobile:
    NEW_MOBILE = mobile(77)

    def begin(self, browser: Browser) -> None:
        log_in(browser, citizen(phone=MOBILE), at=clock.now(), checked_level=1)
        post(browser, "/my/account/mobile/", {"password": PASSWORD, "mobile": self.NEW_MOBILE})

    def test_takes_two_pages_and_ends_on_the_account_page(
        self, browser: Browser, codes: RecordingCodeSender
    ) -> None:
        log_in(browser, citizen(phone=MOBILE), at=clock.now(), checked_level=1)
        before = browser.cookies["tongban_session"].value

        asked = post(browser, "/my/account/mobile/", {"password": PASSWORD, "mobile": self.NEW_MOBILE})
        done = post(browser, "/my/account/mobile/code/", {"code": codes.sent[-1][1]})

        account = text_of(browser.get("/my/account/"))
        assert (asked.status_code, asked["Location"]) == (302, "/my/account/mobile/code/")
        assert (done.status_code, done["Location"]) == (302, "/my/account/")
        assert account.count(f"{self.NEW_MOBILE[:3]}****{self.NEW_MOBILE[-4:]}") == 2
        assert Person.objects.get().mobile == self.NEW_MOBILE
        assert browser.cookies["tongban_session"].value != before

    def test_asks_first_who_it_is(self, browser: Browser) -> None:
        log_in(browser, citizen(phone=MOBILE), at=clock.now())

        response = browser.get("/my/account/mobile/")

        aim = "check=1&to=1&next=%2Fmy%2Faccount%2Fmobile%2F"
        assert response["Location"] == f"/my/level/check/?{aim}"

    def test_is_offered_on_the_account_page(self, browser: Browser) -> None:
        log_in(browser, citizen(phone=MOBILE), at=clock.now(), checked_level=1)

        assert 'href="/my/account/mobile/"' in text_of(browser.get("/my/account/"))

    def test_refuses_a_wrong_password_and_keeps_the_number_typed(
        self, browser: Browser, codes: RecordingCodeSender
    ) -> None:
        log_in(browser, citizen(phone=MOBILE), at=clock.now(), checked_level=1)

        page = post(browser, "/my/account/mobile/", {"password": "Wrong-2026", "mobile": self.NEW_MOBILE})

        assert page.status_code == 422
        assert 'href="#f-password"' in text_of(page)
        assert f'value="{self.NEW_MOBILE}"' in text_of(page)
        assert "Wrong-2026" not in text_of(page)
        assert codes.sent == []

    def test_says_how_long_to_wait_when_a_code_was_just_sent(
        self, browser: Browser, codes: RecordingCodeSender
    ) -> None:
        self.begin(browser)

        page = post(browser, "/my/account/mobile/", {"password": PASSWORD, "mobile": self.NEW_MOBILE})

        assert page.status_code == 429
        assert 0 < int(page["Retry-After"]) <= 60
        assert len(codes.sent) == 1

    def test_refuses_a_wrong_code(self, browser: Browser, codes: RecordingCodeSender) -> None:
        self.begin(browser)
        wrong = f"{(int(codes.sent[-1][1]) + 1) % 10**6:06d}"

        page = post(browser, "/my/account/mobile/code/", {"code": wrong})

        assert page.status_code == 422
        assert 'href="#f-code"' in text_of(page)
        assert Person.objects.get().mobile == MOBILE

    def test_says_that_the_number_belongs_to_somebody_else(
        self, browser: Browser, codes: RecordingCodeSender
    ) -> None:
        citizen(phone=self.NEW_MOBILE)
        self.begin(browser)

        refused = post(browser, "/my/account/mobile/code/", {"code": codes.sent[-1][1]})

        page = text_of(browser.get(refused["Location"]))
        assert refused["Location"] == "/my/account/mobile/"
        assert "已用于另一个账号" in page
        assert f'value="{self.NEW_MOBILE}"' in page
        assert Person.objects.filter(mobile_index=index_of_mobile(MOBILE)).exists()

    def test_keeps_the_number_sealed_in_the_session(
        self, browser: Browser, codes: RecordingCodeSender
    ) -> None:
        self.begin(browser)

        assert all(self.NEW_MOBILE not in str(kept.get_decoded()) for kept in Session.objects.all())

    def test_begins_at_the_first_page(self, browser: Browser) -> None:
        log_in(browser, citizen(phone=MOBILE), at=clock.now(), checked_level=1)

        assert browser.get("/my/account/mobile/code/")["Location"] == "/my/account/mobile/"

    @pytest.mark.parametrize("address", ["/my/account/mobile/", "/my/account/mobile/code/"])
    def test_is_for_persons_who_are_logged_in(self, browser: Browser, address: str) -> None:
        assert browser.get(address)["Location"].startswith("/my/login/")
