"""
Work for an absent colleague: the desk says for whom it is.
"""

from datetime import timedelta
from html import unescape
from uuid import UUID, uuid4

import pytest
from django.test import Client

from tests.factories import casework as make
from tests.factories.identity import NODE, log_in, staff
from tongban.foundation import clock, events
from tongban.support.identity import services
from tongban.support.identity.values import Post

pytestmark = pytest.mark.django_db

CODE = "test-hygiene"


class TestStandingIn:
    def test_shows_the_work_and_for_whom_it_is(self) -> None:
        at = clock.now()
        make.publish(CODE, at=at)
        number = make.submit(CODE, at=at, draft_id=uuid4()).case_number
        make.accept(number, at=at)
        events.deliver_all(at=at + timedelta(seconds=1))
        away = staff(Post.REVIEW, name="王审查", agency_code=make.AGENCY, division_code=make.DIVISION)
        standing_in = staff(
            Post.DELIVERY, name="李送达", agency_code=make.AGENCY, division_code=make.DIVISION
        )
        services.note_absence(
            account_id=UUID(away.id),
            substitute_id=UUID(standing_in.id),
            valid_from=at - timedelta(minutes=1),
            valid_until=at + timedelta(days=3),
            reason="年休假",
            actor=NODE,
            at=at,
        )
        browser = Client()
        log_in(browser, standing_in, at=clock.now())

        inbox = unescape(browser.get("/desk/?view=review").content.decode())
        case = unescape(browser.get(f"/desk/cases/{number}/").content.decode())

        assert number in inbox
        assert "代王审查" in inbox
        assert "您正在代王审查办理" in case
