"""
A reviewer and a decider at their desks: from the inbox to the decision by keyboard, on sound pages.
"""

import re
from collections.abc import Callable
from datetime import date

import pytest

from tests.factories.identity import id_number
from tests.journeys.conftest import DESK, PHONE, Visitor
from tests.journeys.test_counter_clerk import ALLOWANCE, sign_in

pytestmark = pytest.mark.browser

Visit = Callable[..., Visitor]
MATERIALS = ("application", "id_card", "household_book", "bank_card")


def take(visitor: Visitor, *, sequence: int) -> str:
    """
    Accept an old-age allowance at the counter and return the number of the case.
    """
    sign_in(visitor)
    visitor.open(f"/desk/accept/{ALLOWANCE}/?s-age=age.80s&s-low_income=low_income.no")
    page = visitor.page
    page.fill("#f-id_number", id_number(born_on=date(1940, 5, 6), sequence=sequence))
    page.fill("#f-name", "郑老伯")
    page.fill("#f-mobile", "13900000301")
    page.fill("#f-a-address", "示例路 1 号")
    page.fill("#f-a-bank", "示例银行")
    page.fill("#f-a-account", "6222000000000000")
    for material in MATERIALS:
        page.check(f"#f-paper-{material}")
    page.locator('main [data-key="a"]').click()
    page.wait_for_url("**/desk/accept/receipt/**")
    number = re.search(r"[0-9A-Z]{30,}", page.locator("main").inner_text())
    assert number is not None
    return number[0]


def sound(visitor: Visitor, name: str) -> None:
    """
    Keep a picture of the page, and require that it fits, is accessible and complains of nothing.
    """
    visitor.keep(name)
    assert visitor.overflow() == 0
    assert visitor.missing_icons() == []
    assert visitor.violations() == []
    assert visitor.complaints == []


def await_row(visitor: Visitor, number: str) -> None:
    """
    Reload the list until the case is on it: handling hears of a case a moment after its acceptance.
    """
    visitor.reload_until_there(visitor.page.locator(f'[data-row][href$="/{number}/"]'))


def walk_to(visitor: Visitor, number: str) -> None:
    """
    Press j until the case is the chosen one; after each press, wait until what is chosen stands beside the list.
    """
    for _press in range(visitor.page.locator("[data-row]").count()):
        visitor.page.keyboard.press("j")
        address = visitor.page.locator("[data-selected] [data-row]").get_attribute("href")
        visitor.page.locator(f'#desk-panel [href="{address}"]').first.wait_for()
        if address and address.endswith(f"/{number}/"):
            return
    pytest.fail(f"j does not lead to case {number}")


class TestDecidingByKeyboard:
    def test_goes_from_the_inbox_to_the_decision(self, visit: Visit) -> None:
        number = take(visit(DESK), sequence=303)
        visitor = visit(DESK)
        for login, title in (("civil.review", "审查"), ("civil.decide", "决定")):
            visitor = visit(DESK)
            page, keys = visitor.page, visitor.page.keyboard
            sign_in(visitor, login)
            await_row(visitor, number)
            walk_to(visitor, number)
            sound(visitor, f"desk-inbox-{login}-desk")

            keys.press("Enter")
            page.wait_for_url(f"**/desk/cases/{number}/")
            sound(visitor, f"desk-case-{login}-desk")
            keys.press("l")
            page.get_by_text("已领取").wait_for()
            page.wait_for_load_state()
            keys.press("a")
            page.wait_for_url("**/opinion/**")
            assert title in page.get_by_role("heading", level=1).inner_text()
            sound(visitor, f"desk-opinion-{login}-desk")
            keys.press("s")
            page.wait_for_url(f"**/desk/cases/{number}/")
            assert "已报送" in page.locator("body").inner_text()

        visitor.page.locator("main", has_text="办结").wait_for()
        sound(visitor, "desk-decided-desk")


class TestActPages:
    @pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
    def test_stand_on_every_screen(self, visit: Visit, screen: dict[str, int]) -> None:
        name = "phone" if screen is PHONE else "desk"
        number = take(visit(DESK), sequence=305 if screen is PHONE else 307)
        visitor = visit(screen)
        sign_in(visitor, "civil.accept")
        sound(visitor, f"desk-inbox-acceptance-{name}")
        for act in ("", "stop-clock/", "extend/", "withdraw/"):
            visitor.open(f"/desk/cases/{number}/{act}")
            sound(visitor, f"desk-case-{act.strip('/') or 'show'}-{name}")
