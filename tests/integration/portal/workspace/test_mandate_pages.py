"""
The page on which a mandate is offered: who sees it, and that it complains of nothing before anything is typed.
"""

import pytest
from django.test import Client as Browser

from tests.factories import identity
from tongban.foundation import clock
from tongban.support.identity.values import AssuranceLevel, Post

pytestmark = pytest.mark.django_db

ADDRESS = "/my/mandates/new/"


class TestOfferPage:
    def test_complains_of_nothing_before_anything_is_typed(self) -> None:
        at, browser = clock.now(), Browser()
        person = identity.citizen(level=AssuranceLevel.DATA_CHECK, at=at)
        identity.log_in(browser, person, at=at, checked_level=4)

        page = browser.get(ADDRESS)

        assert page.status_code == 200
        assert "tb-field__error" not in page.content.decode()
        assert "object at 0x" not in page.content.decode()

    def test_is_for_persons(self) -> None:
        at, browser = clock.now(), Browser()
        identity.log_in(browser, identity.staff(Post.REVIEW, at=at), at=at, checked_level=2)

        assert browser.get(ADDRESS).status_code in {302, 403}
