"""
A clerk at a one-stop counter, by keyboard: somebody comes with an identity card and papers, and leaves with a number.
"""

import re
from collections.abc import Callable
from datetime import date

import pytest

from tests.factories.identity import id_number
from tests.journeys.conftest import DESK, PHONE, Visitor

pytestmark = pytest.mark.browser

PASSWORD = "Tongban-2026"
CLERK = "hall.clerk1"
REPORTER = "catalogue.editor"
ALLOWANCE = "512B0003600037-511602000000-000-11511301008778298W-1-00"
AT_MOST_KEYS = 160
"""What a practised clerk presses within a minute; a clock would measure the machine instead."""
COUNT_KEYS = "addEventListener('keydown', () => sessionStorage.keys = 1 + Number(sessionStorage.keys || 0))"
CARD = id_number(born_on=date(1940, 5, 6), sequence=301)

PAGES = {
    "accept-start": "/desk/accept/",
    "accept-search": "/desk/accept/?q=%E8%80%81%E4%BA%BA%E8%A1%A5%E8%B4%B4",
    "accept-search-nothing": "/desk/accept/?q=%E9%87%8F%E5%AD%90%E7%BA%A0%E7%BC%A0",
    "accept-form": f"/desk/accept/{ALLOWANCE}/?s-age=age.80s&s-low_income=low_income.no",
    "cases": "/desk/cases/",
    "cases-nothing": "/desk/cases/?q=99999999",
    "done": "/desk/done/",
    "licences": "/desk/licences/",
}

Visit = Callable[..., Visitor]


def sign_in(visitor: Visitor, login: str = CLERK) -> None:
    visitor.open("/my/login/?as=staff")
    visitor.page.fill("#f-login", login)
    visitor.page.fill("#f-password", PASSWORD)
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url("**/desk/")


def await_focus(visitor: Visitor, selector: str) -> None:
    """
    Wait until the page has put the focus there by itself: a browser does so a moment after the page has come.
    """
    visitor.page.locator(f"{selector}:focus").wait_for()


def press_until(visitor: Visitor, control: str, *, key: str = "Tab", at_most: int = 40) -> None:
    """
    Press a key until a control has the focus, as somebody without a mouse does.
    """
    for _press in range(at_most):
        if visitor.page.evaluate("document.activeElement?.id") == control:
            return
        visitor.page.keyboard.press(key)
    pytest.fail(f"the keyboard does not reach {control}")


def answer(visitor: Visitor, key: str) -> None:
    """
    Answer a question about the situation, and wait until the form has followed.
    """
    with visitor.page.expect_response(lambda response: response.request.method == "POST") as response:
        visitor.page.keyboard.press(key)
    response.value.finished()
    visitor.page.locator(".htmx-request, .htmx-swapping, .htmx-settling").first.wait_for(state="detached")


def code_on_the_phone(visitor: Visitor, mobile: str) -> str:
    """
    Read the newest code from the simulated phone, as the person at the counter reads it out.
    """
    for _try in range(100):
        answer = visitor.page.request.get(visitor.node.at(f"/demo/phone?mobile={mobile}&format=json"))
        texts = [str(text["text"]) for text in answer.json()["messages"]]
        found: list[str] = [code for text in texts for code in re.findall(r"\d{6}", text)]
        if found:
            return found[0]
        visitor.page.wait_for_timeout(100)
    pytest.fail("no code reaches the phone")


class TestCertifyingAtTheCounter:
    MOBILE = "15400009001"

    def test_opens_an_account_whose_first_password_must_be_changed(self, visit: Visit) -> None:
        clerk, citizen = visit(DESK), visit(PHONE)
        sign_in(clerk)
        main = clerk.page.locator("main")

        clerk.open("/desk/certify/")
        main.get_by_role("button", name="读取身份证").click()
        clerk.page.locator("#f-id_number").wait_for()
        number = clerk.page.input_value("#f-id_number")
        clerk.page.fill("#f-mobile", self.MOBILE)
        clerk.keep("desk-certify-card")
        assert clerk.violations() == []
        main.get_by_role("button", name="发送验证码").click()
        clerk.page.fill("#f-code", code_on_the_phone(clerk, self.MOBILE))
        main.get_by_label("窗口签署纸质协议").check()
        main.get_by_label("申请人已阅读并签署协议").check()
        clerk.keep("desk-certify-code")
        assert clerk.violations() == []
        main.get_by_role("button", name="完成核验").click()
        clerk.page.get_by_role("heading", level=1, name="核验完成").wait_for()
        slip = main.locator("#receipt dd").all_inner_texts()
        clerk.keep("desk-certify-receipt")
        assert clerk.violations() == []
        assert clerk.missing_icons() == []

        citizen.open("/my/login/")
        citizen.page.fill("#f-login", number)
        citizen.page.fill("#f-password", slip[2].strip())
        citizen.page.keyboard.press("Enter")
        citizen.page.wait_for_url("**/my/login/password/**")
        citizen.page.fill("#f-new_password", PASSWORD + "-b")
        citizen.page.fill("#f-repeated", PASSWORD + "-b")
        citizen.page.keyboard.press("Enter")
        citizen.page.wait_for_url("**/my/")
        citizen.open("/my/level/")

        assert number == "511602197002021242"
        assert number not in "".join(slip)
        assert "4 级" in citizen.page.locator("#level dd").first.inner_text()


class TestAcceptingByKeyboard:
    def test_takes_less_than_a_minute_from_the_question_to_the_receipt(self, visit: Visit) -> None:
        visitor = visit(DESK)
        keys = visitor.page.keyboard
        sign_in(visitor)
        visitor.open("/desk/accept/")
        await_focus(visitor, "#desk-q")
        visitor.page.add_init_script(COUNT_KEYS)
        visitor.page.reload()
        await_focus(visitor, "#desk-q")

        keys.type("老人补贴")
        keys.press("Enter")
        visitor.page.wait_for_url("**/desk/accept/?q=*")
        await_focus(visitor, "[data-row]")
        keys.press("Enter")
        await_focus(visitor, "#f-id_number")
        keys.type(CARD)
        keys.press("Tab")
        keys.type("郑老伯")
        keys.press("Tab")
        keys.type("13900000301")
        press_until(visitor, "f-s-age")
        answer(visitor, "Space")
        press_until(visitor, "f-s-low_income")
        answer(visitor, "ArrowDown")
        for control, text in (
            ("f-a-address", "示例路 1 号"),
            ("f-a-bank", "示例银行"),
            ("f-a-account", "6222000000000000"),
        ):
            press_until(visitor, control)
            keys.type(text)
        for material in ("application", "id_card", "household_book", "bank_card"):
            press_until(visitor, f"f-paper-{material}")
            keys.press("Space")
        visitor.keep("desk-accept-filled-desk")
        keys.press("Escape")
        keys.press("a")
        visitor.page.wait_for_url("**/desk/accept/receipt/**")

        pressed = int(visitor.page.evaluate("sessionStorage.keys"))
        text = visitor.page.locator("main").inner_text()
        visitor.keep("desk-accept-receipt-desk")
        assert 0 < pressed < AT_MOST_KEYS, pressed
        assert visitor.page.get_by_role("heading", level=1).inner_text() == "已受理"
        assert re.search(r"承诺最迟 \d{4}年\d+月\d+日 办结", text)
        assert re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}", text)
        assert visitor.missing_icons() == []
        assert visitor.violations() == []
        assert visitor.complaints == []

    def test_works_without_script_and_shows_what_is_wrong(self, visit: Visit) -> None:
        visitor = visit(PHONE, java_script_enabled=False)
        sign_in(visitor)
        visitor.open(f"/desk/accept/{ALLOWANCE}/")
        page = visitor.page
        page.fill("#f-id_number", CARD)
        page.fill("#f-name", "郑老伯")
        page.get_by_label("80—89 周岁").check()
        page.get_by_label("否", exact=True).check()

        page.get_by_role("button", name="按情形更新表单和材料").click()
        page.get_by_role("button", name="仅提交").click()

        assert page.input_value("#f-name") == "郑老伯"
        page.get_by_role("alert").get_by_role("link").nth(3).wait_for()
        visitor.keep("desk-accept-wrong-phone")

    def test_goes_from_a_complaint_to_its_field(self, visit: Visit) -> None:
        visitor = visit(DESK)
        sign_in(visitor)
        visitor.open(f"/desk/accept/{ALLOWANCE}/")
        await_focus(visitor, "#f-id_number")

        visitor.page.keyboard.press("Escape")
        visitor.page.keyboard.press("s")
        await_focus(visitor, ".tb-errors")

        visitor.keep("desk-accept-wrong-desk")
        assert visitor.violations() == []
        visitor.page.keyboard.press("Tab")
        visitor.page.keyboard.press("Enter")
        assert visitor.page.evaluate("location.hash") == "#f-id_number"


class TestEveryPage:
    @pytest.mark.parametrize("name", PAGES)
    def test_stands_on_a_desk(self, visit: Visit, name: str) -> None:
        visitor = visit(DESK)
        sign_in(visitor)

        status = visitor.open(PAGES[name])

        visitor.keep(f"desk-{name}-desk")
        assert status == 200
        assert visitor.overflow() == 0
        assert visitor.missing_icons() == []
        assert visitor.violations() == []
        assert visitor.complaints == []

    @pytest.mark.parametrize("name", PAGES)
    def test_stands_on_a_phone(self, visit: Visit, name: str) -> None:
        visitor = visit(PHONE)
        sign_in(visitor)

        status = visitor.open(PAGES[name])

        visitor.keep(f"desk-{name}-phone")
        assert status == 200
        assert visitor.overflow() == 0
        assert visitor.violations() == []
        assert visitor.complaints == []

    @pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
    def test_shows_what_was_searched_for_in_vain(self, visit: Visit, screen: dict[str, int]) -> None:
        visitor = visit(screen)
        visitor.open("/search?q=%E9%87%8F%E5%AD%90%E7%BA%A0%E7%BC%A0%E7%81%AB%E7%AE%AD")
        sign_in(visitor, REPORTER)

        status = visitor.open("/desk/searches/")

        visitor.keep(f"desk-searches-{'phone' if screen is PHONE else 'desk'}")
        assert status == 200
        visitor.page.get_by_role("link", name="量子纠缠火箭").wait_for()
        assert visitor.overflow() == 0
        assert visitor.violations() == []
        assert visitor.complaints == []
