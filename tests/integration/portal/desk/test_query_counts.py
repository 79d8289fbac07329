"""
What each page of the desk costs, in statements, and that it costs the same however much there is.

Two statements of every count find out who asks, his session and his account; one counts what the side bar shows.
"""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests.factories import casework as make
from tests.factories import identity as people
from tongban.business.casework import services as casework
from tongban.business.casework.models import Case
from tongban.business.handling import selectors as handling
from tongban.business.handling import services as work
from tongban.business.handling.values import Outcome
from tongban.business.licences.models import Licence
from tongban.foundation import clock, events
from tongban.foundation.actors import Actor
from tongban.foundation.clock import civil_date
from tongban.support.documents.models import StoredFile
from tongban.support.documents.values import Purpose
from tongban.support.identity.values import Post, Role
from tongban.support.search import services as search

pytestmark = pytest.mark.django_db

MANY = 12
CODE = "test-hygiene"


def settle() -> None:
    events.deliver_all(at=clock.now() + timedelta(seconds=1))


def submit(times: int = 1) -> list[str]:
    return [make.submit(CODE, at=clock.now(), draft_id=uuid4()).case_number for _time in range(times)]


def accept(numbers: list[str]) -> list[str]:
    for number in numbers:
        make.accept(number, at=clock.now())
    settle()
    return numbers


def conclude(actor: Actor, numbers: list[str], outcome: Outcome) -> None:
    at = clock.now()
    for number in numbers:
        item = handling.open_item_of(actor=actor, case_number=number)
        assert item is not None
        opinion = work.Opinion(outcome=outcome, text="同意")
        work.conclude(item_id=item.id, opinion=opinion, actor=actor, at=at)
    settle()


def lengthen(number: str, actor: Actor) -> None:
    """
    Give a case a long history, many notices and many files.
    """
    calendar, at = make.CALENDAR, clock.now()
    for _round in range(MANY // 2):
        make.hold_hearing(number, at=at, actor=actor)
        casework.end_special_procedure(
            number=number, result="听证结束", actor=actor, at=at, calendar=calendar
        )
    settle()
    StoredFile.objects.bulk_create(
        StoredFile(
            digest="0" * 64,
            original_digest="0" * 64,
            size=1,
            media_type="application/pdf",
            name=f"{turn}.pdf",
            purpose=Purpose.EVIDENCE,
            owner_kind="casework.case",
            owner_key=number,
            created_at=at,
        )
        for turn in range(MANY)
    )


@pytest.fixture
def actor() -> Actor:
    """
    Somebody who may do everything in one agency.
    """
    return people.staff(
        Post.ACCEPTANCE,
        Post.REVIEW,
        Post.DECISION,
        Post.DELIVERY,
        roles=(Role.CATALOGUE_EDITOR,),
        agency_code=make.AGENCY,
        division_code=make.DIVISION,
    )


@pytest.fixture
def browser(actor: Actor) -> Client:
    browser = Client()
    people.log_in(browser, actor, at=clock.now())
    make.publish_permit(CODE, at=clock.now() - timedelta(days=1))
    return browser


class TestLists:
    @pytest.mark.parametrize(
        ("path", "queries"),
        [
            # Who asks, the list, counts of work and of cases; then the first case beside the list: the case, its
            # timeline, notices and labels, its work item, whether its files may be seen, and they.
            ("/desk/", 13),
            ("/desk/?view=review", 13),
            ("/desk/?view=all", 13),
            ("/desk/?view=soon", 13),
            ("/desk/cases/", 5),
            ("/desk/done/", 5),
            ("/desk/licences/", 5),
            ("/desk/searches/", 5),
            ("/desk/accept/", 5),
            (f"/desk/accept/{CODE}/", 5),
        ],
    )
    def test_cost_the_same_for_many_rows(
        self,
        browser: Client,
        actor: Actor,
        path: str,
        queries: int,
        django_assert_num_queries: DjangoAssertNumQueries,
    ) -> None:
        self.fill(actor, 1)
        browser.get(path)

        with django_assert_num_queries(queries):
            assert browser.get(path).status_code == 200

        self.fill(actor, MANY)

        with django_assert_num_queries(queries):
            assert browser.get(path).status_code == 200

    def fill(self, actor: Actor, times: int) -> None:
        """
        Add so many rows to every list: cases that wait, cases that are done, licences, searches, offerings.
        """
        waiting = accept(submit(times))
        Case.objects.filter(number__in=waiting).update(due=civil_date(clock.now()))
        done = accept(submit(times))
        conclude(actor, done, Outcome.PASS)
        conclude(actor, done, Outcome.GRANT)
        assert Licence.objects.count() >= times
        for turn in range(times):
            search.record_search(query=f"量子火箭{times}-{turn}", results=0, at=clock.now())
            make.publish(f"test-more-{times}-{turn}", at=clock.now())

    def test_of_one_looked_for_licence_cost_the_same(
        self, browser: Client, actor: Actor, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        for times in (1, MANY):
            self.fill(actor, times)
            address = browser.post("/desk/licences/", {"q": make.APPLICANT.id_number}).headers["Location"]

            # The fifth tells the holder that he was found by his number.
            with django_assert_num_queries(6):
                assert browser.get(address).status_code == 200


class TestOneCase:
    @pytest.mark.parametrize(
        ("part", "queries"),
        [
            ("", 12),
            ("panel/", 9),
            ("opinion/pass/", 9),
            ("hand-over/", 10),
            ("stop-clock/", 8),
            ("extend/", 8),
            ("withdraw/", 8),
        ],
    )
    def test_accepted(
        self,
        browser: Client,
        actor: Actor,
        part: str,
        queries: int,
        django_assert_num_queries: DjangoAssertNumQueries,
    ) -> None:
        number = accept(submit())[0]
        address = f"/desk/cases/{number}/{part}"
        browser.get(address)

        with django_assert_num_queries(queries):
            assert browser.get(address).status_code == 200

        lengthen(number, actor)
        accept(submit(MANY))

        with django_assert_num_queries(queries):
            assert browser.get(address).status_code == 200

    @pytest.mark.parametrize("act", ["accept", "correction", "refuse-acceptance", "pass-on"])
    def test_submitted(
        self, browser: Client, act: str, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        address = f"/desk/cases/{submit()[0]}/{act}/"
        browser.get(address)

        with django_assert_num_queries(8):
            assert browser.get(address).status_code == 200

        submit(MANY)

        with django_assert_num_queries(8):
            assert browser.get(address).status_code == 200
