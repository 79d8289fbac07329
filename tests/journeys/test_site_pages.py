"""
Every page of the public site, as people see it: on a desk, on a phone, on the narrowest phone, in both editions.
"""

from collections.abc import Callable

import pytest

from tests.journeys.conftest import DESK, NARROW, PHONE, Visitor

pytestmark = pytest.mark.browser

HYGIENE = "511A0015500009-511602000000-000-115113016823646795-1-00"
PASSPORT = "511602-demo-ordinary-passport"

PAGES = {
    "home": "/",
    "search-start": "/search",
    "search-nothing": "/search?q=%E9%87%8F%E5%AD%90%E7%BA%A0%E7%BC%A0%E7%81%AB%E7%AE%AD",
    "themes": "/browse/",
    "persons": "/browse/person/",
    "legal-entities": "/browse/legal/",
    "theme": "/browse/person/085/",
    "agencies": "/agencies/",
    "agency": "/agencies/115113016823646795/",
    "events": "/events/",
    "regions": "/regions/",
    "guide": f"/items/{HYGIENE}/",
    "guide-print": f"/items/{HYGIENE}/print",
    "guide-passport": f"/items/{PASSPORT}/",
    "help": "/help",
    "accessibility": "/accessibility",
    "sitemap": "/sitemap",
    "open-data": "/open-data/",
}

Visit = Callable[..., Visitor]


class TestEveryPage:
    @pytest.mark.parametrize("name", PAGES)
    def test_stands_on_a_desk(self, visit: Visit, name: str) -> None:
        visitor = visit(DESK)

        status = visitor.open(PAGES[name])

        visitor.keep(f"site-{name}-desk")
        assert status == 200
        assert visitor.overflow() == 0
        assert visitor.missing_icons() == []
        assert visitor.violations() == []
        assert visitor.complaints == []

    @pytest.mark.parametrize("name", PAGES)
    def test_stands_on_a_phone(self, visit: Visit, name: str) -> None:
        visitor = visit(PHONE)

        status = visitor.open(PAGES[name])

        visitor.keep(f"site-{name}-phone")
        assert status == 200
        assert visitor.overflow() == 0
        assert visitor.violations() == []
        assert visitor.complaints == []

    @pytest.mark.parametrize("name", PAGES)
    def test_fits_360_pixels_in_the_elder_edition(self, visit: Visit, name: str) -> None:
        visitor = visit(NARROW)
        visitor.open("/help")
        visitor.page.get_by_role("button", name="长者版").click()

        status = visitor.open(PAGES[name])

        assert status == 200
        assert visitor.page.locator("html.tb-elder").count() == 1
        assert visitor.overflow() == 0
        assert visitor.violations() == []

    @pytest.mark.parametrize("name", ["home", "guide", "persons"])
    def test_fits_at_200_percent_zoom(self, visit: Visit, name: str) -> None:
        # 200 % on a screen 1280 wide leaves 640 CSS pixels.
        visitor = visit({"width": 640, "height": 450})

        visitor.open(PAGES[name])

        assert visitor.overflow() == 0
        assert visitor.violations() == []


class TestAPageThatIsNotThere:
    def test_says_what_happened_why_and_what_next(self, visit: Visit) -> None:
        visitor = visit(PHONE)

        status = visitor.open("/items/no-such-item/")

        visitor.keep("site-not-found-phone")
        assert status == 404
        assert visitor.page.get_by_role("heading", level=1).inner_text() == "没有编号为 no-such-item 的事项"
        assert visitor.page.get_by_text("为什么").count() == 1
        assert visitor.page.get_by_text("接下来怎么办").count() == 1
        assert visitor.violations() == []


class TestTheGuide:
    def test_lists_materials_by_situation_without_script(self, visit: Visit) -> None:
        visitor = visit(PHONE, java_script_enabled=False)
        visitor.open(f"/items/{PASSPORT}/")
        all_materials = visitor.page.locator("#materials tbody tr").count()
        first = visitor.page.locator("#what fieldset").first.get_by_role("radio").first

        first.check()
        visitor.page.get_by_role("button", name="按情形列出材料").click()

        assert f"{first.get_attribute('name')}=" in visitor.page.url
        assert visitor.page.locator("#materials tbody tr").count() < all_materials
        assert "列出" in visitor.page.locator("#materials").inner_text()

    def test_changes_the_list_at_once_where_script_runs(self, visit: Visit) -> None:
        visitor = visit(DESK)
        visitor.open(f"/items/{PASSPORT}/#what")
        all_materials = visitor.page.locator("#materials tbody tr").count()

        with visitor.page.expect_response(lambda answer: "s-" in answer.url):
            visitor.page.locator("#what fieldset").first.locator("label").first.click()
        visitor.page.wait_for_function(
            f"document.querySelectorAll('#materials tbody tr').length < {all_materials}"
        )

        assert visitor.page.locator("main h1").count() == 1
        assert visitor.complaints == []

    def test_has_tabs_that_obey_the_arrow_keys(self, visit: Visit) -> None:
        visitor = visit(DESK)
        visitor.open(f"/items/{HYGIENE}/")
        tabs = visitor.page.get_by_role("tab")

        tabs.first.focus()
        visitor.page.keyboard.press("ArrowRight")
        visitor.page.keyboard.press("ArrowRight")

        assert tabs.nth(2).get_attribute("aria-selected") == "true"
        assert visitor.page.locator("#conditions").is_visible()
        assert not visitor.page.locator("#how").is_visible()

    def test_shows_every_part_without_script(self, visit: Visit) -> None:
        visitor = visit(DESK, java_script_enabled=False)

        visitor.open(f"/items/{HYGIENE}/")

        for part in ("how", "what", "conditions", "basis", "places", "questions"):
            assert visitor.page.locator(f"#{part}").is_visible()

    def test_keeps_the_way_to_apply_in_reach_on_a_phone(self, visit: Visit) -> None:
        visitor = visit(PHONE)
        visitor.open(f"/items/{HYGIENE}/")

        visitor.page.mouse.wheel(0, 4000)
        visitor.page.wait_for_timeout(200)

        assert visitor.page.get_by_role("link", name="在线办理").is_visible()
        assert visitor.page.get_by_role("link", name="在线办理").get_attribute("href") == f"/apply/{HYGIENE}/"


class TestPreferences:
    def test_switch_to_english_and_back(self, visit: Visit) -> None:
        visitor = visit(DESK)
        visitor.open("/help")

        visitor.page.get_by_role("button", name="English").click()

        assert visitor.page.url.endswith("/help")
        assert visitor.page.locator("html").get_attribute("lang") == "en"

        visitor.page.get_by_role("button", name="中文").click()

        assert visitor.page.locator("html").get_attribute("lang") == "zh-CN"

    def test_make_the_elder_edition_a_quarter_larger_with_targets_of_60_pixels(self, visit: Visit) -> None:
        visitor = visit(PHONE)
        visitor.open("/")

        visitor.page.get_by_role("button", name="长者版").click()

        assert visitor.page.evaluate("getComputedStyle(document.documentElement).fontSize") == "20px"
        for name in ("打电话", "帮我办"):
            box = visitor.page.locator(".tb-elderbar").get_by_role("link", name=name).bounding_box()
            assert box is not None
            assert box["height"] >= 60
        visitor.keep("site-home-elder-phone")

    def test_work_without_script(self, visit: Visit) -> None:
        visitor = visit(PHONE, java_script_enabled=False)
        visitor.open("/help")

        visitor.page.get_by_role("button", name="长者版").click()

        assert visitor.page.locator("html.tb-elder").count() == 1


class TestTheKeyboardAlone:
    def test_reaches_the_text_by_the_first_key(self, visit: Visit) -> None:
        visitor = visit(DESK)
        visitor.open("/help")

        visitor.page.keyboard.press("Tab")
        visitor.page.keyboard.press("Enter")

        assert visitor.page.evaluate("document.activeElement.id") == "main"
