"""
One log-in, another's name: the agent of a company applies for it, a relative applies for an elder; from the first page
to the decision, as it is seen by who applied, by whom it concerns, and by nobody else.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date

import pytest

from tests.factories.identity import id_number
from tests.journeys.conftest import DESK, NARROW, PHONE, Visitor
from tests.journeys.test_citizen_on_a_phone import Walk
from tests.journeys.test_counter_clerk import sign_in

pytestmark = pytest.mark.browser

PASSWORD = "Tongban-2026"
AGENT = "511602200309039468"
REPRESENTATIVE = "511602199304169356"
RELATIVE = "511602200111309442"
AGED = "511602194001159553"
CHILD = id_number(born_on=date(2020, 6, 1), sequence=17)
COMPANY = "广安演示建筑有限公司"
ELDER = "刘*寿"
PERMIT = "511A0188100003-511602000000-000-115113016823646795-1-00"
ALLOWANCE = "512B0003600037-511602000000-000-11511301008778298W-1-00"

MASKED_AGENT = "马*行"
MASKED_RELATIVE = "陈*示"

Visit = Callable[..., Visitor]
Begin = Callable[..., "InAnothersName"]


def log_in(visitor: Visitor, login: str) -> None:
    visitor.open("/my/login/")
    visitor.page.fill("#f-login", login)
    visitor.page.fill("#f-password", PASSWORD)
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url("**/my/")


def switch_to(visitor: Visitor, name: str) -> None:
    visitor.open("/my/acting/")
    row = visitor.page.locator("#choices li", has_text=name)
    row.get_by_role("button").click()
    visitor.page.wait_for_url("**/my/")
    visitor.page.locator(".tb-acting--other", has_text=name).wait_for()


class InAnothersName(Walk):
    """
    Somebody who applies in another's name, and the staff who handle what he submits.
    """

    def __init__(self, visitor: Visitor, *, name: str, offering: str) -> None:
        """
        Stand before the node, logged in and switched already.
        """
        super().__init__(visitor, name=name)
        self.staff.offering = offering
        self.staff.tokens["citizen"] = "nobody of the demonstration's own"

    def apply(self) -> str:
        """
        Begin, fill in, hand in, submit; return the number of the case.
        """
        self.visitor.open(f"/apply/{self.staff.offering}/")
        self.page.locator("main form button[type=submit]").first.click()
        self.page.wait_for_url(re.compile(r"/(situation|form)/$"))
        if "/situation/" in self.page.url:
            for group in self.page.locator("main fieldset").all():
                group.locator("input").first.check()
            self.press("下一步")
        self.fill_in()
        self.press("保存并继续")
        self.hand_in()
        self.submit()
        return self.staff.case_number

    def decide(self) -> None:
        """
        Have staff accept, examine and grant.
        """
        staff = self.staff
        staff._staff()
        staff._act("accept", "acceptance", {"opinion": "材料齐全"})
        who = ""
        while who != "decide":
            who, item = staff._wait(self._next_item, bool, "there is something to examine or to decide")
            outcome = "GRANT" if who == "decide" else "PASS"
            staff._conclude(who, item, {"outcome": outcome, "opinion": "符合条件"})
        staff._wait(lambda: staff._case("decide")["status"], "CLOSED".__eq__, "the case is closed")

    def _next_item(self) -> tuple[str, dict[str, object]] | None:
        for who in ("review", "decide"):
            headers = {"Authorization": f"Bearer {self.staff.tokens[who]}"}
            wanted = {"case_number": self.staff.case_number}
            answer = self.staff.api.get("/work-items", params=wanted, headers=headers)
            for item in answer.json()["items"]:
                if item["may_work"]:
                    return who, item
        return None

    def _sample(self, label: str, control: object) -> str:
        own = {"设置期限": "6", "银行账号": "6222020000000000000"}
        return next((own[name] for name in own if name in label), "") or super()._sample(label, control)


@pytest.fixture
def begin() -> Iterator[Begin]:
    """
    Give a function that begins an application; the connections of staff are closed at the end.
    """
    begun: list[InAnothersName] = []

    def start(visitor: Visitor, *, name: str, offering: str) -> InAnothersName:
        begun.append(InAnothersName(visitor, name=name, offering=offering))
        return begun[-1]

    yield start
    for one in begun:
        one.end()


def sees_the_decision(visitor: Visitor, number: str, *, agent: str, name: str) -> None:
    """
    See that the case is granted, and through whom it was applied for.
    """
    assert visitor.open(f"/my/cases/{number}/") == 200
    main = visitor.page.locator("main")
    main.get_by_text("准予").first.wait_for()
    assert agent in main.inner_text()
    is_sound(visitor, name)


def is_sound(visitor: Visitor, name: str) -> None:
    visitor.keep(name)
    assert visitor.violations() == []
    assert visitor.overflow() <= 0
    assert visitor.missing_icons() == []
    assert visitor.complaints == []


class TestAgentOfACompany:
    def test_begins_in_the_companys_name_with_what_is_known_of_it(self, visit: Visit) -> None:
        visitor = visit(DESK)
        log_in(visitor, AGENT)
        is_sound(visitor, "acting-home-oneself-desk")
        switch_to(visitor, COMPANY)
        is_sound(visitor, "acting-home-company-desk")

        visitor.open(f"/apply/{PERMIT}/")
        visitor.page.locator("main form button[type=submit]").first.click()
        visitor.page.wait_for_url(re.compile(r"/apply/drafts/|/apply/.+/(situation|form)/"))

        assert COMPANY in visitor.page.locator(".tb-acting").inner_text()
        visitor.open("/my/")
        assert "还没有提交" in visitor.page.inner_text("main")
        visitor.open("/my/acting/")
        visitor.page.get_by_role("button", name="以本人身份办理").click()
        visitor.page.wait_for_url("**/my/")
        assert visitor.page.locator(".tb-acting--other").count() == 0
        assert "还没有提交" not in visitor.page.inner_text("main")

    def test_applies_and_both_see_what_became_of_it(self, visit: Visit, begin: Begin) -> None:
        agent = visit(DESK)
        log_in(agent, AGENT)
        switch_to(agent, COMPANY)
        walk = begin(agent, name="agent", offering=PERMIT)

        number = walk.apply()
        assert COMPANY in agent.page.locator("main").inner_text()
        walk.decide()

        sees_the_decision(agent, number, agent=MASKED_AGENT, name="acting-agent-decision-desk")
        boss = visit(DESK)
        log_in(boss, REPRESENTATIVE)
        assert boss.open(f"/my/cases/{number}/") == 404
        switch_to(boss, COMPANY)
        sees_the_decision(boss, number, agent=MASKED_AGENT, name="acting-representative-decision-desk")
        boss.open("/my/licences/")
        assert boss.page.locator(".tb-licence", has_text="大型户外广告设置许可证").count() == 1
        agent.open("/my/acting/")
        agent.page.get_by_role("button", name="以本人身份办理").click()
        agent.page.wait_for_url("**/my/")
        assert agent.open(f"/my/cases/{number}/") == 404
        assert boss.complaints == []

    def test_finds_out_beforehand_that_a_unit_applies_only_in_its_name(self, visit: Visit) -> None:
        visitor = visit(PHONE)
        log_in(visitor, AGENT)

        visitor.open(f"/apply/{PERMIT}/")

        visitor.page.get_by_text("这一项只受理单位的申请").wait_for()
        is_sound(visitor, "acting-units-only-phone")
        visitor.page.locator("main").get_by_role("link", name="切换身份").click()
        visitor.page.locator("#choices li", has_text=COMPANY).wait_for()

    def test_sees_the_company_and_its_pages_on_a_narrow_phone(self, visit: Visit) -> None:
        visitor = visit(NARROW)
        log_in(visitor, AGENT)

        for path, name in (
            ("/my/acting/", "acting-choices-phone"),
            ("/my/entities/", "entities-phone"),
            ("/my/mandates/", "mandates-phone"),
            ("/my/entities/register/", "entity-register-phone"),
        ):
            assert visitor.open(path) == 200
            is_sound(visitor, name)


class TestClerk:
    def test_writes_a_guardianship_down_finds_it_and_ends_it(self, visit: Visit) -> None:
        clerk = visit(DESK)
        sign_in(clerk, "hall.clerk1")
        fields = clerk.page.locator("main form").first
        clerk.open("/desk/guardians/")
        for control, text in (
            ("guardian_id_number", REPRESENTATIVE),
            ("guardian_name", "孙创业"),
            ("guardian_mobile", "15400000011"),
            ("ward_id_number", CHILD),
            ("ward_name", "孙小宝"),
            ("note", "户口簿 511602-0001"),
        ):
            fields.locator(f"#f-{control}").fill(text)
        fields.locator("#f-evidence").select_option("HOUSEHOLD_BOOK")
        fields.get_by_role("button", name="登记监护").click()
        clerk.page.get_by_text("监护已登记").wait_for()

        clerk.open("/desk/mandates/")
        clerk.page.fill("#f-number", CHILD)
        clerk.page.fill("#f-name", "孙小宝")
        clerk.page.get_by_role("button", name="查找", exact=True).click()
        clerk.page.locator("main summary", has_text="终止").click()
        is_sound(clerk, "desk-mandate-found")
        clerk.page.locator("main textarea").fill("(2026) 川 1602 民特 2 号")
        clerk.page.get_by_role("button", name="终止，立即生效").click()

        clerk.page.get_by_text("已通知双方").wait_for()
        guardian = visit(PHONE)
        log_in(guardian, REPRESENTATIVE)
        reads_message(guardian, "授权已终止")
        guardian.open("/my/acting/")
        assert guardian.page.locator("#choices li", has_text="孙*宝").count() == 0


def reads_message(visitor: Visitor, words: str) -> None:
    """
    Read a message that the worker delivers.
    """
    visitor.open("/my/messages/")
    visitor.reload_until_there(visitor.page.get_by_text(words))


class TestRelativeOfAnElder:
    def test_sends_nothing_in_the_wrong_name(self, visit: Visit) -> None:
        visitor = visit(PHONE)
        log_in(visitor, RELATIVE)
        switch_to(visitor, ELDER)
        visitor.open(f"/apply/{ALLOWANCE}/")
        other = visitor.page.context.new_page()
        other.goto(visitor.node.at("/my/acting/"))
        other.get_by_role("button", name="以本人身份办理").click()
        other.wait_for_url("**/my/")

        visitor.page.locator("main form button[type=submit]").first.click()
        visitor.page.get_by_role("heading", name="办理身份已切换，这一步没有办理").wait_for()
        visitor.keep("acting-changed-phone")
        visitor.page.get_by_role("button", name=re.compile("切换回")).click()

        visitor.page.locator(".tb-acting--other", has_text=ELDER).wait_for()
        assert "/apply/" in visitor.page.url

    def test_applies_and_both_see_what_became_of_it_until_the_elder_takes_it_back(
        self, visit: Visit, begin: Begin
    ) -> None:
        relative = visit(PHONE)
        log_in(relative, RELATIVE)
        switch_to(relative, ELDER)
        walk = begin(relative, name="relative", offering=ALLOWANCE)

        number = walk.apply()
        walk.decide()

        sees_the_decision(relative, number, agent=MASKED_RELATIVE, name="acting-relative-decision-phone")
        elder = visit(PHONE)
        log_in(elder, AGED)
        elder.page.get_by_text("高龄津贴").first.wait_for()
        sees_the_decision(elder, number, agent=MASKED_RELATIVE, name="acting-elder-decision-phone")
        elder.open("/my/mandates/")
        elder.page.locator("#given a", has_text=MASKED_RELATIVE).click()
        elder.page.get_by_role("button", name="终止这项授权").click()
        elder.page.locator("[data-confirm-yes]").click()
        elder.page.get_by_text("授权已终止").first.wait_for()
        # The page is still open in the relative's browser: what he presses there is refused, and says why.
        relative.page.locator("main").get_by_role("link", name=re.compile("评价")).first.click()
        relative.page.get_by_role("button", name="以本人身份继续").wait_for()
        relative.keep("acting-relative-ended-phone")
        assert elder.open(f"/my/cases/{number}/") == 200
