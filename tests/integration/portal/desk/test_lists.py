"""
The desk's lists: cases, licences, what one has done, what people searched for in vain.
"""

import re
from base64 import b64encode
from collections.abc import Iterable
from copy import copy
from datetime import timedelta
from urllib.parse import unquote
from uuid import uuid4

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests.factories import casework as make
from tests.factories import identity as people
from tongban.business.casework import services as casework
from tongban.business.handling import selectors as handling
from tongban.business.handling import services as work
from tongban.business.handling.values import Outcome
from tongban.business.licences.models import Licence
from tongban.foundation import clock, events
from tongban.foundation.actors import Actor
from tongban.support.identity.values import Post, Role
from tongban.support.search import services as search

pytestmark = pytest.mark.django_db


def member(*posts: Post, agency_code: str = make.AGENCY, roles: Iterable[Role] = ()) -> Actor:
    return people.staff(*posts, agency_code=agency_code, division_code=make.DIVISION, roles=tuple(roles))


def browser_of(actor: Actor) -> Client:
    browser = Client()
    people.log_in(browser, actor, at=clock.now())
    return browser


def numbers_on(text: str) -> list[str]:
    return re.findall(r'href="/desk/cases/([^"/]+)/" data-row', text)


def submit(times: int = 1, code: str = "test-hygiene") -> list[str]:
    return [make.submit(code, at=clock.now(), draft_id=uuid4()).case_number for _time in range(times)]


@pytest.fixture
def accepted() -> str:
    """
    A case that handling knows of.
    """
    at = clock.now()
    make.publish_permit("test-hygiene", at=at)
    number = submit()[0]
    make.accept(number, at=at)
    events.deliver_all(at=at + timedelta(seconds=1))
    return number


def conclude(actor: Actor, number: str, outcome: Outcome, opinion: str = "同意") -> None:
    at = clock.now()
    item = handling.open_item_of(actor=actor, case_number=number)
    assert item is not None
    work.claim(item_id=item.id, actor=actor, at=at)
    work.conclude(item_id=item.id, opinion=work.Opinion(outcome=outcome, text=opinion), actor=actor, at=at)
    events.deliver_all(at=at + timedelta(seconds=1))


def another(licence: Licence, turn: int, identifier: str) -> Licence:
    """
    Return one more licence of the same holder, not yet in the database.
    """
    more = copy(licence)
    more.id, more.root_id, more.identifier = uuid4(), uuid4(), identifier
    more.number, more.case_number, more.token = f"N{turn}", f"C{turn}", f"token-{turn}"
    return more


def identifiers_on(text: str) -> list[str]:
    return re.findall(r'<small class="tb-code">([^<]+)</small>', text)


class TestCases:
    def test_shows_the_newest_first_with_light_and_masked_name(self) -> None:
        make.publish(at=clock.now())
        numbers = submit(2)

        text = browser_of(member(Post.REVIEW)).get("/desk/cases/").content.decode()

        assert numbers_on(text) == numbers[::-1]
        assert "按期" in text
        assert "王*明" in text
        assert "王小明" not in text

    def test_finds_by_the_last_digits(self) -> None:
        make.publish(at=clock.now())
        numbers = submit(3)

        page = browser_of(member(Post.REVIEW)).get("/desk/cases/", {"q": numbers[1][-4:]})

        assert numbers_on(page.content.decode()) == [numbers[1]]

    def test_narrows_by_state_and_to_what_is_open(self, accepted: str) -> None:
        waiting, withdrawn = submit(2)
        casework.withdraw(
            number=withdrawn,
            reason="不办了",
            actor=make.person(),
            at=clock.now(),
            calendar=make.CALENDAR,
        )
        browser = browser_of(member(Post.REVIEW))

        by_state = browser.get("/desk/cases/", {"status": "SUBMITTED"})
        still_open = browser.get("/desk/cases/", {"open": "1"})
        everything = browser.get("/desk/cases/", {"status": "NONSENSE"})

        assert numbers_on(by_state.content.decode()) == [waiting]
        assert numbers_on(still_open.content.decode()) == [waiting, accepted]
        assert numbers_on(everything.content.decode()) == [withdrawn, waiting, accepted]
        assert "已办结" in everything.content.decode()

    def test_pages_by_keyset_and_keeps_the_filters(self) -> None:
        make.publish(at=clock.now())
        numbers = submit(23)
        browser = browser_of(member(Post.REVIEW))

        first = browser.get("/desk/cases/", {"open": "1"}).content.decode()
        following = re.search(r'rel="next" href="([^"]+)"', first)
        assert following is not None
        second = browser.get("/desk/cases/" + following[1].replace("&amp;", "&")).content.decode()

        assert "open=1" in following[1]
        assert numbers_on(first) + numbers_on(second) == numbers[::-1]
        assert "回到第一页" in second

    def test_hides_other_agencies_except_from_one_stop_counters(self) -> None:
        make.publish(at=clock.now())
        number = submit()[0]

        stranger = browser_of(member(Post.REVIEW, agency_code=make.OTHER_AGENCY)).get("/desk/cases/")
        counter = browser_of(member(Post.COUNTER, agency_code=make.OTHER_AGENCY)).get("/desk/cases/")

        assert numbers_on(stranger.content.decode()) == []
        assert "还没有办件" in stranger.content.decode()
        assert numbers_on(counter.content.decode()) == [number]

    def test_says_what_to_do_where_nothing_fits(self) -> None:
        page = browser_of(member(Post.REVIEW)).get("/desk/cases/", {"q": "99999"})

        assert "没有符合条件的办件" in page.content.decode()

    def test_refuses_a_cursor_that_was_changed(self) -> None:
        assert browser_of(member(Post.REVIEW)).get("/desk/cases/", {"cursor": "abc"}).status_code == 422

    @pytest.mark.parametrize("cases", [1, 12])
    def test_takes_as_many_queries_for_one_case_as_for_many(
        self, cases: int, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        make.publish(at=clock.now())
        submit(cases)
        browser = browser_of(member(Post.REVIEW))
        browser.get("/desk/cases/")

        with django_assert_num_queries(5):  # session, sign-in, cases, side bar (two)
            browser.get("/desk/cases/")


class TestDone:
    def test_shows_what_one_has_ended_and_nobody_elses(self, accepted: str) -> None:
        reviewer, colleague = member(Post.REVIEW), member(Post.REVIEW)
        conclude(reviewer, accepted, Outcome.PASS, "材料齐全，建议准予")

        own = browser_of(reviewer).get("/desk/done/").content.decode()
        other = browser_of(colleague).get("/desk/done/").content.decode()

        assert numbers_on(own) == [accepted]
        assert "材料齐全，建议准予" in own
        assert "审查" in own
        assert numbers_on(other) == []
        assert "您还没有处理过" in other

    def test_takes_few_queries(
        self, accepted: str, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        reviewer = member(Post.REVIEW)
        conclude(reviewer, accepted, Outcome.PASS)
        browser = browser_of(reviewer)

        with django_assert_num_queries(5):  # session, sign-in, items, side bar (two)
            browser.get("/desk/done/")


class TestLicences:
    @pytest.fixture
    def licence(self, accepted: str) -> Licence:
        conclude(member(Post.REVIEW), accepted, Outcome.PASS)
        conclude(member(Post.DECISION), accepted, Outcome.GRANT)
        return Licence.objects.get(case_number=accepted)

    def test_are_listed_with_their_status_and_masked_holder(self, licence: Licence) -> None:
        text = browser_of(member(Post.REVIEW)).get("/desk/licences/").content.decode()

        assert licence.number in text
        assert licence.identifier in text
        assert "有效" in text
        assert "王*明" in text
        assert "王小明" not in text

    @pytest.mark.parametrize("what", ["number", "identifier", "case_number", "holder"])
    def test_are_found_by(self, licence: Licence, what: str) -> None:
        text = make.APPLICANT.id_number if what == "holder" else getattr(licence, what)
        browser = browser_of(member(Post.REVIEW))

        found = browser.post("/desk/licences/", {"q": text}, follow=True)
        revoked = browser.post("/desk/licences/", {"q": text, "status": "REVOKED"}, follow=True)

        assert f'<small class="tb-code">{licence.identifier}</small>' in found.content.decode()
        assert f'value="{text}"' in found.content.decode()
        assert "没有符合条件的证照" in revoked.content.decode()

    def test_are_found_without_the_number_in_any_address(self, licence: Licence) -> None:
        number = make.APPLICANT.id_number
        browser = browser_of(member(Post.REVIEW))
        form = browser.get("/desk/licences/").content.decode().partition("<main")[2]

        answer = browser.post("/desk/licences/", {"q": number, "status": "VALID"})

        address = answer.headers["Location"]
        assert 'method="post"' in form
        assert answer.status_code == 302
        assert number not in address
        assert b64encode(number.encode()).decode()[:12] not in address
        assert address.endswith("&status=VALID")
        assert licence.number in browser.get(address).content.decode()
        assert browser.post("/desk/licences/", {"q": " ", "status": "NONSENSE"}).headers["Location"] == (
            "/desk/licences/"
        )

    def test_are_paged_by_keyset_within_what_was_looked_for(self, licence: Licence) -> None:
        identifiers = [licence.identifier]
        for turn in range(22):
            identifiers.append(f"another-{turn:02}")
            Licence.objects.bulk_create([another(licence, turn, identifiers[-1])])
        stranger = another(licence, 99, "of-somebody-else")
        stranger.holder_index = bytes(16)
        stranger.save(force_insert=True)
        browser = browser_of(member(Post.REVIEW))

        first = browser.post("/desk/licences/", {"q": make.APPLICANT.id_number}, follow=True)
        following = re.search(r'rel="next" href="([^"]+)"', first.content.decode())
        assert following is not None
        second = browser.get("/desk/licences/" + following[1].replace("&amp;", "&"))

        shown = [identifiers_on(page.content.decode()) for page in (first, second)]
        assert [len(page) for page in shown] == [20, 3]
        assert sorted(shown[0] + shown[1]) == sorted(identifiers)
        assert make.APPLICANT.id_number not in following[1]
        assert "回到第一页" in second.content.decode()

    @pytest.mark.parametrize("changed", ["", "junk", "中文", "AAAA"])
    def test_are_not_looked_for_by_an_address_of_somebody_elses(self, licence: Licence, changed: str) -> None:
        own = browser_of(member(Post.REVIEW))
        address = own.post("/desk/licences/", {"q": make.APPLICANT.id_number}).headers["Location"]
        colleague = browser_of(member(Post.REVIEW))
        if changed:
            address = f"/desk/licences/?find={changed}"

        page = colleague.get(address)

        assert page.status_code == 200
        assert "这个查找链接不是您的或已失效" in page.content.decode()
        assert make.APPLICANT.id_number not in page.content.decode()

    def test_pass_over_a_number_that_an_old_address_brings(self, licence: Licence) -> None:
        page = browser_of(member(Post.REVIEW)).get("/desk/licences/", {"q": "no such licence"})

        assert licence.number in page.content.decode()
        assert "no such licence" not in page.content.decode().partition("<main")[2].partition("</main")[0]

    def test_are_of_ones_own_agency(self, licence: Licence) -> None:
        stranger = browser_of(member(Post.REVIEW, agency_code=make.OTHER_AGENCY))

        page = stranger.get("/desk/licences/")

        assert licence.number not in page.content.decode()
        assert "还没有证照" in page.content.decode()

    def test_take_few_queries(
        self, licence: Licence, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        browser = browser_of(member(Post.REVIEW))

        with django_assert_num_queries(5):  # session, sign-in, licences, side bar (two)
            browser.get("/desk/licences/")


class TestSearchReport:
    def test_shows_what_was_not_found_the_most_frequent_first(self) -> None:
        at = clock.now()
        for query, results in (("量子火箭", 0), ("月球户口", 0), ("月球户口", 0), ("身份证", 3)):
            search.record_search(query=query, results=results, at=at)
        search.record_search(query="很久以前", results=0, at=at - timedelta(days=40))

        browser = browser_of(member(roles=[Role.CATALOGUE_EDITOR]))
        usual = browser.get("/desk/searches/").content.decode()
        longer = browser.get("/desk/searches/", {"days": "90"}).content.decode()

        asked = [unquote(query) for query in re.findall(r'href="/search\?q=([^"]+)" data-row', usual)]
        assert asked == ["月球户口", "量子火箭"]
        assert "很久以前" in longer

    def test_says_so_where_everything_was_found(self) -> None:
        page = browser_of(member(roles=[Role.SUPERVISOR])).get("/desk/searches/", {"days": "junk"})

        assert "这段时间的搜索都有结果" in page.content.decode()

    @pytest.mark.parametrize("roles", [[], [Role.OPERATOR]])
    def test_is_for_those_who_keep_the_catalogue_or_supervise(self, roles: list[Role]) -> None:
        assert browser_of(member(Post.REVIEW, roles=roles)).get("/desk/searches/").status_code == 403

    def test_takes_few_queries(self, django_assert_num_queries: DjangoAssertNumQueries) -> None:
        browser = browser_of(member(roles=[Role.SUPERVISOR]))

        with django_assert_num_queries(5):  # session, sign-in, searches, side bar (two)
            browser.get("/desk/searches/")


class TestDoors:
    @pytest.mark.parametrize("path", ["cases", "done", "licences", "searches", "accept"])
    def test_are_closed_to_persons_and_send_strangers_to_log_in(self, path: str) -> None:
        person = browser_of(people.citizen())

        assert person.get(f"/desk/{path}/").status_code == 403
        assert Client().get(f"/desk/{path}/").headers["Location"].startswith("/my/login/")
