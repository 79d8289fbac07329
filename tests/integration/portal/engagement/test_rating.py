"""
Rating through the pages, in two steps that need no script.
"""

from typing import Any

import pytest
from django.test import Client as Browser

from tests.factories import portal
from tests.factories.portal import errors_of, text_of
from tongban.business.casework.models import Case
from tongban.portal.engagement.values import GRADES, TAGS, tags_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def number(browser: Browser, permit: str) -> str:
    """
    A finished case of the citizen's.
    """
    number = portal.apply(browser)
    portal.grant(number)
    return number


def rating() -> Any:
    return Case.objects.get().state.get("rating")


class TestRating:
    def test_takes_the_grade_and_then_its_tags(self, browser: Browser, number: str) -> None:
        first = text_of(browser.get(f"/rate/{number}/"))
        second = text_of(browser.post(f"/rate/{number}/", {"stars": "5"}))

        done = browser.post(
            f"/rate/{number}/", {"stars": "5", "tags": ["513", "514"], "comment": " 很方便 ", "send": "1"}
        )

        assert [str(words) in first for words in GRADES.values()] == [True] * 5
        assert "可以全程网上办理" in second
        assert "服务态度生硬" not in second
        assert done["Location"] == f"/my/cases/{number}/"
        assert (rating()["stars"], rating()["tags"], rating()["comment"]) == (5, ["513", "514"], "很方便")

    def test_needs_a_grade(self, browser: Browser, number: str) -> None:
        page = browser.post(f"/rate/{number}/", {"stars": "6"})

        assert page.status_code == 422
        assert errors_of(page) == {"f-stars": "请选择满意度"}
        assert rating() is None

    @pytest.mark.parametrize(
        ("sent", "control"),
        [({"tags": ["108"]}, "f-tags"), ({"comment": "好" * 501}, "f-comment")],
    )
    def test_keeps_what_was_typed_when_it_is_refused(
        self, browser: Browser, number: str, sent: dict[str, Any], control: str
    ) -> None:
        page = browser.post(f"/rate/{number}/", {"stars": "5", "comment": "很好", "send": "1", **sent})

        assert page.status_code == 422
        assert set(errors_of(page)) == {control}
        assert sent.get("comment", "很好") in text_of(page)
        assert rating() is None

    def test_is_given_once(self, browser: Browser, number: str) -> None:
        browser.post(f"/rate/{number}/", {"stars": "5", "send": "1"})

        again = browser.post(f"/rate/{number}/", {"stars": "1", "send": "1"})

        assert again["Location"] == f"/my/cases/{number}/"
        assert "您已评价过该办件" in text_of(browser.get(f"/my/cases/{number}/"))
        assert rating()["stars"] == 5

    def test_waits_for_the_end(self, browser: Browser, permit: str) -> None:
        number = portal.apply(browser)

        early = browser.post(f"/rate/{number}/", {"stars": "5", "send": "1"})

        assert early["Location"] == f"/my/cases/{number}/"
        assert "办结后才能评价" in text_of(browser.get(f"/my/cases/{number}/"))
        assert rating() is None

    def test_is_for_the_applicant_alone(self, other: Browser, number: str) -> None:
        assert other.get(f"/rate/{number}/").status_code == 404
        assert other.post(f"/rate/{number}/", {"stars": "1", "send": "1"}).status_code == 404
        assert Browser().get(f"/rate/{number}/").status_code == 302
        assert rating() is None


def test_every_tag_belongs_to_a_grade() -> None:
    assert sorted(code for stars in GRADES for code, _words in tags_for(stars)) == sorted(TAGS)
