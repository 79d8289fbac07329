"""
A newcomer registers, applies for what asks for a higher level than hers, is raised in the middle, and loses nothing.
"""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import PHONE, Visitor
from tests.journeys.test_citizen_on_a_phone import Walk

pytestmark = pytest.mark.browser

PASSPORT = "511602-demo-ordinary-passport"
BANK_CARD = "6222000000009999999"


class Newcomer(Walk):
    """
    Somebody whose level is not enough yet.
    """

    def register_with_a_card(self) -> None:
        """
        Register by identity card, mobile and bank card.
        """
        self.visitor.open("/my/register/")
        self.page.locator("#f-mobile").fill(self.citizen.mobile)
        self.press("发送验证码")
        self.page.locator("#f-code").fill(self.staff._code())
        self.press("继续")
        self.page.locator("#f-name").fill(self.citizen.name)
        self.page.locator("#f-id_number").fill(self.citizen.id_number)
        self.page.locator("#f-means").select_option("BANK_CARD")
        self.page.locator("#f-value").fill(BANK_CARD)
        self.page.locator("#f-password").fill(self.citizen.password)
        self.page.locator("#f-repeated").fill(self.citizen.password)
        self.page.locator("#f-agreement").check()
        self.look("register-with-a-card")
        self.press("完成注册")
        expect(self.page).to_have_url(re.compile(r"/my/$"))

    def _sample(self, label: str, control: object) -> str:
        return "CHEN" if "拼音" in label else super()._sample(label, control)

    def level(self) -> str:
        """
        Read the level from its page.
        """
        self.visitor.open("/my/level/")
        self.look("level")
        return self.page.locator("#level dd").first.inner_text()

    def be_raised(self) -> None:
        """
        Submit, be led to the face check, hold a face before the simulated camera, and be back where the button was.
        """
        self.page.locator("#f-promise").check()
        self.press("提交申请")
        expect(self.page).to_have_url(re.compile(r"/my/level/\?"))
        self.page.get_by_text("您填写的内容已经保存").wait_for()
        self.look("level-needed")
        face = self.page.get_by_role("region", name="刷脸核验")
        face.get_by_role("button", name="用这一种核验").click()
        self.page.get_by_text("核验号").last.wait_for()
        self.look("face")
        self.press("是本人")
        expect(self.page).to_have_url(re.compile(r"/check/$"))


class TestANewcomer:
    def test_is_raised_to_the_level_an_item_needs_in_the_middle_of_the_application(
        self, visit: Callable[..., Visitor]
    ) -> None:
        way = Newcomer(visit(PHONE, is_mobile=True, has_touch=True), name="level")

        way.register_with_a_card()
        before = way.level()
        way.visitor.open(f"/apply/{PASSPORT}/")
        way.look("start-below-the-level")
        way.answer_the_situation()
        way.fill_in()
        way.press("保存并继续")
        way.hand_in()
        way.press("保存并继续")
        answers = way.page.locator("main dl.tb-list").first.inner_text()
        way.look("check-below-the-level")
        way.be_raised()
        after = way.page.locator("main dl.tb-list").first.inner_text()

        assert "2 级" in before
        assert after == answers
        assert way.page.locator("#f-promise").is_checked()
        way.press("提交申请")
        expect(way.page).to_have_url(re.compile(r"/receipt/$"))
        assert "3 级" in way.level()
        way.end()
