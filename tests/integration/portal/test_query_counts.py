"""
What each page of the portal costs, in statements, and that it costs the same however much there is.

Two statements of every count find out who asks: his session, and his account.
"""

import pytest
from django.core.cache import cache
from django.test import Client as Browser
from pytest_django import DjangoAssertNumQueries

from tests.factories import casework as make
from tests.factories import portal
from tests.factories.portal import begin, fill_in
from tongban.business.casework.models import Case
from tongban.business.licences.models import Licence
from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.calendar import current_calendar

pytestmark = pytest.mark.django_db

MANY = 30

STEPS = {
    "": 6,
    "situation/": 6,
    "form/": 6,
    "materials/": 6,
    "delivery/": 6,
    "check/": 6,
    "discard/": 6,
}


def submit(person: Actor, times: int) -> None:
    for _ in range(times):
        make.submit("test-plain", applicant_id=person.person_id, actor=person, at=clock.now())


@pytest.fixture
def cases(person: Actor) -> str:
    """
    A case of the citizen's, and the offering more can be submitted to.
    """
    make.publish("test-plain", at=clock.now())
    submit(person, 1)
    current_calendar()
    return Case.objects.values_list("number", flat=True)[0]


class TestTheApplication:
    def test_start(
        self, browser: Browser, permit: str, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        current_calendar()

        with django_assert_num_queries(5):
            assert browser.get(f"/apply/{permit}/").status_code == 200

    @pytest.mark.parametrize("step", STEPS)
    def test_steps(
        self, browser: Browser, permit: str, step: str, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        draft = fill_in(browser)

        for _ in range(2):
            with django_assert_num_queries(STEPS[step]):
                assert browser.get(f"{draft}{step}").status_code in {200, 302}

    def test_receipt(
        self, browser: Browser, permit: str, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        draft = fill_in(browser)
        browser.post(f"{draft}submit/", {"promise": "1"})

        with django_assert_num_queries(8):
            assert browser.get(f"{draft}receipt/").status_code == 200

    def test_resume(
        self, browser: Browser, permit: str, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        begin(browser)

        with django_assert_num_queries(3):
            assert browser.get("/apply/resume/").status_code == 200


class TestTheWorkspace:
    @pytest.mark.parametrize("page", [("/my/", 8), ("/my/cases/", 5), ("/my/licences/", 4)])
    def test_lists(
        self,
        browser: Browser,
        person: Actor,
        cases: str,
        page: tuple[str, int],
        django_assert_num_queries: DjangoAssertNumQueries,
    ) -> None:
        path, queries = page

        with django_assert_num_queries(queries):
            assert browser.get(path).status_code == 200

        submit(person, MANY)

        with django_assert_num_queries(queries):
            assert browser.get(path).status_code == 200

    @pytest.mark.parametrize(("page", "queries"), [("", 8), ("withdraw/", 6)])
    def test_a_case(
        self,
        browser: Browser,
        cases: str,
        page: str,
        queries: int,
        django_assert_num_queries: DjangoAssertNumQueries,
    ) -> None:
        with django_assert_num_queries(queries):
            assert browser.get(f"/my/cases/{cases}/{page}").status_code == 200

    def test_a_correction(
        self, browser: Browser, permit: str, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        number = portal.apply(browser)
        portal.ask_for_correction(number, form=True)

        with django_assert_num_queries(11):
            assert browser.get(f"/my/cases/{number}/correct/").status_code == 200

    def test_a_licence(
        self, browser: Browser, permit: str, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        portal.grant(portal.apply(browser))
        identifier = Licence.objects.get().identifier

        with django_assert_num_queries(4):
            assert browser.get(f"/my/licences/{identifier}/").status_code == 200

    def test_a_rating(
        self, browser: Browser, permit: str, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        number = portal.apply(browser)
        portal.grant(number)

        with django_assert_num_queries(6):
            assert browser.get(f"/rate/{number}/").status_code == 200


class TestThePublicSite:
    @pytest.mark.parametrize(
        ("path", "queries"),
        [
            ("/", 4),
            ("/search", 0),
            ("/search?q=卫生", 2),
            ("/search/suggest?q=卫生", 1),
            ("/browse/", 3),
            ("/browse/person/", 3),
            ("/agencies/", 3),
            ("/events/", 2),
            ("/regions/", 3),
            ("/items/test-permit/", 2),
            ("/items/test-permit/print", 2),
            ("/progress", 0),
            ("/verify/", 0),
            ("/verify/nosuchtoken", 2),
            ("/help", 0),
            ("/accessibility", 0),
            ("/sitemap", 2),
        ],
    )
    def test_costs_the_same_with_many_offerings(
        self, permit: str, path: str, queries: int, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        reader = Browser()
        # Calendar and lexicon are read now and then, not with every page.
        reader.get(path)
        reader.get("/search?q=卫生")

        cache.clear()
        with django_assert_num_queries(queries):
            assert reader.get(path).status_code == 200

        for turn in range(MANY):
            make.publish(f"test-more-{turn}", at=clock.now())

        # Counts are remembered for a minute: here they are made again.
        cache.clear()
        with django_assert_num_queries(queries):
            assert reader.get(path).status_code == 200

    def test_progress(
        self, browser: Browser, cases: str, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        code = Case.objects.get().query_code
        reader = Browser()

        with django_assert_num_queries(3):
            assert reader.post("/progress", {"number": cases, "code": code}).status_code == 200

    def test_verification(
        self, browser: Browser, permit: str, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        portal.grant(portal.apply(browser))
        number = Licence.objects.get().identifier
        reader = Browser()

        with django_assert_num_queries(2):
            assert reader.post("/verify/", {"number": number}).status_code == 200
