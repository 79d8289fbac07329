"""
One's cases through the pages: the list, the case, answering a correction, withdrawing.
"""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser

from tests.factories import portal
from tests.factories.portal import ask_for_correction, errors_of, plan, text_of
from tongban.business.casework.models import Case, Notice
from tongban.business.casework.values import CaseStatus
from tongban.foundation import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def number(browser: Browser, permit: str) -> str:
    """
    A case of the citizen's, just submitted.
    """
    return portal.apply(browser)


def removal(page: Any) -> str:
    found = re.search(r'formaction="([^"]+/remove/)"', text_of(page))
    assert found is not None
    return found[1]


class TestHome:
    def test_leads_newcomers_to_what_can_be_done(self, browser: Browser) -> None:
        page = text_of(browser.get("/my/"))

        assert "还没有办件" in page
        assert "现在要做" not in page

    def test_shows_cases_with_their_last_legal_day(self, browser: Browser, number: str) -> None:
        page = text_of(browser.get("/my/"))

        due = Case.objects.get().acceptance_due
        assert due is not None
        assert f"/my/cases/{number}/" in page
        assert f"最迟 {due.year}年{due.month}月{due.day}日 答复" in page

    def test_puts_what_has_to_be_done_first(self, browser: Browser, number: str) -> None:
        ask_for_correction(number)

        page = text_of(browser.get("/my/"))

        assert page.index("现在要做") < page.index("我的办件")
        assert f'href="/my/cases/{number}/correct/"' in page

    def test_shows_drafts(self, browser: Browser, permit: str) -> None:
        draft = portal.begin(browser)

        page = text_of(browser.get("/my/"))

        assert "还没有提交" in page
        assert draft in page

    def test_shows_licences_and_asks_for_a_rating_once(self, browser: Browser, number: str) -> None:
        portal.grant(number)
        before = text_of(browser.get("/my/"))

        browser.post(f"/rate/{number}/", {"stars": "5", "send": "1"})

        after = text_of(browser.get("/my/"))
        assert "公共场所卫生许可证" in before
        assert f'href="/rate/{number}/"' in before
        assert f'href="/rate/{number}/"' not in after


class TestTheList:
    def test_shows_cases_and_drafts(self, browser: Browser, number: str) -> None:
        draft = portal.begin(browser)

        page = text_of(browser.get("/my/cases/"))

        assert f"/my/cases/{number}/" in page
        assert draft in page

    @pytest.mark.parametrize("address", ["/my/", "/my/cases/", "/apply/resume/", "/"])
    def test_is_in_english_where_the_offering_is(self, browser: Browser, number: str, address: str) -> None:
        portal.begin(browser)
        browser.cookies["tongban_language"] = "en"

        page = text_of(browser.get(address))

        assert "Hygiene permit for public places" in page
        assert "公共场所卫生许可" not in page

    def test_stays_in_chinese_where_the_offering_has_no_english(self, browser: Browser) -> None:
        portal.publish_permit(name_en="")
        portal.apply(browser)
        browser.cookies["tongban_language"] = "en"

        assert '<span lang="zh-CN">公共场所卫生许可</span>' in text_of(browser.get("/my/cases/"))

    def test_keeps_finished_cases_out_when_asked(self, browser: Browser, number: str) -> None:
        portal.grant(number)

        assert f"/my/cases/{number}/" in text_of(browser.get("/my/cases/"))
        assert f"/my/cases/{number}/" not in text_of(browser.get("/my/cases/?open=1"))

    def test_of_others_is_theirs(self, other: Browser, number: str) -> None:
        assert number not in text_of(other.get("/my/cases/"))


class TestTheCase:
    def test_explains_its_dates(self, browser: Browser, number: str) -> None:
        page = text_of(browser.get(f"/my/cases/{number}/"))

        assert "这些日期怎么算出来的" in page
        assert "行政许可法第 32 条" in page
        assert Case.objects.get().query_code in page
        assert "平面图.pdf" in page

    def test_shows_the_applicant_what_he_wrote_as_he_wrote_it(self, browser: Browser, number: str) -> None:
        page = text_of(browser.get(f"/my/cases/{number}/"))

        assert re.search(r"<dd[^>]*>199\d{8}</dd>", page)
        assert "张小三" in page
        assert "****" not in page

    def test_asks_by_itself_while_a_notice_is_made(self, browser: Browser, number: str) -> None:
        ask_for_correction(number)
        waiting = text_of(browser.get(f"/my/cases/{number}/"))

        Notice.objects.update(issued_at=clock.now() - timedelta(minutes=11))

        assert "正在生成" in waiting
        assert 'hx-trigger="load delay:2s"' in waiting
        assert "hx-trigger" not in text_of(browser.get(f"/my/cases/{number}/"))

    @pytest.mark.parametrize("page", ["", "correct/", "withdraw/"])
    def test_is_unknown_to_others(self, other: Browser, number: str, page: str) -> None:
        assert other.get(f"/my/cases/{number}/{page}").status_code == 404

    @pytest.mark.parametrize("page", ["", "correct/", "withdraw/"])
    def test_is_shown_after_logging_in(self, number: str, page: str) -> None:
        asked: Any = Browser().get(f"/my/cases/{number}/{page}")

        assert asked.status_code == 302
        assert asked["Location"].startswith("/my/login/?next=")

    @pytest.mark.parametrize(
        "act",
        ["correct/", "withdraw/", "correct/floor_plan/", f"correct/floor_plan/{UUID(int=1)}/remove/"],
    )
    def test_cannot_be_touched_by_others(self, other: Browser, number: str, act: str) -> None:
        ask_for_correction(number)

        refused = other.post(f"/my/cases/{number}/{act}", {"file-floor_plan": plan(), "reason": "x"})

        assert refused.status_code == 404
        assert Case.objects.get().status == CaseStatus.CORRECTION


class TestCorrecting:
    def test_hands_everything_in_at_once(self, browser: Browser, number: str) -> None:
        ask_for_correction(number)
        page = text_of(browser.get(f"/my/cases/{number}/correct/"))

        sent = browser.post(
            f"/my/cases/{number}/correct/", {"file-floor_plan": plan("新图.pdf"), "note": "已重画"}
        )

        assert "图纸不清晰" in page
        assert sent["Location"] == f"/my/cases/{number}/"
        assert Case.objects.get().status == CaseStatus.CORRECTED
        assert "新图.pdf" in text_of(browser.get(f"/my/cases/{number}/"))

    def test_refuses_what_is_incomplete_and_keeps_the_note(self, browser: Browser, number: str) -> None:
        ask_for_correction(number)

        page = browser.post(f"/my/cases/{number}/correct/", {"note": "稍后补"})

        assert page.status_code == 422
        assert errors_of(page) == {"f-file-floor_plan": "请补正：公共场所平面图"}
        assert "稍后补" in text_of(page)
        assert Case.objects.get().status == CaseStatus.CORRECTION

    def test_shows_a_refused_file_at_its_field(self, browser: Browser, number: str) -> None:
        ask_for_correction(number)
        empty = SimpleUploadedFile("空.pdf", b"", content_type="application/pdf")

        page = browser.post(f"/my/cases/{number}/correct/", {"file-floor_plan": empty})

        assert page.status_code == 422
        assert errors_of(page) == {"f-file-floor_plan": "文件是空的，请重新选择文件"}

    def test_takes_files_one_by_one_and_back(self, browser: Browser, number: str) -> None:
        ask_for_correction(number)
        item = browser.post(
            f"/my/cases/{number}/correct/floor_plan/",
            {"file-floor_plan": plan("新图.pdf")},
            HTTP_X_REQUESTED_WITH="upload",
        )

        removed = browser.post(removal(item))

        assert removed["Location"] == f"/my/cases/{number}/correct/"
        assert "新图.pdf" not in text_of(browser.get(removed["Location"]))
        assert browser.post(removal(item)).status_code == 404

    def test_takes_no_files_that_were_not_asked_for(self, browser: Browser, number: str) -> None:
        ask_for_correction(number)

        refused = browser.post(f"/my/cases/{number}/correct/test_report/", {"file-test_report": plan()})

        assert refused.status_code == 404

    def test_corrects_the_form_itself(self, browser: Browser, number: str) -> None:
        ask_for_correction(number, form=True)
        page = text_of(browser.get(f"/my/cases/{number}/correct/"))

        browser.post(
            f"/my/cases/{number}/correct/",
            {"file-floor_plan": plan(), **portal.ANSWERS, "a-floor_area": "96", "a-services": ["dye"]},
        )

        case = text_of(browser.get(f"/my/cases/{number}/"))
        assert 'value="86"' in page
        assert re.search(r'type="checkbox"[^>]+value="cut" checked', page)
        assert Case.objects.get().status == CaseStatus.CORRECTED
        assert "96" in case
        assert "染发" in case
        assert "理发</dd>" not in case

    def test_of_the_form_keeps_what_was_typed(self, browser: Browser, number: str) -> None:
        ask_for_correction(number, form=True)

        page = browser.post(
            f"/my/cases/{number}/correct/",
            {"file-floor_plan": plan(), **portal.ANSWERS, "a-floor_area": "约九十"},
        )

        assert page.status_code == 422
        assert set(errors_of(page)) == {"f-a-floor_area"}
        assert errors_of(page)["f-a-floor_area"].startswith("营业面积：")
        assert 'value="约九十"' in text_of(page)
        assert "平面图.pdf" in text_of(page)
        assert Case.objects.get().status == CaseStatus.CORRECTION

    def test_is_not_offered_when_nothing_is_asked(self, browser: Browser, number: str) -> None:
        assert browser.get(f"/my/cases/{number}/correct/")["Location"] == f"/my/cases/{number}/"
        assert browser.post(f"/my/cases/{number}/correct/", {})["Location"] == f"/my/cases/{number}/"
        assert "该办件现在没有需要补正的内容" in text_of(browser.get(f"/my/cases/{number}/"))


class TestWithdrawing:
    def test_asks_first(self, browser: Browser, number: str) -> None:
        page = text_of(browser.get(f"/my/cases/{number}/withdraw/"))

        assert "撤回申请？" in page
        assert Case.objects.get().status == CaseStatus.SUBMITTED

    def test_ends_the_case(self, browser: Browser, number: str) -> None:
        gone = browser.post(f"/my/cases/{number}/withdraw/", {"reason": "不办了"})

        assert gone["Location"] == f"/my/cases/{number}/"
        assert Case.objects.get().status == CaseStatus.WITHDRAWN
        assert f"/my/cases/{number}/withdraw/" not in text_of(browser.get(f"/my/cases/{number}/"))

    def test_is_not_offered_when_the_case_is_decided(self, browser: Browser, number: str) -> None:
        portal.grant(number)

        again = browser.post(f"/my/cases/{number}/withdraw/", {})

        assert again["Location"] == f"/my/cases/{number}/"
        assert "该办件现在不能撤回" in text_of(browser.get(f"/my/cases/{number}/"))
        assert Case.objects.get().status == CaseStatus.CLOSED
