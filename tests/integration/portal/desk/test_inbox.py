"""
The inbox: filters and how much waits behind each.
"""

import re
from datetime import date, timedelta
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from tests.factories import casework as make
from tests.factories import identity as people
from tongban.business.casework.models import Case
from tongban.business.casework.selectors import last_soon_day
from tongban.business.handling import selectors as handling
from tongban.business.handling import services as work
from tongban.business.handling.values import Outcome
from tongban.foundation import clock, events
from tongban.foundation.calendar import current_calendar
from tongban.foundation.clock import civil_date
from tongban.support.identity.values import Post

pytestmark = pytest.mark.django_db

CODE = "test-hygiene"
CHINESE = "公共场所卫生许可"
ENGLISH = "Hygiene permit for public places"


def browser_of(*posts: Post, agency_code: str = make.AGENCY) -> Client:
    browser = Client()
    member = people.staff(*posts, agency_code=agency_code, division_code=make.DIVISION)
    people.log_in(browser, member, at=clock.now())
    return browser


def settle() -> None:
    events.deliver_all(at=clock.now() + timedelta(seconds=1))


def chips_on(page: Any) -> dict[str, tuple[str, int]]:
    """
    Return the filters: view -> name and count.
    """
    found = re.findall(
        r'<a class="tb-chip[^"]*" href="/desk/\?view=([a-z]+)"[^>]*>\s*([^<]+?)\s*'
        r'<span class="tb-chip__count">(\d+)</span>',
        page.content.decode(),
    )
    return {view: (unescape(name), int(count)) for view, name, count in found}


def lit_on(page: Any) -> list[str]:
    return re.findall(
        r'<a class="tb-chip tb-chip--on" href="/desk/\?view=([a-z]+)" aria-current="true"',
        page.content.decode(),
    )


def numbers_on(page: Any) -> list[str]:
    return re.findall(r'href="/desk/cases/([^"/]+)/" data-row', page.content.decode())


def submit(times: int = 1) -> list[str]:
    return [make.submit(CODE, at=clock.now(), draft_id=uuid4()).case_number for _time in range(times)]


def due(number: str, on: date) -> str:
    Case.objects.filter(number=number).update(due=on)
    return number


@pytest.fixture
def published() -> str:
    return make.publish(CODE, at=clock.now())


@pytest.fixture
def working(published: str) -> dict[str, list[str]]:
    """
    Three cases under way: two wait for their review, one for its decision.
    """
    numbers = submit(3)
    for number in numbers:
        make.accept(number, at=clock.now())
    settle()
    decided = numbers.pop()
    actor = make.clerk("REVIEW")
    item = handling.open_item_of(actor=actor, case_number=decided)
    assert item is not None
    work.conclude(
        item_id=item.id,
        opinion=work.Opinion(outcome=Outcome.PASS, text="符合条件"),
        actor=actor,
        at=clock.now(),
    )
    settle()
    return {"review": numbers, "decision": [decided]}


class TestWorkOfOnesPosts:
    def test_is_counted_by_stage_for_whoever_holds_both_posts(self, working: dict[str, list[str]]) -> None:
        page = browser_of(Post.REVIEW, Post.DECISION).get("/desk/")

        chips = chips_on(page)
        assert list(chips)[:4] == ["work", "review", "decision", "all"]
        assert chips["work"] == ("我的岗位", 3)
        assert chips["review"] == ("审查", 2)
        assert chips["decision"] == ("决定", 1)
        assert lit_on(page) == ["work"]
        assert sorted(numbers_on(page)) == sorted(working["review"] + working["decision"])

    @pytest.mark.parametrize("stage", ["review", "decision"])
    def test_is_narrowed_to_a_stage(self, working: dict[str, list[str]], stage: str) -> None:
        page = browser_of(Post.REVIEW, Post.DECISION).get("/desk/", {"view": stage})

        assert lit_on(page) == [stage]
        assert sorted(numbers_on(page)) == sorted(working[stage])

    def test_is_one_list_for_whoever_holds_one_post(self, working: dict[str, list[str]]) -> None:
        browser = browser_of(Post.DECISION)

        chips = chips_on(browser.get("/desk/"))

        assert chips["work"] == ("我的岗位", 1)
        assert not {"review", "decision"} & set(chips)
        assert numbers_on(browser.get("/desk/")) == working["decision"]

    def test_is_named_in_the_readers_language(self, working: dict[str, list[str]]) -> None:
        member = people.staff(Post.DECISION, agency_code=make.AGENCY, division_code=make.DIVISION)
        browser = Client()
        people.log_in(browser, member, at=clock.now())
        browser.cookies["tongban_language"] = "en"
        waiting = browser.get("/desk/", {"view": "work"}).content.decode()
        item = handling.open_item_of(actor=member, case_number=working["decision"][0])
        assert item is not None

        work.conclude(
            item_id=item.id,
            opinion=work.Opinion(outcome=Outcome.GRANT, text="准予许可"),
            actor=member,
            at=clock.now(),
        )

        assert (item.service_name, item.service_name_en) == (CHINESE, ENGLISH)
        assert ENGLISH in waiting
        assert CHINESE not in waiting
        assert ENGLISH in browser.get("/desk/done/").content.decode()

    def test_says_zero_where_nothing_waits(self, published: str) -> None:
        chips = chips_on(browser_of(Post.REVIEW, Post.DECISION).get("/desk/"))

        assert [chips[view][1] for view in ("work", "review", "decision")] == [0, 0, 0]

    def test_is_not_offered_to_those_who_only_accept(self, working: dict[str, list[str]]) -> None:
        browser = browser_of(Post.ACCEPTANCE)

        page = browser.get("/desk/", {"view": "work"})

        assert not {"work", "review", "decision"} & set(chips_on(page))
        assert lit_on(page) == ["all"]

    def test_is_counted_for_ones_own_agency_only(self, working: dict[str, list[str]]) -> None:
        page = browser_of(Post.REVIEW, Post.DECISION, agency_code=make.OTHER_AGENCY).get("/desk/")

        assert {count for _name, count in chips_on(page).values()} == {0}

    def test_keeps_the_stage_on_the_next_page(self, published: str) -> None:
        for number in submit(31):
            make.accept(number, at=clock.now())
        settle()
        browser = browser_of(Post.REVIEW, Post.DECISION)

        first = browser.get("/desk/", {"view": "review"})
        following = re.search(r'rel="next" href="([^"]+)"', first.content.decode())
        assert following is not None
        second = browser.get("/desk/" + unescape(following[1]))

        assert chips_on(first)["review"] == ("审查", 31)
        assert (len(numbers_on(first)), len(numbers_on(second))) == (30, 1)
        assert lit_on(second) == ["review"]


class TestWhatIsDue:
    def test_is_counted_and_listed_as_late_or_soon_as_its_light_says(self, published: str) -> None:
        today = civil_date(clock.now())
        last = last_soon_day(on=today, calendar=current_calendar())
        days = {
            "late": [today - timedelta(days=1)],
            "soon": [today, last],
            "": [last + timedelta(days=1), last + timedelta(days=30)],
        }
        wanted = {
            view: [due(number, day) for number, day in zip(submit(len(of)), of, strict=True)]
            for view, of in days.items()
        }
        browser = browser_of(Post.ACCEPTANCE)

        chips = chips_on(browser.get("/desk/"))
        late, soon = (browser.get("/desk/", {"view": view}) for view in ("late", "soon"))

        assert chips["all"] == ("全部", 5)
        assert chips["late"] == ("超期", 1)
        assert chips["soon"] == ("将到期", 2)
        assert numbers_on(late) == wanted["late"]
        assert numbers_on(soon) == wanted["soon"]
        assert (lit_on(late), lit_on(soon)) == (["late"], ["soon"])
        listed = soon.content.decode().partition("<tbody>")[2].partition("</tbody>")[0]
        assert listed.count("将到期") == 2

    def test_stands_still_in_a_special_procedure(self, working: dict[str, list[str]]) -> None:
        number = working["review"][0]
        make.hold_hearing(number, at=clock.now())
        settle()
        browser = browser_of(Post.REVIEW)

        page = browser.get("/desk/", {"view": "paused"})

        assert chips_on(page)["paused"] == ("已暂停", 1)
        assert chips_on(page)["examine"] == ("审查决定", 2)
        assert numbers_on(page) == [number]

    def test_is_everything_where_the_filter_does_not_exist(self, published: str) -> None:
        number = submit()[0]

        page = browser_of(Post.ACCEPTANCE).get("/desk/", {"view": "nonsense"})

        assert lit_on(page) == ["all"]
        assert numbers_on(page) == [number]
