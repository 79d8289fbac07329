"""
The desk's inbox, one case, and what can be done with it.
"""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from tests.factories import casework as make
from tests.factories import identity as people
from tongban.business.casework.models import Case
from tongban.business.casework.values import CaseStatus, Dispute
from tongban.business.catalogue.values import FieldType, FormField, Prefill
from tongban.foundation import clock, events
from tongban.foundation.actors import Actor
from tongban.foundation.models import AuditEntry
from tongban.support.identity.values import Post, Role

pytestmark = pytest.mark.django_db

PERSONAL = (
    FormField(key="contact", label="联系人", prefill=Prefill.PERSON_NAME),
    FormField(key="home", label="住所", type=FieldType.ADDRESS),
    FormField(key="account", label="银行账号", is_personal=True),
    FormField(key="shop_name", label="场所名称"),
)
PERSONAL_ANSWERS = {
    "contact": "赵联系",
    "home": "广安区示例路1号",
    "account": "6222000000001234",
    "shop_name": "清风理发店",
}
IN_CLEAR = ("王小明", "11010519491231002X", "13900000001", "赵联系", "广安区示例路1号", "6222000000001234")


def member(*posts: Post) -> Actor:
    return people.staff(*posts, agency_code=make.AGENCY, division_code=make.DIVISION)


def browser_of(actor: Actor) -> Client:
    browser = Client()
    people.log_in(browser, actor, at=clock.now())
    return browser


@pytest.fixture
def number() -> str:
    at = clock.now()
    make.publish(at=at)
    return make.submit(at=at).case_number


def post(browser: Client, address: str, **typed: Any) -> Any:
    return browser.post(address, typed)


def item_on(page: Any) -> str:
    return re.search(r'name="item" value="([^"]+)"', page.content.decode())[1]  # type: ignore[index]


def conclude(browser: Client, number: str, outcome: str, **typed: str) -> Any:
    address = f"/desk/cases/{number}/opinion/{outcome}/"
    return post(browser, address, item=item_on(browser.get(address)), **typed)


class TestInbox:
    def test_shows_what_waits_with_its_light_and_masked_names(self, number: str) -> None:
        page = browser_of(member(Post.ACCEPTANCE)).get("/desk/")

        assert page.status_code == 200
        text = page.content.decode()
        assert number[-4:] in text
        assert "按期" in text
        assert "王*明" in text
        assert "王小明" not in text

    def test_is_closed_to_persons_and_asks_strangers_to_log_in(self, number: str) -> None:
        person = people.citizen()

        assert browser_of(person).get("/desk/").status_code == 403
        door = Client().get("/desk/").headers["Location"]
        assert door.startswith("/my/login/")
        assert "工作人员登录" in Client().get(door).content.decode()

    def test_hides_cases_of_another_agency(self, number: str) -> None:
        stranger = people.staff(Post.ACCEPTANCE, agency_code=make.OTHER_AGENCY, division_code=make.DIVISION)
        browser = browser_of(stranger)

        assert number not in browser.get("/desk/").content.decode()
        assert browser.get(f"/desk/cases/{number}/").status_code == 404


class TestDisputedData:
    @pytest.fixture
    def disputed(self, number: str) -> str:
        dispute = Dispute(fields=["shop_name"], remark="店名早已<改>了")
        return make.submit(at=clock.now(), dispute=dispute).case_number

    @pytest.mark.parametrize("address", ["/desk/cases/{number}/", "/desk/cases/{number}/panel/"])
    def test_are_named_on_the_page_and_beside_the_list(self, disputed: str, address: str) -> None:
        browser = browser_of(member(Post.ACCEPTANCE))

        page = browser.get(address.format(number=disputed)).content.decode()

        assert "申请人说预填的信息不对，请核对" in page
        assert '<ul class="tb-bullets"><li>场所名称</li></ul>' in page
        assert "店名早已" not in page
        assert "申请人另有文字说明" in page

    def test_are_read_in_the_applicants_words_with_a_purpose_only(self, disputed: str) -> None:
        browser = browser_of(member(Post.ACCEPTANCE))

        clear = post(browser, f"/desk/cases/{disputed}/reveal/", purpose="ACCEPTANCE").content.decode()

        assert "申请人的说明：店名早已&lt;改&gt;了" in clear

    def test_are_not_spoken_of_where_there_are_none(self, number: str) -> None:
        page = browser_of(member(Post.ACCEPTANCE)).get(f"/desk/cases/{number}/").content.decode()

        assert "预填" not in page


class TestCasePage:
    def test_accepts_and_says_by_when(self, number: str) -> None:
        browser = browser_of(member(Post.ACCEPTANCE))
        page = browser.get(f"/desk/cases/{number}/")
        assert f"/desk/cases/{number}/accept/" in page.content.decode()

        answer = post(browser, f"/desk/cases/{number}/accept/", version="1", opinion="齐全")

        assert answer.status_code == 302
        assert Case.objects.get(number=number).status == CaseStatus.ACCEPTED

    def test_keeps_what_was_typed_when_the_case_has_moved_on(self, number: str) -> None:
        browser = browser_of(member(Post.ACCEPTANCE))
        make.accept(number, at=clock.now())

        answer = post(
            browser,
            f"/desk/cases/{number}/refuse-acceptance/",
            version="1",
            reason="不属于本机关职权",
            competent_agency="市场监督管理局",
        )

        text = answer.content.decode()
        assert answer.status_code == 409
        assert "不属于本机关职权" in text
        assert "市场监督管理局" in text
        assert "受理" in text
        assert Case.objects.get(number=number).status == CaseStatus.ACCEPTED

    def test_asks_for_a_correction_with_a_reason_for_each_thing(self, number: str) -> None:
        browser = browser_of(member(Post.COUNTER))
        without_reason = post(
            browser, f"/desk/cases/{number}/correction/", version="1", codes="floor_plan", working_days="10"
        )
        assert without_reason.status_code == 422

        answer = browser.post(
            f"/desk/cases/{number}/correction/",
            {"version": "1", "codes": "floor_plan", "reason-floor_plan": "不清晰", "working_days": "10"},
        )

        assert answer.status_code == 302
        assert Case.objects.get(number=number).status == CaseStatus.CORRECTION

    def test_goes_through_review_and_decision(self, number: str) -> None:
        make.accept(number, at=clock.now())
        events.deliver_all(at=clock.now() + timedelta(seconds=1))
        reviewer, decider = browser_of(member(Post.REVIEW)), browser_of(member(Post.DECISION))
        assert number[-4:] in reviewer.get("/desk/").content.decode()

        post(reviewer, f"/desk/cases/{number}/claim/", item=item_on(reviewer.get(f"/desk/cases/{number}/")))
        conclude(reviewer, number, "pass", opinion="符合")
        events.deliver_all(at=clock.now() + timedelta(seconds=1))
        refused = conclude(decider, number, "refuse", opinion="", legal_basis="")
        conclude(decider, number, "grant", opinion="准予")
        events.deliver_all(at=clock.now() + timedelta(seconds=1))

        assert refused.status_code == 422
        assert Case.objects.get(number=number).status == CaseStatus.CLOSED

    def test_keeps_an_opinion_on_a_stage_that_is_over(self, number: str) -> None:
        make.accept(number, at=clock.now())
        events.deliver_all(at=clock.now() + timedelta(seconds=1))
        late, quick = browser_of(member(Post.REVIEW)), browser_of(member(Post.REVIEW, Post.DECISION))
        item = item_on(late.get(f"/desk/cases/{number}/opinion/pass/"))
        conclude(quick, number, "pass", opinion="符合")
        conclude(quick, number, "return", opinion="请再看消防一节")

        answer = post(late, f"/desk/cases/{number}/opinion/pass/", item=item, opinion="写了很久的意见")

        assert answer.status_code == 409
        assert "写了很久的意见" in answer.content.decode()
        assert conclude(quick, number, "pass", opinion="已补看").status_code == 302

    def test_keeps_an_opinion_where_nothing_is_open_any_more(self, number: str) -> None:
        make.accept(number, at=clock.now())
        events.deliver_all(at=clock.now() + timedelta(seconds=1))
        both = browser_of(member(Post.REVIEW, Post.DECISION))
        conclude(both, number, "pass", opinion="符合")
        item = item_on(both.get(f"/desk/cases/{number}/opinion/grant/"))
        conclude(both, number, "grant", opinion="准予")
        events.deliver_all(at=clock.now() + timedelta(seconds=1))

        answer = post(both, f"/desk/cases/{number}/opinion/refuse/", item=item, opinion="写了很久的理由")

        assert answer.status_code == 409
        assert "写了很久的理由" in answer.content.decode()
        assert 'type="submit"' not in answer.content.decode().partition("<main")[2].partition("</main")[0]

    def test_reveals_applicant_and_form_only_with_a_purpose(self) -> None:
        browser = browser_of(member(Post.REVIEW))
        make.publish(form=PERSONAL, at=clock.now())
        number = make.submit(form=PERSONAL_ANSWERS, at=clock.now()).case_number

        masked = browser.get(f"/desk/cases/{number}/").content.decode()
        refused = post(browser, f"/desk/cases/{number}/reveal/", purpose=" ")
        clear = post(browser, f"/desk/cases/{number}/reveal/", purpose="EXAMINATION").content.decode()

        assert {text for text in IN_CLEAR if text in masked} == set()
        assert "清风理发店" in masked
        assert "个人信息已隐去" in masked
        assert (refused.status_code, refused["Location"]) == (302, f"/desk/cases/{number}/")
        assert {text for text in IN_CLEAR if text not in clear} == set()
        assert "清风理发店" in clear
        assert "个人信息已隐去" not in clear
        assert list(
            AuditEntry.objects.filter(action="casework.case.reveal").values_list("facts", flat=True)
        ) == [{"purpose": "EXAMINATION", "words": ""}]

    def test_offers_no_look_at_personal_data_to_whoever_only_watches(self, number: str) -> None:
        watching = people.staff(
            roles=[Role.SUPERVISOR], agency_code=make.OTHER_AGENCY, division_code=make.DIVISION
        )
        browser = browser_of(watching)

        page = browser.get(f"/desk/cases/{number}/").content.decode()
        refused = post(browser, f"/desk/cases/{number}/reveal/", purpose="核对身份")

        assert "王*明" in page
        assert f"/desk/cases/{number}/reveal/" not in page
        assert refused.status_code == 403
        assert "11010519491231002X" not in refused.content.decode()
