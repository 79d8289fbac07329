"""
The pages of a counter that serves other cities.
"""

import pytest
from django.test import Client

from tests.factories import casework as make
from tests.factories import identity as people
from tests.integration.business.crossregion.conftest import COUNTER, DECIDING, TwoCities
from tongban.business.casework import services as casework
from tongban.business.casework.values import CorrectionItem
from tongban.support.identity.values import Post

pytestmark = pytest.mark.django_db

CARD = {"id_number": people.id_number(sequence=77), "name": "赵老伯", "mobile": "13900000077"}
TYPED = {**CARD, "a-shop_name": "老伯理发店", "a-floor_area": "30", "submit": "1"}


@pytest.fixture
def browser(two: TwoCities) -> Client:
    """
    Give a clerk's browser at the counter.
    """
    browser = Client()
    clerk = people.staff(Post.COUNTER, agency_code="11510100MB0000001A", division_code=COUNTER)
    people.log_in(browser, clerk, at=two.at)
    return browser


class TestCounter:
    def test_finds_takes_follows_and_corrects(self, two: TwoCities, browser: Client) -> None:
        with two.country.located(COUNTER):
            found = browser.get("/desk/elsewhere/find/", {"node": DECIDING, "q": "公共场所"}).content.decode()
            here = f"/desk/elsewhere/form/{DECIDING}/{two.code}/"
            form = browser.get(here).content.decode()
            key = form.partition('name="key" value="')[2].partition('"')[0]
            missing = browser.post(here, {**TYPED, "key": key})
            done = browser.post(here, {**TYPED, "key": key, "paper-floor_plan": "1"})
            receipt = browser.get(done.headers["Location"]).content.decode()
        two.go_on()
        case = two.case()
        with two.country.located(DECIDING):
            casework.request_correction(
                number=case.number,
                items=make.correction(),
                actor=make.clerk("ACCEPTANCE"),
                at=two.at,
                calendar=make.CALENDAR,
            )
        two.go_on()
        with two.country.located(COUNTER):
            page = browser.get(f"/desk/elsewhere/{key}/").content.decode()
            sent = browser.post(f"/desk/elsewhere/{key}/supplement/", {"paper-floor_plan": "1"})
            listed = browser.get("/desk/elsewhere/").content.decode()
        two.go_on()

        assert here in found
        assert (missing.status_code, done.status_code, sent.status_code) == (422, 302, 302)
        assert "赵*伯" in receipt
        assert case.number in page
        assert "不清晰" in page
        assert "赵老伯" not in page + listed
        assert two.case().status == "CORRECTED"

    def test_corrects_the_form_without_showing_what_was_written(
        self, two: TwoCities, browser: Client
    ) -> None:
        two.hand_in()
        two.go_on()
        self.ask_for_the_form(two)
        with two.country.located(COUNTER):
            page = browser.get(f"/desk/elsewhere/{two.key}/").content.decode()
            here = f"/desk/elsewhere/{two.key}/supplement/"
            nothing = browser.post(here, {"a-shop_name": " "})
            wrong = browser.post(here, {"a-floor_area": "很大"})
            sent = browser.post(here, {"a-floor_area": "95", "a-shop_name": ""})
        two.go_on()

        assert 'name="a-floor_area"' in page
        assert "面积与平面图不符" in page
        assert make.FORM["shop_name"] not in page
        assert (nothing.status_code, wrong.status_code) == (422, 422)
        assert "很大" in wrong.content.decode()
        assert sent.status_code == 302
        with two.country.located(DECIDING):
            assert make.form_of(two.case().number) == {**make.FORM, "floor_area": "95"}

    def ask_for_the_form(self, two: TwoCities) -> None:
        with two.country.located(DECIDING):
            casework.request_correction(
                number=two.case().number,
                items=[CorrectionItem(material_code="", name="申请表", reason="面积与平面图不符")],
                actor=make.clerk("ACCEPTANCE"),
                at=two.at,
                calendar=make.CALENDAR,
            )
        two.go_on()

    def test_takes_what_was_typed_while_the_line_was_cut(self, two: TwoCities, browser: Client) -> None:
        here = f"/desk/elsewhere/form/{DECIDING}/{two.code}/"
        with two.country.located(COUNTER):
            form = browser.get(here).content.decode()
        hidden = {
            name: form.partition(f'name="{name}" value="')[2].partition('"')[0] for name in ("key", "guide")
        }
        with two.cut(), two.country.located(COUNTER):
            done = browser.post(here, {**TYPED, **hidden, "paper-floor_plan": "1"})
            forged = browser.post(here, {**TYPED, **hidden, "guide": hidden["guide"][:-2]})
        two.go_on()

        assert (done.status_code, forged.status_code) == (302, 502)
        assert two.case().number

    def test_says_that_the_city_is_silent(self, two: TwoCities, browser: Client) -> None:
        with two.cut(), two.country.located(COUNTER):
            answer = browser.get("/desk/elsewhere/find/", {"node": DECIDING})

        assert answer.status_code == 502
        assert "联系不上" in answer.content.decode()
