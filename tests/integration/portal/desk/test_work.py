"""
Work at the desk: take up, hand over, end a stage, and what a page says when somebody else was quicker.
"""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests.factories import casework as make
from tests.factories import identity as people
from tongban.business.casework.models import Case
from tongban.business.casework.values import CaseStatus
from tongban.business.handling.models import WorkItem
from tongban.business.handling.values import WorkItemState
from tongban.foundation import clock, events
from tongban.foundation.actors import Actor
from tongban.portal.desk.views.cases import MOST_POLLS
from tongban.support.identity.values import Post

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def member(*posts: Post, name: str = "李工", agency_code: str = make.AGENCY) -> Actor:
    return people.staff(*posts, name=name, agency_code=agency_code, division_code=make.DIVISION)


def browser_of(actor: Actor) -> Client:
    browser = Client()
    people.log_in(browser, actor, at=clock.now())
    return browser


def settle() -> None:
    """
    Let the apps hear what the others have announced.
    """
    events.deliver_all(at=clock.now() + timedelta(seconds=1))


def main_of(page: Any) -> str:
    """
    Return what stands in the middle of a page of the desk.
    """
    text: str = page.content.decode()
    return text.partition("<main")[2].partition("</main")[0]


def item_on(page: Any) -> str:
    found = re.search(r'name="item" value="([^"]+)"', page.content.decode())
    assert found is not None, "the page names no work item"
    return found[1]


def open_item(number: str) -> WorkItem:
    return WorkItem.objects.open().get(dossier_id=number)


def claim(browser: Client, number: str, item: str | None = None) -> Any:
    item = item or item_on(browser.get(f"/desk/cases/{number}/"))
    return browser.post(f"/desk/cases/{number}/claim/", {"item": item})


def conclude(browser: Client, number: str, outcome: str, **typed: str) -> Any:
    address = f"/desk/cases/{number}/opinion/{outcome}/"
    return browser.post(address, {"item": item_on(browser.get(address)), **typed})


@pytest.fixture
def number() -> str:
    """
    An accepted case that waits for its review.
    """
    at = clock.now()
    make.publish(at=at)
    accepted = make.submit(at=at).case_number
    make.accept(accepted, at=at)
    settle()
    return accepted


@pytest.fixture
def reviewer() -> Client:
    return browser_of(member(Post.REVIEW, name="孙审查"))


@pytest.fixture
def decider() -> Client:
    return browser_of(member(Post.DECISION, name="周决定"))


@pytest.fixture
def stranger() -> Client:
    """
    Somebody with every post of another agency.
    """
    return browser_of(member(Post.REVIEW, Post.DECISION, agency_code=make.OTHER_AGENCY))


@pytest.fixture
def reviewed(number: str, reviewer: Client) -> str:
    """
    A case that waits for its decision.
    """
    assert conclude(reviewer, number, "pass", opinion="符合条件").status_code == 302
    settle()
    return number


@pytest.fixture
def reported(reviewed: str, decider: Client) -> str:
    """
    A case whose decision is reported and not taken over.
    """
    assert conclude(decider, reviewed, "grant", opinion="准予").status_code == 302
    return reviewed


class TestClaiming:
    def test_takes_the_item_up(self, number: str, reviewer: Client) -> None:
        answer = claim(reviewer, number)

        assert (answer.status_code, answer.headers["Location"]) == (302, f"/desk/cases/{number}/")
        assert open_item(number).claimed_name == "孙审查"
        after = reviewer.get(f"/desk/cases/{number}/")
        assert "已领取" in main_of(after)
        assert f"/desk/cases/{number}/hand-over/" in main_of(after)

    def test_says_who_was_quicker_on_the_page_of_the_case(self, number: str, reviewer: Client) -> None:
        late = browser_of(member(Post.REVIEW))
        item = item_on(late.get(f"/desk/cases/{number}/"))
        claim(reviewer, number)

        answer = claim(late, number, item)

        assert answer.status_code == 409
        assert "该待办已由 孙审查 领取" in main_of(answer)
        assert "没有做任何改动" in main_of(answer)
        assert "孙审查 正在办理" in main_of(answer)
        assert open_item(number).claimed_name == "孙审查"

    def test_does_not_take_the_next_stage_up_instead(self, number: str, reviewer: Client) -> None:
        both = browser_of(member(Post.REVIEW, Post.DECISION))
        item = item_on(both.get(f"/desk/cases/{number}/"))
        conclude(reviewer, number, "pass", opinion="符合条件")

        answer = claim(both, number, item)

        assert answer.status_code == 409
        assert "该待办已办结或已取消" in main_of(answer)
        assert open_item(number).state == WorkItemState.READY

    @pytest.mark.parametrize("item", ["", "junk"])
    def test_needs_to_know_which(self, number: str, reviewer: Client, item: str) -> None:
        answer = reviewer.post(f"/desk/cases/{number}/claim/", {"item": item})

        assert answer.status_code == 409
        assert open_item(number).state == WorkItemState.READY

    def test_knows_no_item_of_another_case(self, number: str, reviewer: Client) -> None:
        other = make.submit(at=clock.now()).case_number

        answer = claim(reviewer, other, str(open_item(number).id))

        assert answer.status_code == 404
        assert open_item(number).state == WorkItemState.READY

    def test_is_not_offered_without_the_post_and_refused(self, number: str, decider: Client) -> None:
        page = decider.get(f"/desk/cases/{number}/")

        answer = claim(decider, number, str(open_item(number).id))

        assert page.status_code == 200
        assert "/claim/" not in main_of(page)
        assert "/opinion/" not in main_of(page)
        assert answer.status_code == 403
        assert open_item(number).state == WorkItemState.READY

    def test_is_nothing_a_stranger_may_know_of(self, number: str, stranger: Client) -> None:
        assert claim(stranger, number, str(open_item(number).id)).status_code == 404
        assert open_item(number).state == WorkItemState.READY


class TestHandingOver:
    @pytest.fixture
    def colleague(self) -> Actor:
        return member(Post.REVIEW, name="吴同事")

    @pytest.fixture
    def address(self, number: str, reviewer: Client) -> str:
        """
        The page to hand an item over that the reviewer has taken up.
        """
        claim(reviewer, number)
        return f"/desk/cases/{number}/hand-over/"

    def test_offers_colleagues_with_the_post_and_gives_the_item_to_one(
        self, number: str, address: str, reviewer: Client, colleague: Actor
    ) -> None:
        member(Post.DECISION, name="周决定")
        member(Post.REVIEW, name="郑外人", agency_code=make.OTHER_AGENCY)
        page = reviewer.get(address)
        names = re.findall(r'<option value="[0-9a-f-]{36}"[^>]*>([^<]+)<', main_of(page))

        answer = reviewer.post(address, {"item": item_on(page), "to_account": colleague.id})

        assert names == ["吴同事"]
        assert answer.status_code == 302
        assert "已移交" in main_of(reviewer.get(f"/desk/cases/{number}/"))
        assert str(open_item(number).claimed_by) == colleague.id
        assert conclude(browser_of(colleague), number, "pass", opinion="符合条件").status_code == 302

    def test_asks_for_somebody(self, number: str, address: str, reviewer: Client, colleague: Actor) -> None:
        answer = reviewer.post(address, {"item": item_on(reviewer.get(address)), "to_account": ""})

        assert answer.status_code == 422
        assert "请选择接收人" in main_of(answer)
        assert open_item(number).claimed_name == "孙审查"

    def test_refuses_somebody_without_the_post(
        self, number: str, address: str, reviewer: Client, colleague: Actor
    ) -> None:
        decider = member(Post.DECISION)

        answer = reviewer.post(address, {"item": item_on(reviewer.get(address)), "to_account": decider.id})

        assert answer.status_code == 422
        assert "该工作人员没有此岗位" in main_of(answer)
        assert open_item(number).claimed_name == "孙审查"

    def test_says_so_where_there_is_nobody(self, address: str, reviewer: Client) -> None:
        assert "没有可以移交的同事" in main_of(reviewer.get(address))

    def test_keeps_the_choice_where_the_item_has_come_again(
        self, number: str, address: str, reviewer: Client, decider: Client, colleague: Actor
    ) -> None:
        before = item_on(reviewer.get(address))
        conclude(reviewer, number, "pass", opinion="符合条件")
        conclude(decider, number, "return", opinion="请再看消防一节")

        answer = reviewer.post(address, {"item": before, "to_account": colleague.id})

        assert answer.status_code == 409
        assert "该待办已办结或已取消" in main_of(answer)
        assert f'value="{colleague.id}" selected' in main_of(answer)
        assert item_on(answer) == str(open_item(number).id)
        assert open_item(number).claimed_name == "孙审查"

    def test_shows_the_case_where_the_item_is_somebody_elses(
        self, number: str, address: str, reviewer: Client, colleague: Actor
    ) -> None:
        other = browser_of(colleague)

        asked = other.get(address)
        sent = other.post(address, {"item": str(open_item(number).id), "to_account": colleague.id})

        for answer in (asked, sent):
            assert answer.status_code == 409
            assert "该待办已由 孙审查 领取" in main_of(answer)
        assert open_item(number).claimed_name == "孙审查"

    def test_shows_the_case_where_the_stage_is_over(
        self, number: str, address: str, reviewer: Client
    ) -> None:
        both = browser_of(member(Post.REVIEW, Post.DECISION))
        conclude(reviewer, number, "pass", opinion="符合条件")
        conclude(both, number, "grant", opinion="准予")

        answer = both.get(address)

        assert answer.status_code == 409
        assert "该待办已办结或已取消" in main_of(answer)

    def test_is_refused_without_the_post(self, address: str, decider: Client) -> None:
        assert decider.get(address).status_code == 403

    def test_is_nothing_a_stranger_may_know_of(self, address: str, stranger: Client) -> None:
        assert stranger.get(address).status_code == 404

    def test_takes_few_queries(
        self,
        address: str,
        reviewer: Client,
        colleague: Actor,
        django_assert_num_queries: DjangoAssertNumQueries,
    ) -> None:
        reviewer.get(address)

        # session, sign-in, case, timeline, notices, labels, item, colleagues, side bar (two)
        with django_assert_num_queries(10):
            reviewer.get(address)

        for _colleague in range(12):
            member(Post.REVIEW)

        with django_assert_num_queries(10):
            reviewer.get(address)


class TestEndingAStage:
    def test_passes_on_to_the_decision(self, number: str, reviewer: Client) -> None:
        answer = conclude(reviewer, number, "pass", opinion="符合条件")

        assert (answer.status_code, answer.headers["Location"]) == (302, f"/desk/cases/{number}/")
        assert open_item(number).stage == "DECISION"

    def test_returns_to_whoever_reviewed(self, reviewed: str, decider: Client) -> None:
        answer = conclude(decider, reviewed, "return", opinion="请再看消防一节")

        assert answer.status_code == 302
        again = open_item(reviewed)
        assert (again.stage, again.claimed_name) == ("REVIEW", "孙审查")

    def test_grants(self, reviewed: str, decider: Client) -> None:
        answer = conclude(decider, reviewed, "grant", opinion="准予", conditions="三年内有效")
        settle()

        assert answer.status_code == 302
        assert Case.objects.get(number=reviewed).status == CaseStatus.CLOSED
        assert WorkItem.objects.get(dossier_id=reviewed, stage="DECISION").conditions == "三年内有效"

    def test_refuses_with_its_basis(self, reviewed: str, decider: Client) -> None:
        answer = conclude(
            decider, reviewed, "refuse", opinion="面积不足", legal_basis="《公共场所卫生管理条例》第四条\n\n"
        )
        settle()

        assert answer.status_code == 302
        assert WorkItem.objects.get(dossier_id=reviewed, stage="DECISION").legal_basis == [
            "《公共场所卫生管理条例》第四条"
        ]
        assert Case.objects.get(number=reviewed).state["decision"]["outcome"] == "REFUSE"

    def test_says_all_that_is_missing_and_keeps_the_rest(self, reviewed: str, decider: Client) -> None:
        answer = conclude(decider, reviewed, "refuse", opinion="", legal_basis="", conditions="")

        assert answer.status_code == 422
        assert "请填写意见" in main_of(answer)
        assert "请写明不予许可的法律依据" in main_of(answer)
        assert open_item(reviewed).state == WorkItemState.READY

    def test_keeps_what_was_typed_for_an_item_that_somebody_has_taken(
        self, number: str, reviewer: Client
    ) -> None:
        late = browser_of(member(Post.REVIEW))
        item = item_on(late.get(f"/desk/cases/{number}/opinion/pass/"))
        claim(reviewer, number)

        answer = late.post(f"/desk/cases/{number}/opinion/pass/", {"item": item, "opinion": "写了很久的意见"})

        assert answer.status_code == 409
        assert "该待办已由 孙审查 领取" in main_of(answer)
        assert "写了很久的意见" in main_of(answer)
        assert 'type="submit"' not in main_of(answer)
        assert open_item(number).stage == "REVIEW"

    def test_keeps_everything_typed_for_an_item_that_is_over(self, reviewed: str, decider: Client) -> None:
        late = browser_of(member(Post.DECISION))
        item = item_on(late.get(f"/desk/cases/{reviewed}/opinion/refuse/"))
        conclude(decider, reviewed, "grant", opinion="准予")

        answer = late.post(
            f"/desk/cases/{reviewed}/opinion/refuse/",
            {"item": item, "opinion": "写了很久的理由", "legal_basis": "查了很久的依据"},
        )

        assert answer.status_code == 409
        assert "该待办已办结或已取消" in main_of(answer)
        assert "写了很久的理由" in main_of(answer)
        assert "查了很久的依据" in main_of(answer)
        assert "没有丢" in main_of(answer)

    @pytest.mark.parametrize("item", ["", "junk", "00000000-0000-4000-8000-00000000dead"])
    def test_keeps_what_was_typed_for_an_item_that_never_was(
        self, number: str, reviewer: Client, item: str
    ) -> None:
        answer = reviewer.post(
            f"/desk/cases/{number}/opinion/pass/", {"item": item, "opinion": "写了很久的意见"}
        )

        assert answer.status_code == (409 if len(item) < len(str(make.PERSON_ID)) else 404)
        assert "写了很久的意见" in main_of(answer)
        assert open_item(number).stage == "REVIEW"

    def test_keeps_what_was_typed_when_a_special_procedure_began_meanwhile(
        self, reviewed: str, decider: Client
    ) -> None:
        item = item_on(decider.get(f"/desk/cases/{reviewed}/opinion/grant/"))
        make.hold_hearing(reviewed, at=clock.now())
        settle()

        sent = decider.post(
            f"/desk/cases/{reviewed}/opinion/grant/", {"item": item, "opinion": "写了很久的意见"}
        )
        asked = decider.get(f"/desk/cases/{reviewed}/opinion/grant/")

        for answer in (sent, asked):
            assert answer.status_code == 409
            assert "办件处于特别程序中" in main_of(answer)
        assert "写了很久的意见" in main_of(sent)

    @pytest.mark.parametrize(
        ("outcome", "says"), [("grant", "本环节不能作出该处理"), ("return", "本环节不能作出该处理")]
    )
    def test_shows_the_case_where_the_stage_cannot_end_like_that(
        self, number: str, outcome: str, says: str
    ) -> None:
        both = browser_of(member(Post.REVIEW, Post.DECISION))

        answer = both.get(f"/desk/cases/{number}/opinion/{outcome}/")

        assert answer.status_code == 409
        assert says in main_of(answer)
        assert f"/desk/cases/{number}/opinion/pass/" in main_of(answer)

    def test_shows_the_case_where_nothing_is_open(self, reported: str, decider: Client) -> None:
        answer = decider.get(f"/desk/cases/{reported}/opinion/grant/")

        assert answer.status_code == 409
        assert "该待办已办结或已取消" in main_of(answer)

    def test_knows_no_other_ends(self, number: str, reviewer: Client) -> None:
        assert reviewer.get(f"/desk/cases/{number}/opinion/shrug/").status_code == 404

    def test_is_refused_without_the_post_and_what_was_typed_stays(self, number: str, decider: Client) -> None:
        address = f"/desk/cases/{number}/opinion/pass/"
        answer = decider.post(address, {"item": str(open_item(number).id), "opinion": "写了很久的意见"})

        assert decider.get(address).status_code == 403
        assert answer.status_code == 403
        assert "写了很久的意见" in main_of(answer)
        assert open_item(number).state == WorkItemState.READY

    def test_is_refused_to_a_counter_of_the_area_that_may_only_look(self, number: str) -> None:
        counter = browser_of(member(Post.COUNTER, agency_code=make.OTHER_AGENCY))

        assert counter.get(f"/desk/cases/{number}/").status_code == 200
        assert counter.get(f"/desk/cases/{number}/opinion/pass/").status_code == 403

    def test_is_nothing_a_stranger_may_know_of(self, number: str, stranger: Client) -> None:
        address = f"/desk/cases/{number}/opinion/pass/"

        assert stranger.get(address).status_code == 404
        assert stranger.post(address, {"item": str(open_item(number).id)}).status_code == 404
        assert open_item(number).stage == "REVIEW"

    def test_takes_few_queries(
        self, number: str, reviewer: Client, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        reviewer.get(f"/desk/cases/{number}/opinion/pass/")

        # session, sign-in, case, timeline, notices, labels, item, side bar (two)
        with django_assert_num_queries(9):
            reviewer.get(f"/desk/cases/{number}/opinion/pass/")


class TestWaitingForAReport:
    def poll(self, browser: Client, address: str, turn: int | str) -> Any:
        return browser.get(address, {"polled": turn}, headers=HTMX)

    def test_is_said_with_a_way_to_reload_and_asked_again(self, reported: str, decider: Client) -> None:
        page = main_of(decider.get(f"/desk/cases/{reported}/"))

        assert "已报送，正在更新" in page
        assert f'hx-get="/desk/cases/{reported}/?polled=1"' in page
        assert re.search(rf'<p data-without-script><a href="/desk/cases/{reported}/">刷新</a>', page)

    def test_is_not_said_where_nothing_was_reported(self, number: str) -> None:
        page = main_of(browser_of(member(Post.ACCEPTANCE)).get(f"/desk/cases/{number}/"))

        assert "正在更新" not in page
        assert "polled" not in page

    @pytest.mark.parametrize(
        ("part", "sync"), [("", ""), ("panel/", ' hx-sync="#desk-panel:drop"')], ids=["page", "panel"]
    )
    def test_goes_on_for_a_while(self, reported: str, decider: Client, part: str, sync: str) -> None:
        address = f"/desk/cases/{reported}/{part}"

        answer = self.poll(decider, address, 1)

        assert answer.content.decode().strip() == (
            f'<span hx-get="{address}?polled=2" hx-trigger="load delay:2s" hx-swap="outerHTML"{sync}></span>'
        )

    @pytest.mark.parametrize("turn", [MOST_POLLS, MOST_POLLS + 1, "9" * 30, "junk", "-1"])
    def test_ends_with_the_truth(self, reported: str, decider: Client, turn: int | str) -> None:
        answer = self.poll(decider, f"/desk/cases/{reported}/", turn).content.decode()

        assert "比平常慢" in answer
        assert f'<a href="/desk/cases/{reported}/">刷新</a>' in answer
        assert "hx-get" not in answer

    @pytest.mark.parametrize(
        ("part", "selector"), [("", "main"), ("panel/", "#side-panel")], ids=["page", "panel"]
    )
    def test_brings_the_case_as_it_is_once_taken_over(
        self, reported: str, decider: Client, part: str, selector: str
    ) -> None:
        settle()

        answer = self.poll(decider, f"/desk/cases/{reported}/{part}", 3)

        assert answer.status_code == 200
        assert answer.headers["HX-Retarget"] == selector
        assert answer.headers["HX-Reselect"] == selector
        assert "已办结" in answer.content.decode()
        assert "hx-get" not in main_of(answer)

    def test_shows_a_report_that_was_not_taken_over_back_on_the_desk(
        self, reviewed: str, decider: Client
    ) -> None:
        item = item_on(decider.get(f"/desk/cases/{reviewed}/opinion/grant/"))
        make.hold_hearing(reviewed, at=clock.now())
        # Handling has not heard of it yet: the report goes out and comes back.
        sent = decider.post(f"/desk/cases/{reviewed}/opinion/grant/", {"item": item, "opinion": "准予"})
        settle()
        settle()

        page = main_of(decider.get(f"/desk/cases/{reviewed}/"))

        assert sent.status_code == 302
        assert "上次报送没有被接收" in page
        assert "polled" not in page

    def test_is_an_ordinary_page_for_a_browser_without_script(self, reported: str, decider: Client) -> None:
        page = decider.get(f"/desk/cases/{reported}/", {"polled": "30"})

        assert "</html>" in page.content.decode()
        assert "比平常慢" not in page.content.decode()

    def test_costs_little(
        self, reported: str, decider: Client, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        with django_assert_num_queries(3):  # session, sign-in, report
            self.poll(decider, f"/desk/cases/{reported}/", 1)

    def test_tells_a_stranger_nothing(self, reported: str, stranger: Client) -> None:
        assert self.poll(stranger, f"/desk/cases/{reported}/", 1).status_code == 404
