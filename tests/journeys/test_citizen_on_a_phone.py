"""
A citizen with a phone, from everyday words to a licence that anyone can verify: with script, without it, and in the
elder edition on the narrowest phone. Staff act through the API meanwhile.
"""

import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import DESK, NARROW, PHONE, Visitor
from tools.demo.__main__ import WORDS, Demo

pytestmark = pytest.mark.browser

Visit = Callable[..., Visitor]
Begin = Callable[..., "Walk"]

PLAN = Path(__file__).parents[2] / "tools" / "demo" / "plan.pdf"
SAMPLES = {"decimal": "86", "tel": "13900000001"}
CREDIT_CODE = "91350100M000100Y43"


class Walk:
    """
    One citizen's way through the pages; every page is looked at by axe, and kept as a picture.
    """

    def __init__(self, visitor: Visitor, *, name: str) -> None:
        """
        Stand before the node with a phone in hand.

        :param name: of the walk, in the names of its pictures
        """
        self.visitor = visitor
        self.page: Page = visitor.page
        self.staff = Demo(visitor.node.url)
        self.citizen = self.staff.citizen
        self.name = name
        self.count = 0
        self.by_script = True

    def end(self) -> None:
        """
        Hang up: staff's connections are closed.
        """
        self.staff.api.close()
        self.staff.browser.close()
        self.staff.stranger.close()

    def look(self, name: str) -> None:
        """
        Look at a page: it fits, axe finds nothing, nothing that can be pressed lies below the bottom bar.
        """
        self.count += 1
        self.visitor.keep(f"citizen-{self.name}-{self.count:02d}-{name}")
        assert self.visitor.overflow() == 0, name
        assert self.visitor.violations() == [], name

    def press(self, name: str) -> None:
        """
        Press a button of the page's own.
        """
        self.page.locator("main").get_by_role("button", name=name, exact=True).click()

    def register(self) -> None:
        """
        Register by the code that the demo phone shows.
        """
        self.visitor.open("/my/register/")
        self.look("register")
        self.page.locator("#f-mobile").fill(self.citizen.mobile)
        self.page.locator("main button.tb-btn--primary").click()
        self.look("register-code")
        # The code is read from the simulated phone, as somebody would who tries the demonstration.
        code = self.staff._code()
        self.page.locator("#f-code").fill(code)
        self.page.locator("main button.tb-btn--primary").click()
        self.page.locator("#f-name").fill(self.citizen.name)
        self.page.locator("#f-id_number").fill(self.citizen.id_number)
        self.page.locator("#f-password").fill(self.citizen.password)
        self.page.locator("#f-repeated").fill(self.citizen.password)
        self.page.locator("#f-agreement").check()
        self.look("register-details")
        self.page.locator("main button.tb-btn--primary").click()
        expect(self.page).to_have_url(re.compile(r"/my/$"))
        self.look("home-of-a-newcomer")

    def find(self) -> None:
        """
        Search by everyday words and read the guide.
        """
        self.visitor.open("/search")
        box = self.page.locator("main input[type=search]")
        box.fill(WORDS)
        box.press("Enter")
        self.look("search")
        self.page.locator("main a[href^='/items/']").first.click()
        self.look("guide")
        self.staff.offering = self.page.url.rstrip("/").split("?")[0].split("/")[-1].partition("#")[0]
        self.page.locator(".tb-phonebar a, .tb-guide__side a.tb-btn--primary").locator(
            "visible=true"
        ).first.click()
        self.look("start")

    def answer_the_situation(self) -> None:
        """
        Choose the situation; leaving it out is refused, with what is missing in focus.
        """
        self.press("开始申请")
        self.press("下一步")
        summary = self.page.get_by_role("alert")
        assert "请选择" in summary.inner_text()
        self.look("situation-refused")
        summary.get_by_role("link").first.click()
        assert self.page.evaluate("document.activeElement.type") == "radio"
        for group in self.page.locator("main fieldset").all():
            group.locator("input").first.check()
        self.look("situation")
        self.press("下一步")

    def fill_in(self) -> None:
        """
        Fill in the form; what the account knows is there already.
        """
        self.page.get_by_text("已由“账户实名信息”填好").first.wait_for()
        for field in self.page.locator("main .tb-field").all():
            if not field.is_visible():  # folded away: what to do where something is filled in wrongly
                continue
            choices = field.locator("input[type=radio], input[type=checkbox]")
            control = field.locator("input.tb-input, textarea")
            if choices.count():
                choices.first.check()
            elif not control.input_value():
                control.fill(self._sample(field.locator("label").first.inner_text(), control))
        if self.by_script:
            expect(self.page.locator("[data-save-state]")).to_have_attribute("data-state", "saved")
        self.look("form")

    def dispute(self) -> None:
        """
        Say that something was filled in wrongly, without changing it.
        """
        self.page.locator("main summary", has_text="填好的信息不对").click()
        self.page.locator("main input[name=dispute]").first.check()
        self.page.locator("#f-dispute-remark").fill("新身份证上的名字不同")
        self.look("form-disputed")

    def change_mobile(self) -> None:
        """
        Change the mobile number: checked anew by a code to the old one, with the password, and a code to the new one.
        """
        self.visitor.open("/my/account/")
        self.look("account")
        self.page.get_by_role("link", name="修改 手机号码").click()
        self.look("check")
        before = self._newest_text()
        self.press("发送验证码")
        self.page.locator("#f-code").fill(self._code_after(before))
        self.press("继续")
        self.page.locator("#f-password").wait_for()
        self.look("mobile")
        self.citizen = replace(self.citizen, mobile=f"198{secrets.randbelow(10**8):08d}")
        self.staff.citizen = self.citizen
        self.page.locator("#f-password").fill(self.citizen.password)
        self.page.locator("#f-mobile").fill(self.citizen.mobile)
        self.press("发送验证码")
        self.look("mobile-code")
        self.page.locator("#f-code").fill(self.staff._code())
        self.press("修改手机号码")
        self.page.get_by_text("手机号码已改为").wait_for()
        self.look("account-changed")

    def _newest_text(self) -> dict[str, str]:
        texts: list[dict[str, str]] = self.staff.browser.json(
            "/demo/phone", mobile=self.citizen.mobile, format="json"
        )["messages"]
        return texts[0] if texts else {"text": "", "at": ""}

    def _code_after(self, before: dict[str, str]) -> str:
        """
        Wait for the code that reaches the phone after another message, and return it.
        """
        newest = self.staff._wait(
            self._newest_text,
            lambda text: text != before and "验证码" in text["text"],
            "the code for the check arrives",
        )
        found = re.search(r"\d{6}", newest["text"])
        assert found is not None
        return found[0]

    def hand_in(self) -> None:
        """
        Hand in the materials: by script each at once with its progress, else with the form.
        """
        controls = self.page.locator("main input[type=file]")
        for place in range(controls.count()):
            controls.nth(place).set_input_files(PLAN)
        if self.by_script:
            expect(self.page.locator(".tb-file__item .tb-icon")).to_have_count(controls.count())
        self.look("materials")
        self.press("保存并继续")

    def submit(self) -> None:
        """
        Check, submit, keep the receipt.
        """
        self.look("delivery")
        self.press("保存并继续")
        self.look("check")
        self.press("提交申请")
        assert "请确认" in self.page.get_by_role("alert").inner_text()
        self.page.locator("#f-promise").check()
        self.press("提交申请")
        expect(self.page).to_have_url(re.compile(r"/receipt/$"))
        self.look("receipt")
        facts = self.page.locator("main dl.tb-list dd").all_inner_texts()
        self.staff.case_number, self.staff.query_code = facts[0].strip(), facts[1].strip()
        self.page.get_by_role("link", name="查看办件").click()
        self.look("case")

    def answer_the_correction(self) -> None:
        """
        Answer the correction notice that the counter sent.
        """
        self.staff.request_correction()
        self.visitor.open("/my/")
        self.look("home-with-a-task")
        self.page.get_by_role("link", name=re.compile("^去补正")).first.click()
        self.page.locator("main input[type=file]").first.set_input_files(PLAN)
        if self.by_script:
            expect(self.page.locator(".tb-file__item .tb-icon")).to_have_count(1)
        self.look("correction")
        self.press("提交补正")
        self.page.get_by_text("补正材料已提交").wait_for()
        self.look("case-corrected")

    def follow(self, visitor: Visitor) -> None:
        """
        Follow the progress from a browser that is not logged in.
        """
        visitor.open(f"/progress?number={self.staff.case_number}")
        visitor.page.locator("#f-code").fill(self.staff.query_code)
        visitor.page.locator("main").get_by_role("button", name="查询").click()
        visitor.page.locator("ol.tb-timeline li").nth(1).wait_for()
        assert self.citizen.name not in visitor.page.content()
        visitor.keep(f"citizen-{self.name}-progress")
        assert visitor.violations() == []

    def get_the_licence(self) -> None:
        """
        See the licence that came of it, and its file.
        """
        self.staff.accept()
        self.staff.review()
        self.staff.grant()
        self.visitor.open("/my/licences/")
        self.look("wallet")
        self.page.locator(".tb-licence a").first.click()
        download = self.page.get_by_role("link", name="下载证照文件（OFD）")
        self.visitor.reload_until_there(download)
        copy = self.page.get_by_role("link", name="下载 PDF 副本")
        for link, start in ((download, b"PK"), (copy, b"%PDF-")):
            file = self.page.request.get(self.visitor.node.at(link.get_attribute("href") or ""))
            assert file.body().startswith(start)
        self.look("licence")
        self.visitor.open("/my/messages/")
        self.look("messages")

    def verify(self, visitor: Visitor) -> None:
        """
        Have a stranger verify it.
        """
        visitor.open("/verify/")
        visitor.page.locator("#f-number").fill(self.staff.licence)
        visitor.page.locator("main").get_by_role("button", name="核验", exact=True).click()
        visitor.page.locator("main", has_text="证照真实有效").wait_for()
        assert self.citizen.name not in visitor.page.content()
        visitor.keep(f"citizen-{self.name}-verified")
        assert visitor.violations() == []

    def rate(self) -> None:
        """
        Rate, in two steps.
        """
        self.visitor.open("/my/")
        self.look("home-at-the-end")
        self.page.get_by_role("link", name=re.compile("^评价")).first.click()
        self.page.get_by_label("非常满意", exact=True).check()
        self.look("rating")
        self.press("下一步")
        self.page.get_by_label("可以全程网上办理").check()
        self.page.locator("#f-comment").fill("很方便")
        self.look("rating-tags")
        self.press("提交评价")
        self.page.get_by_text("谢谢您的评价").wait_for()
        self.look("case-rated")

    def _sample(self, label: str, control: object) -> str:
        kind = control.get_attribute("type")  # type: ignore[attr-defined]
        if kind == "date":
            return "2026-12-01"
        if "信用代码" in label:
            return CREDIT_CODE
        keypad = control.get_attribute("inputmode") or ""  # type: ignore[attr-defined]
        return SAMPLES.get(keypad, "清风理发店")


@pytest.fixture
def walk() -> Iterator[Callable[..., Walk]]:
    """
    Give a function that begins a walk; its connections are closed at the end.
    """
    walks: list[Walk] = []

    def begin(visitor: Visitor, *, name: str) -> Walk:
        walks.append(Walk(visitor, name=name))
        return walks[-1]

    yield begin
    for one in walks:
        one.end()


class TestACitizenOnAPhone:
    def test_gets_a_licence(self, visit: Visit, walk: Begin) -> None:
        way = walk(visit(PHONE, is_mobile=True, has_touch=True), name="phone")

        way.register()
        way.find()
        way.answer_the_situation()
        way.fill_in()
        way.dispute()
        way.press("保存并继续")
        way.hand_in()
        way.submit()
        way.follow(visit(PHONE))
        way.answer_the_correction()
        way.get_the_licence()
        way.verify(visit(PHONE))
        way.rate()
        way.change_mobile()

        assert way.visitor.complaints == []

    def test_gets_a_licence_without_script(self, visit: Visit, walk: Begin) -> None:
        way = walk(visit(PHONE, java_script_enabled=False), name="without-script")
        way.by_script = False

        way.look = lambda name: way.visitor.keep(f"citizen-without-script-{name}")  # type: ignore[method-assign]
        way.register()
        way.find()
        way.press("开始申请")
        for group in way.page.locator("main fieldset").all():
            group.locator("input").first.check()
        way.press("下一步")
        way.fill_in()
        way.press("保存并继续")
        way.hand_in()
        way.submit()
        way.answer_the_correction()
        way.get_the_licence()
        way.rate()
        way.change_mobile()

        assert way.visitor.complaints == []

    def test_applies_in_the_elder_edition_on_the_narrowest_phone(self, visit: Visit, walk: Begin) -> None:
        way = walk(visit(NARROW, is_mobile=True, has_touch=True), name="elder")
        way.visitor.open("/")
        way.page.get_by_role("button", name="长者版").click()

        way.register()
        way.find()
        way.answer_the_situation()
        way.fill_in()
        way.press("保存并继续")
        way.hand_in()
        way.submit()

        way.page.locator("html.tb-elder").wait_for()
        assert way.visitor.complaints == []


class TestACitizenAtADesk:
    def test_goes_on_with_a_draft_begun_on_the_phone_in_english(self, visit: Visit, walk: Begin) -> None:
        way = walk(visit(DESK), name="desk")
        way.register()
        way.find()
        way.press("开始申请")
        draft = way.page.url
        way.page.get_by_role("button", name="English").click()

        way.visitor.open("/my/")
        way.look("home-english")
        way.visitor.open("/apply/resume/")
        way.look("resume-english")
        way.page.goto(draft)
        way.look("situation-english")

        assert way.page.locator("html").get_attribute("lang") == "en"
        assert way.page.url == draft
