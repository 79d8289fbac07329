"""
What anybody may ask without logging in: how far a case is, whether a licence is real. Guessing is limited.
"""

from typing import Any

import httpx
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser

from tests.factories import portal
from tests.factories.portal import errors_of, text_of
from tongban.business.casework.models import Case
from tongban.business.licences.models import Licence
from tongban.support.messaging.adapters.http_phones import HttpPhones

pytestmark = pytest.mark.django_db

MOBILE = "13900000099"
RECEIVED_AT = "2026-11-22T03:11:09.550223+00:00"


@pytest.fixture
def case(browser: Browser, permit: str) -> Case:
    """
    A case of the citizen's.
    """
    portal.apply(browser)
    return Case.objects.get()


@pytest.fixture
def stranger() -> Browser:
    """
    Somebody who is not logged in.
    """
    return Browser()


class TestProgress:
    def test_is_shown_for_number_and_code(self, stranger: Browser, case: Case) -> None:
        asked = stranger.post("/progress", {"number": f" {case.number} ", "code": case.query_code.lower()})

        page = text_of(asked)
        assert asked.status_code == 200
        assert "已提交" in page
        assert "行政许可法第 32 条" in page
        assert "张小三" not in page
        assert "清风理发店" not in page

    def test_never_says_which_of_the_two_is_wrong(self, stranger: Browser, case: Case) -> None:
        wrong_code = stranger.post("/progress", {"number": case.number, "code": "AAAA-AAAA"})
        wrong_number = stranger.post("/progress", {"number": "0" * 40, "code": case.query_code})

        assert (wrong_code.status_code, wrong_number.status_code) == (404, 404)
        assert errors_of(wrong_code) == errors_of(wrong_number)
        assert errors_of(wrong_code) == {"f-number": "办件编号和查询码不匹配，请核对后重试"}
        assert f'value="{case.number}"' in text_of(wrong_code)
        assert case.query_code not in text_of(wrong_number)

    def test_asks_for_what_is_missing(self, stranger: Browser) -> None:
        page = stranger.post("/progress", {})

        assert page.status_code == 422
        assert errors_of(page) == {"f-number": "请填写办件编号", "f-code": "请填写查询码"}

    def test_takes_the_number_of_the_printed_code(self, stranger: Browser, case: Case) -> None:
        assert f'value="{case.number}"' in text_of(stranger.get(f"/progress?number={case.number}"))

    def test_says_what_the_applicant_has_to_do(self, stranger: Browser, case: Case) -> None:
        portal.ask_for_correction(case.number)

        page = text_of(stranger.post("/progress", {"number": case.number, "code": case.query_code}))

        assert "请补正材料" in page
        assert f"/my/cases/{case.number}/correct/" in page

    def test_limits_guessing(self, stranger: Browser, case: Case) -> None:
        for _ in range(30):
            stranger.post("/progress", {"number": case.number, "code": "AAAA-AAAA"})

        refused = stranger.post("/progress", {"number": case.number, "code": case.query_code})

        assert refused.status_code == 429
        assert int(refused["Retry-After"]) > 0
        assert "已提交" not in text_of(refused)


@pytest.fixture
def licence(case: Case) -> Licence:
    """
    The licence that came of it.
    """
    portal.grant(case.number)
    return Licence.objects.get()


class TestVerification:
    @pytest.mark.parametrize("name", ["number", "identifier"])
    def test_by_number_masks_the_holder(self, stranger: Browser, licence: Licence, name: str) -> None:
        page = text_of(stranger.post("/verify/", {"number": getattr(licence, name)}))

        assert "证照真实有效" in page
        assert "张小三" not in page
        assert "演示专用章" in page

    def test_by_code(self, stranger: Browser, licence: Licence) -> None:
        page = stranger.get(f"/verify/{licence.token}")

        assert page.status_code == 200
        assert "证照真实有效" in text_of(page)

    def test_of_an_unknown_one_says_so(self, stranger: Browser) -> None:
        by_number = stranger.post("/verify/", {"number": "no such"})
        by_code = stranger.get("/verify/nosuchtoken")

        assert "没有查到这份证照" in text_of(by_number)
        assert "没有查到这份证照" in text_of(by_code)

    def test_of_an_unknown_file_says_so(self, stranger: Browser) -> None:
        page = stranger.post("/verify/", {"file": portal.plan()})

        assert "这份文件不在本平台的证照库里" in text_of(page)

    def test_of_an_empty_file_is_answered(self, stranger: Browser) -> None:
        page = stranger.post("/verify/", {"file": SimpleUploadedFile("空.pdf", b"")})

        assert page.status_code == 200 or set(errors_of(page)) == {"f-file"}

    def test_needs_something_to_verify(self, stranger: Browser) -> None:
        page = stranger.post("/verify/", {})

        assert page.status_code == 422
        assert errors_of(page) == {"f-number": "请填写证照编号或标识，或选择证照文件"}

    def test_is_limited(self, stranger: Browser) -> None:
        for _ in range(60):
            stranger.get("/verify/nosuchtoken")

        refused = stranger.post("/verify/", {"number": "no such"})

        assert refused.status_code == 429
        assert int(refused["Retry-After"]) > 0


class TestTheDemoPhone:
    @pytest.fixture
    def simulated(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def answer(url: str, **_: Any) -> httpx.Response:
            message = {"mobile": MOBILE, "text": "验证码 123456", "received_at": RECEIVED_AT}
            return httpx.Response(200, json={"messages": [message]}, request=httpx.Request("GET", url))

        monkeypatch.setattr(httpx, "get", answer)
        phones = HttpPhones(url="http://127.0.0.1:1")
        monkeypatch.setattr("tongban.portal.site.views.phone.simulated_phones", lambda: phones)

    def test_is_not_there_where_real_messages_are_sent(self, stranger: Browser) -> None:
        assert stranger.get("/demo/phone").status_code == 404

    @pytest.mark.usefixtures("simulated")
    def test_says_in_beijing_time_when_a_message_arrived(self, stranger: Browser) -> None:
        page = stranger.get("/demo/phone", {"mobile": MOBILE}).content.decode()

        assert "验证码 123456" in page
        assert '<span class="tb-rows__note">2026-11-22 11:11</span>' in page
        assert "T03:11" not in page

    @pytest.mark.usefixtures("simulated")
    def test_tells_programs_the_moment_whole(self, stranger: Browser) -> None:
        told = stranger.get("/demo/phone", {"mobile": MOBILE, "format": "json"}).json()

        assert told == {"messages": [{"text": "验证码 123456", "at": RECEIVED_AT}]}

    @pytest.mark.usefixtures("simulated")
    @pytest.mark.parametrize("mobile", ["", "1390000009", "+8613900000099"])
    def test_shows_nothing_without_a_whole_number(self, mobile: str, stranger: Browser) -> None:
        page = stranger.get("/demo/phone", {"mobile": mobile}).content.decode()

        assert "验证码 123456" not in page
